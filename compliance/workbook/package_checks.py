"""Checks before an uploaded workbook is opened: the zip file, its parts, and the amount of their content.

A workbook is a zip of XML parts, and hostile ones are easily made: they unpack to gigabytes, expand entities, carry
macros or point to other files, or have so many names, sheets, texts or styles that reading them takes minutes. Every
refusal is a sentence that says what to do.
"""

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from defusedxml.ElementTree import fromstring

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import OLE_SIGNATURE, quoted
from compliance.questionnaire.faults import UserFacingError

MOST_BYTES = 30_000_000  # of the file
MOST_UNPACKED = 300_000_000
MOST_RATIO = 300  # unpacked to packed size of a part above a megabyte
MOST_PARTS = 2_000
#: Bytes of shared texts, which are all held in memory.
MOST_TEXT = 50_000_000
#: Tags and attributes of a workbook that is read as a whole. A scorecard has a fifth of this. As many take five seconds
#: to read, and in an .ods, which has all of them in one part, 400 MB of memory.
MOST_TAGS = MOST_ATTRIBUTES = 1_000_000
MOST_TEXT_TAGS = 400_000  # tags of shared texts, which are all read before the first cell
_MOST_CONTENT = 60_000_000  # bytes of the part of an .ods with all cells
#: Bytes of the longest text or tag of a part; a cell holds 32,767 characters.
LONGEST_RUN = 1_000_000
MOST_SHEETS, MOST_CHART_SHEETS, MOST_MERGED = 200, 8, 5_000
_MOST_NAMES = 5_000
_MOST_WORKBOOK_BYTES = 3_000_000  # size of the part that lists sheets and names
_MEGABYTE = 1_000_000

#: Parts that are read as a whole, by the beginning of their names: the most tags allowed, and what the parts list.
_MOST_TAGS_OF: Mapping[str, tuple[int, str]] = {
    "xl/styles.xml": (150_000, N_("cell styles")),
    "docprops/": (20_000, N_("properties")),
    "meta.xml": (20_000, N_("properties")),
    "[content_types].xml": (20_000, N_("parts")),
    "xl/_rels/": (20_000, N_("sheets")),
    "xl/worksheets/_rels/": (140_000, N_("links")),
}
#: Tags outside cells, texts and styles, if there are chart sheets: each is read with all its drawings.
_MOST_TAGS_BESIDE = 100_000
#: Tags of a kind in a sheet. Excel and LibreOffice write a few hundred at most.
_MOST_OF: Mapping[str, tuple[int, str]] = {
    "mergeCell": (MOST_MERGED, N_("merged cells")),
    "dataValidation": (70_000, N_("rules for what a cell may hold")),
    "cfRule": (70_000, N_("conditional formats")),
    "conditionalFormatting": (70_000, N_("conditional formats")),
    "hyperlink": (70_000, N_("links")),
}
_NEW_WORKBOOK = N_("copy its cells into a new workbook")
_MADE_TO_HARM = N_("as in files that are made to do harm: ask the sender for a new copy")

Format: TypeAlias = Literal["xlsx", "ods"]

_MACROS = N_("it carries macros: save it as .xlsx, without them")
_OTHER_FILES = N_("it takes values from other files: break the links (Data or Edit, Links) and save it")
#: Part of the name of a zip entry -> why the file is refused.
_REFUSED = {
    "vbaproject": _MACROS,
    "macrosheets/": _MACROS,
    "activex/": N_("it carries controls: save a copy without them"),
    "externallinks/": _OTHER_FILES,
    "xl/connections.xml": N_("it takes values from elsewhere: delete its data connections and save it"),
    "embeddings/": N_("it has other files inside: delete the embedded objects and save it"),
    "encryptedpackage": N_("it is protected by a password: save it without one"),
    "xl/workbook.bin": N_("it is a binary workbook (.xlsb): save it as .xlsx"),
}
_REFUSED_IN_ODS = {
    "basic/": N_("it carries macros: delete them (Tools, Macros) and save it"),
    "scripts/": N_("it carries macros: delete them (Tools, Macros) and save it"),
}
#: Tags in the content of an .ods that takes values from elsewhere.
_LINKS_IN_ODS = (b"<table:table-source", b"<table:cell-range-source", b"<table:dde-link", b"<office:dde-source")
_ENCRYPTED = N_("it is protected by a password: save it without one")
#: Folders of pictures, the first bytes of pictures in other places, and pictures that programs draw themselves.
_PICTURES = ("xl/media/", "pictures/")
_A_PICTURE = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|II\*\0|MM\0\*|RIFF....WEBP|....ftyp", re.S)
_DRAWN_BY_PROGRAMS = ("thumbnails/thumbnail.png", "objectreplacements/", "docprops/thumbnail.")
#: The parts with sheets and names.
WORKBOOK, RELATIONSHIPS, CONTENT = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "content.xml"
_STRINGS = "xl/sharedstrings.xml"  # in small letters
_CELLS = ("xl/worksheets/", _STRINGS, "xl/styles.xml")
_ODS_KIND = b"application/vnd.oasis.opendocument.spreadsheet"


