"""Pages of questions: themes cut into whole requirements, at most eight questions a page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.questionnaire.routing import YES, Route

QUESTIONS_PER_PAGE = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Questions that stay together on a page: those of a requirement, or one question outside any."""

    requirement: Node | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A theme, cut into blocks."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def questions(self) -> Iterator[Question]:
        """Its questions in file order."""
        return (question for block in self.blocks for question in block.questions)


@dataclass(frozen=True, slots=True)
class QuestionPlace:
    """Where a question is answered: its theme, and there its page and its number, each from 1."""

    theme: str  # id
    page: int
    number: int  # 0: it is not asked now


def sections_of(edition: Edition) -> tuple[Section, ...]:
    """The themes in order; questions that stand outside every theme make one of their own."""
    loose = tuple(Block(None, (part,)) for part in edition.root.parts if isinstance(part, Question) and part.scored)
    themes = [Section(theme.id, theme.title or theme.id, tuple(_blocks(theme))) for theme in edition.themes]
    return (*themes, Section(OVERALL, edition.title or edition.id, loose)) if loose else tuple(themes)


def neighbouring_themes(edition: Edition, theme: Node) -> tuple[Node | None, Node | None]:
    """The themes before and after one."""
    place = edition.themes.index(theme)
    following = edition.themes[place + 1 :]
    return edition.themes[place - 1] if place else None, following[0] if following else None


def questions_about(edition: Edition) -> tuple[Question, ...]:
    """The questions in no theme: they go with the profile, as they judge nothing."""
    themes = {theme.id for theme in edition.themes}
    found: list[Question] = []
    for part in edition.root.parts:
        if isinstance(part, Question):
            found += [] if part.scored else [part]
        elif part.id not in themes:
            found += part.questions()
    return tuple(found)


def pages_of(section: Section, routes: Mapping[str, Route]) -> tuple[tuple[Block, ...], ...]:
    """The pages of a theme as it is asked now: whole requirements, filled up to eight questions."""
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


def places_of(sections: Iterable[Section], routes: Mapping[str, Route]) -> Mapping[str, QuestionPlace]:
    """Where every question of these themes is answered, by id."""
    places: dict[str, QuestionPlace] = {}
    for section in sections:
        places |= {question.id: QuestionPlace(section.id, 1, 0) for question in section.questions}
        number = 0
        for page, blocks in enumerate(pages_of(section, routes), 1):
            for question in (q for block in blocks for q in block.questions):
                number += 1
                places[question.id] = QuestionPlace(section.id, page, number)
    return places


def page_with(pages: Sequence[Sequence[Block]], question_id: str) -> int:
    """Number of the page that has a question, from 1; the first if none has."""
    for number, page in enumerate(pages, 1):
        if any(question.id == question_id for block in page for question in block.questions):
            return number
    return 1


def _blocks(node: Node) -> Iterator[Block]:
    if node.is_requirement:
        yield Block(node, tuple(node.questions()))
        return
    for part in node.parts:
        if isinstance(part, Question):
            yield Block(None, (part,))
        else:
            yield from _blocks(part)
