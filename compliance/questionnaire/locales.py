"""The texts of an edition or of the law in other languages, `locales/<code>.yaml`. Logic never looks at them.

A file is keyed by id, each text with its state: `r02: {title: {text: …, state: draft, of: 1f3c09ab}}`. `of` is the mark
of the text it translates, by which a translation that was overtaken is found; without it nobody can tell.
A question has its options' texts under `options`, unless they stand under `option_sets`; the edition's own title and
its bands stand under `overall`. An edition is offered in a language when its texts and the law it shows are complete.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from babel.localedata import exists

from compliance.questionnaire.edition import OPTION_SETS, OVERALL, OWN_LANGUAGE, Band, Edition, Node, Option, Question
from compliance.questionnaire.faults import Fault, Ledger, did_you_mean, either
from compliance.questionnaire.fidelity import lost
from compliance.questionnaire.law import Instrument, Provision
from compliance.questionnaire.reading import Item, Scalar, Table, read_yaml
from compliance.questionnaire.texts import (
    APPLIES,
    BANDS,
    LAW,
    OPTIONS,
    Source,
    TextKey,
    edition_source,
    law_shown,
    law_source,
    mark_of,
)

State: TypeAlias = Literal["draft", "reviewed"]
STATES: tuple[State, ...] = get_args(State)
FOLDER = "locales"


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in another language."""

    text: str
    state: State = "draft"
    of: str = ""  # mark of the text it translates; "": unknown


@dataclass(frozen=True, slots=True)
class Locale:
    """The texts of one language, and what is wrong or missing in its file."""

    code: str
    written: Mapping[TextKey, Translation] = field(default_factory=dict)  # every text of the file
    texts: Mapping[TextKey, Translation] = field(default_factory=dict)  # those that may be shown: nothing is wrong
    law: Mapping[TextKey, Translation] = field(default_factory=dict)  # the law's, beside those of an edition
    unread: tuple[Fault, ...] = ()  # what stands in the file and is no text of it
    open: tuple[Fault, ...] = ()  # what is overtaken, lost in translation or missing, the law's too

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that keeps the language from being offered."""
        return (*self.unread, *self.open)

    @property
    def state(self) -> State:
        """`reviewed` if every text is, the law's too, else `draft`."""
        everything = (*self.texts.values(), *self.law.values())
        return "reviewed" if all(one.state == "reviewed" for one in everything) else "draft"


def is_language(code: str) -> bool:
    """Whether there is such a language: `fr`, or `pt-BR` where a country makes a difference."""
    written = re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", code)
    return written is not None and exists(code.replace("-", "_"))


def read_locales(edition: Edition, folder: Path, law: Path | None) -> tuple[Locale, ...]:
    """Every language beside an edition, complete or not, by code; its law comes from the languages of `law`."""
    source = edition_source(edition)
    return tuple(_with_law(read_locale(path, source), path, edition, law) for path in _files(folder))


def read_law_locales(instruments: tuple[Instrument, ...], law: Path) -> tuple[Locale, ...]:
    """Every language of a folder of law, complete or not, by code."""
    source = law_source(instruments)
    return tuple(read_locale(path, source) for path in _files(law))


def read_locale(path: Path, source: Source) -> Locale:
    """One language from its file, with every fault of it: what is wrong in a text, and which texts are missing."""
    reader = _Reader(source)
    if path.stem == OWN_LANGUAGE or not is_language(path.stem):
        reader.unread.faults.append(Fault(str(path), 0, _no_language(path.stem)))
    item = read_yaml(path, reader.unread)
    if item is not None:
        reader.read(item, ())
        if missing := _in_words(source.missing(reader.written), source):
            message = f"texts are missing for {either(missing, 50)}: translate them"
            reader.open.faults.append(Fault(str(path), 0, message))
    faults = (tuple(ledger.faults) for ledger in (reader.unread, reader.open))
    return Locale(path.stem, reader.written, reader.sound, {}, *faults)


def wrong_in(translation: Translation, own: str) -> str:
    """What is wrong in the translation of a text, and what to do; nothing if it may be shown."""
    if translation.of not in ("", mark_of(own)):
        same = f"if it still says the same, write of: {mark_of(own)}"
        return f"the text that it translates has changed since: translate it again; {same}"
    if gone := lost(own, translation.text):
        return f"{either(gone)} must stand in it as in the text that it translates"
    return ""


def translated(edition: Edition, locale: Locale) -> Edition:
    """The edition in another language: same ids, same digest; a text that has no translation stays as it is."""
    texts = {key: one.text for key, one in locale.texts.items()}
    law = {key: one.text for key, one in locale.law.items()}
    return replace(
        edition,
        title=texts.get((OVERALL, "title"), edition.title),
        root=_node(edition.root, texts),
        bands=tuple(_band(band, texts) for band in edition.bands),
        instruments=tuple(_instrument(instrument, law) for instrument in edition.instruments),
        language=locale.code,
        translation=locale.state,
    )


# ── Files read


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.yaml"))


def _with_law(locale: Locale, path: Path, edition: Edition, law: Path | None) -> Locale:
    """An edition's language with the law beside it; law that the edition shows and that is not there is a fault."""
    file = law / FOLDER / path.name if law is not None else path
    texts: Mapping[TextKey, Translation] = {}
    if file.is_file() and file != path:
        texts = read_locale(file, law_source(edition.instruments)).texts
    missing = dict.fromkeys(key[0] for key in law_shown(edition) if key not in texts)
    message = f"texts of law that {edition.id} shows are missing for {either(missing, 50)}: translate them"
    return replace(locale, law=texts, open=(*locale.open, *([Fault(str(file), 0, message)] if missing else [])))


