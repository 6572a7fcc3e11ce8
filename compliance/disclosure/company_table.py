"""Company table of a period: each registered company is reduced at once to a short row of numbers.

The table has no scores, only their classes: see `score_classes`. A record is some tens of kilobytes of text, of which
figures need a few hundred bytes. So a hundred thousand companies take the memory of some hundreds of records, in any
order.
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

#: Codes for the participation of a company.
NONRESPONDENT, WITHOUT_SCORE, SCORED = 0, 1, 2
#: The lenses with figures by sector, in addition to the overall score and the themes.
SECTOR_LENSES = (GAP_LENS, PREVENTION_LENS)
#: The share of full marks from which a requirement or provision counts as at least half met.
MET_FROM = 0.5
#: The bases of figures, in the order of the second axis of `CompanyTable.figures`.
FIGURE_BASES: tuple[Basis, Basis] = ("claimed", "evidenced")
#: How many rows are collected before they are packed into columns.
ROWS_PER_BLOCK = 1024
NO_BAND = -1
#: The prefix of provision ids in records.
PROVISION_PREFIX = "law:"
Bits: TypeAlias = npt.NDArray[np.uint8]
_PackedColumns: TypeAlias = tuple[Codes, Codes, Codes, Flags, Bits]


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns of a company table."""

    figures: tuple[str, ...]
    asked: tuple[str, ...]  # requirements, then provisions as `law:<id>`
    bands: Mapping[str | None, int]
    half: float  # on the edition's scale
    classes: ScoreClasses
    cap: str  # the id of the band of `critical_cap`, or ""


@dataclass(frozen=True, slots=True)
class CompanyTable:
    """The companies of a period in columns, with a row for each in the order of arrival."""

    layout: TableLayout
    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    sizes: tuple[str, ...]
    needs: tuple[str, ...]
    named: Flags  # whether it agreed to be named, and has a score
    participation: Codes  # NONRESPONDENT, WITHOUT_SCORE or SCORED
    figures: Codes  # company × basis × figure: the class of the score, or NO_CLASS without a score
    band: Codes  # position in the edition's bands, or NO_BAND
    capped: Flags  # whether it has the points of a higher band, but is held in the band of `critical_cap`
    bits: Bits  # packed bits: whether each of `layout.asked` is asked, then whether it is at least half met

    @property
    def scored(self) -> Flags:
        """Whether each company has a score."""
        flags: Flags = self.participation == SCORED
        return flags

    def met_counts(self, who: Codes) -> tuple[Codes, Codes]:
        """Return for each of `layout.asked` how many of these companies are asked, and how many meet at least half."""
        width = len(self.layout.asked)
        counts = np.zeros(2 * width, np.int64)
        for start in range(0, len(who), ROWS_PER_BLOCK):
            bits = np.unpackbits(self.bits[who[start : start + ROWS_PER_BLOCK]], axis=1, count=2 * width)
            counts += bits.sum(0, dtype=np.int64)
        return counts[:width], counts[width:]

    @property
    def nbytes(self) -> int:
        """The bytes that the columns of numbers take."""
        return sum(
            column.nbytes
            for column in (self.named, self.participation, self.figures, self.band, self.capped, self.bits)
        )


def figure_ids(edition: Edition) -> tuple[str, ...]:
    """Return the ids of figures with a median by sector: overall, CSR gaps, prevention levels, themes."""
    lenses = [f"{lens}:{value}" for lens in SECTOR_LENSES for value in edition.lenses.get(lens, ())]
    return (OVERALL, *lenses, *(theme.id for theme in edition.themes))


def table_layout(edition: Edition) -> TableLayout:
    """Return the layout of the company table of an edition."""
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
    """Return a table of companies, which are streamed. Private companies must not be among them."""
    words: dict[str, str] = {}  # interned: one string for each sector, region, size and need
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
    # Companies held in another band, by what a higher band requires, are not counted as capped.
    capped = claimed is not None and claimed["by_points"] is not None and band == layout.cap
    scores = np.array(
        [[_score(record, basis, figure) for figure in layout.figures] for basis in FIGURE_BASES], np.float64
    )
    scores[:, np.isnan(scores).any(0)] = np.nan  # a score on both bases, or none
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
    """Return the distinct values in `said`: first those in `known`, in its order, then the rest sorted."""
    there = set(said)
    listed = tuple(word for word in known if word in there)
    return tuple(chain(listed, sorted(there.difference(listed))))


Consent: TypeAlias = Literal["private", "counted", "named"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCompany:
    """One registered company in one period, with the record of its latest submission (None: a nonrespondent)."""

    company: str
    sector: str
    consent: Consent
    scores: ScoreRecord | None
    id: str = ""  # the same in every period; "": the name is the id
    region: str = ""  # of its headquarters; "": not stated
    size: str = ""
    need: str = ""  # of NEED_GROUPS, by the countries where people work for it; "": not stated
    demonstration: bool = False  # whether it is invented
    verified: ScoreRecord | None = None  # from the verdicts that an auditor gave by the closing

    @property
    def score(self) -> float | None:
        """The claimed overall score on the edition's scale. None: a nonrespondent, or too few answers."""
        standing = None if self.scores is None else recorded_standing(self.scores, "claimed", OVERALL)
        return None if standing is None else standing["score"]

    @property
    def has_score(self) -> bool:
        """Whether it submitted enough answers for a score."""
        return self.score is not None


@dataclass(frozen=True, slots=True)
class ReducedCompany:
    """Everything that figures need of one company: some hundred bytes, far less than its record."""

    id: str
    sector: str
    region: str
    size: str
    need: str
    consent: Consent
    demonstration: bool
    row: _NumericRow
    named: NamedCompany | None  # what is published by name; None: it did not agree, or has no score


def reduce_company(edition: Edition, layout: TableLayout, entry: RegisteredCompany) -> ReducedCompany:
    """Reduce a company to what figures need, without its record. `layout`: of the edition."""
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
    named: Mapping[str, NamedCompany]  # by id, the companies that agreed to be named and have a score
    demonstration: bool  # whether some are invented


def load_companies(edition: Edition, entries: Iterable[RegisteredCompany | ReducedCompany]) -> LoadedPeriod:
    """Load entries, which are streamed and reduced at once. Private companies are left out."""
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
    """Return what is published about a company that agreed to be named. It must have a claimed score."""
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
    """Return a score in whole points, rounded down if rounding up would reach a band that the score misses."""
    above = min((b.at for b in edition.bands if b.at > score + TOLERANCE and b.id != band), default=None)
    whole = int(rounded(score, 0))
    return whole - 1 if above is not None and whole >= above else whole
