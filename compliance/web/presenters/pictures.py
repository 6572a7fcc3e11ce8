"""Charts as pictures to download: SVG files that state what they show, of how many companies, when, and the source.

A picture has a `viewBox` and carries its look in attributes, so that it looks the same on any page, in slides and in
vector editors. Its colours are always light. It is 1,200 units wide and as high as needed; a card is 630 high. Lines
are broken by the widths of a wide typeface, so that narrower ones do not overflow. For text from right to left, marks
are mirrored, and each line is put into a Unicode embedding, which browsers and resvg treat alike.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup, escape

from compliance.languages.interface_messages import current_language, text_direction
from compliance.languages.interface_messages import gettext as _
from compliance.web.presenters.chart_marks import BarMark, DotMark, LabelAnchor, LabelMark, LineMark, Mark, Marks

WIDTH, CARD_HEIGHT = 1200, 630
#: The name of the picture that represents a page when its address is shared.
CARD = "card"
_EDGE = 72
_INNER = WIDTH - 2 * _EDGE
#: The light colours of the style sheet.
COLOURS = {
    "paper": "#fbfaf7", "ink": "#1e1b22", "soft": "#5a5460", "edge": "#857d88", "line": "#e0dbd5", "accent": "#6d2150",
    "tint": "#f7eef3", "band-1": "#b27616", "band-2": "#82785f", "band-middle": "#697276", "band-3": "#4c6c8c",
    "band-4": "#1d3d63", "ground-1": "#fbf1da", "ground-2": "#ece7da", "ground-middle": "#e1e4de",
    "ground-3": "#d6e1eb", "ground-4": "#b3c9df", "band-none": "#857d88", "ground-none": "#fbfaf7",
}  # fmt: skip
_SANS = "'Noto Sans','Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans','Liberation Sans',Arial,sans-serif"
_SERIF = f"'Iowan Old Style','Palatino Linotype',Palatino,Cambria,'Noto Serif','DejaVu Serif',{_SANS}"
#: The first of these that is installed has both Arabic and Latin letters.
_ARABIC = "'DejaVu Sans','Segoe UI','Geeza Pro',Arial,'Noto Sans Arabic',sans-serif"
#: Units per rem of marks, in a picture and on a card.
_REM, _CARD_REM = 26, 40
#: A right-to-left embedding, and the end of it.
_FROM_THE_RIGHT = "\u202b%s\u202c"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRow:
    """A bar, or a line of dots, with its texts."""

    title: str
    marks: Marks
    height: float  # of the marks, in rem
    below_title: str = ""
    value: str = ""  # at the end of the title's line
    below_value: str = ""
    note: str = ""  # below the marks
    colour: str = "band-3"
    heading: str = ""  # above the row, if a block begins with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart with all the texts that belong in the same file."""

    topic: str
    finding: str
    how: str = ""  # how to read it
    key: Sequence[tuple[Mark, str]] = ()  # legend
    axis: Marks = ()  # numbers above the rows
    rows: Sequence[PictureRow] = ()
    sources: Sequence[str] = ()  # what to cite: source, number of companies, date, licence
    address: str = ""  # of the page it is from; "": the installation has no address


