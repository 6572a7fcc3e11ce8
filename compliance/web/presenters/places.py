"""View models of questions about places: the company's places, the resulting options, and high-need notices."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from compliance.languages.formats import country_name, sort_key
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import option_label
from compliance.narrative.places_wording import places_remarks, places_result_sentence
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.countries import is_high_need
from compliance.questionnaire.edition import OPERATIONS_QUESTION, Edition, Question
from compliance.questionnaire.places import BOXES
from compliance.questionnaire.routing import result_in, with_possible_options
from compliance.web.page_text import of_edition
from compliance.web.pagination import AskedTable


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A place to tick."""

    code: str
    name: str
    is_high_need: bool


@dataclass(frozen=True, slots=True)
class PlacesOptionView:
    """An option, and how many places it requires."""

    text: str
    of_all: str
    of_high_need: str  # "": the company has no such place, or any number is enough
    points: float
    is_own: bool  # the saved answer results in it


@dataclass(frozen=True, slots=True)
class PlacesView:
    """A company's places as a question about them shows them."""

    list_ask: str  # the question that lists the places
    list_address: str  # where it is answered
    places: tuple[PlaceView, ...]  # high need first, then by name
    gone: tuple[PlaceView, ...]  # ticked, but no longer in the list
    boxes: tuple[str, ...]  # among "+planned" and "+dated"
    excused: bool  # the list does not apply, so the question does not either
    options: tuple[PlacesOptionView, ...]
    result: str = ""  # the option that the saved answer results in, as a sentence; "": none yet
    remarks: tuple[str, ...] = ()

    @property
    def has_high_need(self) -> bool:
        """Whether at least one place is of high need."""
        return any(place.is_high_need for place in self.places)


@dataclass(frozen=True, slots=True)
class ColumnView:
    """The heading and the table of a question that is a column."""

    heading: str
    table: str  # title
    href: str = ""  # where it is answered; "": here


@dataclass(frozen=True, slots=True)
class TableColumnView:
    """A column of a table to fill in: a question, and the parts that are ticked."""

    id: str
    heading: str
    ask: str
    help: str
    chosen: tuple[str, ...]
    boxes: tuple[str, ...]  # among "+planned" and "+dated"
    error: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table to fill in: a row for each place of the company."""

    id: str
    title: str
    text: str
    list_address: str  # where its places are listed
    places: tuple[PlaceView, ...]  # high need first, then by name
    gone: tuple[PlaceView, ...]  # ticked in a column, but no longer in the list
    columns: tuple[TableColumnView, ...]

    @property
    def boxes(self) -> tuple[str, ...]:
        """The boxes that at least one column has."""
        return tuple(box for box in BOXES if any(box in column.boxes for column in self.columns))


@dataclass(frozen=True, slots=True)
class HighNeedNoticeView:
    """What a page says about a company's places before it asks about them."""

    list_ask: str
    list_address: str
    is_listed: bool
    high_need: Sequence[str]  # names


def places_view(
    edition: Edition, sheet: AnswerSheet, question: Question, chosen: Iterable[str], address: Callable[[str], str]
) -> PlacesView | None:
    """Return the view of a question about places; None for any other question.

    `chosen`: the parts that are ticked. `address`: returns where a question is answered, by id.
    """
    if not question.places:
        return None
    listed, result = sheet.answers.get(question.places), result_in(question, sheet.answers)
    codes = listed if isinstance(listed, tuple) else ()
    return PlacesView(
        list_ask=edition.questions[question.places].ask,
        list_address=address(question.places),
        places=_place_views(codes),
        gone=_place_views(_gone(chosen, codes)),
        boxes=_boxes(question),
        excused=isinstance(listed, NotApplicable),
        options=_option_views(question, sheet, codes, result.option if result else "") if codes else (),
        result=places_result_sentence(question, result) if result else "",
        remarks=tuple(places_remarks(question, result)) if result else (),
    )


