"""Answers are carried over to another edition as far as they settle its questions, and nothing is guessed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.questionnaire.answer_mapping import (
    MappedSheet,
    MappingRule,
    MappingRules,
    UnmappedAnswer,
    map_answers,
    mapping_files,
    read_mapping,
)
from compliance.questionnaire.answers import Adjusted, Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from tests.support.factories import edition, many, node, number, one, profile, sheet

FREE, DAY = Question("free", "free", "text"), Question("day", "day", "date")


def asking(*questions: Question, **keys: object) -> Edition:
    return edition(node("n", *questions), **keys)


def carried(old: Question, new: Question, answer: Answer, rules: MappingRules | None = None) -> MappedSheet:
    """One answer carried from one question to another."""
    return map_answers(asking(old), asking(new), rules or {}, AnswerSheet("Example 1", {}, {old.id: answer}))


def left(found: MappedSheet) -> list[tuple[str, str]]:
    return [(one.question, one.why) for one in found.unmapped]


# ── Answers carried over without rules


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (one("q"), "o1"),
        (many("q"), ("o0", "o1")),
        (many("q"), ("none",)),
        (number("q"), 12.5),
        (FREE, "a | b"),
        (DAY, "2026-03-31"),
        (Question("q", "q", "countries"), ("KHM", "NAM")),
        (one("q", na="reason"), NotApplicable("There are no guests.")),
    ],
    ids=str,
)
def test_an_unchanged_question_keeps_its_answer(question: Question, answer: Answer) -> None:
    found = carried(question, question, answer)
    assert dict(found.sheet.answers) == {question.id: answer}
    assert found.sources == {question.id: (question.id,)} and not found.unmapped


def test_points_weights_and_words_may_differ() -> None:
    old, new = one("q", 0, 5, 10), replace(one("q", 0, 2, 4, weight=3.0), ask="Asked better")
    assert dict(carried(old, new, "o1").sheet.answers) == {"q": "o1"}


@pytest.mark.parametrize(
    ("old", "new", "answer", "why"),
    [
        (one("q"), one("other"), "o1", "gone"),
        (one("q"), one("q", 0, 1, 2), "o1", "changed"),
        (one("q", 0, 1, 2), one("q"), "o2", "changed"),
        (one("q"), many("q", 0, 1), "o1", "changed"),
        (number("q", unit="%"), number("q", unit="sites"), 50.0, "changed"),
        (one("q", na="reason"), one("q"), NotApplicable("None."), "changed"),
    ],
)
def test_answers_to_removed_or_changed_questions_are_left_with_the_reason(
    old: Question, new: Question, answer: Answer, why: str
) -> None:
    found = carried(old, new, answer)
    assert not found.sheet.answers
    assert left(found) == [("q", why)]


def test_a_profile_field_is_carried_over_if_it_still_has_the_value() -> None:
    old = asking(one("q"), profile=profile(size=("small", "large"), staff=(), gone=("x",)))
    new = asking(one("q"), profile=profile(size=("large", "huge"), staff=()))
    found = map_answers(old, new, {}, sheet(about={"size": "small", "staff": 12.0, "gone": "x"}))
    assert dict(found.sheet.profile) == {"staff": 12.0}
    assert left(found) == [("profile.size", "changed"), ("profile.gone", "gone")]


def test_evidence_is_carried_over_with_a_whole_answer_and_verdicts_are_not() -> None:
    old, new = asking(one("a"), one("b"), one("c")), asking(one("a"), one("b2"), one("c2"))
    rules = {"b": MappingRule(to="b2"), "c": MappingRule(settles={"o1": {"c2": "o1"}})}
    given = replace(sheet(a="o1", b="o1", c="o1"), verdicts={"a": Adjusted("o0")})
    found = map_answers(old, new, rules, given)
    assert set(found.sheet.answers) == {"a", "b2", "c2"}
    assert found.sheet.evidenced == {"a", "b2"}
    assert not found.sheet.verdicts


def test_a_blank_is_not_carried_over_and_not_reported() -> None:
    found = map_answers(asking(one("a"), one("b")), asking(one("a"), one("c")), {}, sheet())
    assert not found.sheet.answers and not found.unmapped


# ── Rules


def test_a_renamed_question_keeps_every_answer_with_new_ids_of_options() -> None:
    rule = {"old": MappingRule(to="new", options={"o1": "o2"})}
    for answer, there in (("o1", "o2"), ("o0", "o0")):
        assert dict(carried(one("old"), one("new", 0, 1, 2), answer, rule).sheet.answers) == {"new": there}
    found = carried(many("old"), many("new", 1, 1, 1), ("o0", "o1"), rule)
    assert dict(found.sheet.answers) == {"new": ("o0", "o2")}
    waived = carried(
        one("old", na="reason"), one("new", na="reason"), NotApplicable("None."), {"old": MappingRule(to="new")}
    )
    assert dict(waived.sheet.answers) == {"new": NotApplicable("None.")}


def test_an_answer_settles_what_its_rule_says_or_stays_open_with_the_author_s_reason() -> None:
    rule = {"q": MappingRule(settles={"o0": {"p.code": "o0", "p.share": 0.0}}, because="It asks less.")}
    new = asking(one("p.code"), number("p.share"))
    settled = map_answers(asking(one("q")), new, rule, sheet(q="o0"))
    assert dict(settled.sheet.answers) == {"p.code": "o0", "p.share": 0.0}
    assert settled.sources == {"p.code": ("q",), "p.share": ("q",)} and not settled.unmapped
    assert map_answers(asking(one("q")), new, rule, sheet(q="o1")).unmapped == (
        UnmappedAnswer("q", "o1", "open", "It asks less."),
    )


def test_a_rule_with_only_a_reason_stops_even_an_unchanged_question() -> None:
    found = carried(one("q"), one("q"), "o1", {"q": MappingRule(because="Its words mean something else now.")})
    assert not found.sheet.answers and left(found) == [("q", "open")]


MERGED: MappingRules = {
    "a": MappingRule(settles={"o1": {"both": ("o0",)}, "o0": {"both": ("none",)}}),
    "b": MappingRule(settles={"o1": {"both": ("o1",)}, "o0": {"both": ("none",)}}),
}


@pytest.mark.parametrize(
    ("answers", "there"),
    [
        ({"a": "o1", "b": "o1"}, ("o0", "o1")),
        ({"a": "o1", "b": "o0"}, ("o0",)),
        ({"a": "o0", "b": "o0"}, ("none",)),
    ],
)
def test_answers_to_merged_questions_are_joined(answers: Mapping[str, Answer], there: Answer) -> None:
    found = map_answers(asking(one("a"), one("b")), asking(many("both")), MERGED, AnswerSheet("", {}, answers))
    assert dict(found.sheet.answers) == {"both": there}
    assert found.sources == {"both": ("a", "b")}


def test_a_question_made_of_two_stays_open_while_one_of_them_is_blank() -> None:
    found = map_answers(asking(one("a"), one("b")), asking(many("both")), MERGED, sheet(a="o1"))
    assert not found.sheet.answers
    assert found.unmapped == (UnmappedAnswer("a", "o1", "part", "", "both"),)


def test_a_question_that_two_answers_settle_differently_stays_open() -> None:
    rules = {"a": MappingRule(settles={"o1": {"c": "o1"}}), "b": MappingRule(settles={"o0": {"c": "o0"}})}
    old, new = asking(one("a"), one("b")), asking(one("c"))
    found = map_answers(old, new, rules, sheet(a="o1", b="o0"))
    assert not found.sheet.answers
    assert [(one.question, one.why, one.target) for one in found.unmapped] == [("a", "apart", "c"), ("b", "apart", "c")]
    assert dict(map_answers(old, new, rules, sheet(a="o1")).sheet.answers) == {"c": "o1"}


def test_each_of_several_ticks_must_settle_something() -> None:
    rule = {"q": MappingRule(settles={"o0": {"a": "o1"}}, because="The other is not asked.")}
    new = asking(one("a"))
    assert dict(map_answers(asking(many("q")), new, rule, sheet(q=("o0",))).sheet.answers) == {"a": "o1"}
    assert left(map_answers(asking(many("q")), new, rule, sheet(q=("o0", "o1")))) == [("q", "open")]


# ── The file


OLD = """\
id: old
parts:
  - {id: a, options: [{id: no, points: 0}, {id: maybe, points: 1}, {id: yes, points: 2}]}
  - {id: b, range: [0, 100]}
  - {id: c, kind: many, options: [{id: x, points: 1}, {id: y, points: 1}]}
