"""The database session of a request, and the clock."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance.store.transactions import CHANGED

_ENGINE, _TOLD = "article34_engine", "article34_told_of_changes"


def init_database(app: Flask, engine: Engine) -> None:
    """Give the views of `app` access to this database."""
    app.extensions[_ENGINE] = engine
    app.teardown_appcontext(_close)


def store_engine(app: Flask) -> Engine:
    """Return the database of an app."""
    engine: Engine = app.extensions[_ENGINE]
    return engine


def db() -> Session:
    """Return the session of this request. Changes that are not committed are rolled back at its end."""
    if "store" not in g:
        g.store = Session(store_engine(current_app), expire_on_commit=False)
    session: Session = g.store
    return session


def now() -> datetime:
    """Return the current time in UTC. This is the only clock of the web room."""
    return datetime.now(UTC)


def call_after_changes(app: Flask, tell: Callable[[Collection[int]], None] | None) -> None:
    """Have `tell` called at the end of each request with the ids of the assessments that it changed."""
    app.extensions[_TOLD] = tell


def tell_changed(assessment_ids: Collection[int]) -> None:
    """Pass these ids of changed assessments to the function that `call_after_changes` set."""
    if tell := current_app.extensions.get(_TOLD):
        tell(assessment_ids)


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("store", None)
    if session is not None:
        session.close()
        if changed := session.info.get(CHANGED):
            tell_changed(changed)
