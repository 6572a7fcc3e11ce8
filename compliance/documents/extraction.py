"""Extraction: from a file to a Document, in a separate process that cannot harm its caller.

A file's first bytes must fit the media type that the caller names; otherwise it is refused. Nothing in a file is
executed, and nothing is fetched: scripts, attachments, macros and pictures are ignored.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from compliance.documents.document import (
    Document,
    DocumentFormat,
    DocumentRefused,
    Refusal,
    document_of_record,
)

#: Size of a file.
MOST_BYTES = 30_000_000
#: Seconds of real time after which the process is killed.
MOST_WAIT = 40.0

#: By the ending of a file's name.
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "application/xhtml+xml",
    "txt": "text/plain",
}
_FORMATS: Mapping[str, DocumentFormat] = {
    MEDIA_TYPES["pdf"]: "pdf",
    MEDIA_TYPES["docx"]: "docx",
    MEDIA_TYPES["odt"]: "odt",
    MEDIA_TYPES["html"]: "html",
    MEDIA_TYPES["xhtml"]: "html",
    MEDIA_TYPES["txt"]: "txt",
}
_READERS: Mapping[DocumentFormat, str] = {
    "pdf": "pdf_reader",
    "docx": "docx_reader",
    "odt": "odt_reader",
    "html": "html_reader",
    "txt": "txt_reader",
}
#: With `-I`, Python ignores the current folder and the environment, so it needs the path of this package.
_BESIDE_PACKAGE = str(Path(__file__).resolve().parents[2])
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from compliance.documents.reader_process import main
main(sys.argv[2])
"""
#: First bytes of files that are not text: PDF, RTF, and pictures.
_OTHERS = (b"%PDF-", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def extract(file: Path | bytes, media_type: str) -> Document:
    """Return the text of a file of this media type. Raise DocumentRefused, with the reason, if it cannot be read."""
    format = _FORMATS.get(media_type.partition(";")[0].strip().lower())
    if format is None:
        raise DocumentRefused(Refusal.UNKNOWN_TYPE)
    if isinstance(file, Path) and file.stat().st_size > MOST_BYTES:
        raise DocumentRefused(Refusal.TOO_LARGE)
    content = file.read_bytes() if isinstance(file, Path) else file
    if len(content) > MOST_BYTES:
        raise DocumentRefused(Refusal.TOO_LARGE)
    _check_beginning(content, format)
    return _read_apart(content, format)


def _check_beginning(content: bytes, format: DocumentFormat) -> None:
    """Raise DocumentRefused for a file that is empty or, by its first bytes, of another format."""
    if not content.strip():
        raise DocumentRefused(Refusal.EMPTY)
    if content.startswith(_OLE):
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise DocumentRefused(Refusal.ENCRYPTED if is_encrypted else Refusal.OLD_WORD)
    is_pdf, is_zip = b"%PDF-" in content[:1024], content.startswith(b"PK")
    fits = {"pdf": is_pdf, "docx": is_zip, "odt": is_zip, "html": True, "txt": True}[format]
    is_other = format in ("html", "txt") and (is_zip or content.startswith(_OTHERS))
    if not fits or is_other:
        raise DocumentRefused(Refusal.WRONG_TYPE)


def _read_apart(content: bytes, format: DocumentFormat) -> Document:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        given.write(content)
        given.seek(0)
        command = [sys.executable, "-I", "-c", _START, _BESIDE_PACKAGE, _READERS[format]]
        try:
            ended = subprocess.run(  # noqa: S603 # the interpreter; its arguments do not depend on the file
                command,
                stdin=given,
                stdout=written,
                stderr=subprocess.DEVNULL,
                timeout=MOST_WAIT,
                check=False,
                start_new_session=True,
                env={"LANG": "C.UTF-8"},
                cwd="/",
            )
        except subprocess.TimeoutExpired as late:
            raise DocumentRefused(Refusal.TOO_HEAVY) from late
        written.seek(0)
        if ended.returncode:  # it was killed at a limit, or had too little memory to report
            fell = ended.returncode == -signal.SIGSEGV
            raise DocumentRefused(Refusal.DAMAGED if fell else Refusal.TOO_HEAVY)
        return _answered(written.read(), format)


def _answered(answer: bytes, format: DocumentFormat) -> Document:
    """Return the document that the process wrote, which is not trusted more than the file. Raise DocumentRefused."""
    try:
        told = json.loads(answer)
        if "refused" in told:
            raise DocumentRefused(Refusal(told["refused"]))
        return document_of_record(told["document"], format)
    except DocumentRefused:
        raise
    except (ValueError, TypeError, KeyError) as fault:
        raise DocumentRefused(Refusal.DAMAGED) from fault
