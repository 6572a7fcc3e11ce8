"""Translation jobs: the texts of an edition or of the law, exported as a workbook and imported into a locale file.

A workbook is imported completely or not at all: with a single fault, nothing is changed. Each text has its context
(theme, requirement, aspect, field) for the translator.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from babel import Locale as BabelLocale

from compliance.atomic_write import atomic_write
from compliance.authoring import AuthoringError
from compliance.questionnaire.conditions_and_law import Instrument
from compliance.questionnaire.edition import ASPECT_LENS, CONTENT_LANGUAGE, OPTION_SETS, OVERALL, Edition, Question
from compliance.questionnaire.edition_companions import own_source_texts
from compliance.questionnaire.edition_folder import (
    EDITION_FILE,
    GLOSSARY_FILE,
    edition_file,
    edition_path,
    editions_folder,
)
from compliance.questionnaire.faults import EditionFaults, did_you_mean, one_of
from compliance.questionnaire.glossary import Glossary, load_glossary
from compliance.questionnaire.law import load_law
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import (
    LOCALES_FOLDER,
    LocaleFile,
    is_language_code,
    locale_yaml,
    read_locale,
    text_order,
)
from compliance.questionnaire.translatable_texts import (
    BANDS,
    DOCUMENTS,
    LAW,
    LENSES,
    NOTES,
    PROFILE,
    TABLES,
    TITLE,
    TRANSLATION_STATES,
    VALUES,
    SourceTexts,
    TextKey,
    Translation,
    edition_source_texts,
    law_source_texts,
    text_digest,
    translation_problem,
)
from compliance.workbook.reader import MOST_BYTES, UnreadableWorkbook
from compliance.workbook.translation_workbook import (
    ReturnedTranslation,
    ReturnedUnit,
    TargetLanguage,
    TranslationUnit,
    read_translation,
    translation_workbook,
)

_FIELD_NAMES = {
    "title": "title",
    "expects": "what law expects",
    "closes": "what closes the gap",
    "weight_reason": "reason of the weight",
    "ask": "question",
    "help": "help",
    "unit": "unit",
    "options": "answer",
    "flags": "finding, where this answer is given",
    "short": "short name",
    "adopter": "who adopted it",
    "status": "status",
    "paraphrase": "in our words",
    "reach": "which companies it binds",
    "applies": "told to a company",
}

_LABEL_FIELDS = {VALUES: "value", NOTES: "how to read a value"}


def edition_contexts(edition: Edition) -> Mapping[TextKey, str]:
    """Return the context of each text of an edition, for translators."""
    source = edition_source_texts(edition)
    users = {key: len(keys) for key, keys in source.option_set_uses.items()}
    return {key: _edition_context(edition, key, users.get(key, 0)) for key in source.all_texts}


def law_contexts(instruments: Iterable[Instrument]) -> Mapping[TextKey, str]:
    """Return the context of each text of the law, for translators: the instrument, the article, the field."""
    instruments = tuple(instruments)
    titles = {instrument.id: instrument.short for instrument in instruments}
    for instrument in instruments:
        for provision in instrument.provisions:
            titles.setdefault(provision.id, f"{instrument.short} › {provision.provision}")
    return {key: f"{titles[key[0]]}, {_FIELD_NAMES[key[1]]}" for key in law_source_texts(instruments).texts}


def _edition_context(edition: Edition, key: TextKey, users: int) -> str:
    if key[0] == OPTION_SETS:
        return f"answers of {users} {'question' if users == 1 else 'questions'}"
    if key[0] == OVERALL:
        return _OVERALL_CONTEXTS.get(key[1]) or _label_context(edition, key)
    path = " › ".join(filter(None, _path(edition, key[0])))
    return f"{path}, {_FIELD_NAMES[key[1]]}"


_OVERALL_CONTEXTS = {BANDS: "band", DOCUMENTS: "kind of document", TABLES: "table of questions"}


def _label_context(edition: Edition, key: TextKey) -> str:
    """Return the context of the edition's title, or of a text of a profile field or lens, which is named."""
    if key[1] not in (PROFILE, LENSES):
        return "the whole edition, title"
    _overall, kind, name, field, *_value = key
    label = (edition.profile_labels if kind == PROFILE else edition.lens_labels)[name].title or name
    what = "profile" if kind == PROFILE else "lens"
    return f"{what}, title" if field == TITLE else f"{what} › {label}, {_LABEL_FIELDS[field]}"


