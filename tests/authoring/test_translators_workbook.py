"""`compliance translate` gives translators a workbook, and takes back what they wrote."""

import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import locale_yaml
from compliance.questionnaire.translatable_texts import Translation, edition_source_texts, text_digest
from tests.support.bilingual import EDITION
from tests.support.examples import SHARE
from tests.support.recalculation import Recalculator
from tests.support.sites import make_site
from tests.support.translators import (
    ENGLISH,
    ID,
    MARK,
    STATE,
    TEXT,
    WHERE,
    back,
    changed,
    in_french,
    out,
    put,
    row_of,
    rows,
    run,
    written,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return in_french(tmp_path / "made")


# ── Writing


def test_every_text_has_a_row_that_says_where_it_is_used(folder: Path) -> None:
    found = rows(out(folder))
    assert list(found)[:5] == [
        "overall/title", "overall/bands/low", "option_sets/steps/none", "option_sets/steps/all", "n/title",
    ]  # fmt: skip
    assert found["r/expects"][1:4] == ["Theme › One, what law expects", "It is forbidden.", "C’est interdit."]
    assert found["q/help"][1] == "Theme › One, help"
    assert found["option_sets/steps/none"][1] == "answers of 2 questions"
    assert {row[4] for row in found.values()} == {"reviewed"} and {row[5] for row in found.values()} == {""}
    assert "q/options/none" not in found


def test_the_law_has_a_workbook_too(folder: Path) -> None:
    found = rows(out(folder, folder / "law"))
    assert list(found)[-1] == "law-2/paraphrase" and len(found) == 6
    assert found["law-1/paraphrase"][1:4] == [
        "Law › art. 1, in our words",
        "States forbid it.",
        "Les États l’interdisent.",
    ]


def test_the_workbook_also_contains_a_glossary_and_instructions(folder: Path) -> None:
    book = openpyxl.load_workbook(out(folder, code="ar"))
    assert book.sheetnames == ["How", "Texts", "Glossary"]
    said = {row[0]: row[1] for row in book["How"].iter_rows(values_only=True)}
    assert (said["What is translated"], said["Language"]) == ("made", "ar")
    words = {row[0]: row[1:] for row in book["Glossary"].iter_rows(values_only=True)}
    assert words["question"][0] == "سؤال"
    assert "السياحة الجنسية" in words["sexual exploitation of children in travel and tourism"][1]


def test_only_texts_and_states_can_be_edited_and_arabic_runs_from_right_to_left(folder: Path) -> None:
    sheet = openpyxl.load_workbook(out(folder, code="ar"))["Texts"]
    assert sheet.protection.sheet and not sheet.protection.password
    unlocked = {column for column in range(ID, MARK + 1) if not sheet.cell(2, column).protection.locked}
    assert unlocked == {TEXT, STATE}
    assert sheet.cell(2, TEXT).alignment.readingOrder == 2 and sheet.cell(2, TEXT).alignment.horizontal == "right"
    assert all(sheet.cell(2, column).alignment.wrap_text for column in (WHERE, ENGLISH, TEXT))
    assert sheet.freeze_panes == "B2" and sheet.auto_filter.ref == f"A1:G{sheet.max_row}"
    assert sheet.column_dimensions["G"].hidden
    (states,) = sheet.data_validations.dataValidation
    assert states.formula1 == '"draft,reviewed"'


def test_the_command_says_what_is_left_to_translate(folder: Path) -> None:
    (folder / "edition.yaml").write_text(EDITION.replace("What?", "Which?").replace("Low", "Lower"), encoding="utf-8")
    text = written(folder).replace('text: "Dans les 3 lieux"', 'text: "Dans les lieux"')
    kept = "".join(line for line in text.splitlines(True) if "Comment" not in line and line != "p:\n")
    (folder / "locales" / "fr.yaml").write_text(kept, encoding="utf-8")
    path = folder.parent / "fr.xlsx"
    result = run(folder, "fr", "--out", path)
    assert result.stdout == f"{path}: 13 texts of made in French, 4 with something to do\n"
    found = rows(path)
    assert found["q/ask"][2:6] == ["Which?", "Quoi ?", "", "English changed"]
    assert found["overall/bands/low"][5] == "English changed"
    assert found["p/ask"][3:6] == ["", "", "translate"]
    assert found["option_sets/steps/all"][5] == "look again"


def test_a_workbook_is_never_overwritten(folder: Path) -> None:
    path = out(folder)
    result = run(folder, "fr", "--out", path)
    assert result.exit_code == 1 and "is there already, and somebody's work may be in it" in result.stderr


# ── Reading back


def test_reading_back_an_unchanged_workbook_changes_nothing(folder: Path) -> None:
    for what, place, count in ((folder, folder, 13), (folder / "law", folder / "law", 6)):
        before = written(place)
        result = back(folder, out(folder, what), what)
        assert written(place) == before
        assert result.stdout == (
            f"{place / 'locales' / 'fr.yaml'}: 0 new, 0 changed, {count} unchanged, 0 missing\n"
        )  # fmt: skip


def test_outdated_texts_and_texts_of_unknown_source_stay_marked_until_they_are_reviewed(folder: Path) -> None:
    (folder / "edition.yaml").write_text(EDITION.replace("What?", "Which?"), encoding="utf-8")
    (folder / "locales" / "fr.yaml").write_text(written(folder).replace(f", of: {text_digest('Counts')}", ""))
    before = written(folder)
    assert back(folder, out(folder)).exit_code == 0
    assert written(folder) == before
    assert edition_in_languages(folder)["fr"].questions["q"].ask == "Which?"
    assert "1 changed" in back(folder, changed(out(folder), put("q/ask", STATE, "reviewed"))).stdout
    assert edition_in_languages(folder)["fr"].questions["q"].ask == "Quoi ?"
    assert f'ask: {{text: "Quoi ?", state: reviewed, of: {text_digest("Which?")}}}' in written(folder)


def test_a_new_language_starts_from_an_empty_workbook_and_ends_on_the_pages(folder: Path, sqlite_url: str) -> None:
    spanish = {
        "overall/title": "Un código", "overall/bands/low": "Bajo", "option_sets/steps/none": "Nada",
        "option_sets/steps/all": "En los 3 lugares", "n/title": "Tema", "r/title": "Uno",
        "r/expects": "Está prohibido.", "r/closes": "Prohibirlo.", "q/ask": "¿Qué?", "q/help": "Cuenta",
        "p/ask": "¿Cómo?", "s/ask": "¿Cuánto?", "s/unit": "%",
    }  # fmt: skip
    path = changed(out(folder, code="es"), *(put(text_id, TEXT, text) for text_id, text in list(spanish.items())[:5]))
    assert "5 new, 0 changed, 0 unchanged, 8 missing; the language is offered when none is" in (
        back(folder, path, code="es").stdout
    )
    path = changed(out(folder, code="es"), *(put(text_id, TEXT, text) for text_id, text in spanish.items()))
    assert "8 new, 0 changed, 5 unchanged, 0 missing\n" in back(folder, path, code="es").stdout
    law = {
        "law/title": "Una ley", "law/short": "Ley", "law/adopter": "Un parlamento",
        "law/status": "Vigente desde 1990.", "law-1/paraphrase": "Los Estados lo prohíben.",
    }  # fmt: skip
    path = changed(out(folder, folder / "law", "es"), *(put(text_id, TEXT, text) for text_id, text in law.items()))
    assert "5 new, 0 changed, 0 unchanged, 1 missing" in back(folder, path, folder / "law", "es").stdout
    edition = edition_in_languages(folder)["es"]
    assert (edition.title, edition.questions["p"].options[1].text) == ("Un código", "En los 3 lugares")
    assert edition.translation == "draft"
    site = make_site(sqlite_url, folder.parent / "site", EDITIONS=[folder])
    page = site.client().get("/es/method/n").text
    site.close()
    assert all(words in page for words in ("Tema", "Está prohibido.", "¿Cómo?", "En los 3 lugares"))


def test_a_deleted_translation_is_missing_again(folder: Path) -> None:
    path = changed(out(folder), put("q/ask", TEXT, None), put("q/ask", STATE, None))
    assert "0 new, 0 changed, 12 unchanged, 1 removed, 1 missing" in back(folder, path).stdout
    assert edition_in_languages(folder)["fr"].questions["q"].ask == "What?"


def test_sorting_rows_and_moving_columns_changes_no_text(folder: Path) -> None:
    def turned(sheet: Any) -> None:
        table = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for number, row in enumerate([table[0], *reversed(table[1:])], 1):
            for column, value in enumerate(reversed(row), 1):
                sheet.cell(number, column).value = value

    before = written(folder)
    assert "13 unchanged" in back(folder, changed(out(folder), turned)).stdout
    assert written(folder) == before


def test_a_text_that_looks_like_a_formula_or_a_number_stays_text(folder: Path) -> None:
    def as_text(sheet: Any) -> None:
        cell = sheet.cell(row_of(sheet, "q/help"), TEXT)
        cell.value, cell.data_type = "=1+1", "s"

    assert back(folder, changed(out(folder), as_text, put("q/ask", TEXT, 24))).exit_code == 0
    french = edition_in_languages(folder)["fr"]
    assert (french.questions["q"].help, french.questions["q"].ask) == ("=1+1", "24")
    assert rows(out(folder))["q/help"][3] == "=1+1"


def test_a_question_with_its_own_wording_of_shared_options_keeps_it(folder: Path) -> None:
    own = '\n  options:\n    none: {text: "Aucun", state: draft}'
    ask = f'ask: {{text: "Quoi ?", state: reviewed, of: {text_digest("What?")}}}'
    (folder / "locales" / "fr.yaml").write_text(written(folder).replace(ask, ask + own), encoding="utf-8")
    path = out(folder)
    assert rows(path)["q/options/none"][3] == "Aucun"
    assert "14 unchanged" in back(folder, changed(path, put("q/options/none", STATE, "Draft"))).stdout
    assert edition_in_languages(folder)["fr"].questions["q"].options[0].text == "Aucun"


def test_a_workbook_saved_by_libreoffice_is_read_back_unchanged(folder: Path, recalculate: Recalculator) -> None:
    """A real edition in Arabic, with spaces, marks and line breaks that programs tend to change."""
    real = folder.parent / ("child-protection-2026" if SHARE >= 1 else "child-protection-quick")
    shutil.copytree(editions_folder() / real.name, real, ignore=shutil.ignore_patterns("locales"))
    source = edition_source_texts(load_edition(real))
    marks = {
        key: Translation(
            f"«\u00a0{text}\u00a0»\u200f مدونة\n- = + @", "reviewed" if len(text) % 2 else "draft", text_digest(text)
        )
        for key, text in source.texts.items()
        if key[-1] != "closes"
    }
    (real / "locales").mkdir()
    (real / "locales" / "ar.yaml").write_text(locale_yaml(source, "ar", marks), encoding="utf-8")
    before = written(real, "ar")
    path = out(real, code="ar")
    path.write_bytes(recalculate({"ar": path.read_bytes()})["ar"])
    result = back(real, path, code="ar")
    assert f"0 new, 0 changed, {len(marks)} unchanged, {len(source.texts) - len(marks)} missing" in result.stdout
    assert written(real, "ar") == before
    text_id, row = next((text_id, row) for text_id, row in rows(path).items() if text_id.endswith("/closes"))
    assert "1 new, 0 changed" in back(real, changed(path, put(text_id, TEXT, row[ENGLISH - 1])), code="ar").stdout
