"""The installation named by the environment: its parts, its app, or one transaction on its database."""

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
    """The installation cannot be used. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class InstallationParts:
    """The parts of an installation, before it is known whether it can be served."""

    folder: Path
    config: Mapping[str, Any]
    engine: Engine
    state: DatabaseState

    def check_usable(self, *, anew: bool = False) -> None:
        """Raise NotReady if the database is foreign, newer, damaged, or was emptied (unless `anew`)."""
        check_usable(self.folder, self.engine, self.state, anew=anew)

    def check_current(self) -> None:
        """Raise NotReady unless the database has the schema of this version."""
        check_current(self.folder, self.engine, self.state)

    def storage(self) -> FileStorage:
        """Return the storage of uploaded files. Raise BadSetting."""
        return storage_of(self.folder, self.config)

    def folder_around(self, file: Path) -> Path | None:
        """Return the folder of the installation, or of its database, that contains a file, or None."""
        database = sqlite_file(self.engine.url)
        folders = [self.folder, *([database.absolute().parent] if database else [])]
        return next((folder for folder in folders if file.resolve().is_relative_to(folder.resolve())), None)

    @property
    def erasures(self) -> Path:
        """The path of the file of erasures."""
        return Path(self.config["ERASURES"])

    def trail_key(self) -> Ed25519PrivateKey | None:
        """Return the key that signs the head of the audit trail, or None if no setting names one."""
        return read_key(self.config["TRAIL_KEY"]) if self.config["TRAIL_KEY"] else None

    def secrets(self) -> dict[str, str]:
        """Return the secrets in use, by name, from any source."""
        found = {name: self.config[name] for name in SECRETS if self.config.get(name)}
        return {name: each if isinstance(each, str) else " ".join(each.values()) for name, each in found.items()}


@contextmanager
def installation_parts() -> Iterator[InstallationParts]:
    """Yield the parts of this installation. Nothing is created. Raise InstallationError, also for errors inside."""
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
    """Raise InstallationError for any error that prevents an installation from being opened."""
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
        if type(fault) is not DatabaseError:  # subclasses are not about the file itself
            raise
        raise InstallationError(
            f"DATABASE_URL: the database is damaged ({fault.orig}): see compliance doctor"
        ) from fault


def open_installation() -> Flask:
    """Return the app of this installation. Nothing is created or changed on disk.

    Raise InstallationError if it cannot be served, or a setting is invalid.
    """
    with said_in_a_sentence():
        return create_app()


def open_or_make_installation() -> Flask:
    """Return the app. Create the installation, or complete it, if necessary. For `serve`. Raise InstallationError."""
    with said_in_a_sentence():
        with installation_parts() as parts:
            state = parts.state
            begun = state.condition == "current" and not state.has_people and missing_secrets(parts.config)
            unused = is_unused(state) and trace_of_use(parts.folder) is None
        if unused or begun:
            with suppress(NotReady):  # another process started at the same moment and is ahead
                migrate_installation()
        return create_app()


@contextmanager
def installation_transaction() -> Iterator[Session]:
    """Yield a transaction on the database of this installation, and close the database. Raise InstallationError."""
    app = open_installation()
    try:
        with app.app_context(), Session(store_engine(app)) as session, session.begin():
            yield session
    finally:
        store_engine(app).dispose()
