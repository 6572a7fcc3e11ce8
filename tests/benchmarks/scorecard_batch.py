"""Scorecards of the full edition in one zip, compared with separate ones: time per scorecard, growth, and memory.

Run: python -m tests.benchmarks.scorecard_batch [scorecards]
CPU and peak memory of a process for each, including imports, without improvement plans. Answers are drawn before the
clock starts.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from random import Random
from tempfile import TemporaryFile

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.scorecard_batch import ZippedScorecard, zip_scorecards
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import ScorecardTemplate, scorecard_workbook
from tests.support.live_scorecards import with_verdicts
from tests.support.workbooks import real_sheet

EDITION, SCORECARDS, FEWER = "child-protection-2026", 40, 10  # a tenth of the scorecards is built separately


def drawn(count: int) -> Sequence[AnswerSheet]:
    """Draw answers with verdicts, each sheet of another company."""
    edition = find_edition(EDITION)
    return [with_verdicts(Random(number), edition, real_sheet(number)) for number in range(count)]


def apart(sheets: Sequence[AnswerSheet]) -> None:
    """Write scorecards one after the other, each to its own file. The edition is compiled once."""
    compiled = compile_edition(find_edition(EDITION))
    for sheet in sheets:
        with TemporaryFile() as file:
            file.write(scorecard_workbook(compiled, sheet))


def together(sheets: Sequence[AnswerSheet]) -> None:
    """Write the scorecards to one zip, piece by piece."""
    template = ScorecardTemplate(compile_edition(find_edition(EDITION)))
    contents = template.workbooks((sheet, AssessmentMetadata) for sheet in sheets)
    cards = (ZippedScorecard(s.company, EDITION, content) for s, content in zip(sheets, contents, strict=True))
    with TemporaryFile() as file:
        file.writelines(zip_scorecards(cards))


WAYS = {"apart": apart, "together": together}


def main() -> None:
    """Measure each in its own process, so that neither warms caches for the other, and print."""
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else SCORECARDS
    alone = count // FEWER
    few_apart, _memory = run("apart", alone)
    few, little = run("together", alone)
    many, much = run("together", count)
    print(f"{count} scorecards in a zip: {many:.1f} s CPU, {many / count:.2f} s each, {much:.0f} MiB")
    print(f"{alone} built apart: {few_apart:.1f} s, {few_apart / alone:.2f} s each; {many / few_apart:.1f} x")
    print(f"{alone} in a zip: {few:.1f} s, {little:.0f} MiB; {FEWER} times as many take {many / few:.1f} x")


def run(way: str, count: int) -> tuple[float, float]:
    """Measure in a new process, and return CPU seconds and peak MiB."""
    command = [sys.executable, "-m", "tests.benchmarks.scorecard_batch", way, str(count)]
    seconds, memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(memory)


def measure(way: str, count: int) -> None:
    """Print CPU seconds and peak MiB, for `run`."""
    sheets = drawn(count)
    started = time.process_time()
    WAYS[way](sheets)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.process_time() - started, peak)


if __name__ == "__main__":
    main()
