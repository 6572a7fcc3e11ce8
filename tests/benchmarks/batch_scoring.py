"""How long the engine takes for many sheets, against plain pandas by column and a copy of the same bytes.

Run: python -m tests.benchmarks.batch_scoring [COMPANIES …]   (default 1000 10000 100000)
Prints ratios within one run, and how the time grows; single times mean nothing on a noisy machine.
"""

import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.bands import overall_bands
from compliance.scoring.columns import BLANK, FIRST_VALUE, Column, Columns, codes_for
from compliance.scoring.lenses import lens_groups
from compliance.scoring.plan import Plan, compile_edition
from compliance.scoring.score import score_blocks
from compliance.scoring.types import Floats
from tests.factories import bands, edition, node, one

THEMES, REQUIREMENTS, QUESTIONS = 6, 40, 3  # 120 questions
POINTS = (0.0, 1.0, 4.0, 7.0, 10.0)
ASPECTS = ("code", "practice", "proof")
ROUNDS = 7
#: pandas is the slow one: beyond this it is left out.
LARGEST_FOR_PANDAS = 100_000


def the_edition() -> Edition:
    """Six themes with forty requirements of three questions, weighted 1-2-2; four bands and a lens."""
    requirements = [
        node(
            f"r{r}",
            *(
                one(f"q{r}.{q}", *POINTS, weight=float(min(q, 1) + 1), lenses={"aspect": ASPECTS[q]})
                for q in range(QUESTIONS)
            ),
            expects="…",
        )
        for r in range(REQUIREMENTS)
    ]
    themes = (node(f"t{t}", *requirements[t::THEMES], weight=float(t + 1)) for t in range(THEMES))
    return edition(*themes, bands=bands(a=0, b=25, c=50, d=75), lenses={"aspect": ASPECTS})


def random_columns(made: Edition, companies: int) -> Columns:
    """One code per company and question: 5 % blank, the rest an option."""
    rng = np.random.default_rng(1)
    options = tuple(option.id for option in next(iter(made.questions.values())).options)
    answers = {}
    for question in made.questions:
        column = rng.integers(0, len(POINTS), companies) + FIRST_VALUE
        codes = np.where(rng.random(companies) < 0.05, BLANK, column).astype(codes_for(len(options)))
        answers[question] = Column(codes, options)
    return Columns(("",) * companies, {}, answers, {})


def every_node(plan: Plan, columns: Columns) -> Floats:
    """The score of every node, a row each."""
    found = np.empty((len(plan.edition.nodes), len(columns.companies)))
    for where, scores in score_blocks(plan, columns, nodes_only=True):
        for row, part in enumerate(plan.edition.nodes):
            found[row, where] = scores.results[part].score
    return found


def everything(plan: Plan, columns: Columns) -> None:
    """Intervals, coverage, lenses and bands beside, of every block."""
    for _where, scores in score_blocks(plan, columns):
        lens_groups(scores)
        overall_bands(scores)


def by_pandas(made: Edition, answers: pd.DataFrame) -> pd.Series:
    """The overall score alone, the straightforward way: map every column to shares, weighted means upwards."""
    shares = {question: answers[question].map(dict(enumerate(POINTS))).fillna(0.0) / 10 for question in answers}

    def mean(part_ids: list[str], weights: list[float], values: dict[str, pd.Series]) -> pd.Series:
        return sum(values[p] * w for p, w in zip(part_ids, weights, strict=True)) / sum(weights)

    values: dict[str, pd.Series] = dict(shares)
    for part in reversed(list(made.nodes.values())):
        values[part.id] = mean([p.id for p in part.parts], [p.weight for p in part.parts], values)
    return values[OVERALL]


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """The fastest of some rounds, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def peak_bytes(work: Callable[[], object]) -> int:
    """The most memory that was held at once beyond what was there before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def measure(plan: Plan, companies: int) -> float:
    """Print the ratios for so many companies; the time of every node, in seconds."""
    made, columns = plan.edition, random_columns(plan.edition, companies)
    floats = np.stack([c.codes for c in columns.answers.values()], axis=1).astype(np.float64)
    rounds = ROUNDS if companies <= LARGEST_FOR_PANDAS else 2
    nodes = best_of(rounds, lambda: every_node(plan, columns))
    whole = best_of(rounds, lambda: everything(plan, columns))
    copy = best_of(rounds, floats.copy)
    print(f"{companies:>9,} sheets x {len(made.questions)} questions, 5 % blank; fastest of {rounds} rounds")
    print(f"  every node {nodes * 1e3:9.1f} ms = {nodes / copy:5.1f} x a copy of the same float64 bytes")
    print(f"  with intervals, lenses, coverage, bands {whole * 1e3:9.1f} ms = {whole / nodes:.1f} x that")
    print(f"  most memory at once {peak_bytes(lambda: every_node(plan, columns)) / floats.nbytes:.2f} x those bytes")
    if companies <= LARGEST_FOR_PANDAS:
        answers = pd.DataFrame(
            {
                q: np.where(c.codes == BLANK, np.nan, c.codes.astype(float) - FIRST_VALUE)
                for q, c in columns.answers.items()
            }
        )
        np.testing.assert_allclose(every_node(plan, columns)[0], by_pandas(made, answers).to_numpy(), atol=1e-12)
        pandas = best_of(rounds, lambda: by_pandas(made, answers))
        print(f"  pandas by column, the whole alone {pandas * 1e3:9.1f} ms = {pandas / nodes:.1f} x every node")
    return nodes


def main() -> None:
    """Check that both agree, then print the ratios and the slope."""
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    plan = compile_edition(the_edition())
    times = [measure(plan, size) for size in sizes]
    for (small, before), (large, after) in pairwise(zip(sizes, times, strict=True)):
        print(f"{small:,} to {large:,}: {large / small:.0f} x the sheets, {after / before:.1f} x the time")


if __name__ == "__main__":
    main()
