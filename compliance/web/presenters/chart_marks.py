"""Marks that charts are made of: lines, bars, dots and labels with their places.

x is in per cent across, kept within 0 to 100, and 0 lies at the start edge of the page: `mirrored` turns a mark
round for text from right to left. y and heights are in rem down, radii and shifts in pixels. The macros of
`parts/svg.html` draw marks.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias

#: The look of a mark: its classes in the style sheet.
MarkKind: TypeAlias = Literal[
    "", "accent dot", "accent-label", "accent-line", "accent-line dashed", "axis", "axis dashed", "connector", "edge",
    "fill", "fill dot", "gridline", "hollow dashed", "ink", "ink dot", "large", "line", "lowered", "muted",
    "muted wide-only", "pale", "ring", "score-mark", "silent", "strong", "whisker",
]  # fmt: skip
#: Where a label stands to its point, in reading direction.
LabelAnchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class LineMark:
    """A straight line between two points."""

    shape: ClassVar[str] = "line"
    x0: float
    y0: float
    x1: float
    y1: float
    kind: MarkKind

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
    kind: MarkKind

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
    kind: MarkKind

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
    kind: MarkKind
    anchor: LabelAnchor
    shift: int  # pixels further along x

    @property
    def mirrored(self) -> "LabelMark":
        """The same text for reading from right to left, where the anchor follows by itself."""
        return replace(self, x=100 - self.x, shift=-self.shift)


Mark: TypeAlias = LineMark | BarMark | DotMark | LabelMark
Marks: TypeAlias = tuple[Mark, ...]


def _inside(x: float) -> float:
    return max(0, min(x, 100))


def line_mark(x0: float, y0: float, x1: float, y1: float, kind: MarkKind) -> LineMark:
    """A line between two points."""
    return LineMark(_inside(x0), y0, _inside(x1), y1, kind)


def bar_mark(x0: float, x1: float, y: float, height: float, kind: MarkKind) -> BarMark:
    """A rectangle between two places, whichever way round they are."""
    start, end = sorted((_inside(x0), _inside(x1)))
    return BarMark(start, end - start, y, height, kind)


def dot_mark(x: float, y: float, radius: int, kind: MarkKind) -> DotMark:
    """A dot at a point."""
    return DotMark(_inside(x), y, radius, kind)


def label_mark(
    x: float, y: float, text: str, kind: MarkKind = "", anchor: LabelAnchor = "middle", shift: int = 0
) -> LabelMark:
    """A text at a point."""
    return LabelMark(_inside(x), y, text, kind, anchor, shift)


def whisker(x0: float, x1: float, y: float, half: float, kind: MarkKind = "whisker") -> Marks:
    """A line across with an end stop at either side: from the least to the most."""
    return (
        line_mark(x0, y, x1, y, kind),
        line_mark(x0, y - half, x0, y + half, kind),
        line_mark(x1, y - half, x1, y + half, kind),
    )
