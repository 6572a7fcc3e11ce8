"""Search results: the entries found, with the matching words marked, and where they lead."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import request, url_for
from markupsafe import Markup

from compliance.languages.interface_messages import (
    ENGLISH_BEGINS,
    N_,
    marked_english,
    without_marks,
)
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.search import (
    LONGEST_SEARCH,
    EntryKind,
    SearchEntry,
    asked_words,
    excerpt,
    in_pieces,
    telling_text,
)
from compliance.web.edition_registry import ServedEdition
from compliance.web.page_text import of_edition
from compliance.web.urls import TYPED_KEY

#: Most results shown.
MOST_RESULTS = 50

_KINDS: Mapping[EntryKind, str] = {
    "theme": N_("Theme"),
    "requirement": N_("Requirement"),
    "question": N_("Question"),
    "field": N_("Question about your company"),
    "instrument": N_("Law"),
    "provision": N_("Provision"),
    "term": N_("Glossary"),
}


@dataclass(frozen=True, slots=True)
class SearchLead:
    """The address that a search entry leads to, and its state."""

    href: str  # "": it has no page
    state: str = ""  # in words


@dataclass(frozen=True, slots=True)
class SearchResultView:
    """A search result."""

    title: str
    excerpt: str  # of another text than the title; "": the title has the words
    about: Sequence[str]  # kind, title of the theme or instrument, state
    href: str


@dataclass(frozen=True, slots=True)
class SearchResultsView:
    """The search and its results; see `parts/search.html`."""

    asked: str
    fault: str  # why nothing was searched for; "": no fault
    total: int
    results: Sequence[SearchResultView]


def search_results(
    asked: ServedEdition,
    lead: Callable[[SearchEntry], SearchLead],
    is_shown: Callable[[SearchEntry], bool] = lambda entry: True,
) -> SearchResultsView:
    """Return the results for the words in this request. `lead`: where an entry leads; `is_shown`: filters entries."""
    typed = without_marks(request.args.get(TYPED_KEY, "")).strip()
    words = asked_words(typed)
    fault = _fault(typed, words)
    found = [entry for entry in asked.search_index.search(typed) if is_shown(entry)] if not fault else []
    titles = _titles(asked.complete)
    shown = [_view(asked.complete, entry, lead(entry), words, titles) for entry in found[:MOST_RESULTS]]
    return SearchResultsView(typed[:LONGEST_SEARCH], fault, len(found), shown)


def is_public(entry: SearchEntry) -> bool:
    """Tell whether an entry of the newest edition has a public page."""
    return bool(entry.within) or entry.kind in ("theme", "instrument", "term")


def public_address(entry: SearchEntry) -> str:
    """Return the address of the public page of an entry for which `is_public` is true."""
    if entry.kind == "instrument":
        return url_for("method.instrument", instrument=entry.id)
    if entry.kind == "provision":
        return url_for("method.instrument", instrument=entry.within, _anchor=entry.id)
    if entry.kind == "term":
        return url_for("about.glossary", _anchor=entry.id)
    if entry.kind == "theme":
        return url_for("method.theme", theme=entry.id)
    return url_for("method.theme", theme=entry.within, _anchor=entry.id)


def _fault(typed: str, words: Sequence[str]) -> str:
    if len(typed) > LONGEST_SEARCH:
        return _(
            "That is more than %(most)s characters, so nothing was searched for. A few words find more.",
            most=LONGEST_SEARCH,
        )
    return (
        _("That contains neither a word nor a number. Type a word, such as “recruitment”.")
        if typed and not words
        else ""
    )


def _titles(edition: Edition) -> Mapping[str, str]:
    """Return the titles of themes and instruments, by id."""
    themes = {theme.id: theme.title for theme in edition.themes}
    return themes | {instrument.id: instrument.title for instrument in edition.instruments}


def _view(
    edition: Edition, entry: SearchEntry, where: SearchLead, words: Sequence[str], titles: Mapping[str, str]
) -> SearchResultView:
    within = of_edition(titles.get(entry.within, ""), edition)
    about: Iterable[str] = (_(_KINDS[entry.kind]), within, where.state)
    return SearchResultView(
        _marked(entry.titles[0], words, edition),
        _marked(telling_text(entry, words), words, edition, cut=True),
        [part for part in about if part],
        where.href,
    )


def _marked(text: str, words: Sequence[str], edition: Edition, *, cut: bool = False) -> str:
    """Return a text with matching words in <mark> elements. `cut`: shorten a long text to an excerpt around them."""
    shown = excerpt(text, words) if cut else text
    if shown != text:  # one of a pair of fallback marks may be cut off
        shown = marked_english(without_marks(shown)) if ENGLISH_BEGINS in text else without_marks(shown)
    pieces = (Markup("<mark>%s</mark>") % each.text if each.found else each.text for each in in_pieces(shown, words))
    marked = Markup().join(pieces)
    return of_edition(marked, edition)
