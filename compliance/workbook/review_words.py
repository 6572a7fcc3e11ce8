"""The headings and words on *Review* that are read back, in every language, and their meanings."""

import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias, get_args

from compliance.languages.formats import comma_list
from compliance.languages.interface_messages import LANGUAGES, N_, in_language
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers_file import EVIDENCE_SUFFIX, REASON_SUFFIX, VERDICT_SUFFIX
from compliance.questionnaire.csv_table import quoted
from compliance.workbook.reader import BookReading, UnreadableWorkbook
from compliance.workbook.scorecard_columns import ReviewColumn
from compliance.workbook.scorecard_layout import ANSWERS_RANGE

#: The ids of determinations. With `adjusted`, the adjusted answer is in the next column.
Determination: TypeAlias = Literal["confirmed", "adjusted", "not-shown", "not-reviewed", "na-accepted", "na-refused"]

#: The item of the drop-down list for each.
DETERMINATION_WORDS: Mapping[Determination, str] = {
    # Translators: what an auditor finds, chosen from a list in a cell; short.
    "confirmed": N_("Answer confirmed"),
    "adjusted": N_("Answer adjusted"),
    "not-shown": N_("Answer not shown"),
    "not-reviewed": N_("Not reviewed"),
    # Translators: what an auditor finds of the answer “does not apply”, chosen from a list in a cell; short.
    "na-accepted": N_("“Does not apply” accepted"),
    "na-refused": N_("“Does not apply” refused"),
}
#: An auditor's judgement of a passage, in words; None: not judged.
CHECK_WORDS: Mapping[bool | None, str] = {
    # Translators: of a quoted passage, said by an auditor: it shows what the company says that it shows; short.
    True: N_("Shows it"),
    # Translators: the opposite; short.
    False: N_("Does not show it"),
    # Translators: of a quoted passage that an auditor has not judged; short.
    None: N_("Not judged"),
}
#: Further accepted words, in English.
_FURTHER_WORDS: Mapping[str, Determination] = {
    "confirmed": "confirmed",
    "adjusted": "adjusted",
    "not shown": "not-shown",
    "not reviewed": "not-reviewed",
}
#: Columns that people fill in.
ENTERED = (
    ReviewColumn.ANSWER,
    ReviewColumn.REASON,
    ReviewColumn.EVIDENCE,
    ReviewColumn.DETERMINATION,
    ReviewColumn.ADJUSTED,
    ReviewColumn.COMMENT,
    ReviewColumn.NEXT_REVIEW,
    ReviewColumn.WORD,
)
#: Columns that may be filled in, by kind of line, and the words for each kind; "": a row that is not ours.
FILLED_IN: Mapping[str, tuple[ReviewColumn, ...]] = {
    "question": ENTERED,
    "profile": (ReviewColumn.ANSWER, ReviewColumn.COMMENT),
    "node": (ReviewColumn.COMMENT,),
    "heading": (ReviewColumn.COMMENT,),
    "": (),
}
KIND_WORDS: Mapping[str, str] = {
    "profile": N_("a fact about the company"),
    "node": N_("a theme or requirement"),
    "heading": N_("a heading"),
    "": N_("a row that is not part of the questionnaire"),
}


def misplaced_words(text: str, kind: str) -> str:
    """Return the fault of an entry in a row of a kind that has no such entries."""
    return _(
        "%(text)s is next to %(what)s, where it means nothing: move it to the question it is about",
        text=quoted(text),
        what=_(KIND_WORDS[kind]),
    )


def unknown_determination_words(text: str, *, is_not_applicable: bool) -> str:
    """Return the fault of an unknown determination, with those that the list of its cell offers."""
    offered = determinations_offered(is_not_applicable=is_not_applicable)
    return _(
        "%(text)s is no determination: choose from the list of its cell (%(words)s)",
        text=quoted(text),
        words=comma_list(_(DETERMINATION_WORDS[word]) for word in offered),
    )


#: The columns that an answers file has too.
SUFFIXES = {
    REASON_SUFFIX: ReviewColumn.REASON,
    EVIDENCE_SUFFIX: ReviewColumn.EVIDENCE,
    VERDICT_SUFFIX: ReviewColumn.DETERMINATION,
}
#: The parts of a verdict, and the column of each.
VERDICT_PARTS: Mapping[str, ReviewColumn] = {
    "verdict": ReviewColumn.DETERMINATION,
    "value": ReviewColumn.ADJUSTED,
    "comment": ReviewColumn.COMMENT,
    "next_review": ReviewColumn.NEXT_REVIEW,
}
#: Columns with a seal, in the order of a row's seals. Some kinds of lines have only the first ones.
SEALED = (ReviewColumn.TEXT, ReviewColumn.ANSWER, ReviewColumn.REASON, ReviewColumn.EVIDENCE)
#: Separates the id of an option from its words in the cell of a choice.
OFFER_SEPARATOR = ": "
_TOP_ROWS, _FEWEST_HEADINGS = 60, 4  # rows searched for headings, and headings that identify *Review*
_LONGEST_HEADING = 80  # characters; longer texts, of which there are many, are not looked up
#: What to do about a missing part of a workbook.
NEW_COPY = N_("restore it, or start from a new scorecard")
#: In place of evidence if an answers file only states that there is some.
SOME_EVIDENCE = N_("There is evidence.")


def determination_of(text: str) -> Determination | None:
    """Return the determination that a word means, in any language; None for an unknown word."""
    return determination_spellings().get(normalised(text))