class UnreadableWorkbook(UserFacingError, ValueError):
    """Raised for a workbook that is not read. The message says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """The format of a workbook that may be opened, and whether it is too large to be read as a whole."""

    format: Format
    is_oversized: bool


def check_package(content: bytes) -> CheckedPackage:
    """Return the format of a workbook. Raise UnreadableWorkbook for a file that should not even be opened."""
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(_("the file has more than %(most)s MB: split it", most=MOST_BYTES // _MEGABYTE))
    if content.startswith(OLE_SIGNATURE):
        raise UnreadableWorkbook(_about_ole(content))
    if content and _is_text(content):
        raise UnreadableWorkbook(_("it is text, not a workbook: name it .csv if it is a table, or save it as .xlsx"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _checked(package)
    except UnreadableWorkbook:
        raise
    except Exception as fault:  # zipfile, zlib and the parser raise many kinds
        raise UnreadableWorkbook(
            _(
                "it is not a workbook, or it is damaged: open it in a spreadsheet program and save it as .xlsx, "
                "or take a new copy"
            )
        ) from fault


def holds_pictures(content: bytes) -> bool:
    """Tell whether a workbook that passed `check_package` has pictures, by the names and first bytes of its parts.

    The previews of the file and of charts that programs draw themselves do not count.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.infolist():
            name = part.filename.replace("\\", "/").lower()
            if name.startswith(_DRAWN_BY_PROGRAMS):
                continue
            with package.open(part) as stream:
                if name.startswith(_PICTURES) or _A_PICTURE.match(stream.read(16)):
                    return True
            if name.endswith(CONTENT) and any(b"<office:binary-data" in chunk for chunk in _chunks(package, part)):
                return True
    return False


def damaged() -> UnreadableWorkbook:
    """Return the refusal of a workbook that cannot be read, for an unknown reason."""
    return UnreadableWorkbook(
        _(
            "it is damaged: open it in a spreadsheet program, which may repair it, and save it as .xlsx, or take a new "
            "copy"
        )
    )


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def same_name(sheet: str) -> UnreadableWorkbook:
    """Return the refusal of a workbook with two sheets of the same name."""
    return UnreadableWorkbook(
        _("several of its sheets are called %(name)s: rename or delete all but one", name=quoted(sheet))
    )


def is_hidden(sheet: str) -> UnreadableWorkbook:
    """Return the refusal of a table of answers whose first sheet is hidden."""
    return UnreadableWorkbook(
        _(
            "its first sheet, %(name)s, is hidden: show it, or move the one that is meant to the front",
            name=quoted(sheet),
        )
    )


def holds_error(row: int, column: str, error: object) -> UnreadableWorkbook:
    """Return the refusal of a table of answers with an error in a cell: row counted from 1, letters of the column."""
    return UnreadableWorkbook(
        _(
            "row %(row)s, column %(column)s: this cell holds the error %(error)s: put the answer there",
            row=row,
            column=column,
            error=str(error),
        )
    )


def no_value(row: int, column: str) -> UnreadableWorkbook:
    """Return the refusal of a table of answers with a formula without a value; row and column as in `holds_error`."""
    return UnreadableWorkbook(
        _(
            "row %(row)s, column %(column)s: this formula has no value: put the value there instead",
            row=row,
            column=column,
        )
    )