def _path(edition: Edition, part_id: str) -> list[str]:
    """Return the titles from the theme to a part. A question is represented by its aspect, if it has one."""
    question: Question | None = edition.questions.get(part_id)
    titles: list[str] = []
    node = edition.nodes.get(part_id) or edition.parents[part_id]
    while node.id != OVERALL:
        titles.insert(0, node.title or node.id)
        node = edition.parents[node.id]
    return titles if question is None else [*titles, question.lenses.get(ASPECT_LENS, "")]


@dataclass(frozen=True)
class TranslationJob:
    """One edition, or the law, in one language."""

    source: SourceTexts
    language: TargetLanguage
    file: Path  # locales/<code>.yaml, which may not exist yet
    locale: LocaleFile  # its content so far
    contexts: Mapping[TextKey, str]
    glossary: Glossary

    @cached_property
    def keys(self) -> Mapping[str, TextKey]:
        """The keys of the workbook's texts, by id: all needed ones, and those that questions word differently."""
        there = self.source.texts.keys() | self.locale.written.keys()
        return {_text_id(key): key for key in text_order(self.source) if key in there}


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The numbers of texts in an imported workbook, by what happened to them."""

    new: int
    changed: int
    unchanged: int
    missing: int
    removed: int


def open_job(what: str, code: str) -> TranslationJob:
    """Return the job for an edition, given by id, folder or file, or for `law`, in a language.

    Raise AuthoringError for an unknown language or an edition in a single file, and EditionFaults if the edition or the
    locale file has faults that would be lost.
    """
    language = _language(code)
    folder = _law_folder(what)
    if folder is not None:
        instruments = load_law(folder)
        source, contexts = law_source_texts(instruments), law_contexts(instruments)
    else:
        path = edition_file(edition_path(what))
        if path.name != EDITION_FILE:
            raise AuthoringError(
                f"{path}: languages lie beside an edition in a folder: make one, with {EDITION_FILE} in it"
            )
        edition, folder = load_edition(path), path.parent
        source, contexts = own_source_texts(edition, path.parent), edition_contexts(edition)
    file = folder / LOCALES_FOLDER / f"{code}.yaml"
    locale = read_locale(file, source) if file.is_file() else LocaleFile(code)
    left_over = (late for late in locale.outdated if not source.all_texts.keys() >= set(late.keys))
    if faults := (*locale.syntax_faults, *left_over):  # the import would overwrite them
        raise EditionFaults(faults)
    glossary = load_glossary(editions_folder() / GLOSSARY_FILE)
    return TranslationJob(source, language, file, locale, contexts, glossary)


def export_job(work: TranslationJob, out: Path) -> str:
    """Write the workbook, and return a line about its content. Raise AuthoringError if the file exists."""
    if out.exists():
        raise AuthoringError(
            f"{out} is there already, and somebody's work may be in it: choose another name, or remove it"
        )
    lines = [_line(work, key) for key in work.keys.values()]
    content = translation_workbook(work.source.name, work.language, lines, work.glossary)
    with atomic_write(out, binary=True) as file:
        file.write(content)
    waiting = sum(bool(line.to_do) for line in lines)
    return f"{out}: {len(lines)} texts of {work.source.name} in {work.language.name}, {waiting} with something to do"


def import_job(work: TranslationJob, path: Path) -> ImportCounts:
    """Write the locale file from a translator's workbook. Raise AuthoringError with every fault in the workbook."""
    book = _read(path)
    if (book.what, book.language) != (work.source.name, work.language.code):
        asked = f"{work.source.name} in {work.language.code}"
        raise AuthoringError(f"{path}: this is the workbook of {book.what} in {book.language}, not of {asked}")
    faults = list(_faults(work, book))
    if faults:
        end = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}; nothing was changed"
        raise AuthoringError("\n".join((*(f"{path}: {fault}" for fault in faults), end)))
    before = work.locale.written
    after = {work.keys[row.id]: _translation(work, row) for row in book.rows if row.text}
    work.file.parent.mkdir(exist_ok=True)
    with atomic_write(work.file) as file:
        file.write(locale_yaml(work.source, work.language.code, after))
    count = Counter(
        "new" if key not in before else "same" if before[key] == one else "other" for key, one in after.items()
    )
    missing = len(work.source.missing(after))
    return ImportCounts(count["new"], count["other"], count["same"], missing, len(before.keys() - after.keys()))


# ── Export


