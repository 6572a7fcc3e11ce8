"""Rules of Office Open XML (ECMA-376, and limits that Excel documents) for a workbook that opens without repair.

Excel offers to repair a workbook that breaks them. LibreOffice is more lenient, so that opening a file in it proves
little. Excel itself was not available for tests. What each rule requires:

package     every part has a content type, every content type a part; every relationship leads to a part, every id that
            a part uses is one of its relationships; all XML is well-formed
order       the children of a workbook, worksheet, and style sheet come in the order of their schema
sheets      names of 1 to 31 characters, without : \\ / ? * [ ] or an apostrophe at an end, unique without case
names       defined names begin with a letter, _ or \\, are no cell's address, at most 255 characters, unique within
            their scope, and refer to existing sheets
cells       rows and cells in order, within 1,048,576 rows and 16,384 columns, each once; no text above 32,767
            characters; every text, style, format and conditional style that is referred to exists
counts      declared counts of texts, styles, merged cells and validations are right
formulas    at most 8,192 characters, functions nested at most 64 deep, with at most 255 arguments, brackets closed;
            functions newer than 2007 with their prefix
validations a list of at most 255 characters, or a range; a title of 32 and a message of 255; no cell in two
merged      no cell in two merged ranges
links       at most 65,530 in a sheet, no address above 2,079 characters
"""

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lxml.etree import QName, XMLSyntaxError, _Element, fromstring
from openpyxl.utils.cell import range_boundaries

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_ORDERS = {
    "workbook": """fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups
        externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches extLst""",
    "worksheet": """sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection
        protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
        conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks
        colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF picture
        oleObjects controls webPublishItems tableParts extLst""",
    "styleSheet": "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst",
}
_ORDER: Mapping[str, Sequence[str]] = {kind: names.split() for kind, names in _ORDERS.items()}
_SHEET_NAME = re.compile(r"(?!')[^:\\/?*\[\]]{1,31}(?<!')")
_NAME = re.compile(r"(?:_xlnm\.)?[^\W\d][\w.\\?]*|\\[\w.\\?]*")
_ADDRESS = re.compile(r"(?i)[a-z]{1,3}\d{1,7}|r\d*c\d*|[rc]")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_QUOTED = re.compile(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'')
_TOKEN = re.compile(r"([A-Za-z_][\w.]*)?\(|\)|,|\{|\}")
_SHEET_IN_FORMULA = re.compile(r"(?:'((?:[^']|'')+)'|([^\W\d][\w.]*))!")
#: Functions newer than the format, which Excel recognises only with a prefix.
_NEW = re.compile(r"(?<![\w.])(?:IFS|SWITCH|TEXTJOIN|CONCAT|MAXIFS|MINIFS|XLOOKUP|FILTER|UNIQUE|SORT|LET|LAMBDA)\(")
_OWN_TYPES = {"[Content_Types].xml"}


