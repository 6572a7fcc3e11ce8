"""Checks before a document is kept as evidence: its type, by its content and not only by its name.

PDF, Word, Excel, OpenDocument, text and CSV are kept. Files with macros, embedded files, a password or pictures, and
files that are not what their name says, are refused with a sentence that says what to do. No document is run or shown
here. A PDF may contain pictures: a code of conduct without a logo is rare, and no common program removes one.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from compliance.languages.interface_messages import N_
from compliance.questionnaire.csv_table import OLE_SIGNATURE
from compliance.questionnaire.faults import UserFacingError
from compliance.workbook.package_checks import UnreadableWorkbook, check_package, holds_pictures

MOST_BYTES = 20_000_000  # of a file
_MOST_UNPACKED, _MOST_RATIO, _MOST_PARTS = 200_000_000, 300, 2_000
_MEGABYTE = 1_000_000

Problem: TypeAlias = str


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format of files that are kept, known by the ending of their names."""

    ending: str
    media_type: str
    name: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OASIS = "application/vnd.oasis.opendocument."
FORMATS: Mapping[str, DocumentFormat] = {
    ending: DocumentFormat(ending, kind, name)
    for ending, kind, name in (
        ("pdf", "application/pdf", "PDF"),
        ("docx", f"{_OFFICE}wordprocessingml.document", "Word"),
        ("xlsx", f"{_OFFICE}spreadsheetml.sheet", "Excel"),
        ("odt", f"{_OASIS}text", "OpenDocument"),
        ("ods", f"{_OASIS}spreadsheet", "OpenDocument"),
        ("txt", "text/plain", "TXT"),
        ("csv", "text/csv", "CSV"),
    )
}
#: Kept only as a text that sets rules. Its words are read, and the page is never shown.
PAGE_FORMATS: Mapping[str, DocumentFormat] = {
    ending: DocumentFormat(ending, "text/html", "HTML") for ending in ("html", "htm")
}
#: Endings of programs, scripts and web pages, which are not allowed anywhere in a name.
_RUN = frozenset(
    "exe com bat cmd scr pif msi dll js jse vbs vbe wsf hta ps1 sh jar apk lnk html htm svg xhtml xml php py".split()  # noqa: SIM905
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0")
_PICTURE_ENDINGS = frozenset(["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "ico", "avif"])
#: First bytes of files that are not text. A text may begin with "MZ", but only a program contains zero bytes.
_OTHER_FILES = (b"PK\3\4", b"%PDF-", OLE_SIGNATURE, b"\x7fELF")
#: Part of the name of a zip entry -> why the file is refused.
_REFUSED: Mapping[str, Problem] = {
    "vbaproject": "macros",
    "activex/": "macros",
    "basic/": "macros",
    "scripts/": "macros",
    "embeddings/": "other files",
    "word/media/": "pictures",
    "object ": "other files",
    "encryptedpackage": "password",
}
#: Names in a PDF of what runs something when it is opened, or of embedded files.
_PDF_ACTIONS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA)(?![A-Za-z])")

#: What is wrong with a file -> a sentence, which the web room translates.
PROBLEMS: Mapping[Problem, str] = {
    "empty": N_("The file is empty. Choose another one."),
    "large": N_("The file is larger than 20 MB. Save it smaller, or upload the part that matters."),
    "kind": N_(
        "This kind of file is not kept. Save it as PDF, Word (.docx), Excel (.xlsx), OpenDocument, text or CSV."
    ),
    "page": N_(
        "A web page is kept only as a text that sets rules: say below which kind it is. Otherwise, save it as PDF."
    ),
    "name": N_("The name of the file has two endings, as in “code.pdf.exe”. Give it one ending, and upload it again."),
    "content": N_("The file is not what its name says. Open it in the program it comes from, and save it again."),
    "old": N_("The file is in an old format. Save it as .docx or .xlsx."),
    "damaged": N_("The file is damaged. Open it in the program it comes from and save it again, or take a new copy."),
    "bomb": N_("The file unpacks to far more than it should, as files do that are made to do harm. Take a new copy."),
    "password": N_("The file is protected by a password. Save it without one."),
    "macros": N_("The file carries macros or scripts. Save it without them."),
    "other files": N_("The file has other files inside. Delete the embedded files and save it again."),
    "pictures": N_("Pictures are never accepted. Delete every picture in the file, and save it again."),
    "text": N_("The text cannot be read. Save it as plain text in UTF-8."),
}


class EvidenceFileRefused(UserFacingError, ValueError):
    """Raised for a file that is not kept as evidence; `problem` is a key of PROBLEMS."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(PROBLEMS[problem])
        self.problem = problem


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """The media type of a file that may be kept, and its name without folders."""

    file_name: str
    media_type: str


def check_document(content: bytes, sent_name: str, *, sets_rules: bool = False) -> CheckedDocument:
    """Return the media type and the bare name of an uploaded file. Raise EvidenceFileRefused if it is not kept.

    `sets_rules`: the file is a text that sets rules, which may also be a web page.
    """
    if not content:
        raise EvidenceFileRefused("empty")
    if len(content) > MOST_BYTES:
        raise EvidenceFileRefused("large")
    name = bare_name(sent_name)
    found = _format_of(name, content, {**FORMATS, **PAGE_FORMATS} if sets_rules else FORMATS)
    if found.ending == "pdf":
        _check_pdf(content)
    elif found.ending in ("txt", "csv"):
        _check_text(content)
    elif found.ending in PAGE_FORMATS:
        if content.startswith((*_OTHER_FILES, b"MZ")):
            raise EvidenceFileRefused("content")
    else:
        _check_office(found, content)
    return CheckedDocument(name, found.media_type)


def bare_name(sent: str) -> str:
    """Return a file name without folders, control characters, and characters not allowed in headers or file names."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    clean = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>:|?*;')
    return clean.strip(" .")[-120:] or "file"


def _format_of(name: str, content: bytes, formats: Mapping[str, DocumentFormat]) -> DocumentFormat:
    """Return the format that a name claims. Raise EvidenceFileRefused if it claims none that is kept."""
    endings = [part.strip().lower() for part in name.split(".")[1:]]
    last = endings[-1] if endings else ""
    if last in _PICTURE_ENDINGS or _is_picture(content):
        raise EvidenceFileRefused("pictures")
    if last in _RUN and any(part in FORMATS for part in endings[:-1]):
        raise EvidenceFileRefused("name")
    if last not in formats:
        if last in PAGE_FORMATS:
            raise EvidenceFileRefused("page")
        raise EvidenceFileRefused("old" if content.startswith(OLE_SIGNATURE) else "kind")
    if any(part in _RUN for part in endings[:-1]):
        raise EvidenceFileRefused("name")
    return formats[last]


def _is_picture(content: bytes) -> bool:
    riff = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if riff or content[4:8] == b"ftyp":
        return True
    # A text may begin with "BM" or "II*", but only a picture contains zero bytes.
    return content.startswith(_PICTURES) and (b"\0" in content[:64] or content.startswith(b"GIF8"))


def _check_pdf(content: bytes) -> None:
    if b"%PDF-" not in content[:1024]:
        raise EvidenceFileRefused("content")
    end = content.rstrip(b"\r\n\0 ")[-1024:]
    if b"%%EOF" not in end:
        raise EvidenceFileRefused("damaged")
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), _outside_streams(content))
    if re.search(rb"/Encrypt(?![A-Za-z])", plain):
        raise EvidenceFileRefused("password")
    if found := _PDF_ACTIONS.search(plain):
        raise EvidenceFileRefused("other files" if b"Embedded" in found[0] else "macros")


