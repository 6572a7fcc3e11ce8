"""The submitted scorecards of a sector as a plain list for the auditor: one row each, as they were kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.record import Record
from compliance.workbook.look import Style, decimals
from compliance.workbook.standings import colour_bands
from compliance.workbook.wording import DISCLAIMER, lens_title, value_title
from compliance.workbook.writer import Book, Cached, Sheet

SHEET, HEAD = "Companies", 4
COMPANY_HEADS = ("Company", "Sector", "Size", "Period", "Submitted")
OVERALL_HEADS = ("Overall", "At worst", "At best", "Coverage", "Band", "Evidenced", "Critical not met")
_FIRST = len(COMPANY_HEADS)
_BAND, _FIRST_PART = _FIRST + 4, _FIRST + len(OVERALL_HEADS)


@dataclass(frozen=True, slots=True)
class SectorLine:
    """One company's submission: who, when, and its scores as they were kept with it."""

    company: str
    sector: str
    size: str
    period: str
    record: Record
    submitted: str = ""  # the day, ISO 8601


def sector_workbook(
    edition: Edition, lines: Sequence[SectorLine], *, sector: str = "", as_of: str = "", others: int = 0
) -> bytes:
    """The .xlsx file: a row for each line, in the order given. No score is an empty cell, never 0.

    `others`: submissions to another edition, which are not among the lines.
    """
    title = f"Submitted scorecards{': ' + sector if sector else ''}"
    book = Book(title=title, subject=edition.title)
    sheet = book.sheet(SHEET)
    parts = _parts(edition)
    sheet.widths(34, 14, 11, 8, 11, 9, 9, 9, 9.5, 13, 10, 9, *[10.5] * len(parts))
    sheet.text(0, 0, title, "title", {"quote_prefix": True})
    sheet.inner.set_row(0, 30)
    said = (edition.title, f"{len(lines)} companies" if len(lines) != 1 else "1 company", as_of and f"as of {as_of}")
    sheet.text(1, 0, " · ".join(word for word in said if word), "soft")
    sheet.text(2, 0, "Scores as claimed, as they were kept with each submission. " + DISCLAIMER, "soft", "small")
    if others:
        sheet.text(3, 0, _left_out(others), "soft", "small")
    _heads(sheet, edition, parts)
    for row, line in enumerate(lines, HEAD + 1):
        _line(sheet, edition, parts, row, line)
    last = max(HEAD + len(lines), HEAD + 1)
    colour_bands(sheet, edition, sheet.at(HEAD + 1, _BAND), sheet.at(last, _BAND))
    sheet.inner.autofilter(HEAD, 0, last, _FIRST_PART + len(parts) - 1)
    sheet.frozen(HEAD + 1, 1)
    sheet.printed(heading=title, note=DISCLAIMER, wide=True, repeat=(HEAD, HEAD))
    return book.content()


def _left_out(others: int) -> str:
    """Scores of two editions are not set side by side."""
    if others == 1:
        return "1 more submission answers another edition and is not in this list."
    return f"{others} more submissions answer another edition and are not in this list."


def _parts(edition: Edition) -> Mapping[str, str]:
    """What has a column of its own: each theme, each value of the first two lenses. Key in the record -> heading."""
    themes = {theme.id: theme.title or theme.id for theme in edition.themes}
    lenses = {
        f"{lens}:{value}": f"{lens_title(lens)}: {value_title(value)}"
        for lens in list(edition.lenses)[:2]
        for value in edition.lenses[lens]
    }
    return themes | lenses


def _heads(sheet: Sheet, edition: Edition, parts: Mapping[str, str]) -> None:
    heads = (*COMPANY_HEADS, *OVERALL_HEADS, *parts.values())
    numbers = [column for column in range(_FIRST, len(heads)) if column != _BAND]
    sheet.heads(HEAD, heads, right=numbers, centre=(_BAND,))
    sheet.inner.set_row(HEAD, 54)


def _line(sheet: Sheet, edition: Edition, parts: Mapping[str, str], row: int, line: SectorLine) -> None:
    said = (line.company, line.sector, line.size, line.period, line.submitted)
    for column, text in enumerate(said):
        sheet.text(row, column, text, "row", "text", *(["bold"] if column == 0 else []))
    for column, (value, styles) in enumerate(_figures(edition, parts, line.record), _FIRST):
        if isinstance(value, str):
            sheet.text(row, column, value, "row", *styles)
        else:
            sheet.number(row, column, value, "row", *styles)


def _figures(
    edition: Edition, parts: Mapping[str, str], record: Record
) -> Iterator[tuple[Cached, tuple[str | Style, ...]]]:
    """Every figure of a row with its style; the empty text where there is none."""
    digits, titles = decimals(edition.round), {band.id: band.title for band in edition.bands}
    claimed, evidenced = record["claimed"], record.get("evidenced", {"standings": {}})
    overall = _standing(claimed, OVERALL)
    yield _number(overall.get("score")), ("bold", digits)
    yield _number(overall.get("worst")), ("soft", digits)
    yield _number(overall.get("best")), ("soft", digits)
    yield _number(overall.get("coverage")), ("percent",)
    yield titles.get(overall.get("band") or "", ""), ("centre",)
    yield _number(_standing(evidenced, OVERALL).get("score")), (digits,)
    yield float(len(claimed.get("failed", ()))), ("plain",)
    for key in parts:
        yield _number(_standing(claimed, key).get("score")), (digits,)


def _standing(scores: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    standing: Mapping[str, Any] = scores["standings"].get(key, {})
    return standing


def _number(value: float | None) -> Cached:
    return "" if value is None else float(value)
