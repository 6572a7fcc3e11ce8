"""Geometry of charts: marks with their places, which the macros of `parts/svg.html` draw.

x is in per cent across, kept within 0 to 100, and 0 lies at the start edge of the page: `mirrored` turns a mark round
for text from right to left. y and heights are in rem down, radii and shifts in pixels. Scores are on the edition's
scale, 0 to `scale`, and None where there is none. Templates hand in numbers and words, and draw what they get.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal, TypeAlias

from compliance.languages.formats import number

#: The look of a mark: its classes in the style sheet.
Kind: TypeAlias = Literal[
    "", "accent dot", "accent-label", "accent-line", "accent-line dashed", "axis", "axis dashed", "connector", "edge",
    "fill", "fill dot", "gridline", "hollow dashed", "ink", "ink dot", "large", "line", "lowered", "muted",
    "muted wide-only", "pale", "ring", "score-mark", "silent", "strong", "whisker",
]  # fmt: skip
#: Where a label stands to its point, in reading direction.
Anchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class LineMark:
    """A straight line between two points."""

    shape: ClassVar[str] = "line"
    x0: float
    y0: float
    x1: float
    y1: float
    kind: Kind

    @property
    def mirrored(self) -> "LineMark":
        """The same line for text from right to left."""
        return replace(self, x0=100 - self.x0, x1=100 - self.x1)


@dataclass(frozen=True, slots=True)
class BarMark:
    """A rectangle; x is its left edge."""

    shape: ClassVar[str] = "bar"
    x: float
    width: float
    y: float
    height: float
    kind: Kind

    @property
    def mirrored(self) -> "BarMark":
        """The same rectangle for text from right to left."""
        return replace(self, x=100 - (self.x + self.width))


@dataclass(frozen=True, slots=True)
class DotMark:
    """A circle."""

    shape: ClassVar[str] = "dot"
    x: float
    y: float
    radius: int
    kind: Kind

    @property
    def mirrored(self) -> "DotMark":
        """The same circle for text from right to left."""
        return replace(self, x=100 - self.x)


@dataclass(frozen=True, slots=True)
class LabelMark:
    """A text at a point."""

    shape: ClassVar[str] = "label"
    x: float
    y: float
    text: str
    kind: Kind
    anchor: Anchor
    shift: int  # pixels further along x

    @property
    def mirrored(self) -> "LabelMark":
        """The same text for reading from right to left, where the anchor follows by itself."""
        return replace(self, x=100 - self.x, shift=-self.shift)


Mark: TypeAlias = LineMark | BarMark | DotMark | LabelMark
Marks: TypeAlias = tuple[Mark, ...]


def _inside(x: float) -> float:
    return max(0, min(x, 100))


def _line(x0: float, y0: float, x1: float, y1: float, kind: Kind) -> LineMark:
    return LineMark(_inside(x0), y0, _inside(x1), y1, kind)


def _bar(x0: float, x1: float, y: float, height: float, kind: Kind) -> BarMark:
    """A rectangle between two places, whichever way round they are."""
    start, end = sorted((_inside(x0), _inside(x1)))
    return BarMark(start, end - start, y, height, kind)


def _dot(x: float, y: float, radius: int, kind: Kind) -> DotMark:
    return DotMark(_inside(x), y, radius, kind)


def _label(x: float, y: float, text: str, kind: Kind = "", anchor: Anchor = "middle", shift: int = 0) -> LabelMark:
    return LabelMark(_inside(x), y, text, kind, anchor, shift)


def _whisker(x0: float, x1: float, y: float, half: float, kind: Kind = "whisker") -> Marks:
    """A line across with an end stop at either side: from the least to the most."""
    return (
        _line(x0, y, x1, y, kind),
        _line(x0, y - half, x0, y + half, kind),
        _line(x1, y - half, x1, y + half, kind),
    )


def _from_least_to_most(at: "ScorePlace", y: float, half: float, kind: Kind = "whisker") -> Marks:
    return () if at.worst is None or at.best is None else _whisker(at.worst, at.best, y, half, kind)


# ── One score


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """Where a score and its interval lie, in per cent of the scale."""

    score: float | None
    worst: float | None
    best: float | None


def score_place(score: float | None, worst: float | None, best: float | None, scale: float) -> ScorePlace:
    """A score and its interval as places on a scale from 0."""
    return ScorePlace(*(None if value is None else 100 * value / scale for value in (score, worst, best)))


def grid(height: float) -> Marks:
    """0 at the start edge, and lines at the quarters."""
    return (_line(0, 0, 0, height, "axis"), *(_line(x, 0, x, height, "gridline") for x in (25, 50, 75, 100)))


def score_bar(at: ScorePlace) -> Marks:
    """A bar: solid to the least, pale to the most, a mark at the score."""
    marks: list[Mark] = [*grid(1.9)]
    if at.worst is not None:
        marks.append(_bar(0, at.worst, 0.6, 0.7, "fill"))
        if at.best is not None and at.best > at.worst:
            marks.append(_bar(at.worst, at.best, 0.6, 0.7, "pale"))
    if at.score is not None:
        marks.append(_line(at.score, 0.25, at.score, 1.65, "score-mark"))
    return tuple(marks)


def interval(at: ScorePlace) -> Marks:
    """A dot with a whisker on a bare axis."""
    marks: list[Mark] = [
        _line(0, 0.3, 0, 1.5, "axis"),
        _line(100, 0.3, 100, 1.5, "axis"),
        _line(50, 0.3, 50, 1.5, "gridline"),
        _line(0, 0.9, 100, 0.9, "gridline"),
        *_from_least_to_most(at, 0.9, 0.28),
    ]
    if at.score is not None:
        marks.append(_dot(at.score, 0.9, 6, "ink dot"))
    return tuple(marks)


def verified_score(at: ScorePlace) -> Marks:
    """A dot in the colour of its band, with a whisker, on a grid."""
    dots = () if at.score is None else (_dot(at.score, 0.95, 7, "fill dot"),)
    return (*grid(1.9), *_from_least_to_most(at, 0.95, 0.28), *dots)


def reading_example() -> Marks:
    """How to read a score: 57, of which 52 stand and 65 may come. Numbers for illustration."""
    return (
        _bar(0, 52, 1.9, 0.9, "fill"),
        _bar(52, 65, 1.9, 0.9, "pale"),
        _bar(65, 100, 1.9, 0.9, "line"),
        _line(57, 1.5, 57, 3.2, "score-mark"),
        _label(57, 1.1, number(57), "large"),
        *(_label(x, 4.2, number(x), "muted") for x in (52, 65)),
        _label(0, 4.2, number(0), "muted", "start"),
        _label(100, 4.2, number(100), "muted", "end"),
    )


# ── The scale of bands

#: Classes of the style sheet, from ochre to navy.
BAND_CLASSES = ("band-1", "band-2", "band-middle", "band-3", "band-4")


def band_class(step: int, steps: int) -> str:
    """The colour of a band, the first to the last of `steps`, whatever their number."""
    return BAND_CLASSES[round((step - 1) * 4 / max(steps - 1, 1))]


@dataclass(frozen=True, slots=True)
class BandSegment:
    """One band on the scale: its bar, in its colour, and the labels below."""

    bar: Marks
    labels: Marks


#: The least width in per cent at which every band of a scale is named, not only the one reached.
_NAMED_FROM = 22


def band_segments(titles: Sequence[str], thresholds: Sequence[float], reached: int, scale: float) -> list[BandSegment]:
    """Every band, lowest first; `reached` is the place of the band of the score, -1 if it has none."""
    edges = [100 * at / scale for at in (*thresholds, scale)]
    all_named = min([100, *(end - start for start, end in pairwise(edges))]) >= _NAMED_FROM
    return [
        BandSegment(
            (_bar(start, end - 0.5, 3.5, 0.4, "fill"),),
            (
                *((_band_name(titles[place], start, place == reached),) if all_named or place == reached else ()),
                _label(start, 6.3, number(thresholds[place]), "muted", "start"),
            ),
        )
        for place, (start, end) in enumerate(pairwise(edges))
    ]


def _band_name(title: str, start: float, is_reached: bool) -> LabelMark:
    kind: Kind = "strong" if is_reached else "muted wide-only"
    return _label(start, 5.1, title, kind, "start") if start < 80 else _label(100, 5.1, title, kind, "end")


def cap_line(threshold: float, scale: float, text: str) -> Marks:
    """The line that a capped score does not pass: where the band above the one reached begins."""
    x = 100 * threshold / scale
    label = _label(x - 0.25, 0.95, text, "accent-label", *(("end", -8) if x > 30 else ("start", 8)))
    return (_line(x - 0.25, 0.4, x - 0.25, 3.9, "accent-line dashed"), label)


def score_on_bands(at: ScorePlace, text: str, scale: float) -> Marks:
    """The score above the scale of bands, with its whisker, and the end of the scale below."""
    marks: list[Mark] = [
        _label(100, 6.3, number(scale), "muted", "end"),
        *_from_least_to_most(at, 2.55, 0.45),
    ]
    if at.score is not None:
        marks += [_dot(at.score, 2.55, 9, "ink dot"), _label(at.score, 1.45, text, "large")]
    return tuple(marks)


# ── Levels of prevention: columns that rise


@dataclass(frozen=True, slots=True)
class LevelColumn:
    """One level: its interval, its score in the colour of its band, its labels."""

    interval: Marks
    dot: Marks
    labels: Marks


#: Where the axis lies, and how far above it the full scale.
_FLOOR, _RISE = 9.2, 8


def level_axis(scale: float) -> Marks:
    """The axis and lines at the quarters, with the numbers at the top and halfway."""
    return (
        _line(0, _FLOOR, 100, _FLOOR, "axis"),
        *(_line(0, _FLOOR - 2 * quarter, 100, _FLOOR - 2 * quarter, "gridline") for quarter in (1, 2, 3, 4)),
        _label(0, 0.9, number(scale), "muted", "start"),
        _label(0, 4.9, number(scale / 2), "muted", "start"),
    )


def level_connectors(scores: Sequence[float | None], scale: float) -> Marks:
    """Lines from each level to the next, where both have a score."""
    places = _level_places(len(scores))
    heights = [None if score is None else _level_height(100 * score / scale) for score in scores]
    return tuple(
        _line(x0, y0, x1, y1, "connector")
        for (x0, y0), (x1, y1) in pairwise(zip(places, heights, strict=True))
        if y0 is not None and y1 is not None
    )


def level_column(at: ScorePlace, place: int, count: int, title: str, text: str) -> LevelColumn:
    """One of `count` levels; `text` is the score as it is printed, or why there is none."""
    x = _level_places(count)[place]
    marks: list[Mark] = []
    top = _FLOOR
    if at.worst is not None and at.best is not None:
        low, top = _level_height(at.worst), _level_height(at.best)
        marks.append(_line(x, low, x, top, "whisker"))
        marks += [_line(x - 1.2, y, x + 1.2, y, "whisker") for y in (low, top)]
    name = _label(x, _FLOOR + 1.05, title, "lowered" if place % 2 else "")
    if at.score is None:
        return LevelColumn(tuple(marks), (), (_label(x, _FLOOR - 0.5, text, "muted"), name))
    y = _level_height(at.score)
    printed = _label(x, min(y - 0.75, top - 0.45), text, "large")
    return LevelColumn(tuple(marks), (_dot(x, y, 8, "fill dot"),), (printed, name))


def _level_height(percent: float) -> float:
    return _FLOOR - _RISE * percent / 100


def _level_places(count: int) -> list[float]:
    """Places across of so many columns; a single one stands in the middle."""
    first, step = (17, 69 / (count - 1)) if count > 1 else (50, 0)
    return [first + step * i for i in range(count)]


# ── Many companies


@dataclass(frozen=True, slots=True)
class MedianPlace:
    """Where a median and its quartiles lie, in per cent of the scale."""

    median: float | None
    low: float | None
    high: float | None


def median_place(median: float | None, low: float | None, high: float | None, scale: float) -> MedianPlace:
    """A median and its quartiles as places on a scale from 0; None: not shown."""
    return MedianPlace(*(None if value is None else 100 * value / scale for value in (median, low, high)))


def axis_numbers(scale: float) -> Marks:
    """The numbers of the axis above rows that share it."""
    anchors: tuple[Anchor, ...] = ("start", "middle", "middle", "middle", "end")
    return tuple(
        _label(x, 0.9, number(scale * x / 100), "muted", anchor)
        for x, anchor in zip((0, 25, 50, 75, 100), anchors, strict=True)
    )


def medians(claimed: MedianPlace, evidenced: MedianPlace) -> Marks:
    """A ring as claimed above a dot as evidenced, lines over the middle half of companies, a dashed line halfway."""
    return (
        *grid(2.4),
        _line(50, 0, 50, 2.4, "axis dashed"),
        *_median(claimed, 0.7, "ring"),
        *_median(evidenced, 1.7, "accent dot"),
    )


def _median(at: MedianPlace, y: float, kind: Kind) -> Marks:
    if at.median is None:
        return ()
    middle_half = () if at.low is None or at.high is None else (_line(at.low, y, at.high, y, "connector"),)
    return (*middle_half, _dot(at.median, y, 6, kind))


def peer_median(peers: MedianPlace, own: ScorePlace, median_text: str, own_text: str) -> Marks:
    """The median and middle half of a peer group, and one's own score with its interval."""
    marks: list[Mark] = [_line(0, 2, 100, 2, "gridline")]
    if peers.low is not None and peers.high is not None:
        marks.append(_bar(peers.low, peers.high, 1.65, 0.7, "edge"))
    if peers.median is not None:
        marks.append(_line(peers.median, 1.3, peers.median, 2.7, "score-mark"))
        marks.append(_label(peers.median, 3.7, median_text))
    if own.score is not None:
        marks += _from_least_to_most(own, 2, 0.3, "accent-line")
        marks += [_dot(own.score, 2, 7, "accent dot"), _label(own.score, 0.75, own_text, "accent-label")]
    return tuple(marks)


