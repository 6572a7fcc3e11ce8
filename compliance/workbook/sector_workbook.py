"""The submitted scorecards of a sector as a plain list for the auditor: one row each, as they were kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compliance.languages.interface_messages import N_, in_language, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_label, lens_value_label
from compliance.narrative.method_wording import day_words, legal_disclaimer, translation_note
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.serialisation import RECORDED_BASES
from compliance.scoring.standing import NO_STANDING, ScoreRecord, recorded_standing
from compliance.workbook.cell_styles import Style, decimals, percent
from compliance.workbook.formulas import CachedValue, safe_sheet_names
from compliance.workbook.standing_cells import colour_bands
from compliance.workbook.writer import SheetWriter, WorkbookWriter

SECTOR_HEAD = 4
COMPANY_HEADS = (N_("Company"), N_("Sector"), N_("Size"), N_("Period"), N_("Submitted"))
OVERALL_HEADS = (
    N_("Claimed"), N_("At worst"), N_("At best"), N_("Coverage"), N_("Band"), N_("Evidenced"),
    N_("Coverage of that score"), N_("Critical: not met"),
)  # fmt: skip
_FIRST = len(COMPANY_HEADS)
_BAND, _FIRST_PART = _FIRST + 4, _FIRST + len(OVERALL_HEADS)


@dataclass(frozen=True, slots=True)
class SubmittedScorecard:
    """One company's submission: who, when, and its scores as they were kept with it."""

    company: str
    sector: str
    size: str
    period: str
    record: ScoreRecord
    submitted: str = ""  # the day, ISO 8601


def sector_workbook(
    edition: Edition,
    lines: Sequence[SubmittedScorecard],
    *,
    sector: str = "",
    as_of: str = "",
    others: int = 0,
    language: str = "en",
) -> bytes:
    """The .xlsx file: a row for each line, in the order given. No score is an empty cell, never 0.

    `others`: submissions to another edition, which are not among the lines. `language` is what our own
    words are in. Raise ValueError for a language that there is not.
    """
    with in_language(language):
        return _sector_workbook(edition, lines, sector, as_of, others)


def _sector_workbook(
    edition: Edition, lines: Sequence[SubmittedScorecard], sector: str, as_of: str, others: int
) -> bytes:
    title = _("Submitted scorecards: %(sector)s", sector=sector) if sector else _("Submitted scorecards")
    book = WorkbookWriter(title=title, subject=edition.title)
    sheet = book.sheet(*safe_sheet_names([_("Companies")]))
    parts = _parts(edition)
    sheet.widths(34, 14, 11, 8, 11, 9, 9, 9, 9.5, 13, 10, 9.5, 9, *[10.5] * len(parts))
    sheet.title(title, {"quote_prefix": True})
    counted = ngettext("One company", "%(num)s companies", len(lines))
    said = (edition.title, counted, as_of and _("as of %(day)s", day=day_words(as_of)), translation_note(edition))
    sheet.text(1, 0, " · ".join(words for words in said if words), "soft")
    kept = _("Scores as they were saved with each submission; verified scores are in each scorecard.")
    sheet.text(2, 0, f"{kept} {legal_disclaimer()}", "soft", "small")
    if others:
        sheet.text(3, 0, _left_out(others), "soft", "small")
    _heads(sheet, edition, parts)
    for row, line in enumerate(lines, SECTOR_HEAD + 1):
        _scorecard_row(sheet, edition, parts, row, line)
    last = max(SECTOR_HEAD + len(lines), SECTOR_HEAD + 1)
    colour_bands(sheet, edition, sheet.cell(SECTOR_HEAD + 1, _BAND), sheet.cell(last, _BAND))
    sheet.xlsx.autofilter(SECTOR_HEAD, 0, last, _FIRST_PART + len(parts) - 1)
    sheet.freeze_panes(SECTOR_HEAD + 1, 1)
    sheet.set_up_page(heading=title, note=legal_disclaimer(), wide=True, repeat=(SECTOR_HEAD, SECTOR_HEAD))
    return book.content()


def _left_out(others: int) -> str:
    """Scores of two editions are not set side by side."""
    return ngettext(
        "1 more submission uses another edition and is not in this list.",
        "%(num)s more submissions use another edition and are not in this list.",
        others,
    )


def _parts(edition: Edition) -> Mapping[str, str]:
    """The columns of themes and of the values of the first two lenses: key in the record -> heading."""
    themes = {theme.id: theme.title or theme.id for theme in edition.themes}
    lenses = {
        f"{lens}:{value}": _(
            "%(lens)s: %(value)s", lens=lens_label(edition, lens), value=lens_value_label(edition, lens, value)
        )
        for lens in list(edition.lenses)[:2]
        for value in edition.lenses[lens]
    }
    return themes | lenses


def _heads(sheet: SheetWriter, edition: Edition, parts: Mapping[str, str]) -> None:
    heads = (*map(_, COMPANY_HEADS), *map(_, OVERALL_HEADS), *parts.values())
    numbers = [column for column in range(_FIRST, len(heads)) if column != _BAND]
    sheet.headings(SECTOR_HEAD, heads, right=numbers, centre=(_BAND,))
    sheet.xlsx.set_row(SECTOR_HEAD, 54)


def _scorecard_row(
    sheet: SheetWriter, edition: Edition, parts: Mapping[str, str], row: int, line: SubmittedScorecard
) -> None:
    said = (line.company, line.sector, line.size, line.period, day_words(line.submitted))
    for column, text in enumerate(said):
        sheet.text(row, column, text, "row", "text", *(["bold"] if column == 0 else []))
    for column, (value, styles) in enumerate(_figures(edition, parts, line.record), _FIRST):
        if isinstance(value, str):
            sheet.text(row, column, value, "row", *styles)
        else:
            sheet.number(row, column, value, "row", *styles)


def _figures(
    edition: Edition, parts: Mapping[str, str], record: ScoreRecord
) -> Iterator[tuple[CachedValue, tuple[str | Style, ...]]]:
    """Every figure of a row with its style; the empty text where there is none."""
    digits, titles = decimals(edition.round), {band.id: band.title for band in edition.bands}
    overall, shown = (recorded_standing(record, basis, OVERALL) or NO_STANDING for basis in RECORDED_BASES)
    yield _number(overall["score"]), ("bold", digits)
    yield _number(overall["worst"]), ("soft", digits)
    yield _number(overall["best"]), ("soft", digits)
    yield _number(overall["coverage"]), (percent(),)
    yield titles.get(overall["band"] or "", ""), ("centre",)
    yield _number(shown["score"]), (digits,)
    yield _number(shown["coverage"]), (percent(),)
    yield float(len(record["claimed"]["failed"])), ("plain",)
    for key in parts:
        yield _number((recorded_standing(record, "claimed", key) or NO_STANDING)["score"]), (digits,)


def _number(value: float | None) -> CachedValue:
    return "" if value is None else float(value)
