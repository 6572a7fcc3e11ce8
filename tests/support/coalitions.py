"""Sectors in which companies collude against the others, by choosing their own scores."""

from dataclasses import replace

import numpy as np

from tests.support.two_periods import Panel, Part

SECTOR = "hotels"


def coalition_size(companies: int) -> int:
    """Return how many members may collude without bounding another company's score within a tenth of the scale."""
    return min(companies - 2, max(3, companies // 2))


def attacked_sector(rng: np.random.Generator) -> tuple[Panel, tuple[str, ...]]:
    """Draw a sector of 5 to 14 companies whose honest ones have similar scores. Return it and the colluding companies.

    The colluding companies put themselves below and above the honest ones so that the published order statistics are
    scores of honest companies: in a small group, the highest as claimed and the lowest on evidence. In a third of the
    sectors an honest company joins in the second period, and in a third one leaves. Regions and sizes are drawn.
    """
    companies = int(rng.integers(5, 15))
    size = coalition_size(companies)
    honest = companies - size
    middle, wide = float(rng.uniform(20, 80)), float(rng.uniform(0.5, 3))
    made: dict[str, tuple[Part | None, Part | None]] = {}
    for i in range(honest):
        claimed = float(np.clip(rng.normal(middle, wide), 0, 100).round(1))
        shown = float(np.clip(claimed - rng.uniform(0, 4), 0, 100).round(1))
        part = _part(rng, claimed, shown)
        comes, goes = i == 0 and rng.random() < 1 / 3, i == 1 and rng.random() < 1 / 3
        made[f"honest {i}"] = (None if comes else part, None if goes else part)
    below_claimed = size // 2 if companies >= 10 else max(0, (companies + 1) // 2 - honest)
    below_shown = size // 2 if companies >= 10 else min(size, (companies - 1) // 2)
    together = tuple(f"together {i}" for i in range(size))
    for i, name in enumerate(together):
        low, none_shown = i < below_claimed, i < below_shown
        part = _part(rng, 0.0 if low else 100.0, 0.0 if low or none_shown else 100.0)
        made[name] = (part, part)
    return made, together


def with_company(panel: Panel, name: str, **scores: float) -> Panel:
    """Return the panel with other scores of one company in both periods."""
    before, after = (part and replace(part, **scores) for part in panel[name])
    return {**panel, name: (before, after)}


def _part(rng: np.random.Generator, claimed: float, shown: float) -> Part:
    region, size = str(rng.choice(["Europe", "Europe", "Asia"])), str(rng.choice(["small", "small", "large"]))
    return Part(claimed, SECTOR, region, size, evidenced=shown, need=str(rng.choice(["other", "high"])))
