"""For a WSGI server: `app` is the application, set up from the environment."""

from compliance.web import create_app

app = create_app()
