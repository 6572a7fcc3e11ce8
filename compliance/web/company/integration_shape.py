"""Integrated or isolated, as the scorecard shows it: the reading in words, what it rests on, and how sure it is."""

from collections.abc import Callable, Sequence

from compliance.findings.headlines import silent_values
from compliance.findings.integration import joined_headline, joined_sentence, reading_words
from compliance.languages.formats import percent
from compliance.languages.speaking import gettext as _
from compliance.languages.words import lens_word
from compliance.scoring.integration import LEVEL, Integration, Integrations
from compliance.scoring.scorecard import Scorecard
from compliance.web.shapes import Shape


def integration_shape(cards: Sequence[tuple[str, Scorecard]]) -> Shape | None:
    """The reading on each basis, under its name; the first one makes the headline. None: the edition has none."""
    shown = [(name, card, card.integration) for name, card in cards if card.integration is not None]
    if not shown:
        return None
    read = [(name, found, joined_sentence(found, silent_values(card, LEVEL))) for name, card, found in shown]
    _name, first, sentence = read[0]
    return {
        "headline": joined_headline(first),
        "sentence": sentence,
        "others": [
            {"title": name, "headline": joined_headline(found), "sentence": said} for name, found, said in read[1:]
        ],
        "columns": [name for name, _found, _said in read],
        "rows": _rows([found for _name, found, _said in read]) if first.now else [],
    }


def _rows(read: Sequence[Integrations]) -> list[Shape]:
    """A row a measure, with a cell for each basis."""
    levels = list(dict.fromkeys(level for found in read if found.now for level in found.now.levels))
    measures: list[tuple[str, Callable[[Integration], str]]] = [
        (_("Reading"), reading_words),
        (_("Fields filled"), lambda found: _of(found.filled, len(found.cells))),
        *((lens_word(level), _level_counter(level)) for level in levels),
        (_("Filled fields that act after harm only"), lambda found: percent(found.late)),
        (_("Joined"), lambda found: percent(found.joined) if found.joined is not None else _("not asked")),
    ]
    worst, best = [_cell(reading_words, f.worst) for f in read], [_cell(reading_words, f.best) for f in read]
    return [
        *({"title": title, "cells": [_cell(say, found.now) for found in read]} for title, say in measures),
        {"title": _("If all that is open turns out badly"), "cells": worst},
        {"title": _("If all that is open turns out well"), "cells": best},
    ]


def _cell(say: Callable[[Integration], str], found: Integration | None) -> str:
    return say(found) if found is not None else _("no reading")


def _level_counter(level: str) -> Callable[[Integration], str]:
    return lambda found: _of(*found.levels.get(level, (0, 0)))


def _of(filled: int, cells: int) -> str:
    return _("%(filled)s of %(cells)s", filled=filled, cells=cells) if cells else _("not asked")
