"""A form becomes a draft that can be loaded; everything an edition cannot contain is listed with sheet and row."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import pytest

from compliance.questionnaire.conditions_and_law import AllOf, Condition, Not, Predicate
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.edition_companions import edition_in_languages
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.loader import find_edition, load_edition
from compliance.questionnaire.locales import read_locale
from compliance.questionnaire.routing import YES, route_questions
from compliance.questionnaire.translatable_texts import edition_source_texts
from compliance.xlsform.form_export import export_form
from compliance.xlsform.form_import import import_form
from compliance.xlsform.form_workbook import form_workbook
from tests.support.examples import SHARE, tries
from tests.support.factories import edition, many, node, number, one, when
from tests.support.random_editions import random_edition, random_sheet
from tests.support.xlsforms import Table, form, imported, run, survey, without_flags, workbook

REAL = "child-protection-2026"
#: A question of places is read back as a text question, to be written again.
WITHOUT_PLACES = ("one", "many", "number", "log")
PYXFORM = "pyxform, by which ODK and KoboToolbox read forms, refuses it:"


def returned(made: Edition, folder: Path) -> tuple[Edition, str]:
    """An edition after it was turned into a form and back."""
    (folder / "form.xlsx").write_bytes(form_workbook(export_form({"en": made})))
    return imported(folder / "form.xlsx", folder)


def refused(folder: Path, sheets: dict[str, Table]) -> str:
    """The message about a form that cannot be used; nothing is written."""
    path = workbook(folder / "form.xlsx", sheets)
    result = run("xlsform-in", path, "draft-1", "--to", folder / "drafts")
    assert result.exit_code == 1, result.output
    assert not (folder / "drafts").exists()
    return result.output


# ── Export and import


def test_the_real_edition_keeps_its_structure_through_export_and_import(tmp_path: Path) -> None:
    made = find_edition(REAL)
    back, said = returned(made, tmp_path)
    assert [shape(part) for part in back.root.walk()][1:] == [shape(part) for part in made.root.walk()][1:]
    assert (back.profile, back.profile_labels) == (made.profile, made.profile_labels)
    assert back.title == made.title
    asked = {q.id: conditions(q) for q in made.questions.values()}
    assert {q.id: conditions(q) for q in back.questions.values()} == asked
    assert {n.id: n.asked_when for n in back.nodes.values()} == {n.id: n.asked_when for n in made.nodes.values()}
    assert "what was `counts_when` stands as `asked_when`" in said
    assert "the relevance" not in said, "every condition is carried"
    assert said.count("a question of places") == 1, "in one line, with the rows"


def shape(part: Node | Question) -> tuple[object, ...]:
    if isinstance(part, Node):
        return part.id, part.title, part.expects, tuple(inner.id for inner in part.parts)
    help_text = f"{part.help} ({part.unit})" if part.unit else part.help  # a form has no unit
    carried = ("text", ()) if part.places else (part.kind, without_flags(part))  # places are to be written again
    return part.id, part.ask, help_text, *carried, part.na


def conditions(question: Question) -> list[Condition]:
    """The conditions of a form, with points that open a gate replaced by the options that earn them."""
    both = [c for c in (question.asked_when, question.counts_when) if c is not None]
    return [part for c in both for part in (c.parts if isinstance(c, AllOf) else (c,))]


@pytest.mark.parametrize("seed", range(tries(40)))
def test_random_editions_ask_the_same_after_a_round_trip_or_list_lost_conditions(seed: int, tmp_path: Path) -> None:
    rng = Random(seed)
    made = random_edition(rng, kinds=WITHOUT_PLACES)
    back, said = returned(made, tmp_path)
    assert [part.id for part in back.root.walk()] == [part.id for part in made.root.walk()]
    assert {q.id: q.na for q in back.questions.values()} == {q.id: q.na for q in made.questions.values()}
    deducting = [q.id for q in made.questions.values() if q.only_deducts]  # possible only under `sum`
    assert {back.questions[i].kind for i in deducting} <= {"text"}
    assert ("choices that only take points away" in said) == bool(deducting)
    choosing = [q.id for q in made.questions.values() if q.options and not q.only_deducts]
    assert {i: back.questions[i].options for i in choosing} == {i: without_flags(made.questions[i]) for i in choosing}
    if "the relevance" in said:
        return  # a condition could not be expressed, and this was reported
    for _ in range(5):
        sheet = random_sheet(rng, made, not_applicable=0)
        shut = {q for q, at in route_questions(made, sheet).items() if (at.asked, at.counts) != (YES, YES)}
        sheet = replace(sheet, answers={q: a for q, a in sheet.answers.items() if q not in shut})
        now, before = route_questions(back, sheet), route_questions(made, sheet)
        assert {q for q, at in now.items() if at.asked == YES} == {
            q for q, at in before.items() if (at.asked, at.counts) == (YES, YES)
        }


def test_more_than_a_third_of_random_editions_keep_every_condition(tmp_path: Path) -> None:
    whole = 0
    seeds = range(tries(40))
    for seed in seeds:
        path = tmp_path / f"{seed}.xlsx"
        path.write_bytes(form_workbook(export_form({"en": random_edition(Random(seed), kinds=WITHOUT_PLACES)})))
        whole += not any("the relevance" in left.what for left in import_form(path).omissions)
    assert whole > len(seeds) * 0.35


def test_other_languages_of_a_form_become_draft_translations(tmp_path: Path) -> None:
    made, said = imported(form("policy", tmp_path), tmp_path)
    assert "4 of them earning points" in said
    source = edition_source_texts(made)
    for code, word in (("fr", "En partie"), ("ar", "جزئيًا")):
        locale = read_locale(tmp_path / "draft-1" / "locales" / f"{code}.yaml", source)
        assert source.missing(locale.texts) == (("overall", "title"),), "a form has its title in one language"
        assert locale.texts["option_sets", "written", "part"].text == word
        assert locale.state == "draft"
        assert f"locales/{code}.yaml: texts are missing for overall" in said


def test_profile_labels_in_every_language_survive_export_and_import(tmp_path: Path) -> None:
    editions = edition_in_languages(edition_path(REAL if SHARE >= 1 else "child-protection-code-2026"))
    (tmp_path / "form.xlsx").write_bytes(form_workbook(export_form(editions)))
    texts = import_form(tmp_path / "form.xlsx").texts
    assert texts.keys() == {"ar", "es", "fr"}
    for code, back in texts.items():
        labels: dict[tuple[str, ...], str] = {}
        for field, each in editions[code].profile_labels.items():
            labels |= {(field, "title"): each.title, **{(field, "values", v): text for v, text in each.values.items()}}
        found = {key[2:]: text.split() for key, text in back.items() if key[:2] == ("overall", "profile")}
        assert found == {key: text.split() for key, text in labels.items()}, "but for hard blanks"


# ── Three forms as people make them


def test_a_scored_checklist_is_imported_with_its_points_and_conditions(tmp_path: Path) -> None:
    made, said = imported(form("policy", tmp_path), tmp_path)
    assert [(o.id, o.points, o.text) for o in made.questions["known"].options] == [
        ("no", 0, "No"), ("part", 2.5, "In part"), ("full", 5, "In full"),
    ]  # fmt: skip
    assert made.questions["known"].asked_when == Predicate("written", ("part", "full"))
    assert made.questions["who"].asked_when == Not(Predicate("written", ("no",)))
    assert made.nodes["practice"].asked_when == Predicate("who", ("staff", "public"))
    assert made.questions["again"].asked_when == Predicate("trained", at_least=10)
    assert made.questions["where"].kind == "countries"
    assert listed(said) == [
        "survey, row 4: the appearance `likert`",
        "survey, row 8: a number, and not what it earns",
        "survey, row 11: the choice of 2 countries",
    ]


def listed(said: str) -> list[str]:
    """What was not carried over, without the advice on what to do."""
    lines = said.split("it was:\n")[1].split("\n\n")[0].splitlines()
    assert all(line.rstrip().endswith(".") for line in lines), "each line says what to do"
    return [line.strip().rpartition(". ")[0].split(". Asked as")[0].split(". Any answer")[0] for line in lines]


def test_importing_a_household_survey_lists_everything_an_edition_cannot_hold(tmp_path: Path) -> None:
    made, said = imported(form("household", tmp_path), tmp_path)
    assert list(made.questions) == [
        "enumerator", "roof", "rent", "rent_paid", "members", "last_visit", "assets", "assets_other", "more_visits",
    ]  # fmt: skip
    assert not any(question.scored for question in made.questions.values()), "nobody decided what earns points"
    lines = listed(said)
    for line in (
        "survey, row 2: noted by the device: `start`",
        "survey, row 5: `Enumerator` is called `enumerator` here",
        "survey, rows 5, 11, 15: required",
        "survey, row 6: a note: `note`",
        "survey, row 7: a box to tick before going on: `acknowledge`",
        "survey, row 9: a place on a map: `geopoint`",
        "survey, row 10: a picture, recording or file: `image`",
        "survey, rows 11, 12, 23, 25: choices without points",
        "survey, row 13: the constraint `. > 0`",
        "survey, row 15: the default `4`",
        "survey, row 16: the repeat `member`, with 3 rows in it",
        "survey, row 21: a calculation: `calculate`",
        "survey, row 22: the relevance `${adults} > 0`, as `adults` is a calculation, which is not carried",
        "choices, row 1: the column `image`",
    ):
        assert line in lines, line
    assert sum("while `roof` is blank, the form shows it" in line for line in lines) == 1
    assert len(lines) == 22, "and nothing else"
    assert made.questions["assets"].asked_when == Predicate("members", at_least=3)
    assert made.questions["assets_other"].asked_when == Predicate("assets", ("other",))
    assert made.questions["last_visit"].asked_when is None
    draft = (tmp_path / "draft-1" / "edition.yaml").read_text(encoding="utf-8")
    assert '    # kind: many\n    # options:\n    #   - {id: radio, points: ?, text: "A radio"}\n' in draft


def test_importing_a_monitoring_form_lists_everything_an_edition_cannot_hold(tmp_path: Path) -> None:
    made, said = imported(form("water", tmp_path), tmp_path)
    lines = listed(said)
    for line in (
        "survey, rows 3, 4, 11, 14: choices without points",
        "survey, row 4: choices that depend on another answer: `region = ${region}`",
        "survey, row 5: a code to scan: `barcode`",
        "survey, row 8: the constraint `. >= 0 and . <= 500`",
        "survey, row 9: a calculation: `calculate`",
        "survey, row 10: the parameters `start=1 end=5 step=1`",
        "survey, row 13: the relevance `${level} = 1 and ${litres_day} < 100`, "
        "as `litres_day` is a calculation, which is not carried",
        "survey, row 14: another choice, in words",
        "survey, row 15: choices from a file beside the form: `select_one_from_file wells.csv`",
        "survey, row 16: an order of choices: `rank users`",
        "survey, row 18: read only",
        "choices, row 1: the column `region`",
        "choices, row 2: the choice `N` is called `n` here",
        "choices, row 11: the list `spare`, which no carried question has",
        "settings, row 2: the setting `public_key`",
    ):
        assert line in lines, line
    assert len(lines) == 21, "and nothing else"
    assert made.title == "Water points, 2026"
    assert made.nodes["flow"].asked_when == Predicate("region", ("n", "s")), "answered at all"
    assert made.questions["why_rare"].asked_when == AllOf(
        (Predicate("level", ("1", "2")), Not(Predicate("litres", at_least=21)))
    )
    assert "# fr: Parfois" in (tmp_path / "draft-1" / "flow.yaml").read_text(encoding="utf-8")


def test_replacing_the_question_marks_of_a_draft_with_points_makes_its_questions_scored(tmp_path: Path) -> None:
    imported(form("water", tmp_path), tmp_path)
    file = tmp_path / "draft-1" / "flow.yaml"
    text = file.read_text(encoding="utf-8")
    options = [line for line in text.splitlines() if "#   - {" in line or "# options" in line or "# kind" in line]
    for line in options:
        text = text.replace(line, line.replace("# ", "", 1).replace("?", "2"))
    file.write_text(text, encoding="utf-8")
    made = load_edition(tmp_path / "draft-1")
    assert {q.id for q in made.questions.values() if q.scored} == {"level", "users"}
    assert made.questions["users"].kind == "many"


# ── Errors


def broken() -> Iterator[tuple[str, dict[str, Table], str]]:
    yes_no = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
    yield "no form", {"Sheet1": [["company"]], "more": []}, "this is no XLSForm: it has no sheet `survey`"
    yield "no types", {"survey": [["name", "label"], ["a", "A"]]}, "required column headers were not found: 'type'"
    yield (
        "a type nobody knows",
        {"survey": survey("selct_one yn|a|A")},
        "sheet survey, row 2: the type `selct_one yn` is unknown; did you",
    )
    yield "no type", {"survey": survey("|a|A")}, f"sheet survey, row 2: {PYXFORM} Question with no type.\n"
    yield "no name", {"survey": survey("text||A")}, f"sheet survey, row 2: {PYXFORM} Question or group with no name."
    yield ("a name twice", {"survey": survey("text|a|A", "text|b|B", "text|a|A")},
           f"sheet survey, row 4: {PYXFORM} On the 'survey' sheet, the 'name' value 'a' is invalid.")  # fmt: skip
    yield ("a choice twice", {"survey": survey("select_one yn|a|A"), "choices": [*yes_no, ["yn", "no", "No"]]},
           f"sheet choices, row 4: {PYXFORM} On the 'choices' sheet, the 'name' value is invalid. Choice names must be"
           " unique")  # fmt: skip
    yield ("a choice without a name", {"survey": survey("select_one yn|a|A"), "choices": [*yes_no, ["yn", "", "No"]]},
           "sheet choices, row 4: ")  # fmt: skip
    yield "no list", {"survey": survey("select_one yn|a|A")}, "There should be a choices sheet"
    yield "open", {"survey": survey("begin_group|g|G", "text|a|A")}, f"row 2: {PYXFORM} Unmatched 'begin_group'."
    yield "shut", {"survey": survey("text|a|A", "end_repeat|g")}, f"row 3: {PYXFORM} Unmatched 'end_repeat'."
    yield ("crossed", {"survey": survey("begin_group|g|G", "text|a|A", "end_repeat")},
           f"row 4: {PYXFORM} Unmatched 'end_repeat'.")  # fmt: skip
    yield "a column twice", {"survey": [["type", "name", "Name"], ["text", "a", "b"]]}, "the column `Name` stands twice"
    yield ("points that are none", {"survey": survey("select_one yn|a|A"),
           "choices": [["list_name", "name", "points"], ["yn", "yes", "1,5"]]},
           "sheet choices, row 2: points: '1,5' is not a number")  # fmt: skip
    yield (
        "what pyxform refuses",
        {"survey": survey("text|a|A|${b} = 1")},
        f"row 2: {PYXFORM} On the 'survey' sheet, the 'relevant' value",
    )
    yield "nothing to ask", {"survey": survey("note|a|A", "geopoint|b|B")}, "there is no question in it"
    deep = [f"begin_group|g{i}|G" for i in range(60)] + ["text|a|A"] + ["end_group"] * 60
    yield "groups too deep", {"survey": survey(*deep)}, "row 41: more than 40 groups within each other"


@pytest.mark.parametrize(("sheets", "sentence"), [pytest.param(s, w, id=i) for i, s, w in broken()])
def test_broken_forms_are_refused_with_sheet_and_row(sheets: dict[str, Table], sentence: str, tmp_path: Path) -> None:
    said = refused(tmp_path, sheets)
    assert sentence in said
    assert str(tmp_path / "form.xlsx") in said


def test_all_errors_in_rows_that_pyxform_does_not_find_are_reported_at_once(tmp_path: Path) -> None:
    choices = [["list_name", "name", "points"], ["yn", "yes", "1,5"], ["yn", "no", "x"]]
    said = refused(tmp_path, {"survey": survey("selct|a|A", "select_one yn|b|B"), "choices": choices})
    assert len(said.splitlines()) == 3


def test_formulas_without_values_are_named_by_sheet_row_and_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in (["type", "name", "label"], ["text", "a", "=CONCATENATE(1,2)"]):
        book.active.append(row)
    book.save(tmp_path / "form.xlsx")
    result = run("xlsform-in", tmp_path / "form.xlsx", "draft-1", "--to", tmp_path)
    assert result.exit_code == 1
    assert "sheet survey, row 0" not in result.output
    assert "sheet survey: row 2, column C: this formula has no value: put the value there instead" in result.output


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"type,name\ntext,a\n", b"\xd0\xcf\x11\xe0old"])
def test_a_file_that_is_not_a_workbook_is_refused_with_a_message(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").write_bytes(content)
    result = run("xlsform-in", tmp_path / "form.xlsx", "draft-1", "--to", tmp_path)
    assert result.exit_code == 1
    assert result.output.startswith(f"{tmp_path}/form.xlsx: it is ")
    assert [path.name for path in tmp_path.iterdir()] == ["form.xlsx"]


def test_a_draft_never_overwrites_another_and_needs_a_valid_id(tmp_path: Path) -> None:
    path = form("policy", tmp_path)
    imported(path, tmp_path)
    for new_id, sentence in (("draft-1", "it is there already"), ("Draft 2", "must be of lower-case letters")):
        result = run("xlsform-in", path, new_id, "--to", tmp_path)
        assert result.exit_code == 1
        assert sentence in result.output


def test_import_without_the_extra_says_which_one_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = form("policy", tmp_path)
    monkeypatch.setitem(sys.modules, "pyxform.xls2xform", None)
    result = run("xlsform-in", path, "draft-1", "--to", tmp_path)
    assert result.exit_code == 1
    assert 'pip install "article34[xlsform]"' in result.output
    assert not (tmp_path / "draft-1").exists()


def test_unusual_texts_are_kept_unchanged_and_the_draft_loads(tmp_path: Path) -> None:
    odd = ["no", "- a: b # c", "‘quoted’: \"both\" 'ways'", "{braces} [and] &anchors *too", "=1+1", "a" * 400, "ends:"]
    rows = [f"text|Q {i}|{text}" for i, text in enumerate(odd)]
    rows = [row.replace("Q ", "q") for row in rows]
    made, _ = imported(workbook(tmp_path / "form.xlsx", {"survey": survey(*rows)}), tmp_path)
    assert [question.ask for question in made.questions.values()] == odd


def test_a_question_that_only_deducts_is_imported_as_text_with_its_points_in_comments(tmp_path: Path) -> None:
    back, said = returned(edition(one("a"), one("b", 0, -2.5), root={"combine": "sum"}), tmp_path)
    assert (back.questions["b"].kind, "choices that only take points away. Asked as a text" in said) == ("text", True)
    assert "#   - {id: o1, points: -2.5, " in (tmp_path / "draft-1" / "edition.yaml").read_text(encoding="utf-8")


def test_names_that_are_invalid_in_an_edition_are_changed_and_reported(tmp_path: Path) -> None:
    rows = ("text|company|A", "begin_group|g|G", "text|age|A", "end_group", "begin_group|h|H", "text|age|B",
            "text|Überblick|C", "end_group", "text|overall|D")  # fmt: skip
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": survey(*rows)}), tmp_path)
    assert list(made.questions) == ["company-2", "age", "age-2", "_berblick", "overall-2"]
    assert "survey, row 7: `age` is called `age-2` here" in said


def test_rows_specific_to_kobotoolbox_are_listed_and_the_rest_is_imported(tmp_path: Path) -> None:
    rows = ("text|a|A", "begin_kobomatrix|m|M", "end_kobomatrix")
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": survey(*rows)}), tmp_path)
    assert list(made.questions) == ["a"]
    assert "survey, row 3: a table of KoboToolbox: `begin_kobomatrix`" in said


def test_a_form_without_english_is_imported_in_its_own_language_and_this_is_reported(tmp_path: Path) -> None:
    rows = [["type", "name", "label::Français (fr)", "label::Elvish"], ["text", "a", "Pourquoi ?", "qatlh"]]
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": rows}), tmp_path)
    assert made.questions["a"].ask == "Pourquoi ?"
    assert "the texts are in Français (fr), and an edition's own language is English" in said
    assert "survey, row 1: the texts in Elvish are not carried" in said


def test_a_language_with_two_columns_is_read_from_the_first_and_the_second_is_listed(tmp_path: Path) -> None:
    rows = [["type", "name", "label::English", "label::Français (fr)", "label::French"], ["text", "a", "A", "B", "C"]]
    made, said = imported(workbook(tmp_path / "form.xlsx", {"survey": rows}), tmp_path)
    locale = read_locale(tmp_path / "draft-1" / "locales" / "fr.yaml", edition_source_texts(made))
    assert (made.questions["a"].ask, locale.texts["a", "ask"].text) == ("A", "B")
    assert "survey, row 1: the texts in French are not carried" in said


def test_a_draft_quotes_text_that_other_yaml_readers_would_misread(tmp_path: Path) -> None:
    choices = [["list_name", "name", "label", "points"], ["l", "no", "Never", "0"], ["l", "1", "1", "1"]]
    sheets = {"survey": survey("select_one l|a|A", "text|b|B|${a} = 'no'"), "choices": choices}
    imported(workbook(tmp_path / "form.xlsx", sheets), tmp_path)
    draft = (tmp_path / "draft-1" / "edition.yaml").read_text(encoding="utf-8")
    assert '- {id: "no", points: 0, text: "Never"}' in draft
    assert '- {id: "1", points: 1, text: "1"}' in draft
    assert 'asked_when: {a: "no"}' in draft


def test_a_question_added_to_an_exported_form_is_imported_and_the_rest_is_unchanged(tmp_path: Path) -> None:
    made = edition(node("n", one("a", na="reason"), many("b", asked_when=when("a", "o1")), expects="It is so."),
                   number("x"))  # fmt: skip
    (tmp_path / "form.xlsx").write_bytes(form_workbook(export_form({"en": made})))
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    book["survey"].append(["text", "Enumerator", "Who asks?"])
    book.save(tmp_path / "form.xlsx")
    back, said = imported(tmp_path / "form.xlsx", tmp_path)
    assert list(back.questions) == ["a", "b", "x", "enumerator"]
    assert (back.questions["a"].na, back.nodes["n"].expects) == ("reason", "It is so.")
    assert "`Enumerator` is called `enumerator` here" in said
