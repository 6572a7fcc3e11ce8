"""A returned questionnaire as it was read, to be compared, or turned into an answers file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answer_parser import read_answer, read_profile
from compliance.questionnaire.answers import Answer, AnswerSheet, BlankWord
from compliance.questionnaire.csv_table import AnswerFileFault
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.workbook.fingerprint import QuestionnaireMark
from compliance.workbook.questionnaire_lines import LineColumn, QuestionnaireLine, StatedAnswer
from compliance.workbook.reader import ReadCell

_NEW_COPY = N_("take a new questionnaire, and copy the answers into it")


def remedy_for(why: str) -> str:
    """Return why a questionnaire cannot be read, a translated message, followed by what to do."""
    return _("%(which)s: %(what)s", which=why, what=_(_NEW_COPY))


@dataclass(frozen=True, slots=True)
class TypedEvidence:
    """Evidence entered next to an answer: a passage of a document, a link, or both."""

    document: str = ""
    page: str = ""
    passage: str = ""
    link: str = ""

    @property
    def flaw(self) -> str:
        """What is missing or wrong, in words; "" if nothing is."""
        if (self.page or self.passage) and not self.document:
            return _("Name the document in which this is stated.")
        if self.document and not self.passage:
            return _("Quote the sentence that supports your answer.")
        is_address = self.link.startswith(("https://", "http://")) and "." in self.link
        if self.link and (not is_address or set(self.link) & set(" \t\n<>\"'")):
            return _("Enter an address that begins with https://")
        return ""


@dataclass(frozen=True)
class ReturnedQuestionnaire:
    """A returned questionnaire: its answers, and those shown at the download, by question or `profile.<field>`."""

    mark: QuestionnaireMark
    answers: Mapping[str, StatedAnswer]  # of all its questions and fields without a fault
    shown: Mapping[str, StatedAnswer]  # answers at the download
    versions: Mapping[str, int]  # of the answers shown
    evidence: Mapping[str, TypedEvidence]  # to add
    evidenced: frozenset[str]  # questions that had evidence, or have it now
    cells: Mapping[str, str]  # cell of each answer: "2 Remedy!E14"
    faults: tuple[AnswerFileFault, ...]
    remarks: tuple[AnswerFileFault, ...]  # on content that is ignored and changes nothing

    def as_sheet(self, edition: Edition) -> AnswerSheet:
        """Return the answers as an answer sheet. `edition`: the one they were read with."""
        profile: dict[str, str | float] = {}
        answers: dict[str, Answer] = {}
        words: dict[str, BlankWord] = {}
        for about, said in self.answers.items():
            if about.startswith(PROFILE_PREFIX):
                name = about.removeprefix(PROFILE_PREFIX)
                value = read_profile(edition.profile[name], said.text)
                profile |= {} if value is None else {name: value}
            elif said.word:
                words[about] = BlankWord(said.word, said.title)
            elif (answer := read_answer(edition.questions[about], said.text, said.reason)) is not None:
                answers[about] = answer
        return AnswerSheet(self.mark.company, profile, answers, self.evidenced & answers.keys(), words=words)


@dataclass(slots=True)
class ReturnedCells:
    """The returned rows of one question or field: their places and cells."""

    place: str = ""  # of its answer
    said: dict[LineColumn, ReadCell] = field(default_factory=dict)  # cells of its own row
    parts: list[tuple[QuestionnaireLine, str, ReadCell, ReadCell]] = field(default_factory=list)  # cell, text, answer
    countries: list[tuple[str, str, ReadCell]] = field(default_factory=list)  # code, cell, answer
    is_faulty: bool = False