def table_view(
    edition: Edition,
    sheet: AnswerSheet,
    table: AskedTable,
    chosen: Mapping[str, Sequence[str]],
    errors: Mapping[str, str],
    address: Callable[[str], str],
) -> TableView:
    """Return the view of a table, without places while their list is blank.

    `chosen`: the parts ticked, by question; `errors`: messages, by question. `address`: as for `places_view`.
    """
    list_id = table.questions[0].places
    listed = sheet.answers.get(list_id)
    codes = listed if isinstance(listed, tuple) else ()
    ticked = dict.fromkeys(part for question in table.questions for part in chosen.get(question.id, ()))
    words = partial(of_edition, edition=edition)
    return TableView(
        id=table.id,
        title=words(table.title),
        text=words(table.text),
        list_address=address(list_id),
        places=_place_views(codes),
        gone=_place_views(_gone(ticked, codes)),
        columns=tuple(
            TableColumnView(
                question.id,
                words(heading),
                words(question.ask),
                words(question.help),
                tuple(chosen.get(question.id, ())),
                _boxes(question),
                errors.get(question.id, ""),
            )
            for question, heading in table.columns
        ),
    )


def _boxes(question: Question) -> tuple[str, ...]:
    return tuple(box for box, step in BOXES.items() if question.option(step))


def _gone(chosen: Iterable[str], codes: Collection[str]) -> list[str]:
    """Return the places that are ticked but no longer in the list."""
    return [part for part in chosen if re.fullmatch("[A-Z]{3}", part) and part not in codes]


def high_need_notices(
    edition: Edition,
    sheet: AnswerSheet,
    questions: Sequence[Question],
    address: Callable[[str], str],
    *,
    names_priority: Collection[str] = (),
) -> list[HighNeedNoticeView]:
    """Return the company's high-need places, for each list that these questions refer to.

    `address`: as for `places_view`. `names_priority`: ids of questions that mention priority countries; these refer
    to the countries where people work for the company.
    """
    found = []
    lists = [question.places for question in questions if question.places]
    if OPERATIONS_QUESTION in edition.questions and any(question.id in names_priority for question in questions):
        lists.append(OPERATIONS_QUESTION)
    for list_id in dict.fromkeys(lists):
        listed = sheet.answers.get(list_id)
        if not isinstance(listed, NotApplicable):
            places = _place_views(listed if isinstance(listed, tuple) else ())
            found.append(
                HighNeedNoticeView(
                    list_ask=edition.questions[list_id].ask,
                    list_address=address(list_id),
                    is_listed=bool(places),
                    high_need=[place.name for place in places if place.is_high_need],
                )
            )
    return found


def _place_views(codes: Iterable[str]) -> tuple[PlaceView, ...]:
    views = [PlaceView(code, country_name(code), is_high_need(code)) for code in codes]
    return tuple(sorted(views, key=lambda place: (not place.is_high_need, sort_key(place.name))))


def _option_views(
    question: Question, sheet: AnswerSheet, places: Sequence[str], own: str
) -> tuple[PlacesOptionView, ...]:
    every, need = len(places), sum(map(is_high_need, places))
    return tuple(
        PlacesOptionView(
            text=option_label(question, option.id),
            of_all=_least(option.id, every),
            of_high_need=_least(option.id, need) if need and option.id != "some" else "",
            points=option.points,
            is_own=option.id == own,
        )
        for option in with_possible_options(question, sheet.answers).options
    )


def _least(option: str, places: int) -> str:
    """Return how many places an option requires, in words: `0 of 5`, `3 of 5 or more`."""
    least = {"none": 0, "planned": 0, "some": 1, "most": places // 2 + 1}.get(option, places)
    if option in ("some", "most") and least < places:
        return _("%(least)s of %(all)s or more", least=str(least), all=str(places))
    return _("%(least)s of %(all)s", least=str(least), all=str(places))