"""
NEW = """\
id: new
parts:
  - {id: a, options: [{id: no, points: 0}, {id: yes, points: 2}]}
  - {id: a2, options: [{id: no, points: 0}, {id: perhaps, points: 1}, {id: yes, points: 2}]}
  - {id: b2, range: [0, 50]}
  - {id: c, kind: many, na: reason, options: [{id: x, points: 1}, {id: z, points: 1}]}
"""


def written(folder: Path, rules: str) -> Path:
    """Two editions, with a file of rules in the later one; returns this file."""
    for name, text in (("old", OLD), ("new", NEW)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "edition.yaml").write_text(text, encoding="utf-8")
    file = folder / "new" / "carries" / "old.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(rules, encoding="utf-8")
    return file


def read(folder: Path, rules: str) -> MappingRules:
    file = written(folder, rules)
    return read_mapping(file, load_edition(folder / "old"), load_edition(folder / "new"))


def test_a_file_of_rules_says_what_happens_to_each_answer(tmp_path: Path) -> None:
    rules = read(
        tmp_path,
        "a: {to: a2, options: {maybe: perhaps}}\nb: {to: b2}\n"
        "c:\n  settles:\n    none: {c: none, a: no}\n    x: {c: x}\n  because: There is no y any more.\n",
    )
    assert rules == {
        "a": MappingRule(to="a2", options={"maybe": "perhaps"}),
        "b": MappingRule(to="b2"),
        "c": MappingRule(
            settles={"none": {"c": ("none",), "a": "no"}, "x": {"c": ("x",)}}, because="There is no y any more."
        ),
    }
    old, new = load_edition(tmp_path / "old"), load_edition(tmp_path / "new")
    found = map_answers(old, new, rules, sheet(a="maybe", b=30.0, c=("x",)))
    assert dict(found.sheet.answers) == {"a2": "perhaps", "b2": 30.0, "c": ("x",)}


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("[a]", "it is written by question of old"),
        ("aa: {to: a2}", "old has no question `aa`; did you mean `a`?"),
        ("a: a2", "a rule is written with to, options, settles, because"),
        ("a: {setles: {no: {a: no}}, because: So.}", "a rule has no key `setles`; did you mean `settles`?"),
        ("a: {to: zz}", "new has no question `zz`"),
        ("a: {to: b2}", "`b2` is answered by number, `a` by one: use `settles`"),
        ("a: {to: a2}", "`a2` has no maybe: say under `options` what it is there"),
        ("a: {to: a2, options: {maybee: perhaps}}", "`a` has no option `maybee`; did you mean `maybe`?"),
        ("a: {to: a2, options: {maybe: perhap}}", "`a2` has no option `perhap`; did you mean `perhaps`?"),
        ("a: {to: a2, settles: {no: {a: no}}}", "`to` carries every answer"),
        ("a: {options: {maybe: perhaps}, because: So.}", "`options` says what options are called under `to`"),
        ("a: {settles: {no: {a: no}}}", "nothing is carried of maybe, yes: say why under `because`"),
        ("a: {}", "nothing is carried: say why under `because`"),
        ("b: {}", "nothing is carried: say why under `because`"),
        ("a: {because: [So]}", "`because` takes a text"),
        ("a: {settles: {nope: {a: no}}, because: So.}", "`a` has no option `nope`"),
        ("a: {settles: {no: {a: maybe}}, because: So.}", "`a`: 'maybe' is not one of these: no, yes"),
        ("a: {settles: {no: {b2: half}}, because: So.}", "`b2`: 'half' is not a number: write it in digits"),
        ("a: {settles: {no: {c: n/a}}, because: So.}", "`n/a` is never carried"),
        ("a: {settles: {no: no}, because: So.}", "what an option settles is written"),
        ("b: {settles: {0: {b2: 0}}, because: So.}", "`b` has no options to settle something by"),
    ],
)
def test_a_mistake_is_a_fault_with_file_and_line(tmp_path: Path, slip: str, message: str) -> None:
    with pytest.raises(EditionFaults) as found:
        read(tmp_path, f"# what old answers settle\n{slip}\n")
    assert any(message in fault.message for fault in found.value.faults), str(found.value)
    assert {(fault.file.rpartition("/")[2], fault.line) for fault in found.value.faults} == {("old.yaml", 2)}


def check(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", str(folder)])
    return result.exit_code, result.output


def test_checking_an_edition_also_checks_its_rules(tmp_path: Path) -> None:
    file = written(tmp_path, "a: {to: a2, options: {maybe: perhaps}}\n")
    assert check(tmp_path / "new")[0] == 0
    file.write_text("a: {to: a2}\n", encoding="utf-8")
    code, said = check(tmp_path / "new")
    assert code == 1 and f"{file}:1: `a2` has no maybe" in said
    file.rename(file.with_name("older.yaml"))
    code, said = check(tmp_path / "new")
    assert code == 1 and "there is no edition `older`, whose answers it would carry" in said


def test_an_edition_with_faulty_rules_cannot_be_published(tmp_path: Path) -> None:
    written(tmp_path, "a: {to: a2}\n")
    result = CliRunner().invoke(main, ["publish", str(tmp_path / "new"), "--yes"])
    assert result.exit_code == 1 and "`a2` has no maybe" in result.output
    assert not (tmp_path / "published.yaml").exists()


def test_the_rules_are_not_part_of_the_edition(tmp_path: Path) -> None:
    file = written(tmp_path, "a: {to: a2, options: {maybe: perhaps}}\n")
    digest = load_edition(tmp_path / "new").digest
    file.unlink()
    assert load_edition(tmp_path / "new").digest == digest


# ── The quick check


@pytest.fixture(scope="module")
def full(edition: Edition) -> Edition:
    return edition


@pytest.fixture(scope="module")
def rules(quick: Edition, full: Edition) -> MappingRules:
    (file,) = mapping_files(editions_folder() / "child-protection-2026")
    return read_mapping(file, quick, full)


#: Which answers of the full edition each option of the quick check settles, worked out by hand.
SETTLED: Mapping[str, Mapping[str, Answer]] = {
    "none": {
        "r03.practice.b": ("none",), "r07.practice.b": ("none",), "r17.practice.b": "none",
        "r33.practice.b": ("none",), "r33.proof.b": "none", "r39.practice.b": ("none",), "r39.proof.b": "none",
    },
    "written": {
        "r07.practice.b": ("none",), "r33.practice.b": ("none",), "r33.proof.b": "none", "r39.practice.b": ("none",),
        "r44.practice.b": ("none",), "r44.proof.b": "none",
    },
    "some": {},
    "all": {"r17.practice.b": "all", "r20.proof.b": "records"},
}  # fmt: skip


@pytest.mark.parametrize("line", SETTLED)
def test_the_quick_check_settles_answers_of_the_full_edition_as_worked_out_by_hand(
    quick: Edition, full: Edition, rules: MappingRules, line: str
) -> None:
    found = map_answers(quick, full, rules, AnswerSheet("", {}, dict.fromkeys(quick.questions, line)))
    assert dict(found.sheet.answers) == SETTLED[line]
    sources = {source for settled in found.sources.values() for source in settled}
    assert sources | {one.question for one in found.unmapped} == set(quick.questions)
    assert all(one.because for one in found.unmapped)


def test_the_quick_check_has_a_rule_for_each_of_its_questions_within_its_own_requirement(
    quick: Edition, full: Edition, rules: MappingRules
) -> None:
    assert set(rules) == set(quick.questions)
    for question, rule in rules.items():
        requirement = full.nodes[question.removesuffix(".quick")]
        assert rule.targets <= {q.id for q in requirement.questions()}
        assert rule.because


def test_no_option_of_the_quick_check_settles_what_it_did_not_ask(full: Edition, rules: MappingRules) -> None:
    """For example, not that a date is set for the next check, that somebody else checked, or where it is done."""
    given = [(q, a) for rule in rules.values() for settled in rule.settles.values() for q, a in settled.items()]
    assert given
    claimed = {(q, option.text) for q, a in given for option in full.questions[q].options if option.id == a}
    assert [
        text for _, text in claimed if re.search("date is set|checked|outside|some of our|more than half", text)
    ] == []


def test_a_higher_option_never_settles_a_lower_answer(quick: Edition, full: Edition, rules: MappingRules) -> None:
    ladder = [option.id for option in quick.questions["r02.quick"].options]
    for rule in rules.values():
        for target in rule.targets:
            options = [option.id for option in full.questions[target].options]
            places = [
                options.index(answer)
                for line in ladder
                if isinstance(answer := rule.settles.get(line, {}).get(target), str)
            ]
            assert places == sorted(places), target
