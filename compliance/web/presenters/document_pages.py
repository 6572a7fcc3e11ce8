"""Documents shown a few pages at a time, and the wording of several side by side, for all readers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from flask import request

from compliance.documents.document import Document, Paragraph
from compliance.documents.passages import sentences_of
from compliance.documents.versions import WordChange, WordingRow, word_changes
from compliance.narrative.document_wording import outcome_words
from compliance.store import NotFound
from compliance.web.document_texts import paragraph_of
from compliance.web.forms import small_number

#: Most pages, paragraphs and characters shown at a time. At least one page is always shown.
_MOST_PAGES, _MOST_PARAGRAPHS, _MOST_CHARACTERS = 3, 24, 6_000


def leaves_of(document: Document) -> tuple[tuple[Paragraph, ...], ...]:
    """Return the pages of a document. A document without pages is split into parts, if possible at headings."""
    if document.pages:
        by_page: defaultdict[int, list[Paragraph]] = defaultdict(list)
        for paragraph in document.paragraphs:
            by_page[paragraph.page or 1].append(paragraph)
        return tuple(tuple(by_page[page]) for page in range(1, document.pages + 1))
    leaves: list[list[Paragraph]] = [[]]
    for paragraph in document.paragraphs:
        size = sum(len(each.text) for each in leaves[-1])
        is_full = len(leaves[-1]) >= _MOST_PARAGRAPHS or size > _MOST_CHARACTERS
        if leaves[-1] and (is_full or (paragraph.level and size > _MOST_CHARACTERS // 3)):
            leaves.append([])
        leaves[-1].append(paragraph)
    return tuple(map(tuple, leaves))


def first_shown(leaves: Sequence[Sequence[Paragraph]]) -> int:
    """Return the page in the address, given by number or by a passage on it. Raise NotFound for a wrong number."""
    if at := request.args.get("at"):
        paragraph = paragraph_of(at)
        found = (number for number, leaf in enumerate(leaves, 1) if any(p.anchor == paragraph for p in leaf))
        return next(found, 1)
    number = small_number(request.args.get("page", "1"))
    if number is None or not 1 <= number <= len(leaves):
        raise NotFound("no such page of the document")
    return number


def last_shown(leaves: Sequence[Sequence[Paragraph]], first: int) -> int:
    """Return the last page to show together with page `first`."""
    count = size = 0
    last = first
    for number in range(first, min(first + _MOST_PAGES, len(leaves) + 1)):
        count += len(leaves[number - 1])
        size += sum(len(each.text) for each in leaves[number - 1])
        if number > first and (count > _MOST_PARAGRAPHS or size > _MOST_CHARACTERS):
            break
        last = number
    return last


def first_of_those_before(leaves: Sequence[Sequence[Paragraph]], first: int) -> int | None:
    """Return the first page to show before page `first`; None if that is the first page."""
    starts = [number for number in range(max(1, first - _MOST_PAGES), first) if last_shown(leaves, number) >= first - 1]
    return starts[0] if starts else None


def marked_sentences(paragraph: Paragraph, marked: set[str]) -> list[tuple[str, bool]]:
    """Return the sentences of a paragraph, or a heading's text, each with whether it or the paragraph is marked."""
    whole = paragraph.anchor in marked
    if paragraph.level:
        return [(paragraph.text, whole)]
    sentences = enumerate(sentences_of(paragraph.text), 1)
    return [(sentence, whole or f"{paragraph.anchor}.{number}" in marked) for number, sentence in sentences]


# ── Wording by requirement: of two versions of a text, or of the texts of several companies


@dataclass(frozen=True, slots=True)
class WordingLine:
    """A line of the table that compares the wording of two versions."""

    title: str  # of the requirement
    span: int  # number of lines of the requirement, on its first line; 0 on the others
    before: str
    now: str
    changes: Sequence[WordChange]  # if the words were changed
    state: str
    outcome: str  # the state in words


@dataclass(frozen=True, slots=True)
class CompanyWording:
    """What the text of one company says about a requirement."""

    company: str
    url: str  # its page
    words: Sequence[str]  # empty: not in this text


@dataclass(frozen=True, slots=True)
class RequirementWording:
    """What the texts of several companies say about a requirement."""

    id: str
    title: str
    companies: Sequence[CompanyWording]
    said: int  # number of companies whose text says something
    total: int

    def of_page(self, page: int, most: int) -> "RequirementWording":
        """Return the same requirement with the companies of one page, from 1."""
        return replace(self, companies=self.companies[(page - 1) * most : page * most])


@dataclass(frozen=True, slots=True)
class QuotedText:
    """The quotations from a company's text, by requirement."""

    company: str
    url: str
    words: Mapping[str, Sequence[str]]  # empty: the text says nothing; no key: it was not asked


def wording_lines(rows: Sequence[WordingRow], titles: Mapping[str, str]) -> list[WordingLine]:
    """Return the lines of the table of two versions. `titles`: of the requirements, by id."""
    lines: list[WordingLine] = []
    for subject, some in groupby(rows, lambda row: row.subject):
        together = list(some)
        for row in together:
            span = len(together) if row is together[0] else 0
            changes = word_changes(row.before, row.now) if row.state == "reworded" else ()
            said = row.before, row.now, changes, row.state, outcome_words(row.state)
            lines.append(WordingLine(titles[subject], span, *said))
    return lines


def wording_of_companies(texts: Sequence[QuotedText], titles: Mapping[str, str]) -> list[RequirementWording]:
    """Return what each text that was read for a requirement says about it, for each requirement."""
    found = []
    for requirement, title in titles.items():
        asked = [text for text in texts if requirement in text.words]
        companies = [CompanyWording(text.company, text.url, tuple(text.words[requirement])) for text in asked]
        said = sum(bool(each.words) for each in companies)
        found.append(RequirementWording(requirement, title, companies, said, len(companies)))
    return found
