"""Connecting to SQLite or PostgreSQL, migrating the tables, and triggers that freeze rows.

Durability first: SQLite runs in WAL mode with full synchronisation, and takes the write lock when a transaction begins.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from compliance.package_data import how_to_install
from compliance.store.audit_trail import record_states, trail_head

#: How long a writer waits for a lock, and how long one statement may take, in milliseconds.
BUSY_MS, STATEMENT_MS = 15_000, 120_000
#: Connections are unlimited and a few are kept open. Threads are limited, so none has to wait for a connection.
_POOL: dict[str, Any] = {"pool_size": 8, "max_overflow": -1}
#: Time-outs of PostgreSQL: seconds to connect, and milliseconds until an unresponsive connection is given up.
_PATIENCE = {"connect_timeout": 10, "tcp_user_timeout": 30_000}
_MIGRATIONS = Path(__file__).parent / "migrations"
_USE = "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"


class UnsupportedDatabaseURL(ValueError):
    """An invalid database URL, or one of an unsupported database. The message says which are supported."""


def open_database(url: str) -> Engine:
    """Return an engine for a database URL. It connects on first use; `postgresql://` means psycopg 3.

    Raise UnsupportedDatabaseURL if it is neither SQLite nor PostgreSQL, ModuleNotFoundError without psycopg.
    """
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError as fault:  # without its text, which may contain a password
        raise UnsupportedDatabaseURL(f"this is no address of a database: {_USE}") from fault
    if kind == "sqlite":
        # A transaction begins with its first write, and takes the write lock at once. Otherwise, a transaction that
        # reads first and writes later would fail, without waiting, if anybody had written in between.
        pool = _POOL if sqlite_file(make_url(url)) else {}
        engine = create_engine(url, hide_parameters=True, connect_args={"isolation_level": "IMMEDIATE"}, **pool)
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    if kind == "postgresql":
        return _open_postgresql(url)
    raise UnsupportedDatabaseURL(f"{kind}:// is not kept to: {_USE}")


def sqlite_file(url: URL) -> Path | None:
    """Return the file of an SQLite database, or None for one in memory and for other databases."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _make_readable_by_owner_alone(url: URL) -> None:
    """Create a new SQLite file that only its owner can read. SQLite would create it readable by everybody."""
    file = sqlite_file(url)
    if file is not None:
        with suppress(OSError):  # if no file can be created, SQLite reports it
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a read-only transaction that sees the database as of its first statement, while others keep writing."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            _take_ones_time(connection)
            yield connection
            connection.rollback()
        return
    file = sqlite_file(engine.url)
    # Opened read-only, so that SQLite neither creates the file nor changes its journal mode.
    name = f"file:{quote(str(file.absolute()))}?mode=ro" if file else str(engine.url.database)
    reading = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(name, uri=True, timeout=BUSY_MS / 1000),
        poolclass=NullPool,
        hide_parameters=True,
    )
    with (engine if file is None else reading).connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection
        connection.rollback()


