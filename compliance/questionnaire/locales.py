"""Locale files, `locales/<code>.yaml`: the texts of an edition or of law in another language. Logic never sees them.

A file is keyed by id, each text with its state: `r02: {title: {text: …, state: draft, of: 1f3c09ab}}`. `of` is
the digest of the text it translates, which shows whether a translation is outdated. It may be missing.
A question has its options' texts under `options`, unless they are under `option_sets`. The edition's own title,
its bands, its tables, and the labels of its profile and lenses are under `overall`. A text whose translation is
missing or outdated is shown in English. A draft is offered in a language if most of its texts and of the law it
shows are translated, and a published edition if all of them are. A file written by the tool has each text on a
line, in the order of its source.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from babel.localedata import exists

from compliance.questionnaire.conditions_and_law import Instrument, Provision
from compliance.questionnaire.edition import (
    CONTENT_LANGUAGE,
    MIN_TRANSLATED_SHARE,
    OPTION_SETS,
    OVERALL,
    Band,
    Edition,
    Node,
    Option,
    Question,
)
from compliance.questionnaire.faults import Fault, FaultCollector, did_you_mean, one_of
from compliance.questionnaire.places import PlacesTable
from compliance.questionnaire.profile_fields import LabelSet
from compliance.questionnaire.translatable_texts import (
    APPLIES,
    BANDS,
    COLUMNS,
    DOCUMENTS,
    FLAGS,
    LAW,
    LENSES,
    NOTES,
    OPTIONS,
    PROFILE,
    TABLES,
    TEXT,
    TITLE,
    TRANSLATION_STATES,
    VALUES,
    SourceTexts,
    TextKey,
    Translation,
    TranslationState,
    edition_source_texts,
    law_source_texts,
    outdated_problem,
    placeholder_problem,
    shown_law_keys,
)
from compliance.questionnaire.yaml_reader import YamlMapping, YamlNode, YamlScalar, read_yaml

LOCALES_FOLDER = "locales"


@dataclass(frozen=True, slots=True)
class OutdatedTexts(Fault):
    """Texts of a language that do not match their English: missing, outdated, or left over."""

    keys: tuple[TextKey, ...] = ()


@dataclass(frozen=True, slots=True)
class LocaleFile:
    """The texts of one language, and what is wrong or missing in its file."""

    code: str
    written: Mapping[TextKey, Translation] = field(default_factory=dict)  # every text in the file
    texts: Mapping[TextKey, Translation] = field(default_factory=dict)  # those without faults, which may be shown
    law: Mapping[TextKey, Translation] = field(default_factory=dict)  # those of the law, beside the edition's
    share: float = 0.0  # the share of texts, with the law shown, that may be shown
    syntax_faults: tuple[Fault, ...] = ()  # what is not written in the form of a locale file
    placeholder_faults: tuple[Fault, ...] = ()  # placeholders, numbers or markup lost in translation
    outdated: tuple[OutdatedTexts, ...] = ()  # texts missing, outdated or left over, the law's too

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults that must be corrected even in a draft edition; outdated texts are not among them."""
        return (*self.syntax_faults, *self.placeholder_faults)

    @property
    def state(self) -> TranslationState:
        """`reviewed` if every text is, the law's too, otherwise `draft`."""
        everything = (*self.texts.values(), *self.law.values())
        return "reviewed" if all(one.state == "reviewed" for one in everything) else "draft"


def is_offered(edition: Edition, locale: LocaleFile) -> bool:
    """Tell whether an edition is shown in a language: a draft if enough is translated, else only if all is."""
    return locale.share >= MIN_TRANSLATED_SHARE if edition.draft else not (locale.faults or locale.outdated)


def is_language_code(code: str) -> bool:
    """Tell whether there is such a language: `fr`, or `pt-BR` where a country makes a difference."""
    written = re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", code)
    return written is not None and exists(code.replace("-", "_"))


