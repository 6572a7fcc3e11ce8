"""Atomic writing: a file appears complete, or not at all; and what makes its name outlast a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Any


@contextmanager
def atomic_write(path: Path, *, binary: bool = False, private: bool = False) -> Iterator[IO[Any]]:
    """A file that appears when everything is written, and not at all if anything fails. Raise OSError.

    One that is private is readable by its owner alone, from the beginning, and may be written by several at once.
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
    """Have the names in a folder on disk: a synced file that was just made or renamed can lose its name otherwise."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
