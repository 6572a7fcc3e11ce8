"""Recalculating workbooks with LibreOffice, and reading their cells before and after."""

import io
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml.etree import SubElement, _Element, fromstring, tostring

#: Settings without which LibreOffice keeps the values that it finds in a file.
_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Value = str | float | None
Cells = Mapping[tuple[str, str], Value]


@dataclass(frozen=True)
class Recalculator:
    """LibreOffice with its own profile, set to recalculate every formula."""

    program: str
    folder: Path

    def __call__(self, files: Mapping[str, bytes], *, ending: str = "xlsx") -> dict[str, bytes]:
        """Return the files as LibreOffice saves them after recalculating, all in one run."""
        profile, before, after = (self.folder / name for name in ("profile", "before", "after"))
        for folder in (profile / "user", before, after):
            folder.mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
        for old in (*before.iterdir(), *after.iterdir()):
            old.unlink(missing_ok=True)
        for name, content in files.items():
            (before / f"{name}.xlsx").write_bytes(content)
        subprocess.run(
            [self.program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", ending,
             "--outdir", str(after), *(str(before / f"{name}.xlsx") for name in files)],
            check=True, capture_output=True, timeout=280,
        )  # fmt: skip
        return {name: (after / f"{name}.{ending}").read_bytes() for name in files}


@dataclass(frozen=True)
class Saved:
    """The values of a saved file by (sheet, cell), without empty texts, and the cells that have formulas."""

    values: Cells
    formulas: tuple[tuple[str, str], ...]


def saved(content: bytes) -> Saved:
    """Read every cell as it was saved, formulas with their saved values. Much faster than openpyxl."""
    values: dict[tuple[str, str], Value] = {}
    formulas = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [sheet.get("name", "") for sheet in fromstring(package.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")]
        shared = [
            "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
            for item in fromstring(package.read("xl/sharedStrings.xml")).iter(f"{_MAIN}si")
        ]
        for number, name in enumerate(names, 1):
            for cell in fromstring(package.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{_MAIN}c"):
                place = (name, cell.get("r", ""))
                if cell.find(f"{_MAIN}f") is not None:
                    formulas.append(place)
                written = cell.findtext(f"{_MAIN}v")
                if written:
                    kind = cell.get("t", "n")
                    values[place] = shared[int(written)] if kind == "s" else float(written) if kind == "n" else written
    return Saved(values, tuple(formulas))


def with_cells(content: bytes, sheet: str, changes: Mapping[str, str | float | None]) -> bytes:
    """Return the file with other values in cells of one sheet, by their names. Much faster than openpyxl.

    Text that begins with `=` is a formula, and None empties a cell. Raise KeyError for a cell that is not in the file.
    """
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        names = [found.get("name") for found in fromstring(old.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")]
        part = f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"
        root = fromstring(old.read(part))
        cells = {cell.get("r"): cell for cell in root.iter(f"{_MAIN}c")}
        for name, value in changes.items():
            _type_into(cells[name], value)
        for name in old.namelist():
            new.writestr(name, tostring(root, encoding="UTF-8") if name == part else old.read(name))
    return file.getvalue()


def _type_into(cell: _Element, value: str | float | None) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    if isinstance(value, bool):
        cell.set("t", "b")
        SubElement(cell, f"{_MAIN}v").text = str(int(value))
    elif isinstance(value, int | float):
        SubElement(cell, f"{_MAIN}v").text = repr(value)
    elif value is not None and value.startswith("="):
        SubElement(cell, f"{_MAIN}f").text = value[1:]
    elif value:
        cell.set("t", "inlineStr")
        text = SubElement(SubElement(cell, f"{_MAIN}is"), f"{_MAIN}t")
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        text.text = value


def same(a: Value, b: Value, tolerance: float = 1e-9) -> bool:
    """Tell whether two values are equal, numbers within the tolerance."""
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= tolerance
    return a == b
