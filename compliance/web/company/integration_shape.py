"""Integrated or isolated, as the scorecard shows it: the reading in words, what it rests on, and how sure it is."""

from collections.abc import Callable, Mapping, Sequence

from compliance.languages.formats import all_of, percent
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_word
from compliance.scoring.integration import (
    INTEGRATED_BREADTH,
    INTEGRATED_JOINED,
    INTEGRATED_LEVEL,
    ISOLATED,
    Integration,
    Integrations,
    Reading,
)
from compliance.scoring.rounding import TOLERANCE
from compliance.scoring.scorecard import Scorecard
from compliance.web.shapes import Shape

READINGS: Mapping[Reading, str] = {
    "integrated": N_("Integrated"),
    "partly-joined": N_("Partly joined"),
    "isolated": N_("Isolated"),
    "reactive": N_("Reactive"),
}
_HEADLINES: Mapping[Reading, str] = {
    "integrated": N_("Integrated: it works at every level, and is joined"),
    "partly-joined": N_("Partly joined: more than single measures, not yet one whole"),
    "isolated": N_("Isolated: single measures that stand alone"),
    "reactive": N_("Reactive: most of what is done comes after harm"),
}


def integration_shape(cards: Sequence[tuple[str, Scorecard]]) -> Shape | None:
    """The reading on each basis, under its name; the first one makes the headline. None: the edition has none."""
    read = [(name, card.integration) for name, card in cards if card.integration is not None]
    if not read:
        return None
    now = read[0][1].now
    return {
        "headline": _(_HEADLINES[now.reading]) if now else _("Too little is answered to say whether it is joined"),
        "sentence": _sentence(now) if now else "",
        "columns": [name for name, _found in read],
        "rows": _rows([found for _name, found in read]) if now else [],
    }


def _rows(read: Sequence[Integrations]) -> list[Shape]:
    """A row a measure, with a cell for each basis."""
    levels = list(dict.fromkeys(level for found in read if found.now for level in found.now.levels))
    measures: list[tuple[str, Callable[[Integration], str]]] = [
        (_("Reading"), _reading),
        (_("Fields filled"), lambda found: _of(found.filled, len(found.cells))),
        *((lens_word(level), _level_counter(level)) for level in levels),
        (_("Filled fields that act after harm only"), lambda found: percent(found.late)),
        (_("Joined"), lambda found: percent(found.joined) if found.joined is not None else _("not asked")),
    ]
    rows = [{"title": title, "cells": [_cell(say, found.now) for found in read]} for title, say in measures]
    rows.append({"title": _("If all that is open turns out badly"), "cells": [_cell(_reading, f.worst) for f in read]})
    rows.append({"title": _("If all that is open turns out well"), "cells": [_cell(_reading, f.best) for f in read]})
    return rows


def _cell(say: Callable[[Integration], str], found: Integration | None) -> str:
    return say(found) if found is not None else _("no reading")


def _reading(found: Integration) -> str:
    return _(READINGS[found.reading])


def _level_counter(level: str) -> Callable[[Integration], str]:
    return lambda found: _of(*found.levels.get(level, (0, 0)))


def _of(filled: int, cells: int) -> str:
    return _("%(filled)s of %(cells)s", filled=filled, cells=cells) if cells else _("not asked")


def _sentence(found: Integration) -> str:
    """What the reading rests on, and what keeps it from being integrated."""
    if found.reading == "integrated":
        share = percent(found.joined or 0.0)
        return _(
            "At least a third of the fields of every level are filled, and what joins them stands at %(share)s.",
            share=share,
        )
    parts = [_of_fields(found)]
    if found.reading == "reactive":
        parts.append(_("%(share)s of the filled ones act only after harm.", share=percent(found.late)))
    parts += _weak_levels(found)
    if found.joined is None:
        parts.append(_("Nothing that would join them is asked."))
    elif found.joined < INTEGRATED_JOINED - TOLERANCE:
        parts.append(
            _("What joins them stands at %(share)s; %(wanted)s is needed.", **_shares(found.joined, INTEGRATED_JOINED))
        )
    return " ".join(parts)


def _of_fields(found: Integration) -> str:
    filled, cells = found.filled, len(found.cells)
    if found.breadth < ISOLATED - TOLERANCE:
        return ngettext(
            "%(filled)s of %(num)s field is filled, fewer than a quarter.",
            "%(filled)s of %(num)s fields are filled, fewer than a quarter.",
            cells,
            filled=filled,
        )
    if found.breadth < INTEGRATED_BREADTH - TOLERANCE:
        return ngettext(
            "%(filled)s of %(num)s field is filled; %(wanted)s are needed.",
            "%(filled)s of %(num)s fields are filled; %(wanted)s are needed.",
            cells,
            filled=filled,
            wanted=percent(INTEGRATED_BREADTH),
        )
    return ngettext(
        "%(filled)s of %(num)s field is filled, enough to be integrated.",
        "%(filled)s of %(num)s fields are filled, enough to be integrated.",
        cells,
        filled=filled,
    )


def _weak_levels(found: Integration) -> list[str]:
    """The levels of which less than a third is filled."""
    weak = [
        _("“%(words)s”", words=lens_word(level))
        for level, (filled, cells) in found.levels.items()
        if filled / cells < INTEGRATED_LEVEL - TOLERANCE
    ]
    return [_("Less than a third is filled at %(levels)s.", levels=all_of(weak))] if weak else []


def _shares(share: float, wanted: float) -> dict[str, str]:
    return {"share": percent(share), "wanted": percent(wanted)}
