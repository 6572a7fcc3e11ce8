"""The translator's workbook of an edition or of the law, written and read back: a row for each text, and the glossary.

Ids identify rows, so rows may be sorted; headings identify columns. Translations are compared with the present
texts of the edition, not with the English texts on the sheet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from compliance.questionnaire.glossary import Glossary
from compliance.questionnaire.translatable_texts import TRANSLATION_STATES
from compliance.workbook.cell_styles import Style
from compliance.workbook.reader import UnreadableWorkbook, formulas_in, read_rows
from compliance.workbook.writer import SheetWriter, WorkbookWriter

HOW, TEXTS, GLOSSARY = "How", "Texts", "Glossary"
ID, WHERE, ENGLISH, TEXT, STATE, TO_DO, MARK = "id", "where it stands", "English", "text", "state", "to do", "mark"
WHAT, LANGUAGE = "What is translated", "Language"


@dataclass(frozen=True, slots=True)
class TranslationUnit:
    """One text in English, its translation so far, and what is left to do."""

    id: str
    where: str
    english: str
    mark: str  # of the English text
    text: str = ""
    state: str = ""
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class TargetLanguage:
    """The language of the translation."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"


@dataclass(frozen=True, slots=True)
class ReturnedUnit:
    """One row of a returned workbook."""

    row: int  # on the sheet, from 1
    id: str
    english: str
    mark: str
    text: str
    state: str


@dataclass(frozen=True, slots=True)
class ReturnedTranslation:
    """A returned translator's workbook."""

    what: str
    language: str
    rows: tuple[ReturnedUnit, ...]


# ── Written


def translation_workbook(
    what: str, language: TargetLanguage, lines: Sequence[TranslationUnit], glossary: Glossary
) -> bytes:
    """Return the workbook of one edition, or of the law, for one language."""
    book = WorkbookWriter(title=f"{what} in {language.name}", subject="Translation")
    _write_how(book.sheet(HOW), what, language, lines)
    _write_texts(book.sheet(TEXTS), what, language, lines)
    _write_glossary(book.sheet(GLOSSARY), language, glossary)
    return book.content()


def _write_how(sheet: SheetWriter, what: str, language: TargetLanguage, lines: Sequence[TranslationUnit]) -> None:
    sheet.widths(22, 100)
    sheet.xlsx.set_row(0, 30)
    sheet.text(0, 0, f"Translation into {language.name}", "title")
    waiting = sum(bool(line.to_do) for line in lines)
    facts = {
        WHAT: what,
        LANGUAGE: language.code,
        "Texts": f"{len(lines)}, of which {waiting} have something to do",
    }
    for row, (name, said) in enumerate(facts.items(), 2):
        sheet.text(row, 0, name, "soft")
        sheet.text(row, 1, said, "as_text", "bold")
    sheet.xlsx.set_row(6, 24)
    sheet.text(6, 0, "How it goes", "section")
    sheet.fill(6, 1, 1, "section")
    for row, (name, said) in enumerate(_HOW.items(), 7):
        sheet.text(row, 0, name, "row", "bold", "wrap")
        sheet.text(row, 1, said, "row", "wrap")
    sheet.set_up_page(heading=f"{what}: translation into {language.name}", note="", wide=True)
    sheet.protect()


_HOW: Mapping[str, str] = {
    "Write": f"In the sheet {TEXTS}, in the two coloured columns only: {TEXT} and {STATE}. The English is what counts; "
    "the column beside the id says where a text stands.",
    "State": "draft, or reviewed when a second person who knows the subject has read it beside the English. "
    "Left empty, it is a draft. Pages say when something is a draft.",
    "What is left": f"The column {TO_DO} says what is missing, and where the English has changed since it was "
    "translated. Filter by it. If a text still says the same as the changed English, give it its state again.",
    "Say the same": "Keep every number, limit, unit, “and”, “or”, “every”. Numbers stand in figures, as in the "
    "English. Two strangers who read a question in two languages must choose the same answer.",
    "Leave as they are": "Article numbers, ids such as R45, names of organisations, and marks such as %(number)s, "
    "{name} and <b>. Laws bear their official title in the language where there is one.",
    "Words": f"The sheet {GLOSSARY} has the words to use, and those that no text holds. One word for one thing.",
    "Plain words": "Short sentences, words of a fourteen-year-old, no idiom, no praise, no blame, no hurry.",
    "Rows": "May be filtered, and sorted once the sheet is unprotected, which takes no password. Do not delete rows, "
    "write formulas or change ids and English texts: the workbook is then not taken. Untranslated texts stay empty.",
    "Going back": "compliance translate EDITION LANGUAGE --from FILE.xlsx takes everything or nothing.",
}


