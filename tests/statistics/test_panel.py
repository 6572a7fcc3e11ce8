"""Two periods side by side: the change of each company and group, and what could not be carried over."""

import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from compliance.questionnaire.answer_mapping import MappingRule, MappingRules
from compliance.questionnaire.answers import Answer, AnswerSheet
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.statistics.score_change import PeriodComparison, compare_periods
from compliance.statistics.two_periods import EditionMigrator, PeriodSheets, code_periods
from tests.support.factories import edition, node, number, one, profile, when

SECTORS = profile(sector=("travel", "lodging"))


def made(name: str, *questions: str, fields: Sequence[str] = ("sector",)) -> Edition:
    parts = node("t", *(one(question) for question in questions), expects="T.")
    kept = dict.fromkeys(fields, SECTORS["sector"])
    found = edition(parts, profile=kept)
    return Edition(id=name, title=name, root=found.root, digest=name, canonical="", profile=kept)


OLD = made("old", "a", "b", "gone")
NEW = made("new", "a", "b.new", "fresh")
RULES: MappingRules = {"b": MappingRule(to="b.new")}


def company(name: str, sector: str = "travel", **answers: Answer) -> AnswerSheet:
    given = {question.replace("__", "."): answer for question, answer in answers.items()}
    return AnswerSheet(name, {"sector": sector} if sector else {}, given, frozenset(given))


def panel(
    before: Sequence[AnswerSheet],
    after: Sequence[AnswerSheet],
    by: Sequence[str] = (),
    old: Edition = OLD,
    new: Edition = OLD,
    basis: Basis = "claimed",
    rules: MappingRules = RULES,
) -> PeriodComparison:
    crossing = EditionMigrator(old, new, rules)
    was, now = PeriodSheets(compile_edition(old), before), PeriodSheets(compile_edition(new), after)
    return compare_periods(code_periods(was, now, crossing.migrate, basis), crossing.unmapped(), by)


def test_within_one_edition_every_answer_is_carried_over_and_method_is_zero() -> None:
    found = panel([company("A", a="o0", b="o1", gone="o1")], [company("A", a="o1", b="o1", gone="o1")])
    assert found.is_one_edition
    (change,) = found.companies
    assert change.answers == pytest.approx(100 / 3)
    assert change.method == 0
    assert found.unmapped == ()
    assert found.uncompared == ()
    assert found.groups == ()
    assert found.by == ()


def test_companies_of_the_later_period_come_first_and_those_that_left_come_last() -> None:
    found = panel([company("Left", a="o1"), company("A", a="o0")], [company("Came", a="o1"), company("A", a="o1")])
    assert [change.company for change in found.companies] == ["Came", "A", "Left"]
    together = found.together
    assert together.matched == 1
    assert together.entrants == 1
    assert together.leavers == 1


def test_a_company_that_changed_its_sector_left_one_group_and_joined_another() -> None:
    before = [company("A", "travel", a="o1", b="o1", gone="o1"), company("B", "lodging", a="o0", b="o0", gone="o0")]
    after = [company("A", "lodging", a="o1", b="o1", gone="o1"), company("B", "lodging", a="o1", b="o1", gone="o1")]
    found = panel(before, after, ["sector"])
    assert (found.by, found.labels) == (("sector",), {"A": ("lodging",), "B": ("lodging",)})
    groups = dict(found.groups)
    assert list(groups) == [("lodging",), ("travel",)], "in the order of the later period, then of the earlier one"
    lodging, travel = groups["lodging",], groups["travel",]
    assert lodging.matched == 1
    assert lodging.entrants == 1
    assert lodging.leavers == 0
    assert (lodging.before, lodging.after) == (0, 100)
    assert travel.matched == 0
    assert travel.entrants == 0
    assert travel.leavers == 1
    assert (travel.before, travel.after) == (100, None)


def test_a_company_that_left_keeps_the_label_it_had() -> None:
    found = panel([company("Left", "lodging", a="o1")], [company("A", "travel", a="o1")], ["sector"])
    assert found.labels == {"A": ("travel",), "Left": ("lodging",)}


def test_answers_that_cannot_be_carried_over_are_counted() -> None:
    before = [company(name, a="o1", b="o1", gone="o1") for name in ("A", "B", "Left")]
    after = [company(name, a="o1", b__new="o1", fresh="o0") for name in ("A", "B")]
    found = panel(before, after, old=OLD, new=NEW)
    assert not found.is_one_edition
    (left,) = found.unmapped
    assert left.answer.question == "gone"
    assert left.answer.why == "gone"
    assert left.answer.answer == ""
    assert left.companies == 2
    assert [(one.question, one.companies) for one in found.uncompared] == [("fresh", 2)]
    for change in found.companies[:2]:
        assert (change.like_for_like_before, change.like_for_like_after) == (100, 100)
        assert change.not_compared == ("fresh",)
        assert change.method == pytest.approx(-100 / 3)


def test_answers_not_carried_over_are_listed_by_question() -> None:
    old, new = made("old", "z", "y", "a"), made("new", "a")
    found = panel([company("A", z="o1", y="o1", a="o1")], [company("A", a="o1")], old=old, new=new)
    assert [left.answer.question for left in found.unmapped] == ["y", "z"]