def _outside_streams(content: bytes) -> bytes:
    """Return a PDF without its streams, whose compressed bytes can contain any word by chance."""
    kept, at = [], 0
    while (begin := content.find(b"stream", at)) >= 0:
        kept.append(content[at:begin])
        end = content.find(b"endstream", begin + 6)
        if end < 0:
            return b" ".join(kept)
        at = end + len(b"endstream")
    return b" ".join([*kept, content[at:]])


def _check_text(content: bytes) -> None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in content or content.startswith(_OTHER_FILES):
        raise EvidenceFileRefused("content")
    else:
        encodings = ("utf-8", "cp1252")  # cp1252: written by old spreadsheets; some bytes are undefined
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or re.match(r"\s*(?:<!doctype html|<html|<script|<svg|<\?xml|#!/)", text, re.IGNORECASE):
            raise EvidenceFileRefused("content")
        return
    raise EvidenceFileRefused("text")


def _check_office(found: DocumentFormat, content: bytes) -> None:
    if content.startswith(OLE_SIGNATURE):
        is_locked = "EncryptedPackage".encode("utf-16-le") in content
        raise EvidenceFileRefused("password" if is_locked else "old")
    if not content.startswith(b"PK"):
        raise EvidenceFileRefused("content")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_parts(found, package)
            if holds_pictures(content):
                raise EvidenceFileRefused("pictures")
    except EvidenceFileRefused:
        raise
    except Exception as fault:  # zipfile and zlib raise many kinds
        raise EvidenceFileRefused("damaged") from fault
    if found.ending in ("xlsx", "ods"):
        try:
            check_package(content)
        except UnreadableWorkbook as fault:
            raise EvidenceFileRefused("damaged") from fault


