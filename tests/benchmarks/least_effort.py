"""The improvement plan of one sheet of the full edition, compared with scoring that sheet.

Run: python -m tests.benchmarks.least_effort [COMPANIES]   (default 12 invented companies, claimed and evidenced)
Prints ratios within one run. Single times mean nothing on a busy machine.
"""

import sys
import time
from statistics import median

from compliance.commands.terminal import silence_solver
from compliance.demonstration.synthetic_companies import demo_companies, synthetic_answers
from compliance.improvement.plan import IMPROVABLE_BASES, improve
from compliance.questionnaire.loader import find_edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard

EDITION, YEAR, SEED = "child-protection-2026", 2026, 34


def main(companies: int) -> None:
    """Time every company on every basis, and print the ratios."""
    compiled = compile_edition(find_edition(EDITION))
    people = demo_companies(SEED)
    sheets = [
        synthetic_answers(compiled.edition, actor, year=YEAR, period=0, keep=1.0, seed=SEED).sheet
        for actor in people[:: max(len(people) // companies, 1)][:companies]
    ]
    make_scorecard(compiled, sheets[0])
    with silence_solver():
        improve(compiled, sheets[0])  # so that importing the solver is not timed
    scoring, improving, steps, exact, ways = [], [], [], 0, 0
    for sheet in sheets:
        for basis in IMPROVABLE_BASES:
            begun = time.process_time()
            make_scorecard(compiled, sheet, basis)
            scored = time.process_time()
            with silence_solver():
                found = improve(compiled, sheet, basis=basis)
            scoring.append(scored - begun)
            improving.append(time.process_time() - scored)
            if found.steps:
                ways, exact = ways + 1, exact + found.is_exact
                steps.append(len(found.steps))
    ratios = sorted(way / card for way, card in zip(improving, scoring, strict=True))
    print(f"{EDITION}: {len(sheets)} companies on {len(IMPROVABLE_BASES)} bases, CPU time")
    print(f"  one scorecard              {median(scoring):8.3f} s")
    print(f"  the next band              {median(improving):8.3f} s, at most {max(improving):.3f} s")
    print(f"  as a ratio to a scorecard  {median(ratios):8.1f}, at most {ratios[-1]:.1f}")
    print(f"  ways {ways}, proven least {exact}, steps {min(steps)} to {max(steps)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