def read_locales(edition: Edition, folder: Path, law: Path | None) -> tuple[LocaleFile, ...]:
    """Return the languages beside an edition, complete or not, by code. Their law comes from the languages of `law`."""
    source = edition_source_texts(edition)
    found = ((path, read_locale(path, source)) for path in _locale_paths(folder))
    return tuple(with_law(locale, path, edition, law) if locale.texts else locale for path, locale in found)


def read_law_locales(instruments: tuple[Instrument, ...], law: Path) -> tuple[LocaleFile, ...]:
    """Return the languages in a folder of law, complete or not, by code."""
    source = law_source_texts(instruments)
    return tuple(read_locale(path, source) for path in _locale_paths(law))


def read_locale(path: Path, source: SourceTexts) -> LocaleFile:
    """Return one language from its file, with all faults: what is wrong in a text, and which texts are missing."""
    reader = _LocaleReader(source)
    item = read_yaml(path, reader.syntax_faults)
    if path.stem == CONTENT_LANGUAGE or not is_language_code(path.stem):
        reader.syntax_faults.faults.append(Fault(str(path), 0, _no_language(path.stem)))
    elif item is not None:
        reader.read(item, ())
        reader.outdated += missing_texts(path, source.missing(reader.written), source)
    share = _share(len(source.missing(reader.sound)), len(source.texts))
    faults = (tuple(reader.syntax_faults.faults), tuple(reader.placeholder_faults.faults), tuple(reader.outdated))
    return LocaleFile(path.stem, reader.written, reader.sound, {}, share, *faults)


def translate_edition(edition: Edition, locale: LocaleFile, instead: Callable[[str], str] = str) -> Edition:
    """Return the edition in another language, with ids and digest unchanged. `instead` replaces untranslated texts."""
    texts = _filled(locale.texts, edition_source_texts(edition), instead)
    law = _filled(locale.law, law_source_texts(edition.instruments), instead)
    return replace(
        edition,
        title=texts.get((OVERALL, "title"), edition.title),
        root=_node(edition.root, texts),
        bands=tuple(_band(band, texts) for band in edition.bands),
        profile_labels=_labels(PROFILE, edition.profile_labels, texts),
        lens_labels=_labels(LENSES, edition.lens_labels, texts),
        document_titles={k: texts.get((OVERALL, DOCUMENTS, k), own) for k, own in edition.document_titles.items()},
        tables=tuple(_table(table, texts) for table in edition.tables),
        instruments=tuple(_instrument(instrument, law) for instrument in edition.instruments),
        left_out={gone: texts.get((gone, TITLE), instead(title)) for gone, title in edition.left_out.items()},
        language=locale.code,
        translation=locale.state,
        translated=locale.share,
    )


def _filled(
    there: Mapping[TextKey, Translation], source: SourceTexts, instead: Callable[[str], str]
) -> dict[TextKey, str]:
    gaps = {key: instead(source.texts[key]) for key in source.missing(there)}
    return gaps | {key: one.text for key, one in there.items()}


# ── Files read


def _locale_paths(folder: Path) -> list[Path]:
    return sorted((folder / LOCALES_FOLDER).glob("*.yaml"))


def missing_texts(path: Path, missing: Sequence[TextKey], source: SourceTexts) -> tuple[OutdatedTexts, ...]:
    """Return one fault for all texts that a locale file lacks, or () if none is missing."""
    message = f"texts are missing for {one_of(_in_words(missing, source), 50)}: translate them"
    return (OutdatedTexts(str(path), 0, message, tuple(missing)),) if missing else ()


