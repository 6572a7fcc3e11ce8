"""What stands in a questionnaire as a workbook: its sheets, the lines of each, and what is said of one question.

Shared by what writes it, what reads it back, and the questionnaire on paper. Each line has a key, by which it is known
wherever it is moved to.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from compliance.languages.formats import country_name, sort_key
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    BEST_ANSWER,
    BLANK_REASONS,
    IN_NONE,
    IS_DATED,
    IS_PLANNED,
    option_label,
    profile_value_label,
)
from compliance.narrative.answer_wording import QuestionNames, condition_words, counts_only_if
from compliance.questionnaire.answer_parser import offered_words
from compliance.questionnaire.answers import NOT_APPLICABLE_TEXT, AnswerSheet, NotApplicable, number_text, write_answer
from compliance.questionnaire.edition import NONE_OF_THESE, PROFILE_PREFIX, Edition, Node, Question
from compliance.questionnaire.places import BOXES, DATED_BOX, NO_PLACE, PLANNED_BOX
from compliance.questionnaire.routing import NO, route_questions
from compliance.workbook.cell_texts import LONGEST_TEXT, clean
from compliance.workbook.columns import ColumnSpec, SheetColumn
from compliance.workbook.review_words import normalised

#: Raised whenever the sheets are laid out otherwise: workbooks of another format are refused.
QUESTIONNAIRE_FORMAT = "1"
#: What a column is called in the hidden row above the headings, the same in every language.
MARK_PREFIX = "article34:"
#: The key of the row of headings.
HEADINGS_KEY = "headings"
#: What begins the hidden sheets: what each cell showed when the file went out, and what lists offer.
SHOWN_MARK, LISTS_MARK = f"{MARK_PREFIX}shown", f"{MARK_PREFIX}lists"
#: The lists that are not those of a question; of reasons the rest is what they offer, joined by "|".
YES_LIST, COUNTRY_LIST, REASON_LIST = "yes", "country", "instead:"
#: Rows to name more places in: where the company has named none yet, and where it has.
SPARE_PLACES, FEW_SPARE_PLACES = 12, 3


class LineColumn(SheetColumn):
    """A column of a sheet of questions."""

    KEY = ColumnSpec("", 4, hidden=True)
    NUMBER = ColumnSpec(N_("Number"), 8, "start")
    TEXT = ColumnSpec(N_("Question"), 46, "start")
    OFFERED = ColumnSpec(N_("Answers to choose from"), 46, "start")
    ANSWER = ColumnSpec(N_("Answer"), 34, "start")
    INSTEAD = ColumnSpec(N_("Or why there is no answer"), 22, "start")
    WHY = ColumnSpec(N_("Which document says it, or why it does not apply"), 28, "start")
    DOCUMENT = ColumnSpec(N_("Evidence to add: document"), 24, "start")
    PAGE = ColumnSpec(N_("Page"), 8, "start")
    PASSAGE = ColumnSpec(N_("Passage, word for word"), 34, "start")
    LINK = ColumnSpec(N_("Or a link"), 26, "start")
    EVIDENCE = ColumnSpec(N_("Evidence so far"), 30, "start")
    CONDITION = ColumnSpec(N_("When it is asked"), 34, "start")
    HELP = ColumnSpec(N_("What the words mean"), 56, "start")
    LAW = ColumnSpec(N_("Law"), 34, "start")

    @property
    def mark(self) -> str:
        """How it is called in the hidden row."""
        return MARK_PREFIX + self.name.lower()


#: What people fill in beside a question.
FILLED_BESIDE = (
    LineColumn.INSTEAD,
    LineColumn.WHY,
    LineColumn.DOCUMENT,
    LineColumn.PAGE,
    LineColumn.PASSAGE,
    LineColumn.LINK,
)
_BOX_WORDS = {NO_PLACE: IN_NONE, PLANNED_BOX: IS_PLANNED, DATED_BOX: IS_DATED}
LineKind: TypeAlias = Literal["field", "question", "tick", "place", "spare"]


@dataclass(frozen=True, slots=True)
class QuestionnaireLine:
    """One row: a profile field, a question, or below it something to tick, a place, or room for a place."""

    kind: LineKind
    about: str  # id of the question, or `profile.<field>`
    part: str = ""  # the option, the box, the country, or the number of the row

    @property
    def key(self) -> str:
        """By which it is known."""
        return f"{self.kind} {self.about} {self.part}".strip()


def line_of_key(key: str) -> QuestionnaireLine | None:
    """The line of a key; None if it is none."""
    kind, _blank, rest = key.partition(" ")
    about, _blank, part = rest.partition(" ")
    if kind in ("field", "question", "tick", "place", "spare") and about:
        return QuestionnaireLine(kind, about, part)  # type: ignore[arg-type]  # one of the kinds, as was asked
    return None


@dataclass(frozen=True, slots=True)
class QuestionnairePart:
    """A sheet of questions: what it is about, and its lines in order."""

    title: str
    lines: tuple[QuestionnaireLine, ...]


@dataclass(frozen=True, slots=True)
class StatedAnswer:
    """What is said of one question or profile field: an answer, or why it is blank."""

    text: str = ""  # in the spelling of `write_answer`
    reason: str = ""  # why it does not apply
    word: str = ""  # of a blank
    title: str = ""  # of the document that says it


NOTHING_STATED = StatedAnswer()


def stated_answers(sheet: AnswerSheet) -> Mapping[str, StatedAnswer]:
    """By question, and `profile.<field>`, what a sheet says, as cells can hold it."""
    found = {
        PROFILE_PREFIX + name: StatedAnswer(number_text(value) if isinstance(value, float) else value)
        for name, value in sheet.profile.items()
    }
    for question, answer in sheet.answers.items():
        reason = answer.reason if isinstance(answer, NotApplicable) else ""
        found[question] = StatedAnswer(write_answer(answer), reason)
    found |= {question: StatedAnswer(word=said.word, title=said.title) for question, said in sheet.words.items()}
    return {about: as_in_cells(said) for about, said in found.items()}


def as_in_cells(said: StatedAnswer) -> StatedAnswer:
    """The same, as cells can hold it, so that what nobody touched is the same on all sides."""
    text, reason, title = (clean(words).strip() for words in (said.text, said.reason, said.title))
    return StatedAnswer(text, reason, said.word, title)


@dataclass(frozen=True)
class QuestionnaireLayout:
    """What a questionnaire holds: parts in order, and the questions about countries, which share a sheet."""

    edition: Edition
    parts: tuple[QuestionnairePart, ...]
    country_questions: tuple[Question, ...]
    numbers: Mapping[str, str]  # of questions, by id: 2.7 is the seventh of the second sheet

    @property
    def names(self) -> QuestionNames:
        """How conditions call the questions."""
        return {i: _("question %(number)s", number=number) for i, number in self.numbers.items()}

    @property
    def questions(self) -> Iterator[Question]:
        """Every question in it, in order."""
        lines = (line for part in self.parts for line in part.lines if line.kind == "question")
        return (self.edition.questions[line.about] for line in lines)

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of all that it asks, profile fields as `profile.<field>`."""
        return tuple(line.about for part in self.parts for line in part.lines if line.kind in ("question", "field"))

    def condition(self, question: Question) -> str:
        """On which answers it hangs whether a question is asked, and whether it counts; "" if on none."""
        parts: list[Node | Question] = [*reversed([*self.edition.holders(question.id)]), question]
        asked = [
            condition_words(self.edition, part.asked_when, self.names) for part in parts if part.asked_when is not None
        ]
        said = [_("Asked only if %(condition)s.", condition=words) for words in dict.fromkeys(asked)]
        if question.counts_when is not None:
            said.append(counts_only_if(self.edition, question.counts_when, self.names) + ".")
        return "\n".join(said)


