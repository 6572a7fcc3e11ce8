"""The companies of a period in columns: each record is reduced, as it comes, to one short row of numbers.

A record is some tens of kilobytes of text; what figures are made of is a few hundred bytes of it. So a hundred thousand
companies are counted in the memory that a hundred records take, whatever the order they come in.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.columns import Basis
from compliance.scoring.record import Record
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.types import Codes, Flags, Floats

#: How a company takes part.
SILENT, WITHOUT_SCORE, SCORED = 0, 1, 2
#: The lenses that a sector is read by, beside the whole and its themes.
SECTOR_LENSES = ("gap", "prevention")
#: A requirement or provision counts as met at least half from this share of full marks.
HALF = 0.5
#: In the order of the figures' second axis.
BASES: tuple[Basis, Basis] = ("claimed", "evidenced")
#: Rows that are held as they come, before they are packed into columns.
BLOCK = 1024
NO_BAND = -1
#: Before the id of a provision, as records have it.
LAW = "law:"
Bits: TypeAlias = npt.NDArray[np.uint8]
_Columns: TypeAlias = tuple[Codes, Floats, Floats, Codes, Flags, Bits]


class Line(NamedTuple):
    """One company to enter: its record, None if it is silent."""

    id: str
    sector: str
    region: str
    size: str
    named: bool
    record: Record | None


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands in which column."""

    figures: tuple[str, ...]
    asked: tuple[str, ...]  # requirements, then provisions as `law:<id>`
    bands: Mapping[str | None, int]
    half: float  # on the edition's scale
    scale: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """Companies in columns; a row each, in the order they came."""

    layout: Layout
    ids: tuple[str, ...]
    sectors: tuple[str, ...]
    regions: tuple[str, ...]
    sizes: tuple[str, ...]
    named: Flags  # agreed to be named, and has a score
    taking: Codes  # SILENT, WITHOUT_SCORE or SCORED
    score: Floats  # claimed overall, as a share of full marks; NaN: none
    figures: Floats  # company × basis × figure, on the edition's scale; NaN: no score there
    band: Codes  # position in the edition's bands
    capped: Flags  # has the points of a higher band, and fails a critical requirement
    bits: Bits  # packed: what is asked, then what is met at least half

    @property
    def scored(self) -> Flags:
        """Who has a score."""
        flags: Flags = self.taking == SCORED
        return flags

    def met(self, who: Codes) -> tuple[Codes, Codes]:
        """How many of these companies each of `layout.asked` is asked of, and how many meet at least half."""
        width = len(self.layout.asked)
        counts = np.zeros(2 * width, np.int64)
        for start in range(0, len(who), BLOCK):
            bits = np.unpackbits(self.bits[who[start : start + BLOCK]], axis=1, count=2 * width)
            counts += bits.sum(0, dtype=np.int64)
        return counts[:width], counts[width:]

    @property
    def nbytes(self) -> int:
        """Bytes that the columns of numbers take."""
        return sum(
            column.nbytes
            for column in (self.named, self.taking, self.score, self.figures, self.band, self.capped, self.bits)
        )


def figure_ids(edition: Edition) -> tuple[str, ...]:
    """What a sector has a median of: the whole, the CSR gaps, the prevention levels, the themes."""
    lenses = [f"{lens}:{value}" for lens in SECTOR_LENSES for value in edition.lenses.get(lens, ())]
    return (OVERALL, *lenses, *(theme.id for theme in edition.themes))


def layout_of(edition: Edition) -> Layout:
    """The columns of an edition."""
    law = dict.fromkeys(provision for requirement in edition.requirements for provision in requirement.law)
    return Layout(
        figures=figure_ids(edition),
        asked=(*(r.id for r in edition.requirements), *(f"{LAW}{provision}" for provision in law)),
        bands={band.id: place for place, band in enumerate(edition.bands)},
        half=HALF * edition.scale - TOLERANCE * edition.scale,
        scale=edition.scale,
    )


def gather(layout: Layout, lines: Iterable[Line]) -> Ledger:
    """Enter companies one after the other; no record is held longer than it takes to read it."""
    words: dict[str, str] = {}  # one object for each sector, region and size, however many companies say it
    about: list[tuple[str, str, str, str, bool]] = []

    def rows() -> Iterator["_Row"]:
        for line in lines:
            row = _row(layout, line.record)
            sector, region, size = (words.setdefault(word, word) for word in (line.sector, line.region, line.size))
            about.append((line.id, sector, region, size, line.named and row.taking == SCORED))
            yield row

    coming, blocks = rows(), [_columns(layout, [])]
    while block := list(islice(coming, BLOCK)):
        blocks.append(_columns(layout, block))
    taking, score, figures, band, capped, bits = (np.concatenate(column) for column in zip(*blocks, strict=True))
    ids, sectors, regions, sizes, named = zip(*about, strict=True) if about else ((), (), (), (), ())
    flags = np.array(named, np.bool_)
    return Ledger(layout, ids, sectors, regions, sizes, flags, taking, score, figures, band, capped, bits)


class _Row(NamedTuple):
    taking: int
    score: float
    figures: Floats  # basis × figure
    band: int
    capped: bool
    bits: Bits


def _row(layout: Layout, record: Record | None) -> _Row:
    score = _score(record, "claimed", OVERALL)
    taking = SILENT if record is None else WITHOUT_SCORE if math.isnan(score) else SCORED
    claimed = record["claimed"] if record is not None and taking == SCORED else None
    band = None if claimed is None else claimed["standings"][OVERALL]["band"]
    capped = claimed is not None and claimed["by_points"] is not None
    figures = np.array([[_score(record, basis, figure) for figure in layout.figures] for basis in BASES], np.float64)
    figures[:, np.isnan(figures).any(0)] = np.nan  # a pair, or nothing
    asked = np.array([_score(record, "claimed", part) for part in layout.asked], np.float64)
    bits = np.packbits(np.concatenate([~np.isnan(asked), asked >= layout.half]))
    return _Row(taking, score / layout.scale, figures, layout.bands.get(band, NO_BAND), capped, bits)


def _score(record: Record | None, basis: Basis, part: str) -> float:
    standing = None if record is None else record[basis]["standings"].get(part)
    score = None if standing is None else standing["score"]
    return float("nan") if score is None else float(score)


def _columns(layout: Layout, rows: Sequence[_Row]) -> _Columns:
    shape, width = (len(rows), len(BASES), len(layout.figures)), (2 * len(layout.asked) + 7) // 8
    return (
        np.array([row.taking for row in rows], np.int8),
        np.array([row.score for row in rows], np.float64),
        np.array([row.figures for row in rows], np.float64).reshape(shape),
        np.array([row.band for row in rows], np.int8),
        np.array([row.capped for row in rows], np.bool_),
        np.array([row.bits for row in rows], np.uint8).reshape(len(rows), width),
    )


def order_of(known: Iterable[str], said: Iterable[str]) -> tuple[str, ...]:
    """What was said: first what the edition lists, in its order, then the rest by name."""
    there = set(said)
    listed = tuple(word for word in known if word in there)
    return tuple(chain(listed, sorted(there.difference(listed))))