def _language(code: str) -> TargetLanguage:
    if code == CONTENT_LANGUAGE:
        raise AuthoringError(f"{code} is the language that is translated from: name another")
    if not is_language_code(code):
        raise AuthoringError(f"there is no language {code!r}: name one by its code, as fr, es, ar or pt-BR")
    locale = BabelLocale.parse(code, sep="-")
    name = locale.english_name or code
    return TargetLanguage(code, name, "rtl" if locale.text_direction == "rtl" else "ltr")


def _law_folder(what: str) -> Path | None:
    """Return the folder of law that is meant: one of that name or, for the word `law`, the tool's. Else None."""
    path = Path(what)
    if path.name == LAW and path.is_dir():
        return path
    return editions_folder() / LAW if what == LAW else None


def _text_id(key: TextKey) -> str:
    return "/".join(key)


def _line(work: TranslationJob, key: TextKey) -> TranslationUnit:
    english = work.source.all_texts[key]
    there = work.locale.written.get(key)
    text = there.text if there is not None else ""
    to_do = _to_do(there, english)
    state = there.state if there is not None and not _is_outdated(there, english) else ""
    return TranslationUnit(_text_id(key), work.contexts[key], english, text_digest(english), text, state, to_do)


def _to_do(there: Translation | None, english: str) -> str:
    if there is None:
        return "translate"
    if _is_outdated(there, english):
        return "English changed"
    return "look again" if translation_problem(there, english) else ""


def _is_outdated(there: Translation, english: str) -> bool:
    return there.of not in ("", text_digest(english))


# ── Import


def _read(path: Path) -> ReturnedTranslation:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableWorkbook("the file is far larger than a workbook of texts")
        return read_translation(path.read_bytes())
    except UnreadableWorkbook as fault:
        raise AuthoringError(f"{path}: {fault}; nothing was changed") from fault


def _translation(work: TranslationJob, row: ReturnedUnit) -> Translation:
    """Return a text from the workbook. If nobody changed it, return it as before, outdated or not."""
    key = work.keys[row.id]
    english = work.source.all_texts[key]
    before = work.locale.written.get(key)
    if before is not None and row.text == before.text:
        shown = "" if _is_outdated(before, english) else before.state
        if row.state == shown:
            return before
    state = next((state for state in TRANSLATION_STATES if state == row.state), TRANSLATION_STATES[0])
    return Translation(row.text, state, text_digest(english))


def _faults(work: TranslationJob, book: ReturnedTranslation) -> Iterator[str]:
    """Yield every fault in a workbook, in the order of its rows."""
    first: dict[str, int] = {}
    keys = work.keys
    for row in book.rows:
        where = f"row {row.row}, {row.id}"
        if not row.id:
            yield f"row {row.row}: the row has no id: put it back, or delete the row if it is yours"
        elif row.id not in keys:
            hint = did_you_mean(row.id, keys) or ": was it changed?"
            yield f"{where}: {work.source.name} has no text of that id{hint}"
        elif row.id in first:
            yield f"{where}: the id stands in row {first[row.id]} already: keep one row"
        else:
            first[row.id] = row.row
            yield from (f"{where}: {fault}" for fault in _row_faults(work, keys[row.id], row))
    if gone := [text_id for text_id in keys if text_id not in first]:
        yield f"rows are gone: {one_of(gone, 20)}: put them back, an untranslated text stays empty"


def _row_faults(work: TranslationJob, key: TextKey, row: ReturnedUnit) -> Iterator[str]:
    english = work.source.all_texts[key]
    if not _same_words(row.english, english):
        who = "the edition has changed since" if row.mark != text_digest(english) else "it was changed in the sheet"
        yield f"the English in the sheet is “{row.english}”, now it is “{english}”; {who}: put the English of now there"
    if row.state not in ("", *TRANSLATION_STATES):
        yield f"there is no state “{row.state}”: a text is {one_of(TRANSLATION_STATES)}, or left empty, which is draft"
    if row.text:
        before = work.locale.written.get(key)
        found = _translation(work, row)
        if found != before and (wrong := translation_problem(found, english)):
            yield wrong
        for words, instead in work.glossary.avoided(row.text, work.language.code):
            yield f"“{words}” is a word to avoid: write {instead}"
    elif row.state:
        yield "there is a state, and no text: translate it, or empty the state"


def _same_words(one: str, other: str) -> bool:
    """Tell whether two texts differ at most in white space."""
    return one.split() == other.split()
