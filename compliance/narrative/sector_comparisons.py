"""Medians within a sector compared: CSR gaps, prevention levels, themes, regions, sizes.

Medians are published as ranges. Some are called lower than others only if all their ranges are lower, and their middles
are at least five points of 100 apart. A superlative is about what is shown: if a median is suppressed, the sentence
says so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.disclosure.published import Figure, ScoreRange, SectorFigures
from compliance.languages.formats import and_list, number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import NEED_GROUP_LABELS, REGION_LABELS, label_of, lens_value_label, size_label
from compliance.narrative.published_counts import count_if_shown, range_if_shown, score_range_words
from compliance.narrative.scorecard_headlines import MIN_DIFFERENCE
from compliance.narrative.sentence import SectorSentence, UnderlyingScores, contains
from compliance.questionnaire.edition import GAP_LENS, OVERALL, PREVENTION_LENS, Edition

#: The kind of parts compared.
ComparedKind: TypeAlias = Literal["gaps", "levels", "themes"]


@dataclass(frozen=True, slots=True)
class ComparedMedian:
    """One part that is compared: the id of its figure, its title, and its claimed median (None: suppressed)."""

    id: str
    title: str
    median: ScoreRange | None
    n: int | None = None


#: A median that is shown, and the part that it belongs to.
_Shown: TypeAlias = tuple[ScoreRange, ComparedMedian]


@dataclass(frozen=True)
class LowestMedians(SectorSentence):
    """The parts with claimed medians lower than those of all other parts shown."""

    sector: str
    kind: ComparedKind
    lowest: tuple[ComparedMedian, ...]
    others: tuple[ComparedMedian, ...]
    all_shown: bool

    def words(self) -> str:
        """State the parts by name, adding "of those shown" if some are suppressed."""
        names = [part.title for part in self.lowest]
        if self.kind == "gaps":
            said = _widest(names)
        else:
            quoted = and_list(_("“%(level)s”", level=name) for name in names)
            said = ngettext(
                "%(levels)s has the lowest median of the levels of prevention, as claimed",
                "%(levels)s have the lowest medians of the levels of prevention, as claimed",
                len(names),
                levels=quoted,
            )
        return said if self.all_shown else _("%(finding)s, of those shown", finding=said)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether each of them is truly lower than all others shown."""
        low = [truth.median(self.sector, part.id, "claimed") for part in self.lowest]
        high = [truth.median(self.sector, part.id, "claimed") for part in self.others]
        return max(low) < min(high)


def _widest(names: Sequence[str]) -> str:
    first, *more = names
    if more:
        return _("%(gaps)s are the widest gaps, as claimed", gaps=and_list([first, *(name.lower() for name in more)]))
    return _("%(gap)s is the widest gap, as claimed", gap=first)


@dataclass(frozen=True)
class ThemeExtremes(SectorSentence):
    """Of the themes shown, those with the highest and the lowest claimed medians."""

    sector: str
    highest: tuple[ComparedMedian, ...]
    lowest: tuple[ComparedMedian, ...]
    shown: tuple[ComparedMedian, ...]
    all_shown: bool

    def words(self) -> str:
        """State both ends by name."""
        best, worst = (and_list(_("“%(theme)s”", theme=p.title) for p in end) for end in (self.highest, self.lowest))
        said = _("Highest median as claimed: %(best)s. Lowest: %(worst)s", best=best, worst=worst)
        return said if self.all_shown else _("%(finding)s, of those shown", finding=said)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the highest are truly above all other themes shown, and the lowest below."""
        true = {part.id: truth.median(self.sector, part.id, "claimed") for part in self.shown}
        ends = {part.id for part in (*self.highest, *self.lowest)}
        between = [score for id_, score in true.items() if id_ not in ends]
        high, low = ([true[part.id] for part in end] for end in (self.highest, self.lowest))
        return min(high) > max([*between, *low]) and max(low) < min([*between, *high])


@dataclass(frozen=True)
class MedianSpan(SectorSentence):
    """The span of medians, if no part is proven to be apart, or several are level at an end."""

    sector: str
    kind: ComparedKind | Literal["region", "size"]
    parts: tuple[ComparedMedian, ...]
    span: ScoreRange

    def words(self) -> str:
        """State the span that contains every median."""
        named = {"span": score_range_words(self.span)}
        return {
            "gaps": _("No CSR gap stands out: all medians shown lie in %(span)s", **named),
            "levels": _("No level of prevention stands out: all medians shown lie in %(span)s", **named),
            "themes": _("No theme stands out: all medians shown lie in %(span)s", **named),
            "region": _("The medians of the regions shown lie in %(span)s", **named),
            "size": _("The medians of the sizes shown lie in %(span)s", **named),
        }[self.kind]

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether every true median is in the span."""
        cut = self.kind in ("region", "size")
        true = [
            truth.median(self.sector, "overall", "claimed", (self.kind, part.id))
            if cut
            else truth.median(self.sector, part.id, "claimed")
            for part in self.parts
        ]
        return all(contains(self.span, score) for score in true)