def _open_postgresql(url: str) -> Engine:
    try:
        address = make_url(url)
        chosen = {name: value for name, value in _PATIENCE.items() if name not in address.query}
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=chosen, **_POOL)
    except ModuleNotFoundError as fault:
        raise ModuleNotFoundError(
            f"{fault.name} is missing, and PostgreSQL needs it: {how_to_install('postgres')}",
            name=fault.name,
        ) from fault
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_postgresql(connection: Any, _record: object) -> None:
    """Set time-outs, so that a request that waits too long fails and the visitor is asked to try again."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {BUSY_MS}")
        cursor.execute(f"SET statement_timeout = {STATEMENT_MS}")
    connection.commit()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA secure_delete=ON")  # deleted content is overwritten in the file
    cursor.close()


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switch to write-ahead logging, trying again while another writer makes SQLite refuse it."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def forget_written(session: Session) -> None:
    """Truncate SQLite's write-ahead log, which still contains erased rows, as far as readers allow.

    Called once the erasure is committed. On PostgreSQL, autovacuum removes deleted rows.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply all missing migrations, or none if one fails. Several processes may call this at the same time."""
    with migrating(engine) as connection:
        # Checked first because it is faster: at most starts nothing is missing, and no migration has to be read.
        if revision != "head" or not has_present_tables(connection):
            command.upgrade(_config(connection), revision)
            if revision == "head":
                _note_states(connection)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Open a transaction for changing tables, one at a time. If it fails, nothing of it is kept.

    On SQLite, foreign keys are not enforced in it.
    """
    _make_readable_by_owner_alone(engine.url)
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            _take_ones_time(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(341990)"))
            yield connection
            connection.commit()
            return
        # Rebuilding a table drops it. With foreign keys on, the rows that refer to it would be deleted too.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def migrate_to(connection: Connection, revision: str) -> None:
    """Upgrade or downgrade the tables to a revision that this version knows.

    After an upgrade to the newest one, the trail notes the digests of all rows.
    """
    order = [each.revision for each in reversed(list(_scripts().walk_revisions()))]
    kept = kept_revision(connection)
    if kept == revision:
        return
    if kept is not None and order.index(kept) > order.index(revision):
        command.downgrade(_config(connection), revision)
        return
    command.upgrade(_config(connection), revision)
    if revision == newest_revision():
        _note_states(connection)


def _take_ones_time(connection: Connection) -> None:
    """Turn off PostgreSQL's time-outs in this transaction, since large tables take long."""
    for limit in ("lock_timeout", "statement_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))


def _note_states(connection: Connection) -> None:
    """Record in the trail, if it has entries, the digests of all rows after migrations."""
    with Session(connection, join_transaction_mode="rollback_only") as session:
        if trail_head(session)[0]:
            record_states(session, at=datetime.now(UTC))
        session.commit()  # of the session only: the connection is committed by the caller


def has_present_tables(connection: Connection) -> bool:
    """Tell whether the tables are of the revision that this version works with."""
    return kept_revision(connection) == newest_revision()


def kept_revision(connection: Connection) -> str | None:
    """Return the revision of the tables in a database, or None if it has none."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str:
    """Return the newest revision that this version knows."""
    return str(_scripts().get_current_head())


@cache
def knows_revision(revision: str) -> bool:
    """Tell whether a revision is of this version or an earlier one."""
    try:
        return _scripts().get_revision(revision) is not None
    except CommandError:
        return False


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def freeze(table: str) -> None:
    """Add triggers by which the database refuses to change or delete rows of a table. For migrations."""
    message = f"{table}: what is kept here is never changed"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()"
    )


def freeze_but(table: str, verb: Literal["UPDATE", "DELETE"], condition: str) -> None:
    """Add triggers as `freeze` does, but allow `verb` for rows for which a condition on OLD (and NEW) is true."""
    message, other = f"{table}: what is kept here is never changed", "DELETE" if verb == "UPDATE" else "UPDATE"
    if op.get_bind().dialect.name == "sqlite":
        for each, when in ((verb, f"WHEN NOT ({condition}) "), (other, "")):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{each.lower()} BEFORE {each} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = '{verb}' THEN IF {condition} THEN RETURN {'NEW' if verb == 'UPDATE' else 'OLD'}; END IF; END IF; "
        f"RAISE EXCEPTION '{message}'; END $$"
    )
    for name, verbs, each in (("frozen", "UPDATE OR DELETE", "ROW"), ("frozen_truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {verbs} ON {table} FOR EACH {each} EXECUTE FUNCTION {table}_frozen()"
        )


def unfreeze(table: str) -> None:
    """Undo `freeze` or `freeze_but`, before the table is dropped. For migrations."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_frozen_{verb}")
        return
    op.execute(f"DROP TRIGGER {table}_frozen ON {table}")
    op.execute(f"DROP TRIGGER IF EXISTS {table}_frozen_truncate ON {table}")
    op.execute(f"DROP FUNCTION {table}_frozen()")
