"""The database of this installation, for the commands that need it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from compliance.web.database import store_engine
from compliance.web.serving import open_installation


@contextmanager
def installation_transaction() -> Iterator[Session]:
    """A transaction on the database of this installation, which is closed behind it. Raise ServingError."""
    app = open_installation()
    try:
        with app.app_context(), Session(store_engine(app)) as session, session.begin():
            yield session
    finally:
        store_engine(app).dispose()