def participation_bar(
    registered: int | object, scored: int | object, unscored: int | object, silent: int | object
) -> Marks:
    """Who takes part, each as long as its count; what is not shown is outlined. A count is a number or a word."""
    if not isinstance(registered, int) or not registered:
        return (_bar(0, 100, 0.1, 1.3, "hollow dashed"),)
    one = 100 / registered
    shown = scored if isinstance(scored, int) else 0
    marks: list[Mark] = []
    if not all(isinstance(count, int) for count in (scored, unscored, silent)):
        marks.append(_bar(one * shown, 100, 0.1, 1.3, "hollow dashed"))
    if isinstance(silent, int) and silent:
        marks.append(_bar(100 - one * silent, 100, 0.1, 1.3, "silent"))
    if shown:
        marks.append(_bar(0, one * shown, 0.1, 1.3, "fill"))
    if isinstance(unscored, int) and unscored:
        marks.append(_bar(one * shown, one * (shown + unscored), 0.1, 1.3, "pale"))
    return tuple(marks)


def band_bar(count: int | object, percent: float, percent_held_down: float) -> Marks:
    """A bar as long as a count, in per cent of the largest; its pale end are those that a cap holds down."""
    if not isinstance(count, int):
        return (_bar(0, 100, 0.1, 1.1, "hollow dashed"),)
    return (_bar(0, percent, 0.1, 1.1, "pale"), _bar(0, percent - percent_held_down, 0.1, 1.1, "fill"))


def share_bar(low: float, high: float, is_exact: bool) -> Marks:
    """A share in per cent: solid as far as it is known, dashed to the bound of a suppressed count; a mark at half."""
    return (
        _bar(0, 100, 0.1, 0.5, "line"),
        *((_bar(0, low, 0.1, 0.5, "ink"),) if low else ()),
        *(() if is_exact else (_bar(low, high, 0.1, 0.5, "hollow dashed"),)),
        _line(50, 0, 50, 0.7, "score-mark"),
    )
