"""Atomic writing: a file appears complete or not at all, and its name can be made to survive a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Any


@contextmanager
def atomic_write(path: Path, *, binary: bool = False, private: bool = False) -> Iterator[IO[Any]]:
    """Open a file that appears when everything is written, and not at all if anything fails. Raise OSError.

    A private file is readable only by its owner from the beginning, and several processes may write it at once.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file in it", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}.unfinished" if private else f".{path.name}.unfinished")
    opener = _private if private else None
    try:
        with open(
            unfinished,
            "wb" if binary else "w",
            encoding=None if binary else "utf-8",
            newline=None if binary else "",
            opener=opener,
        ) as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def synchronise_folder(folder: Path) -> None:
    """Sync the names in a folder to disk: otherwise a synced file that is new or renamed can lose its name."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
