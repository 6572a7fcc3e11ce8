"""A document as it was read: its paragraphs in reading order, each with an anchor that can be cited."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from compliance.documents.page_layout import is_leftward
from compliance.documents.plain_text import guessed_language

DocumentFormat: TypeAlias = Literal["pdf", "docx", "odt", "html", "txt"]

#: Characters of all paragraphs; a code of 40 pages has 120,000.
MOST_CHARACTERS = 4_000_000
MOST_PARAGRAPHS = 60_000
#: Pages of a PDF.
MOST_PAGES = 1_000
#: Version of stored documents. Raised when anchors or texts change, so that documents are read again.
TEXT_FORMAT = 1


class Refusal(StrEnum):
    """Why a file is not read. `narrative.document_wording` has a sentence for each, which says what to do."""

    TOO_LARGE = "too_large"  # the file, packed or unpacked
    TOO_LONG = "too_long"  # its text
    TOO_MANY_PAGES = "too_many_pages"
    TOO_HEAVY = "too_heavy"  # it took too long, or too much memory
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TYPE = "wrong_type"  # it is another kind of file than its media type says
    OLD_WORD = "old_word"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    ENTITIES = "entities"
    SCANNED = "scanned"
    UNMAPPED_FONTS = "unmapped_fonts"  # a PDF whose fonts do not tell which letters they show
    EMPTY = "empty"
    DAMAGED = "damaged"


class DocumentRefused(ValueError):
    """Raised for a file that is not read, with the reason."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A paragraph or heading as a reader finds it, without an anchor."""

    text: str
    level: int = 0  # of a heading, from 1; 0 for a paragraph
    is_item: bool = False  # item of a list


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph or heading. Its anchor is `7.3` on page 7, or, without pages, `s4.2` below heading 4.

    A heading counts as a paragraph of its page; without pages, its anchor is `s4`. Paragraphs before the first heading
    begin with `s0.1`.
    """

    anchor: str
    text: str
    level: int = 0
    is_item: bool = False
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a file. `pages`: 0 if the format has none; then anchors count from headings."""

    format: DocumentFormat
    paragraphs: tuple[Paragraph, ...]
    pages: int = 0
    pages_without_text: tuple[int, ...] = ()  # scanned or empty pages
    title: str = ""
    language: str = ""  # as declared, else guessed from frequent words among en, fr, es, ar; "" if neither

    @property
    def text(self) -> str:
        """All paragraphs, one per line."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)

    @property
    def is_leftward(self) -> bool:
        """Whether it is read from right to left."""
        return is_leftward(self.text)


def paged_document(
    format: DocumentFormat, pages: Sequence[Sequence[TextBlock]], *, title: str = "", language: str = ""
) -> Document:
    """Return a document whose anchors count from pages. Raise DocumentRefused if it is empty or too long."""
    paragraphs = tuple(
        Paragraph(f"{page}.{number}", block.text, block.level, block.is_item, page)
        for page, blocks in enumerate(pages, 1)
        for number, block in enumerate(blocks, 1)
    )
    empty = tuple(page for page, blocks in enumerate(pages, 1) if not blocks)
    return _checked(Document(format, paragraphs, len(pages), empty, title, language))


def unpaged_document(
    format: DocumentFormat, blocks: Iterable[TextBlock], *, title: str = "", language: str = ""
) -> Document:
    """Return a document whose anchors count from headings. Raise DocumentRefused if it is empty or too long."""
    paragraphs = []
    section, number = 0, 0
    for block in blocks:
        if block.level:
            section, number = section + 1, 0
        else:
            number += 1
        anchor = f"s{section}" if block.level else f"s{section}.{number}"
        paragraphs.append(Paragraph(anchor, block.text, block.level, block.is_item))
    return _checked(Document(format, tuple(paragraphs), title=title, language=language))


def _checked(document: Document) -> Document:
    letters = sum(len(paragraph.text) for paragraph in document.paragraphs)
    if letters > MOST_CHARACTERS or len(document.paragraphs) > MOST_PARAGRAPHS:
        raise DocumentRefused(Refusal.TOO_LONG)
    if not any(letter.isalpha() for paragraph in document.paragraphs for letter in paragraph.text):
        raise DocumentRefused(Refusal.EMPTY)
    title = document.title or next((each.text for each in document.paragraphs if each.level), "")
    language = document.language or guessed_language(document.text)
    return Document(
        document.format, document.paragraphs, document.pages, document.pages_without_text, title[:300], language
    )


# ── Between the process that reads and its caller


def document_record(document: Document) -> dict[str, Any]:
    """Return a document as an object for JSON."""
    return {
        "format": document.format,
        "pages": document.pages,
        "pages_without_text": document.pages_without_text,
        "title": document.title,
        "language": document.language,
        "paragraphs": [[each.anchor, each.text, each.level, each.is_item, each.page] for each in document.paragraphs],
    }


def document_of_record(record: Mapping[str, Any], format: DocumentFormat) -> Document:
    """Return a document from JSON that is not trusted. Raise ValueError, TypeError or KeyError if it is invalid."""
    paragraphs = tuple(
        Paragraph(str(anchor), str(text), int(level), bool(is_item), None if page is None else int(page))
        for anchor, text, level, is_item, page in record["paragraphs"]
    )
    empty = tuple(int(page) for page in record["pages_without_text"])
    return Document(format, paragraphs, int(record["pages"]), empty, str(record["title"]), str(record["language"]))


def document_text(document: Document) -> str:
    """Return a document as JSON, to be stored."""
    return json.dumps(document_record(document), ensure_ascii=False)


def document_of_text(text: str) -> Document:
    """Return a stored document."""
    record = json.loads(text)
    return document_of_record(record, record["format"])