def _blocks(parts: Sequence[_Shown], scale: float) -> list[tuple[ComparedMedian, ...]]:
    """Return parts in blocks, lowest median first. A block is proven to be lower than all later blocks."""
    rows = sorted(parts, key=lambda row: (row[0].low, row[0].high))
    blocks: list[list[ComparedMedian]] = [[]]
    for place, (_median, part) in enumerate(rows):
        before, after = [m for m, _part in rows[:place]], [m for m, _part in rows[place:]]
        if before and all(_are_apart(low, high, scale) for low in before for high in after):
            blocks.append([])
        blocks[-1].append(part)
    return [tuple(block) for block in blocks]


def _are_apart(low: ScoreRange, high: ScoreRange, scale: float) -> bool:
    return low.is_below(high) and (high.middle - low.middle) * 100 / scale >= MIN_DIFFERENCE


def _span(sector: str, kind: ComparedKind | Literal["region", "size"], known: Sequence[_Shown]) -> MedianSpan:
    span = ScoreRange(min(m.low for m, _part in known), max(m.high for m, _part in known))
    return MedianSpan(sector, kind, tuple(part for _median, part in known), span)


def lowest_medians(
    sector: str, of: ComparedKind, parts: Sequence[ComparedMedian], scale: float
) -> SectorSentence | None:
    """Return a sentence on the lowest median, or several if level, or None if fewer than two are shown."""
    known = _shown_medians(parts)
    if len(known) < 2:
        return None
    lowest, *higher = _blocks(known, scale)
    if not higher:
        return _span(sector, of, known)
    others = tuple(part for block in higher for part in block)
    return LowestMedians(sector, of, lowest, others, len(known) == len(parts))


def theme_extremes(sector: str, parts: Sequence[ComparedMedian], scale: float) -> SectorSentence | None:
    """Return a sentence on the themes at both ends, or several if level, or None if fewer than two are shown."""
    known = _shown_medians(parts)
    if len(known) < 2:
        return None
    blocks = _blocks(known, scale)
    if len(blocks) == 1:
        return _span(sector, "themes", known)
    shown = tuple(part for _median, part in known)
    return ThemeExtremes(sector, blocks[-1], blocks[0], shown, len(known) == len(parts))