def with_law(locale: LocaleFile, path: Path, edition: Edition, law: Path | None) -> LocaleFile:
    """Return a language of an edition with its law. All law texts that the edition shows have to be translated."""
    file = law / LOCALES_FOLDER / path.name if law is not None else path
    texts: Mapping[TextKey, Translation] = {}
    if file.is_file() and file != path:
        texts = read_locale(file, law_source_texts(edition.instruments)).texts
    shown = shown_law_keys(edition)
    missing = tuple(key for key in shown if key not in texts)
    ids = one_of(dict.fromkeys(key[0] for key in missing), 50)
    message = f"texts of law that {edition.id} shows are missing for {ids}: translate them"
    outdated = [OutdatedTexts(str(file), 0, message, missing)] if missing else []
    source = edition_source_texts(edition)
    share = _share(len(source.missing(locale.texts)) + len(missing), len(source.texts) + len(shown))
    return replace(locale, law=texts, share=share, outdated=(*locale.outdated, *outdated))


def _share(missing: int, texts: int) -> float:
    return (texts - missing) / texts if texts else 1.0


def _in_words(missing: Sequence[TextKey], source: SourceTexts) -> list[str]:
    """Return names for missing texts: an id if all its texts are missing, else each text."""
    of_id = Counter(key[0] for key in source.texts)
    gone = Counter(key[0] for key in missing)
    return list(dict.fromkeys(key[0] if gone[key[0]] == of_id[key[0]] else ".".join(key) for key in missing))


def _no_language(code: str) -> str:
    if code == CONTENT_LANGUAGE:
        return f"`{code}` is the language that is translated from: delete the file"
    return f"there is no language `{code}`: the file of a language is called by its code, as in fr.yaml"


class _LocaleReader:
    """Reads a locale file down to its texts."""

    def __init__(self, source: SourceTexts) -> None:
        self.source, self.syntax_faults, self.placeholder_faults = source, FaultCollector(), FaultCollector()
        self.outdated: list[OutdatedTexts] = []
        self.written: dict[TextKey, Translation] = {}
        self.sound: dict[TextKey, Translation] = {}
        #: The keys that have texts below them.
        self.above = frozenset(key[:length] for key in source.all_texts for length in range(len(key)))

    def read(self, item: YamlNode, at: TextKey) -> None:
        """Read every text at or below a place in the file."""
        if at in self.source.all_texts:
            self._text(item, at)
        elif not isinstance(item, YamlMapping):
            fields = "{title: {text: …, state: draft}}"
            whole = f"a language is written by id: {{r02: {fields}}}"
            self.syntax_faults.add(item, f"each id has its fields: {fields}" if at else whole)
        else:
            for name, value in item.entries:
                below = (*at, name.text)
                if below in self.above or below in self.source.all_texts:
                    self.read(value, below)
                else:
                    self.outdated.append(OutdatedTexts(name.file, name.line, self._unknown(below), (below,)))

    def _unknown(self, key: TextKey) -> str:
        *at, last = key
        known = {other[len(at)] for other in self.source.all_texts if other[: len(at)] == tuple(at)}
        hint = did_you_mean(last, sorted(known)) or ": delete it"
        if at:
            return f"`{key[0]}` has no text `{'.'.join(key[1:])}` to translate{hint}"
        return f"{'the law' if self.source.name == LAW else 'the edition'} has no `{last}`{hint}"

    def _text(self, item: YamlNode, key: TextKey) -> None:
        found = _translation(item, self.syntax_faults)
        if found is None:
            return
        self.written[key] = found
        own = self.source.all_texts[key]
        if late := outdated_problem(found, own):
            self.outdated.append(OutdatedTexts(item.file, item.line, late, (key,)))
        elif wrong := placeholder_problem(found, own):
            self.placeholder_faults.add(item, wrong)
        else:
            self.sound[key] = found