def typefaces() -> str:
    """Return the typefaces for the page's language, best first. A program that draws the file needs one of them."""
    return _ARABIC if text_direction(current_language()) == "rtl" else _SANS


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as an SVG file."""

    svg: str
    height: int
    finding: str


def plain(words: object) -> str:
    """Return text of a page without HTML tags."""
    return words.striptags() if isinstance(words, Markup) else str(words)


def draw_picture(picture: Picture) -> Drawing:
    """Draw a picture, in the language of the page."""
    sheet = _Sheet()
    sheet.head()
    sheet.lines(picture.topic, 24, weight=600, fill="soft", gap=34)
    sheet.y += 12
    sheet.lines(picture.finding, 42, weight=600, serif=True, gap=52)
    sheet.y += 10
    sheet.lines(picture.how, 22, fill="soft", gap=31)
    for mark, words in picture.key:
        sheet.key(mark, words)
    sheet.y += 14
    for place, row in enumerate(picture.rows):
        sheet.row(row, picture.axis if place == 0 else ())
    sheet.foot(picture, 20)
    return Drawing(sheet.svg(picture, sheet.y), sheet.y, picture.finding)


def draw_card(picture: Picture) -> Drawing:
    """Draw a card, shown where the address is shared: the finding, and only the first row, enlarged."""
    sheet = _Sheet()
    sheet.head()
    if text_width(picture.topic, 26) < _INNER - 320:
        sheet.text(_INNER, 68, picture.topic, 26, fill="soft", anchor="end")
    else:
        sheet.lines(picture.topic, 26, fill="soft", gap=34)
    foot, row = _Sheet(), picture.rows[0] if picture.rows else None
    foot.foot(picture, 20)
    below = CARD_HEIGHT - foot.y  # where the foot begins
    top = below if row is None else below - sheet.height_on_card(row, picture)
    size = next((size for size in range(64, 26, -2) if sheet.height_of(picture.finding, size) <= top - sheet.y), 26)
    sheet.lines(picture.finding, size, weight=600, serif=True, gap=round(size * 1.2))
    if row is not None:
        sheet.y = top
        sheet.row_on_card(row, picture)
    sheet.y = below
    sheet.foot(picture, 20)
    return Drawing(sheet.svg(picture, CARD_HEIGHT), CARD_HEIGHT, picture.finding)


def _spoken(picture: Picture) -> str:
    rows = (
        " ".join(part for part in (row.title, row.below_title, row.value, row.below_value, row.note) if part)
        for row in picture.rows
    )
    return "; ".join(rows)


def text_width(words: str, size: float, weight: int = 400) -> float:
    """Return an upper estimate of the width of a text, in units: that in a wide typeface such as DejaVu Sans."""
    return sum(map(_letter_width, words)) * size * (1.09 if weight >= 600 else 1)


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf":
        return 0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in "iljI.,:;'|!’ ":
        return 0.34
    if letter in "mwMW%@":
        return 0.95
    return 0.7 if letter.isupper() else 0.62


def broken_lines(words: str, width: float, size: float, weight: int = 400) -> list[str]:
    """Return words in lines of at most this width. A wider word has a line of its own."""
    lines: list[str] = []
    for word in words.split():
        if lines and text_width(f"{lines[-1]} {word}", size, weight) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


@dataclass
class _Sheet:
    """A drawing in progress, down to `y`. x is measured from the inner margin on the side where reading starts."""

    y: int = 0
    drawn: list[str] = field(default_factory=list)
    rtl: bool = field(default_factory=lambda: text_direction(current_language()) == "rtl")

    def svg(self, picture: Picture, height: int) -> str:
        """Return the file. Its title is the finding; its description has the numbers."""
        language = current_language()
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'direction="ltr" role="img" xml:lang="{language}"><title>{escape(picture.finding)}</title>'
            f"<desc>{escape(_spoken(picture))}</desc>"
            f'<rect width="{WIDTH}" height="{height}" fill="{COLOURS["paper"]}"/>{"".join(self.drawn)}</svg>'
        )

    def head(self) -> None:
        """Draw the logo and the name of the tool."""
        self.bar(-_EDGE, WIDTH, 0, 12, f'fill="{COLOURS["accent"]}"')
        ink = COLOURS["accent"]
        left = WIDTH - _EDGE - 51 if self.rtl else _EDGE
        self.drawn.append(
            f'<g transform="translate({left} 46) scale(1.5)"><path d="M2 1v14M32 1v14M2 8h30" fill="none" '
            f'stroke="{ink}" stroke-width="2"/><circle cx="14" cy="8" r="5.5" fill="{ink}"/></g>'
        )
        self.text(66, 68, _("Article 34"), 28, weight=600)
        self.y = 88

    def foot(self, picture: Picture, size: int) -> None:
        """Draw a rule, and the sources below it."""
        self.y += 26
        self.rule("ink", 2)
        self.y += 10
        for words in picture.sources:
            self.lines(words, size, fill="soft", gap=round(size * 1.4))
        if picture.address:
            self.y += round(size * 1.4)
            self.text(0, self.y, picture.address, size, weight=600, fill="accent")
        self.y += 34

    def key(self, mark: Mark, words: str) -> None:
        """Draw an entry of the legend."""
        self.y += 32
        self.mark(mark, self.y - 20, _REM, "band-3", 20)
        self.text(30, self.y, words, 20)

    def row(self, row: PictureRow, axis: Marks) -> None:
        """Draw the texts of a row, the numbers of the axis if given, the marks, and the note."""
        if row.heading:
            self.y += 16
            self.lines(row.heading, 20, weight=600, fill="soft", gap=28)
        begin = self.y
        taken = max(text_width(row.value, 26, 600), text_width(row.below_value, 20)) if row.value else 0
        self.lines(row.title, 25, gap=33, width=_INNER - taken - (30 if taken else 0), weight=600)
        self.lines(row.below_title, 20, fill="soft", gap=27, width=_INNER - taken - 30)
        if row.value:
            self.text(_INNER, begin + 33, row.value, 26, weight=600, anchor="end")
            self.text(_INNER, begin + 62, row.below_value, 20, fill="soft", anchor="end")
            self.y = max(self.y, begin + (62 if row.below_value else 33))
        self.y += 12
        self.marks(axis, 1.2 if axis else 0, row.colour)
        self.marks(row.marks, row.height, row.colour)
        self.lines(row.note, 20, fill="ink", gap=28)
        self.y += 18
        self.rule("line", 1)

    def height_on_card(self, row: PictureRow, picture: Picture) -> int:
        return round(row.height * _CARD_REM) + (104 if picture.axis else 70)

    def row_on_card(self, row: PictureRow, picture: Picture) -> None:
        """Draw the values of a row in one line, each with its legend mark, then the enlarged marks and the axis."""
        self.y += 50
        words = [each for each in (row.value, row.below_value) if each]
        for place, each in enumerate(words):
            x = place * _INNER / 2
            if place < len(picture.key) and isinstance(mark := picture.key[place][0], DotMark):
                self.mark(replace(mark, x=100 * x / _INNER + 1.2), self.y - 32, _CARD_REM, row.colour, 20)
                x += 40
            self.text(x, self.y, each, 32, weight=600)
        self.y += 20
        self.marks(row.marks, row.height, row.colour, rem=_CARD_REM)
        self.marks(picture.axis, 0, row.colour, label_size=22)

    def height_of(self, words: str, size: int) -> int:
        return len(broken_lines(words, _INNER, size, 600)) * round(size * 1.2)

    def lines(
        self,
        words: str,
        size: int,
        *,
        gap: int,
        weight: int = 400,
        fill: str = "ink",
        serif: bool = False,
        width: float = _INNER,
    ) -> None:
        """Draw a text in as many lines as it needs."""
        for line in broken_lines(words, width, size, weight):
            self.y += gap
            self.text(0, self.y, line, size, weight=weight, fill=fill, serif=serif)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        weight: int = 400,
        fill: str = "ink",
        serif: bool = False,
        anchor: LabelAnchor = "start",
    ) -> None:
        """Draw a text at a point, in reading direction."""
        if not words:
            return
        family = _ARABIC if self.rtl else _SERIF if serif else _SANS
        if self.rtl:
            anchor = {"start": "end", "middle": "middle", "end": "start"}[anchor]  # type: ignore[assignment]
            words = _FROM_THE_RIGHT % words
        weight_of = f' font-weight="{weight}"' if weight != 400 else ""
        anchored = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.drawn.append(
            f'<text x="{self._across(x):g}" y="{y:g}" font-family="{family}" font-size="{size:g}"{weight_of} '
            f'fill="{COLOURS[fill]}"{anchored}>{escape(words)}</text>'
        )

    def rule(self, colour: str, thickness: int) -> None:
        self.drawn.append(
            f'<path d="M{_EDGE} {self.y}H{WIDTH - _EDGE}" stroke="{COLOURS[colour]}" stroke-width="{thickness}"/>'
        )

    def bar(self, x: float, width: float, y: float, height: float, look: str) -> None:
        left = self._across(x + width) if self.rtl else self._across(x)
        self.drawn.append(f'<rect x="{left:g}" y="{y:g}" width="{width:g}" height="{height:g}" {look}/>')

    def marks(
        self, marks: Iterable[Mark], height: float, colour: str, *, rem: int = _REM, label_size: int = 20
    ) -> None:
        """Draw marks across the whole width, as on a page, and move `y` below them."""
        for mark in marks:
            self.mark(mark, self.y, rem, colour, label_size)
        self.y += round(height * rem)

    def mark(self, mark: Mark, top: float, rem: int, colour: str, label_size: int) -> None:
        """Draw a mark, whose x is in per cent of the width and whose y is in rem."""
        one = _INNER / 100
        look = _look(mark.kind, colour, rem / 16)
        if isinstance(mark, LabelMark):
            x, y = mark.x * one + mark.shift, top + mark.y * rem
            self.text(x, y, mark.text, label_size, fill="soft", anchor=mark.anchor)
        elif isinstance(mark, BarMark):
            self.bar(mark.x * one, mark.width * one, top + mark.y * rem, mark.height * rem, look)
        elif isinstance(mark, DotMark):
            x, y = self._across(mark.x * one), top + mark.y * rem
            self.drawn.append(f'<circle cx="{x:g}" cy="{y:g}" r="{mark.radius * rem / 16:g}" {look}/>')
        else:
            self._line(mark, top, rem, look)

    def _line(self, mark: LineMark, top: float, rem: int, look: str) -> None:
        x0, x1 = (self._across(x * _INNER / 100) for x in (mark.x0, mark.x1))
        y0, y1 = (top + y * rem for y in (mark.y0, mark.y1))
        self.drawn.append(f'<path d="M{x0:g} {y0:g}L{x1:g} {y1:g}" {look}/>')

    def _across(self, x: float) -> float:
        return round(WIDTH - _EDGE - x if self.rtl else _EDGE + x, 1)


def _look(kind: str, colour: str, scale: float) -> str:
    """Return the look of a kind of mark as SVG attributes, as in the style sheet. Line widths are scaled."""
    ground = COLOURS[colour.replace("band", "ground")]
    fill, stroke, width = "none", "", 1.0
    for word in kind.split():
        if word in ("ink", "accent", "edge", "line"):
            fill = COLOURS[word]
        elif word == "fill":
            fill = COLOURS[colour]
        elif word == "pale":
            fill, stroke = ground, COLOURS[colour]
        elif word == "silent":
            fill, stroke = COLOURS["tint"], COLOURS["accent"]
        elif word in ("hollow", "axis", "connector"):
            stroke, width = COLOURS["edge"], 2 if word == "connector" else 1
        elif word == "gridline":
            stroke = COLOURS["line"]
        elif word == "dot":
            stroke, width = COLOURS["paper"], 2
        elif word in ("whisker", "ring", "score-mark", "accent-line"):
            stroke = COLOURS["accent" if word == "accent-line" else "ink"]
            fill, width = COLOURS["paper"] if word == "ring" else "none", 3 if word == "score-mark" else 2
    stroked = f' stroke="{stroke}" stroke-width="{width * scale:g}"' if stroke else ""
    dashed = f' stroke-dasharray="{3 * scale:g} {3 * scale:g}"' if "dashed" in kind else ""
    return f'fill="{fill}"{stroked}{dashed}'
