"""Tables of questions of places: they change only how these are shown and not the digest, and faults are reported."""

from pathlib import Path
from re import subn
from shutil import copytree, ignore_patterns

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import own_source_texts
from compliance.questionnaire.edition_difference import compare_editions
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.questionnaire.locales import read_locale, translate_edition
from tests.support.guide import GUIDE

PARTS = """\
parts:
  - {id: here, kind: countries, ask: Where do people work for you?}
  - {id: there, kind: countries, ask: Where are your suppliers?}
  - {id: word, aspect: code, ask: Is it said?, options: yes-no}
  - {id: tried, aspect: code, kind: places, places: here, ask: Where was it tried?, options: steps}
  - {id: agreed, aspect: practice, kind: places, places: here, ask: Where was it agreed?, options: steps}
  - {id: tested, aspect: practice, kind: places, places: here, ask: Where was it tested?, options: steps}
  - {id: told, aspect: practice, kind: places, places: there, ask: Where were they told?, options: steps}
"""
HEAD = """\
id: whole-1
lenses: {aspect: [code, practice]}
option_sets:
  steps: [{id: none, points: 0}, {id: some, points: 4}, {id: most, points: 7}, {id: all, points: 9}]
"""
TABLE = """\
tables:
  - id: ready
    title: What is ready
    text: For each of your countries.
    columns: {tested: Plan tested, tried: Number tried}
"""


def written(folder: Path, tables: str = TABLE, name: str = "whole-1", text: str = "") -> Path:
    path = folder / name
    path.mkdir(exist_ok=True)
    (path / "edition.yaml").write_text(text or HEAD + tables + PARTS, encoding="utf-8")
    return path


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    return load_edition(written(tmp_path))


def test_a_table_has_a_title_an_introduction_and_a_heading_for_each_question(edition: Edition) -> None:
    [table] = edition.tables
    assert (table.id, table.title, table.text) == ("ready", "What is ready", "For each of your countries.")
    assert table.columns == {"tested": "Plan tested", "tried": "Number tried"}


def test_tables_are_not_in_the_digest(edition: Edition, tmp_path: Path) -> None:
    without = load_edition(written(tmp_path, "", "none"))
    assert edition.tables and not without.tables
    assert (edition.digest, edition.canonical) == (without.digest, without.canonical)
    assert edition_from_canonical(edition.canonical).digest == edition.digest


def test_the_tool_s_edition_has_a_table_of_five_questions_which_does_not_change_its_digest(tmp_path: Path) -> None:
    folder = editions_folder() / "child-protection-2026"
    ours, copy = load_edition(folder), tmp_path / folder.name
    [table] = ours.tables
    assert [*table.columns] == [f"{r}.practice.b" for r in ("r24", "r15", "r44", "r45", "r47")]
    assert {ours.questions[column].places for column in table.columns} == {"about.operations"}
    assert all(len(heading.split()) <= 4 for heading in table.columns.values())
    copytree(folder, copy, ignore=ignore_patterns("locales", "carries"))
    frame = copy / "edition.yaml"
    text, found = subn(r"\ntables:\n(?: .*\n)+", "\n", frame.read_text(encoding="utf-8"))
    frame.write_text(text, encoding="utf-8")
    without = load_edition(copy)
    assert found == 1 and not without.tables and without.digest == ours.digest


def test_a_changed_table_is_a_difference_in_wording(edition: Edition, tmp_path: Path) -> None:
    other = load_edition(written(tmp_path, TABLE.replace("Number tried", "Number called"), "other"))
    difference = compare_editions(edition, other)
    [change] = difference.changes
    assert (change.key, change.effect, difference.scores_compare) == ("tables", "words", True)
    assert "tried: Number tried" in change.old and "tried: Number called" in change.new


