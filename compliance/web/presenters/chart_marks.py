"""The marks of charts: lines, bars, dots and labels with their positions.

x is in per cent of the width, clamped to 0 to 100, from the start edge of the page: `mirrored` reflects a mark for text
from right to left. y and heights are in rem, downwards; radii and shifts are in pixels. A chart has many marks, so
their SVG is written here: a template takes ten times as long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup, escape

#: The look of a mark: its classes in the style sheet.
MarkKind: TypeAlias = Literal[
    "", "accent dot", "accent-label", "accent-line", "accent-line dashed", "axis", "axis dashed", "connector", "edge",
    "fill", "fill dot", "gridline", "hollow dashed", "ink", "ink dot", "large", "line", "lowered", "muted",
    "muted wide-only", "pale", "ring", "score-mark", "silent", "strong", "whisker",
]  # fmt: skip
#: The part of a label that is at its point, in reading direction.
LabelAnchor: TypeAlias = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class LineMark:
    """A straight line between two points."""

    x0: float
    y0: float
    x1: float
    y1: float
    kind: MarkKind

    @property
    def mirrored(self) -> "LineMark":
        """The same line for text from right to left."""
        return LineMark(100 - self.x0, self.y0, 100 - self.x1, self.y1, self.kind)

    @property
    def svg(self) -> str:
        """The mark as an SVG element."""
        end = f'x2="{_g(self.x1)}%" y2="{_g(self.y1)}rem"'
        return f'<line x1="{_g(self.x0)}%" y1="{_g(self.y0)}rem" {end} class="{self.kind}"/>'


@dataclass(frozen=True, slots=True)
class BarMark:
    """A rectangle; x is its left edge."""

    x: float
    width: float
    y: float
    height: float
    kind: MarkKind

    @property
    def mirrored(self) -> "BarMark":
        """The same rectangle for text from right to left."""
        return BarMark(100 - (self.x + self.width), self.width, self.y, self.height, self.kind)

    @property
    def svg(self) -> str:
        """The mark as an SVG element."""
        size = f'width="{_g(self.width)}%" height="{_g(self.height)}rem"'
        return f'<rect x="{_g(self.x)}%" y="{_g(self.y)}rem" {size} class="{self.kind}"/>'


@dataclass(frozen=True, slots=True)
class DotMark:
    """A circle."""

    x: float
    y: float
    radius: int
    kind: MarkKind

    @property
    def mirrored(self) -> "DotMark":
        """The same circle for text from right to left."""
        return DotMark(100 - self.x, self.y, self.radius, self.kind)

    @property
    def svg(self) -> str:
        """The mark as an SVG element."""
        return f'<circle cx="{_g(self.x)}%" cy="{_g(self.y)}rem" r="{self.radius}" class="{self.kind}"/>'


@dataclass(frozen=True, slots=True)
class LabelMark:
    """A text at a point."""

    x: float
    y: float
    text: str
    kind: MarkKind
    anchor: LabelAnchor
    shift: int  # pixels further along x

    @property
    def mirrored(self) -> "LabelMark":
        """The same label for text from right to left. Its anchor stays, as it follows the reading direction."""
        return LabelMark(100 - self.x, self.y, self.text, self.kind, self.anchor, -self.shift)

    @property
    def svg(self) -> str:
        """The mark as an SVG element."""
        anchor = f' text-anchor="{self.anchor}"' if self.anchor != "start" else ""
        shift, kind = f' dx="{self.shift}"' if self.shift else "", f' class="{self.kind}"' if self.kind else ""
        return f'<text x="{_g(self.x)}%" y="{_g(self.y)}rem"{anchor}{shift}{kind}>{escape(self.text)}</text>'


Mark: TypeAlias = LineMark | BarMark | DotMark | LabelMark
Marks: TypeAlias = tuple[Mark, ...]


def drawn_marks(marks: Iterable[Mark], rtl: bool) -> Markup:
    """Return marks as SVG, each drawn on top of those before. `rtl`: mirrored, for text from right to left."""
    drawn = (mark.mirrored.svg if rtl else mark.svg for mark in marks)
    return Markup("".join(drawn))  # noqa: S704  # the text in it is escaped


def _g(number: float) -> str:
    """Return a number for an attribute, with at most two decimals."""
    return f"{round(number, 2):g}"


def _inside(x: float) -> float:
    return max(0, min(x, 100))


def line_mark(x0: float, y0: float, x1: float, y1: float, kind: MarkKind) -> LineMark:
    """Return a line between two points."""
    return LineMark(_inside(x0), y0, _inside(x1), y1, kind)


def bar_mark(x0: float, x1: float, y: float, height: float, kind: MarkKind) -> BarMark:
    """Return a rectangle between two positions, in either order."""
    start, end = sorted((_inside(x0), _inside(x1)))
    return BarMark(start, end - start, y, height, kind)


def dot_mark(x: float, y: float, radius: int, kind: MarkKind) -> DotMark:
    """Return a dot at a point."""
    return DotMark(_inside(x), y, radius, kind)


def label_mark(
    x: float, y: float, text: str, kind: MarkKind = "", anchor: LabelAnchor = "middle", shift: int = 0
) -> LabelMark:
    """Return a text at a point."""
    return LabelMark(_inside(x), y, text, kind, anchor, shift)


def whisker(x0: float, x1: float, y: float, half: float, kind: MarkKind = "whisker") -> Marks:
    """Return a whisker: a horizontal line with a stop at each end."""
    return (
        line_mark(x0, y, x1, y, kind),
        line_mark(x0, y - half, x0, y + half, kind),
        line_mark(x1, y - half, x1, y + half, kind),
    )
