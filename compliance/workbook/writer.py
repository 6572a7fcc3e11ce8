"""The one way to write a workbook: text can only be text, and a formula always carries its value.

Whatever people wrote may begin with `=`, `+`, `-` or `@`, hold control
characters, or be longer than a cell. It stays readable text, in cells,
headings, sheet names, page headers, properties and file names alike.
"""

import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from compliance.workbook.formulas import Formula, Place, Span, is_formula_safe
from compliance.workbook.look import STYLES, Style

#: What a formula cell is worth before anybody recalculates; the empty text is "none".
Cached: TypeAlias = float | str

REPLACEMENT = "�"
_LONGEST = 32_767  # characters a cell can hold
_CUT = " [cut here: a cell holds no more; {} characters are missing]"
#: Control characters, half characters, and the marks that turn the direction of what follows.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Text that a cell can hold: control characters become visible, and what is too long says so at its end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNPRINTABLE.sub(REPLACEMENT, text)
    if len(text.encode("utf-16-le")) // 2 <= _LONGEST:
        return text
    room = _LONGEST - len(_CUT) - 10
    kept = text[: room if text.isascii() else room // 2]  # a character beyond the basic plane counts as two
    return kept + _CUT.format(len(text) - len(kept))


def line(text: str, most: int = 200) -> str:
    """Clean text on one line, cut with an ellipsis."""
    joined = " ".join(clean(text).split())
    return joined if len(joined) <= most else joined[: most - 1] + "…"


def safe_file_name(*parts: str) -> str:
    """A name for a download, from any text: letters, digits and hyphens of its parts, then `.xlsx`."""
    words = [_ascii(part) for part in parts]
    return ("-".join(word for word in words if word)[:100].strip("-") or "scorecard") + ".xlsx"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()


class _Worksheet(Worksheet):  # type: ignore[misc]  # the package says less of its types than we ask for
    """Takes our formulas as they are, which halves the time: we use no function that needs a prefix."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class Book:
    """A workbook being written."""

    def __init__(self, *, title: str, subject: str, created: datetime | None = None) -> None:
        self._file = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                   "strings_to_numbers": False, "nan_inf_to_errors": False}  # fmt: skip
        self.inner = xlsxwriter.Workbook(self._file, options)
        properties: dict[str, Any] = {"title": line(title), "subject": line(subject), "author": "Article 34"}
        self.inner.set_properties(properties | {"created": created or datetime(2026, 1, 1)})
        self.inner.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def style(self, *styles: str | Style) -> Format:
        """A cell format from named styles and properties, later ones on top; each kept once."""
        properties: dict[str, Any] = dict(STYLES["body"])
        for style in styles:
            properties |= STYLES[style] if isinstance(style, str) else style
        return self._kept(properties)

    def highlight(self, style: Style) -> Format:
        """A format for a conditional rule: only what changes."""
        return self._kept(dict(style))

    def _kept(self, properties: Mapping[str, Any]) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.inner.add_format(dict(properties))
        return self._formats[key]

    def sheet(self, name: str) -> "Sheet":
        """A new sheet. Its name is ours, one word, so that formulas need no quotation marks."""
        assert is_formula_safe(name), name
        return Sheet(self, self.inner.add_worksheet(name, _Worksheet), name)

    def name(self, name: str, place: Place) -> None:
        """Give a cell a name that formulas and other programs can use."""
        self.inner.define_name(name, f"={place}")

    def bar_chart(self) -> Chart:
        """A native chart with horizontal bars."""
        chart = self.inner.add_chart({"type": "bar"})
        assert chart is not None
        return chart

    def content(self) -> bytes:
        """The finished file. Nothing can be written afterwards."""
        self.inner.close()
        return self._file.getvalue()


class Sheet:
    """One sheet being written: text, numbers and formulas, each by its own method."""

    def __init__(self, book: Book, inner: Worksheet, name: str) -> None:
        self.book, self.inner, self.name = book, inner, name
        inner.hide_gridlines(2)
        inner.set_default_row(15)

    def at(self, row: int, column: int) -> Place:
        """The cell there, to be named in a formula."""
        return Place(self.name, row, column)

    def text(self, row: int, column: int, text: str, *styles: str | Style) -> None:
        """Text, whatever it begins with."""
        form = self.book.style(*styles)
        if text:
            self._written(self.inner.write_string(row, column, clean(text), form))
        else:
            self.inner.write_blank(row, column, None, form)

    def passages(self, row: int, column: int, passages: Sequence[tuple[str, Style]], *styles: str | Style) -> None:
        """Text whose passages look different: (text, style) one after the other."""
        kept = [(clean(text), style) for text, style in passages if text]
        if len(kept) < 2 or sum(len(text) for text, _ in kept) > _LONGEST:
            self.text(row, column, "".join(text for text, _ in kept), *styles)
            return
        pieces = [piece for text, style in kept for piece in (self.book.style(style), text)]
        self._written(self.inner.write_rich_string(row, column, *pieces, self.book.style(*styles)))

    def number(self, row: int, column: int, number: float, *styles: str | Style) -> None:
        """A number that stands."""
        self._written(self.inner.write_number(row, column, float(number), self.book.style(*styles)))

    def formula(self, row: int, column: int, formula: Formula, value: Cached, *styles: str | Style) -> Place:
        """A formula with what it is worth now, for viewers that do not calculate. Returns its cell."""
        assert len(formula) <= 8000, f"{self.name}: a formula of {len(formula)} characters is longer than Excel takes"
        cached = value if isinstance(value, str) else float(value) + 0.0  # never -0
        self._written(self.inner.write_formula(row, column, f"={formula}", self.book.style(*styles), cached))
        return self.at(row, column)

    def fill(self, row: int, first: int, last: int, *styles: str | Style) -> None:
        """A style over empty cells of a row, so that its rule runs on."""
        for column in range(first, last + 1):
            self.inner.write_blank(row, column, None, self.book.style(*styles))

    def heads(
        self,
        row: int,
        heads: Sequence[str],
        *,
        first: int = 0,
        right: Sequence[int] = (),
        centre: Sequence[int] = (),
        inset: Sequence[int] = (),
    ) -> None:
        """A row of column headings with room for two lines, each placed as what stands below it."""
        self.inner.set_row(row, 28)
        for column, head in enumerate(heads, first):
            side = "right" if column in right else "centre" if column in centre else "inset" if column in inset else ""
            self.text(row, column, head, "head", *([side] if side else []))

    def widths(self, *widths: float, first: int = 0) -> None:
        """Column widths in characters."""
        for column, width in enumerate(widths, first):
            self.inner.set_column(column, column, width)

    def choices(self, place: Place, source: Span | Sequence[str], *, title: str, hint: str = "") -> None:
        """A drop-down list. Another text can be entered, and is then flagged, never scored in silence."""
        options: dict[str, Any] = {
            "validate": "list",
            "source": f"={source}" if isinstance(source, Span) else list(source),
            "error_type": "warning",
            "error_title": "Not one of the answers",
            "error_message": "It would count as a blank, and the row would say “check this answer”.",
        }
        if hint:
            options |= {"input_title": line(title, 32), "input_message": line(hint, 255)}
        self._written(self.inner.data_validation(place.row, place.column, place.row, place.column, options))

    def highlight(self, span: Span, rule: Formula, style: Style) -> None:
        """A style where a formula, written for the first cell, holds."""
        options = {"type": "formula", "criteria": f"={rule}", "format": self.book.highlight(style)}
        self._conditional(span, options)

    def _conditional(self, span: Span, options: Mapping[str, Any]) -> None:
        (_, top, left), (_, bottom, right) = span
        self._written(self.inner.conditional_format(top, left, bottom, right, dict(options)))

    def frozen(self, row: int, column: int = 0) -> None:
        """Keep the rows above and the columns before in sight."""
        self.inner.freeze_panes(row, column)

    def printed(self, *, heading: str, note: str, wide: bool = False, repeat: tuple[int, int] | None = None) -> None:
        """On A4, one page wide, with who and what on every page."""
        self.inner.set_paper(9)
        if wide:
            self.inner.set_landscape()
        self.inner.fit_to_pages(1, 0)
        self.inner.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.65)
        self.inner.set_header(f"&L&9{_ampersands(line(heading, 90))}&R&9{self.name}")
        self.inner.set_footer(f"&L&8{_ampersands(line(note, 140))}&R&9&P of &N")
        if repeat:
            self.inner.repeat_rows(*repeat)

    def kept_from_slips(self) -> None:
        """Formulas cannot be overwritten by accident; there is no password, so on purpose they can."""
        allowed = {"format_columns": True, "format_rows": True, "autofilter": True, "select_locked_cells": True}
        self.inner.protect("", allowed)

    def _written(self, code: int) -> None:
        assert code == 0, f"{self.name}: a cell was refused ({code})"


def _ampersands(text: str) -> str:
    return text.replace("&", "&&")
