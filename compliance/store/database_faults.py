"""Whether a failure says that the database, or the disk, cannot do its work now, rather than that we asked wrongly."""

import errno
from typing import Literal, TypeAlias

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from compliance.store.file_storage import FileStorageFailed

#: `busy`: others hold what is needed, and it took too long. `away`: out of reach, full, or not to be written to.
Outage: TypeAlias = Literal["busy", "away"]

#: Primary result codes of SQLite: busy and locked; read-only, a fault of the disk, full, cannot be opened.
_SQLITE: dict[int, Outage] = {5: "busy", 6: "busy", 8: "away", 10: "away", 13: "away", 14: "away"}
#: States of PostgreSQL: a lock was not to be had, a statement took too long, a deadlock, changes that exclude another.
_BUSY = frozenset({"55P03", "57014", "40P01", "40001"})
#: Their classes: no connection, no resources such as room on the disk, an operator's doing, a fault of the system.
_AWAY = ("08", "53", "57", "58")
_READ_ONLY = "25006"
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.EMFILE, errno.ENFILE})


def outage(fault: BaseException) -> Outage | None:
    """Why the database or the disk cannot do its work now; None for every other failure."""
    if isinstance(fault, PoolTimeout):
        return "busy"
    if isinstance(fault, DBAPIError):
        return _of_database(fault)
    if isinstance(fault, FileStorageFailed):
        return "away" if fault.__cause__ else None  # without a cause, a file was damaged
    return "away" if isinstance(fault, OSError) and fault.errno in _OF_THE_DISK else None


def _of_database(fault: DBAPIError) -> Outage | None:
    """What the driver says of it."""
    if (code := getattr(fault.orig, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF)  # the rest is detail
    if state := getattr(fault.orig, "sqlstate", None):
        if state in _BUSY:
            return "busy"
        return "away" if state == _READ_ONLY or state.startswith(_AWAY) else None
    # No code: there was nobody who could have given one.
    return "away" if isinstance(fault, OperationalError) or fault.connection_invalidated else None
