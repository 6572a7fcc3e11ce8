"""The sheet *Method*: the bands, the rules in words, and which edition this is."""

from collections.abc import Iterator

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.edition import Edition
from compliance.workbook.assessed import Assessed
from compliance.workbook.look import band_tint
from compliance.workbook.places import METHOD
from compliance.workbook.standings import BAND_FROM, BAND_ID, BAND_TITLE, FIRST_BAND
from compliance.workbook.wording import DISCLAIMER
from compliance.workbook.writer import Book, Sheet

_RULES = {
    "mean": "mean: the weighted mean of its parts.",
    "sum": "sum: points out of the points that can be had; a part weighs its full marks.",
    "geometric": "geometric: the weighted geometric mean; one part at 0 makes the whole 0.",
    "min": "min: the lowest part.",
}


def write_method(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, edition = book.sheet(METHOD), assessed.edition
    sheet.widths(26, 84, 10)
    sheet.text(0, 0, "Method", "title")
    sheet.inner.set_row(0, 30)
    sheet.text(1, 0, DISCLAIMER, "soft")
    _bands(sheet, edition)
    row = FIRST_BAND + max(len(edition.bands), 1) + 1
    for title, lines in (("How it is worked out", _rules(edition)), ("Which file this is", _facts(assessed))):
        sheet.text(row, 0, title, "section")
        sheet.text(row, 1, "", "rule")
        for row, (label, words) in enumerate(lines, row + 1):  # noqa: B020
            sheet.text(row, 0, label, "row", "soft", "wrap")
            sheet.text(row, 1, words, "row", "text")
        row += 2
    sheet.printed(heading=assessed.papers.company, note=edition.title)
    sheet.kept_from_slips()


def _bands(sheet: Sheet, edition: Edition) -> None:
    sheet.text(FIRST_BAND - 2, 0, "Bands", "section")
    sheet.fill(FIRST_BAND - 2, 1, 2, "rule")
    if not edition.bands:
        sheet.text(FIRST_BAND, 0, "This edition has none.", "soft")
        return
    sheet.heads(FIRST_BAND - 1, ("Id", "Band", "From"), right=(BAND_FROM,))
    for position, band in enumerate(edition.bands):
        ground = {"bg_color": band_tint(position, len(edition.bands))}
        sheet.text(FIRST_BAND + position, BAND_ID, band.id, "row", "soft")
        sheet.text(FIRST_BAND + position, BAND_TITLE, band.title, "row", "bold", ground)
        sheet.number(FIRST_BAND + position, BAND_FROM, band.at, "row", "points")


def _rules(edition: Edition) -> Iterator[tuple[str, str]]:
    scale = number_text(edition.scale)
    yield (
        "Question",
        (
            "Every question gives a share of its full marks: points of the chosen options over full marks, at most "
            "1; or a number’s place between the value that earns nothing and the one that earns full marks."
        ),
    )
    used = dict.fromkeys(node.combine for node in edition.nodes.values())
    yield "Joining", " ".join(_RULES[rule] for rule in used) + " Only parts that are on enter."
    yield (
        "Blank",
        (
            "A blank counts as nothing, or as the worst answer where an answer can take points away."
            if edition.blank == "zero"
            else "A blank drops out of the score with its weight, and lowers the coverage."
        ),
    )
    yield (
        "Does not apply",
        "Drops out of the score with its weight, and lowers the coverage, so that nobody is better for it.",
    )
    yield (
        "Counts only if",
        (
            "While its condition does not hold, a question stays in the score and earns nothing; what it takes "
            "away stands. A question whose “asked only if” does not hold drops out."
        ),
    )
    yield "Coverage", "The share, by weight, of what is asked that is answered. Below a minimum there is no score."
    yield (
        "At worst, at best",
        (
            "What the score would become if every blank, everything declared as not applicable, and every open "
            "condition turned out against the company; or for it."
        ),
    )
    if edition.critical_cap:
        cap = next(band.title for band in edition.bands if band.id == edition.critical_cap)
        yield "Critical", f"While a critical requirement is not met, the band is at most {cap}. Its points stay."
    at = "exactly" if edition.band_at is None else f"rounded to {_decimals(edition.band_at)}"
    yield (
        "Scale and rounding",
        (
            f"Scores run from 0 to {scale} and show {_decimals(edition.round)}; a half is rounded away from zero. "
            f"The band is looked up for the score {at}. Nothing is rounded on the way."
        ),
    )
    yield (
        "Live and not",
        (
            "Live from the shaded cells of the sheet Review, for the answers as claimed: points, conditions, coverage, "
            "scores at worst and at best, caps, bands and lenses. As downloaded, so not live: gaps in their order, "
            "points lost and gained, the evidenced score, and comparisons with others."
        ),
    )


def _facts(assessed: Assessed) -> Iterator[tuple[str, str]]:
    edition, papers = assessed.edition, assessed.papers
    said = (("Company", papers.company), ("Period", papers.period), ("As of", papers.as_of), ("Voice", papers.voice))
    yield from ((label, words) for label, words in said if words)
    yield "Edition", f"{edition.title} ({edition.id})"
    yield "Digest of the edition", edition.digest
    minimum = edition.root.min_coverage
    yield "Minimum coverage", "none" if minimum is None else f"{number_text(minimum * 100)} %"


def _decimals(digits: int) -> str:
    return {0: "whole numbers", 1: "one decimal"}.get(digits, f"{digits} decimals")