def questionnaire_layout(
    edition: Edition, sheet: AnswerSheet, only: Collection[str] | None = None
) -> QuestionnaireLayout:
    """All that can be asked of a company, given its profile, whatever it answers to questions.

    `only`: ids of questions, and of profile fields as `profile.<field>`; without, all.
    """
    routes = route_questions(edition, replace(sheet, answers={}, words={}, verdicts={}))
    wanted = [
        question
        for question in edition.questions.values()
        if routes[question.id].asked != NO and (only is None or question.id in only)
    ]
    of_themes = {question.id: theme.id for theme in edition.themes for question in theme.questions()}
    fields = [PROFILE_PREFIX + name for name in edition.profile if only is None or PROFILE_PREFIX + name in only]
    about = [question for question in wanted if question.id not in of_themes]
    groups = [
        (_("About your company"), fields, about),
        *(
            (theme.title or theme.id, [], [question for question in wanted if of_themes.get(question.id) == theme.id])
            for theme in edition.themes
        ),
    ]
    kept = [group for group in groups if group[1] or group[2]]
    parts = tuple(
        QuestionnairePart(
            f"{place} {title}",
            (
                *(QuestionnaireLine("field", name) for name in named),
                *(line for question in questions for line in _lines(question, sheet)),
            ),
        )
        for place, (title, named, questions) in enumerate(kept, 1)
    )
    numbers = {
        question.id: f"{place}.{number}"
        for place, (_title, named, questions) in enumerate(kept, 1)
        for number, question in enumerate(questions, len(named) + 1)
    }
    countries_asked = tuple(question for question in wanted if question.kind == "countries")
    return QuestionnaireLayout(edition, parts, countries_asked, numbers)


