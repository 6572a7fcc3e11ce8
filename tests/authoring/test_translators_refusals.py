"""A faulty workbook of a translator is refused as a whole, with a list of all its errors."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from compliance.questionnaire.edition_companions import edition_in_languages
from tests.support.bilingual import EDITION, FRENCH
from tests.support.recalculation import Recalculator
from tests.support.translators import (
    ENGLISH,
    ID,
    STATE,
    TEXT,
    Change,
    back,
    changed,
    in_french,
    out,
    put,
    refused,
    row_of,
    rows,
    run,
    written,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return in_french(tmp_path / "made")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("q/ask", ID, "q/aks"), "q/aks: made has no text of that id; did you mean `q/ask`?"),
        (put("q/ask", ID, "p/ask"), "row 12, p/ask: the id stands in row 10 already: keep one row"),
        (put("q/ask", ID, None), "row 10: the row has no id"),
        (put("q/ask", STATE, "done"), "there is no state “done”: a text is draft, reviewed, or left empty"),
        (put("q/ask", TEXT, None), "there is a state, and no text"),
        (put("q/ask", ENGLISH, "Which?"), "the English in the sheet is “Which?”, now it is “What?”; it was changed in"),
        (put("option_sets/steps/all", TEXT, "Dans les lieux"), "option_sets/steps/all: 3 must stand in it"),
        (put("s/unit", TEXT, "points"), "s/unit: % must stand in it"),
        (put("q/help", TEXT, "Le tourisme sexuel"), "“tourisme sexuel” is a word to avoid: write exploitation"),
        (lambda sheet: sheet.delete_rows(row_of(sheet, "q/ask")), "rows are gone: q/ask: put them back"),
    ],
)  # fmt: skip
def test_a_faulty_row_is_named(folder: Path, change: Change, said: str) -> None:
    lines = refused(folder, changed(out(folder), change))
    assert any(said in line for line in lines), lines
    assert all(line.startswith(str(folder.parent / "fr.xlsx")) for line in lines[:-1])


def test_all_faults_are_reported_at_once(folder: Path) -> None:
    path = changed(out(folder), put("q/ask", STATE, "done"), put("s/unit", TEXT, "points"), put("n/title", ID, "m"))
    lines = refused(folder, path)
    assert lines[-1] == "4 faults; nothing was changed"
    assert ["n/title" in line for line in lines[:4]] == [False, False, False, True]


def test_a_workbook_with_outdated_english_is_refused_until_its_english_is_updated(folder: Path) -> None:
    path = out(folder)
    (folder / "edition.yaml").write_text(EDITION.replace("What?", "Which?"), encoding="utf-8")
    (fault, _) = refused(folder, path)
    assert "q/ask: the English in the sheet is “What?”, now it is “Which?”; the edition has changed since" in fault
    path = changed(path, put("q/ask", ENGLISH, "Which?"), put("q/ask", TEXT, "Lequel ?"))
    assert "1 changed, 12 unchanged" in back(folder, path).stdout
    assert list(edition_in_languages(folder)) == ["en", "fr"]


def test_formulas_are_not_accepted_as_texts(folder: Path) -> None:
    (line,) = refused(folder, changed(out(folder), put("q/ask", TEXT, '="Quoi"'), put("p/ask", TEXT, "=A1")))
    assert "formula" in line


def test_a_formula_with_a_saved_value_is_refused_too(folder: Path, recalculate: Recalculator) -> None:
    path = changed(out(folder), put("q/ask", TEXT, '="Quoi"'), put("p/ask", TEXT, "=A1"))
    path.write_bytes(recalculate({"fr": path.read_bytes()})["fr"])
    (line,) = refused(folder, path)
    assert "it has formulas in Texts: put text there instead: D10, D12" in line


def test_a_workbook_of_another_edition_is_refused_even_if_every_text_is_the_same(folder: Path) -> None:
    other = in_french(folder.parent / "other")
    (other / "edition.yaml").write_text(EDITION.replace("id: made", "id: other"), encoding="utf-8")
    assert "this is the workbook of other in fr, not of made in fr" in refused_once(folder, out(other))


def test_a_workbook_of_another_language_or_of_the_law_is_refused(folder: Path) -> None:
    assert "this is the workbook of made in ar, not of made in fr" in refused_once(folder, out(folder, code="ar"))
    law = out(folder, folder / "law")
    assert "this is the workbook of law in fr, not of made in fr" in refused_once(folder, law)


def refused_once(folder: Path, path: Path) -> str:
    before = written(folder)
    result = back(folder, path)
    assert result.exit_code == 1 and written(folder) == before
    return result.stderr


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda book: book.remove(book["Texts"]), "it has no sheet 'Texts'"),
        (lambda book: book.remove(book["How"]), "it has no sheet 'How'"),
        (lambda book: book["How"].delete_rows(3, 2), "its sheet How no longer says what is translated"),
        (lambda book: book["Texts"].delete_rows(1), "has no row with the headings id and text"),
        (lambda book: book["Texts"].delete_cols(STATE), "the column state is gone: put it back"),
        (lambda book: setattr(book["Texts"]["F1"], "value", "state"), "the column state stands twice: keep one"),
    ],
)
def test_a_workbook_with_missing_or_duplicate_parts_is_refused_with_the_reason(
    folder: Path, damage: Callable[[Any], object], said: str
) -> None:
    path = out(folder)
    book = openpyxl.load_workbook(path)
    damage(book)
    book.save(path)
    (line,) = refused(folder, path)
    assert said in line


def test_a_file_that_is_missing_or_not_a_workbook_is_refused_with_the_reason(folder: Path) -> None:
    path = folder.parent / "fr.xlsx"
    path.write_bytes(b"id;text")
    assert "it is text, not a workbook: name it .csv" in refused(folder, path)[0]
    path.unlink()
    assert back(folder, path).stderr == f"{path}: No such file or directory\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [("en", "is the language that is translated from"), ("xx", "there is no language 'xx'"), ("../x", "no language")],
)
def test_an_unknown_language_is_refused(folder: Path, code: str, said: str) -> None:
    result = run(folder, code, "--out", folder.parent / "x.xlsx")
    assert result.exit_code == 1 and said in result.stderr
    assert not (folder.parent / "x.xlsx").exists()


def test_a_translation_file_with_an_unknown_key_must_be_corrected_before_it_is_rewritten(folder: Path) -> None:
    path = out(folder)
    (folder / "locales" / "fr.yaml").write_text(f"{FRENCH}t: {{ask: {{text: Quoi, state: draft}}}}\n", encoding="utf-8")
    for result in (run(folder, "fr", "--out", folder.parent / "again.xlsx"), back(folder, path)):
        assert result.exit_code == 1
        assert "fr.yaml:12: the edition has no `t`" in result.stderr


def test_an_edition_in_a_single_file_cannot_be_translated(tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text("id: made\nparts: [{id: q}]\n")
    result = run(tmp_path / "made.yaml", "fr", "--out", tmp_path / "fr.xlsx")
    assert result.exit_code == 1 and "languages lie beside an edition in a folder" in result.stderr


def test_the_command_needs_either_out_or_from(folder: Path) -> None:
    for options in ((), ("--out", "a.xlsx", "--from", "b.xlsx")):
        result = run(folder, "fr", *options)
        assert result.exit_code == 2 and "say --out FILE.xlsx to write a workbook, or --from" in result.stderr


def test_the_argument_law_means_the_law_that_comes_with_the_tool(tmp_path: Path) -> None:
    result = run("law", "de", "--out", tmp_path / "de.xlsx")
    assert result.exit_code == 0 and "texts of law in German" in result.stdout
    assert rows(tmp_path / "de.xlsx")["crc-34/paraphrase"][1] == "CRC › art. 34(a)-(c), in our words"


def test_writing_a_workbook_twice_gives_identical_files(folder: Path) -> None:
    assert out(folder).read_bytes() == out(folder).read_bytes()
