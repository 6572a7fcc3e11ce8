"""The texts that a language translates: those of an edition, and those of children's law.

Each is known by its key, which is also where it stands in the file of a language:
`("r02", "title")`, `("r02.code", "options", "live")`, `("option_sets", "code-4", "silent")`,
`("overall", "bands", "low")`, `("crc", "short")`, `("crc-34", "paraphrase")`, `("dsa", "applies", "hosting")`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from compliance.questionnaire.edition import OPTION_SETS, OVERALL, Edition, Node, Question
from compliance.questionnaire.law import Instrument

TextKey: TypeAlias = tuple[str, ...]
OPTIONS, BANDS, APPLIES = "options", "bands", "applies"
LAW = "law"


@dataclass(frozen=True)
class Source:
    """What is translated: an edition or the law, its texts in their own order and their own language."""

    name: str  # the edition's id, or "law"
    texts: Mapping[TextKey, str]
    #: Of an option set's text, the keys of the questions that use it: each may have a text of its own instead.
    stand_ins: Mapping[TextKey, tuple[TextKey, ...]] = field(default_factory=dict)

    @cached_property
    def all_texts(self) -> Mapping[TextKey, str]:
        """Every key that a language may have a text under, with the text in its own language."""
        instead = {key: self.texts[shared] for shared, keys in self.stand_ins.items() for key in keys}
        return {**self.texts, **instead}

    def missing(self, there: Iterable[TextKey]) -> tuple[TextKey, ...]:
        """The keys that have no text in a language which has those that are given."""
        known = frozenset(there)
        return tuple(key for key in self.texts if key not in known and not self._stood_in(key, known))

    def _stood_in(self, key: TextKey, known: frozenset[TextKey]) -> bool:
        keys = self.stand_ins.get(key, ())
        return bool(keys) and known.issuperset(keys)


def edition_source(edition: Edition) -> Source:
    """The texts of an edition; those of an option set once, and not again at each question that uses it."""
    shared: dict[TextKey, list[TextKey]] = {}
    sets: dict[TextKey, str] = {}
    for question in edition.questions.values():
        for option in question.options if question.option_set else ():
            key = (OPTION_SETS, question.option_set, option.id)
            sets[key] = option.text
            shared.setdefault(key, []).append((question.id, OPTIONS, option.id))
    whole, *parts = edition.root.walk()
    texts = dict(_texts(whole))
    texts.update({(OVERALL, BANDS, band.id): band.title for band in edition.bands})
    texts.update(sets)
    texts.update(text for part in parts for text in _texts(part))
    return Source(edition.id, texts, {key: tuple(keys) for key, keys in shared.items()})


def own_texts(edition: Edition) -> Mapping[TextKey, str]:
    """Every text of an edition that can be translated, in its own language."""
    return edition_source(edition).texts


def law_source(instruments: Iterable[Instrument]) -> Source:
    """The texts of a law catalogue. Articles, links, dates and sources are never translated."""
    return Source(LAW, {key: text for instrument in instruments for key, text in _law_texts(instrument)})


def law_shown(edition: Edition) -> tuple[TextKey, ...]:
    """The keys of the law texts that an edition shows: the provisions its requirements name, and their instruments.

    What a company is told of whom law binds is shown only by an edition that asks what the company is.
    """
    named = {provision for requirement in edition.requirements for provision in requirement.law}
    instruments = {edition.instrument_of[provision].id for provision in named if provision in edition.instrument_of}
    shown = (key for key in law_source(edition.instruments).texts if key[0] in named | instruments)
    return tuple(key for key in shown if edition.profile or key[1] != APPLIES)


_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def mark_of(text: str) -> str:
    """Eight hexadecimal digits that tell a text from other ones: by them a translation knows what it translates.

    Quotation marks and apostrophes may be set straight or curly: the text still says the same.
    """
    return hashlib.sha256(text.translate(_STRAIGHT).encode()).hexdigest()[:8]


def _texts(part: Node | Question) -> Iterator[tuple[TextKey, str]]:
    if isinstance(part, Node):
        fields = {"title": part.title, "expects": part.expects, "closes": part.closes}
        fields["weight_reason"] = part.weight_reason
    else:
        fields = {"ask": part.ask, "help": part.help, "unit": part.unit}
    yield from (((part.id, name), text) for name, text in fields.items() if text)
    if isinstance(part, Question) and not part.option_set:
        yield from (((part.id, OPTIONS, option.id), option.text) for option in part.options)


def _law_texts(instrument: Instrument) -> Iterator[tuple[TextKey, str]]:
    short = instrument.short if instrument.short != instrument.title else ""  # where there is none, it is the title
    fields = {"title": instrument.title, "short": short, "adopter": instrument.adopter, "status": instrument.status}
    fields["reach"] = instrument.reach
    yield from (((instrument.id, name), text) for name, text in fields.items() if text)
    yield from (((instrument.id, APPLIES, rule.id), rule.text) for rule in instrument.rules)
    for provision in instrument.provisions:
        texts = {"paraphrase": provision.paraphrase, "reach": provision.reach}
        yield from (((provision.id, name), text) for name, text in texts.items() if text)
