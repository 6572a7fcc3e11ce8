"""Keeps a solver from writing between our lines: HiGHS prints one of its own now and then, past every setting."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def solver_kept_quiet() -> Iterator[None]:
    """What is written by C code to the screen meanwhile is thrown away; what Python writes has to wait."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
