"""Scoring and explaining one sheet of the full edition, compared with the save that triggers scoring.

Run: python -m tests.benchmarks.one_sheet
Times are CPU, the least of some rounds. The save is the request of `page_and_save`: ten answers, signed in, SQLite.
"""

import tempfile
from pathlib import Path
from random import Random

from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from compliance.scoring.worked_example import explain
from compliance.web.serving import freeze_garbage_collector
from tests.benchmarks.page_and_save import alternating, least, prepared
from tests.support.random_editions import random_sheet

EDITION = "child-protection-2026"


def main() -> None:
    """Measure and print."""
    compiled = compile_edition(find_edition(EDITION))
    about = {name: field.values[0] for name, field in compiled.edition.profile.items()}
    sheet = random_sheet(Random(34), compiled.edition, about=about)
    with tempfile.TemporaryDirectory() as folder:
        site, number = prepared(Path(folder))
        freeze_garbage_collector()  # as `compliance serve` does before its first page
        save = least(alternating(site.client("ana"), f"/assessments/{number}/theme"))
        site.close()
    scoring, explaining = least(lambda: score(compiled, [sheet])), least(lambda: explain(compiled, sheet))
    print(f"{EDITION}, {len(compiled.edition.questions)} questions, {len(sheet.answers)} answered; CPU")
    print(f"saving ten answers {save * 1e3:.2f} ms; scoring the sheet {scoring * 1e3:.2f} ms = {scoring / save:.2f} x")
    print(f"explaining the whole of it {explaining * 1e3:.2f} ms = {explaining / save:.2f} x the save")


if __name__ == "__main__":
    main()