def _write_texts(sheet: SheetWriter, what: str, language: TargetLanguage, lines: Sequence[TranslationUnit]) -> None:
    sheet.widths(24, 34, 60, 60, 11, 16, 10)
    sheet.xlsx.set_column(6, 6, 10, None, {"hidden": True})
    heads = (ID, WHERE, ENGLISH, TEXT, STATE, TO_DO, MARK)
    sheet.headings(0, heads, inset=(2, 3, 4, 5))
    reading = _reading_order(language)
    for row, line in enumerate(lines, 1):
        sheet.text(row, 0, line.id, "row", "soft", "small", "wrap")
        sheet.text(row, 1, line.where, "row", "soft", "small", "wrap")
        sheet.text(row, 2, line.english, "row", "text", "inset")
        sheet.text(row, 3, line.text, "input", "text", "as_text", "inset", reading)
        sheet.text(row, 4, line.state, "input", "as_text", "inset")
        sheet.text(row, 5, line.to_do, "row", "warn", "small", "inset")
        sheet.text(row, 6, line.mark, "row", "as_text")
    last = max(len(lines), 1)
    sheet.xlsx.data_validation(
        1, 4, last, 4,
        {"validate": "list", "source": list(TRANSLATION_STATES), "error_title": "Not a state",
         "error_message": "A text is draft or reviewed; left empty, it is a draft."},
    )  # fmt: skip
    sheet.xlsx.autofilter(0, 0, last, len(heads) - 1)
    sheet.freeze_panes(1, 1)
    sheet.set_up_page(heading=f"{what} in {language.name}", note=what, wide=True, repeat=(0, 0))
    sheet.protect()


def _write_glossary(sheet: SheetWriter, language: TargetLanguage, glossary: Glossary) -> None:
    sheet.widths(46, 46, 46, 46, 34)
    heads = ("English", language.name, f"Not in {language.name}", "Not in English", "Why")
    sheet.headings(0, heads, inset=(1, 2, 3, 4))
    reading = _reading_order(language)
    row = 1
    for term in glossary.terms:
        never = (", ".join(term.avoid.get(code, ())) for code in (language.code, "en"))
        texts = (term.use.get("en", ""), term.use.get(language.code, ""), *never, term.note)
        for column, text in enumerate(texts):
            look = (
                "bold" if column < 2 else "soft",
                "inset" if column else "wrap",
                reading if column in (1, 2) else {},
            )
            sheet.text(row, column, text, "row", "text", *look)
        row += 1
    for word in glossary.words:
        sheet.text(row, 0, word.get("en", ""), "row", "text")
        sheet.text(row, 1, word.get(language.code, ""), "row", "text", "inset", reading)
        sheet.fill(row, 2, 4, "row")
        row += 1
    sheet.freeze_panes(1, 1)
    sheet.set_up_page(heading=f"Glossary: English and {language.name}", note="", wide=True, repeat=(0, 0))
    sheet.protect()


def _reading_order(language: TargetLanguage) -> Style:
    """Return the style for the reading direction of the language, independent of the sheet's."""
    return {"reading_order": 2, "align": "right"} if language.direction == "rtl" else {"reading_order": 1}


# ── Read back


def read_translation(content: bytes) -> ReturnedTranslation:
    """Return the rows of a translator's workbook. Raise UnreadableWorkbook if it is another one, or has a formula."""
    about = dict(_pairs(read_rows(content, HOW)))
    if WHAT not in about or LANGUAGE not in about:
        raise UnreadableWorkbook(f"its sheet {HOW} no longer says what is translated into which language")
    rows = read_rows(content, TEXTS)
    if formulas := formulas_in(content, TEXTS):
        raise UnreadableWorkbook(f"it has formulas in {TEXTS}: put text there instead: {', '.join(formulas)}")
    head = next((number for number, row in enumerate(rows) if ID in row and TEXT in row), None)
    if head is None:
        raise UnreadableWorkbook(f"its sheet {TEXTS} has no row with the headings {ID} and {TEXT}: put it back")
    cell = _cells(rows[head])
    found = (_returned(number, row, cell) for number, row in enumerate(rows[head + 1 :], head + 2))
    return ReturnedTranslation(about[WHAT], about[LANGUAGE], tuple(one for one in found if one is not None))


def _pairs(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    return ((row[0].strip(), row[1].strip()) for row in rows if len(row) > 1)


def _cells(heads: Sequence[str]) -> Callable[[Sequence[str], str], str]:
    """Return a function from row and heading to text. Raise UnreadableWorkbook for a missing or repeated heading."""
    names = [head.strip() for head in heads]
    for name in (ID, ENGLISH, TEXT, STATE, MARK):
        if names.count(name) != 1:
            fault = "is gone: put it back" if name not in names else "stands twice: keep one"
            raise UnreadableWorkbook(f"in its sheet {TEXTS} the column {name} {fault}")
    columns = {name: names.index(name) for name in (ID, ENGLISH, TEXT, STATE, MARK)}

    def cell(row: Sequence[str], name: str) -> str:
        return row[columns[name]] if columns[name] < len(row) else ""

    return cell


def _returned(number: int, row: Sequence[str], cell: Callable[[Sequence[str], str], str]) -> ReturnedUnit | None:
    if not any(text.strip() for text in row):
        return None
    own, english, text, state, mark = (cell(row, name) for name in (ID, ENGLISH, TEXT, STATE, MARK))
    return ReturnedUnit(number, own.strip(), english.strip(), mark.strip(), text.strip(), state.strip().lower())
