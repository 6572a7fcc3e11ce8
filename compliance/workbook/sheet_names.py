"""What sheets and cells are called: sheets in the reader's language, in names that every spreadsheet program takes."""

import re
from collections.abc import Iterable, Mapping

from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _

SUMMARY, REVIEW, REQUIREMENTS, LENSES, GAPS = "summary", "review", "requirements", "lenses", "gaps"
EXAMPLE, LAW, METHOD, CALCULATION = "example", "law", "method", "calculation"
MOST = 31  # characters of a name, in units of UTF-16

#: Names of cells, the same in every language: what is read back is found by them.
ANSWERS, COMPANY, EDITION_ID = "scorecard_answers", "scorecard_company", "scorecard_edition"

#: The sheets of a scorecard in their order.
TITLES: Mapping[str, str] = {
    SUMMARY: N_("Summary"),
    # Translators: names of sheets, and best short, as a tab shows them. This one is where an auditor works.
    REVIEW: N_("Review"),
    REQUIREMENTS: N_("Requirements"),
    LENSES: N_("Lenses"),
    GAPS: N_("Gaps"),
    EXAMPLE: N_("Worked example"),
    LAW: N_("Law"),
    METHOD: N_("Method"),
    CALCULATION: N_("Calculation"),
}


def sheet_names() -> Mapping[str, str]:
    """The name of each sheet of a scorecard in the language now spoken."""
    return dict(zip(TITLES, safe_names(map(_, TITLES.values())), strict=True))


def safe_names(wanted: Iterable[str]) -> list[str]:
    """Names that sheets may have, in the order of those wanted: not too long, and no two alike.

    A straight apostrophe would have to be doubled in every formula; it becomes a typographic one.
    """
    found: list[str] = []
    for name in wanted:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]+", " ", name.replace("'", "’"))
        plain = _cut(" ".join(plain.split()), MOST) or "–"
        taken = {other.casefold() for other in found} | {"history"}  # which Excel keeps for itself
        number, unique = 1, plain
        while unique.casefold() in taken:
            number += 1
            unique = f"{_cut(plain, MOST - 1 - len(str(number)))} {number}"
        found.append(unique)
    return found


def _cut(name: str, most: int) -> str:
    while len(name.encode("utf-16-le")) // 2 > most:
        name = name[:-1]
    return name.strip()
