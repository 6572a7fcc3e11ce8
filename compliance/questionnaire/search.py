"""Search: the questions, requirements and law of an edition by the words in them.

Every search word must be the beginning of a word in the result, ignoring case, accents and vowel signs. Results with
all words in the title come first, then those that need the help, the options, and the law; within each group, whole
words come before beginnings, and then the order of the form decides. Nothing is guessed: no spelling is corrected, and
frequent words are not ignored.

In Arabic, a word may be preceded by the article and the letters that are joined to it.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from compliance.questionnaire.conditions_and_law import Instrument
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition, Node, Question

#: In characters. Longer searches are cut.
LONGEST_SEARCH = 200
#: In characters, roughly: the length of the excerpt shown around a match.
EXCERPT = 180

#: The place of a word, 0 for the most important, and whether only its beginning matches.
_Rank: TypeAlias = tuple[int, bool]
EntryKind: TypeAlias = Literal["theme", "requirement", "question", "field", "instrument", "provision", "term"]

#: A word, including combining signs such as the vowel signs of Arabic.
_WORD = re.compile("[\\w\u0300-\u036f\u064b-\u065f\u0670]+")
#: Letters without a Unicode decomposition that people write in more than one way. The Arabic stretching stroke is
#: removed.
_ONE_LETTER = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i"}
    | {"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
    | {chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)}
)
#: What is joined to an Arabic word: "and", "so", "in", "like", "for", the article. Some letters must remain.
_TOGETHER = re.compile("^(?:[وف]?(?:[بك]?ال|لل)(?=..)|[وفبكل](?=[\u0621-\u064a]{3}))")


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """One possible result, with its texts. The first title is its own; others are alternative names."""

    kind: EntryKind
    id: str
    titles: tuple[str, ...]
    help: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    within: str = ""  # id of its instrument, or of the theme for requirements and questions below them

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The texts by place, the most important first."""
        return (self.titles, self.help, self.options, self.law)


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a text, and whether it is a word that was searched for."""

    text: str
    found: bool


@lru_cache(maxsize=50_000)
def folded_letters(text: str) -> str:
    """Return a text without differences in case, accents, vowel signs and forms of alef."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_ONE_LETTER)


def asked_words(asked: str) -> tuple[str, ...]:
    """Return the words of a search, folded, each once."""
    folded = (folded_letters(written) for written in _WORD.findall(asked[:LONGEST_SEARCH]))
    return tuple(dict.fromkeys(word for word in folded if word))


