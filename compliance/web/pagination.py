"""Pages of questions: themes cut into whole requirements, at most eight questions a page, and tables of questions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.questionnaire.routing import YES, Route

QUESTIONS_PER_PAGE = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that stay together on a page: those of a requirement, or one question outside all requirements."""

    requirement: Node | None
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Section:
    """A theme, cut into blocks."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Its questions in file order, cached as the task list iterates over them a dozen times."""
        return tuple(question for block in self.blocks for question in block.questions)


@dataclass(frozen=True, slots=True)
class AskedTable:
    """A table as asked of one company: all its questions that are asked now, in place of the first of them."""

    id: str
    title: str
    text: str
    stands_at: str  # id of the question that it replaces
    columns: tuple[tuple[Question, str], ...]  # with their headings, in the order of the questionnaire

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that are its columns."""
        return tuple(question for question, _ in self.columns)


@dataclass(frozen=True, slots=True)
class QuestionPlace:
    """The theme and the page where a question is answered, and its number in its own theme. Both count from 1."""

    theme: str  # id
    page: int
    number: int  # 0: not asked now


def sections_of(edition: Edition) -> tuple[Section, ...]:
    """Return the themes in order. Scored questions outside every theme form a theme of their own."""
    loose = tuple(Block(None, (part,)) for part in edition.root.parts if isinstance(part, Question) and part.scored)
    themes = [Section(theme.id, theme.title or theme.id, tuple(_blocks(theme))) for theme in edition.themes]
    return (*themes, Section(OVERALL, edition.title or edition.id, loose)) if loose else tuple(themes)


def neighbouring_themes(edition: Edition, theme: Node) -> tuple[Node | None, Node | None]:
    """Return the themes before and after one, each None if there is none."""
    place = edition.themes.index(theme)
    following = edition.themes[place + 1 :]
    return edition.themes[place - 1] if place else None, following[0] if following else None


def questions_about(edition: Edition) -> tuple[Question, ...]:
    """Return the questions in no theme. They are shown with the profile, as they are not scored."""
    themes = {theme.id for theme in edition.themes}
    found: list[Question] = []
    for part in edition.root.parts:
        if isinstance(part, Question):
            found += [] if part.scored else [part]
        elif part.id not in themes:
            found += part.questions()
    return tuple(found)


def pages_of(section: Section, routes: Mapping[str, Route]) -> tuple[tuple[Block, ...], ...]:
    """Return the pages of a theme as asked now: whole requirements, up to eight questions a page."""
    pages: list[list[Block]] = []
    room = 0
    for block in section.blocks:
        asked = tuple(q for q in block.questions if routes[q.id].asked == YES)
        if not asked:
            continue
        if len(asked) > room:
            pages.append([])
            room = QUESTIONS_PER_PAGE
        pages[-1].append(Block(block.requirement, asked))
        room -= len(asked)
    return tuple(tuple(page) for page in pages)


def asked_tables(edition: Edition, routes: Mapping[str, Route]) -> tuple[AskedTable, ...]:
    """Return the tables with the questions asked now. A single question is not shown as a table.

    A table is placed where the first of its questions would be, so that questions depending on any of them follow it.
    """
    found = []
    for table in edition.tables:
        asked = [question for question in edition.places_questions if question.id in table.columns]
        columns = tuple((q, table.columns[q.id]) for q in asked if routes[q.id].asked == YES)
        if len(columns) > 1:
            found.append(AskedTable(table.id, table.title, table.text, columns[0][0].id, columns))
    return tuple(found)


def answered_on(page: Iterable[Block], tables: Iterable[AskedTable]) -> Iterator[Question]:
    """Yield the questions answered on a page: all those of a table placed there, none of one placed elsewhere."""
    table_of = {question.id: table for table in tables for question in table.questions}
    for question in (question for block in page for question in block.questions):
        table = table_of.get(question.id)
        if table is None:
            yield question
        elif table.stands_at == question.id:
            yield from table.questions


def places_of(
    sections: Iterable[Section], routes: Mapping[str, Route], tables: Iterable[AskedTable] = ()
) -> Mapping[str, QuestionPlace]:
    """Return where every question of these themes is answered, by id."""
    places: dict[str, QuestionPlace] = {}
    for section in sections:
        places |= {question.id: QuestionPlace(section.id, 1, 0) for question in section.questions}
        number = 0
        for page, blocks in enumerate(pages_of(section, routes), 1):
            for question in (q for block in blocks for q in block.questions):
                number += 1
                places[question.id] = QuestionPlace(section.id, page, number)
    for table in tables:
        there = places[table.stands_at]
        moved = {question.id: replace(there, number=places[question.id].number) for question in table.questions}
        places |= moved
    return places


def _blocks(node: Node) -> Iterator[Block]:
    if node.is_requirement:
        yield Block(node, tuple(node.questions()))
        return
    for part in node.parts:
        if isinstance(part, Question):
            yield Block(None, (part,))
        else:
            yield from _blocks(part)
