"""For a WSGI server: `app` is the application, set up from the environment, with its workers for mails and jobs."""

from compliance.web import create_app
from compliance.web.background import Workers

app = create_app()
workers = Workers(app)