def _check_parts(found: DocumentFormat, package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    names = [part.filename.replace("\\", "/") for part in parts]
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise EvidenceFileRefused("bomb")
    for part, name in zip(parts, names, strict=True):
        if part.file_size > _MEGABYTE and part.file_size > _MOST_RATIO * max(part.compress_size, 1):
            raise EvidenceFileRefused("bomb")
        if part.flag_bits & 1:
            raise EvidenceFileRefused("password")
        if name.startswith("/") or ".." in posixpath.normpath(name).split("/"):
            raise EvidenceFileRefused("damaged")
        lower = name.lower()
        for mark, problem in _REFUSED.items():
            # Microsoft Office puts its parts into a folder; OpenDocument puts them at the top.
            if mark in lower and (mark != "object " or lower.startswith(mark)):
                raise EvidenceFileRefused(problem)
    if len(set(names)) < len(names):
        raise EvidenceFileRefused("damaged")
    if found.ending in ("odt", "ods"):
        _check_opendocument(found, package, names)
    else:
        _check_ooxml(found, package, names)
    for part in parts:
        _check_no_entities(package, part)


def _check_opendocument(found: DocumentFormat, package: zipfile.ZipFile, names: list[str]) -> None:
    if "mimetype" not in names or "content.xml" not in names:
        raise EvidenceFileRefused("content")
    if package.getinfo("mimetype").file_size > 200 or package.read("mimetype").strip() != found.media_type.encode():
        raise EvidenceFileRefused("content")
    manifest = "META-INF/manifest.xml"
    if manifest in names and b"encryption-data" in package.read(manifest):
        raise EvidenceFileRefused("password")


def _check_ooxml(found: DocumentFormat, package: zipfile.ZipFile, names: list[str]) -> None:
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[found.ending]
    if "[Content_Types].xml" not in names or main not in names:
        raise EvidenceFileRefused("content")
    kinds = package.read("[Content_Types].xml").replace(b"\0", b"").lower()
    if b"macroenabled" in kinds or b"vbaproject" in kinds:
        raise EvidenceFileRefused("macros")


def _check_no_entities(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse XML entities: no office program writes them, and they can make a small file huge when it is read."""
    with package.open(part) as stream:
        end = b""
        while chunk := stream.read(_MEGABYTE):
            seen = (end + chunk).replace(b"\0", b"")
            if b"<!ENTITY" in seen or b"<!DOCTYPE" in seen:
                raise EvidenceFileRefused("bomb")
            end = chunk[-60:]
