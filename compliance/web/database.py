"""The database session of a request, and the clock."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from flask import Flask, current_app, g
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance.store.transactions import CHANGED

_ENGINE, _TOLD = "article34_engine", "article34_told_of_changes"


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


def call_after_changes(app: Flask, tell: Callable[[Collection[int]], None] | None) -> None:
    """Have `tell` called with the ids of the assessments that a request of this process changed, at its end."""
    app.extensions[_TOLD] = tell


def tell_changed(assessment_ids: Collection[int]) -> None:
    """Tell who asked for it that these assessments changed."""
    if tell := current_app.extensions.get(_TOLD):
        tell(assessment_ids)


def _close(_error: BaseException | None) -> None:
    session: Session | None = g.pop("store", None)
    if session is not None:
        session.close()
        if changed := session.info.get(CHANGED):
            tell_changed(changed)
