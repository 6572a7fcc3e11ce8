"""Words on documents: why one was not read, why a passage is suggested, and what became of it in a later version."""

from collections.abc import Callable, Mapping, Sequence

from compliance.documents.document import MOST_CHARACTERS, MOST_PAGES, Refusal
from compliance.languages.formats import comma_list, number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext

#: How many shared words a sentence names at most.
MOST_WORDS = 4

_STATES = ("unchanged", "moved", "reworded", "gone")
_SENTENCES: Mapping[Refusal, Callable[[], str]] = {
    Refusal.TOO_LARGE: lambda: _(
        "This file is too large, or unpacks to far more than a text needs. Save it without pictures, or split it."
    ),
    Refusal.TOO_LONG: lambda: _(
        "This document has more than %(count)s characters. Give only the part about conduct, or split it.",
        count=number(MOST_CHARACTERS),
    ),
    Refusal.TOO_MANY_PAGES: lambda: _(
        "This document has more than %(count)s pages. Give only the part about conduct, or split it.",
        count=number(MOST_PAGES),
    ),
    Refusal.TOO_HEAVY: lambda: _(
        "Reading this document took too long or too much memory. Print it to a new PDF, or save it as .docx."
    ),
    Refusal.UNKNOWN_TYPE: lambda: _("This kind of file is not read. Give a PDF, .docx, .odt, .html or .txt file."),
    Refusal.WRONG_TYPE: lambda: _(
        "This file is not what its name says. Open it, and save it again as PDF, .docx, .odt, .html or .txt."
    ),
    Refusal.OLD_WORD: lambda: _("This is an old Word file (.doc). Open it in a word processor and save it as .docx."),
    Refusal.ENCRYPTED: lambda: _("This document needs a password. Save a copy without a password."),
    Refusal.MACROS: lambda: _("This document carries macros. Save a copy without them, as .docx or .odt."),
    Refusal.ENTITIES: lambda: _(
        "This document contains definitions that no word processor writes. Open it and save it again as .docx or .odt."
    ),
    Refusal.SCANNED: lambda: _(
        "The pages of this PDF are pictures, without text. Ask for the original file, or have its text recognised."
    ),
    Refusal.UNMAPPED_FONTS: lambda: _(
        "The fonts of this PDF do not say which letters they show, so its text cannot be read. "
        "Ask for the original file, or print it to a new PDF."
    ),
    Refusal.EMPTY: lambda: _("There is no text in this document."),
    Refusal.DAMAGED: lambda: _(
        "This document is damaged. Open it in the program that made it and save it again, or take a new copy."
    ),
}


def refusal_words(refusal: Refusal) -> str:
    """Return the reason for a refusal, in the current language."""
    return _SENTENCES[refusal]()


def suggestion_sentence(words: Sequence[str], *, by_meaning: bool, said: str = "") -> str:
    """Return why a passage is suggested: words shared with the text searched for, most telling first, or meaning.

    `said`: the phrasing that the passage is similar to, or "" if it is similar to the text in the questionnaire.
    """
    usual = _("“%(words)s”", words=said.rstrip(".")) if said else ""
    if not words:
        if usual:
            return _("Close in meaning to a usual wording, %(said)s, without a word in common.", said=usual)
        return _("Close in meaning, without a word in common.")
    quoted = comma_list(_("“%(words)s”", words=word) for word in words[:MOST_WORDS])
    count = min(len(words), MOST_WORDS)
    if by_meaning and usual:
        return ngettext(
            "Close in meaning to a usual wording, %(said)s, and shares the word %(words)s.",
            "Close in meaning to a usual wording, %(said)s, and shares the words %(words)s.",
            count,
            said=usual,
            words=quoted,
        )
    if by_meaning:
        return ngettext(
            "Close in meaning, and shares the word %(words)s.",
            "Close in meaning, and shares the words %(words)s.",
            count,
            words=quoted,
        )
    if usual:
        return ngettext(
            "Shares the word %(words)s with a usual wording: %(said)s.",
            "Shares the words %(words)s with a usual wording: %(said)s.",
            count,
            said=usual,
            words=quoted,
        )
    return ngettext("Shares the word %(words)s.", "Shares the words %(words)s.", count, words=quoted)


def outcome_words(state: str, page: str = "") -> str:
    """Return what became of a passage in a later version. `page`: its new page, if that has changed."""
    if page:
        return {
            "unchanged": _("Unchanged, now on page %(page)s", page=page),
            "moved": _("Moved to page %(page)s", page=page),
            "reworded": _("Reworded, now on page %(page)s", page=page),
        }[state]
    return {
        "unchanged": _("Unchanged"),
        "moved": _("Moved"),
        "reworded": _("Reworded"),
        "gone": _("Gone"),
        "added": _("Added"),
        "replaced": _("Replaced"),
        "removed": _("Removed"),
        "silent": _("In neither version"),
    }[state]


def changed_sentence(state: str, version: int, *, of_answer: bool = False) -> str:
    """Return that a passage was reworded in a version, or is gone from it.

    `of_answer`: the sentence is shown with an answer that rests on the passage, not with the passage itself.
    """
    if of_answer and state == "gone":
        return _("Words that it rests on are gone from version %(number)s.", number=version)
    if of_answer:
        return _("Words that it rests on were changed in version %(number)s.", number=version)
    if state == "gone":
        return _("These words are gone from version %(number)s.", number=version)
    return _("These words were changed in version %(number)s.", number=version)


def outcomes_sentence(counts: Mapping[str, int]) -> str:
    """Return what became of an older version's marked passages: how many are in each state."""
    total = sum(counts.values())
    if not total:
        return _("Nothing is marked in the older version.")
    there = [(outcome_words(state), counts[state]) for state in _STATES if counts[state]]
    said = ngettext(
        "One passage is marked in the older version.", "%(num)s passages are marked in the older version.", total
    )
    states = comma_list(_("%(name)s: %(value)s", name=name, value=number(count)) for name, count in there)
    return f"{said} {states}."
