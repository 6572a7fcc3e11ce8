"""The state of a database before it is used: of this version or another one, empty, or damaged.

Nothing here creates a file or a table. `database_state` is quick and runs at every start. The functions after it read
everything, and are for `compliance doctor`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection, DateTime, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from compliance.store.database_setup import kept_revision, knows_revision, newest_revision, snapshot, sqlite_file
from compliance.store.models import Base

#: `missing`: no file; `empty`: no tables; `foreign`: tables of something else; `older` and `newer`: than this version.
DatabaseCondition: TypeAlias = Literal["missing", "empty", "foreign", "older", "newer", "damaged", "current"]
_VERSIONS = "alembic_version"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The state of a database."""

    condition: DatabaseCondition
    revision: str = ""  # of its tables
    damage: str = ""  # if damaged, what is wrong
    has_people: bool = False


def database_state(engine: Engine) -> DatabaseState:
    """Return the state of a database, as far as a quick check shows. Raise OperationalError if it cannot be opened.

    Damaged pages are not looked for, as that takes long: see `damage_found`.
    """
    file = sqlite_file(engine.url)
    if file is not None and not file.exists():
        return DatabaseState("missing")
    if file is not None and not file.stat().st_size:
        return DatabaseState("empty")
    try:
        with snapshot(engine) as connection:
            return _state(connection)
    except OperationalError:
        raise
    except DatabaseError as fault:
        return DatabaseState("damaged", damage=" ".join(str(fault.orig).split()))


def _state(connection: Connection) -> DatabaseState:
    tables = set(inspect(connection).get_table_names())
    revision = kept_revision(connection)
    if revision is None:
        return DatabaseState("foreign" if tables - {_VERSIONS} else "empty")
    if not knows_revision(revision):
        return DatabaseState("newer", revision)
    if revision == newest_revision() and (gone := sorted(Base.metadata.tables.keys() - tables)):
        return DatabaseState("damaged", revision, f"it has no table {', '.join(gone)}")
    if "person" not in tables:
        return DatabaseState("damaged", revision, "it has no table person")
    has_people = connection.scalar(text("SELECT 1 FROM person LIMIT 1")) is not None
    return DatabaseState("current" if revision == newest_revision() else "older", revision, has_people=has_people)


# ── For `compliance doctor`

#: Tables whose rows the database itself protects from changes.
FROZEN_TABLES = (
    "consent_change",
    "correction",
    "edition_copy",
    "published_reading",
    "reading_correction",
    "signed_head",
    "snapshot",
    "submission",
    "trail",
)
#: Settings of PostgreSQL without which a power cut may lose what was acknowledged.
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_MOST_NAMED = 5


def damage_found(connection: Connection) -> Iterator[str]:
    """Yield descriptions of damage to a database's pages, indexes and references; on SQLite, the first few only."""
    if connection.dialect.name == "sqlite":
        lines = list(_quick_check(connection))
        yield from lines
        if lines:  # on damaged pages, references cannot be followed
            return
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_NAMED):
            yield f"table {row[0]} names a row of {row[2]} that is not there"
        return
    for (name,) in connection.execute(_UNCHECKED):
        yield f"the references of {name} are not checked"
    if can_check_indexes(connection):
        for (index,) in connection.execute(_INDEXES).all():
            try:
                with connection.begin_nested():
                    connection.execute(text("SELECT bt_index_check(CAST(:index AS regclass))"), {"index": index})
            except DatabaseError as fault:
                yield f"index {index}: {str(fault.orig).splitlines()[0]}"


def _quick_check(connection: Connection) -> Iterator[str]:
    """Yield what SQLite reports about damaged pages. Some damage makes it stop at that point."""
    found = False
    try:
        for (line,) in connection.exec_driver_sql(f"PRAGMA quick_check({_MOST_NAMED})"):
            if line != "ok":
                found = True
                yield " ".join(line.split())
    except DatabaseError:
        if not found:
            raise


_UNCHECKED = text(
    "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated "
    "AND connamespace = current_schema()::regnamespace ORDER BY conname"
)
_INDEXES = text(
    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
    "WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
)


def can_check_indexes(connection: Connection) -> bool:
    """Tell whether indexes can be checked: always on SQLite, on PostgreSQL only with the extension amcheck."""
    if connection.dialect.name == "sqlite":
        return True
    return connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'")) is not None


def unfrozen_tables(connection: Connection) -> tuple[str, ...]:
    """Return the frozen tables that are not protected, because triggers are missing or disabled."""
    if connection.dialect.name == "sqlite":
        found = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        wanted = {table: {f"{table}_frozen_update", f"{table}_frozen_delete"} for table in FROZEN_TABLES}
    else:
        found = text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        wanted = {table: {f"{table}_frozen"} for table in FROZEN_TABLES}
    there = set(connection.execute(found).scalars())
    return tuple(table for table, triggers in wanted.items() if not triggers <= there)


def lax_settings(connection: Connection) -> tuple[str, ...]:
    """Return the settings of the database under which acknowledged changes could be lost, as "name = value"."""
    if connection.dialect.name == "sqlite":
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        return () if mode == "wal" else (f"journal_mode = {mode}",)
    values = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in _DURABLE}
    return tuple(f"{name} = {value}" for name, value in values.items() if value in ("off", "local"))


def database_clock(connection: Connection) -> datetime | None:
    """Return the time of the database server's clock, or None for SQLite, which has no clock of its own."""
    if connection.dialect.name == "sqlite":
        return None
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def last_entry_at(connection: Connection) -> datetime | None:
    """Return when the last trail entry was made, or None if there is none."""
    query = text("SELECT at FROM trail ORDER BY id DESC LIMIT 1").columns(at=DateTime())
    moment = connection.execute(query).scalar()
    return None if moment is None else moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