@dataclass(frozen=True)
class WidestGapAcrossSectors(SectorSentence):
    """The sectors, of those compared, in which one gap is proven to be the widest."""

    gap: str  # id of the figure, such as `gap:reach`
    title: str  # of that gap
    sectors: tuple[str, ...]
    compared: tuple[str, ...]  # the sectors that show every gap
    gaps: tuple[str, ...]  # ids of the figures of all gaps

    def words(self) -> str:
        """State "at least", as the gap may be the widest in further sectors by less than five points."""
        if len(self.compared) == 1:
            return _(
                "Of the three CSR gaps, %(gap)s has the lowest median, as claimed, in the one sector compared",
                gap=self.title.lower(),
            )
        if len(self.sectors) == len(self.compared):
            gap, all_ = self.title.lower(), number(len(self.compared))
            return _(
                "Of the three CSR gaps, %(gap)s has the lowest median, as claimed, in each of the %(all)s sectors "
                "compared",
                gap=gap,
                all=all_,
            )
        return ngettext(
            "Of the three CSR gaps, %(gap)s has the lowest median, as claimed, in at least one sector of %(all)s",
            "Of the three CSR gaps, %(gap)s has the lowest median, as claimed, in at least %(num)s sectors of %(all)s",
            len(self.sectors),
            gap=self.title.lower(),
            all=number(len(self.compared)),
        )

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the gap's true median is the lowest in each sector, and the sectors are among those compared."""
        for sector in self.sectors:
            true = {gap: truth.median(sector, gap, "claimed") for gap in self.gaps}
            if any(true[self.gap] >= score for gap, score in true.items() if gap != self.gap):
                return False
        shown = all(truth.companies(sector, gap) for sector in self.compared for gap in self.gaps)
        return shown and set(self.sectors) <= set(self.compared)


def widest_gap_across_sectors(
    sectors: Iterable[tuple[str, Sequence[ComparedMedian]]], scale: float
) -> SectorSentence | None:
    """Return a sentence on the gap that alone is the widest in most sectors, or None if two are so equally often."""
    lowest_by_sector = {sector: (lowest_medians(sector, "gaps", parts, scale), parts) for sector, parts in sectors}
    compared = tuple(
        s for s, (widest, parts) in lowest_by_sector.items() if widest and all(p.median is not None for p in parts)
    )
    alone = {
        sector: sentence.lowest[0].id
        for sector, (sentence, _parts) in lowest_by_sector.items()
        if sector in compared and isinstance(sentence, LowestMedians) and len(sentence.lowest) == 1
    }
    first, second = [*Counter(alone.values()).most_common(2), ("", 0), ("", 0)][:2]
    if first[1] == second[1]:
        return None
    where = tuple(sector for sector, gap in alone.items() if gap == first[0])
    titles = {part.id: part.title for part in lowest_by_sector[where[0]][1]}
    return WidestGapAcrossSectors(first[0], titles[first[0]], where, compared, tuple(titles))


# ── Regions and sizes


