"""Company table of a period: each registered company reduced, as it comes, to one short row of numbers.

No score is in it, only the class that it lies in: see `score_classes`. A record is some tens of kilobytes of text; what
figures are made of is a few hundred bytes of it. So a hundred thousand companies are counted in the memory that a
hundred records take, in whatever order they come.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from compliance.disclosure.published import NamedCompany, NamedScore
from compliance.disclosure.score_classes import ScoreClasses, score_classes
from compliance.questionnaire.edition import GAP_LENS, OVERALL, PREVENTION_LENS, Edition
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import TOLERANCE, Codes, Flags, rounded
from compliance.scoring.standing import BasisRecord, ScoreRecord, recorded_standing

#: How a company takes part.
NONRESPONDENT, WITHOUT_SCORE, SCORED = 0, 1, 2
#: The lenses that a sector is read by, beside the whole and its themes.
SECTOR_LENSES = (GAP_LENS, PREVENTION_LENS)
#: A requirement or provision counts as met at least half from this share of full marks.
MET_FROM = 0.5
#: In the order of the figures' second axis.
FIGURE_BASES: tuple[Basis, Basis] = ("claimed", "evidenced")
#: Rows that are held as they come, before they are packed into columns.
ROWS_PER_BLOCK = 1024
NO_BAND = -1
#: Before the id of a provision, as records have it.
PROVISION_PREFIX = "law:"
Bits: TypeAlias = npt.NDArray[np.uint8]
_PackedColumns: TypeAlias = tuple[Codes, Codes, Codes, Flags, Bits]


@dataclass(frozen=True, slots=True)
class TableLayout:
    """Layout of the columns of a table."""

    figures: tuple[str, ...]
    asked: tuple[str, ...]  # requirements, then provisions as `law:<id>`
    bands: Mapping[str | None, int]
    half: float  # on the edition's scale
    classes: ScoreClasses
    cap: str  # the id of the band of `critical_cap`; "" where there is none


@dataclass(frozen=True, slots=True)
class CompanyTable:
    """Companies in columns; a row each, in the order they came."""

    layout: TableLayout
    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    sizes: tuple[str, ...]
    needs: tuple[str, ...]
    named: Flags  # agreed to be named, and has a score
    participation: Codes  # NONRESPONDENT, WITHOUT_SCORE or SCORED
    figures: Codes  # company × basis × figure: the class of the score; NO_CLASS: no score there
    band: Codes  # position in the edition's bands
    capped: Flags  # has the points of a higher band, and is held down to that of `critical_cap`
    bits: Bits  # packed: what is asked, then what is met at least half

    @property
    def scored(self) -> Flags:
        """Flags of the companies with a score."""
        flags: Flags = self.participation == SCORED
        return flags

    def met_counts(self, who: Codes) -> tuple[Codes, Codes]:
        """Count, for each of `layout.asked`, which of these companies are asked, and which meet at least half."""
        width = len(self.layout.asked)
        counts = np.zeros(2 * width, np.int64)
        for start in range(0, len(who), ROWS_PER_BLOCK):
            bits = np.unpackbits(self.bits[who[start : start + ROWS_PER_BLOCK]], axis=1, count=2 * width)
            counts += bits.sum(0, dtype=np.int64)
        return counts[:width], counts[width:]

    @property
    def nbytes(self) -> int:
        """Bytes that the columns of numbers take."""
        return sum(
            column.nbytes
            for column in (self.named, self.participation, self.figures, self.band, self.capped, self.bits)
        )


def figure_ids(edition: Edition) -> tuple[str, ...]:
    """Ids of the figures that a sector has a median of: the whole, the CSR gaps, the prevention levels, the themes."""
    lenses = [f"{lens}:{value}" for lens in SECTOR_LENSES for value in edition.lenses.get(lens, ())]
    return (OVERALL, *lenses, *(theme.id for theme in edition.themes))


def table_layout(edition: Edition) -> TableLayout:
    """The columns of an edition."""
    law = dict.fromkeys(provision for requirement in edition.requirements for provision in requirement.law)
    return TableLayout(
        figures=figure_ids(edition),
        asked=(*(r.id for r in edition.requirements), *(f"{PROVISION_PREFIX}{provision}" for provision in law)),
        bands={band.id: place for place, band in enumerate(edition.bands)},
        half=MET_FROM * edition.scale - TOLERANCE * edition.scale,
        classes=score_classes(edition),
        cap=edition.critical_cap,
    )


def _to_columns(layout: TableLayout, companies: Iterable["ReducedCompany"]) -> CompanyTable:
    """Enter companies one after the other; private ones are not among them."""
    words: dict[str, str] = {}  # one object for each sector, region and size, however many companies say it
    about: list[tuple[str, str, str, str, str, bool]] = []

    def rows() -> Iterator["_NumericRow"]:
        for one in companies:
            labels = (one.sector, one.region, one.size, one.need)
            sector, region, size, need = (words.setdefault(word, word) for word in labels)
            about.append((one.id, sector, region, size, need, one.named is not None))
            yield one.row

    coming, blocks = rows(), [_packed(layout, [])]
    while block := list(islice(coming, ROWS_PER_BLOCK)):
        blocks.append(_packed(layout, block))
    participation, figures, band, capped, bits = (np.concatenate(column) for column in zip(*blocks, strict=True))
    ids, sectors, regions, sizes, needs, named = zip(*about, strict=True) if about else ((), (), (), (), (), ())
    flags = np.array(named, np.bool_)
    return CompanyTable(layout, ids, sectors, regions, sizes, needs, flags, participation, figures, band, capped, bits)


class _NumericRow(NamedTuple):
    participation: int
    figures: Codes  # basis × figure
    band: int
    capped: bool
    bits: Bits


def _numeric_row(layout: TableLayout, record: ScoreRecord | None) -> _NumericRow:
    has_score = not math.isnan(_score(record, "claimed", OVERALL))
    participation = NONRESPONDENT if record is None else SCORED if has_score else WITHOUT_SCORE
    claimed = record["claimed"] if record is not None and participation == SCORED else None
    band = None if claimed is None else claimed["standings"][OVERALL]["band"]
    # A band held down elsewhere, by what a higher band requires, is counted in no figure but that of its band.
    capped = claimed is not None and claimed["by_points"] is not None and band == layout.cap
    scores = np.array(
        [[_score(record, basis, figure) for figure in layout.figures] for basis in FIGURE_BASES], np.float64
    )
    scores[:, np.isnan(scores).any(0)] = np.nan  # a pair, or nothing
    figures = layout.classes.classes_of(scores)
    asked = np.array([_score(record, "claimed", part) for part in layout.asked], np.float64)
    bits = np.packbits(np.concatenate([~np.isnan(asked), asked >= layout.half]))
    return _NumericRow(participation, figures, layout.bands.get(band, NO_BAND), capped, bits)


def _score(record: ScoreRecord | None, basis: Basis, part: str) -> float:
    standing = None if record is None else recorded_standing(record, basis, part)
    return math.nan if standing is None or standing["score"] is None else standing["score"]


def _packed(layout: TableLayout, rows: Sequence[_NumericRow]) -> _PackedColumns:
    shape, width = (len(rows), len(FIGURE_BASES), len(layout.figures)), (2 * len(layout.asked) + 7) // 8
    return (
        np.array([row.participation for row in rows], np.int8),
        np.array([row.figures for row in rows], np.int8).reshape(shape),
        np.array([row.band for row in rows], np.int8),
        np.array([row.capped for row in rows], np.bool_),
        np.array([row.bits for row in rows], np.uint8).reshape(len(rows), width),
    )


def in_listed_order(known: Iterable[str], said: Iterable[str]) -> tuple[str, ...]:
    """Sort values: first those that the edition lists, in its order, then the rest by name."""
    there = set(said)
    listed = tuple(word for word in known if word in there)
    return tuple(chain(listed, sorted(there.difference(listed))))


Consent: TypeAlias = Literal["private", "counted", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCompany:
    """One registered company in one period, with the record of its latest submission; None: a nonrespondent."""

    company: str
    sector: str
    consent: Consent
    scores: ScoreRecord | None
    id: str = ""  # the same in every period; "": its name is
    region: str = ""  # of its headquarters; "": not said
    size: str = ""
    need: str = ""  # of NEED_GROUPS, by the countries where people work for it; "": not said
    demonstration: bool = False  # it is invented
    verified: ScoreRecord | None = None  # of the verdicts that an auditor gave by the closing

    @property
    def score(self) -> float | None:
        """The overall score as claimed, on the edition's scale; None: it is a nonrespondent, or answered too little."""
        standing = None if self.scores is None else recorded_standing(self.scores, "claimed", OVERALL)
        return None if standing is None else standing["score"]

    @property
    def has_score(self) -> bool:
        """It submitted, and answered enough to have a score."""
        return self.score is not None


