"""The sheet *Law*: each provision that a requirement rests on, whom it binds, and how the company stands against it."""

from collections.abc import Mapping, Sequence

from compliance.findings.law import binding, binding_words, provision_title
from compliance.languages.speaking import gettext as _
from compliance.languages.words import MARKS, word
from compliance.questionnaire.edition import Edition, Node
from compliance.workbook.assessed import Assessed
from compliance.workbook.formulas import Formula, Span
from compliance.workbook.look import indent
from compliance.workbook.notes import disclaimer
from compliance.workbook.places import CARRIED, SHARES
from compliance.workbook.sheet_names import LAW
from compliance.workbook.standings import (
    BAND_COLUMN,
    LIVE,
    NUMBERS,
    OTHERS,
    WORKING,
    colour_bands,
    others_note,
    standing_heads,
    sums_now,
    working_heads,
    write_group,
    write_node,
)
from compliance.workbook.writer import Book, Sheet

HEAD, STANDING = 3, 4
FIRST_WORKING = STANDING + len(LIVE) + len(OTHERS)


def write_law(book: Book, assessed: Assessed) -> None:
    """Write the sheet."""
    sheet, edition = book.sheet(assessed.places.names[LAW]), assessed.edition
    sheet.widths(40, 40, 18, 58, 8, 8, 8, 9.5, 13, 9, 9.5, 9.5, 9.5, 9.5)
    sheet.inner.set_column(FIRST_WORKING, FIRST_WORKING + len(WORKING) - 1, 10, None, {"hidden": True})
    sheet.text(0, 0, _("Law"), "title")
    sheet.inner.set_row(0, 30)
    overlap = _("Groups overlap, as a requirement may rest on several provisions.")
    sheet.text(1, 0, f"{disclaimer()} {overlap} {others_note()}", "soft")
    heads: tuple[str, ...] = (_("Provision, and the requirements that rest on it"), _("Whom it binds"))
    heads += (_("Its wording"), _("In our words"))
    numbers = [STANDING + column for column in NUMBERS]
    sheet.heads(HEAD, (*heads, *standing_heads()), right=numbers, centre=(STANDING + BAND_COLUMN,))
    sheet.heads(HEAD, working_heads(), first=FIRST_WORKING)
    row = HEAD + 1
    for provision_id, requirements in resting(edition, assessed).items():
        _provision(sheet, assessed, row, provision_id, requirements)
        row += 1 + len(requirements)
    last = max(row - 1, HEAD + 1)
    colour_bands(sheet, edition, *(sheet.at(r, STANDING + BAND_COLUMN) for r in (HEAD + 1, last)))
    sheet.inner.outline_settings(symbols_below=False)
    sheet.frozen(HEAD + 1, 1)
    sheet.printed(heading=assessed.papers.company, note=disclaimer(), wide=True, repeat=(HEAD, HEAD))
    sheet.kept_from_slips()


def resting(edition: Edition, assessed: Assessed) -> Mapping[str, Sequence[Node]]:
    """The requirements that rest on each provision, in the order of the catalogue, then of the edition."""
    order = {provision: position for position, provision in enumerate(edition.provisions)}
    found: dict[str, list[Node]] = {}
    for requirement in edition.requirements:
        for provision in dict.fromkeys(requirement.law):
            if requirement.id in assessed.scores.results:
                found.setdefault(provision, []).append(requirement)
    return {provision: found[provision] for provision in sorted(found, key=lambda p: order.get(p, len(order)))}


def _provision(sheet: Sheet, assessed: Assessed, row: int, provision_id: str, requirements: Sequence[Node]) -> None:
    edition = assessed.edition
    provision = edition.provisions.get(provision_id)
    sheet.text(row, 0, provision_title(edition, provision_id), "rule", "bold", "wrap")
    whom = binding_words(binding(edition, provision, assessed.facts)) if provision else ""
    sheet.text(row, 1, whom, "rule", "soft", "wrap", "small")
    sheet.text(row, 2, word(MARKS, provision.mark) if provision else "", "rule", "soft", "wrap", "small")
    sheet.text(row, 3, provision.paraphrase if provision else "", "rule", "wrap", "small")
    for below, requirement in enumerate(requirements, row + 1):
        _requirement(sheet, assessed, below, requirement)
    spans = [
        Span(sheet.at(row + 1, FIRST_WORKING + i), sheet.at(row + len(requirements), FIRST_WORKING + i))
        for i in range(len(WORKING))
    ]
    questions = [q for requirement in requirements for q in requirement.questions() if q.scored]
    sums = list(zip([f"SUM({span})" for span in spans], sums_now(assessed, questions), strict=True))
    now, others = (
        assessed.card.law[provision_id],
        [card.law[provision_id] if card else None for card in assessed.others],
    )
    write_group(sheet, assessed, row, STANDING, FIRST_WORKING, sums, now, others, "rule")


def _requirement(sheet: Sheet, assessed: Assessed, row: int, requirement: Node) -> None:
    sheet.inner.set_row(row, None, None, {"level": 1})
    sheet.text(row, 0, requirement.title or requirement.id, "row", "wrap", "soft", indent(1))
    sheet.text(row, 1, requirement.id, "row", "soft", "small")
    sheet.fill(row, 2, 3, "row")
    write_node(sheet, assessed, row, STANDING, requirement.id, "row", {"bold": False})
    now = sums_now(assessed, [q for q in requirement.questions() if q.scored])
    formulas: list[Formula] = [str(assessed.places.part(requirement.id, column)) for column in (*CARRIED, *SHARES)]
    for column, (formula, value) in enumerate(zip(formulas, now, strict=True), FIRST_WORKING):
        sheet.formula(row, column, formula, value, "soft")
