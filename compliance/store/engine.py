"""The database: SQLite in a file by default, PostgreSQL by address. Both keep what was acknowledged."""

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

#: How long a SQLite writer waits for another to finish, in milliseconds.
BUSY_MS = 15_000
_USE = "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"


class NoAddress(ValueError):
    """What was named is no address of a database that is kept to. The message says what is."""


def open_store(url: str) -> Engine:
    """Open the database at an SQLAlchemy address; `postgresql://` means psycopg 3.

    Raise NoAddress if it is neither SQLite nor PostgreSQL, ModuleNotFoundError without psycopg.
    """
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError as fault:  # without the text, which may hold a password
        raise NoAddress(f"this is no address of a database: {_USE}") from fault
    if kind == "sqlite":
        # A transaction that begins with its first write, and begins with the write
        # lock: a reader who later writes would otherwise fail at once whenever
        # anybody else had written in between, however long it is ready to wait.
        engine = create_engine(url, connect_args={"isolation_level": "IMMEDIATE"})
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    if kind == "postgresql":
        return _open_postgresql(url)
    raise NoAddress(f"{kind}:// is not kept to: {_USE}")


def _open_postgresql(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as fault:
        raise ModuleNotFoundError(
            f"{fault.name} is missing, and PostgreSQL needs it: "
            "install compliance[postgres], or make extras where the project lies",
            name=fault.name,
        ) from fault


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
