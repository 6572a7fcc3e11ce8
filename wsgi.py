"""For a WSGI server: `app` is the application, set up from the environment, with its workers for mails and jobs."""

import sys

from compliance.web import create_app
from compliance.web.background import Workers
from compliance.web.serving import ServingError, said_in_a_sentence

try:
    with said_in_a_sentence():
        app = create_app()
except ServingError as fault:
    sys.exit(f"Article 34 does not start. {fault}")
workers = Workers(app)
