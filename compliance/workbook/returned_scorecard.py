"""A scorecard that came back: what was read of it, for whoever compares it, saves its verdicts or writes it anew."""

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
    """What an auditor's cells say of one question, and where each of them stands."""

    question: str
    verdict: Literal["confirmed", "adjusted", "not-shown", ""]  # the empty text: not reviewed
    value: str = ""  # the answer that an adjusted one is adjusted to, as `write_answer` spells it
    comment: str = ""
    next_review: date | None = None
    cells: Mapping[str, str] = field(default_factory=dict)  # by part, as in VERDICT_PARTS, and claim: "Review!K36"


@dataclass(frozen=True, slots=True)
class ReturnedPassages:
    """The sheet *Passages* that came back, by the keys of its passages."""

    sheet: str
    checks: Mapping[str, bool | None]  # what is said of each that was read; None: not judged
    cells: Mapping[str, str]  # where that stands: "Passages!H6"
    lines: tuple[PassageLine, ...]  # as its cells have them
    remarks: tuple[AnswerFileFault, ...]
    faults: tuple[AnswerFileFault, ...]


@dataclass(frozen=True, slots=True)
class ReturnedScorecard:
    """A scorecard that came back: its answers and verdicts, and all that stands beside them."""

    sheet: AnswerSheet
    fingerprint: Fingerprint
    reasons: Mapping[str, str]  # by question, as the two below
    evidence: Mapping[str, str]
    comments: Mapping[str, str]  # an auditor's, by the key of a line of *Review*
    verdicts: Mapping[str, ReturnedVerdict]  # of every question that has a row, judged or not
    own_columns: tuple[OwnColumn, ...]
    remarks: tuple[AnswerFileFault, ...]  # on what is passed over and moves nothing
    faults: tuple[AnswerFileFault, ...] = ()  # in what an auditor fills in, and in rows
    locked_faults: tuple[AnswerFileFault, ...] = ()  # in what a company has said
    unread: frozenset[str] = frozenset()  # questions with one of the former, whose verdicts were not read
    sheet_name: str = ""  # of the sheet that all this stands on
    passages: ReturnedPassages | None = None  # None: there is no such sheet
