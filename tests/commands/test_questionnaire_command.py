"""`compliance questionnaire` writes the questionnaire as a workbook, and `compliance import` reads it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from compliance.cli import main
from compliance.questionnaire.answers import AnswerSheet, BlankWord, NotApplicable
from compliance.questionnaire.answers_file import read_answers_csv, write_answers_csv
from compliance.questionnaire.loader import load_edition
from compliance.store import change_member_role
from compliance.workbook.questionnaire_lines import LineColumn
from tests.support.questionnaires import filled_in, taken
from tests.support.sites import EDITIONS, NOON, Site, begin, kept, make_site, save_profile, settle

WALK = EDITIONS / "walk"
GIVEN = AnswerSheet(
    "Example & Co.",
    {"sector": "travel", "size": "small", "lodging": "no"},
    {
        "about.home": ("PRT",),
        "r1.code": "stricter",
        "r1.practice": NotApplicable("=none, so far"),
        "r2.code": ("sale", "online"),
        "r2.since": "1999-12-31",
        "r2.words": '\'tis "so"\nand so',
    },
    evidenced=frozenset({"r1.code"}),
    words={"r4.code": BlankWord("elsewhere", "Supplier code 2025")},
)


@pytest.fixture
def site(installation: Path) -> Iterator[Site]:
    site = settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation))
    yield site
    site.close()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def written(folder: Path, *more: str) -> Path:
    answers, out = folder / "answers.csv", folder / "out.xlsx"
    with answers.open("w", newline="", encoding="utf-8") as file:
        write_answers_csv(load_edition(WALK), [GIVEN, AnswerSheet("Other")], file)
    done = run("questionnaire", WALK, answers, "--company", "Example & Co.", "--out", out, *more)
    assert done.exit_code == 0, done.output
    return out


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_answers_are_written_and_read_back_unchanged_in_every_language(tmp_path: Path, language: str) -> None:
    out, back = written(tmp_path, "--language", language), tmp_path / "back.csv"
    done = run("import", out, "--edition", WALK, "--out", back)
    assert done.exit_code == 0, done.output
    assert read_answers_csv(load_edition(WALK), back) == (GIVEN,)


def test_if_some_questions_are_chosen_the_file_has_only_those(tmp_path: Path) -> None:
    out, back = written(tmp_path, "--only", "r1.code,profile.size"), tmp_path / "back.csv"
    assert run("import", out, "--edition", WALK, "--out", back).exit_code == 0
    (sheet,) = read_answers_csv(load_edition(WALK), back)
    assert (dict(sheet.profile), dict(sheet.answers)) == ({"size": "small"}, {"r1.code": "stricter"})
    wrong = run("questionnaire", WALK, "--only", "r1.cod", "--out", tmp_path / "x.xlsx")
    assert wrong.exit_code == 1 and "r1.code" in wrong.output


def test_values_too_long_for_a_cell_are_refused_and_unreadable_cells_are_named(tmp_path: Path) -> None:
    answers = tmp_path / "long.csv"
    with answers.open("w", newline="", encoding="utf-8") as file:
        write_answers_csv(load_edition(WALK), [AnswerSheet("Long", {}, {"r2.words": "x" * 40_000})], file)
    long = run("questionnaire", WALK, answers, "--company", "Long", "--out", tmp_path / "x.xlsx")
    assert long.exit_code == 1 and "r2.words" in long.output and not (tmp_path / "x.xlsx").exists()
    out, back = written(tmp_path), tmp_path / "back.csv"
    out.write_bytes(filled_in(out.read_bytes(), {"question r1.code": {LineColumn.ANSWER: "The strictest"}}))
    refused = run("import", out, "--edition", WALK, "--out", back)
    assert refused.exit_code == 1 and "cell 2 What the code says!E5" in refused.output and not back.exists()
    assert run("import", out, "--edition", WALK, "--out", back, "--without-faults").exit_code == 0
    assert "r1.code" not in read_answers_csv(load_edition(WALK), back)[0].answers


def give_role(site: Site, role: str) -> None:
    with site.store() as session, session.begin():
        change_member_role(session, 1, site.people["jon"].id, role, by=None, at=NOON)


def test_a_questionnaire_is_compared_with_the_installation_then_saved_in_the_name_of_a_member(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.web.edition_registry.edition_paths", lambda _folder: [WALK])
    number, file = begin(site), tmp_path / "filled.xlsx"
    save_profile(site, number)
    content = taken(site.client("ana"), number)
    file.write_bytes(filled_in(content, {"question r1.code": {LineColumn.ANSWER: "The stricter one"}}))
    shown = run("import", file)
    assert shown.exit_code == 0, shown.output
    assert "1 change fits; 0 conflicts" in shown.output
    assert "r1.code" not in kept(site, number)
    for email, says in (("", "--as"), ("olga@example.org", "does not belong to"), ("nobody@example.org", "nobody has")):
        refused = run("import", file, "--apply", "--as", email)
        assert refused.exit_code == 1 and says in refused.output
    give_role(site, "reader")
    refused = run("import", file, "--apply", "--as", "jon@example.org")
    assert refused.exit_code == 1 and "may read what Example Travel 01 answers, and change none" in refused.output
    assert "r1.code" not in kept(site, number)
    give_role(site, "contributor")
    assert run("import", file, "--apply", "--as", "jon@example.org").output.endswith("saved as those of Jon\n")
    assert kept(site, number)["r1.code"] == "stricter"
    assert "nothing was changed" in run("import", file, "--apply", "--as", "jon@example.org").output


def test_a_number_of_an_assessment_that_is_larger_than_any_in_the_database_is_refused(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "filled.xlsx"
    file.write_bytes(filled_in(taken(site.client("ana"), begin(site)), {}, change=forge))
    refused = run("import", file)
    assert refused.exit_code == 1 and f"this installation has no assessment {'9' * 20}" in refused.output


def forge(book: Workbook) -> None:
    """Name an assessment of 20 digits in the properties, and remove the line that names another."""
    book.custom_doc_props["article34-questionnaire.assessment"].value = "9" * 20
    for cell in (cell for row in book.worksheets[0].iter_rows() for cell in row):
        if str(cell.value).startswith("{"):
            cell.value = None