def broken_rules(content: bytes) -> list[str]:
    """Return every rule that a workbook breaks, with the place."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    trees: dict[str, _Element] = {}
    for name, part in parts.items():
        if name.endswith((".xml", ".rels", ".vml")):
            try:
                trees[name] = fromstring(part)
            except XMLSyntaxError as fault:
                return [f"package: {name} is not well-formed: {fault}"]
    found = [*_package(parts, trees)]
    return found or [fault for rules in (_order, _sheets, _names, _styles, _each_sheet) for fault in rules(trees)]


# ── The package


def _package(parts: Mapping[str, bytes], trees: Mapping[str, _Element]) -> Iterator[str]:
    types = trees["[Content_Types].xml"]
    defaults = {each.get("Extension", "").lower() for each in types if QName(each).localname == "Default"}
    overrides = [each.get("PartName", "")[1:] for each in types if QName(each).localname == "Override"]
    for name in parts.keys() - _OWN_TYPES - set(overrides):
        if name.rpartition(".")[2].lower() not in defaults:
            yield f"package: {name} has no content type"
    for name, times in Counter(overrides).items():
        if name not in parts or times > 1:
            yield f"package: the content type of {name} has no part, or stands twice"
    for name, tree in trees.items():
        if name.endswith(".rels"):
            yield from _relationships(name, tree, parts)
        else:
            known = {each.get("Id") for each in trees.get(_rels_of(name), ())}
            used = {value for each in tree.iter() for key, value in each.attrib.items() if key.startswith(RELATION)}
            if used - known:
                yield f"package: {name} uses {sorted(used - known)}, which are no relationships of it"


def _rels_of(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/_rels/{file}.rels".lstrip("/")


def _relationships(name: str, tree: _Element, parts: Mapping[str, bytes]) -> Iterator[str]:
    base = posixpath.dirname(posixpath.dirname(name))
    if len({each.get("Id") for each in tree}) < len(tree):
        yield f"package: {name} has an id twice"
    for each in tree:
        target = posixpath.normpath(posixpath.join("/" + base, each.get("Target", "")))[1:]
        if each.get("TargetMode") != "External" and target not in parts:
            yield f"package: {name} leads to {target}, which is not there"


# ── The whole workbook


def _order(trees: Mapping[str, _Element]) -> Iterator[str]:
    for name, tree in trees.items():
        wanted = _ORDER.get(QName(tree).localname)
        if wanted is not None and tree.tag.startswith(MAIN):
            kinds = [QName(child).localname for child in tree]
            if unknown := set(kinds) - set(wanted):
                yield f"order: {name} has {sorted(unknown)}"
            elif kinds != sorted(kinds, key=wanted.index):
                yield f"order: {name} has {kinds}"


def _titles(trees: Mapping[str, _Element]) -> list[str]:
    return [sheet.get("name", "") for sheet in trees["xl/workbook.xml"].iter(f"{MAIN}sheet")]


def _sheets(trees: Mapping[str, _Element]) -> Iterator[str]:
    titles = _titles(trees)
    yield from (f"sheets: the name {title!r}" for title in titles if not _SHEET_NAME.fullmatch(title))
    if len({title.casefold() for title in titles}) < len(titles):
        yield f"sheets: a name stands twice: {titles}"


def _names(trees: Mapping[str, _Element]) -> Iterator[str]:
    seen: set[tuple[str, str | None]] = set()
    for each in trees["xl/workbook.xml"].iter(f"{MAIN}definedName"):
        name, scope = each.get("name", ""), each.get("localSheetId")
        if not _NAME.fullmatch(name) or _ADDRESS.fullmatch(name) or len(name) > 255:
            yield f"names: {name!r} is no name"
        if (name.casefold(), scope) in seen:
            yield f"names: {name!r} stands twice"
        seen.add((name.casefold(), scope))
        if scope is not None and int(scope) >= len(_titles(trees)):
            yield f"names: {name!r} belongs to a sheet that is not there"
        yield from _sheets_of_formula(f"names: {name}", each.text or "", _titles(trees))


def _sheets_of_formula(where: str, formula: str, titles: Sequence[str]) -> Iterator[str]:
    plain = re.sub(r'"(?:[^"]|"")*"', '""', formula)
    for quoted, bare in _SHEET_IN_FORMULA.findall(plain):
        if (quoted.replace("''", "'") or bare) not in titles:
            yield f"{where} names a sheet that is not there: {quoted or bare}"


def _styles(trees: Mapping[str, _Element]) -> Iterator[str]:
    styles = trees["xl/styles.xml"]
    for kind in ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
        listed = styles.find(f"{MAIN}{kind}")
        if listed is not None and int(listed.get("count", "-1")) != len(listed):
            yield f"counts: {kind} says {listed.get('count')} and has {len(listed)}"
    sizes = {f"{kind}Id": len(_children(styles, f"{kind}s")) for kind in ("font", "fill", "border")}
    sizes["xfId"] = len(_children(styles, "cellStyleXfs"))
    formats = {each.get("numFmtId") for each in styles.iter(f"{MAIN}numFmt")}
    for number, xf in enumerate(_children(styles, "cellXfs")):
        yield from (f"cells: style {number} has {key}" for key, most in sizes.items() if int(xf.get(key, 0)) >= most)
        if int(xf.get("numFmtId", 0)) >= 164 and xf.get("numFmtId") not in formats:
            yield f"cells: style {number} has a number format that is not there"
    if len(_children(styles, "cellXfs")) > 65_490:
        yield "counts: more than 65,490 styles"


def _children(tree: _Element, kind: str) -> Sequence[_Element]:
    found = tree.find(f"{MAIN}{kind}")
    return [] if found is None else list(found)


# ── Each sheet


def _each_sheet(trees: Mapping[str, _Element]) -> Iterator[str]:
    strings = trees.get("xl/sharedStrings.xml")
    texts = [] if strings is None else list(strings)
    if strings is not None and int(strings.get("uniqueCount", -1)) != len(texts):
        yield f"counts: {strings.get('uniqueCount')} texts are said to be {len(texts)}"
    yield from (f"cells: text {n} is too long" for n, text in enumerate(texts) if _length(text) > 32_767)
    used = 0
    for name, tree in trees.items():
        if tree.tag == f"{MAIN}worksheet":
            used += len(tree.findall(f"{MAIN}sheetData/{MAIN}row/{MAIN}c[@t='s']"))
            yield from (f"{fault} ({name})" for fault in _sheet(tree, len(texts), trees))
    if strings is not None and int(strings.get("count", -1)) != used:
        yield f"counts: {used} cells have a text, and {strings.get('count')} are said to"


def _length(text: _Element) -> int:
    return len("".join(each.text or "" for each in text.iter(f"{MAIN}t")).encode("utf-16-le")) // 2


def _sheet(tree: _Element, texts: int, trees: Mapping[str, _Element]) -> Iterator[str]:
    styles, titles = trees["xl/styles.xml"], _titles(trees)
    yield from _cells(tree, texts, len(_children(styles, "cellXfs")))
    for element in tree.iter(f"{MAIN}f", f"{MAIN}formula", f"{MAIN}formula1", f"{MAIN}formula2"):
        where = element.getparent().get("r") or element.getparent().get("sqref") or "a format"
        yield from (f"formulas: {where}: {fault}" for fault in formula_faults(element.text or ""))
        yield from _sheets_of_formula(f"formulas: {where}", element.text or "", titles)
    conditional = len(_children(styles, "dxfs"))
    for rule in tree.iter(f"{MAIN}cfRule"):
        if int(rule.get("dxfId", 0)) >= max(conditional, 1):
            yield "cells: a conditional style is not there"
    for kind in ("mergeCells", "dataValidations"):
        listed = tree.find(f"{MAIN}{kind}")
        if listed is not None and int(listed.get("count", -1)) != len(listed):
            yield f"counts: {kind}"
    yield from _validations(tree)
    if overlap := _overlap([each.get("ref", "") for each in tree.iter(f"{MAIN}mergeCell")]):
        yield f"merged: {overlap}"
    links = list(tree.iter(f"{MAIN}hyperlink"))
    if len(links) > 65_530:
        yield "links: more than 65,530"
    if any(len(link.get("location", "")) > 2_079 for link in links):
        yield "links: an address is too long"


def _cells(tree: _Element, texts: int, styles: int) -> Iterator[str]:
    before = 0
    for row in tree.iterfind(f"{MAIN}sheetData/{MAIN}row"):
        number = int(row.get("r", 0))
        if not before < number <= 1_048_576:
            yield f"cells: row {number} after {before}"
        before, place = number, 0
        for cell in row:
            address = _CELL.fullmatch(cell.get("r", ""))
            column = range_boundaries(address[0])[0] if address else 0
            if address is None or int(address[2]) != number or not place < (column or 0) <= 16_384:
                yield f"cells: {cell.get('r')} in row {number} after column {place}"
            place = column or 0
            if int(cell.get("s", 0)) >= styles:
                yield f"cells: {cell.get('r')} has a style that is not there"
            if cell.get("t") == "s" and int(cell.findtext(f"{MAIN}v", "-1")) not in range(texts):
                yield f"cells: {cell.get('r')} has a text that is not there"
            if cell.get("t") in ("inlineStr", "str") and len(cell.findtext(f"{MAIN}v", "")) > 32_767:
                yield f"cells: {cell.get('r')} is too long"


def _validations(tree: _Element) -> Iterator[str]:
    ranges: list[str] = []
    for each in tree.iter(f"{MAIN}dataValidation"):
        where = each.get("sqref", "")
        ranges += where.split()
        written = each.findtext(f"{MAIN}formula1", "")
        if each.get("type") == "list" and written.startswith('"') and len(written.encode("utf-16-le")) // 2 > 257:
            yield f"validations: {where}: its list has more than 255 characters"
        for key, most in (("promptTitle", 32), ("errorTitle", 32), ("prompt", 255), ("error", 255)):
            if len(each.get(key, "")) > most:
                yield f"validations: {where}: {key} is too long"
    if overlap := _overlap(ranges):
        yield f"validations: {overlap}"


def _overlap(ranges: Sequence[str]) -> str:
    """Return two ranges of one sheet that have a cell in common, or "" if there are none."""
    boxes = sorted(((range_boundaries(each), each) for each in ranges), key=lambda box: box[0][1] or 0)
    open_boxes: list[tuple[tuple[int, ...], str]] = []
    for (left, top, right, bottom), name in boxes:  # type: ignore[misc]
        open_boxes = [box for box in open_boxes if box[0][3] >= top]
        for other, its_name in open_boxes:
            if other[0] <= right and left <= other[2]:
                return f"{its_name} and {name}"
        open_boxes.append(((left, top, right, bottom), name))
    return ""


def formula_faults(formula: str) -> Iterator[str]:
    """Yield the faults of a formula by Excel's limits: its length, brackets, nesting, arguments and functions."""
    if len(formula.encode("utf-16-le")) // 2 > 8_192:
        yield f"it has {len(formula)} characters"
    plain = _QUOTED.sub("0", formula)
    if new := _NEW.search(plain):
        yield f"{new[0]} is newer than the format and needs a prefix"
    open_brackets: list[list[int]] = []  # for each: whether it belongs to a function, and the commas so far
    for token in _TOKEN.finditer(plain):
        mark = token[0][-1]
        if mark in "({":
            open_brackets.append([bool(token[1]), 0])
            if sum(is_function for is_function, _commas in open_brackets) > 64:
                yield "its functions are nested more than 64 deep"
                return
        elif mark == "," and open_brackets:
            open_brackets[-1][1] += 1
        elif mark in ")}":
            if not open_brackets:
                yield "a bracket is closed that was not opened"
                return
            is_function, commas = open_brackets.pop()
            if is_function and commas > 254:
                yield f"one of its functions has {commas + 1} arguments"
    if open_brackets:
        yield "a bracket is not closed"
