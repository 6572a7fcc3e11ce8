"""Properties of scores that hold for every edition and every sheet."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.questionnaire.routing import predicates, route_questions
from compliance.scoring.attribution import effective_weights, losses, scores_by_lens
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import BEST, SCORE, WORST
from compliance.scoring.question_outcomes import best_answer
from compliance.scoring.score import Scores, score
from compliance.scoring.scorecard import find_gaps
from compliance.scoring.serialisation import score_rows
from tests.support.examples import examples
from tests.support.random_editions import completed, random_edition, random_sheet
from tests.support.reference_arithmetic import evaluate

randoms = st.randoms(use_true_random=False)


def scored(edition: Edition, *sheets: AnswerSheet, basis: str = "claimed") -> Scores:
    return score(compile_edition(edition), sheets, basis)


def same(got: float, wanted: float | None) -> bool:
    return np.isnan(got) if wanted is None else abs(got - wanted) <= 1e-12


@given(randoms)
@examples(400)
def test_the_engine_gives_the_same_results_as_a_second_implementation(rng: Random) -> None:
    edition = random_edition(rng)
    sheet = random_sheet(rng, edition)
    scores, expected = scored(edition, sheet), evaluate(edition, sheet)
    assert set(scores.results) == set(expected)
    for part, (now, worst, best, coverage) in expected.items():
        result = scores.results[part]
        for got, wanted in (
            (result.score[0], now),
            (result.worst[0], worst),
            (result.best[0], best),
            (result.coverage[0], coverage),
        ):
            assert same(got, wanted), (part, got, wanted)


@given(randoms)
@examples(100)
def test_pages_and_engine_agree_on_what_is_asked(rng: Random) -> None:
    edition = random_edition(rng)
    sheet = random_sheet(rng, edition)
    scores, routes = scored(edition, sheet), route_questions(edition, sheet)
    for question, here in routes.items():
        assert (here.asked, here.counts) == (
            scores.routes.asked[question][0],
            scores.routes.counts[question][0],
        )


@given(randoms)
@examples(60)
def test_a_batch_equals_single_companies_bit_for_bit(rng: Random) -> None:
    edition = random_edition(rng)
    sheets = [random_sheet(rng, edition) for _ in range(9)]
    together = scored(edition, *sheets)
    for i, sheet in enumerate(sheets):
        alone = scored(edition, sheet)
        for part, result in together.results.items():
            np.testing.assert_array_equal(result.value[:, i], alone.results[part].value[:, 0])
            np.testing.assert_array_equal(result.coverage[i], alone.results[part].coverage[0])


@given(randoms, st.sampled_from(["claimed", "evidenced"]))
@examples(200)
def test_the_losses_of_the_questions_add_up_to_what_the_score_lacks(rng: Random, basis: str) -> None:
    edition = random_edition(rng)
    scores = scored(edition, *[random_sheet(rng, edition) for _ in range(4)], basis=basis)
    lost = losses(scores)
    whole = scores.overall.value[SCORE]
    total = sum(lost[q.id] for q in edition.questions.values() if q.scored)
    np.testing.assert_allclose(np.where(np.isnan(whole), 0.0, total - (1 - whole)), 0.0, atol=1e-12)


@given(randoms)
@examples(200)
def test_effective_weights_sum_to_one(rng: Random) -> None:
    edition = random_edition(rng)
    scores = scored(edition, *[random_sheet(rng, edition) for _ in range(4)])
    weights = effective_weights(scores)
    total = sum(weights[q.id] for q in edition.questions.values() if q.scored and not q.only_deducts)
    np.testing.assert_allclose(np.where(np.isnan(scores.overall.value), 1.0, total), 1.0, atol=1e-12)


@given(randoms)
@examples(100)
def test_lens_scores_by_their_weight_add_up_to_the_whole_of_a_mean_or_sum_tree(rng: Random) -> None:
    edition = random_edition(rng, rules=("mean", "sum"), limits=False)
    scores = scored(edition, random_sheet(rng, edition))
    groups = scores_by_lens(scores)["gap"]
    total = sum(np.where(g.weight > 0, g.weight * g.value[SCORE], 0.0) for g in groups.values())
    lost = losses(scores)
    for question in edition.questions.values():  # a lens value without points to earn has no score to deduct from
        if question.only_deducts:
            total = total - np.where(groups[question.lenses["gap"]].weight > 0, 0.0, lost[question.id])
    whole = scores.overall.value[SCORE]
    np.testing.assert_allclose(np.where(np.isnan(whole), 0.0, total - whole), 0.0, atol=1e-12)


@given(randoms)
@examples(400)
def test_every_way_of_answering_the_blanks_and_of_refusing_na_stays_inside_the_interval(rng: Random) -> None:
    edition = random_edition(rng, blank="zero", negative=False)
    sheet = random_sheet(rng, edition)
    before = scored(edition, sheet).results
    answers = {
        q: replace(a, reason=rng.choice(["", "none"])) if isinstance(a, NotApplicable) else a
        for q, a in completed(rng, edition, sheet).answers.items()
    }
    after_sheet = replace(completed(rng, edition, sheet), answers=answers, evidenced=frozenset(answers))
    after = scored(edition, after_sheet, basis="evidenced").overall.value[SCORE, 0]
    whole = before["overall"]
    if not np.isnan(after):
        assert whole.worst[0] - 1e-12 <= after
        assert np.isnan(whole.best[0]) or after <= whole.best[0] + 1e-12


@given(randoms)
@examples(200)
def test_worst_is_at_most_the_score_and_best_at_least(rng: Random) -> None:
    edition = random_edition(rng)
    for basis in ("claimed", "evidenced"):
        for part in scored(edition, random_sheet(rng, edition), basis=basis).results.values():
            now, worst, best = part.value[:, 0]
            assert np.isnan(now) or (worst <= now <= best)


@given(randoms)
@examples(200)
def test_evidenced_is_never_above_claimed(rng: Random) -> None:
    edition = random_edition(rng, negative=False)
    sheet = random_sheet(rng, edition)
    claimed, evidenced = scored(edition, sheet), scored(edition, sheet, basis="evidenced")
    for part, result in claimed.results.items():
        now, shown = result.value[SCORE, 0], evidenced.results[part].value[SCORE, 0]
        if not np.isnan(now):
            assert shown <= now + 1e-12


@given(randoms)
@examples(200)
def test_raising_an_answer_never_lowers_a_score_unless_a_condition_depends_on_it(rng: Random) -> None:
    edition = random_edition(rng)
    steering = {
        term.id
        for part in edition.root.walk()
        for condition in (part.asked_when, getattr(part, "counts_when", None))
        for term in predicates(condition)
    }
    sheet = random_sheet(rng, edition)
    given = [q for q, answer in sheet.answers.items() if not isinstance(answer, NotApplicable)]
    free = [q for q in given if q not in steering and edition.questions[q].scored]
    if not free:
        return
    question = rng.choice(free)
    raised = replace(sheet, answers={**sheet.answers, question: best_answer(edition.questions[question])})
    before, after = scored(edition, sheet), scored(edition, raised)
    for part, result in before.results.items():
        for row in (SCORE, WORST, BEST):
            low, high = result.value[row, 0], after.results[part].value[row, 0]
            assert np.isnan(low) or high >= low - 1e-12


@given(randoms)
@examples(100)
def test_scaling_all_weights_of_siblings_changes_no_score(rng: Random) -> None:
    edition = random_edition(rng)
    sheet = random_sheet(rng, edition)

    def heavier(part: Node | Question) -> Node | Question:
        if isinstance(part, Question):
            return part
        factor = 1.0 if part.combine == "sum" else rng.choice([2.0, 0.1, 3.7])
        scaled = [replace(p, weight=p.weight * factor) for p in map(heavier, part.parts)]
        return replace(part, parts=tuple(scaled))

    root = heavier(edition.root)
    assert isinstance(root, Node)
    before, after = scored(edition, sheet), scored(replace(edition, root=root), sheet)
    for part, result in before.results.items():
        np.testing.assert_allclose(after.results[part].value, result.value, atol=1e-12)


@given(randoms)
@examples(60)
def test_the_order_of_companies_changes_no_score_and_no_rank(rng: Random) -> None:
    edition = random_edition(rng)
    sheets = [replace(random_sheet(rng, edition), company=f"Example {i}") for i in range(6)]
    forwards = {(row.company, row.node): row for row in score_rows(scored(edition, *sheets))}
    backwards = {(row.company, row.node): row for row in score_rows(scored(edition, *reversed(sheets)))}
    assert forwards == backwards


def shuffled(rng: Random, part: Node | Question) -> Node | Question:
    """Return the part with everything below it in random order, and without conditions."""
    if isinstance(part, Question):
        return replace(part, asked_when=None, counts_when=None)
    parts = [shuffled(rng, below) for below in part.parts]
    return replace(part, asked_when=None, parts=tuple(rng.sample(parts, len(parts))))


@given(randoms)
@examples(100)
def test_the_order_of_questions_changes_no_score(rng: Random) -> None:
    """Conditions are removed, as they refer to earlier questions, for which the order matters."""
    made = random_edition(rng)
    sheet = random_sheet(rng, made)
    plain = replace(made, root=shuffled(Random(0), made.root))
    another = replace(plain, root=shuffled(rng, plain.root))
    here, there = scored(plain, sheet), scored(another, sheet)
    assert set(here.results) == set(there.results)
    for part, result in here.results.items():
        np.testing.assert_allclose(result.value, there.results[part].value, atol=1e-12)
        np.testing.assert_allclose(result.coverage, there.results[part].coverage, atol=1e-12)


@given(randoms)
@examples(100)
def test_in_a_mean_tree_without_conditions_or_floors_gain_equals_loss(rng: Random) -> None:
    edition = random_edition(rng, rules=("mean",), blank="zero", limits=False)

    def unconditional(part: Node | Question) -> Node | Question:
        if isinstance(part, Question):
            return replace(part, asked_when=None, counts_when=None)
        return replace(part, asked_when=None, min_coverage=None, parts=tuple(map(unconditional, part.parts)))

    root = unconditional(edition.root)
    assert isinstance(root, Node)
    free = replace(edition, root=root)
    sheet = random_sheet(rng, free)
    for gap in find_gaps(scored(free, sheet)):
        assert gap.gain == pytest.approx(gap.loss, abs=1e-9)
