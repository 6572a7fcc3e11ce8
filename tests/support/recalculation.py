"""Recalculating workbooks with LibreOffice, and reading their cells before and after."""

import io
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml.etree import SubElement, _Element, fromstring, tostring
from openpyxl import Workbook

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


#: The longest time that LibreOffice may take to start, in seconds. A busy machine takes long.
_PATIENCE = 120


class Recalculator:
    """LibreOffice with its own profile, set to recalculate every formula. The caller has to close it.

    It stays open with an empty workbook, so that it does not exit after each run: starting takes longer than most
    workbooks. If it exits all the same, the next run starts another one, with the same result.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self._folder = folder
        profile = folder / "profile"
        self._command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
        self._open: subprocess.Popen[bytes] | None = None

    def __call__(self, files: Mapping[str, bytes], *, ending: str = "xlsx") -> dict[str, bytes]:
        """Return the files as LibreOffice saves them after recalculating, all in one run."""
        self._start()
        before, after = (self._folder / name for name in ("before", "after"))
        for folder in (before, after):
            folder.mkdir(exist_ok=True)
            for old in folder.iterdir():
                old.unlink(missing_ok=True)  # LibreOffice may be removing a lock file of its own
        for name, content in files.items():
            (before / f"{name}.xlsx").write_bytes(content)
        subprocess.run(
            [*self._command, "--convert-to", ending, "--outdir", str(after),
             *(str(before / f"{name}.xlsx") for name in files)],
            check=True, capture_output=True, timeout=280,
        )  # fmt: skip
        return {name: (after / f"{name}.{ending}").read_bytes() for name in files}

    def close(self) -> None:
        """Terminate it, with the processes that it started."""
        if self._open is not None:
            os.killpg(self._open.pid, signal.SIGTERM)
            self._open.wait(60)

    def _start(self) -> None:
        """Start it once, and wait for the lock file that it puts next to its workbook when this is open."""
        if self._open is not None:
            return
        path = self._folder / "open.xlsx"
        Workbook().save(path)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._open = subprocess.Popen([*self._command, "--norestore", str(path)], start_new_session=True, **quiet)
        deadline = time.monotonic() + _PATIENCE
        while not (self._folder / ".~lock.open.xlsx#").exists():
            assert time.monotonic() < deadline, "LibreOffice does not start"
            time.sleep(0.05)


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
