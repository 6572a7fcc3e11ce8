"""Published figures as a frame, read from files that an installation publishes at `/publications`, and checked.

Suppressed figures stay suppressed: a row without a value has none here, and ranges are not turned into numbers.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from compliance.disclosure.data_package import LICENCE_ADDRESS
from compliance.disclosure.figure_rows import FIGURES, figure_rows
from compliance.disclosure.figure_table import TABLE_COLUMNS
from compliance.disclosure.snapshot import seal_of, snapshot_from_json
from compliance.questionnaire.csv_table import unescaped_cells
from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.questionnaire.faults import UserFacingError, one_of

#: The largest file of a publication: the figures of a hundred sectors are a tenth of it.
MOST_BYTES = 100_000_000
PACKAGE, SEALED, TABLE = "datapackage.json", "figures.json", "figures.csv"
#: The beginning of each published table.
_BEGINNING = ",".join(column.name for column in TABLE_COLUMNS[:2]).encode()
#: What a data package says about its publication.
_KNOWN = ("seal", "citation", "corrections", "edition", "demonstration")
#: Files by name in a folder or zip file, each as a function that reads it.
_Files: TypeAlias = Mapping[str, Callable[[], bytes]]


class UnusablePublication(UserFacingError):
    """A file that is not as published. The message says which one, what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A table as text, and what is known about its publication."""

    name: str
    table: pd.DataFrame
    known: Mapping[Hashable, Any]


def published(source: str | Path) -> pd.DataFrame:
    """Return the figures of a publication: a row for each, with every id, value, bound and reason for suppression.

    `source` is a file (`figures.csv`, the table of a sector, `figures.json` or `datapackage.json`), or a folder or .zip
    file with `datapackage.json` and, beside it, `figures.csv` under any name. With a `datapackage.json`, the table is
    checked against the SHA-256 in it.

    The columns are those of the published tables, which `/publications/columns` and `compliance/disclosure/README.md`
    explain: `period`, `since`, `value`, `at_least`, `at_most` and `n` are Int64, all others str. Empty cells are
    missing, and names that a spreadsheet might take for formulas have no apostrophe. `figures.json` is the same in
    every language: from it, the columns `…_label` are missing.

    `attrs` has what is known about the publication: `seal` (the SHA-256 of `figures.json`, which its page shows),
    `citation`, `corrections` (a list of later corrections, with date and reason), `edition`, `demonstration` and
    `licence`.

        figures = published("article34-2025.zip")
        figures[(figures.figure == "median") & (figures["of"] == "overall") & figures.suppressed.isna()]

    Raise FileNotFoundError; or UnusablePublication for a file that was changed or damaged, or is not a publication's.
    """
    read = _read(Path(source))
    frame = _typed(read)
    _refuse_revealed(read.name, frame)
    frame.attrs = {**read.known, "licence": LICENCE_ADDRESS}
    return frame


def _read(path: Path) -> _Read:
    if path.name == PACKAGE:
        path = path.parent
    if path.is_dir():
        saved = [each for folder in (path, path / "sectors") for each in sorted(folder.glob("*")) if each.is_file()]
        return _from_package(str(path), {str(each.relative_to(path)): _reader(each) for each in saved})
    content = _reader(path)()
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return _from_package(str(path), {info.filename: _member(archive, info) for info in archive.infolist()})
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as broken:
            raise UnusablePublication(f"{path}: this zip file is damaged or locked: download it again") from broken
    if content.lstrip()[:1] == b"{":
        return _sealed(str(path), content)
    return _Read(str(path), _parsed(str(path), content), {})


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        if path.stat().st_size > MOST_BYTES:
            raise UnusablePublication(
                f"{path}: more than {MOST_BYTES // 1_000_000} MB: this is no file of a publication"
            )
        return path.read_bytes()

    return read


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if info.file_size > MOST_BYTES:
            raise UnusablePublication(
                f"{info.filename}: more than {MOST_BYTES // 1_000_000} MB: this is no file of a publication"
            )
        return archive.read(info)

    return read


def _from_package(where: str, files: _Files) -> _Read:
    """Return the table that the data package of a folder describes, under any file name, else its sealed figures."""
    described = sorted((name for name in files if Path(name).name == PACKAGE), key=len)
    if not described:
        raise UnusablePublication(
            f"{where}: there is no {PACKAGE} in it: save it beside {TABLE}, or name the table itself"
        )
    package = _json(f"{where}: {described[0]}", files[described[0]]())
    listed = package.get("resources")
    resources = [resource for resource in listed if isinstance(resource, dict)] if isinstance(listed, list) else []
    paths = {str(resource.get("hash")).removeprefix("sha256:"): resource.get("path") for resource in resources}
    known: Mapping[Hashable, Any] = {key: package.get(key) for key in _KNOWN}
    found = {name: (paths.get(hashlib.sha256(content).hexdigest()), content) for name, content in _contents(files)}
    for name, (path, content) in found.items():
        if path == TABLE:
            return _Read(name, _parsed(name, content), known)
    if others := [name for name, (path, content) in found.items() if path is None and content.startswith(_BEGINNING)]:
        raise UnusablePublication(
            f"{where}: {one_of(others)} is no table that {described[0]} describes: it was changed, or belongs to "
            "another period or language: download both again"
        )
    for name, (path, content) in found.items():
        if path == SEALED:
            return _Read(name, _sealed(name, content).table, known)
    raise UnusablePublication(
        f"{where}: neither {TABLE} nor {SEALED} lies beside {described[0]}, as it describes them: download them again"
    )


def _contents(files: _Files) -> Iterator[tuple[str, bytes]]:
    """Yield the files with the suffix of tables or sealed figures, with their content."""
    return ((name, read()) for name, read in files.items() if name.lower().endswith((".csv", ".json")))


def _json(name: str, content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError as wrong:
        raise UnusablePublication(f"{name}: this is no JSON ({wrong}): download it again") from wrong
    if not isinstance(said, dict):
        raise UnusablePublication(f"{name}: this is no file of a publication: download it again")
    return said


def _sealed(name: str, content: bytes) -> _Read:
    """Return the rows of sealed figures, without labels."""
    said = _json(name, content)
    try:
        text = content.decode()
        snapshot = snapshot_from_json(text, seal_of(text))
    except (KeyError, TypeError, ValueError) as wrong:
        why = str(wrong) if type(wrong) is ValueError else "these are no sealed figures"
        raise UnusablePublication(f"{name}: {why}: name {SEALED}, {TABLE} or {PACKAGE} of a publication") from wrong
    nameless = Edition(snapshot.edition, snapshot.title, Node(OVERALL, ()), snapshot.digest, "")  # enough for ids
    columns = [column for column in TABLE_COLUMNS if not column.name.endswith("_label")]
    rows = [[column.value(row, nameless) or None for column in columns] for row in figure_rows(snapshot)]
    table = pd.DataFrame(rows, columns=[column.name for column in columns], dtype="str")
    known: dict[Hashable, Any] = {"seal": snapshot.seal, "citation": snapshot.citation, "edition": said["edition"]}
    return _Read(name, table, {**known, "demonstration": snapshot.demonstration})


def _parsed(name: str, content: bytes) -> pd.DataFrame:
    """Return a table as text, with empty cells missing."""
    try:
        table = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8")
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as wrong:
        raise UnusablePublication(
            f"{name}: this is no table of published figures ({wrong}): download it again"
        ) from wrong
    if not isinstance(table.index, pd.RangeIndex):  # pandas makes the first cell of too long rows the index
        raise UnusablePublication(f"{name}: rows have more cells than the header has names: download it again")
    wanted = [column.name for column in TABLE_COLUMNS if not column.name.endswith("_label")]
    if missing := [column for column in wanted if column not in table.columns]:
        raise UnusablePublication(
            f"{name}: published tables have columns that this one has not: {one_of(missing)}: download it again, and "
            "do not save it with a spreadsheet program"
        )
    for column in table.columns.intersection(["of", "of_label"]):  # names that a spreadsheet might take for formulas
        table[column] = table[column].map(lambda cell: unescaped_cells([cell])[0], na_action="ignore")
    return table


def _typed(read: _Read) -> pd.DataFrame:
    table = read.table.reindex(columns=[column.name for column in TABLE_COLUMNS])
    for column in TABLE_COLUMNS:
        if column.kind == "integer":
            cells = table[column.name]
            wrong = cells.notna() & ~cells.str.fullmatch(r"[0-9]{1,15}").fillna(value=True).astype(bool)
            if wrong.any():
                row = int(wrong.to_numpy().argmax())
                message = f"{cells.iloc[row]!r} is no whole number: download it again"
                raise UnusablePublication(f"{read.name}, row {row}, column {column.name}: {message}")
            table[column.name] = pd.to_numeric(cells).astype("Int64")
        else:
            table[column.name] = table[column.name].astype("str")
    return table


def _refuse_revealed(name: str, frame: pd.DataFrame) -> None:
    """Raise UnusablePublication unless each figure has either a value or a reason for having none."""
    for value, reason in (("value", "suppressed"), ("n", "n_suppressed")):
        wrong = frame[value].isna().to_numpy() != frame[reason].notna().to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            both = "both a number and the reason why there is none" if frame[reason].notna().iloc[row] else "neither"
            message = f"the figure has {both}, so this is not as it was published: download it again"
            raise UnusablePublication(f"{name}, row {row}, column {value}: {message}")
    unknown = frame["figure"].isna() | ~frame["figure"].isin(list(FIGURES))
    if unknown.any():
        row = int(unknown.to_numpy().argmax())
        message = f"{frame['figure'].iloc[row]!r} is no figure that this version knows: update it, or download it again"
        raise UnusablePublication(f"{name}, row {row}, column figure: {message}")
