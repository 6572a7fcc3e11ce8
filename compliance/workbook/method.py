"""The sheet *Method*: the bands, the rules in words, and which edition this is."""

from collections.abc import Iterable, Iterator

from compliance.findings.explanation import RULES
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.languages.words import VOICES, word
from compliance.questionnaire.edition import Edition
from compliance.workbook.assessed import Assessed
from compliance.workbook.look import band_tint
from compliance.workbook.notes import day_words, disclaimer, of_the_translation
from compliance.workbook.sheet_names import EDITION_ID, METHOD, REVIEW
from compliance.workbook.standings import BAND_FROM, BAND_ID, BAND_TITLE, FIRST_BAND
from compliance.workbook.writer import Book, Sheet


def write_method(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, edition = book.sheet(assessed.places.names[METHOD]), assessed.edition
    sheet.widths(26, 84, 10)
    sheet.text(0, 0, _("Method"), "title")
    sheet.inner.set_row(0, 30)
    sheet.text(1, 0, disclaimer(), "soft")
    _bands(sheet, edition)
    row = FIRST_BAND + max(len(edition.bands), 1) + 1
    row = _section(sheet, row, _("How it is worked out"), _rules(assessed))
    book.name(EDITION_ID, sheet.at(row + 1, 1))
    _section(sheet, row, _("Which file this is"), _facts(assessed))
    sheet.printed(heading=assessed.papers.company, note=edition.title)
    sheet.kept_from_slips()


def _section(sheet: Sheet, row: int, title: str, lines: Iterable[tuple[str, str]]) -> int:
    """Lines below a heading; returns the row of the next heading."""
    sheet.text(row, 0, title, "section")
    sheet.text(row, 1, "", "rule")
    for row, (label, words) in enumerate(lines, row + 1):  # noqa: B020
        sheet.text(row, 0, label, "row", "soft", "wrap")
        sheet.text(row, 1, words, "row", "text")
    return row + 2


def _bands(sheet: Sheet, edition: Edition) -> None:
    sheet.text(FIRST_BAND - 2, 0, _("Bands"), "section")
    sheet.fill(FIRST_BAND - 2, 1, 2, "rule")
    if not edition.bands:
        sheet.text(FIRST_BAND, 0, _("This edition has none."), "soft")
        return
    sheet.heads(FIRST_BAND - 1, (_("Id"), _("Band"), _("From")), right=(BAND_FROM,))
    for position, band in enumerate(edition.bands):
        ground = {"bg_color": band_tint(position, len(edition.bands))}
        sheet.text(FIRST_BAND + position, BAND_ID, band.id, "row", "soft")
        sheet.text(FIRST_BAND + position, BAND_TITLE, band.title, "row", "bold", ground)
        sheet.number(FIRST_BAND + position, BAND_FROM, band.at, "row", "points")


def _rules(assessed: Assessed) -> Iterator[tuple[str, str]]:
    edition = assessed.edition
    yield (
        _("Question"),
        _(
            "Every question gives a share of its full marks: points of the chosen options over full marks, at most "
            "1; or a number’s place between the value that earns nothing and the one that earns full marks."
        ),
    )
    used = dict.fromkeys(node.combine for node in edition.nodes.values())
    yield _("Joining"), " ".join([*(_(RULES[rule]) for rule in used), _("Only parts that are on enter.")])
    yield (
        _("Blank"),
        _("A blank counts as nothing, or as the worst answer where an answer can take points away.")
        if edition.blank == "zero"
        else _("A blank drops out of the score with its weight, and lowers the coverage."),
    )
    yield (
        _("Does not apply"),
        _("Drops out of the score with its weight, and lowers the coverage, so that nobody is better for it."),
    )
    yield (
        _("Counts only if"),
        _(
            "While its condition does not hold, a question stays in the score and earns nothing; what it takes "
            "away stands. A question whose “asked only if” does not hold drops out."
        ),
    )
    yield (
        _("Coverage"),
        _("The share, by weight, of what is asked that is answered. Below a minimum there is no score."),
    )
    yield (
        _("At worst, at best"),
        _(
            "What the score would become if every blank, everything declared as not applicable, and every open "
            "condition turned out against the company; or for it."
        ),
    )
    yield (
        _("Claimed, evidenced, verified"),
        _(
            "The same score from all answers; from the answers that rest on evidence; and from those that an auditor "
            "confirmed or adjusted. The coverage of a verified score is the share that an auditor has judged."
        ),
    )
    yield from _cap_and_scale(edition)
    yield (
        _("Live and not"),
        _(
            "Live from the shaded cells of the sheet %(review)s, for the answers as claimed: points, conditions, "
            "coverage, scores at worst and at best, caps, bands and lenses. As downloaded, so not live: gaps in their "
            "order, points lost and gained, the worked example, evidenced and verified scores, and comparisons with "
            "others.",
            review=assessed.places.names[REVIEW],
        ),
    )


def _cap_and_scale(edition: Edition) -> Iterator[tuple[str, str]]:
    if edition.critical_cap:
        cap = next(band.title for band in edition.bands if band.id == edition.critical_cap)
        cap_words = _(
            "While a critical requirement is not met, the band is at most %(band)s. Its points stay.", band=cap
        )
        yield _("Critical"), cap_words
    said = [_("Scores run from 0 to %(scale)s.", scale=formats.plain(edition.scale)), _shown(edition.round)]
    if edition.band_at is None:
        said.append(_("The band is looked up for the exact score."))
    else:
        said.append(_looked_up(edition.band_at))
    yield _("Scale and rounding"), " ".join([*said, _("Nothing is rounded on the way.")])


def _shown(digits: int) -> str:
    if digits == 0:
        return _("They are shown in whole numbers; a half is rounded away from zero.")
    return ngettext(
        "They are shown with one decimal; a half is rounded away from zero.",
        "They are shown with %(num)s decimals; a half is rounded away from zero.",
        digits,
    )


def _looked_up(digits: int) -> str:
    if digits == 0:
        return _("The band is looked up for the score in whole numbers.")
    return ngettext(
        "The band is looked up for the score with one decimal.",
        "The band is looked up for the score with %(num)s decimals.",
        digits,
    )


def _facts(assessed: Assessed) -> Iterator[tuple[str, str]]:
    edition, papers = assessed.edition, assessed.papers
    yield _("Id of the edition"), edition.id
    yield _("Edition"), edition.title
    yield _("Digest of the edition"), edition.digest
    said = (
        (_("Company"), papers.company),
        (_("Period"), papers.period),
        (_("Law catalogue as of"), day_words(papers.as_of)),
        (_("Who answered"), word(VOICES, papers.voice)),
        (_("Translation"), of_the_translation(edition)),
    )
    yield from ((label, words) for label, words in said if words)
    minimum = edition.root.min_coverage
    yield _("Minimum coverage"), _("No minimum") if minimum is None else formats.percent(minimum)
