"""The content of a questionnaire workbook: its sheets, their lines, and the answer given to each question.

Shared by the modules that write it and read it back, and by the questionnaire on paper. Each line has a key, which
identifies it wherever it is moved.
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

#: Raised whenever the layout of the sheets changes: workbooks of another format are refused.
QUESTIONNAIRE_FORMAT = "1"
#: Prefix of the marks of columns in the hidden row above the headings, which are the same in every language.
MARK_PREFIX = "article34:"
#: The key of the row of headings.
HEADINGS_KEY = "headings"
#: First cells of the hidden sheets: what each cell showed at the download, and the items of lists.
SHOWN_MARK, LISTS_MARK = f"{MARK_PREFIX}shown", f"{MARK_PREFIX}lists"
#: Names of lists that do not belong to one question. After "instead:" follow the reasons offered, joined by "|".
YES_LIST, COUNTRY_LIST, REASON_LIST = "yes", "country", "instead:"
#: Rows for naming more places: if the company has named none yet, and if it has.
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
        """The name of the column in the hidden row."""
        return MARK_PREFIX + self.name.lower()


#: Columns that people fill in, besides the answer.
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
    """One row: a profile field, a question, or, below a question, something to tick, a place, or a spare row."""

    kind: LineKind
    about: str  # id of the question, or `profile.<field>`
    part: str = ""  # the option, the box, the country, or the number of a spare row

    @property
    def key(self) -> str:
        """The text that identifies the line."""
        return f"{self.kind} {self.about} {self.part}".strip()


def line_of_key(key: str) -> QuestionnaireLine | None:
    """Return the line of a key; None if the text is not a key."""
    kind, _blank, rest = key.partition(" ")
    about, _blank, part = rest.partition(" ")
    if kind in ("field", "question", "tick", "place", "spare") and about:
        return QuestionnaireLine(kind, about, part)  # type: ignore[arg-type]  # one of the kinds, as was checked
    return None


@dataclass(frozen=True, slots=True)
class QuestionnairePart:
    """A sheet of questions: its title, and its lines in order."""

    title: str
    lines: tuple[QuestionnaireLine, ...]


@dataclass(frozen=True, slots=True)
class StatedAnswer:
    """The entry for one question or profile field: an answer, or why it is blank."""

    text: str = ""  # in the spelling of `write_answer`
    reason: str = ""  # why it does not apply
    word: str = ""  # the reason of a blank
    title: str = ""  # of the document that contains the answer


NOTHING_STATED = StatedAnswer()


def stated_answers(sheet: AnswerSheet) -> Mapping[str, StatedAnswer]:
    """Return the answers of a sheet as cells can hold them, by question or `profile.<field>`."""
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
    """Return an answer as cells can hold it, so that unchanged answers compare as equal."""
    text, reason, title = (clean(words).strip() for words in (said.text, said.reason, said.title))
    return StatedAnswer(text, reason, said.word, title)


@dataclass(frozen=True)
class QuestionnaireLayout:
    """The content of a questionnaire: parts in order, and the questions about countries, which share a sheet."""

    edition: Edition
    parts: tuple[QuestionnairePart, ...]
    country_questions: tuple[Question, ...]
    numbers: Mapping[str, str]  # of questions, by id: 2.7 is the seventh of the second sheet

    @property
    def names(self) -> QuestionNames:
        """The names of questions in the words of conditions."""
        return {i: _("question %(number)s", number=number) for i, number in self.numbers.items()}

    @property
    def questions(self) -> Iterator[Question]:
        """All questions of the workbook, in order."""
        lines = (line for part in self.parts for line in part.lines if line.kind == "question")
        return (self.edition.questions[line.about] for line in lines)

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of all questions and profile fields of the workbook; fields as `profile.<field>`."""
        return tuple(line.about for part in self.parts for line in part.lines if line.kind in ("question", "field"))

    def condition(self, question: Question) -> str:
        """Return in words when a question is asked, and when it counts; "" if it has no conditions."""
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
    """Return all that can be asked of a company with this profile, whatever its answers.

    `only`: ids of questions, and of profile fields as `profile.<field>`; None: all.
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
    """Return the codes of the places that a question offers, those listed and those already ticked, sorted by name."""
    listed, ticked = (sheet.answers.get(i) for i in (question.places, question.id))
    codes = {code for value in (listed, ticked) if isinstance(value, tuple) for code in value}
    return sorted(codes - {NO_PLACE, *BOXES}, key=lambda code: sort_key(country_name(code)))


def offered_texts(question: Question) -> Mapping[str, str]:
    """Return the texts of the options by id, all different."""
    return _told_apart({option.id: option_label(question, option.id) for option in question.options})


def offered_values(edition: Edition, profile_field: str) -> Mapping[str, str]:
    """Return the texts of the values of a profile field by id, all different."""
    values = edition.profile[profile_field].values
    return _told_apart({value: profile_value_label(edition, profile_field, value) for value in values})


def _told_apart(texts: Mapping[str, str]) -> Mapping[str, str]:
    plain = {i: " ".join(clean(text).split()) for i, text in texts.items()}
    alike = Counter(map(normalised, plain.values()))
    return {i: f"{text} ({i})" if alike[normalised(text)] > 1 else text for i, text in plain.items()}


def reasons_offered(question: Question) -> Mapping[str, str]:
    """Return the reasons for having no answer, by the word of a blank; with `n/a` if the question may not apply."""
    words = {word: _(BLANK_REASONS[word]) for word in offered_words(question)}
    return words | ({NOT_APPLICABLE_TEXT: _("Does not apply")} if question.na == "reason" else {})


def part_label(edition: Edition, line: QuestionnaireLine) -> str:
    """Return the label of a line below a question."""
    if line.kind == "place":
        return country_name(line.part)
    question = edition.questions[line.about]
    return _(_BOX_WORDS[line.part]) if question.places else option_label(question, line.part)


def too_long_for_cells(sheet: AnswerSheet) -> Sequence[str]:
    """Return the ids of questions with a text that is too long for a cell, and would be cut."""
    texts = {
        question: answer.reason if isinstance(answer, NotApplicable) else write_answer(answer)
        for question, answer in sheet.answers.items()
    }
    units = {question: len(text.encode("utf-16-le", "replace")) // 2 for question, text in texts.items()}
    return [question for question, length in units.items() if length > LONGEST_TEXT]


def instructions(address: str) -> Sequence[tuple[str, str]]:
    """Return how the workbook is filled in and sent back: headings and short texts. `address`: of the upload page."""
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