def words_in(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a text in order, each in the forms in which it is compared."""
    return tuple(word_forms(written) for written in _WORD.findall(text))


class SearchIndex:
    """The entries of an edition in one language, in the order of the form, indexed by word."""

    def __init__(self, entries: Iterable[SearchEntry]) -> None:
        self.entries = tuple(entries)
        held: dict[str, dict[int, int]] = {}  # by word and entry number: its best place in the entry
        for number, entry in enumerate(self.entries):
            for place, texts in enumerate(entry.texts):
                for word in frozenset().union(*map(_forms_in, texts)):
                    held.setdefault(word, {}).setdefault(number, place)
        self._words = sorted(held)
        self._held = [held[word] for word in self._words]

    def search(self, asked: str) -> tuple[SearchEntry, ...]:
        """Return the entries with every search word, best places first. Without words, return ()."""
        found: dict[int, _Rank] | None = None  # by entry number: the worst rank among the words so far
        for word in asked_words(asked):
            ranks = self._ranks(word)
            if found is None:
                found = ranks
            else:
                found = {number: max(rank, ranks[number]) for number, rank in found.items() if number in ranks}
        ordered = sorted((rank, number) for number, rank in (found or {}).items())
        return tuple(self.entries[number] for _rank, number in ordered)

    def _ranks(self, word: str) -> dict[int, _Rank]:
        best: dict[int, _Rank] = {}
        for beginning in word_forms(word):
            for at in range(bisect_left(self._words, beginning), len(self._words)):
                if not self._words[at].startswith(beginning):
                    break
                only_begun = self._words[at] != word
                for number, place in self._held[at].items():
                    rank = (place, only_begun)
                    if number not in best or rank < best[number]:
                        best[number] = rank
        return best


def in_pieces(text: str, words: Sequence[str]) -> tuple[TextPiece, ...]:
    """Return a text split at the words that were searched for. Joined, the pieces are the text."""
    pieces, end = [], 0
    for found in _found_in(text, words):
        pieces += [TextPiece(text[end : found.start()], False), TextPiece(found[0], True)]
        end = found.end()
    return tuple(piece for piece in (*pieces, TextPiece(text[end:], False)) if piece.text)


def telling_text(entry: SearchEntry, words: Sequence[str]) -> str:
    """Return the text, beside its title, with the most search words that the title lacks, or "" if it lacks none.

    A provision, whose title is a number, and a glossary term always show what they say.
    """
    lacking = [word for word in words if not _has(entry.titles[0], word)]
    texts = [text for texts in entry.texts for text in texts] if lacking else []
    best = max(texts, key=lambda text: sum(_has(text, word) for word in lacking), default="")
    if any(_has(best, word) for word in lacking):
        return best
    return (*entry.help, *entry.law)[0] if entry.kind in ("provision", "term") else ""


def excerpt(text: str, words: Sequence[str]) -> str:
    """Return a short text whole, or a longer one around the first search word in it."""
    if len(text) <= EXCERPT:
        return text
    first = next((found.start() for found in _found_in(text, words)), 0)
    begin = max(0, min(first - EXCERPT // 3, len(text) - EXCERPT))
    begin = text.rfind(" ", 0, begin) + 1 if begin else 0
    end = text.find(" ", begin + EXCERPT)
    return ("… " if begin else "") + (text[begin:] if end < 0 else f"{text[begin:end]} …")


def _found_in(text: str, words: Sequence[str]) -> Iterator[re.Match[str]]:
    """Yield the matches of the search words in a text."""
    beginnings = tuple(beginning for word in words for beginning in word_forms(word))
    for found in _WORD.finditer(text):
        if any(form.startswith(beginnings) for form in word_forms(found[0])):
            yield found


def _has(text: str, word: str) -> bool:
    beginnings = word_forms(word)
    return any(form.startswith(beginnings) for form in _forms_in(text))


@lru_cache(maxsize=50_000)
def _forms_in(text: str) -> frozenset[str]:
    return frozenset(form for written in _WORD.findall(text) for form in word_forms(written))


@lru_cache(maxsize=50_000)
def word_forms(written: str) -> tuple[str, ...]:
    """Return the forms of a word that are compared: folded, and in Arabic also without what is joined to it."""
    word = folded_letters(written)
    alone = _TOGETHER.sub("", word)
    return (word,) if alone == word else (word, alone)


# ── Entries


def edition_entries(edition: Edition, cite: Callable[[str], str] = str) -> Iterator[SearchEntry]:
    """Yield the profile, themes, requirements and questions of an edition in the order of the form, then its law.

    `cite`: translates a citation such as `art. 34`.
    """
    for name, labels in edition.profile_labels.items():
        if name in edition.profile and labels.title:
            yield SearchEntry("field", PROFILE_PREFIX + name, (labels.title,), options=tuple(labels.values.values()))
    titles = {
        provision.id: f"{instrument.short or instrument.title} {cite(provision.provision)}"
        for instrument in edition.instruments
        for provision in instrument.provisions
    }
    themes = {theme.id for theme in edition.themes}
    judging = [(theme, node) for theme in edition.themes for node in theme.nodes() if node.is_requirement]
    within = {part.id: theme.id for theme, node in judging for part in node.walk()}
    for part in edition.root.walk():
        if isinstance(part, Question):
            more, options = _texts(part.help), _texts(*(option.text for option in part.options))
            yield SearchEntry("question", part.id, (part.ask,), more, options, within=within.get(part.id, ""))
        elif part.is_requirement:
            yield _requirement_entry(edition, part, within.get(part.id, ""), titles)
        elif part.id in themes:
            yield SearchEntry("theme", part.id, (part.title or part.id,), _texts(part.weight_reason))
    for instrument in edition.instruments:
        yield from _law_entries(instrument, titles)


def _requirement_entry(edition: Edition, node: Node, theme: str, titles: Mapping[str, str]) -> SearchEntry:
    law = (edition.provisions[each] for each in node.law if each in edition.provisions)
    return SearchEntry(
        "requirement",
        node.id,
        (node.title or node.id,),
        _texts(node.expects, node.closes, node.weight_reason),
        law=tuple(f"{titles[provision.id]}: {provision.paraphrase}" for provision in law),
        within=theme,
    )


def _law_entries(instrument: Instrument, titles: Mapping[str, str]) -> Iterator[SearchEntry]:
    yield SearchEntry(
        "instrument", instrument.id, _texts(instrument.title, instrument.short), law=_texts(instrument.status)
    )
    for provision in instrument.provisions:
        law = (provision.paraphrase, instrument.title)
        yield SearchEntry("provision", provision.id, (titles[provision.id],), law=law, within=instrument.id)


def _texts(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
