"""How long the engine takes for many sheets, against plain pandas by column and a copy of the same bytes.

Run: python -m tests.benchmarks.batch_scoring [COMPANIES]   (default 10000)
Prints ratios within one run; single times mean nothing on a noisy machine.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.columns import BLANK, FIRST_VALUE, Column, Columns
from compliance.scoring.plan import compile_edition
from compliance.scoring.routes import routes_of
from compliance.scoring.score import Scores, score_columns
from tests.factories import edition, node, one

THEMES, REQUIREMENTS, QUESTIONS = 6, 40, 3  # 120 questions
POINTS = (0.0, 1.0, 4.0, 7.0, 10.0)
ROUNDS = 7


def the_edition() -> Edition:
    """Six themes with forty requirements of three questions, weighted 1-2-2."""
    requirements = [
        node(f"r{r}", *(one(f"q{r}.{q}", *POINTS, weight=float(min(q, 1) + 1)) for q in range(QUESTIONS)), expects="…")
        for r in range(REQUIREMENTS)
    ]
    return edition(*(node(f"t{t}", *requirements[t::THEMES], weight=float(t + 1)) for t in range(THEMES)))


def random_codes(made: Edition, companies: int) -> dict[str, np.ndarray]:
    """One code per company and question: 5 % blank, the rest an option."""
    rng = np.random.default_rng(1)
    codes = {}
    for question in made.questions:
        column = rng.integers(0, len(POINTS), companies) + FIRST_VALUE
        codes[question] = np.where(rng.random(companies) < 0.05, BLANK, column)
    return codes


def by_engine(made: Edition, codes: dict[str, np.ndarray]) -> Scores:
    """Score, worst, best and coverage of every node."""
    options = tuple(option.id for option in next(iter(made.questions.values())).options)
    companies = len(next(iter(codes.values())))
    columns = Columns(("",) * companies, {}, {q: Column(c, options) for q, c in codes.items()}, {})
    return score_columns(compile_edition(made), columns, routes_of(made, columns))


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


def main() -> None:
    """Check that both agree, then print the ratios."""
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    made = the_edition()
    codes = random_codes(made, companies)
    answers = pd.DataFrame({q: np.where(c == BLANK, np.nan, c - FIRST_VALUE) for q, c in codes.items()})
    floats = answers.to_numpy()
    np.testing.assert_allclose(by_engine(made, codes).overall.score, by_pandas(made, answers).to_numpy(), atol=1e-12)
    engine = best_of(ROUNDS, lambda: by_engine(made, codes))
    pandas = best_of(ROUNDS, lambda: by_pandas(made, answers))
    copy = best_of(ROUNDS, floats.copy)
    print(f"{companies} sheets x {len(made.questions)} questions, 5 % blank; fastest of {ROUNDS} rounds")
    print(f"engine (score, worst, best, coverage, routes of every node) {engine * 1e3:9.2f} ms")
    print(f"pandas by column (score alone)                              {pandas * 1e3:9.2f} ms")
    print(f"copy of the same float64 bytes                              {copy * 1e3:9.2f} ms")
    print(f"engine / pandas {engine / pandas:.2f}   engine / copy {engine / copy:.1f}")


if __name__ == "__main__":
    main()
