"""Questions of places: answers by place are read strictly, and counted to give one option."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answer_mapping import MappingRule, map_answers
from compliance.questionnaire.answer_parser import AnswerFault, read_answer
from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable, write_answer
from compliance.questionnaire.countries import country_need, is_high_need
from compliance.questionnaire.edition import Edition, Question
from compliance.questionnaire.edition_difference import compare_editions
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import edition_from_canonical, load_edition
from compliance.questionnaire.places import PLACES_LADDER, possible_steps
from compliance.questionnaire.routing import (
    NO,
    OPEN,
    YES,
    counted_answer,
    counted_change,
    counted_sheet,
    places_result,
    route_questions,
)
from tests.support.examples import examples
from tests.support.factories import countries, edition, one, places, when
from tests.support.paths import DATA
from tests.support.reference_arithmetic import of_places

EXAMPLE = DATA / "web_editions" / "places" / "edition.yaml"
TRAINED = places("trained")
SHORT = places("short", 0.0, 1.0, 2.0, 3.0, without=("planned", "dated"))
#: Five countries, two of them of high need: the Dominican Republic and Morocco.
FIVE = ("DOM", "ESP", "MAR", "PRT", "USA")


def test_five_countries_of_which_two_are_of_high_need() -> None:
    assert [code for code in FIVE if is_high_need(code)] == ["DOM", "MAR"]


#: Ticks among FIVE, and the resulting option. More than half of 5 is 3, more than half of 2 is 2.
WORKED = {
    "none": "none",
    "+planned": "planned",
    "MAR": "some",
    "DOM|MAR": "some",  # 2 of 5, though 2 of 2
    "MAR|PRT|ESP": "some",  # 3 of 5, but 1 of 2, which is not more than half
    "ESP|MAR|PRT|USA": "some",  # 4 of 5, but 1 of 2
    "DOM|MAR|PRT": "most",  # 3 of 5 and 2 of 2
    "DOM|MAR|PRT|USA": "most",
    "DOM|MAR|PRT|USA|+dated": "most",  # a date counts only if all are ticked
    "MAR|+planned": "some",  # and a plan only if none is ticked
    "DOM|ESP|MAR|PRT|USA": "all",
    "DOM|ESP|MAR|PRT|USA|+dated": "dated",
    "DOM|ESP|MAR|PRT|USA|+planned": "all",
    "KHM": "none",  # no longer a place of the company
    "KHM|+planned": "planned",
}


@pytest.mark.parametrize("text", WORKED)
def test_ticks_result_in_one_option(text: str) -> None:
    answer = read_answer(TRAINED, text)
    assert isinstance(answer, tuple)
    assert places_result(TRAINED, answer, FIVE).option == WORKED[text]


def test_the_result_has_the_share_of_high_need_places() -> None:
    found = places_result(TRAINED, ("ESP", "KHM", "MAR", "PRT"), FIVE)
    assert (found.option, found.share, found.high_need_share) == ("some", 3 / 5, 1 / 2)
    assert (found.ticked, found.missing, found.gone) == (("ESP", "MAR", "PRT"), ("DOM", "USA"), ("KHM",))
    assert places_result(TRAINED, ("ESP",), ("ESP", "PRT")).high_need_share is None


def test_without_high_need_places_more_than_half_of_all_is_enough() -> None:
    assert places_result(TRAINED, ("ESP", "PRT"), ("ESP", "PRT", "USA")).option == "most"


def test_with_one_place_the_result_is_none_or_all_and_with_two_never_more_than_half() -> None:
    assert possible_steps(PLACES_LADDER, 1) == ("none", "planned", "all", "dated")
    assert possible_steps(PLACES_LADDER, 2) == ("none", "planned", "some", "all", "dated")
    assert possible_steps(PLACES_LADDER, 3) == PLACES_LADDER
    assert places_result(TRAINED, ("DOM",), ("DOM",)).option == "all"


def test_a_result_without_places_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        places_result(TRAINED, ("DOM",), ())


_codes = st.sets(st.sampled_from([*FIVE, "CHL", "KHM", "DEU"]), max_size=8).map(lambda codes: tuple(sorted(codes)))
_boxes = st.sets(st.sampled_from(["+planned", "+dated"])).map(lambda boxes: tuple(sorted(boxes, reverse=True)))


@given(_codes.filter(bool), _codes, _boxes, st.booleans())
@examples(400)
def test_counting_agrees_with_simple_arithmetic_and_gives_only_possible_results(
    listed: tuple[str, ...], ticked: tuple[str, ...], boxes: tuple[str, ...], is_short: bool
) -> None:
    question = SHORT if is_short else TRAINED
    found = places_result(question, (*ticked, *boxes), listed)
    assert found.option == of_places(question, {"countries": listed}, (*ticked, *boxes))
    assert found.option in possible_steps([option.id for option in question.options], len(listed))
    assert sorted((*found.ticked, *found.missing)) == list(listed)
    assert set(found.ticked_high_need) == {c for c in found.ticked if country_need(c).need_class == "high"}


@given(_codes.filter(bool), _codes, st.sampled_from([*FIVE, "CHL"]))
@examples(200)
def test_another_tick_never_earns_less(listed: tuple[str, ...], ticked: tuple[str, ...], more: str) -> None:
    points = {option.id: option.points for option in TRAINED.options}
    before = places_result(TRAINED, ticked or ("none",), listed).option
    after = places_result(TRAINED, tuple({*ticked, more}), listed).option
    assert points[after] >= points[before]


# ── Spelling


SPELT = {
    "MAR|DOM|+dated": "DOM|MAR|+dated",
    " DOM | MAR ": "DOM|MAR",
    "+dated|DOM": "DOM|+dated",
    "DOM|DOM|+planned|+planned": "DOM|+planned",
    "none": "none",
    "none|+planned": "+planned",
    "+planned": "+planned",
    "DOM|+dated|+planned": "DOM|+planned|+dated",
}


@pytest.mark.parametrize("text", SPELT)
def test_an_answer_has_one_spelling_which_reads_back_as_itself(text: str) -> None:
    assert write_answer(read_answer(TRAINED, text)) == SPELT[text]
    assert write_answer(read_answer(TRAINED, SPELT[text])) == SPELT[text]


REFUSED = {
    "most": "'most' is worked out from the places: write those of which it is true, as in CHL|KHM",
    "DOM|all": "'all' is worked out",
    "none|DOM": "'none' excludes every place",
    "+dated": "'\\+dated' speaks of the next check of places: name the places, or delete it",
    "none|+dated": "'\\+dated' speaks of the next check",
    "Morocco": "'Morocco' is not a country: write three capital letters, MAR for Morocco",
    "DOM,MAR": "is not a country",
    "+sometime": "is not a country",
    "n/a": "every company can answer",
}


@pytest.mark.parametrize("text", REFUSED)
def test_an_invalid_answer_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(AnswerFault, match=REFUSED[text]):
        read_answer(TRAINED, text)


@pytest.mark.parametrize("box", ["+planned", "+dated"])
def test_a_tick_that_the_question_does_not_offer_is_refused(box: str) -> None:
    with pytest.raises(AnswerFault, match=f"'\\{box}' is no answer here, as the question has no option {box[1:]}"):
        read_answer(SHORT, f"DOM|{box}")


# ── The list


def counted(answers: dict[str, object]) -> object:
    return counted_answer(TRAINED, answers, answers.get("trained"))  # type: ignore[arg-type]


def test_a_blank_list_gives_a_blank_and_a_list_that_does_not_apply_excuses() -> None:
    excused = NotApplicable("We have no partners.")
    assert counted({"trained": ("DOM",)}) is None
    assert counted({"countries": excused, "trained": ("DOM",)}) == excused
    assert counted({"countries": excused}) == excused
    assert counted({"countries": ("DOM", "ESP"), "trained": ("DOM",)}) == "some"
    assert counted({"countries": ("DOM",), "trained": NotApplicable("")}) == NotApplicable("")
    assert counted({"countries": ("DOM",)}) is None
    assert counted({"countries": ("DOM",), "trained": "most"}) == "most", "a result stays the same"


MADE = edition(countries(), TRAINED, one("after", counts_when=when("trained", "most", "all", "dated")), SHORT)


def test_a_sheet_is_counted_once_and_counting_it_again_changes_nothing() -> None:
    sheet = AnswerSheet(answers={"countries": FIVE, "trained": ("DOM", "MAR", "PRT"), "short": ("none",)})
    found = counted_sheet(MADE, sheet)
    assert found.answers == {"countries": FIVE, "trained": "most", "short": "none"}
    assert counted_sheet(MADE, found) == found
    without = edition(one("q"))
    assert counted_sheet(without, sheet) is sheet


def test_an_adjusted_answer_is_counted_too_or_left_out_if_that_is_impossible() -> None:
    verdicts = {"trained": Adjusted(("DOM",)), "short": "confirmed"}
    sheet = AnswerSheet(answers={"countries": FIVE, "trained": FIVE, "short": FIVE}, verdicts=verdicts)  # type: ignore[arg-type]
    assert counted_sheet(MADE, sheet).verdicts == {"trained": Adjusted("some"), "short": "confirmed"}
    blank = AnswerSheet(answers={"trained": FIVE}, verdicts=verdicts)  # type: ignore[arg-type]
    assert counted_sheet(MADE, blank).verdicts == {"short": "confirmed"}


@pytest.mark.parametrize(("text", "counts"), [("DOM|MAR|PRT", YES), ("DOM", NO), ("", OPEN), ("none", NO)])
def test_a_condition_depends_on_the_result(text: str, counts: int) -> None:
    answers = {"countries": FIVE} | ({"trained": answer} if (answer := read_answer(TRAINED, text)) else {})
    assert route_questions(MADE, AnswerSheet(answers=answers))["after"].counts == counts


def test_a_changed_list_changes_the_result() -> None:
    sheet = AnswerSheet(answers={"countries": ("DOM",), "trained": ("DOM",), "short": ("DOM",)})
    assert counted_change(MADE, sheet, {"countries": ("DOM", "ESP")}) == {
        "countries": ("DOM", "ESP"), "trained": "some", "short": "some",
    }  # fmt: skip
    assert counted_change(MADE, sheet, {"trained": ("none",)}) == {"trained": "none"}
    assert counted_change(MADE, sheet, {"trained": None}) == {"trained": None}


# ── Editions


def test_the_example_loads_and_its_canonical_form_reads_back() -> None:
    made = load_edition(EXAMPLE)
    question = made.questions["trained"]
    assert (question.kind, question.places, question.full, question.scored) == (
        "places",
        "about.operations",
        10.0,
        True,
    )
    assert '"places": "about.operations"' in made.canonical or '"places":"about.operations"' in made.canonical
    assert edition_from_canonical(made.canonical).questions["trained"] == question


def written(folder: Path, *parts: str) -> Path:
    file = folder / "edition.yaml"
    file.write_text("id: e\nparts:\n" + "".join(f"  - {part}\n" for part in parts))
    return file


LADDER = (
    "[" + ", ".join(f"{{id: {i}, points: {p}}}" for i, p in (("none", 0), ("some", 4), ("most", 7), ("all", 10))) + "]"
)
LISTED = "{id: c, kind: countries}"
BROKEN = {
    f"{{id: q, kind: places, options: {LADDER}}}": "`kind: places` needs `places`: the id of a question",
    f"{{id: q, places: d, options: {LADDER}}}": "there is no question `d` above",
    f"{{id: q, places: later, options: {LADDER}}}": "`later` stands further down",
    f"{{id: q, places: q, options: {LADDER}}}": "`q` cannot depend on itself",
    f"{{id: q, places: t, options: {LADDER}}}": "`t` is of kind text, and a list of places is of kind countries",
    f"{{id: q, places: s, options: {LADDER}}}": "`s` is of kind one, and a list of places is of kind countries",
    f"{{id: q, kind: one, places: c, options: {LADDER}}}": "`places` belongs to `kind: places`, not to `kind: one`",
    "{id: q, kind: places, places: c}": "`kind: places` needs `options`",
    "{id: q, places: c, options: yes-no}": "`kind: places` has no option yes, no: its options are",
    "{id: q, places: c, options: [{id: none, points: 0}, {id: all, points: 1}]}": "`kind: places` lacks some, most",
    f"{{id: q, places: c, max: 5, options: {LADDER}}}": "`max` has no place under `kind: places`",
    "{id: q, kind: places, places: c, range: [0, 10]}": "`kind: places` has no `range`",
    f"{{id: q, places: c, options: {LADDER.replace('7', '3')}}}": "`most` earns less than `some` before it",
    f"{{id: q, places: c, options: {LADDER.replace('none', 'x').replace('all', 'none').replace('x', 'all')}}}": (
        "the options of `kind: places` stand in a fixed order: none, planned, some, most, all, dated"
    ),
}  # fmt: skip


@pytest.mark.parametrize("question", BROKEN)
def test_a_fault_is_reported_with_its_line_and_remedy(question: str, tmp_path: Path) -> None:
    file = written(tmp_path, LISTED, "{id: t}", "{id: s, options: yes-no}", question, "{id: later, kind: countries}")
    with pytest.raises(EditionFaults) as caught:
        load_edition(file)
    assert BROKEN[question] in str(caught.value)
    assert {fault.line for fault in caught.value.faults} == {6}


def test_a_list_that_is_scored_is_a_fault(tmp_path: Path) -> None:
    file = written(tmp_path, "{id: c, kind: countries, options: yes-no}", f"{{id: q, places: c, options: {LADDER}}}")
    with pytest.raises(EditionFaults, match="`c` is scored, and a list of places is not"):
        load_edition(file)


def test_using_another_list_counts_as_a_change_of_scores(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in "ab")
    made: list[Edition] = []
    for folder, listed in ((first, "c"), (second, "d")):
        folder.mkdir()
        question = f"{{id: q, places: {listed}, options: {LADDER}}}"
        made.append(load_edition(written(folder, LISTED, "{id: d, kind: countries}", question)))
    changes = [change for change in compare_editions(*made).changes if change.key == "places"]
    assert [(change.id, change.old, change.new) for change in changes] == [("q", "c", "d")]


def test_the_options_are_those_of_a_question_with_one_choice() -> None:
    assert isinstance(TRAINED, Question) and not TRAINED.is_multiple_choice
    assert TRAINED.option("none") is not None and TRAINED.option("none").points == 0.0  # type: ignore[union-attr]


# ── Answers to another edition


def test_answers_by_place_are_carried_over_whole_and_settle_others_by_their_result(tmp_path: Path) -> None:
    to_same = edition(countries(), TRAINED)
    other_list = edition(countries("partners"), places("trained", of="partners"))
    sheet = AnswerSheet(answers={"countries": FIVE, "trained": ("DOM", "MAR", "PRT", "+planned")})
    assert map_answers(MADE, to_same, {}, sheet).sheet.answers == sheet.answers
    left = map_answers(MADE, other_list, {}, sheet).unmapped
    assert [(one.question, one.why) for one in left] == [("countries", "gone"), ("trained", "changed")]
    settles = {"trained": MappingRule(settles={"most": {"q": "o1"}}, because="x")}
    carried = map_answers(MADE, edition(countries(), one("q")), settles, sheet)
    assert carried.sheet.answers == {"countries": FIVE, "q": "o1"}
