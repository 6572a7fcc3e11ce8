"""Flags: an option can carry a message, shown to everybody who chooses it, without changing any score."""

from dataclasses import replace
from pathlib import Path

import pytest

from compliance.authoring.drafts import comparability, describe_difference
from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable, Verdict
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.edition_difference import EditionChange, compare_editions
from compliance.questionnaire.edition_folder import canonical_json
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.flags import flagged_options, raised_flags
from compliance.questionnaire.loader import edition_from_canonical, find_edition, load_edition
from compliance.questionnaire.locales import LocaleFile, translate_edition
from compliance.questionnaire.translatable_texts import Translation, edition_source_texts
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from tests.support.factories import edition, many, one, profile, when
from tests.support.paths import DATA

MADE = load_edition(DATA / "web_editions" / "flags")
FLAG = "A rule punishes children. Change it."


def flagged(question: Question, *options: str) -> Question:
    """The question with a flag on some of its options."""
    said = (replace(o, flag=f"{o.id} was found.") if o.id in options else o for o in question.options)
    return replace(question, options=tuple(said))


def findings(made: Edition, answers: dict[str, Answer], **verdicts: Verdict) -> list[str]:
    sheet = AnswerSheet("Example 1", {"size": "small"}, answers, verdicts=verdicts)
    return [f"{found.question.id}: {found.option.flag}" for found in raised_flags(made, sheet)]


def test_a_flag_is_raised_only_if_its_option_is_chosen() -> None:
    assert findings(MADE, {"breach": ("staff", "punish")}) == [f"breach: {FLAG}"]
    for answer in (("staff",), ("none",), NotApplicable("there is none")):
        assert findings(MADE, {"breach": answer}) == []
    assert findings(MADE, {}) == []


def test_several_flags_come_in_the_order_of_questions_and_options() -> None:
    made = edition(flagged(many("a", 1, 1), "o0", "o1"), flagged(one("b", 0, 1), "o0"))
    assert findings(made, {"b": "o0", "a": ("o1", "o0")}) == [
        "a: o0 was found.",
        "a: o1 was found.",
        "b: o0 was found.",
    ]


def test_a_closed_gate_does_not_suppress_flags_and_questions_not_asked_raise_none() -> None:
    shut = flagged(one("b", 0, 1, counts_when=when("a", "o1")), "o0")
    unasked = flagged(one("c", 0, 1, asked_when=when("profile.size", "large")), "o0")
    made = edition(one("a"), shut, unasked, profile=profile(size=("small", "large")))
    assert findings(made, {"a": "o0", "b": "o0", "c": "o0"}) == ["b: o0 was found."]


def test_the_flags_of_an_adjusted_answer_are_those_of_the_adjustment() -> None:
    told = {"breach": ("staff", "punish")}
    assert findings(MADE, told, breach=Adjusted(("staff",))) == []
    assert findings(MADE, {"breach": ("staff",)}, breach=Adjusted(("punish",))) == [f"breach: {FLAG}"]
    for verdict in ("confirmed", "not-shown"):
        assert findings(MADE, told, breach=verdict) == [f"breach: {FLAG}"]


def test_a_flag_changes_no_score() -> None:
    """With and without the flag: breach has 2 of 2 points, and told 1 of 1."""
    for breach in (("staff",), ("staff", "punish")):
        sheet = AnswerSheet("Example 1", {}, {"breach": breach, "told": "yes"})
        assert make_scorecard(compile_edition(MADE), sheet).overall.score == 100


def test_an_edition_keeps_its_flags_and_one_without_keeps_its_digest() -> None:
    again = edition_from_canonical(MADE.canonical, MADE.instruments)
    assert again == MADE and canonical_json(again) == MADE.canonical
    assert f'"flag":"{FLAG}"' in MADE.canonical
    assert "flag" not in canonical_json(edition(one("a"), many("b")))


def test_a_flag_is_allowed_only_on_options_that_people_choose(tmp_path: Path) -> None:
    steps = ", ".join(
        f"{{id: {step}, points: {points}}}" for step, points in (("none", 0), ("some", 1), ("most", 2), ("all", 3))
    )
    text = "id: made\nparts:\n  - {id: list, kind: countries}\n  - {id: q, places: list, options: [%s]}\n"
    (tmp_path / "made.yaml").write_text(text % steps.replace("id: none, ", "id: none, flag: Nowhere., "))
    with pytest.raises(EditionFaults, match=r"made\.yaml:4: nobody chooses .* so none has no `flag`: delete it"):
        load_edition(tmp_path / "made.yaml")


def test_a_flag_of_an_option_set_is_translated_at_each_question(tmp_path: Path) -> None:
    text = """
id: made
option_sets: {set: [{id: yes, points: 1, text: Yes}, {id: no, points: 0, text: No, flag: It is missing.}]}
parts: [{id: a, options: set}, {id: b, options: set}]
"""
    (tmp_path / "made.yaml").write_text(text)
    made = load_edition(tmp_path / "made.yaml")
    keys = [key for key in edition_source_texts(made).texts if "flags" in key]
    assert keys == [("a", "flags", "no"), ("b", "flags", "no")]
    other = translate_edition(made, LocaleFile("fr", texts={keys[0]: Translation("Cela manque.")}))
    assert [q.options[1].flag for q in other.questions.values()] == ["Cela manque.", "It is missing."]


def test_a_changed_flag_is_reported_as_a_changed_meaning_of_an_answer(tmp_path: Path) -> None:
    written = (DATA / "web_editions" / "flags" / "edition.yaml").read_text(encoding="utf-8")
    (tmp_path / "bare.yaml").write_text(written.replace(f", flag: {FLAG}", ""), encoding="utf-8")
    bare = load_edition(tmp_path / "bare.yaml")
    difference = compare_editions(bare, MADE)
    assert difference.changes == (EditionChange("question", "breach", "flag", "", FLAG, "words", option="punish"),)
    assert comparability(MADE, difference)[0] == "Texts only: scores compare."
    assert f"  question breach: option punish, finding “” → “{FLAG}”" in describe_difference(bare, MADE, difference)


def test_the_tool_s_edition_flags_only_rules_that_punish_a_child() -> None:
    for name in ("child-protection-2026", "child-protection-code-2026"):
        options = [(q.id, o) for q in find_edition(name).questions.values() for o in q.options if o.flag]
        assert [(question, option.id, option.points) for question, option in options] == [
            ("r51.text", "sanctions-child", 0)
        ]


def test_a_question_without_options_raises_no_flag() -> None:
    assert flagged_options(MADE.questions["breach"], None) == ()
