"""An edition or the law on its way to a translator and back: out as a workbook, and taken back whole or not at all."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from babel import Locale as BabelLocale

from compliance.authoring.contexts import edition_contexts, law_contexts
from compliance.authoring.refusal import Refusal
from compliance.questionnaire.assembly import EDITION_FILE
from compliance.questionnaire.catalogue import load_law
from compliance.questionnaire.edition import OWN_LANGUAGE
from compliance.questionnaire.editions import edition_path, questionnaires_folder
from compliance.questionnaire.faults import EditionFaults, did_you_mean, either
from compliance.questionnaire.glossary import GLOSSARY_FILE, Glossary, load_glossary
from compliance.questionnaire.loader import edition_file, load_edition
from compliance.questionnaire.locale_file import canonical_order, locale_yaml
from compliance.questionnaire.locales import FOLDER, STATES, Locale, Translation, is_language, read_locale, wrong_in
from compliance.questionnaire.texts import LAW, Source, TextKey, edition_source, law_source, mark_of
from compliance.whole_file import whole_file
from compliance.workbook.reader import MOST_BYTES, UnreadableWorkbook
from compliance.workbook.translation import (
    Language,
    Line,
    Returned,
    ReturnedBook,
    read_translation,
    translation_workbook,
)


@dataclass(frozen=True)
class Translating:
    """One edition, or the law, and one language."""

    source: Source
    language: Language
    file: Path  # locales/<code>.yaml, whether it is there or not
    locale: Locale  # what it says so far
    contexts: Mapping[TextKey, str]
    glossary: Glossary

    @cached_property
    def keys(self) -> Mapping[str, TextKey]:
        """The texts of the workbook by their id: all that are needed, and what questions word otherwise."""
        there = self.source.texts.keys() | self.locale.written.keys()
        return {_id(key): key for key in canonical_order(self.source) if key in there}


@dataclass(frozen=True, slots=True)
class Taken:
    """How many texts a workbook brought."""

    new: int
    changed: int
    unchanged: int
    missing: int
    removed: int


def begin(what: str, code: str) -> Translating:
    """An edition by id, folder or file, or `law`, and a language.

    Raise Refusal for a language that there is not, EditionFaults if the edition or what the language has is broken.
    """
    language = _language(code)
    folder = _law_folder(what)
    if folder is not None:
        instruments = load_law(folder)
        source, contexts = law_source(instruments), law_contexts(instruments)
    else:
        path = edition_file(edition_path(what))
        if path.name != EDITION_FILE:
            raise Refusal(f"{path}: languages lie beside an edition in a folder: make one, with {EDITION_FILE} in it")
        edition, folder = load_edition(path), path.parent
        source, contexts = edition_source(edition), edition_contexts(edition)
    file = folder / FOLDER / f"{code}.yaml"
    locale = read_locale(file, source) if file.is_file() else Locale(code)
    left_over = (late for late in locale.behind if not source.all_texts.keys() >= set(late.keys))
    if faults := (*locale.unread, *left_over):  # they would be lost when the file is written again
        raise EditionFaults(faults)
    glossary = load_glossary(questionnaires_folder() / GLOSSARY_FILE)
    return Translating(source, language, file, locale, contexts, glossary)


def write_out(work: Translating, out: Path) -> str:
    """Write the workbook, and say what is in it. Raise Refusal rather than write over one."""
    if out.exists():
        raise Refusal(f"{out} is there already, and somebody's work may be in it: choose another name, or remove it")
    lines = [_line(work, key) for key in work.keys.values()]
    content = translation_workbook(work.source.name, work.language, lines, work.glossary)
    with whole_file(out, binary=True) as file:
        file.write(content)
    waiting = sum(bool(line.to_do) for line in lines)
    return f"{out}: {len(lines)} texts of {work.source.name} in {work.language.name}, {waiting} with something to do"


def take_back(work: Translating, path: Path) -> Taken:
    """Write the language's file from a translator's workbook. Raise Refusal, with everything that is wrong in it."""
    book = _read(path)
    if (book.what, book.language) != (work.source.name, work.language.code):
        asked = f"{work.source.name} in {work.language.code}"
        raise Refusal(f"{path}: this is the workbook of {book.what} in {book.language}, not of {asked}")
    faults = list(_faults(work, book))
    if faults:
        end = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}; nothing was changed"
        raise Refusal("\n".join((*(f"{path}: {fault}" for fault in faults), end)))
    before = work.locale.written
    after = {work.keys[row.id]: _translation(work, row) for row in book.rows if row.text}
    work.file.parent.mkdir(exist_ok=True)
    with whole_file(work.file) as file:
        file.write(locale_yaml(work.source, work.language.code, after))
    count = Counter(
        "new" if key not in before else "same" if before[key] == one else "other" for key, one in after.items()
    )
    missing = len(work.source.missing(after))
    return Taken(count["new"], count["other"], count["same"], missing, len(before.keys() - after.keys()))


# ── What is translated


def _language(code: str) -> Language:
    if code == OWN_LANGUAGE:
        raise Refusal(f"{code} is the language that is translated from: name another")
    if not is_language(code):
        raise Refusal(f"there is no language {code!r}: name one by its code, as fr, es, ar or pt-BR")
    locale = BabelLocale.parse(code, sep="-")
    name = locale.english_name or code
    return Language(code, name, "rtl" if locale.text_direction == "rtl" else "ltr")


def _law_folder(what: str) -> Path | None:
    """The folder of law that is meant: one by that name, or by the word `law` the one that comes with the tool."""
    path = Path(what)
    if path.name == LAW and path.is_dir():
        return path
    return questionnaires_folder() / LAW if what == LAW else None


def _id(key: TextKey) -> str:
    return "/".join(key)


def _line(work: Translating, key: TextKey) -> Line:
    english = work.source.all_texts[key]
    there = work.locale.written.get(key)
    text = there.text if there is not None else ""
    to_do = _to_do(there, english)
    state = there.state if there is not None and not _overtaken(there, english) else ""
    return Line(_id(key), work.contexts[key], english, mark_of(english), text, state, to_do)


def _to_do(there: Translation | None, english: str) -> str:
    if there is None:
        return "translate"
    if _overtaken(there, english):
        return "English changed"
    return "look again" if wrong_in(there, english) else ""


def _overtaken(there: Translation, english: str) -> bool:
    return there.of not in ("", mark_of(english))


# ── What comes back


def _read(path: Path) -> ReturnedBook:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableWorkbook("the file is far larger than a workbook of texts")
        return read_translation(path.read_bytes())
    except UnreadableWorkbook as fault:
        raise Refusal(f"{path}: {fault}; nothing was changed") from fault


def _translation(work: Translating, row: Returned) -> Translation:
    """A text as it came back. What nobody touched stays as it was, an overtaken text overtaken."""
    key = work.keys[row.id]
    english = work.source.all_texts[key]
    before = work.locale.written.get(key)
    if before is not None and row.text == before.text:
        shown = "" if _overtaken(before, english) else before.state
        if row.state == shown:
            return before
    state = next((state for state in STATES if state == row.state), STATES[0])
    return Translation(row.text, state, mark_of(english))


def _faults(work: Translating, book: ReturnedBook) -> Iterator[str]:
    """Everything that is wrong in a workbook, in the order of its rows."""
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
        yield f"rows are gone: {either(gone, 20)}: put them back, an untranslated text stays empty"


def _row_faults(work: Translating, key: TextKey, row: Returned) -> Iterator[str]:
    english = work.source.all_texts[key]
    if not _same(row.english, english):
        who = "the edition has changed since" if row.mark != mark_of(english) else "it was changed in the sheet"
        yield f"the English in the sheet is “{row.english}”, now it is “{english}”; {who}: put the English of now there"
    if row.state not in ("", *STATES):
        yield f"there is no state “{row.state}”: a text is {either(STATES)}, or left empty, which is draft"
    if row.text:
        before = work.locale.written.get(key)
        found = _translation(work, row)
        if found != before and (wrong := wrong_in(found, english)):
            yield wrong
        for words, instead in work.glossary.avoided(row.text, work.language.code):
            yield f"“{words}” is a word to avoid: write {instead}"
    elif row.state:
        yield "there is a state, and no text: translate it, or empty the state"


def _same(one: str, other: str) -> bool:
    """Whether two texts are one, however a program ended its lines."""
    return one.split() == other.split()
