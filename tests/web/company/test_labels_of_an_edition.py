"""Labels of profile fields and lenses are content: only the edition's YAML decides what people read."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from compliance.languages.interface_messages import in_language
from compliance.languages.labels import (
    lens_label,
    lens_note,
    lens_value_label,
    profile_field_label,
    profile_value_label,
)
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.translatable_texts import text_digest
from compliance.scoring.compiled_edition import compile_edition
from compliance.web.edition_registry import edition_by_digest
from compliance.workbook.scorecard_workbook import scorecard_workbook
from compliance.xlsform.form_export import export_form
from tests.support.sites import EDITIONS, begin, make_site, settle
from tests.web.auditor.test_audit_pages import hand_in

SHORT = 'listed: ["yes", "no"]'
LONG = 'listed: {title: "Are your shares traded?", values: {"yes": "They are traded", "no": "They are not traded"}}'
WORDS = ("Are your shares traded?", "They are traded", "They are not traded")


def with_field(folder: Path, field: str) -> Path:
    """The small edition of these tests with an additional profile field."""
    shutil.copytree(EDITIONS / "walk", folder)
    file = folder / "edition.yaml"
    text = file.read_text(encoding="utf-8")
    assert "\nlenses:\n" in text
    file.write_text(text.replace("\nlenses:\n", f"\n  {field}\nlenses:\n"), encoding="utf-8")
    return folder


def texts_of_workbook(edition: Edition) -> str:
    book = load_workbook(
        BytesIO(scorecard_workbook(compile_edition(edition), AnswerSheet("Example 1"))), rich_text=False
    )
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def texts_of_form(edition: Edition) -> list[str]:
    form = export_form({"en": edition})
    return [text for sheet in form.sheets.values() for row in sheet for text in row.values()]


def test_labels_of_a_profile_field_in_yaml_are_shown_on_page_workbook_and_form(tmp_path: Path, sqlite_url: str) -> None:
    path = with_field(tmp_path / "walk", LONG)
    edition = load_edition(path)
    site = settle(make_site(sqlite_url, tmp_path, EDITIONS=[path]))
    page = site.client("ana").get(f"/assessments/{begin(site)}/profile").text
    site.close()
    book, form = texts_of_workbook(edition), texts_of_form(edition)
    for words in WORDS:
        assert words in page and words in book and words in form, words


def test_an_older_copy_of_an_edition_has_the_labels_of_the_present_one(tmp_path: Path, sqlite_url: str) -> None:
    path = with_field(tmp_path / "walk", LONG)
    site = settle(make_site(sqlite_url, tmp_path, EDITIONS=[path]))
    old = load_edition(path)
    hand_in(site, begin(site))
    site.close()
    file = path / "edition.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("min_coverage: 0.5", "min_coverage: 0.4"), encoding="utf-8"
    )
    site = make_site(sqlite_url, tmp_path, EDITIONS=[path])
    with site.app.test_request_context():
        kept = edition_by_digest(old.digest).edition
    site.close()
    assert load_edition(path).digest != old.digest == kept.digest
    assert (kept.profile_labels, kept.lens_labels) == (old.profile_labels, old.lens_labels)


def test_labels_do_not_change_the_digest(tmp_path: Path) -> None:
    short, long = (load_edition(with_field(tmp_path / name, text)) for name, text in (("a", SHORT), ("b", LONG)))
    assert (short.digest, short.canonical) == (long.digest, long.canonical)
    assert short.profile["listed"] == long.profile["listed"]


def test_without_labels_people_see_the_id_and_never_the_words_of_another_edition(tmp_path: Path) -> None:
    (tmp_path / "bare.yaml").write_text(
        "id: bare\n"
        "profile: {sector: [travel, deep-sea], staff_travel: [not-yet, 50-249], size: number}\n"
        "lenses: {gap: [reach]}\n"
        "parts: [{id: q, ask: Is it done?, options: yes-no, gap: reach}]\n",
        encoding="utf-8",
    )
    bare = load_edition(tmp_path / "bare.yaml")
    assert profile_field_label(bare, "sector") == "sector"
    assert profile_field_label(bare, "staff_travel") == "staff travel"
    assert [profile_value_label(bare, "sector", one) for one in ("travel", "deep-sea")] == ["travel", "deep sea"]
    assert [profile_value_label(bare, "staff_travel", one) for one in ("not-yet", "50-249")] == ["not yet", "50-249"]
    assert (lens_label(bare, "gap"), lens_value_label(bare, "gap", "reach")) == ("gap", "reach")
    assert lens_note(bare, "gap", "reach") == ""


def test_yes_and_no_need_no_labels_in_any_language(tmp_path: Path) -> None:
    edition = load_edition(with_field(tmp_path / "walk", SHORT))
    assert profile_value_label(edition, "listed", "yes") == "Yes"
    with in_language("fr"):
        assert profile_value_label(edition, "listed", "no") == "Non"


def test_labels_are_translated_like_all_texts_of_an_edition(tmp_path: Path) -> None:
    (tmp_path / "edition.yaml").write_text(
        "id: made\nprofile: {size: {title: Size, values: {small: Small}}}\n"
        "lenses: {gap: {title: Gap, values: {reach: Reach}, notes: {reach: How far?}}}\n"
        "parts: [{id: q, gap: reach, ask: Is it done?, options: yes-no}]\n",
        encoding="utf-8",
    )
    texts = {
        "Made": "Fait",
        "Size": "Taille",
        "Small": "Petite",
        "Gap": "Faille",
        "Reach": "Portée",
        "How far?": "Loin ?",
    }

    def entry(text: str) -> str:
        return f"{{text: {texts[text]!r}, state: draft, of: {text_digest(text)}}}"

    (tmp_path / "locales").mkdir()
    (tmp_path / "locales" / "fr.yaml").write_text(
        "overall:\n"
        "  title: {text: Fait, state: draft}\n"
        f"  profile: {{size: {{title: {entry('Size')}, values: {{small: {entry('Small')}}}}}}}\n"
        f"  lenses: {{gap: {{title: {entry('Gap')}, values: {{reach: {entry('Reach')}}}, "
        f"notes: {{reach: {entry('How far?')}}}}}}}\n"
        "q:\n  ask: {text: Est-ce fait ?, state: draft}\n"
        "  options: {'yes': {text: Oui, state: draft}, 'no': {text: Non, state: draft}}\n",
        encoding="utf-8",
    )
    french = edition_in_languages(tmp_path)["fr"]
    assert profile_field_label(french, "size") == "Taille" and profile_value_label(french, "size", "small") == "Petite"
    assert lens_label(french, "gap") == "Faille" and lens_value_label(french, "gap", "reach") == "Portée"
    assert lens_note(french, "gap", "reach") == "Loin ?"
    assert french.digest == load_edition(tmp_path).digest


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("profile: {size: {title: Size}}", "a profile field needs `values`"),
        ("profile: {size: {values: [small], notes: {small: Note}}}", "a profile field has no key `notes`"),
        ("profile: {size: {values: {small: [1]}}}", "`small` of `profile.size` takes a text"),
        ("profile: {size: {values: {}}}", "`profile.size` has no values"),
        ("lenses: {gap: {values: number}}", "`gap` takes a list"),
        ("lenses: {gap: {values: [reach], notes: {raech: Note}}}", "did you mean `reach`?"),
        ("lenses: {gap: {values: [reach], notes: Note}}", "the `notes` of `gap` take values with a sentence each"),
    ],
)
def test_a_mistake_in_labels_is_a_fault_with_its_line(tmp_path: Path, written: str, fault: str) -> None:
    file = tmp_path / "made.yaml"
    file.write_text(f"id: made\n{written}\nparts: [{{id: q}}]\n", encoding="utf-8")
    with pytest.raises(EditionFaults) as raised:
        load_edition(file)
    assert any(fault in one.message and one.line == 2 for one in raised.value.faults), raised.value.faults
