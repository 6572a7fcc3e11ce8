"""Tell failures of the database or the disk, which may pass, from errors in what the program asked of them."""

import errno
from typing import Literal, TypeAlias

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from compliance.store.file_storage import FileStorageFailed

#: `busy`: waiting for a lock or a connection took too long. `away`: out of reach, full, or read-only.
Outage: TypeAlias = Literal["busy", "away"]

#: Primary result codes of SQLite: busy, locked; read-only, I/O error, full, cannot open.
_SQLITE: dict[int, Outage] = {5: "busy", 6: "busy", 8: "away", 10: "away", 13: "away", 14: "away"}
#: SQLSTATE codes: lock not available, statement timeout, deadlock, serialization failure.
_BUSY = frozenset({"55P03", "57014", "40P01", "40001"})
#: SQLSTATE classes: connection, insufficient resources (such as disk full), operator intervention, system error.
_AWAY = ("08", "53", "57", "58")
_READ_ONLY = "25006"
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT, errno.EMFILE, errno.ENFILE})


def outage(fault: BaseException) -> Outage | None:
    """Return why the database or the disk cannot work now, or None for any other failure."""
    if isinstance(fault, PoolTimeout):
        return "busy"
    if isinstance(fault, DBAPIError):
        return _of_database(fault)
    if isinstance(fault, FileStorageFailed):
        return "away" if fault.__cause__ else None  # without a cause, a file was damaged
    return "away" if isinstance(fault, OSError) and fault.errno in _OF_THE_DISK else None


def _of_database(fault: DBAPIError) -> Outage | None:
    """Return the outage that the driver's error code means, or None."""
    if (code := getattr(fault.orig, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF)  # the other bits are the extended code
    if state := getattr(fault.orig, "sqlstate", None):
        if state in _BUSY:
            return "busy"
        return "away" if state == _READ_ONLY or state.startswith(_AWAY) else None
    # Without a code, the server was not reached.
    return "away" if isinstance(fault, OperationalError) or fault.connection_invalidated else None
