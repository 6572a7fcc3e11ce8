"""Translatable texts of editions and of law, and the checks that a translation of one is current and complete.

Each text has a key, which is also its place in a locale file:
`("r02", "title")`, `("r02.code", "options", "live")`, `("r02.code", "flags", "live")`,
`("option_sets", "code-4", "silent")`,
`("overall", "bands", "low")`, `("overall", "profile", "size", "title")`,
`("overall", "lenses", "gap", "values", "reach")`, `("overall", "documents", "employees-code")`,
`("overall", "tables", "contacts", "columns", "r44.practice.b")`,
`("crc", "short")`, `("crc-34", "paraphrase")`, `("dsa", "applies", "hosting")`.
No translation may lose numbers, per cent signs, placeholders or markup.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias, get_args

from compliance.questionnaire.conditions_and_law import Instrument
from compliance.questionnaire.edition import OPTION_SETS, OVERALL, Edition, Node, Question
from compliance.questionnaire.faults import one_of
from compliance.questionnaire.places import PlacesTable
from compliance.questionnaire.profile_fields import LabelSet

TextKey: TypeAlias = tuple[str, ...]
OPTIONS, FLAGS, BANDS, APPLIES = "options", "flags", "bands", "applies"
#: Parts of an edition's texts beside its tree, and the texts that each has.
PROFILE, LENSES = "profile", "lenses"
DOCUMENTS = "documents"
TITLE, VALUES, NOTES = "title", "values", "notes"
#: Texts of tables.
TABLES, TEXT, COLUMNS = "tables", "text", "columns"
LAW = "law"


@dataclass(frozen=True)
class SourceTexts:
    """The texts to translate of an edition or of the law, in its own order and language."""

    name: str  # the edition's id, or "law"
    texts: Mapping[TextKey, str]
    #: By option set text: the keys under which questions that use it may have a text of their own instead.
    option_set_uses: Mapping[TextKey, tuple[TextKey, ...]] = field(default_factory=dict)

    @cached_property
    def all_texts(self) -> Mapping[TextKey, str]:
        """All keys under which a language may have a text, with the original texts."""
        instead = {key: self.texts[shared] for shared, keys in self.option_set_uses.items() for key in keys}
        return {**self.texts, **instead}

    def missing(self, there: Iterable[TextKey]) -> tuple[TextKey, ...]:
        """Return the keys without a text in a language that has texts under the given keys."""
        known = frozenset(there)
        return tuple(key for key in self.texts if key not in known and not self._stood_in(key, known))

    def _stood_in(self, key: TextKey, known: frozenset[TextKey]) -> bool:
        keys = self.option_set_uses.get(key, ())
        return bool(keys) and known.issuperset(keys)


def edition_source_texts(edition: Edition) -> SourceTexts:
    """Return the texts of an edition. Those of an option set are included once, not again at every question."""
    shared: dict[TextKey, list[TextKey]] = {}
    sets: dict[TextKey, str] = {}
    for question in edition.questions.values():
        for option in question.options if question.option_set else ():
            key = (OPTION_SETS, question.option_set, option.id)
            sets[key] = option.text
            shared.setdefault(key, []).append((question.id, OPTIONS, option.id))
    whole, *parts = edition.root.walk()
    texts = dict(_part_texts(whole))
    texts.update({(OVERALL, BANDS, band.id): band.title for band in edition.bands})
    texts.update(_label_texts(PROFILE, edition.profile_labels))
    texts.update(_label_texts(LENSES, edition.lens_labels))
    texts.update({(OVERALL, DOCUMENTS, kind): title for kind, title in edition.document_titles.items()})
    texts.update(text for table in edition.tables for text in _table_texts(table))
    texts.update(sets)
    texts.update(text for part in parts for text in _part_texts(part))
    return SourceTexts(edition.id, texts, {key: tuple(keys) for key, keys in shared.items()})


def law_source_texts(instruments: Iterable[Instrument]) -> SourceTexts:
    """Return the texts of a law catalogue. Articles, links, dates and sources are never translated."""
    return SourceTexts(LAW, {key: text for instrument in instruments for key, text in _instrument_texts(instrument)})


def shown_law_keys(edition: Edition) -> tuple[TextKey, ...]:
    """Return the keys of the law texts that an edition shows: provisions its requirements name, and their instruments.

    Only an edition with a profile shows whom law binds.
    """
    named = {provision for requirement in edition.requirements for provision in requirement.law}
    instruments = {edition.instrument_of[provision].id for provision in named if provision in edition.instrument_of}
    shown = (key for key in law_source_texts(edition.instruments).texts if key[0] in named | instruments)
    return tuple(key for key in shown if edition.profile or key[1] != APPLIES)


_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
#: How many results are kept: editions share most of their texts and all of the law, which would be checked for each.
_KEPT = 20_000


@lru_cache(_KEPT)
def text_digest(text: str) -> str:
    """Return eight hexadecimal digits that identify a text: a translation keeps them to know what it translates.

    Straight and curly quotation marks and apostrophes make no difference, as the text still says the same.
    """
    return hashlib.sha256(text.translate(_STRAIGHT).encode()).hexdigest()[:8]


def _table_texts(table: PlacesTable) -> Iterator[tuple[TextKey, str]]:
    at = (OVERALL, TABLES, table.id)
    yield (*at, TITLE), table.title
    if table.text:
        yield (*at, TEXT), table.text
    yield from (((*at, COLUMNS, question), heading) for question, heading in table.columns.items())


def _part_texts(part: Node | Question) -> Iterator[tuple[TextKey, str]]:
    if isinstance(part, Node):
        fields = {"title": part.title, "expects": part.expects, "closes": part.closes}
        fields["weight_reason"] = part.weight_reason
    else:
        fields = {"ask": part.ask, "help": part.help, "unit": part.unit}
    yield from (((part.id, name), text) for name, text in fields.items() if text)
    if isinstance(part, Question) and not part.option_set:
        yield from (((part.id, OPTIONS, option.id), option.text) for option in part.options)
    if isinstance(part, Question):  # even with an option set, as a flag depends on the question
        yield from (((part.id, FLAGS, option.id), option.flag) for option in part.options if option.flag)


def _label_texts(kind: str, labels: Mapping[str, LabelSet]) -> Iterator[tuple[TextKey, str]]:
    for name, own in labels.items():
        if own.title:
            yield (OVERALL, kind, name, TITLE), own.title
        yield from (((OVERALL, kind, name, VALUES, value), text) for value, text in own.values.items())
        yield from (((OVERALL, kind, name, NOTES, value), text) for value, text in own.notes.items())


def _instrument_texts(instrument: Instrument) -> Iterator[tuple[TextKey, str]]:
    short = instrument.short if instrument.short != instrument.title else ""  # without a short name, it is the title
    fields = {"title": instrument.title, "short": short, "adopter": instrument.adopter, "status": instrument.status}
    fields["reach"] = instrument.reach
    yield from (((instrument.id, name), text) for name, text in fields.items() if text)
    yield from (((instrument.id, APPLIES, rule.id), rule.text) for rule in instrument.rules)
    for provision in instrument.provisions:
        texts = {"paraphrase": provision.paraphrase, "reach": provision.reach}
        yield from (((provision.id, name), text) for name, text in texts.items() if text)


_PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|</?\w[^>]*>")
_ANY_TO_KEEP = re.compile(r"[%{<\d]")
_THOUSANDS_SEPARATOR = re.compile(r"(?<=\d)[,.\u00a0\u202f ](?=\d{3}(?!\d))")  # 250,000 and 250 000 are one number
_DIGITS = re.compile(r"\d+")


@lru_cache(_KEPT)
def missing_in_translation(source: str, text: str) -> tuple[str, ...]:
    """Return the placeholders, markup, numbers and per cent signs that are missing or superfluous in a translation.

    Numbers are in figures, as in the source. Thousands may be grouped as the language does.
    """
    if not _ANY_TO_KEEP.search(source) and not _ANY_TO_KEEP.search(text):  # true of most texts
        return ()
    before, after = Counter(_PLACEHOLDERS.findall(source)), Counter(_PLACEHOLDERS.findall(text))
    marks = ((before - after) + (after - before)).elements()
    numbers = [number for number in dict.fromkeys(_numbers(source)) if number not in set(_numbers(text))]
    percent = (
        ["%"] if "%" in _PLACEHOLDERS.sub("", source) and not re.search("[%٪]", _PLACEHOLDERS.sub("", text)) else []
    )
    return (*dict.fromkeys(marks), *numbers, *percent)


def _numbers(text: str) -> list[str]:
    """Return the numbers in a text in Western digits, without thousands separators."""
    return [str(int(run)) for run in _DIGITS.findall(_THOUSANDS_SEPARATOR.sub("", _PLACEHOLDERS.sub("", text)))]


TranslationState: TypeAlias = Literal["draft", "reviewed"]
TRANSLATION_STATES: tuple[TranslationState, ...] = get_args(TranslationState)


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in another language."""

    text: str
    state: TranslationState = "draft"
    of: str = ""  # digest of the text that it translates; "": unknown


def translation_problem(translation: Translation, own: str) -> str:
    """Return the fault of a translation with its remedy, for a message, or "" if it may be shown."""
    return outdated_problem(translation, own) or placeholder_problem(translation, own)


def outdated_problem(translation: Translation, own: str) -> str:
    """Return the remedy for a translation whose source is known to have changed, or "" otherwise."""
    if translation.of in ("", text_digest(own)):
        return ""
    same = f"if it still says the same, write of: {text_digest(own)}"
    return f"the text that it translates has changed since: translate it again; {same}"


def placeholder_problem(translation: Translation, own: str) -> str:
    """Return the remedy for a translation that lost or added placeholders or numbers, or "" otherwise."""
    gone = missing_in_translation(own, translation.text)
    return f"{one_of(gone)} must stand in it as in the text that it translates" if gone else ""
