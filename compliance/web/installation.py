"""The installation that the environment names: its parts, its app, or one transaction on its database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from compliance.questionnaire.faults import UserFacingError
from compliance.store import FileStorage, UnsupportedDatabaseURL, open_database
from compliance.store.database_setup import sqlite_file
from compliance.store.database_state import DatabaseState, database_state
from compliance.store.signed_heads import read_key
from compliance.web import create_app
from compliance.web.database import store_engine
from compliance.web.files import storage_of
from compliance.web.readiness import (
    NotReady,
    check_current,
    check_usable,
    is_unused,
    migrate_installation,
    trace_of_use,
)
from compliance.web.settings import SECRETS, BadSetting, flask_config, instance_folder, missing_secrets


class InstallationError(UserFacingError):
    """The installation cannot be used as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class InstallationParts:
    """What an installation consists of, before it is known whether it can be served."""

    folder: Path
    config: Mapping[str, Any]
    engine: Engine
    state: DatabaseState

    def check_usable(self, *, anew: bool = False) -> None:
        """Raise NotReady if the database is not one of this tool, newer, damaged, or was emptied (unless `anew`)."""
        check_usable(self.folder, self.engine, self.state, anew=anew)

    def check_current(self) -> None:
        """Raise NotReady unless the database is one of this version."""
        check_current(self.folder, self.engine, self.state)

    def storage(self) -> FileStorage:
        """Where files are kept that people sent. Raise BadSetting."""
        return storage_of(self.folder, self.config)

    def folder_around(self, file: Path) -> Path | None:
        """The folder of the installation, or of its database, if a file lies in it; else None."""
        database = sqlite_file(self.engine.url)
        folders = [self.folder, *([database.absolute().parent] if database else [])]
        return next((folder for folder in folders if file.resolve().is_relative_to(folder.resolve())), None)

    @property
    def erasures(self) -> Path:
        """The file that says who was erased."""
        return Path(self.config["ERASURES"])

    def trail_key(self) -> Ed25519PrivateKey | None:
        """What signs the head of the audit trail; None where no setting names it."""
        return read_key(self.config["TRAIL_KEY"]) if self.config["TRAIL_KEY"] else None

    def secrets(self) -> dict[str, str]:
        """The secrets in use, by name, wherever they come from."""
        found = {name: self.config[name] for name in SECRETS if self.config.get(name)}
        return {name: each if isinstance(each, str) else " ".join(each.values()) for name, each in found.items()}


@contextmanager
def installation_parts() -> Iterator[InstallationParts]:
    """The parts of this installation; nothing is made. Raise InstallationError, also for what is raised inside."""
    with said_in_a_sentence():
        folder = instance_folder()
        config = flask_config(folder)
        engine = open_database(config["DATABASE_URL"])
        try:
            yield InstallationParts(folder, config, engine, database_state(engine))
        finally:
            engine.dispose()


@contextmanager
def said_in_a_sentence() -> Iterator[None]:
    """Raise InstallationError for whatever keeps an installation from being opened."""
    try:
        yield
    except (BadSetting, NotReady) as fault:
        raise InstallationError(str(fault)) from fault
    except (UnsupportedDatabaseURL, ModuleNotFoundError) as fault:
        raise InstallationError(f"DATABASE_URL: {fault}") from fault
    except OperationalError as fault:
        said = " ".join(str(fault.orig).split())
        raise InstallationError(f"DATABASE_URL: the database cannot be opened ({said})") from fault
    except DatabaseError as fault:
        if type(fault) is not DatabaseError:  # the kinds that are not about the file itself are no news to an operator
            raise
        raise InstallationError(
            f"DATABASE_URL: the database is damaged ({fault.orig}): see compliance doctor"
        ) from fault


def open_installation() -> Flask:
    """The app of this installation. Raise InstallationError if it cannot be served as it is, or a setting is no good.

    Nothing is made or changed on disk.
    """
    with said_in_a_sentence():
        return create_app()


def open_or_make_installation() -> Flask:
    """The same; where nothing is yet, the installation is made, or made to its end. For `serve`."""
    with said_in_a_sentence():
        with installation_parts() as parts:
            state = parts.state
            begun = state.condition == "current" and not state.has_people and missing_secrets(parts.config)
            unused = is_unused(state) and trace_of_use(parts.folder) is None
        if unused or begun:
            with suppress(NotReady):  # another process that starts at the same moment is further
                migrate_installation()
        return create_app()


@contextmanager
def installation_transaction() -> Iterator[Session]:
    """A transaction on the database of this installation, which is closed behind it. Raise InstallationError."""
    app = open_installation()
    try:
        with app.app_context(), Session(store_engine(app)) as session, session.begin():
            yield session
    finally:
        store_engine(app).dispose()
