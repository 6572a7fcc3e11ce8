"""One sector, counted out in full. Never shown as it is: `disclosure` decides what of it may be."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.record import Record
from compliance.scoring.rounding import TOLERANCE, rounded

Consent: TypeAlias = Literal["private", "counted", "named"]
#: The lenses that a sector is read by, beside the whole and its themes.
SECTOR_LENSES = ("gap", "prevention")
#: A requirement or provision counts as met at least half from this share of full marks.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered company in one period: the record kept with its latest submission, None if it is silent."""

    company: str
    sector: str
    consent: Consent
    scores: Record | None

    @property
    def has_score(self) -> bool:
        """It handed in, and enough of it to have a score."""
        return self.scores is not None and _score(self.scores, "claimed", OVERALL) is not None


@dataclass(frozen=True, slots=True)
class Named:
    """A company that agreed to be named. Whole points on the edition's scale."""

    company: str
    score: int
    worst: int
    best: int
    band: str  # id; "" in an edition without bands


@dataclass(frozen=True, slots=True)
class Met:
    """Of the companies that something is asked of, how many meet at least half of it."""

    asked: int
    meeting: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything counted in one sector, before anything is withheld."""

    scored: int
    without_score: int
    silent: int
    #: Companies in each band, lowest first; and of these, the ones that did not agree to be named.
    bands: tuple[int, ...]
    unnamed_bands: tuple[int, ...]
    unnamed: int
    #: By node or lens value, a pair for each company that has a score there: claimed and evidenced.
    scores: Mapping[str, tuple[tuple[float, float], ...]]
    requirements: Mapping[str, Met]
    provisions: Mapping[str, Met]
    named: tuple[Named, ...]


def figure_ids(edition: Edition) -> tuple[str, ...]:
    """What a sector has a median of: the whole, the CSR gaps, the prevention levels, the themes."""
    lenses = [f"{lens}:{value}" for lens in SECTOR_LENSES for value in edition.lenses.get(lens, ())]
    return (OVERALL, *lenses, *(theme.id for theme in edition.themes))


def count(edition: Edition, entries: Iterable[Entry]) -> Tally:
    """Count one sector. Private companies are in no figure at all."""
    counted = [entry for entry in entries if entry.consent != "private"]
    scored = [(entry, entry.scores) for entry in counted if entry.scores is not None and entry.has_score]
    records = [record for _, record in scored]
    unnamed = [record for entry, record in scored if entry.consent != "named"]
    law = dict.fromkeys(provision for requirement in edition.requirements for provision in requirement.law)
    return Tally(
        scored=len(scored),
        without_score=sum(entry.scores is not None and not entry.has_score for entry in counted),
        silent=sum(entry.scores is None for entry in counted),
        bands=_bands(edition, records),
        unnamed_bands=_bands(edition, unnamed),
        unnamed=len(unnamed),
        scores={node: _pairs(records, node) for node in figure_ids(edition)},
        requirements={r.id: _met(edition, records, r.id) for r in edition.requirements},
        provisions={provision: _met(edition, records, f"law:{provision}") for provision in law},
        named=tuple(_named(entry.company, record) for entry, record in scored if entry.consent == "named"),
    )


def by_sector(edition: Edition, entries: Iterable[Entry]) -> dict[str, Tally]:
    """Count every sector that has a company in it, in the order of the edition's profile."""
    sectors: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.consent != "private":
            sectors.setdefault(entry.sector, []).append(entry)
    field = edition.profile.get("sector")
    known = field.values if field else ()
    order = [*(s for s in known if s in sectors), *sorted(s for s in sectors if s not in known)]
    return {sector: count(edition, sectors[sector]) for sector in order}


def _score(record: Record, basis: str, node: str) -> float | None:
    standing = record[basis]["standings"].get(node)
    score: float | None = None if standing is None else standing["score"]
    return score


def _bands(edition: Edition, records: Sequence[Record]) -> tuple[int, ...]:
    found = Counter(record["claimed"]["standings"][OVERALL]["band"] for record in records)
    return tuple(found[band.id] for band in edition.bands)


def _pairs(records: Sequence[Record], node: str) -> tuple[tuple[float, float], ...]:
    pairs = ((_score(record, "claimed", node), _score(record, "evidenced", node)) for record in records)
    return tuple((claimed, shown) for claimed, shown in pairs if claimed is not None and shown is not None)


def _met(edition: Edition, records: Sequence[Record], node: str) -> Met:
    scores = [score for record in records if (score := _score(record, "claimed", node)) is not None]
    half = HALF * edition.scale - TOLERANCE * edition.scale
    return Met(len(scores), sum(score >= half for score in scores))


def _named(company: str, record: Record) -> Named:
    standing = record["claimed"]["standings"][OVERALL]
    score, worst, best = (int(rounded(standing[key], 0)) for key in ("score", "worst", "best"))
    return Named(company, score, worst, best, standing["band"] or "")
