"""The sheet *Requirements*: the tree of the edition, how each part stands, and which critical ones are not met."""

from compliance.findings.law import named_law
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_title, lens_word, word
from compliance.questionnaire.edition import OVERALL, Edition, Node
from compliance.workbook import formulas as f
from compliance.workbook.assessed import Assessed
from compliance.workbook.calculation import RULES
from compliance.workbook.formulas import EMPTY, Formula
from compliance.workbook.look import decimals, indent
from compliance.workbook.places import Column
from compliance.workbook.sheet_names import REQUIREMENTS, REVIEW
from compliance.workbook.standings import (
    BAND_COLUMN,
    LIVE,
    NUMBERS,
    OTHERS,
    colour_bands,
    others_note,
    standing_heads,
    title_of,
    write_node,
)
from compliance.workbook.writer import Book, Sheet

HEAD = 3
TITLE, ID, RULE, WEIGHT, STANDING = 0, 1, 2, 3, 4
CRITICAL = STANDING + len(LIVE) + len(OTHERS)
MET = CRITICAL + 1


def write_requirements(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, edition = book.sheet(assessed.places.names[REQUIREMENTS]), assessed.edition
    lenses = list(edition.lenses)[:2]
    sheet.widths(46, 9, 11, 8, 8, 8, 8, 9.5, 13, 9, 9.5, 9.5, 9.5, 9.5, 9, 9, *[15] * len(lenses), 40)
    sheet.text(0, 0, _("Requirements"), "title")
    sheet.inner.set_row(0, 30)
    review = assessed.places.names[REVIEW]
    note = _("Every theme and requirement, as the answers on the sheet %(review)s stand now.", review=review)
    sheet.text(1, 0, f"{note} {others_note()}", "soft")
    heads = (_("Theme or requirement"), _("Id"), _("Joined by"), _("Weight"), *standing_heads())
    heads += (_("Critical below"), _("Critical"), *map(lens_title, lenses), _("Measured against"))
    numbers = (WEIGHT, *(STANDING + column for column in NUMBERS), CRITICAL)
    sheet.heads(HEAD, heads, right=numbers, centre=(STANDING + BAND_COLUMN, MET))
    rows = node_rows(assessed)
    for node_id, row in rows.items():
        _row(sheet, assessed, row, edition.nodes[node_id], lenses)
    last = max(rows.values())
    colour_bands(sheet, edition, *(sheet.at(r, STANDING + BAND_COLUMN) for r in (HEAD + 1, last)))
    sheet.frozen(HEAD + 1, 1)
    sheet.printed(heading=assessed.papers.company, note=_("Scores as claimed"), wide=True, repeat=(HEAD, HEAD))
    sheet.kept_from_slips()


def node_rows(assessed: Assessed) -> dict[str, int]:
    """The row of each node that can score, the whole first."""
    return {node.id: row for row, node in enumerate(_scoring(assessed), HEAD + 1)}


def _scoring(assessed: Assessed) -> list[Node]:
    return [node for node in assessed.edition.nodes.values() if node.id in assessed.scores.results]


def level_of(edition: Edition, node: Node) -> int:
    """How deep a node stands: the whole is 0, a theme 1."""
    parent = edition.parents.get(node.id)
    return 0 if parent is None else level_of(edition, parent) + 1


def _row(sheet: Sheet, assessed: Assessed, row: int, node: Node, lenses: list[str]) -> None:
    edition, level = assessed.edition, level_of(assessed.edition, node)
    look = "row" if level > 1 or node.is_requirement else "rule"
    title = _("Overall") if node.id == OVERALL else node.title or node.id
    weight = "row" if node.is_requirement else "bold"
    sheet.text(row, TITLE, title, look, "wrap", weight, indent(level))
    sheet.text(row, ID, node.id, look, "soft", "small")
    sheet.text(row, RULE, word(RULES, node.combine), look, "soft", "small")
    parent = edition.parents.get(node.id)
    if parent is not None:
        sheet.number(row, WEIGHT, assessed.plan.weights[parent.id][node.id], look, "soft", "points")
    else:
        sheet.text(row, WEIGHT, "", look)
    write_node(sheet, assessed, row, STANDING, node.id, look)
    if node.id == OVERALL and edition.bands:
        band, now = str(assessed.places.overall_band), title_of(assessed.card.overall)
        sheet.words(row, STANDING + BAND_COLUMN, band, now, look, "centre")
    sheet.fill(row, CRITICAL, MET, look)
    if node.id in assessed.bands.failed:
        assert node.critical is not None
        sheet.number(row, CRITICAL, node.critical * edition.scale, look, "soft", decimals(edition.round))
        sheet.words(row, MET, *met(assessed, node), look, "centre")
    for column, lens in enumerate(lenses, MET + 1):
        sheet.text(row, column, lens_word(node.lenses.get(lens, "")), look)
    law = formats.listed(named_law(edition, node.law, assessed.facts))
    sheet.text(row, MET + 1 + len(lenses), law, look, "wrap", "small", "soft")


def met(assessed: Assessed, requirement: Node) -> tuple[Formula, str]:
    """Whether a critical requirement is met, in words, and what that is now."""
    places, card = assessed.places, assessed.card
    fails, value = places.part(requirement.id, Column.FAILS_SCORE), places.part(requirement.id, Column.SCORE)
    words = f.cases((f"{fails}=1", f.text(_("not met"))), (f.off(value), EMPTY), otherwise=f.text(_("met")))
    if requirement in card.failed:
        return words, _("not met")
    return words, "" if card.nodes[requirement.id].score is None and _off(assessed, requirement) else _("met")


def _off(assessed: Assessed, requirement: Node) -> bool:
    value = assessed.scores.results[requirement.id].value[0, 0]
    return bool(value != value)