@cache
def determination_spellings() -> Mapping[str, Determination]:
    """Return all accepted spellings of determinations, normalised."""
    found: dict[str, Determination] = {word: word for word in get_args(Determination)}
    found |= {spelling: word for message, word in _FURTHER_WORDS.items() for spelling in spellings(message)}
    return found | {spelling: word for word, message in DETERMINATION_WORDS.items() for spelling in spellings(message)}


def determinations_offered(*, is_not_applicable: bool) -> tuple[Determination, ...]:
    """Return the determinations that the list of a question offers: for n/a, that it is accepted or refused."""
    if is_not_applicable:
        return ("na-accepted", "adjusted", "na-refused", "not-reviewed")
    return ("confirmed", "adjusted", "not-shown", "not-reviewed")


def column_of_heading(text: str) -> ReviewColumn | None:
    """Return the column of *Review* that a heading names, in any language; None if it names none."""
    return _headings().get(normalised(text)) if len(text) <= _LONGEST_HEADING else None


@cache
def _headings() -> Mapping[str, ReviewColumn]:
    columns = [column for column in ReviewColumn if column.spec.heading]
    return {spelling: column for column in columns for spelling in spellings(column.spec.heading)}


def says_some_evidence(text: str) -> bool:
    """Tell whether a cell of evidence has only our own words for "there is evidence"."""
    return normalised(text) in spellings(SOME_EVIDENCE)


@cache
def spellings(message: str) -> frozenset[str]:
    """Return a message in all languages, normalised."""
    return frozenset(normalised(text) for text in _in_each_language(message))


def _in_each_language(message: str) -> Iterable[str]:
    for code in LANGUAGES:
        with in_language(code):
            yield _(message)


def seal(text: str) -> str:
    """Return a short digest of a locked cell, which shows changes; spaces do not count."""
    return f"{zlib.crc32(' '.join(unicodedata.normalize('NFKC', text).split()).encode()):08x}"


def normalised(text: str) -> str:
    """Return a text without what people and programs vary: case, spaces, apostrophes, invisible characters."""
    if text.isascii():  # most cells: has none of the rest
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return " ".join("".join(letter for letter in plain if unicodedata.category(letter) != "Cf").split())


# ── Finding the sheet


@dataclass(slots=True)
class FoundReview:
    """The sheet *Review* as found: its name, its row of headings (counted from 1), and its columns (from 0)."""

    sheet: str
    head: int
    columns: dict[ReviewColumn, int]
    known: set[int]  # columns that we wrote
    own: dict[int, str]  # columns that the auditor added, with their headings
    above: list[str]  # texts above the headings
    alike: list[str]  # other sheets with such headings


def find_review(book: BookReading) -> FoundReview | None:
    """Return the sheet with the headings: that of the named range, or the only one; None if there is none.

    Raise UnreadableWorkbook if several sheets have them, or one has a heading twice.
    """
    found = [review for sheet in book.sheets if (review := _headings_of(book, sheet)) is not None]
    place = book.named_place(ANSWERS_RANGE)
    named = [review for review in found if place and review.sheet == place[0]]
    if not found:
        return None
    if not named and len(found) > 1:
        names = comma_list(review.sheet for review in found)
        raise UnreadableWorkbook(
            _("several of its sheets are like %(sheet)s: %(names)s: delete all but one", sheet=_("Review"), names=names)
        )
    chosen = (named or found)[0]
    chosen.alike = [review.sheet for review in found if review is not chosen]
    return chosen


def _headings_of(book: BookReading, sheet: str) -> FoundReview | None:
    above: list[str] = []
    for number, row in enumerate(book.rows(sheet, _TOP_ROWS), 1):
        named = ((place, column_of_heading(cell.text)) for place, cell in enumerate(row) if cell.text)
        known = [(place, column) for place, column in named if column is not None]
        if len({column for _place, column in known}) < _FEWEST_HEADINGS:
            above += [cell.text for cell in row if cell.text]
            continue
        columns = {column: place for place, column in reversed(known)}
        if len(columns) < len(known):
            twice = [column for column in columns if sum(column == other for _place, other in known) > 1]
            names = comma_list(row[columns[column]].text for column in twice)
            raise UnreadableWorkbook(
                _(
                    "sheet %(sheet)s: several of its columns are called %(names)s: delete all but one",
                    sheet=sheet,
                    names=names,
                )
            )
        places = {place for place, _column in known} | set(columns.values())
        own = {place: cell.text for place, cell in enumerate(row) if place not in places}
        return FoundReview(sheet, number, columns, places, own, above, [])
    return None


def check_columns(found: FoundReview) -> None:
    """Raise UnreadableWorkbook if a column is missing, which does not mean that its cells are blank."""
    if gone := sorted({ReviewColumn.ID, *ENTERED} - found.columns.keys()):
        names = comma_list(_(column.spec.heading) for column in gone)
        raise UnreadableWorkbook(
            _(
                "sheet %(sheet)s, row %(row)s: no column is called %(names)s, in any language: %(remedy)s",
                sheet=found.sheet,
                row=found.head,
                names=names,
                remedy=_(NEW_COPY),
            )
        )


def says_more(words: str, value: str) -> bool:
    """Tell whether the words of a value say more than the value; “1 to 9” says no more than `1-9`."""
    if value.replace("-", "").isdecimal():
        return "".join(filter(str.isdecimal, words)) != value.replace("-", "")
    return words.casefold() != value.casefold()
