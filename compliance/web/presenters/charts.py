"""Charts of one scorecard as marks with their positions: scores in bands, intervals, levels of prevention.

Scores are on the edition's scale, 0 to `scale`; None means no score. Templates pass numbers and words, and draw the
marks that are returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from compliance.languages.formats import number
from compliance.web.presenters.chart_marks import (
    LabelMark,
    Mark,
    MarkKind,
    Marks,
    bar_mark,
    dot_mark,
    label_mark,
    line_mark,
    whisker,
)


def interval_whisker(at: "ScorePlace", y: float, half: float, kind: MarkKind = "whisker") -> Marks:
    """Return a whisker from the worst to the best score, or nothing if either is missing."""
    return () if at.worst is None or at.best is None else whisker(at.worst, at.best, y, half, kind)


# ── One score


@dataclass(frozen=True, slots=True)
class ScorePlace:
    """The position of a score and its interval, in per cent of the scale."""

    score: float | None
    worst: float | None
    best: float | None


def score_place(score: float | None, worst: float | None, best: float | None, scale: float) -> ScorePlace:
    """Return the position of a score and its interval on a scale from 0."""
    return ScorePlace(*(None if value is None else 100 * value / scale for value in (score, worst, best)))


@lru_cache(maxsize=16)
def grid(height: float) -> Marks:
    """Return the axis at 0, and gridlines at the quarters."""
    return (line_mark(0, 0, 0, height, "axis"), *(line_mark(x, 0, x, height, "gridline") for x in (25, 50, 75, 100)))


def minutes_bar(minutes: int, most: int, *, asked: bool) -> Marks:
    """Return a bar of minutes, of full width for `most`; dashed if the portion is not asked."""
    end = 100 * minutes / most if most else 0
    return line_mark(0, 0, 0, 1.5, "axis"), bar_mark(0, end, 0.4, 0.7, "ink" if asked else "hollow dashed")


@lru_cache(maxsize=1024)
def score_bar(at: ScorePlace) -> Marks:
    """Return a bar that is solid up to the worst and pale up to the best score, with a mark at the score."""
    marks: list[Mark] = [*grid(1.9)]
    if at.worst is not None:
        marks.append(bar_mark(0, at.worst, 0.6, 0.7, "fill"))
        if at.best is not None and at.best > at.worst:
            marks.append(bar_mark(at.worst, at.best, 0.6, 0.7, "pale"))
    if at.score is not None:
        marks.append(line_mark(at.score, 0.25, at.score, 1.65, "score-mark"))
    return tuple(marks)


@lru_cache(maxsize=1024)
def interval(at: ScorePlace) -> Marks:
    """Return a dot with a whisker on a plain axis."""
    marks: list[Mark] = [
        line_mark(0, 0.3, 0, 1.5, "axis"),
        line_mark(100, 0.3, 100, 1.5, "axis"),
        line_mark(50, 0.3, 50, 1.5, "gridline"),
        line_mark(0, 0.9, 100, 0.9, "gridline"),
        *interval_whisker(at, 0.9, 0.28),
    ]
    if at.score is not None:
        marks.append(dot_mark(at.score, 0.9, 6, "ink dot"))
    return tuple(marks)


def verified_score(at: ScorePlace) -> Marks:
    """Return a dot in the colour of its band, with a whisker, on a grid."""
    dots = () if at.score is None else (dot_mark(at.score, 0.95, 7, "fill dot"),)
    return (*grid(1.9), *interval_whisker(at, 0.95, 0.28), *dots)


def reading_example() -> Marks:
    """Return an example of how to read a score: 57, at worst 52, at best 65."""
    return (
        bar_mark(0, 52, 1.9, 0.9, "fill"),
        bar_mark(52, 65, 1.9, 0.9, "pale"),
        bar_mark(65, 100, 1.9, 0.9, "line"),
        line_mark(57, 1.5, 57, 3.2, "score-mark"),
        label_mark(57, 1.1, number(57), "large"),
        *(label_mark(x, 4.2, number(x), "muted") for x in (52, 65)),
        label_mark(0, 4.2, number(0), "muted", "start"),
        label_mark(100, 4.2, number(100), "muted", "end"),
    )


# ── The scale of bands

#: Classes of the style sheet, from ochre to navy.
BAND_CLASSES = ("band-1", "band-2", "band-middle", "band-3", "band-4")


def band_class(step: int, steps: int) -> str:
    """Return the colour class of a band, from step 1 to `steps`, for any number of bands."""
    return BAND_CLASSES[round((step - 1) * 4 / max(steps - 1, 1))]


@dataclass(frozen=True, slots=True)
class BandSegment:
    """One band on the scale: its bar, and the labels below."""

    bar: Marks
    labels: Marks


#: Least width of the narrowest band, in per cent, for naming all bands and not only the one reached.
_NAMED_FROM = 22


def band_segments(titles: Sequence[str], thresholds: Sequence[float], reached: int, scale: float) -> list[BandSegment]:
    """Return every band, lowest first. `reached`: the position of the score's band from 0; -1: no band."""
    edges = [100 * at / scale for at in (*thresholds, scale)]
    all_named = min([100, *(end - start for start, end in pairwise(edges))]) >= _NAMED_FROM
    return [
        BandSegment(
            (bar_mark(start, end - 0.5, 3.5, 0.4, "fill"),),
            (
                *((_band_name(titles[place], start, place == reached),) if all_named or place == reached else ()),
                label_mark(start, 6.3, number(thresholds[place]), "muted", "start"),
            ),
        )
        for place, (start, end) in enumerate(pairwise(edges))
    ]