def _about_ole(content: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _(_ENCRYPTED)
    if "Workbook".encode("utf-16-le") in content:
        return _("it is an old workbook (.xls): save it as .xlsx, without a password")
    return _("it is protected by a password, or an old .xls: save it as .xlsx without a password")


def _checked(package: zipfile.ZipFile) -> CheckedPackage:
    parts = package.infolist()
    if len(parts) > MOST_PARTS:
        raise UnreadableWorkbook(
            _("it has more than %(most)s parts inside: %(remedy)s", most=MOST_PARTS, remedy=_(_NEW_WORKBOOK))
        )
    names = [part.filename.replace("\\", "/") for part in parts]
    if len(set(names)) < len(names):
        raise UnreadableWorkbook(_("it has the same part twice, so nobody can say what it holds: take a new copy"))
    kind: Format = "ods" if _is_opendocument(package, names) else "xlsx"
    for part, name in zip(parts, names, strict=True):
        _check_part(part, name.lower(), kind)
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableWorkbook(_("it unpacks to more than %(most)s MB: split it", most=MOST_UNPACKED // _MEGABYTE))
    if (WORKBOOK if kind == "xlsx" else CONTENT) not in names:
        raise UnreadableWorkbook(_("it is a zip file, but not a workbook: save it as .xlsx or .ods"))
    weights = {name.lower(): _check_xml(package, part) for part, name in zip(parts, names, strict=True)}
    if kind == "xlsx":
        _check_types(package)
        _check_lists(package, sum(each.tags for name, each in weights.items() if not name.startswith(_CELLS)))
    tags, attributes = (sum(each) for each in zip(*weights.values(), strict=True))
    texts = weights.get(_STRINGS, _Weight(0, 0)).tags
    is_oversized = tags > MOST_TAGS or attributes > MOST_ATTRIBUTES or texts > MOST_TEXT_TAGS
    if kind == "ods" and (is_oversized or package.getinfo(CONTENT).file_size > _MOST_CONTENT):
        raise UnreadableWorkbook(_("it is too large for an .ods: delete empty rows and columns, or save it as .xlsx"))
    return CheckedPackage(kind, is_oversized)


class _Weight(NamedTuple):
    tags: int
    attributes: int


def _is_opendocument(package: zipfile.ZipFile, names: list[str]) -> bool:
    if "mimetype" not in names:
        return False
    if package.getinfo("mimetype").file_size > len(_ODS_KIND) + 100:
        raise damaged()
    kind = package.read("mimetype").strip()
    if not kind.startswith(_ODS_KIND):
        raise UnreadableWorkbook(
            _("it is an OpenDocument file, but not a spreadsheet: send the spreadsheet (.ods or .xlsx)")
        )
    return True


def _check_part(part: zipfile.ZipInfo, name: str, kind: Format) -> None:
    for mark, why in _REFUSED.items():
        if mark in name:
            raise UnreadableWorkbook(_(why))
    for mark, why in _REFUSED_IN_ODS.items():
        if kind == "ods" and name.startswith(mark):
            raise UnreadableWorkbook(_(why))
    if part.flag_bits & 1:
        raise UnreadableWorkbook(_(_ENCRYPTED))
    if part.file_size > _MEGABYTE and part.file_size > MOST_RATIO * max(part.compress_size, 1):
        raise UnreadableWorkbook(_("it unpacks to far more than it should, %(remedy)s", remedy=_(_MADE_TO_HARM)))
    if name == _STRINGS and part.file_size > MOST_TEXT:
        raise UnreadableWorkbook(
            _("its texts have more than %(most)s MB: shorten or split it", most=MOST_TEXT // _MEGABYTE)
        )
    if name == WORKBOOK and part.file_size > _MOST_WORKBOOK_BYTES:
        raise too_many(N_("defined names or sheets"))


def too_many(what: str) -> UnreadableWorkbook:
    """Return the refusal of a workbook with more of something than can be read in time."""
    return UnreadableWorkbook(
        _("it has far more %(what)s than a workbook needs: %(remedy)s", what=_(what), remedy=_(_NEW_WORKBOOK))
    )


def _chunks(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of a part, a megabyte at a time, each after the last 60 bytes of the one before."""
    with package.open(part) as stream:
        end = b""
        while chunk := stream.read(_MEGABYTE):
            yield end + chunk
            end = chunk[-60:]


def _check_xml(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Weight:
    """Count the tags and attributes of a part. Refuse entities, and more of anything than can be read in time.

    Every part is checked, whatever its name, since other parts determine which parts are read.
    """
    name = part.filename.lower()
    tags, attributes, found = 0, 0, Counter[str]()
    for chunk in _chunks(package, part):
        seen = chunk.replace(b"\0", b"")
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise UnreadableWorkbook(_("it declares entities, as no spreadsheet program does: save it again as .xlsx"))
        if len(chunk) >= LONGEST_RUN and b"<" not in chunk:
            raise UnreadableWorkbook(
                _("one of its texts is far longer than a cell can hold, %(remedy)s", remedy=_(_MADE_TO_HARM))
            )
        tags += seen.count(b"<")
        attributes += seen.count(b'="') + seen.count(b"='")
        if "worksheets/" in name:
            found.update({kind: seen.count(kind.encode()) for kind in _MOST_OF})
        if name == CONTENT and any(link in seen for link in _LINKS_IN_ODS):
            raise UnreadableWorkbook(_(_OTHER_FILES))
        if name == "meta-inf/manifest.xml" and b"encryption-data" in seen:
            raise UnreadableWorkbook(_(_ENCRYPTED))
    for kind, (most, what) in _MOST_OF.items():
        if found[kind] > most:
            raise too_many(what)
    for beginning, (most, what) in _MOST_TAGS_OF.items():
        if name.startswith(beginning) and tags > most:
            raise too_many(what)
    return _Weight(tags, attributes)


_STANDARD_NAMES = {"sheet.main+xml": WORKBOOK, "sharedstrings+xml": _STRINGS}


def _check_types(package: zipfile.ZipFile) -> None:
    """Refuse content types of macros, and a workbook or texts in other parts than those that are checked."""
    for element in fromstring(package.read("[Content_Types].xml")):
        kind = element.get("ContentType", "").lower()
        if "macroenabled" in kind or "vbaproject" in kind:
            raise UnreadableWorkbook(_("it is a workbook for macros (.xlsm): save it as .xlsx, without them"))
        for ending, name in _STANDARD_NAMES.items():
            if kind.endswith(ending) and element.get("PartName", f"/{name}").lower() != f"/{name}":
                raise damaged()


_NAME = re.compile(rb"<(?:\w+:)?definedName[\s/>]")


def _check_lists(package: zipfile.ZipFile, tags_beside: int) -> None:
    """Refuse more sheets, names and charts than a workbook needs, and sheets that share a name or a part."""
    listed = package.read(WORKBOOK)
    if len(_NAME.findall(listed.replace(b"\0", b""))) > _MOST_NAMES:
        raise too_many(N_("defined names"))
    parts = {part.get("Id"): part for part in fromstring(package.read(RELATIONSHIPS))}
    entries = [part for part in fromstring(listed).iter() if part.tag.endswith("}sheet")]
    named = [value for entry in entries for key, value in entry.items() if key.endswith("}id")]
    linked = [parts[value] for value in named if value in parts]
    if len(entries) > MOST_SHEETS:
        raise too_many(N_("sheets"))
    titles = Counter(entry.get("name", "").casefold() for entry in entries)
    if twice := [entry.get("name", "") for entry in entries if titles[entry.get("name", "").casefold()] > 1]:
        raise same_name(twice[0])
    if len({posixpath.join("/xl", part.get("Target", "")) for part in linked}) < len(entries):
        raise UnreadableWorkbook(
            _("several of its sheets share one part, or have none, so nobody can say what they hold: take a new copy")
        )
    charts = sum("chartsheet" in part.get("Type", "") for part in linked)
    if charts > MOST_CHART_SHEETS or (charts and tags_beside > _MOST_TAGS_BESIDE):
        raise too_many(N_("charts"))
