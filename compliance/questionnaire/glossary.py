"""The glossary: the words of the field in every language, those to use and those that our texts must not contain."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from compliance.questionnaire.faults import FaultCollector, one_of
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, YamlSequence, read_yaml

_KEYS = ("terms", "words", "stock_phrases", "official_titles")
_TERM_KEYS = ("id", "use", "avoid", "note")


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """A concept that is easily named in words that hurt or mislead."""

    id: str
    use: Mapping[str, str]  # by language
    avoid: Mapping[str, Sequence[str]]  # by language; `*` matches any ending
    note: str = ""


@dataclass(frozen=True)
class Glossary:
    """Terms, the tool's own words by language, stock phrases, and titles of law that contain an avoided word."""

    terms: tuple[GlossaryTerm, ...] = ()
    words: tuple[Mapping[str, str], ...] = ()
    stock_phrases: tuple[GlossaryTerm, ...] = ()
    official_titles: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def avoided(self, text: str, language: str) -> Iterator[tuple[str, str]]:
        """Yield the words of a text to avoid in that language, each with its replacement."""
        plain = _plain(text)
        for title in self._titles.get(language, ()):
            plain = plain.replace(title, " ")
        yield from _avoided(self.terms, plain, language)

    def stock_phrases_in(self, text: str, language: str) -> Iterator[tuple[str, str]]:
        """Yield the stock phrases of a text, which help nobody to understand it, each with its replacement."""
        yield from _avoided(self.stock_phrases, _plain(text), language)

    @cached_property
    def _titles(self) -> Mapping[str, Sequence[str]]:
        return {language: [_plain(title) for title in titles] for language, titles in self.official_titles.items()}


def load_glossary(path: Path) -> Glossary:
    """Return the glossary in a file. Raise EditionFaults with every fault in it."""
    faults = FaultCollector()
    item = read_yaml(path, faults)
    glossary = Glossary()
    if isinstance(item, YamlMapping):
        parts = {name.text: value for name, value in item.entries}
        for name, _ in item.entries:
            if name.text not in _KEYS:
                faults.add(name, f"a glossary has no `{name.text}`, it has {', '.join(_KEYS)}")
        glossary = Glossary(
            tuple(_terms(parts.get("terms"), faults)),
            tuple(_by_language(part, faults) for part in _items(parts.get("words"), faults)),
            tuple(_terms(parts.get("stock_phrases"), faults)),
            _lists_by_language(parts.get("official_titles"), faults),
        )
    elif item is not None:
        faults.add(item, f"a glossary is written as {', '.join(_KEYS)}")
    faults.raise_if_any()
    return glossary


def _avoided(terms: Sequence[GlossaryTerm], plain: str, language: str) -> Iterator[tuple[str, str]]:
    for term in terms:
        for words in term.avoid.get(language, ()):
            # Few texts contain any of these words, and looking for their letters is faster than the pattern.
            if _stem(words) in plain and (found := _pattern(words).search(plain)):
                yield found[0], term.use.get(language, "")


def _plain(text: str) -> str:
    """Return a text as it is searched for words: case folded, with single blanks and straight apostrophes."""
    return " ".join(text.casefold().replace("’", "'").split())


@cache
def _stem(words: str) -> str:
    """Return the beginning that all forms of the words share: up to the star, without the Arabic article."""
    return _plain(words).partition("*")[0].removeprefix("ال")


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """Return a pattern for whole words. Arabic joins prefixes and the article to a word, with `لل` for both."""
    pattern = re.escape(_plain(words)).replace(r"\*", r"\w*")
    if re.match("[\u0600-\u06ff]", words):
        return re.compile(re.sub("^ال", "ا?ل", pattern) + r"(?!\w)")
    return re.compile(rf"(?<!\w){pattern}(?!\w)")


# ── Reading


def _terms(item: YamlNode | None, faults: FaultCollector) -> Iterator[GlossaryTerm]:
    for part in _items(item, faults):
        if not isinstance(part, YamlMapping) or part.get("use") is None:
            faults.add(part, "a term is written {id: …, use: {en: …}, avoid: {en: [… ]}, note: …}")
            continue
        for name, _ in part.entries:
            if name.text not in _TERM_KEYS:
                faults.add(name, f"a term has no `{name.text}`, it has {one_of(_TERM_KEYS)}")
        use, avoid = _by_language(part.get("use"), faults), _lists_by_language(part.get("avoid"), faults)
        yield GlossaryTerm(_text(part.get("id")), use, avoid, _text(part.get("note")))


def _items(item: YamlNode | None, faults: FaultCollector) -> Sequence[YamlNode]:
    if item is None or isinstance(item, YamlSequence):
        return item.items if item is not None else ()
    faults.add(item, "this takes a list")
    return ()


def _text(item: YamlNode | None) -> str:
    return item.text if isinstance(item, YamlScalar) else ""


def _by_language(item: YamlNode | None, faults: FaultCollector) -> Mapping[str, str]:
    if isinstance(item, YamlMapping) and all(isinstance(value, YamlScalar) and value.text for _, value in item.entries):
        return {name.text: _text(value) for name, value in item.entries}
    if item is not None:
        faults.add(item, "this takes a text for each language: {en: child, fr: enfant}")
    return {}


def _lists_by_language(item: YamlNode | None, faults: FaultCollector) -> Mapping[str, Sequence[str]]:
    if item is None:
        return {}
    if not isinstance(item, YamlMapping):
        faults.add(item, "this takes a list for each language: {en: [baby trade]}")
        return {}
    return {name.text: [_text(part) for part in _items(value, faults)] for name, value in item.entries}
