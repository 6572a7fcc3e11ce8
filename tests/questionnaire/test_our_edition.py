"""The edition `child-protection-2026` follows the rules for good questions that can be checked automatically."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import NOT_COUNTED, AnswerSheet
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.loader import find_edition
from compliance.questionnaire.routing import NO, predicates, route_questions
from compliance.questionnaire.translatable_texts import edition_source_texts
from tests.support.avoided_terms import AVOIDED

NEGATIVES = re.compile(r"\b(not|never|no|nobody|none|nothing|nowhere|cannot|\w+n't)\b", re.IGNORECASE)
SENTENCE_ENDS = re.compile(r"(?<=[.?!:;])[”)]*\s")
LENSES = ("gap", "prevention", "aspect", "demand", "audience", "subject", "portion")
OF_EVERYBODY = ("code", "core")  # the portions that are asked of everybody
BEYOND_THE_COMPANY = re.compile(r"\b(outside the company|outsiders?|publish\w*|public|third part\w+|experts?)\b")


def themes(edition: Edition) -> Iterator[Node]:
    """The nodes directly below the root that contain requirements."""
    return (
        part for part in edition.root.parts if isinstance(part, Node) and any(n.is_requirement for n in part.nodes())
    )


def scored(edition: Edition) -> list[Question]:
    return [question for question in edition.questions.values() if question.scored]


def graded(edition: Edition) -> list[Question]:
    return [question for question in scored(edition) if question.kind in ("one", "places")]


def of_portion(edition: Edition, *portions: str) -> list[Question]:
    return [question for question in scored(edition) if question.lenses["portion"] in portions]


def test_it_has_111_requirements_and_each_says_everything_needed_to_judge_it(edition: Edition) -> None:
    assert len(edition.requirements) == 111
    for node in edition.requirements:
        assert node.title and node.expects and node.weight_reason and node.closes, node.id
        assert node.effort in (1, 2, 3), node.id
        assert node.law, node.id


def test_a_requirement_weighs_1_2_or_3_and_a_fifth_of_it_where_only_its_text_is_asked_of_everybody(
    edition: Edition,
) -> None:
    for node in edition.requirements:
        asked_of_everybody = [q for q in node.questions() if q.scored and q.lenses["portion"] != "deeper"]
        only_text = bool(asked_of_everybody) and all(q.lenses["aspect"] == "code" for q in asked_of_everybody)
        assert node.weight in ((0.2, 0.4, 0.6) if only_text else (1, 2, 3)), node.id


def test_every_requirement_rests_on_provisions_that_exist(edition: Edition) -> None:
    known = {provision.id for instrument in edition.instruments for provision in instrument.provisions}
    assert [(node.id, law) for node in edition.requirements for law in node.law if law not in known] == []


def test_every_scored_question_has_all_lens_values(edition: Edition) -> None:
    for question in scored(edition):
        assert set(question.lenses) == set(LENSES), question.id
        assert all(question.lenses[lens] in edition.lenses[lens] for lens in LENSES), question.id


def test_every_gap_and_every_level_carries_at_least_7_requirements(edition: Edition) -> None:
    for lens in ("gap", "prevention"):
        carried = Counter(node.lenses[lens] for node in edition.requirements)
        assert all(carried[value] >= 7 for value in edition.lenses[lens]), carried


def test_every_theme_carries_at_least_7_requirements(edition: Edition) -> None:
    carried = {theme.id: sum(node.is_requirement for node in theme.nodes()) for theme in themes(edition)}
    assert len(carried) == 8
    assert min(carried.values()) >= 7, carried


def test_no_two_questions_of_a_page_have_the_same_words(edition: Edition) -> None:
    for theme in themes(edition):
        asks = Counter(question.ask for question in theme.questions())
        assert [ask for ask, times in asks.items() if times > 1] == []
    titles = Counter(node.title for node in edition.requirements)
    assert [title for title, times in titles.items() if times > 1] == []


def test_a_question_asks_one_thing_in_at_most_25_words(edition: Edition) -> None:
    for question in edition.questions.values():
        assert question.ask.count("?") == 1 and question.ask.endswith("?"), question.id
        assert len(question.ask.split()) <= 25, question.id


def test_no_question_is_phrased_negatively(edition: Edition) -> None:
    assert [q.ask for q in edition.questions.values() if NEGATIVES.search(q.ask)] == []


def test_the_options_of_a_graded_list_rise_from_nothing_to_full_marks(edition: Edition) -> None:
    for question in graded(edition):
        points = [option.points for option in question.options]
        assert points[0] == 0 and points[-1] == question.full == 10, question.id
        assert all(low < high for low, high in pairwise(points)), question.id


def test_full_marks_of_a_text_are_in_reach_and_no_general_clause_earns_more_than_a_quarter(edition: Edition) -> None:
    for question in (q for q in of_portion(edition, "code") if q.kind == "many"):
        points = {option.id: option.points for option in question.options}
        assert min(points.values()) >= 0 and question.full <= sum(points.values()), question.id
        for weak in {"general", "advice", "asked", "may", "aim"} & set(points):
            assert points[weak] <= question.full / 4, (question.id, weak)


def test_a_list_of_measures_gives_one_point_for_each(edition: Edition) -> None:
    for question in (q for q in of_portion(edition, "core", "modules", "deeper") if q.kind == "many"):
        assert {option.points for option in question.options} == {1.0}, question.id
        assert question.full == len(question.options), question.id


def test_a_plan_earns_at_most_1_of_10(edition: Edition) -> None:
    plans = [option for q in graded(edition) for option in q.options if option.id == "planned"]
    assert len(plans) > 20
    assert all(option.points <= 1 for option in plans)


def test_no_two_lines_of_a_list_read_the_same_and_none_is_longer_than_160_signs(edition: Edition) -> None:
    for question in edition.questions.values():
        texts = [option.text for option in question.options]
        assert len(set(texts)) == len(texts), question.id
        assert max((len(text) for text in texts), default=0) <= 160, question.id


def test_help_is_short_and_defines_no_word_of_an_option(edition: Edition) -> None:
    for question in edition.questions.values():
        assert len(question.help.split()) <= 60 and " = " not in question.help, question.id


def test_every_answer_is_a_whole_sentence_that_can_be_read_alone(edition: Edition) -> None:
    for question in scored(edition):
        for option in question.options:
            assert option.text.endswith(".") and option.text[0].isupper(), (question.id, option.id)
            assert not re.match("(The same|Such) ", option.text), (question.id, option.id)


def test_the_second_best_answer_of_the_core_needs_no_publication_and_nobody_from_outside(edition: Edition) -> None:
    for question in of_portion(edition, "core"):
        if question.kind == "many":
            beyond = [option.id for option in question.options if BEYOND_THE_COMPANY.search(option.text)]
            assert len(beyond) <= 1, (question.id, beyond)
        else:
            assert not BEYOND_THE_COMPANY.search(question.options[-2].text), question.id


def test_second_best_answers_outside_the_core_need_publication_only_if_it_is_the_measure_itself(
    edition: Edition,
) -> None:
    chosen = (q for q in of_portion(edition, "modules", "deeper") if q.kind == "one" and len(q.options) > 2)
    beyond = {question.id for question in chosen if BEYOND_THE_COMPANY.search(question.options[-2].text)}
    assert beyond == {"r102.practice", "r102.proof", "r105.proof"}


def test_a_text_earns_points_only_if_it_has_a_rule_on_children(edition: Edition) -> None:
    """A company that answers that the text says nothing about children earns nothing for it anywhere."""
    silent = AnswerSheet("", {"size": "250-4999"}, {"r02.text": "silent"})
    routes = route_questions(edition, silent)
    open_still = {q.id for q in of_portion(edition, "code") if routes[q.id].counts != NO}
    assert open_still == {"r02.text"}


def test_no_question_for_everybody_depends_on_an_optional_one(edition: Edition) -> None:
    for question in of_portion(edition, "code", "core", "modules"):
        requirement = edition.requirement_of(question.id)
        conditions = (question.asked_when, question.counts_when, requirement and requirement.asked_when)
        for term in (term for condition in conditions for term in predicates(condition)):
            looked_at = edition.questions.get(term.id)
            assert looked_at is None or looked_at.lenses["portion"] != "deeper", (question.id, term.id)


def test_every_critical_requirement_is_judged_by_questions_for_everybody(edition: Edition) -> None:
    for node in (node for node in edition.requirements if node.critical is not None):
        portions = {question.lenses["portion"] for question in node.questions() if question.lenses["aspect"] != "code"}
        assert (portions <= {"core", "deeper"} and "core" in portions) or node.id == "r70", node.id
    platforms = {question.lenses["portion"] for question in edition.nodes["r70"].questions()}
    assert platforms == {"modules"}, "asked of every platform, whatever its size"


def test_proof_in_the_core_counts_only_where_something_is_done(edition: Edition) -> None:
    proofs = [question for question in of_portion(edition, "core") if question.lenses["aspect"] == "proof"]
    assert len(proofs) == 8
    for question in proofs:
        (looked_at,) = {term.id for term in predicates(question.counts_when)}
        assert edition.questions[looked_at].lenses["aspect"] == "practice", question.id
        assert edition.questions[looked_at].lenses["portion"] == "core", question.id


def test_a_share_that_could_not_be_counted_is_left_open_and_never_0(edition: Edition) -> None:
    for question in (q for q in scored(edition) if q.kind == "number"):
        assert question.range == (0.0, 100.0) and question.unit == "%", question.id
        assert NOT_COUNTED in offered_words(question), question.id


def test_no_option_and_no_help_treats_unknown_as_none(edition: Edition) -> None:
    for question in edition.questions.values():
        assert not re.search(r"cannot count it|do not know (it|them|these)", question.help), question.id
        if question.scored:
            assert not [o.text for o in question.options if "we do not know" in o.text], question.id


def test_no_sentence_is_longer_than_35_words(edition: Edition) -> None:
    said = {q.id: q.help for q in edition.questions.values()}
    said |= {node.id: f"{node.expects} {node.closes} {node.weight_reason}" for node in edition.requirements}
    long = [(i, s) for i, text in said.items() for s in SENTENCE_ENDS.split(text) if len(s.split()) > 35]
    assert long == []


def test_every_option_is_worded_from_the_company_s_view(edition: Edition) -> None:
    to_company = re.compile(r"\b(you|your)\b")
    spoken_to = [(q.id, o.id) for q in scored(edition) for o in q.options if to_company.search(o.text)]
    assert spoken_to == []


def test_no_avoided_word_is_used(edition: Edition) -> None:
    said = [edition.title]
    for part in edition.root.walk():
        if isinstance(part, Node):
            said += [part.title, part.expects, part.closes, part.weight_reason]
        else:
            said += [part.ask, part.help, *(option.text for option in part.options)]
    assert [text for text in said if AVOIDED.search(text)] == []


@pytest.mark.parametrize("name", ["child-protection-2026", "child-protection-quick"])
def test_quotation_marks_and_apostrophes_are_curly_and_come_in_pairs(name: str) -> None:
    for key, text in edition_source_texts(find_edition(name)).texts.items():
        assert not re.search("[\"']", text), (key, text)
        assert re.sub("[^“”]", "", text) == "“”" * text.count("“"), (key, text)


def test_an_example_of_practice_names_its_source(edition: Edition) -> None:
    examples = [node for node in edition.requirements if re.search(r"\bExamples?:", node.closes)]
    assert len(examples) >= 7
    assert [node.id for node in examples if not re.search(r"\(ECPAT International[^()]*\)", node.closes)] == []


def test_ten_requirements_are_critical_and_no_question_of_theirs_can_be_waived(edition: Edition) -> None:
    critical = [node for node in edition.requirements if node.critical is not None]
    assert {node.id for node in critical} == {"r02", "r03", "r07", "r13", "r17", "r35", "r42", "r44", "r47", "r70"}
    assert [q.id for node in critical for q in node.questions() if q.na != "never"] == []


def test_a_question_that_can_be_waived_says_when(edition: Edition) -> None:
    waived = [question for question in edition.questions.values() if question.na != "never"]
    assert waived
    for question in waived:
        assert re.search(r"Mark this as not applicable only if .*\breasons?\b", question.help), question.id


def test_a_gate_may_depend_on_a_waivable_question_only_if_what_it_gates_is_waivable_too(
    edition: Edition,
) -> None:
    for question in edition.questions.values():
        for term in predicates(question.counts_when):
            if edition.questions[term.id].na != "never":
                assert question.na != "never", (question.id, term.id)


def test_a_gate_opened_by_an_option_is_opened_by_every_higher_one_and_never_by_a_plan(edition: Edition) -> None:
    for question in (q for q in edition.questions.values() if q.lenses.get("portion") != "code"):
        for term in predicates(question.counts_when):
            opener = edition.questions[term.id]
            points = {option.id: option.points for option in opener.options}
            lowest = min((points[value] for value in term.values), default=term.at_least)
            assert lowest is not None and lowest > 0 and "planned" not in term.values, question.id
            if opener.kind == "one":
                assert {option for option in points if points[option] >= lowest} == set(term.values), question.id


def test_a_text_is_a_fifth_of_what_everybody_is_asked_of_its_requirement(edition: Edition) -> None:
    """Text weighs 1, practice 2 and proof 2; without proof, text 1 and practice 4."""
    for node in edition.requirements:
        weights = aspect_weights(node, "code", "core", "modules")
        if "code" in weights and len(weights) > 1:
            assert weights["code"] == pytest.approx(sum(weights.values()) / 5), node.id
        if {"practice", "proof"} <= set(weights):
            assert (weights["practice"], weights["proof"]) == (2, 2), node.id


def test_optional_questions_share_no_weight_with_questions_for_everybody(edition: Edition) -> None:
    for node in edition.requirements:
        weights = aspect_weights(node, "deeper")
        if len(weights) > 1:
            assert weights == {"practice": 2, "proof": 2}, node.id


def aspect_weights(node: Node, *portions: str) -> dict[str, float]:
    weights: defaultdict[str, float] = defaultdict(float)
    for question in (q for q in node.questions() if q.scored and q.lenses["portion"] in portions):
        weights[question.lenses["aspect"]] += question.weight
    return weights