@dataclass(frozen=True, slots=True)
class ReducedCompany:
    """All that figures are made of, of one company: some hundred bytes, where its record takes a hundred kilobytes."""

    id: str
    sector: str
    region: str
    size: str
    need: str
    consent: Consent
    demonstration: bool
    row: _NumericRow
    named: NamedCompany | None  # what is published of it: it agreed to be named, and has a score


def reduce_company(edition: Edition, layout: TableLayout, entry: RegisteredCompany) -> ReducedCompany:
    """Reduce a company; `layout` is that of the edition. Its record is not held."""
    named = None
    if entry.consent == "named" and entry.scores is not None and entry.has_score:
        named = published_scores(edition, entry.company, entry.scores, entry.verified)
    labels = (entry.sector, entry.region, entry.size, entry.need)
    row = _numeric_row(layout, None if entry.consent == "private" else entry.scores)
    return ReducedCompany(entry.id or entry.company, *labels, entry.consent, entry.demonstration, row, named)


@dataclass(frozen=True, slots=True)
class LoadedPeriod:
    """All companies of a period that are not private."""

    table: CompanyTable
    named: Mapping[str, NamedCompany]  # by id: who agreed to be named, and has a score
    demonstration: bool  # some are invented


def load_companies(edition: Edition, entries: Iterable[RegisteredCompany | ReducedCompany]) -> LoadedPeriod:
    """Take in entries one after the other, each reduced at once. Private companies are in no figure at all."""
    layout, named, invented = table_layout(edition), dict[str, NamedCompany](), set[bool]()

    def companies() -> Iterator[ReducedCompany]:
        for entry in entries:
            one = entry if isinstance(entry, ReducedCompany) else reduce_company(edition, layout, entry)
            invented.add(one.demonstration)
            if one.consent != "private":
                if one.named is not None:
                    named[one.id] = one.named
                yield one

    return LoadedPeriod(_to_columns(layout, companies()), named, True in invented)