def test_a_question_whose_old_answer_is_no_longer_valid_is_not_compared() -> None:
    """The question is asked differently now, so the old answer is not valid in the new edition."""
    old, new = made("old", "a", "b"), made("new", "b")
    changed = edition(node("t", number("a"), one("b"), expects="T."), profile=SECTORS)
    new = Edition(id="new", title="new", root=changed.root, digest="new", canonical="", profile=SECTORS)
    rules: MappingRules = {"a": MappingRule(to="a")}
    found = panel([company("A", a="o1", b="o1")], [company("A", a=50.0, b="o1")], old=old, new=new, rules=rules)
    assert [one.question for one in found.uncompared] == ["a"]
    assert [(left.answer.question, left.answer.why) for left in found.unmapped] == [("a", "changed")]


def test_a_blank_in_the_earlier_period_is_compared_as_a_blank() -> None:
    found = panel([company("A", b="o1")], [company("A", a="o1", b__new="o1", fresh="o1")], old=OLD, new=NEW)
    (change,) = found.companies
    assert (change.like_for_like_before, change.like_for_like_after) == (50, 100), "a was asked then, and left blank"
    assert change.not_compared == ("fresh",)


def test_only_the_new_question_is_not_compared_if_the_new_edition_adds_a_profile_field() -> None:
    old = made("old", "a", fields=())
    base = edition(node("t", one("a"), node("u", one("a2"))), profile=SECTORS)
    new = Edition(id="new", title="new", root=base.root, digest="new", canonical="", profile=SECTORS)
    found = panel([company("A", "", a="o1")], [company("A", a="o1", a2="o1")], old=old, new=new)
    assert "a2" in found.companies[0].not_compared
    assert "a" not in found.companies[0].not_compared


BY_SECTOR = when("profile.sector", "travel")


@pytest.mark.parametrize(
    "shared",
    [
        one("a", asked_when=BY_SECTOR),
        one("a", counts_when=BY_SECTOR),
        node("u", one("a"), asked_when=BY_SECTOR),
    ],
    ids=["asked", "counted", "asked as part of a node"],
)
def test_a_shared_question_with_a_condition_on_a_new_profile_field_is_not_compared(shared: Node | Question) -> None:
    """The field is unknown for the earlier period, so its effect would look like something the company did."""
    old = made("old", "a", "d", "c", fields=())
    new = with_condition(shared, one("c", counts_when=when("a", "o1")))
    before, after = company("A", "", a="o0", d="o0", c="o1"), company("A", a="o1", d="o1", c="o1")
    found = panel([before], [after], old=old, new=new)
    (change,) = found.companies
    assert change.not_compared == ("a", "c"), "c depends on the field through a"
    assert [(one.question, one.companies) for one in found.uncompared] == [("a", 1), ("c", 1)]
    assert (change.like_for_like_before, change.like_for_like_after) == (0, 100), "over d alone"
    assert change.before == pytest.approx(100 / 3)
    assert change.after == 100
    assert change.method == pytest.approx(-100 / 3)


def test_a_shared_question_with_a_condition_on_a_shared_profile_field_is_compared() -> None:
    old, new = made("old", "a", "d"), with_condition(one("a", asked_when=BY_SECTOR))
    (change,) = panel([company("A", a="o0", d="o1")], [company("A", a="o1", d="o1")], old=old, new=new).companies
    assert change.not_compared == ()
    assert (change.like_for_like_before, change.like_for_like_after) == (50, 100)


def test_a_question_no_longer_asked_because_of_a_new_profile_field_is_not_listed_as_not_compared() -> None:
    """The list is of questions asked now. It still has no part in the like-for-like scores."""
    old, new = made("old", "a", "d", fields=()), with_condition(one("a", asked_when=BY_SECTOR))
    (change,) = panel(
        [company("A", "", a="o0", d="o0")], [company("A", "lodging", a="o1", d="o1")], old=old, new=new
    ).companies
    assert change.not_compared == ()
    assert (change.like_for_like_before, change.like_for_like_after) == (0, 100), "over d alone"


def with_condition(*shared: Node | Question) -> Edition:
    """A later edition that also has the question d and the profile field `sector`."""
    found = edition(*shared, one("d"), profile=SECTORS)
    return replace(found, id="new", title="new", digest="new")


def test_evidence_counts_on_the_evidenced_basis() -> None:
    bare = AnswerSheet("A", {"sector": "travel"}, {"a": "o1", "b": "o1", "gone": "o1"})
    proven = company("A", a="o1", b="o1", gone="o1")
    (change,) = panel([bare], [proven], basis="evidenced").companies
    assert change.before == 0
    assert change.after == 100
    assert change.answers == 0
    assert change.evidence == 100


def test_grouping_by_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError, match="colour"):
        panel([company("A", a="o1")], [company("A", a="o1")], ["colour"])


def test_sheets_are_not_kept_in_memory_once_their_answers_are_coded() -> None:
    alive = [sheets_alive()]

    def passing() -> Iterator[AnswerSheet]:
        yield from (company(f"C{i}", a="o1") for i in range(20))
        alive.append(sheets_alive())

    periods = [PeriodSheets(compile_edition(OLD), passing()) for _period in ("was", "now")]
    code_periods(*periods, EditionMigrator(OLD, OLD, RULES).migrate)
    started, after_one, after_both = alive
    assert max(after_one, after_both) <= started + 1, "the last sheet that was read"


def sheets_alive() -> int:
    return sum(isinstance(thing, AnswerSheet) for thing in gc.get_objects())