START = "tables:\n  - id: ready\n    columns: "


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ("tables: {ready: [tried]}\n", "5: `tables` takes a list of {id, title, text, columns}"),
        ("tables: [{id: ready}]\n", "5: a table needs `columns`: two or more questions of places over one list"),
        ("tables: [{columns: {tried: A, agreed: B}}]\n", "5: a table needs `id`"),
        (
            "tables: [{id: a, heading: T, columns: {tried: A, agreed: B}}]\n",
            "5: a table has no key `heading`; did you mean `title`?",
        ),
        (START + "[tried, agreed]\n", "7: `columns` takes questions of places with a short heading each: {tried:"),
        (
            START + "{tried: Number tried}\n",
            "7: the table `ready` has fewer than two columns: add another question, or delete the table",
        ),
        (START + "{tried: A, agread: B}\n", "7: there is no question `agread`; did you mean `agreed`?"),
        (
            START + "{tried: A, elsewhere: B}\n",
            "7: there is no question `elsewhere`: name questions of places (tried, agreed, tested, told)",
        ),
        (
            START + "{tried: A, word: B}\n",
            "7: `word` is no question of places, so that it has no boxes by country: name questions of places (tried,",
        ),
        (
            START + "{tried: A, told: B}\n",
            "7: `told` looks at the list `there`, the first column at `here`: put it into another table, or delete it",
        ),
        (START + "{tried: A, tried: B}\n", "7: the key `tried` is written twice (first on line 7): keep one"),
        (
            START + "{tried: A, agreed: B}\n  - {id: more, columns: {agreed: C, tested: D}}\n",
            "8: `agreed` is a column of `ready` too: delete it in one table",
        ),
        (
            START + "{tried: A, agreed: B}\n  - {id: ready, columns: {tested: C, agreed: D}}\n",
            "8: the table `ready` stands twice: rename one",
        ),
        (
            START + "{tried: A, agreed: ''}\n",
            "7: the column `agreed` needs a heading of a few words: {agreed: Number tried}",
        ),
    ],
)
def test_faults_of_a_table_are_reported_with_line_and_advice(tmp_path: Path, tables: str, expected: str) -> None:
    path = written(tmp_path, tables)
    with pytest.raises(EditionFaults) as caught:
        load_edition(path)
    said = [str(fault).removeprefix(f"{path}/edition.yaml:") for fault in caught.value.faults]
    assert any(each.startswith(expected) for each in said), said
    checked = CliRunner().invoke(main, ["check", str(path)])
    assert checked.exit_code == 1 and expected in checked.output


def test_an_edition_without_questions_of_places_has_no_table(tmp_path: Path) -> None:
    text = "id: e\ntables: [{id: a, columns: {q: A, r: B}}]\nparts: [{id: q, ask: Is it?, options: yes-no}]\n"
    with pytest.raises(EditionFaults) as caught:
        load_edition(written(tmp_path, text=text))
    assert {fault.message for fault in caught.value.faults} == {
        "`q` is no question of places, so that it has no boxes by country: delete the table",
        "there is no question `r`: delete the table",
    }


def cut_of(folder: Path, aspect: str, more: str = "") -> Edition:
    text = f"id: {aspect}-1\ncut_of: whole-1\nkeep: {{aspect: {aspect}}}\n{more}"
    return load_edition(written(folder, name=f"{aspect}-1", text=text))


def test_a_table_of_a_cut_has_the_questions_that_it_keeps_if_more_than_one(tmp_path: Path) -> None:
    written(tmp_path, TABLE.replace("tested: Plan tested, ", "tested: Plan tested, agreed: Contact agreed, "))
    [table] = cut_of(tmp_path, "practice").tables
    assert table.columns == {"tested": "Plan tested", "agreed": "Contact agreed"}
    assert cut_of(tmp_path, "code").tables == ()


def test_a_cut_takes_tables_from_the_other_edition(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(EditionFaults, match="a cut takes `tables` from the edition that it is a cut of: delete it"):
        cut_of(tmp_path, "practice", TABLE)


def test_titles_and_headings_are_translated_and_missing_ones_reported(edition: Edition, tmp_path: Path) -> None:
    path = tmp_path / "whole-1"
    (path / "locales").mkdir()
    file = path / "locales" / "fr.yaml"
    texts = "title: {text: Ce qui est prêt, state: draft}, columns: {tried: {text: Numéro essayé, state: draft}}"
    file.write_text(f"overall: {{tables: {{ready: {{{texts}}}}}}}\n", encoding="utf-8")
    found = read_locale(file, own_source_texts(edition, path))
    [table] = translate_edition(edition, found, lambda text: f"[{text}]").tables
    assert (table.title, table.text) == ("Ce qui est prêt", "[For each of your countries.]")
    assert table.columns == {"tested": "[Plan tested]", "tried": "Numéro essayé"}
    [late] = [fault for fault in found.outdated if "texts are missing" in fault.message]
    assert {key[2:] for key in late.keys if key[:2] == ("overall", "tables")} == {
        ("ready", "text"),
        ("ready", "columns", "tested"),
    }


def test_the_table_in_the_guide_can_be_loaded(tmp_path: Path) -> None:
    written_out = GUIDE.split("\n### Tables of places\n")[1].split("```yaml\n")[1].split("```")[0]
    parts = PARTS.replace("id: tried", "id: h1.tried").replace("id: agreed", "id: h1.agreed")
    [table] = load_edition(written(tmp_path, text=HEAD + written_out + parts)).tables
    assert [*table.columns] == ["h1.tried", "h1.agreed"]
