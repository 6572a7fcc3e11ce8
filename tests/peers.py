"""Companies of a sector, made in a line each: entries with records, and sectors already counted."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from compliance.benchmark.cells import Cells
from compliance.benchmark.tally import Consent, Entry, Met, Named, NamedScore, Tally, by_sector, enter
from compliance.questionnaire.answers import NotApplicable
from compliance.questionnaire.edition import Edition
from compliance.scoring.plan import compile_edition
from compliance.scoring.record import Record, record_all
from tests.factories import bands, edition, node, number, profile, sheet

GAP = {"gap": "reach"}
MADE: Edition = edition(
    node(
        "words",
        node("r1", number("a", na="reason", lenses=GAP), expects="All do", law=("crc-34",)),
        node("r2", number("b"), expects="All do", law=("crc-34", "opsc-1")),
    ),
    root={"min_coverage": 0.5},
    bands=bands(low=0, high=50),
    profile=profile(sector=("hotels", "foods")),
    lenses={"gap": ("framing", "reach"), "aspect": ("code",)},
)
PLAN = compile_edition(MADE)


def record(**answers: float | NotApplicable) -> Record:
    return record_all(PLAN, [sheet(**answers)])[0]


def entry(consent: Consent = "counted", scores: Record | None = None, sector: str = "hotels", name: str = "X") -> Entry:
    return Entry(name, sector, consent, scores)


def counted(entries: Iterable[Entry]) -> dict[str, Tally]:
    """Every sector, with everybody who has a score in its figures."""
    entered = enter(MADE, entries)
    return by_sector(MADE, entered, Cells(entered.ledger.scored, entered.ledger.named, {}))


def tally(
    scored: int = 0,
    *,
    without_score: int = 0,
    silent: int = 0,
    in_bands: Sequence[int] = (),
    named: int = 0,
    scores: Mapping[str, int] | None = None,
    met: Mapping[str, tuple[int, int]] | None = None,
) -> Tally:
    """A sector of so many companies; the named ones are the first in the lowest bands."""
    in_bands = tuple(in_bands) or (scored, 0, 0)
    left, unnamed = named, []
    for count in in_bands:
        taken = min(left, count)
        unnamed.append(count - taken)
        left -= taken
    return Tally(
        scored=scored,
        without_score=without_score,
        silent=silent,
        bands=tuple(in_bands),
        unnamed_bands=tuple(unnamed),
        unnamed=scored - named,
        scores={
            key: np.array([(float(i), i / 2) for i in range(n)]).reshape(n, 2)
            for key, n in (scores or {"overall": scored}).items()
        },
        unnamed_scores={key: max(n - named, 0) for key, n in (scores or {"overall": scored}).items()},
        requirements={key: Met(*numbers, unnamed=max(numbers[0] - named, 0)) for key, numbers in (met or {}).items()},
        provisions={},
        named=tuple(Named(f"Example {i}", NamedScore(1, 0, 2, "low")) for i in range(named)),
    )