def _lines(question: Question, sheet: AnswerSheet) -> Iterator[QuestionnaireLine]:
    yield QuestionnaireLine("question", question.id)
    if question.is_multiple_choice and question.options:
        ids = [option.id for option in question.options]
        for option in [*ids, *([] if NONE_OF_THESE in ids else [NONE_OF_THESE])]:
            yield QuestionnaireLine("tick", question.id, option)
    elif question.places:
        places = places_shown(question, sheet)
        yield from (QuestionnaireLine("place", question.id, place) for place in places)
        spare = FEW_SPARE_PLACES if places else SPARE_PLACES
        yield from (QuestionnaireLine("spare", question.id, str(number)) for number in range(1, spare + 1))
        yield QuestionnaireLine("tick", question.id, NO_PLACE)
        offered = {option.id for option in question.options}
        yield from (QuestionnaireLine("tick", question.id, box) for box, step in BOXES.items() if step in offered)


def places_shown(question: Question, sheet: AnswerSheet) -> Sequence[str]:
    """The places that a question offers, by code: those of the company's list, and what is ticked already, by name."""
    listed, ticked = (sheet.answers.get(i) for i in (question.places, question.id))
    codes = {code for value in (listed, ticked) if isinstance(value, tuple) for code in value}
    return sorted(codes - {NO_PLACE, *BOXES}, key=lambda code: sort_key(country_name(code)))


def offered_texts(question: Question) -> Mapping[str, str]:
    """The options by id, in words no two of which are alike."""
    return _told_apart({option.id: option_label(question, option.id) for option in question.options})


def offered_values(edition: Edition, profile_field: str) -> Mapping[str, str]:
    """The values of a profile field by id, in words no two of which are alike."""
    values = edition.profile[profile_field].values
    return _told_apart({value: profile_value_label(edition, profile_field, value) for value in values})


def _told_apart(texts: Mapping[str, str]) -> Mapping[str, str]:
    plain = {i: " ".join(clean(text).split()) for i, text in texts.items()}
    alike = Counter(map(normalised, plain.values()))
    return {i: f"{text} ({i})" if alike[normalised(text)] > 1 else text for i, text in plain.items()}


def reasons_offered(question: Question) -> Mapping[str, str]:
    """Why there may be no answer, in words, by the word of a blank; `n/a` where it may not apply."""
    words = {word: _(BLANK_REASONS[word]) for word in offered_words(question)}
    return words | ({NOT_APPLICABLE_TEXT: _("Does not apply")} if question.na == "reason" else {})


def part_label(edition: Edition, line: QuestionnaireLine) -> str:
    """What a line below a question is about."""
    if line.kind == "place":
        return country_name(line.part)
    question = edition.questions[line.about]
    return _(_BOX_WORDS[line.part]) if question.places else option_label(question, line.part)


def too_long_for_cells(sheet: AnswerSheet) -> Sequence[str]:
    """The ids of questions with a text that is longer than a cell holds, and would be cut."""
    texts = {
        question: answer.reason if isinstance(answer, NotApplicable) else write_answer(answer)
        for question, answer in sheet.answers.items()
    }
    units = {question: len(text.encode("utf-16-le", "replace")) // 2 for question, text in texts.items()}
    return [question for question, length in units.items() if length > LONGEST_TEXT]


def instructions(address: str) -> Sequence[tuple[str, str]]:
    """How it is filled in and sent back, in short paragraphs with headings. `address`: of the page that takes it."""
    back = _("Upload it on the page of your questionnaire. You see what it changes before anything is saved.")
    return (
        (
            _("Fill in"),
            " ".join((_("Write in the framed cells. Where a cell has a list, choose from it."), _(BEST_ANSWER))),
        ),
        (
            _("No answer yet"),
            _(
                "Leave the cell empty, or choose in the next column why there is no answer. “Does not apply” needs "
                "a reason, and “Said in another document” the title of the document."
            ),
        ),
        (
            _("Some questions wait for others"),
            _("One column says when a question is asked. You may answer it anyway: it counts once it is asked."),
        ),
        (
            _("Evidence"),
            _(
                "Name the document and quote the passage word for word, or give a link. Evidence that is there "
                "already stays; it can be removed on the web only."
            ),
        ),
        (_("Send it back"), f"{back} {address}".strip()),
        (
            _("No case details"),
            _("Words and numbers only. Never add pictures or details of children or of incidents."),
        ),
        (
            _("If a child is in danger"),
            _("Do not write it here. Call the police, or a hotline in your country:")
            + " childhelplineinternational.org, inhope.org",
        ),
    )
