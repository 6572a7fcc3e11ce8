"""The companies of a period, and each sector counted out. Never shown as it is: `disclosure` decides what may be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from compliance.benchmark.cells import Cells, Part
from compliance.benchmark.ledger import LAW, SILENT, WITHOUT_SCORE, Ledger, Line, gather, layout_of, order_of
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.record import Record
from compliance.scoring.rounding import TOLERANCE, rounded
from compliance.scoring.types import Codes, Flags, Floats

Consent: TypeAlias = Literal["private", "counted", "named"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered company in one period: the record kept with its latest submission, None if it is silent."""

    company: str
    sector: str
    consent: Consent
    scores: Record | None
    id: str = ""  # the same in every period; "": its name is
    region: str = ""  # of its headquarters; "": not said
    size: str = ""
    demonstration: bool = False  # it is invented
    verified: Record | None = None  # of the verdicts that an auditor gave by the closing

    @property
    def has_score(self) -> bool:
        """It handed in, and enough of it to have a score."""
        standing = None if self.scores is None else self.scores["claimed"]["standings"].get(OVERALL)
        return standing is not None and standing["score"] is not None


@dataclass(frozen=True, slots=True)
class NamedScore:
    """How a named company stands on one basis. Whole points on the edition's scale."""

    score: int
    worst: int
    best: int
    band: str  # id; "" in an edition without bands
    by_points: str = ""  # the band that its points would give, where a failed critical requirement caps it


@dataclass(frozen=True, slots=True)
class Named:
    """A company that agreed to be named, on each basis. None: it has no score there, or nobody looked."""

    company: str
    claimed: NamedScore
    evidenced: NamedScore | None = None
    verified: NamedScore | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """Of the companies that something is asked of, how many meet at least half of it."""

    asked: int
    meeting: int
    unnamed: int  # of those asked, the ones that did not agree to be named


@dataclass(frozen=True, slots=True)
class PartTally:
    """What is counted of a region or a size within a sector; no scores where it may not be shown."""

    part: Part
    scored: int
    scores: Mapping[str, Floats]
    unnamed_scores: Mapping[str, int]  # how many of these did not agree to be named


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Everything counted in one sector, before anything is withheld."""

    scored: int
    without_score: int
    silent: int
    #: Of those with a score, who rests in the figures: companies in each band, lowest first; and of these, the ones
    #: that did not agree to be named.
    bands: tuple[int, ...]
    unnamed_bands: tuple[int, ...]
    unnamed: int
    #: By node or lens value, a row for each company that has a score there: claimed and evidenced.
    scores: Mapping[str, Floats]
    unnamed_scores: Mapping[str, int]  # how many of these did not agree to be named
    requirements: Mapping[str, Met]
    provisions: Mapping[str, Met]
    named: tuple[Named, ...]
    waiting: int = 0  # with a score, and in no figure this time
    parts: tuple[PartTally, ...] = ()
    capped: int = 0  # of those who rest in the figures: they have the points of a higher band than theirs
    unnamed_capped: int = 0  # of these, the ones that did not agree to be named

    @property
    def resting(self) -> int:
        """How many companies the figures rest on."""
        return self.scored - self.waiting


@dataclass(frozen=True, slots=True)
class Entered:
    """Everybody of a period who is not private."""

    ledger: Ledger
    named: Mapping[str, Named]  # by id: who agreed to be named, and has a score
    demonstration: bool  # some are invented


def enter(edition: Edition, entries: Iterable[Entry]) -> Entered:
    """Take in entries one after the other, each reduced at once. Private companies are in no figure at all."""
    named: dict[str, Named] = {}
    invented: set[bool] = set()

    def lines() -> Iterator[Line]:
        for entry in entries:
            invented.add(entry.demonstration)
            if entry.consent == "private":
                continue
            key = entry.id or entry.company
            if entry.consent == "named" and entry.scores is not None and entry.has_score:
                named[key] = named_company(edition, entry.company, entry.scores, entry.verified)
            yield Line(key, entry.sector, entry.region, entry.size, entry.consent == "named", entry.scores)

    return Entered(gather(layout_of(edition), lines()), named, True in invented)


def by_sector(edition: Edition, entered: Entered, cells: Cells, parts: Iterable[Part] = ()) -> dict[str, Tally]:
    """Count every sector that has a company in it, in the order of the edition's profile, cut into all `parts`."""
    field, ledger, every = edition.profile.get("sector"), entered.ledger, tuple(parts)
    sectors = order_of(field.values if field else (), ledger.sectors)
    place = {sector: code for code, sector in enumerate(sectors)}
    codes = np.array([place[sector] for sector in ledger.sectors], np.int64)
    return {s: _count(edition, entered, np.flatnonzero(codes == place[s]), cells, every) for s in sectors}


