"""`compliance score` with a file of numbers, compared with straightforward pandas code: CPU, and peak memory.

Run: python -m tests.benchmarks.number_columns [COMPANIES …]   (default 10000 100000; a million takes a few minutes)
The edition has the shape of the connectivity index that is part of COINr: 49 numbers in eight groups, two halves and a
whole, with 5 % blanks, which drop out. Each runs in its own process, including imports. The tool writes a line for each
company and node, with the interval, coverage, band and rank. pandas writes only the scores, once as a column for each
node and once, like the tool, as a line for each company and node.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd

from tests.benchmarks.batch_scoring import slope

SIZES, ROUNDS = (10_000, 100_000), 3
#: Questions in each group. The first five groups are one half of the whole, the others the other half.
GROUPS, FIRST_HALF = (8, 6, 5, 6, 5, 9, 5, 5), 5
ENDS = ((0, 100), (50, 0), (0, 1000), (-20, 20))  # numbers that earn nothing and everything, in turn
BLANK = 0.05
#: How pandas writes scores: a column for each node, or a line for each company and node.
WIDE, LONG = "wide", "long"


class Number(NamedTuple):
    """A question: the numbers that earn nothing and everything, and its weight."""

    none: float
    full: float
    weight: float


QUESTIONS: Mapping[str, Mapping[str, Number]] = {
    f"g{group}": {f"g{group}.{q}": Number(*ENDS[(group + q) % len(ENDS)], 1.0 + (q % 3)) for q in range(size)}
    for group, size in enumerate(GROUPS)
}
HALVES = {"a": [f"g{group}" for group in range(FIRST_HALF)], "b": [f"g{g}" for g in range(FIRST_HALF, len(GROUPS))]}


def by_pandas(answers: str, out: str, form: str) -> None:
    """Write the scores of every node, computed the straightforward way."""
    table = pd.read_csv(answers, index_col="company")
    scores = pd.DataFrame(index=table.index)

    def mean(parts: pd.DataFrame, weights: Sequence[float]) -> pd.Series:
        return (parts * weights).sum(axis=1) / (parts.notna() * weights).sum(axis=1)

    for group, questions in QUESTIONS.items():
        shares = pd.DataFrame({q: ((table[q] - n.none) / (n.full - n.none)).clip(0, 1) for q, n in questions.items()})
        scores[group] = mean(shares, [n.weight for n in questions.values()])
    for half, groups in HALVES.items():
        scores[half] = mean(scores[groups], [1.0] * len(groups))
    scores["overall"] = mean(scores[list(HALVES)], [1.0, 1.0])
    scores *= 100
    if form == LONG:
        scores = scores.rename_axis(columns="node").stack().rename("score")
    scores.to_csv(out)


def write_edition(path: Path) -> None:
    """Write the edition as an author would."""
    lines = ["id: numbers", "title: Forty-nine numbers", "blank: drop"]
    lines += ["bands: [{id: low, from: 0, title: Low}, {id: high, from: 60, title: High}]", "parts:"]
    for half, groups in HALVES.items():
        lines += [f"  - id: {half}", f"    title: Half {half}", "    parts:"]
        for group in groups:
            lines += [
                f"      - id: {group}",
                f"        title: Group {group}",
                "        expects: Much.",
                "        parts:",
            ]
            for question, number in QUESTIONS[group].items():
                ends = f"range: [{number.none}, {number.full}]"
                lines.append(f"          - {{id: {question}, ask: How much?, {ends}, weight: {number.weight}}}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_answers(path: str, number: str) -> None:
    """Write random numbers with two decimals, some outside of the range that earns points."""
    companies = int(number)
    rng = np.random.default_rng(34)
    table = {"company": [f"Example {company}" for company in range(companies)]}
    for questions in QUESTIONS.values():
        for question, number in questions.items():
            drawn = rng.uniform(-0.1, 1.1, companies) * (number.full - number.none) + number.none
            table[question] = np.where(rng.random(companies) < BLANK, np.nan, drawn.round(2))
    pd.DataFrame(table).to_csv(path, index=False)


class Cost(NamedTuple):
    """CPU seconds and peak memory of a process."""

    seconds: float
    megabytes: float


def cost(command: Sequence[str]) -> Cost:
    """Run a command, which has to succeed, and return its CPU seconds and peak memory."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said.decode()
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)


def compare(ours: str, theirs: str) -> None:
    """Check that both files have equal scores for every company and node."""
    table = pd.read_csv(ours).pivot(index="company", columns="node", values="score")
    other = pd.read_csv(theirs, index_col="company").loc[table.index, table.columns]
    np.testing.assert_allclose(table.to_numpy(), other.to_numpy(), rtol=1e-12)


#: Steps that run in their own process, since a process inherits the peak memory of its parent.
STEPS = {"write": write_answers, "pandas": by_pandas, "compare": compare}


def step(name: str, *arguments: object) -> list[str]:
    """Return the command that runs a step."""
    return [sys.executable, "-m", "tests.benchmarks.number_columns", name, *map(str, arguments)]


def measure(companies: int) -> float:
    """Print the results for a number of companies, and return the CPU seconds of the tool."""
    with TemporaryDirectory() as folder:
        edition, answers, ours, theirs = (Path(folder) / name for name in ("numbers.yaml", "a.csv", "o.csv", "t.csv"))
        write_edition(edition)
        cost(step("write", answers, companies))
        tool = [sys.executable, "-m", "compliance", "score", str(edition), str(answers), "--out", str(ours)]
        us = min(cost(tool) for _round in range(ROUNDS))
        size = ours.stat().st_size / 1e6
        took = f"score {us.seconds:.2f} s CPU, {us.megabytes:.0f} MB; {size:.0f} MB out"
        print(f"{companies:>9,} x {sum(GROUPS)} numbers: {took}")
        for form, said in ((LONG, "a line for each company and node"), (WIDE, "a column for each node")):
            them = min(cost(step("pandas", answers, theirs, form)) for _round in range(ROUNDS))
            size = theirs.stat().st_size / 1e6
            print(
                f"  pandas, {said}: {them.seconds:.2f} s, {them.megabytes:.0f} MB; {size:.0f} MB out; "
                f"score takes {us.seconds / them.seconds:.2f} x that"
            )
        cost(step("compare", ours, theirs))
        return us.seconds


def main() -> None:
    """Measure each size, and print how time grows."""
    if sys.argv[1:] and sys.argv[1] in STEPS:
        STEPS[sys.argv[1]](*sys.argv[2:])
        return
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    times = [measure(size) for size in sizes]
    if len(sizes) > 1:
        print(f"slope over companies: {slope(sizes, times):.2f}")


if __name__ == "__main__":
    main()
