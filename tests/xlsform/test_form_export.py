"""An edition as a form for ODK and KoboToolbox: pyxform takes it, and it asks exactly what the engine asks."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, Not, Predicate
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.questionnaire.locales import locale_yaml
from compliance.questionnaire.routing import YES, route_questions
from compliance.questionnaire.translatable_texts import Translation, edition_source_texts, text_digest
from compliance.xlsform.form_export import export_form
from compliance.xlsform.xpath import field_name, id_of_field, number_literal, text_literal
from tests.support.examples import tries
from tests.support.factories import edition, many, node, number, one, profile, when
from tests.support.random_editions import random_edition, random_sheet
from tests.support.xforms import as_offered, form_and_xform, given
from tests.support.xlsforms import run

REAL = "child-protection-2026"


def names_shown(made: Edition, answers: dict[str, str]) -> set[str]:
    """The questions that the form shows while these answers are given one by one, without groups and notes."""
    _, form = form_and_xform(made)
    filled = form.fill(answers)
    return {path.rsplit("/", 1)[1] for path, text in filled.items() if text}


# ── What is asked


@pytest.mark.parametrize("seed", range(tries(60)))
def test_a_form_shows_exactly_the_questions_that_are_asked_and_whose_gates_are_open(seed: int) -> None:
    rng = Random(seed)
    made = random_edition(rng)
    _, form = form_and_xform(made)
    for _ in range(4):
        wanted = random_sheet(rng, made)
        answers = as_offered(made, {q: a for q, a in wanted.answers.items() if a != NotApplicable("")})
        filled = form.fill(given(replace(wanted, answers=answers, evidenced=frozenset()), made))
        names = {path.rsplit("/", 1)[1].removesuffix("_REASON") for path, text in filled.items() if text}
        taken = {question_id for question_id in made.questions if field_name(question_id) in names}
        kept = replace(wanted, answers={q: a for q, a in answers.items() if q in taken})
        routes = route_questions(made, kept)
        assert taken == {q for q in answers if routes[q].asked == YES and routes[q].counts == YES}


def test_the_real_form_asks_small_and_large_companies_the_same_questions_as_the_engine() -> None:
    made, rng = find_edition(REAL), Random(34)
    _, form = form_and_xform(made)
    for size in ("1-9", "50-249", "5000-up"):
        about = {name: rng.choice(f.values) for name, f in made.profile.items()} | {"size": size, "children": "none"}
        wanted = random_sheet(rng, made, blanks=0, not_applicable=0, about=about)
        answers = as_offered(made, wanted.answers) | {"about.headquarters": ("KHM",)}
        wanted = replace(wanted, answers=answers, evidenced=frozenset())
        filled = form.fill(given(wanted, made))
        names = {path.rsplit("/", 1)[1] for path, text in filled.items() if text}
        taken = {q for q in made.questions if field_name(q) in names}
        routes = route_questions(made, replace(wanted, answers={q: wanted.answers[q] for q in taken}))
        assert taken == {q for q, at in routes.items() if at.asked == YES and at.counts == YES}
        assert len(taken) > 30


def test_the_hint_before_the_first_question_explains_how_to_choose_an_answer() -> None:
    company = export_form({"en": edition(one("q"))}).sheets["survey"][0]
    assert company["hint"].startswith("Where one answer can be chosen, choose the last one that is completely true.")


def test_a_negated_condition_distinguishes_a_blank_from_a_question_that_is_not_asked() -> None:
    made = edition(
        node("n", one("a"), one("b", asked_when=when("a", "o1")), one("c", asked_when=Not(Predicate("b", ("o1",))))),
    )
    assert names_shown(made, {"a": "o0", "b": "o0", "c": "o0"}) == {"a", "c", "EDITION", "b_OUT"}, "b is not asked"
    assert "c" not in names_shown(made, {"a": "o1", "c": "o0"}), "b is blank"
    assert "c" in names_shown(made, {"a": "o1", "b": "o0", "c": "o0"})
    assert "c" not in names_shown(made, {"a": "o1", "b": "o1", "c": "o0"})


def test_a_form_adds_up_the_points_that_open_a_gate_as_the_engine_does() -> None:
    made = edition(
        node("n", many("a", 1, 2, 4), one("b", counts_when=Predicate("a", at_least=3)), number("x")),
        one("c", asked_when=AllOf((Predicate("a", at_least=0), Predicate("x", at_least=0.0000001)))),
    )
    assert "b" not in names_shown(made, {"a": "o1", "b": "o1"})
    assert "b" in names_shown(made, {"a": "o0 o1", "b": "o1"})
    assert "c" not in names_shown(made, {"x": "1", "c": "o1"}), "a blank has no points, not 0"
    assert "c" in names_shown(made, {"a": "none", "x": "0.001", "c": "o1"})


def test_none_of_these_excludes_other_choices_and_a_logarithmic_question_refuses_zero() -> None:
    made = edition(node("n", many("a"), number("x", 1, 100, log=True)))
    _, form = form_and_xform(made)
    form.fill({"a": "none", "x": "0.1"})
    with pytest.raises(AssertionError, match="none o1"):
        form.fill({"a": "none o1"})
    with pytest.raises(AssertionError, match="x"):
        form.fill({"x": "0"})


def test_a_reason_for_not_applicable_is_asked_for_only_where_allowed_and_while_the_answer_is_blank() -> None:
    made = edition(node("n", one("a", na="reason"), one("b")))
    assert names_shown(made, {"a_REASON": "There is none"}) == {"a_REASON", "EDITION"}
    assert names_shown(made, {"a": "o1", "a_REASON": "There is none"}) == {"a", "EDITION"}
    assert names_shown(made, {"b_REASON": "There is none"}) == {"EDITION"}


# ── What it looks like


def rows_of(path: Path, sheet_name: str) -> list[dict[str, str]]:
    table = openpyxl.load_workbook(path)[sheet_name]
    header, *rows = [[str(cell.value or "") for cell in row] for row in table.iter_rows()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_command_writes_a_form_with_the_profile_first_and_the_groups_of_the_edition(tmp_path: Path) -> None:
    out = tmp_path / "form.xlsx"
    result = run("xlsform", REAL, "--out", out)
    assert result.exit_code == 0, result.output
    assert "pyxform takes it for a form" in result.output
    survey, made = rows_of(out, "survey"), find_edition(REAL)
    assert [row["name"] for row in survey[:3]] == ["COMPANY", "PROFILE", "profile__sector"]
    opened = [id_of_field(row["name"]) for row in survey if row["type"] == "begin_group"][1:]
    assert opened == [part.id for part in made.main.root.nodes()][1:]
    settings = rows_of(out, "settings")[0]
    assert (settings["form_id"], settings["form_title"]) == (REAL, made.title)
    listed = {row["name"]: row for row in rows_of(out, "choices") if row["list_name"] == "COUNTRIES"}
    assert set(listed) == set(countries())
    assert listed["KHM"]["label::English (en)"] == "Cambodia"
    assert survey[2]["label::English (en)"] == "Which sector is your main one?"


def test_options_keep_their_points_and_equal_option_lists_are_written_once(tmp_path: Path) -> None:
    form = export_form({"en": edition(node("n", one("a", 0, 2.5), one("b", 0, 2.5), many("c", -1, 1)))})
    assert [(row["list_name"], row["name"], row.get("points", "")) for row in form.sheets["choices"]] == [
        ("a", "o0", "0"), ("a", "o1", "2.5"), ("a_OPEN", "not-known", ""),
        ("c", "o0", "-1"), ("c", "o1", "1"), ("c", "none", "0"),
    ]  # fmt: skip


def test_a_form_warns_against_adding_details_of_children() -> None:
    rows = export_form({"en": edition(node("n", one("a")))}, evidence=True).sheets["survey"]
    warned = {row["name"] for row in rows if "Never add pictures or details of children" in row.get("hint", "")}
    assert warned == {"COMPANY", "a_EVIDENCE"}


def test_evidence_is_asked_for_only_on_request_and_only_where_it_is_expected() -> None:
    made = edition(node("n", one("a"), one("b", evidence="none")))
    names = [row["name"] for row in export_form({"en": made}, evidence=True).sheets["survey"] if "name" in row]
    assert [name for name in names if "EVIDENCE" in name] == ["a_EVIDENCE"]
    assert not [row for row in export_form({"en": made}).sheets["survey"] if "EVIDENCE" in row.get("name", "")]


def test_only_the_company_and_unscored_answers_that_conditions_use_are_required() -> None:
    from compliance.questionnaire.edition import Question

    made = edition(
        node("n", Question("where", "Where?", "text"), Question("why", "Why?", "text"),
             one("a", asked_when=when("where", "here"))),
        one("b", asked_when=when("a", "o1")),
        one("c", asked_when=when("profile.kind", "x")),
        profile=profile(kind=("x", "y"), other=("x",)),
    )  # fmt: skip
    survey = export_form({"en": made}).sheets["survey"]
    assert [row["name"] for row in survey if row.get("required")] == ["COMPANY", "profile__kind", "where"]


def test_every_complete_language_has_its_columns(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "edition.yaml").write_text(
        "id: small\nparts:\n  - {id: n, title: Codes, parts: [{id: q, ask: Why?, help: Say it., kind: many,\n"
        "    options: [{id: a, points: 1, text: First}]}]}\n",
        encoding="utf-8",
    )
    made = find_edition(str(folder))
    source = edition_source_texts(made)
    texts = {key: Translation(f"[{text}]", of=text_digest(text)) for key, text in source.texts.items()}
    (folder / "locales").mkdir()
    (folder / "locales" / "fr.yaml").write_text(locale_yaml(source, "fr", texts), encoding="utf-8")
    (folder / "locales" / "es.yaml").write_text("q: {ask: {text: ¿Por qué?, state: draft}}\n", encoding="utf-8")
    out = tmp_path / "form.xlsx"
    result = run("xlsform", folder, "--out", out)
    assert result.exit_code == 0, result.output
    survey = {row["name"]: row for row in rows_of(out, "survey")}
    assert survey["q"]["label::English (en)"] == "Why?"
    assert survey["q"]["label::Français (fr)"] == "[Why?]"
    assert survey["q"]["hint::Français (fr)"] == "[Say it.]"
    assert survey["n"]["label::Français (fr)"] == "[Codes]"
    assert not [column for column in survey["q"] if "(es)" in column], "incomplete"
    assert rows_of(out, "choices")[0]["label::Français (fr)"] == "[First]"
    assert rows_of(out, "settings")[0]["default_language"] == "English (en)"


def test_the_version_changes_with_the_form_and_only_then() -> None:
    def version(made: Edition) -> str:
        return export_form({"en": made}).sheets["settings"][0]["version"]

    first = edition(node("n", one("a")))
    assert version(first) == version(edition(node("n", one("a"))))
    assert version(first) != version(edition(node("n", one("a", 0, 2))))


def test_text_that_looks_like_a_formula_or_a_reference_stays_text(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text("id: odd\nparts: [{id: q, ask: '=1+1 of ${q}', options: yes-no}]\n", encoding="utf-8")
    assert run("xlsform", file, "--out", tmp_path / "form.xlsx").exit_code == 0
    cell = next(
        row for row in openpyxl.load_workbook(tmp_path / "form.xlsx")["survey"].iter_rows() if row[1].value == "q"
    )
    assert (cell[2].value, cell[2].data_type) == ("=1+1 of $ {q}", "s")


# ── Spelling


@drawn(st.text("ab9._-", min_size=1, max_size=8))
def test_every_id_has_a_valid_and_unique_field_name(some_id: str) -> None:
    assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", field_name(some_id))
    assert id_of_field(field_name(some_id)) == some_id


def test_field_names_resemble_ids_and_avoid_names_that_forms_reserve() -> None:
    assert [field_name(i) for i in ("r02.code", "profile.minors_served", "small-one", "1a", "meta", "model")] == [
        "r02__code", "profile__minors_served", "smallHone", "N1a", "Nmeta", "Nmodel",
    ]  # fmt: skip


def test_literals_are_correct_for_quotation_marks_and_very_small_or_large_numbers() -> None:
    assert text_literal("it's") == '"it\'s"'
    assert text_literal("""it's "so\"""") == """concat('it', "'", 's "so"')"""
    assert [number_literal(n) for n in (5.0, 0.1, 1e-7, 1e16)] == ["5", "0.1", "0.0000001", "10000000000000000"]


# ── Errors


def test_the_command_names_the_extra_to_install_if_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyxform.xls2xform", None)
    for command in (("xlsform", REAL, "--out", tmp_path / "form.xlsx"),):
        result = run(*command)
        assert result.exit_code == 1
        assert 'pip install "article34[xlsform]"' in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_edition_is_refused_with_a_message_and_nothing_is_written(tmp_path: Path) -> None:
    result = run("xlsform", "child-protecton-2026", "--out", tmp_path / "form.xlsx")
    assert result.exit_code == 1
    assert "did you mean" in result.output
    assert list(tmp_path.iterdir()) == []
