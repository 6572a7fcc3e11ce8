"""Scoring many sheets, compared with matrix products, pandas by column and a copy of the same bytes.

Run: python -m tests.benchmarks.batch_scoring [COMPANIES …]   (default 1000 10000 100000; a million takes a minute)
Prints ratios within one run, and how the time grows. Single times mean nothing on a busy machine.
"""

import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd

from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.scoring.answer_columns import BLANK, FIRST_VALUE, AnswerColumn, code_dtype
from compliance.scoring.attribution import scores_by_lens
from compliance.scoring.coded_answers import CodedAnswers
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.numeric import Floats
from compliance.scoring.score import overall_bands, score_blocks
from tests.support.factories import bands, edition, node, one

THEMES, QUESTIONS = 6, 120
OF_REQUIREMENT = 3  # questions
POINTS = (0.0, 1.0, 4.0, 7.0, 10.0)
ASPECTS = ("code", "practice", "proof")
SIZES = (1_000, 10_000, 100_000)
MORE_QUESTIONS, MORE_COMPANIES = (30, 120, 480, 1_920), 4_000
ROUNDS, SECONDS = 25, 4.0  # the most rounds, and the seconds after which no new round begins
#: Companies beyond which pandas is left out, as it is slow.
LARGEST_FOR_PANDAS = 100_000