def published_scores(
    edition: Edition, company: str, record: ScoreRecord, verified: ScoreRecord | None = None
) -> NamedCompany:
    """Reduce the records of a company that agrees to be named, and has a score, to what is published of it."""
    claimed = _named_score(edition, record["claimed"])
    assert claimed is not None, f"{company} has no score, and so cannot be named"
    evidenced = _named_score(edition, record["evidenced"])
    judged = _named_score(edition, verified.get("verified")) if verified is not None else None
    return NamedCompany(company=company, claimed=claimed, evidenced=evidenced, verified=judged)


def _named_score(edition: Edition, scorecard: BasisRecord | None) -> NamedScore | None:
    standing = None if scorecard is None else scorecard["standings"][OVERALL]
    if scorecard is None or standing is None or standing["score"] is None:
        return None
    assert standing["worst"] is not None and standing["best"] is not None  # as it has a score
    worst, best = int(rounded(standing["worst"], 0)), int(rounded(standing["best"], 0))
    band, by_points = standing["band"] or "", scorecard["by_points"] or ""
    score = _within_band(edition, standing["score"], by_points or band)
    return NamedScore(score=score, worst=min(worst, score), best=best, band=band, by_points=by_points)


def _within_band(edition: Edition, score: float, band: str) -> int:
    """A score in whole points, rounded down where rounding up would reach a band that it misses."""
    above = min((b.at for b in edition.bands if b.at > score + TOLERANCE and b.id != band), default=None)
    whole = int(rounded(score, 0))
    return whole - 1 if above is not None and whole >= above else whole
