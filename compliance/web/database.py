"""The database session of a request, and the clock."""

from datetime import UTC, datetime

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session

_ENGINE = "article34_engine"


def init_database(app: Flask, engine: Engine) -> None:
    """Let the views of `app` use this database."""
    app.extensions[_ENGINE] = engine
    app.teardown_appcontext(_close)


def store_engine(app: Flask) -> Engine:
    """The database of an app."""
    engine: Engine = app.extensions[_ENGINE]
    return engine


def db() -> Session:
    """The session of this request. What is not committed is undone at its end."""
    if "store" not in g:
        g.store = Session(store_engine(current_app), expire_on_commit=False)
    session: Session = g.store
    return session


def now() -> datetime:
    """The moment, with its zone. The only clock of the web room."""
    return datetime.now(UTC)


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("store", None)
    if session is not None:
        session.close()