def the_edition(questions: int = QUESTIONS, blank: str = "zero") -> Edition:
    """Return an edition of six themes, requirements of three questions weighted 1, 2 and 2, four bands and a lens."""
    requirements = [
        node(
            f"r{r}",
            *(
                one(f"q{r}.{q}", *POINTS, weight=float(min(q, 1) + 1), lenses={"aspect": ASPECTS[q]})
                for q in range(OF_REQUIREMENT)
            ),
            expects="…",
        )
        for r in range(questions // OF_REQUIREMENT)
    ]
    themes = (node(f"t{t}", *requirements[t::THEMES], weight=float(t + 1)) for t in range(THEMES))
    return edition(*themes, bands=bands(a=0, b=25, c=50, d=75), lenses={"aspect": ASPECTS}, blank=blank)


def random_columns(made: Edition, companies: int) -> CodedAnswers:
    """Draw a code for each company and question: 5 % blanks, the rest options."""
    rng = np.random.default_rng(1)
    options = tuple(option.id for option in next(iter(made.questions.values())).options)
    answers = {}
    for question in made.questions:
        column = rng.integers(0, len(POINTS), companies) + FIRST_VALUE
        codes = np.where(rng.random(companies) < 0.05, BLANK, column).astype(code_dtype(len(options)))
        answers[question] = AnswerColumn(codes, options, has_na=False)
    return CodedAnswers(("",) * companies, {}, answers, {})


def every_node(compiled: CompiledEdition, columns: CodedAnswers) -> Floats:
    """Return the scores of every node, a row each. Worst, best and coverage are computed with them."""
    found = np.empty((len(compiled.edition.nodes), len(columns.companies)))
    for where, scores in score_blocks(compiled, columns):
        for row, part in enumerate(compiled.edition.nodes):
            found[row, where] = scores.results[part].score
    return found


def everything(compiled: CompiledEdition, columns: CodedAnswers) -> None:
    """Compute intervals, coverage, lenses and bands as well, for every block."""
    for _where, scores in score_blocks(compiled, columns):
        for part in compiled.edition.nodes:
            _ = scores.results[part].value
        scores_by_lens(scores)
        overall_bands(scores)


def by_pandas(made: Edition, answers: pd.DataFrame, blank: float = 0.0) -> pd.Series:
    """Return the overall score alone, the straightforward way: columns mapped to shares, then weighted means."""
    shares = {question: answers[question].map(dict(enumerate(POINTS))).fillna(blank * 10) / 10 for question in answers}
    return upwards(made, shares)


def all_four_by_pandas(made: Edition, answers: pd.DataFrame) -> list[pd.Series]:
    """Return the overall score, worst, best and coverage, as the engine computes them for every node."""
    covered = {question: answers[question].notna().astype(float) for question in answers}
    return [*(by_pandas(made, answers, blank) for blank in (0.0, 0.0, 1.0)), upwards(made, covered)]


def weights_by_node(made: Edition) -> Floats:
    """Return the effective weight of each question in each node, as an array (questions, nodes)."""
    weights = np.zeros((len(made.questions), len(made.nodes)))
    rows = {question: row for row, question in enumerate(made.questions)}

    def weigh(part: Node | Question, share: float, column: int) -> None:
        if isinstance(part, Question):
            weights[rows[part.id], column] = share
            return
        total = sum(below.weight for below in part.parts)
        for below in part.parts:
            weigh(below, share * below.weight / total, column)

    for column, part in enumerate(made.nodes.values()):
        weigh(part, 1.0, column)
    return weights


def by_matrix(columns: CodedAnswers, weights: Floats) -> list[Floats]:
    """Return score, best and coverage of every node by matrix products. Blanks earn nothing, so worst is the score."""
    codes = np.stack([column.codes for column in columns.answers.values()], axis=1)
    earned = np.array([0.0, 0.0, *(p / POINTS[-1] for p in POINTS)])[codes]
    is_blank = codes == BLANK
    return [earned @ weights, (earned + is_blank) @ weights, (~is_blank).astype(float) @ weights]


def upwards(made: Edition, shares: dict[str, pd.Series]) -> pd.Series:
    """Return the overall score as weighted means from the questions upwards."""
    values = dict(shares)
    for part in reversed(list(made.nodes.values())):
        values[part.id] = sum(values[p.id] * p.weight for p in part.parts) / sum(p.weight for p in part.parts)
    return values[OVERALL]


def best_of(work: Callable[[], object]) -> float:
    """Return the least CPU time of some rounds, in seconds."""
    times: list[float] = []
    while len(times) < ROUNDS and sum(times) < SECONDS:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def peak_bytes(work: Callable[[], object]) -> int:
    """Return the peak of allocated memory in bytes, without what was allocated before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def slope(sizes: Sequence[int], times: Sequence[float]) -> float:
    """Return the log-log slope of time over size. 1 means proportional."""
    x, y = np.log(sizes), np.log(times)
    return float(np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2))


def measure(companies: int) -> float:
    """Print the ratios for a number of companies, and return the seconds for every node."""
    compiled = compile_edition(the_edition())
    columns = random_columns(compiled.edition, companies)
    floats = np.stack([c.codes for c in columns.answers.values()], axis=1).astype(np.float64)
    copy = best_of(floats.copy)
    nodes, whole = (best_of(partial(work, compiled, columns)) for work in (every_node, everything))
    dropping = compile_edition(the_edition(blank="drop"))
    off, off_whole = (best_of(partial(work, dropping, columns)) for work in (every_node, everything))
    most, most_of_all = (peak_bytes(partial(work, compiled, columns)) for work in (every_node, everything))
    print(
        f"{companies:>9,} sheets x {QUESTIONS} questions, 5 % blank; a copy of their float64 bytes {copy * 1e3:.2f} ms"
    )
    print(f"  every node {nodes * 1e3:9.1f} ms = {nodes / copy:5.1f} x the copy; blanks dropped {off / copy:5.1f} x")
    print(
        f"  with intervals, lenses, coverage, bands {whole / nodes:.1f} x that; blanks dropped {off_whole / off:.1f} x"
    )
    print(f"  most memory at once {most / floats.nbytes:.2f} x those bytes; of all {most_of_all / floats.nbytes:.2f} x")
    weights = weights_by_node(compiled.edition)
    np.testing.assert_allclose(every_node(compiled, columns), by_matrix(columns, weights)[0].T, atol=1e-12)
    print(f"  NumPy, three matrix products: {best_of(partial(by_matrix, columns, weights)) / nodes:.1f} x every node")
    if companies <= LARGEST_FOR_PANDAS:
        against_pandas(compiled, columns, nodes)
    return nodes


def against_pandas(compiled: CompiledEdition, columns: CodedAnswers, nodes: float) -> None:
    """Check that pandas computes equal scores, and print its times."""
    shares = {q: np.where(c.codes == BLANK, np.nan, c.codes - float(FIRST_VALUE)) for q, c in columns.answers.items()}
    answers = pd.DataFrame(shares)
    np.testing.assert_allclose(
        every_node(compiled, columns)[0], by_pandas(compiled.edition, answers).to_numpy(), atol=1e-12
    )
    alone, four = (best_of(partial(work, compiled.edition, answers)) for work in (by_pandas, all_four_by_pandas))
    print(f"  pandas by column, score, worst, best and coverage as we have them: {four / nodes:.1f} x every node")
    print(f"  pandas by column, the score alone: {alone / nodes:.1f} x every node")


def main() -> None:
    """Print the ratios and the slopes, checking on the way that results agree."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    times = [measure(size) for size in sizes]
    if len(sizes) > 1:
        print(f"slope over companies, {min(sizes):,} to {max(sizes):,}: {slope(sizes, times):.2f}")
    times = []
    for questions in MORE_QUESTIONS:
        compiled = compile_edition(the_edition(questions))
        times.append(best_of(partial(every_node, compiled, random_columns(compiled.edition, MORE_COMPANIES))))
    print(f"slope over questions, {MORE_QUESTIONS[0]} to {MORE_QUESTIONS[-1]:,}: {slope(MORE_QUESTIONS, times):.2f}")


if __name__ == "__main__":
    main()
