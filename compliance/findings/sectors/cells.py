"""Published counts in words: the number, or what is said where it is suppressed."""

from collections.abc import Mapping

from compliance.benchmark.published import Cell, Withheld
from compliance.languages.formats import number
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _

WITHHELD: Mapping[Withheld, str] = {
    Withheld.FEW: N_("fewer than 5"),
    Withheld.NEARLY_ALL: N_("all but fewer than 5"),
    Withheld.NOT_SHOWN: N_("withheld"),
}


def cell_words(cell: Cell) -> str:
    """A published count in words."""
    return _(WITHHELD[cell]) if isinstance(cell, Withheld) else number(cell)


def stated(cell: Cell) -> int | None:
    """The number, or None where it is suppressed."""
    return None if isinstance(cell, Withheld) else cell
