"""For a WSGI server: `app` is the application, set up from the environment, with its workers for mails and jobs."""

from compliance.web import create_app
from compliance.web.background import Workers
from compliance.web.logs import start_logging

app = create_app()
start_logging(app.config["LOG"])
workers = Workers(app)
