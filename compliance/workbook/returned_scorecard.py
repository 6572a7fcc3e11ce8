"""A returned scorecard as it was read, to be compared, to save its verdicts, or to write it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.csv_table import AnswerFileFault
from compliance.workbook.fingerprint import Fingerprint
from compliance.workbook.scorecard_layout import OwnColumn, PassageLine


@dataclass(frozen=True, slots=True)
class ReturnedVerdict:
    """An auditor's entries for one question, and their cells."""

    question: str
    verdict: Literal["confirmed", "adjusted", "not-shown", ""]  # the empty text: not reviewed
    value: str = ""  # the adjusted answer, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None
    cells: Mapping[str, str] = field(default_factory=dict)  # by part, as in VERDICT_PARTS, and claim: "Review!K36"


@dataclass(frozen=True, slots=True)
class ReturnedPassages:
    """A returned sheet *Passages*, by the keys of its passages."""

    sheet: str
    checks: Mapping[str, bool | None]  # the judgement of each passage without a fault; None: not judged
    cells: Mapping[str, str]  # cell of the judgement: "Passages!H6"
    lines: tuple[PassageLine, ...]  # as its cells have them
    remarks: tuple[AnswerFileFault, ...]
    faults: tuple[AnswerFileFault, ...]


@dataclass(frozen=True, slots=True)
class ReturnedScorecard:
    """A returned scorecard: its answers and verdicts, and everything next to them."""

    sheet: AnswerSheet
    fingerprint: Fingerprint
    reasons: Mapping[str, str]  # by question, as is evidence
    evidence: Mapping[str, str]
    comments: Mapping[str, str]  # an auditor's, by the key of a line of *Review*
    verdicts: Mapping[str, ReturnedVerdict]  # of every question that has a row, judged or not
    own_columns: tuple[OwnColumn, ...]
    remarks: tuple[AnswerFileFault, ...]  # on content that is ignored and changes nothing
    faults: tuple[AnswerFileFault, ...] = ()  # in an auditor's entries, and in rows
    locked_faults: tuple[AnswerFileFault, ...] = ()  # in a company's answers
    unread: frozenset[str] = frozenset()  # questions with one of `faults`, whose verdicts were not read
    sheet_name: str = ""  # of the sheet with the answers
    passages: ReturnedPassages | None = None  # None: there is no such sheet