def _count(edition: Edition, entered: Entered, who: Codes, cells: Cells, parts: tuple[Part, ...]) -> Tally:
    ledger = entered.ledger
    scored, resting = who[ledger.scored[who]], who[cells.rests[who]]
    unnamed = resting[~cells.named[resting]]
    found = _met(ledger, resting, unnamed)
    shown = cells.parts.get(ledger.sectors[who[0]], ())
    return Tally(
        scored=len(scored),
        without_score=int((ledger.taking[who] == WITHOUT_SCORE).sum()),
        silent=int((ledger.taking[who] == SILENT).sum()),
        bands=_bands(edition, ledger.band[resting]),
        unnamed_bands=_bands(edition, ledger.band[unnamed]),
        unnamed=len(unnamed),
        scores=_scores(ledger, resting),
        unnamed_scores=_how_many(ledger, unnamed),
        requirements={r.id: found[r.id] for r in edition.requirements},
        provisions={a.removeprefix(LAW): m for a, m in found.items() if a.startswith(LAW)},
        named=tuple(entered.named[ledger.ids[i]] for i in scored if cells.named[i]),
        waiting=len(scored) - len(resting),
        parts=tuple(_part(ledger, cells, resting, part, part in shown) for part in parts),
        capped=int(ledger.capped[resting].sum()),
        unnamed_capped=int(ledger.capped[unnamed].sum()),
    )


def _met(ledger: Ledger, resting: Codes, unnamed: Codes) -> dict[str, Met]:
    (asked, met), (of_unnamed, _) = ledger.met(resting), ledger.met(unnamed)
    counts = zip(ledger.layout.asked, asked.tolist(), met.tolist(), of_unnamed.tolist(), strict=True)
    return {of: Met(*numbers) for of, *numbers in counts}


def _part(ledger: Ledger, cells: Cells, resting: Codes, part: Part, shown: bool) -> PartTally:
    if not shown:
        return PartTally(part, 0, {}, {})
    said = ledger.regions if part.kind == "region" else ledger.sizes
    inside = resting[_says(said, resting, part.value)]
    return PartTally(part, len(inside), _scores(ledger, inside), _how_many(ledger, inside[~cells.named[inside]]))


def _says(said: tuple[str, ...], who: Codes, value: str) -> Flags:
    return np.array([said[i] == value for i in who], np.bool_)


def _scores(ledger: Ledger, who: Codes) -> dict[str, Floats]:
    columns = ((figure, ledger.figures[who, :, place]) for place, figure in enumerate(ledger.layout.figures))
    return {figure: pairs[~np.isnan(pairs[:, 0])] for figure, pairs in columns}


def _how_many(ledger: Ledger, who: Codes) -> dict[str, int]:
    """How many of some companies have a score, figure by figure."""
    there = (~np.isnan(ledger.figures[who, 0])).sum(axis=0)
    return dict(zip(ledger.layout.figures, there.tolist(), strict=True))


def _bands(edition: Edition, bands: Codes) -> tuple[int, ...]:
    return tuple(int((bands == place).sum()) for place in range(len(edition.bands)))


def named_company(edition: Edition, company: str, record: Record, verified: Record | None = None) -> Named:
    """What would be published of a company that has a score and agrees to be named."""
    claimed = _named_score(edition, record["claimed"])
    assert claimed is not None, f"{company} has no score, and so cannot be named"
    evidenced, judged = (
        _named_score(edition, found) for found in (record["evidenced"], (verified or {}).get("verified"))
    )
    return Named(company, claimed, evidenced, judged)


def _named_score(edition: Edition, scorecard: Record | None) -> NamedScore | None:
    standing = None if scorecard is None else scorecard["standings"][OVERALL]
    if scorecard is None or standing is None or standing["score"] is None:
        return None
    worst, best = (int(rounded(standing[key], 0)) for key in ("worst", "best"))
    band, by_points = standing["band"] or "", scorecard["by_points"] or ""
    score = _within_band(edition, standing["score"], by_points or band)
    return NamedScore(score, min(worst, score), best, band, by_points)


def _within_band(edition: Edition, score: float, band: str) -> int:
    """A score in whole points, rounded down where rounding up would reach a band that it misses."""
    above = min((b.at for b in edition.bands if b.at > score + TOLERANCE and b.id != band), default=None)
    whole = int(rounded(score, 0))
    return whole - 1 if above is not None and whole >= above else whole
