"""The texts of an edition or of the law in other languages, `locales/<code>.yaml`. Logic never looks at them.

A file is keyed by id, each text with its state: `r02: {title: {text: …, state: draft, of: 1f3c09ab}}`. `of` is the mark
of the text it translates, by which a translation that was overtaken is found; without it nobody can tell.
A question has its options' texts under `options`, unless they stand under `option_sets`; the edition's own title and
its bands stand under `overall`. A text whose translation is missing or overtaken stands in English. A draft is offered
in a language when most of its texts and of the law it shows are translated, a published edition when all of them are.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
#: From this share of translated texts on, a language is offered: of the messages of the interface, and of a draft.
OFFERED_FROM = 0.9


@dataclass(frozen=True, slots=True)
class Translation:
    """One text in another language."""

    text: str
    state: State = "draft"
    of: str = ""  # mark of the text it translates; "": unknown


@dataclass(frozen=True, slots=True)
class BehindEnglish(Fault):
    """Where a language has not followed its English: texts that are missing, overtaken, or of no use any more."""

    keys: tuple[TextKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Locale:
    """The texts of one language, and what is wrong or missing in its file."""

    code: str
    written: Mapping[TextKey, Translation] = field(default_factory=dict)  # every text of the file
    texts: Mapping[TextKey, Translation] = field(default_factory=dict)  # those that may be shown: nothing is wrong
    law: Mapping[TextKey, Translation] = field(default_factory=dict)  # the law's, beside those of an edition
    share: float = 0.0  # of the texts, those of the law that is shown too, how many may be shown
    unread: tuple[Fault, ...] = ()  # what is not written as a language is
    lossy: tuple[Fault, ...] = ()  # what was lost in translation
    behind: tuple[BehindEnglish, ...] = ()  # what is missing, overtaken or left over, the law's too

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What has to be mended even in a draft: only translators can keep up with the English."""
        return (*self.unread, *self.lossy)

    @property
    def state(self) -> State:
        """`reviewed` if every text is, the law's too, else `draft`."""
        everything = (*self.texts.values(), *self.law.values())
        return "reviewed" if all(one.state == "reviewed" for one in everything) else "draft"


def is_offered(edition: Edition, locale: Locale) -> bool:
    """Whether an edition is shown in a language: a draft if enough is translated, else only if everything is."""
    return locale.share >= OFFERED_FROM if edition.draft else not (locale.faults or locale.behind)


def is_language(code: str) -> bool:
    """Whether there is such a language: `fr`, or `pt-BR` where a country makes a difference."""
    written = re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", code)
    return written is not None and exists(code.replace("-", "_"))


def read_locales(edition: Edition, folder: Path, law: Path | None) -> tuple[Locale, ...]:
    """Every language beside an edition, complete or not, by code; its law comes from the languages of `law`."""
    source = edition_source(edition)
    found = ((path, read_locale(path, source)) for path in _files(folder))
    return tuple(_with_law(locale, path, edition, law) if locale.texts else locale for path, locale in found)


def read_law_locales(instruments: tuple[Instrument, ...], law: Path) -> tuple[Locale, ...]:
    """Every language of a folder of law, complete or not, by code."""
    source = law_source(instruments)
    return tuple(read_locale(path, source) for path in _files(law))


def read_locale(path: Path, source: Source) -> Locale:
    """One language from its file, with every fault of it: what is wrong in a text, and which texts are missing."""
    reader = _Reader(source)
    item = read_yaml(path, reader.unread)
    if path.stem == OWN_LANGUAGE or not is_language(path.stem):
        reader.unread.faults.append(Fault(str(path), 0, _no_language(path.stem)))
    elif item is not None:
        reader.read(item, ())
        if missing := source.missing(reader.written):
            message = f"texts are missing for {either(_in_words(missing, source), 50)}: translate them"
            reader.behind.append(BehindEnglish(str(path), 0, message, missing))
    share = _share(len(source.missing(reader.sound)), len(source.texts))
    faults = (tuple(reader.unread.faults), tuple(reader.lossy.faults), tuple(reader.behind))
    return Locale(path.stem, reader.written, reader.sound, {}, share, *faults)


def wrong_in(translation: Translation, own: str) -> str:
    """What is wrong in the translation of a text, and what to do; nothing if it may be shown."""
    return overtaken(translation, own) or lossy(translation, own)


def overtaken(translation: Translation, own: str) -> str:
    """What to do about the translation of a text that has changed since; nothing if it has not, as far as is known."""
    if translation.of in ("", mark_of(own)):
        return ""
    same = f"if it still says the same, write of: {mark_of(own)}"
    return f"the text that it translates has changed since: translate it again; {same}"


def lossy(translation: Translation, own: str) -> str:
    """What the translation of a text has lost, and what to do."""
    gone = lost(own, translation.text)
    return f"{either(gone)} must stand in it as in the text that it translates" if gone else ""


def translated(edition: Edition, locale: Locale, instead: Callable[[str], str] = str) -> Edition:
    """The edition in another language: same ids, same digest; a text without a translation is what `instead` makes."""
    texts = _filled(locale.texts, edition_source(edition), instead)
    law = _filled(locale.law, law_source(edition.instruments), instead)
    return replace(
        edition,
        title=texts.get((OVERALL, "title"), edition.title),
        root=_node(edition.root, texts),
        bands=tuple(_band(band, texts) for band in edition.bands),
        instruments=tuple(_instrument(instrument, law) for instrument in edition.instruments),
        language=locale.code,
        translation=locale.state,
        translated=locale.share,
    )


def _filled(there: Mapping[TextKey, Translation], source: Source, instead: Callable[[str], str]) -> dict[TextKey, str]:
    gaps = {key: instead(source.texts[key]) for key in source.missing(there)}
    return gaps | {key: one.text for key, one in there.items()}


# ── Files read


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.yaml"))


def _with_law(locale: Locale, path: Path, edition: Edition, law: Path | None) -> Locale:
    """An edition's language with the law beside it, of which all that the edition shows has to be there."""
    file = law / FOLDER / path.name if law is not None else path
    texts: Mapping[TextKey, Translation] = {}
    if file.is_file() and file != path:
        texts = read_locale(file, law_source(edition.instruments)).texts
    shown = law_shown(edition)
    missing = tuple(key for key in shown if key not in texts)
    ids = either(dict.fromkeys(key[0] for key in missing), 50)
    message = f"texts of law that {edition.id} shows are missing for {ids}: translate them"
    behind = [BehindEnglish(str(file), 0, message, missing)] if missing else []
    source = edition_source(edition)
    share = _share(len(source.missing(locale.texts)) + len(missing), len(source.texts) + len(shown))
    return replace(locale, law=texts, share=share, behind=(*locale.behind, *behind))


def _share(missing: int, texts: int) -> float:
    return (texts - missing) / texts if texts else 1.0


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
        self.source, self.unread, self.lossy = source, Ledger(), Ledger()
        self.behind: list[BehindEnglish] = []
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
                    self.behind.append(BehindEnglish(name.file, name.line, self._unknown(below), (below,)))

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
        own = self.source.all_texts[key]
        if late := overtaken(found, own):
            self.behind.append(BehindEnglish(item.file, item.line, late, (key,)))
        elif wrong := lossy(found, own):
            self.lossy.add(item, wrong)
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