def _translation(item: YamlNode, faults: FaultCollector) -> Translation | None:
    """Return a text as written, or None, with a fault, if it is not written as a text."""
    entries = item.entries if isinstance(item, YamlMapping) else ()
    words = {name.text: value.text.strip() for name, value in entries if isinstance(value, YamlScalar)}
    state = next((state for state in TRANSLATION_STATES if state == words.get("state")), None)
    unknown = [name for name, _ in entries if name.text not in ("text", "state", "of")]
    if unknown:
        faults.add(unknown[0], f"a text has no `{unknown[0].text}`, it is written {_text_form()}: delete it")
    elif len(words) < len(entries) or "text" not in words or state is None:
        faults.add(item, f"a text is written {_text_form()}")
    elif not words["text"]:
        faults.add(item, "the text is empty: translate it, or delete the entry")
    else:
        return Translation(words["text"], state, words.get("of", ""))
    return None


def _text_form() -> str:
    return f"{{text: …, state: one of {one_of(TRANSLATION_STATES)}}}"


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
    """Return the option with the question's own text, else that of its option set."""
    shared = texts.get((OPTION_SETS, question.option_set, option.id), option.text)
    flag = texts.get((question.id, FLAGS, option.id), option.flag)
    return replace(option, text=texts.get((question.id, OPTIONS, option.id), shared), flag=flag)


def _band(band: Band, texts: Mapping[TextKey, str]) -> Band:
    return replace(band, title=texts.get((OVERALL, BANDS, band.id), band.title))


def _labels(kind: str, labels: Mapping[str, LabelSet], texts: Mapping[TextKey, str]) -> Mapping[str, LabelSet]:
    return {name: _label_set((OVERALL, kind, name), own, texts) for name, own in labels.items()}


def _label_set(at: TextKey, own: LabelSet, texts: Mapping[TextKey, str]) -> LabelSet:
    return LabelSet(
        texts.get((*at, TITLE), own.title),
        {value: texts.get((*at, VALUES, value), text) for value, text in own.values.items()},
        {value: texts.get((*at, NOTES, value), text) for value, text in own.notes.items()},
    )


def _table(table: PlacesTable, texts: Mapping[TextKey, str]) -> PlacesTable:
    at = (OVERALL, TABLES, table.id)
    return PlacesTable(
        table.id,
        texts.get((*at, TITLE), table.title),
        texts.get((*at, TEXT), table.text),
        {question: texts.get((*at, COLUMNS, question), heading) for question, heading in table.columns.items()},
    )


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


def locale_yaml(source: SourceTexts, code: str, texts: Mapping[TextKey, Translation]) -> str:
    """Return `locales/<code>.yaml` for an edition or the law, without texts that are missing.

    Raise KeyError for a key that the source does not have.
    """
    for key in texts:
        source.all_texts[key]
    entries = [(key, texts[key]) for key in text_order(source) if key in texts]
    return "\n".join((*_head(source, code), *_lines(entries, 0))) + "\n"


def text_order(source: SourceTexts) -> tuple[TextKey, ...]:
    """Return every key that a language may have a text under, with the texts of one id together."""
    first = {key[0]: number for number, key in reversed(list(enumerate(source.texts)))}
    return tuple(sorted(source.all_texts, key=lambda key: first[key[0]]))


def _head(source: SourceTexts, code: str) -> Iterator[str]:
    yield f"# {source.name} in the language {code}, written by `compliance translate`: no other comment stays."
    yield "# state: draft or reviewed. of: the mark of the text that it translates, by which a later change is found."


def _lines(entries: Sequence[tuple[TextKey, Translation]], depth: int) -> Iterator[str]:
    for name, same in groupby(entries, key=lambda entry: entry[0][depth]):
        group = list(same)
        start = f"{'  ' * depth}{name if re.match('[a-z0-9]', name) else json.dumps(name)}:"
        if len(group[0][0]) == depth + 1:
            yield f"{start} {_flow(group[0][1])}"
        else:
            yield start
            yield from _lines(group, depth + 1)


def _flow(translation: Translation) -> str:
    text = json.dumps(translation.text, ensure_ascii=False)
    of = f", of: {translation.of}" if translation.of else ""
    return f"{{text: {text}, state: {translation.state}{of}}}"
