"""Charts of groups of companies as marks with their positions: medians, participation, bands and shares.

Templates pass numbers and words, and draw the marks that are returned.
"""

from dataclasses import dataclass

from compliance.languages.formats import number
from compliance.web.presenters.chart_marks import (
    LabelAnchor,
    Mark,
    MarkKind,
    Marks,
    bar_mark,
    dot_mark,
    label_mark,
    line_mark,
)
from compliance.web.presenters.charts import ScorePlace, grid, interval_whisker

# ── Many companies


@dataclass(frozen=True, slots=True)
class MedianPlace:
    """The position of a median and its quartiles, in per cent of the scale."""

    median: float | None
    low: float | None
    high: float | None


def median_place(median: float | None, low: float | None, high: float | None, scale: float) -> MedianPlace:
    """Return the position of a median and its quartiles on a scale from 0; None: not shown."""
    return MedianPlace(*(None if value is None else 100 * value / scale for value in (median, low, high)))


def axis_numbers(scale: float) -> Marks:
    """Return the numbers of an axis that several rows share, to be shown above them."""
    anchors: tuple[LabelAnchor, ...] = ("start", "middle", "middle", "middle", "end")
    return tuple(
        label_mark(x, 0.9, number(scale * x / 100), "muted", anchor)
        for x, anchor in zip((0, 25, 50, 75, 100), anchors, strict=True)
    )


def medians(claimed: MedianPlace, evidenced: MedianPlace) -> Marks:
    """Return a ring (claimed) above a dot (evidenced), lines over the middle halves, and a dashed line at half."""
    return (
        *grid(2.4),
        line_mark(50, 0, 50, 2.4, "axis dashed"),
        *_median(claimed, 0.7, "ring"),
        *_median(evidenced, 1.7, "accent dot"),
    )


def _median(at: MedianPlace, y: float, kind: MarkKind) -> Marks:
    if at.median is None:
        return ()
    middle_half = () if at.low is None or at.high is None else (line_mark(at.low, y, at.high, y, "connector"),)
    return (*middle_half, dot_mark(at.median, y, 6, kind))


def peer_median(peers: MedianPlace, own: ScorePlace, median_text: str, own_text: str) -> Marks:
    """Return the median and middle half of a peer group, and one's own score with its interval."""
    marks: list[Mark] = [line_mark(0, 2, 100, 2, "gridline")]
    if peers.low is not None and peers.high is not None:
        marks.append(bar_mark(peers.low, peers.high, 1.65, 0.7, "edge"))
    if peers.median is not None:
        marks.append(line_mark(peers.median, 1.3, peers.median, 2.7, "score-mark"))
        marks.append(label_mark(peers.median, 3.7, median_text))
    if own.score is not None:
        marks += interval_whisker(own, 2, 0.3, "accent-line")
        marks += [dot_mark(own.score, 2, 7, "accent dot"), label_mark(own.score, 0.75, own_text, "accent-label")]
    return tuple(marks)


def participation_bar(
    registered: int | object, scored: int | object, unscored: int | object, silent: int | object
) -> Marks:
    """Return a stacked bar of participation by count. A count that is not an int is suppressed, and outlined."""
    if not isinstance(registered, int) or not registered:
        return (bar_mark(0, 100, 0.1, 1.3, "hollow dashed"),)
    one = 100 / registered
    shown = scored if isinstance(scored, int) else 0
    marks: list[Mark] = []
    if not all(isinstance(count, int) for count in (scored, unscored, silent)):
        marks.append(bar_mark(one * shown, 100, 0.1, 1.3, "hollow dashed"))
    if isinstance(silent, int) and silent:
        marks.append(bar_mark(100 - one * silent, 100, 0.1, 1.3, "silent"))
    if shown:
        marks.append(bar_mark(0, one * shown, 0.1, 1.3, "fill"))
    if isinstance(unscored, int) and unscored:
        marks.append(bar_mark(one * shown, one * (shown + unscored), 0.1, 1.3, "pale"))
    return tuple(marks)


def band_bar(count: int | object, percent: float, percent_held_down: float) -> Marks:
    """Return a bar of a count, in per cent of the largest count. The pale end is the part limited by a cap."""
    if not isinstance(count, int):
        return (bar_mark(0, 100, 0.1, 1.1, "hollow dashed"),)
    return (bar_mark(0, percent, 0.1, 1.1, "pale"), bar_mark(0, percent - percent_held_down, 0.1, 1.1, "fill"))


def share_bar(low: float, high: float, is_exact: bool) -> Marks:
    """Return a bar of a share in per cent: solid to its lower bound, dashed to its upper bound, with a mark at half."""
    return (
        bar_mark(0, 100, 0.1, 0.5, "line"),
        *((bar_mark(0, low, 0.1, 0.5, "ink"),) if low else ()),
        *(() if is_exact else (bar_mark(low, high, 0.1, 0.5, "hollow dashed"),)),
        line_mark(50, 0, 50, 0.7, "score-mark"),
    )