def _in_words(missing: Sequence[TextKey], source: Source) -> list[str]:
    """What is missing: an id where all its texts are, else each text."""
    of_id = Counter(key[0] for key in source.texts)
    gone = Counter(key[0] for key in missing)
    return list(dict.fromkeys(key[0] if gone[key[0]] == of_id[key[0]] else ".".join(key) for key in missing))


def _no_language(code: str) -> str:
    if code == OWN_LANGUAGE:
        return f"`{code}` is the language that is translated from: delete the file"
    return f"there is no language `{code}`: the file of a language is called by its code, as in fr.yaml"


class _Reader:
    """Follows a file down to its texts."""

    def __init__(self, source: Source) -> None:
        self.source, self.unread, self.open = source, Ledger(), Ledger()
        self.written: dict[TextKey, Translation] = {}
        self.sound: dict[TextKey, Translation] = {}
        #: Where there are texts further down.
        self.above = frozenset(key[:length] for key in source.all_texts for length in range(len(key)))

    def read(self, item: Item, at: TextKey) -> None:
        """Note every text at a place of the file, or below it."""
        if at in self.source.all_texts:
            self._text(item, at)
        elif not isinstance(item, Table):
            fields = "{title: {text: …, state: draft}}"
            whole = f"a language is written by id: {{r02: {fields}}}"
            self.unread.add(item, f"each id has its fields: {fields}" if at else whole)
        else:
            for name, value in item.entries:
                below = (*at, name.text)
                if below in self.above or below in self.source.all_texts:
                    self.read(value, below)
                else:
                    self.unread.add(name, self._unknown(below))

    def _unknown(self, key: TextKey) -> str:
        *at, last = key
        known = {other[len(at)] for other in self.source.all_texts if other[: len(at)] == tuple(at)}
        hint = did_you_mean(last, sorted(known)) or ": delete it"
        if at:
            return f"`{key[0]}` has no text `{'.'.join(key[1:])}` to translate{hint}"
        return f"{'the law' if self.source.name == LAW else 'the edition'} has no `{last}`{hint}"

    def _text(self, item: Item, key: TextKey) -> None:
        found = _translation(item, self.unread)
        if found is None:
            return
        self.written[key] = found
        if wrong := wrong_in(found, self.source.all_texts[key]):
            self.open.add(item, wrong)
        else:
            self.sound[key] = found


def _translation(item: Item, ledger: Ledger) -> Translation | None:
    """A text as it is written; None, with a fault, if it is not written as one."""
    form = f"{{text: …, state: one of {either(STATES)}}}"
    entries = item.entries if isinstance(item, Table) else ()
    words = {name.text: value.text.strip() for name, value in entries if isinstance(value, Scalar)}
    state = next((state for state in STATES if state == words.get("state")), None)
    unknown = [name for name, _ in entries if name.text not in ("text", "state", "of")]
    if unknown:
        ledger.add(unknown[0], f"a text has no `{unknown[0].text}`, it is written {form}: delete it")
    elif len(words) < len(entries) or "text" not in words or state is None:
        ledger.add(item, f"a text is written {form}")
    elif not words["text"]:
        ledger.add(item, "the text is empty: translate it, or delete the entry")
    else:
        return Translation(words["text"], state, words.get("of", ""))
    return None


# ── Texts put in place


def _node(node: Node, texts: Mapping[TextKey, str]) -> Node:
    return replace(
        node,
        parts=tuple(_node(part, texts) if isinstance(part, Node) else _question(part, texts) for part in node.parts),
        title=texts.get((node.id, "title"), node.title),
        weight_reason=texts.get((node.id, "weight_reason"), node.weight_reason),
        expects=texts.get((node.id, "expects"), node.expects),
        closes=texts.get((node.id, "closes"), node.closes),
    )


def _question(question: Question, texts: Mapping[TextKey, str]) -> Question:
    return replace(
        question,
        ask=texts.get((question.id, "ask"), question.ask),
        help=texts.get((question.id, "help"), question.help),
        unit=texts.get((question.id, "unit"), question.unit),
        options=tuple(_option(option, question, texts) for option in question.options),
    )


def _option(option: Option, question: Question, texts: Mapping[TextKey, str]) -> Option:
    """With the question's own text, else that of its option set."""
    shared = texts.get((OPTION_SETS, question.option_set, option.id), option.text)
    return replace(option, text=texts.get((question.id, OPTIONS, option.id), shared))


def _band(band: Band, texts: Mapping[TextKey, str]) -> Band:
    return replace(band, title=texts.get((OVERALL, BANDS, band.id), band.title))


def _instrument(instrument: Instrument, texts: Mapping[TextKey, str]) -> Instrument:
    title = texts.get((instrument.id, "title"), instrument.title)
    short = title if instrument.short == instrument.title else instrument.short
    return replace(
        instrument,
        title=title,
        short=texts.get((instrument.id, "short"), short),
        adopter=texts.get((instrument.id, "adopter"), instrument.adopter),
        status=texts.get((instrument.id, "status"), instrument.status),
        reach=texts.get((instrument.id, "reach"), instrument.reach),
        rules=tuple(
            replace(rule, text=texts.get((instrument.id, APPLIES, rule.id), rule.text)) for rule in instrument.rules
        ),
        provisions=tuple(_provision(provision, texts) for provision in instrument.provisions),
    )


def _provision(provision: Provision, texts: Mapping[TextKey, str]) -> Provision:
    return replace(
        provision,
        paraphrase=texts.get((provision.id, "paraphrase"), provision.paraphrase),
        reach=texts.get((provision.id, "reach"), provision.reach) if provision.reach else "",
    )
