"""Integrated or isolated, in words: the reading, what it rests on, and what is missing."""

from collections.abc import Collection, Mapping

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


def joined_headline(found: Integrations) -> str:
    """What the reading says, or that too little is answered for one."""
    return _(_HEADLINES[found.now.reading]) if found.now else _("Too little is answered to say whether it is joined")


def joined_sentence(found: Integrations, silent: Collection[str] = ()) -> str:
    """What the reading rests on, and what keeps it from being integrated; empty without a reading.

    `silent`: levels of which too little is answered to say anything of them.
    """
    return _sentence_of(found.now, silent) if found.now else ""


def reading_words(found: Integration) -> str:
    """The reading in a word or two."""
    return _(READINGS[found.reading])


def _sentence_of(found: Integration, silent: Collection[str]) -> str:
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
    parts += _weak_levels(found, silent)
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


def _weak_levels(found: Integration, silent: Collection[str]) -> list[str]:
    """The levels of which less than a third is filled, though enough is answered."""
    weak = [
        _("“%(words)s”", words=lens_word(level))
        for level, (filled, cells) in found.levels.items()
        if level not in silent and filled / cells < INTEGRATED_LEVEL - TOLERANCE
    ]
    return [_("Less than a third is filled at %(levels)s.", levels=all_of(weak))] if weak else []


def _shares(share: float, wanted: float) -> dict[str, str]:
    return {"share": percent(share), "wanted": percent(wanted)}