def _band_name(title: str, start: float, is_reached: bool) -> LabelMark:
    kind: MarkKind = "strong" if is_reached else "muted wide-only"
    return label_mark(start, 5.1, title, kind, "start") if start < 80 else label_mark(100, 5.1, title, kind, "end")


def cap_line(threshold: float, scale: float, text: str) -> Marks:
    """Return the limit of a capped score: a line with a label, where the band above the one reached begins."""
    x = 100 * threshold / scale
    label = label_mark(x - 0.25, 0.95, text, "accent-label", *(("end", -8) if x > 30 else ("start", 8)))
    return (line_mark(x - 0.25, 0.4, x - 0.25, 3.9, "accent-line dashed"), label)


def score_on_bands(at: ScorePlace, text: str, scale: float) -> Marks:
    """Return the score above the scale of bands, with its whisker, and the number at the end of the scale."""
    marks: list[Mark] = [
        label_mark(100, 6.3, number(scale), "muted", "end"),
        *interval_whisker(at, 2.55, 0.45),
    ]
    if at.score is not None:
        marks += [dot_mark(at.score, 2.55, 9, "ink dot"), label_mark(at.score, 1.45, text, "large")]
    return tuple(marks)


# ── Levels of prevention: columns that rise


@dataclass(frozen=True, slots=True)
class LevelColumn:
    """One level: its interval, a dot for its score, and its labels."""

    interval: Marks
    dot: Marks
    labels: Marks


#: The y of the axis, and the height of the full scale above it, in rem.
_FLOOR, _RISE = 9.2, 8


def level_axis(scale: float) -> Marks:
    """Return the axis and gridlines at the quarters, with numbers at the top and halfway."""
    return (
        line_mark(0, _FLOOR, 100, _FLOOR, "axis"),
        *(line_mark(0, _FLOOR - 2 * quarter, 100, _FLOOR - 2 * quarter, "gridline") for quarter in (1, 2, 3, 4)),
        label_mark(0, 0.9, number(scale), "muted", "start"),
        label_mark(0, 4.9, number(scale / 2), "muted", "start"),
    )


def level_connectors(scores: Sequence[float | None], scale: float) -> Marks:
    """Return lines from each level to the next, if both have a score."""
    places = _level_places(len(scores))
    heights = [None if score is None else _level_height(100 * score / scale) for score in scores]
    return tuple(
        line_mark(x0, y0, x1, y1, "connector")
        for (x0, y0), (x1, y1) in pairwise(zip(places, heights, strict=True))
        if y0 is not None and y1 is not None
    )


def level_column(at: ScorePlace, place: int, count: int, title: str, text: str) -> LevelColumn:
    """Return one of `count` levels. `text`: the score as printed, or the reason for having none."""
    x = _level_places(count)[place]
    marks: list[Mark] = []
    top = _FLOOR
    if at.worst is not None and at.best is not None:
        low, top = _level_height(at.worst), _level_height(at.best)
        marks.append(line_mark(x, low, x, top, "whisker"))
        marks += [line_mark(x - 1.2, y, x + 1.2, y, "whisker") for y in (low, top)]
    name = label_mark(x, _FLOOR + 1.05, title, "lowered" if place % 2 else "")
    if at.score is None:
        return LevelColumn(tuple(marks), (), (label_mark(x, _FLOOR - 0.5, text, "muted"), name))
    y = _level_height(at.score)
    printed = label_mark(x, min(y - 0.75, top - 0.45), text, "large")
    return LevelColumn(tuple(marks), (dot_mark(x, y, 8, "fill dot"),), (printed, name))


def _level_height(percent: float) -> float:
    return _FLOOR - _RISE * percent / 100


def _level_places(count: int) -> list[float]:
    """Return the x of each of `count` columns. A single column is in the middle."""
    first, step = (17, 69 / (count - 1)) if count > 1 else (50, 0)
    return [first + step * i for i in range(count)]
