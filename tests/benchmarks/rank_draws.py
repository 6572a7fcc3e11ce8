"""Simulating ranks, compared with a copy and a sort of the same scores.

Run: python -m tests.benchmarks.rank_draws [COMPANIES]   (default 10000; 1,000 draws)
Prints ratios of CPU time within one run. Set OPENBLAS_NUM_THREADS=1, so that the cost of a matrix product does not
depend on the number of processors.
"""

import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from compliance.questionnaire.edition import Edition
from compliance.scoring.answer_columns import BLANK, FIRST_VALUE, NA, AnswerColumn
from compliance.scoring.coded_answers import CodedAnswers, route_answers
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import Scores, score_columns
from compliance.statistics.ranking import SimulationSettings, rankings, simulated_ranks_of_one
from compliance.statistics.simulation import rank_rows, simulate_scores
from compliance.statistics.uncertainty_model import UNCERTAINTY_FACTORS, DrawNumbers, FactorSelection, uncertainty_model
from tests.benchmarks.batch_scoring import POINTS, QUESTIONS, the_edition

DRAWS = 1000
ROUNDS = 8
#: Questions of a smaller edition: the cost of the product grows with the questions, the rest does not.
FEWER = 48


def random_scores(made: Edition, companies: int, *, blank: float = 0.0, na: float = 0.0) -> Scores:
    """Score random answers, one per company and question, some of them blank or N/A."""
    rng, answers = np.random.default_rng(1), {}
    for question in made.questions.values():
        codes = rng.integers(0, len(POINTS), companies) + FIRST_VALUE
        chance = rng.random(companies)
        codes[chance < blank + na] = NA
        codes[chance < blank] = BLANK
        answers[question.id] = AnswerColumn(codes.astype(np.uint8), tuple(option.id for option in question.options))
    columns = CodedAnswers(tuple(f"Example {i}" for i in range(companies)), {}, answers, {})
    compiled = compile_edition(made)
    return score_columns(compiled, columns, route_answers(made, columns))


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """Return the least CPU time of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def of_one(made: Edition, companies: int) -> None:
    """Compare the ranks of one company with a copy of all scores as float32, and with the bare matrix product."""
    moves = FactorSelection.only("weights")
    model = uncertainty_model(random_scores(made, companies), 1, moves)
    blocks, known = (
        SimulationSettings(draws=DRAWS, seed=1, factors=moves).blocks(companies),
        model.base.astype(np.float32),
    )
    weights = np.random.default_rng(1).random((DRAWS, len(known)), np.float32)
    single = weights @ known
    into = np.empty_like(single)
    copy, fresh = best_of(ROUNDS, lambda: np.copyto(into, single)), best_of(ROUNDS, single.copy)
    product = best_of(ROUNDS, lambda: np.matmul(weights, known, out=into))
    one = best_of(ROUNDS, lambda: simulated_ranks_of_one(model, 0, blocks))
    print(f"  {len(known)} questions: a copy {copy * 1e3:.1f} ms into memory at hand, {fresh * 1e3:.1f} ms into new")
    print(f"    the bare product of weights and answers {product * 1e3:.0f} ms = {product / copy:.1f} x a copy")
    print(f"    ranks of one company {one * 1e3:.0f} ms = {one / copy:.1f} x a copy, {one / fresh:.1f} x one that is")
    print(f"    new, {one / product:.1f} x the bare product")


def main() -> None:
    """Measure with drawn weights only, for one company and for all, then with all factors."""
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{DRAWS:,} draws x {companies:,} companies, weights only; a copy is of the scores as float32")
    for questions in FEWER, QUESTIONS:
        of_one(the_edition(questions), companies)

    made = the_edition()
    setting = SimulationSettings(draws=DRAWS, seed=1, factors=FactorSelection.only("weights"))
    scores, everybody = random_scores(made, companies), np.arange(companies)
    model, blocks = uncertainty_model(scores, 1, setting.factors), setting.blocks(companies)
    shares = np.concatenate([simulate_scores(model, DrawNumbers.same(block)) for block in blocks])
    single = shares.astype(np.float32)
    sort, half = best_of(2, lambda: np.sort(shares, axis=1)), best_of(2, lambda: np.sort(single, axis=1))
    draw = best_of(ROUNDS, lambda: [simulate_scores(model, DrawNumbers.same(block)) for block in blocks])
    rank = best_of(2, lambda: [rank_rows(made, shares[block]) for block in blocks])
    everything = best_of(2, lambda: rankings(scores, [everybody], setting))
    print(f"  all ranks, drawn {draw * 1e3:.0f} and ranked {rank * 1e3:.0f} ms: {(draw + rank) / sort:.1f} x the sort")
    print(f"    alone (float64 {sort * 1e3:.0f} ms), {(draw + rank) / half:.1f} x a sort in float32; ranked alone")
    print(f"    {rank / sort:.1f} x")
    print(f"  ranges and tie groups of all {everything * 1e3:.0f} ms = {everything / sort:.1f} x the sort")

    some = random_scores(made, companies, blank=0.05, na=0.05)
    whole = SimulationSettings(draws=DRAWS, seed=1)
    full = best_of(1, lambda: rankings(some, [everybody], whole))
    print(f"the same with 5 % blank and 5 % N/A, {', '.join(UNCERTAINTY_FACTORS)} drawn")
    print(f"  ranges and tie groups of all {full * 1e3:,.0f} ms = {full / everything:.1f} x weights only,")
    print(f"    {full / sort:.1f} x the sort alone")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"most memory of this program, with its matrices to compare {most:.2f} GB")


if __name__ == "__main__":
    main()
