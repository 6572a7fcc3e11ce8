"""Published figures as a frame, typed and checked; suppressed figures stay suppressed."""

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from compliance.disclosure.data_package import CorrectionNotice, PackageResource, data_package
from compliance.disclosure.figure_rows import figure_rows
from compliance.disclosure.figure_table import TABLE_COLUMNS, figure_table
from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.disclosure.snapshot import sealed_text, snapshot_from_json, snapshot_to_json
from compliance.frames import UnusablePublication, UserFacingError, published
from compliance.web.responses import csv_text
from tests.support.closed_worlds import DAY, EDITION, World, worlds
from tests.support.examples import tries
from tests.support.paths import DATA, ROOT

NAMES = [column.name for column in TABLE_COLUMNS]
INTEGERS = [column.name for column in TABLE_COLUMNS if column.kind == "integer"]
LABELS = [name for name in NAMES if name.endswith("_label")]


def sealed(world: World) -> bytes:
    """The world's figures as they are sealed."""
    return snapshot_to_json(world.snapshot).encode()


def write_publication(folder: Path, world: World) -> Path:
    """The publication as somebody saves it, with the file names that a browser gives."""
    folder.mkdir(exist_ok=True)
    (folder / "sectors").mkdir(exist_ok=True)
    snapshot = world.snapshot
    files = []
    for name, sector in [("figures", None), *((group.sector, group.sector) for group in snapshot.sectors)]:
        content = csv_text(NAMES, figure_table(snapshot, EDITION, sector)).encode()
        path = f"{name}.csv" if sector is None else f"sectors/{name}.csv"
        saved = f"article34-{name}-2025.csv" if sector is None else path
        (folder / saved).write_bytes(content)
        files.append(PackageResource.of(name, path, name, content))
    (folder / "article34-figures-2025.json").write_bytes(sealed(world))
    files.append(PackageResource.of("sealed", "figures.json", "sealed", sealed(world), is_table=False))
    address = "https://figures.example.org/publications/2025"
    notice = CorrectionNotice(DAY, "hotels", "A company was counted twice.")
    said = data_package(snapshot, files, scale=100, address=address, edition_address=address, corrections=[notice])
    (folder / "datapackage.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def world() -> World:
    """A closed year in which something is suppressed."""
    return next(one for one in worlds(20) if b'"few"' in sealed(one) and b'"withheld"' in sealed(one))


@pytest.fixture(scope="module")
def publication(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its publication."""
    return write_publication(tmp_path_factory.mktemp("publication"), world)


def copied(publication: Path, folder: Path) -> Path:
    """A copy of the publication, for a test that changes it."""
    return Path(shutil.copytree(publication, folder / "it"))


def zipped(folder: Path, name: str = "article34-2025.zip") -> Path:
    path = folder.parent / name
    with zipfile.ZipFile(path, "w") as archive:
        for file in (each for each in folder.rglob("*") if each.is_file()):
            archive.write(file, Path("2025") / file.relative_to(folder))
    return path


# ── What is read


def test_figures_are_read_as_published_and_suppressed_ones_are_missing(tmp_path: Path) -> None:
    suppressed = 0
    for number, each in enumerate(worlds(tries(20))):
        frame = published(write_publication(tmp_path / str(number), each))
        rows = list(figure_rows(each.snapshot))
        assert len(frame) == len(rows)
        for read, figure in zip(frame.itertuples(), rows, strict=True):
            assert (read.sector, read.figure) == (figure.sector, figure.figure)
            for cell, reason, kept in (
                (read.value, read.suppressed, figure.value),
                (read.n, read.n_suppressed, figure.n),
            ):
                if isinstance(kept, Suppressed):
                    assert pd.isna(cell) and reason == kept
                    suppressed += 1
                elif isinstance(kept, ScoreRange):
                    assert abs(cell - kept.middle) <= 0.5 and pd.isna(reason)
                else:
                    assert cell == kept and pd.isna(reason)
            assert tuple(None if pd.isna(b) else b for b in (read.at_least, read.at_most)) == figure.bounds
    assert suppressed > 20


def test_columns_and_types_match_the_published_table(publication: Path) -> None:
    frame = published(publication)
    assert list(frame.columns) == NAMES
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert kinds == {name: "Int64" if name in INTEGERS else "str" for name in NAMES}


def test_a_folder_its_package_a_zip_file_and_the_table_give_the_same_frame(publication: Path) -> None:
    frame = published(publication)
    for source in (publication / "datapackage.json", zipped(publication), str(publication)):
        pd.testing.assert_frame_equal(published(source), frame)
        assert published(source).attrs == frame.attrs
    alone = published(publication / "article34-figures-2025.csv")
    pd.testing.assert_frame_equal(alone, frame)
    assert set(alone.attrs) == {"licence"}


def test_the_frame_carries_the_metadata_of_the_publication(publication: Path, world: World) -> None:
    known = published(publication).attrs
    assert (known["seal"], known["edition"]) == (world.snapshot.seal, world.snapshot.edition)
    assert known["citation"].startswith(world.snapshot.citation)
    assert known["corrections"] == [{"date": DAY.isoformat(), "what": "hotels", "why": "A company was counted twice."}]
    assert known["demonstration"] is False and known["licence"].startswith("https://creativecommons.org/")


def test_sealed_figures_give_the_same_frame_without_labels(publication: Path, world: World) -> None:
    frame = published(publication / "article34-figures-2025.json")
    pd.testing.assert_frame_equal(frame.drop(columns=LABELS), published(publication).drop(columns=LABELS))
    assert frame[LABELS].isna().all(axis=None) and frame.attrs["seal"] == world.snapshot.seal


def test_a_package_without_its_table_is_read_from_the_sealed_figures(tmp_path: Path, publication: Path) -> None:
    folder = copied(publication, tmp_path)
    (folder / "article34-figures-2025.csv").unlink()
    assert published(folder)["figure_label"].isna().all()


@pytest.mark.parametrize("number", [1, 2])
def test_figures_that_were_sealed_in_an_earlier_format_are_read(number: int, tmp_path: Path) -> None:
    text = (DATA / "snapshots" / f"format-{number}.json").read_text(encoding="utf-8").removesuffix("\n")
    (tmp_path / "figures.json").write_text(sealed_text(text), encoding="utf-8")
    frame = published(tmp_path / "figures.json")
    assert frame.attrs["seal"] == snapshot_from_json(text, _digest(text)).seal and len(frame) > 20


def _digest(text: str) -> str:
    from hashlib import sha256

    return sha256(text.encode()).hexdigest()


def test_the_apostrophe_before_a_name_that_looks_like_a_formula_is_removed(tmp_path: Path, publication: Path) -> None:
    path = changed(copied(publication, tmp_path), (",overall,Overall score,", ",'=1+1,'=1+1,"))
    frame = published(path)
    assert frame.loc[frame["of"] == "=1+1", "of_label"].tolist() == ["=1+1"]
    assert str(frame["of"].dtype) == "str"


# ── What is refused


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """The table with the first occurrence of each text replaced."""
    (path,) = folder.glob("article34-figures-2025.csv")
    text = path.read_bytes().decode()
    for old, new in edits:
        assert re.search(old, text, re.M), old
        text = re.sub(old, new, text, count=1, flags=re.M)
    path.write_bytes(text.encode())
    return path


def test_a_suppressed_figure_that_somebody_filled_in_is_refused(tmp_path: Path, publication: Path) -> None:
    path = changed(copied(publication, tmp_path), (r"^(.*),,companies,few,", r"\1,4,companies,few,"))
    both = r"row \d+, column value: the figure has both a number and the reason"
    with pytest.raises(UnusablePublication, match=both):
        published(path)
    other = r"article34-figures-2025\.csv is no table that datapackage\.json describes: it was changed"
    with pytest.raises(UnusablePublication, match=other):
        published(path.parent)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ((r"^(.*),,companies,few,", r"\1,,companies,,"), "column value: the figure has neither"),
        ((r"^(.*),(\d+),companies,", r"\1,\2.5,companies,"), r"column value: '\\d+\.5' is no whole number"),
        ((r",median,", ",mean,"), "column figure: 'mean' is no figure that this version knows"),
        ((r"^period,", "year,"), "published tables have columns that this one has not: period"),
        ((r"[\s\S]*", ""), "this is no table of published figures"),
        ((r"[\s\S]*", f"{','.join(NAMES)}\n{',' * len(NAMES)}\n"), "rows have more cells than the header has names"),
        ((r"[\s\S]*", "a;b\n1;2\n"), "published tables have columns that this one has not"),
    ],
)
def test_a_table_that_was_changed_after_publication_is_refused_with_the_reason(
    edit: tuple[str, str], words: str, tmp_path: Path, publication: Path
) -> None:
    path = changed(copied(publication, tmp_path), edit)
    with pytest.raises(UnusablePublication, match=words.replace("\\\\", "\\")) as refused:
        published(path)
    assert str(path) in str(refused.value) and "download it again" in str(refused.value)


def damage_zip(folder: Path) -> Path:
    path = zipped(folder)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def damage_inside_zip(folder: Path) -> Path:
    path = folder.parent / "stored.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "datapackage.json", "datapackage.json")
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(200)
    path.write_bytes(content)
    return path


def odd_package(folder: Path) -> Path:
    (folder / "datapackage.json").write_text('{"resources": 7}', encoding="utf-8")
    return folder


def empty_folder(folder: Path) -> Path:
    (folder / "datapackage.json").unlink()
    return folder


def no_json(folder: Path) -> Path:
    (folder / "datapackage.json").write_text("{", encoding="utf-8")
    return folder


def other_json(folder: Path) -> Path:
    path = folder / "other.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    return path


def edited_figures(folder: Path) -> Path:
    (folder / "article34-figures-2025.csv").unlink()
    path = folder / "article34-figures-2025.json"
    path.write_text(path.read_text("utf-8").replace('"period":2025', '"period":2024'), "utf-8")
    return folder


def only_tables_of_ones_own(folder: Path) -> Path:
    no_table(folder)
    (folder / "answers.csv").write_text("company,q\nA,1\n", encoding="utf-8")
    return folder


def newer_format(folder: Path) -> Path:
    path = folder / "article34-figures-2025.json"
    path.write_text(re.sub(r'"format":\d+', '"format":99', path.read_text("utf-8")), "utf-8")
    return path


def no_table(folder: Path) -> Path:
    for path in (*folder.rglob("*.csv"), *folder.glob("article34*.json")):
        path.unlink()
    return folder


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_zip, "this zip file is damaged or locked: download it again"),
        (damage_inside_zip, "this zip file is damaged or locked: download it again"),
        (odd_package, "is no table that datapackage.json describes"),
        (empty_folder, "there is no datapackage.json in it: save it beside figures.csv"),
        (no_json, "this is no JSON"),
        (other_json, "these are no sealed figures"),
        (edited_figures, "neither figures.csv nor figures.json lies beside datapackage.json, as it describes them"),
        (newer_format, "format 99, and this version of Article 34 reads formats up to"),
        (only_tables_of_ones_own, "neither figures.csv nor figures.json lies beside datapackage.json"),
        (no_table, "neither figures.csv nor figures.json lies beside datapackage.json"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_damaged_or_incomplete_publication_is_refused_with_the_reason(
    damage: Callable[[Path], Path], words: str, tmp_path: Path, publication: Path
) -> None:
    source = damage(copied(publication, tmp_path))
    with pytest.raises(UserFacingError) as refused:
        published(source)
    assert words in str(refused.value) and str(source) in str(refused.value)


def test_a_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        published(tmp_path / "figures.csv")


# ── Reading the tables with other programs


def test_pandas_alone_reads_the_documented_types(publication: Path) -> None:
    written = (ROOT / "compliance" / "disclosure" / "README.md").read_text(encoding="utf-8")
    assert "whole numbers as `int64`, or `float64`\nwhere a cell is empty" in written
    frame = published(publication)
    for path in publication.rglob("*.csv"):
        read = pd.read_csv(path)
        for name in NAMES:
            empty = read[name].isna()
            if name in INTEGERS:
                assert str(read[name].dtype) == ("float64" if empty.any() else "int64"), name
            else:
                assert str(read[name].dtype) == ("float64" if empty.all() else "str"), name
        if path.name == "article34-figures-2025.csv":
            pd.testing.assert_frame_equal(read.astype(dict(frame.dtypes)), frame)


def test_tables_have_the_format_that_read_csv_in_r_expects(publication: Path) -> None:
    """`read.csv` silently fills short rows, changes invalid names, and reads `NA` as missing."""
    for path in publication.rglob("*.csv"):
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\n")
        header, *rows = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
        assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in header) and len(set(header)) == len(header)
        assert {len(row) for row in rows} == {len(header)}
        assert len(content.splitlines()) == len(rows) + 1  # no cell has a line break
        cells = {cell for row in rows for cell in row}
        assert not cells & {"NA", "NaN", "Inf", "TRUE", "FALSE", "T", "F"}
        for name in INTEGERS:
            assert all(row[header.index(name)].isdecimal() or row[header.index(name)] == "" for row in rows)
