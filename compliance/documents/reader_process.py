"""The process that opens a file which may be hostile. Its memory, time and files are limited before it reads a byte.

It is started as `python -I` with the name of a reader, takes the file on its standard input and writes one line of
JSON. A reader is a module of this room with a function `read` that returns a Document from bytes, or raises
DocumentRefused. Readers are imported only here, by name, so that the process that serves pages never loads them.
"""

import importlib
import json
import resource
import sys
from typing import Any

from compliance.documents.document import DocumentRefused, Refusal, document_record

#: Bytes of memory, bytes written, and seconds of processor time.
MOST_MEMORY = 800_000_000
MOST_WRITTEN = 40_000_000
MOST_SECONDS = 20


def main(reader: str) -> None:
    """Read the file on standard input, and write the document, or its refusal, to standard output."""
    module = importlib.import_module(f"compliance.documents.{reader}")
    limit()
    print(json.dumps(_outcome(module, sys.stdin.buffer.read())), flush=True)


def limit() -> None:
    """Limit this process from now on: memory, time, size of files, open files, and no new processes."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 24),
    ):
        _soft, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))


def _outcome(module: Any, content: bytes) -> dict[str, Any]:
    try:
        return {"document": document_record(module.read(content))}
    except DocumentRefused as fault:
        return {"refused": fault.refusal.value}
    except MemoryError:
        return {"refused": Refusal.TOO_HEAVY.value}
    except Exception as fault:  # zipfile, lxml and PDFium raise many kinds
        is_memory = "memory" in str(fault).lower()
        return {"refused": (Refusal.TOO_HEAVY if is_memory else Refusal.DAMAGED).value}
