"""For a WSGI server: `app` is the application, set up from the environment, with its workers for mails and jobs."""

import sys

from compliance.web import create_app
from compliance.web.background import Workers
from compliance.web.installation import InstallationError, said_in_a_sentence
from compliance.web.logs import start_logging

try:
    with said_in_a_sentence():
        app = create_app()
except InstallationError as fault:
    sys.exit(f"Article 34 does not start: {fault}")
start_logging(app.config["LOG"])
workers = Workers(app)
