"""Attacks on many small worlds of two periods, published by the rules of disclosure control and naively.

Run: python -m tests.benchmarks.disclosure_sweep [WORLDS] [SEED]   (default 40 1)
Too slow for the tests: a world takes the solver about a second. By the rules, no company's score may be disclosed, and
the script exits with 1 if one is.
"""

import json
import sys
from typing import Literal

import numpy as np

from compliance.disclosure.snapshot import snapshot_to_json
from tests.support.closed_worlds import worlds as closed_worlds
from tests.support.count_attacks import with_every_total, worked_out_counts
from tests.support.outsider import APART, Publication, groups, is_open, is_worked_out
from tests.support.two_periods import Panel, Part, published, published_naively

SECTORS, REGIONS, SIZES = ("hotels",) * 5 + ("foods",), ("Europe",) * 4 + ("Asia",), ("small",) * 4 + ("large",)


def world(rng: np.random.Generator) -> Panel:
    """Draw ten to sixteen companies, close together or far apart, some named. A few join, leave or move."""
    made: dict[str, tuple[Part | None, Part | None]] = {}
    middle, wide = float(rng.uniform(25, 75)), float(rng.choice([2.0, 12.0, 30.0]))
    for i in range(int(rng.integers(10, 17))):
        score = float(np.clip(rng.normal(middle, wide), 0, 100).round(1))
        consent: Literal["counted", "named"] = "named" if rng.random() < 0.15 else "counted"
        part = Part(score, str(rng.choice(SECTORS)), str(rng.choice(REGIONS)), str(rng.choice(SIZES)), consent)
        moved = Part(score, part.sector, str(rng.choice(REGIONS)), part.size, consent)
        luck = rng.random()
        periods = {0: (part, None), 1: (None, part), 2: (part, moved)}.get(int(luck * 20), (part, part))
        made[f"{i:02}"] = periods
    return made


def gives_somebody_away(publications: list[Publication]) -> bool:
    """Tell whether a score is bounded to less than a tenth of the scale, trying one of indistinguishable companies."""
    return any(is_worked_out(publications, alike[0]) for alike in groups(publications))


def shows(publications: list[Publication]) -> bool:
    """Tell whether the second period shows any figure."""
    return any(isinstance(g["participation"]["scored"], int) for g in publications[1].content["sectors"])


def counts_given_away(worlds: int, seed: int) -> tuple[int, int]:
    """Count suppressed counts of requirements and provisions by sector that follow from other counts and totals.

    Closes as many worlds of three sectors. Returns the counts disclosed by the rules, and the number of worlds in which
    some would be disclosed if no total were withheld.
    """
    by_the_rules = naively = 0
    for world in closed_worlds(worlds, seed):
        content = json.loads(snapshot_to_json(world.snapshot))
        shares = [(g.sector, s.id) for g in world.snapshot.sectors for s in (*g.requirements, *g.provisions)]
        by_the_rules += len(worked_out_counts(content))
        naively += bool(worked_out_counts(with_every_total(content, {one: world.meeting(*one) for one in shares})))
    return by_the_rules, naively


def main(worlds: int, seed: int) -> int:
    """Attack worlds, print the results, and return the number of disclosed scores and counts."""
    rng = np.random.default_rng(seed)
    attacked = shown = closed = naive = 0
    for number in range(worlds):
        panel = world(rng)
        publications = published(panel)
        shown += shows(publications)
        for alike in groups(publications):
            attacked += 1
            if not is_open(publications, alike[0]):
                closed += 1
                print(f"world {number}: {alike[0]} is known to less than {APART:g} points", flush=True)
        naive += gives_somebody_away(published_naively(panel))
    print(
        f"{worlds} worlds, {shown} of them with figures in the second period: {attacked} groups attacked, "
        f"{closed} worked out. Shown naively, {naive} worlds give somebody away."
    )
    counts, naive_counts = counts_given_away(worlds, seed)
    print(
        f"{worlds} closings of three sectors: {counts} suppressed counts follow from requirements by sector. "
        f"With every total shown, {naive_counts} closings give some away."
    )
    return closed + counts


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(1 if main(*(arguments + [40, 1][len(arguments) :])) else 0)