@dataclass(frozen=True)
class BreakdownExtremes(SectorSentence):
    """Of the regions or sizes shown, those with the highest and the lowest claimed median."""

    sector: str
    kind: Literal["region", "size"]
    highest: ComparedMedian
    lowest: ComparedMedian
    shown: tuple[ComparedMedian, ...]

    def words(self) -> str:
        """State both medians, and how many companies each rests on."""
        named = {
            "first": self.highest.title,
            "last": self.lowest.title,
            "high": _median_words(self.highest),
            "low": _median_words(self.lowest),
            "many": number(self.highest.n or 0),
            "few": number(self.lowest.n or 0),
        }
        if self.kind == "region":
            return _("Medians as claimed: %(first)s %(high)s (%(many)s companies), %(last)s %(low)s "
                     "(%(few)s companies)", **named)  # fmt: skip
        return _("Medians as claimed: %(first)s people %(high)s (%(many)s companies), %(last)s people %(low)s "
                 "(%(few)s companies)", **named)  # fmt: skip

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether true medians and numbers of companies fit, and no other part shown is beyond the ends."""
        true = {p.id: truth.median(self.sector, "overall", "claimed", (self.kind, p.id)) for p in self.shown}
        ends = (self.highest, self.lowest)
        count = all(truth.companies(self.sector, "overall", (self.kind, end.id)) == end.n for end in ends)
        stated = all(end.median is not None and contains(end.median, true[end.id]) for end in ends)
        return count and stated and true[self.highest.id] == max(true.values()) and (
            true[self.lowest.id] == min(true.values())
        )  # fmt: skip


@dataclass(frozen=True)
class OneBreakdownShown(SectorSentence):
    """The only region or size that is shown."""

    sector: str
    kind: Literal["region", "size"]
    part: ComparedMedian

    def words(self) -> str:
        """State its median, and how many companies it rests on."""
        named = {"part": self.part.title, "median": _median_words(self.part), "n": number(self.part.n or 0)}
        if self.kind == "region":
            return _("Only one region can be shown. %(part)s: median %(median)s, %(n)s companies", **named)
        return _("Only one size can be shown. %(part)s people: median %(median)s, %(n)s companies", **named)

    def holds(self, truth: UnderlyingScores) -> bool:
        """Tell whether the true median is in its range, and the number of companies is true."""
        cut = (self.kind, self.part.id)
        true = truth.median(self.sector, "overall", "claimed", cut)
        stated = self.part.median is not None and contains(self.part.median, true)
        return stated and truth.companies(self.sector, "overall", cut) == self.part.n


def breakdown_headline(
    sector: str, kind: Literal["region", "size"], parts: Sequence[ComparedMedian], scale: float
) -> SectorSentence | None:
    """Return a headline comparing regions or sizes, or None if none is shown."""
    known = _shown_medians(parts)
    if not known:
        return None
    if len(known) == 1:
        return OneBreakdownShown(sector, kind, known[0][1])
    lowest, highest = (_blocks(known, scale)[end] for end in (0, -1))
    if len(lowest) > 1 or len(highest) > 1:  # it is not known which of several is at the end
        return _span(sector, kind, known)
    return BreakdownExtremes(sector, kind, highest[0], lowest[0], tuple(part for _median, part in known))


def _shown_medians(parts: Iterable[ComparedMedian]) -> list[_Shown]:
    return [(part.median, part) for part in parts if part.median is not None]


def _median_words(part: ComparedMedian) -> str:
    return "" if part.median is None else score_range_words(part.median)


#: The lens behind each comparison of lens values.
COMPARED_LENSES: Mapping[ComparedKind, str] = {"gaps": GAP_LENS, "levels": PREVENTION_LENS}


# ── The medians compared


def lens_medians(edition: Edition, group: SectorFigures, of: ComparedKind) -> tuple[ComparedMedian, ...]:
    """Return the medians of the CSR gaps or prevention levels."""
    lens, figures = COMPARED_LENSES[of], _figures_by_id(group)
    keys = [(f"{lens}:{value}", lens_value_label(edition, lens, value)) for value in edition.lenses.get(lens, ())]
    return tuple(_compared_median(figures[key], key, title) for key, title in keys if key in figures)


def theme_medians(edition: Edition, group: SectorFigures) -> tuple[ComparedMedian, ...]:
    """Return the medians of the themes."""
    figures = _figures_by_id(group)
    return tuple(_compared_median(figures[t.id], t.id, t.title or t.id) for t in edition.themes if t.id in figures)


def breakdown_medians(
    edition: Edition, group: SectorFigures, kind: Literal["region", "size"]
) -> tuple[ComparedMedian, ...]:
    """Return the medians of regions or sizes, including suppressed ones."""
    return tuple(
        _compared_median(cut.figures[0], cut.value, breakdown_label(edition, kind, cut.value))
        for cut in group.breakdowns
        if cut.kind == kind
    )


def breakdown_label(edition: Edition, kind: str, value: str) -> str:
    """Return the label of a region, of sizes, or of a group by need."""
    labels = {"region": REGION_LABELS, "need": NEED_GROUP_LABELS}.get(kind)
    return size_label(edition, value) if labels is None else label_of(labels, value)


def _compared_median(figure: Figure, id_: str, title: str) -> ComparedMedian:
    return ComparedMedian(id_, title, range_if_shown(figure.claimed.median), count_if_shown(figure.n))


def _figures_by_id(group: SectorFigures) -> Mapping[str, Figure]:
    return {figure.id: figure for figure in group.figures if figure.id != OVERALL}
