"""Whether an installation can be served: its database has this version and is intact, and its secrets are present.

The checks create and change nothing. `migrate_installation` creates what is missing, for `compliance migrate`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from compliance.store.database_setup import newest_revision, open_database, sqlite_file, upgrade
from compliance.store.database_state import DatabaseState, database_state
from compliance.web.settings import (
    SECRETS,
    flask_config,
    instance_folder,
    make_secrets,
    missing_secrets,
    secret_file,
)

#: Folder of uploaded files in the folder of an installation, unless a setting names another place.
FILES_FOLDER = "files"


class NotReady(ValueError):
    """An installation that cannot be served. The message says why and what to do."""


def check_ready(folder: Path, config: Mapping[str, Any], engine: Engine, state: DatabaseState) -> None:
    """Raise NotReady unless the database of an installation can be served, with its secrets."""
    check_current(folder, engine, state)
    if gone := missing_secrets(config):
        raise NotReady(_without_secrets(folder, gone, "" if state.has_people else ", or run compliance migrate"))


def check_current(folder: Path, engine: Engine, state: DatabaseState) -> None:
    """Raise NotReady unless the database has the schema of this version."""
    check_usable(folder, engine, state)
    if is_unused(state):
        raise NotReady(
            f"there is no installation in {folder}: compliance migrate makes an empty one there; "
            "ARTICLE34_INSTANCE names another folder"
        )
    if state.condition == "older":
        raise NotReady(
            f"DATABASE_URL: the tables are those of an earlier version ({state.revision}, and this version needs "
            f"{newest_revision()}): make a backup with compliance backup, then run compliance migrate"
        )


def check_migratable(
    folder: Path,
    config: Mapping[str, Any],
    engine: Engine,
    state: DatabaseState,
    *,
    anew: bool = False,
    new_secrets: bool = False,
) -> None:
    """Raise NotReady if `compliance migrate` must not continue, because it would silently replace something lost."""
    check_usable(folder, engine, state, anew=anew)
    gone = missing_secrets(config)
    if gone and state.has_people and not new_secrets:
        raise NotReady(_without_secrets(folder, gone, ", or run compliance migrate --new-secrets"))


def check_usable(folder: Path, engine: Engine, state: DatabaseState, *, anew: bool = False) -> None:
    """Raise NotReady if the database is foreign, damaged or newer, was emptied (unless `anew`), or has no folder."""
    file = sqlite_file(engine.url)
    if file is not None and not file.parent.is_dir() and file.parent != folder:
        raise NotReady(f"DATABASE_URL: there is no folder {file.parent}: make it, or name another one")
    if state.condition == "foreign":
        raise NotReady("DATABASE_URL: the database holds the tables of something else: name one of its own")
    if state.condition == "newer":
        raise NotReady(
            f"DATABASE_URL: the tables are those of a newer version ({state.revision}, and this version knows "
            f"{newest_revision()} at most): install that version; nothing was changed"
        )
    if state.condition == "damaged":
        raise NotReady(
            f"DATABASE_URL: the database is damaged ({state.damage}): keep a copy of it as it is, and restore the "
            "latest backup into a new one with compliance restore"
        )
    if is_unused(state) and not anew and (trace := trace_of_use(folder)):
        lost = "is not there" if state.condition == "missing" else "is empty"
        raise NotReady(
            f"DATABASE_URL: the database {lost}, and {trace} shows that there was one: put it back, or restore a "
            "backup with compliance restore; to begin with an empty one all the same: compliance migrate --anew"
        )


def is_unused(state: DatabaseState) -> bool:
    """Tell if a database has no content, not even tables."""
    return state.condition in ("missing", "empty")


def trace_of_use(folder: Path) -> Path | None:
    """Return a file or folder that is only made after the database, or None in a new folder."""
    secrets = (secret_file(folder, name) for name in SECRETS)
    sent = folder / FILES_FOLDER
    found = next((each for each in secrets if each.exists()), None)
    return found or (sent if sent.is_dir() and any(sent.iterdir()) else None)


def _without_secrets(folder: Path, gone: tuple[str, ...], otherwise: str) -> str:
    files = ", ".join(str(secret_file(folder, name)) for name in gone)
    return (
        f"{', '.join(gone)}: not set, and not in {files}: put back what was kept apart from the backups{otherwise}; "
        "with new ones, nobody's password is right any more, and second factors are set up anew"
    )


def migrate_installation(
    given: Mapping[str, Any] | None = None, *, anew: bool = False, new_secrets: bool = False
) -> None:
    """Create what an installation lacks: folder, database and tables of this version, secrets.

    Settings as for `create_app`. `anew` allows an empty database to replace one that is gone, and `new_secrets` new
    secrets to replace lost ones. Raise NotReady otherwise, and BadSetting.
    """
    folder = instance_folder(given)
    config = flask_config(folder, given)
    engine = open_database(config["DATABASE_URL"])
    try:
        check_migratable(folder, config, engine, database_state(engine), anew=anew, new_secrets=new_secrets)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        upgrade(engine)
    finally:
        engine.dispose()
    # Last: from here on, they show that there was a database.
    make_secrets(folder, config)
