"""The answers behind a scorecard, and the other content of its workbook, for its company and for its auditors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

from werkzeug.utils import secure_filename

from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.improvement.plan import improve
from compliance.languages.labels import lens_value_label
from compliance.narrative.score_wording import by_choice_words
from compliance.questionnaire.answer_parser import read_verdict
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.questionnaire.portions import PORTION_LENS
from compliance.questionnaire.routing import Route
from compliance.store import (
    AuditorVerdict,
    FrozenSubmission,
    SavedAnswer,
    claimed_sheet,
    determinations,
    submissions_of,
    submitted_answers,
    submitted_sheet,
    verdicts_before,
)
from compliance.store.assessment_periods import snapshot_digests
from compliance.store.passage_checks import PassageCheck, passage_checks
from compliance.store.passage_marks import PassageKey, SubmittedPassage, submitted_passages
from compliance.store.workbooks import record_download
from compliance.web.accounts import me
from compliance.web.caches import cached_for_page
from compliance.web.database import db, now
from compliance.web.edition_registry import ServedEdition, edition_submitted
from compliance.web.presenters.evidence import evidence_in_words
from compliance.web.presenters.provisions import LawByRequirement, law_as_of, law_by_requirement
from compliance.web.releases import snapshot_of
from compliance.workbook.scorecard_data import AssessmentMetadata, EarlierSubmission
from compliance.workbook.scorecard_layout import PassageLine


@dataclass(frozen=True)
class AnsweredAssessment:
    """The answers of an assessment, as submitted or as they are now in a draft."""

    assessment_id: int
    organisation: str
    year: int
    voice: str
    asked: ServedEdition
    sheet: AnswerSheet
    answers: Mapping[str, SavedAnswer]
    submitted_at: datetime | None  # None: a draft
    submission_id: int | None = None  # None: a draft
    own: bool = True
    passages: tuple[SubmittedPassage, ...] = ()  # for its auditor

    @property
    def id(self) -> int:
        """The id of the assessment, as other view models name it."""
        return self.assessment_id

    @property
    def edition(self) -> Edition:
        """The main part of the edition, on which scores are based."""
        return self.asked.compiled.edition

    @property
    def facts(self) -> CompanyFacts | None:
        """Facts about the company today, which decide which laws apply to it; None for readers outside the company."""
        return company_facts(self.edition, self.sheet, self.today) if self.today else None

    @property
    def law(self) -> LawByRequirement:
        """The law behind each requirement, computed once for companies with the same facts."""
        facts = self.facts
        return cached_for_page(lambda: law_by_requirement(self.edition, facts), "law by requirement", self.asked, facts)

    @property
    def routes(self) -> Mapping[str, Route]:
        """The route of every question."""
        return self.asked.routes(self.sheet)

    @property
    def today(self) -> date | None:
        """The day on which the company's own reader is told which laws apply; None for an auditor."""
        return now().date() if self.own else None

    @property
    def file_name(self) -> str:
        """A name for files, safe on every system."""
        state = "" if self.submitted_at else "-draft"
        return f"scorecard-{secure_filename(self.organisation) or self.assessment_id}-{self.year}{state}"


def answers_handed_in(submitted: FrozenSubmission, *, own: bool) -> AnsweredAssessment:
    """Return a submission as its own company reads it, or its auditor."""
    asked = edition_submitted(submitted)
    return AnsweredAssessment(
        submitted.assessment_id,
        submitted.organisation,
        submitted.year,
        submitted.voice,
        asked,
        submitted_sheet(db(), submitted, asked.edition),
        submitted_answers(submitted),
        submitted.at,
        submitted.id,
        own=own,
        passages=() if own else submitted_passages(submitted.sheet),
    )


#: Puts marked passages into words, with the checks on them.
PassageWriter: TypeAlias = Callable[
    [Edition, Sequence[SubmittedPassage], Mapping[PassageKey, PassageCheck]], tuple[PassageLine, ...]
]


def workbook_content(read: AnsweredAssessment, passage_lines: PassageWriter) -> tuple[AnswerSheet, AssessmentMetadata]:
    """Return the content of the workbook to download now. An auditor's download is recorded, to be compared later.

    The record is committed, so that it exists for every file sent. `passage_lines`: see `presenters.marked_passages`.
    """
    at = now()
    sheet, shown = (read.sheet, {}) if read.own else _with_verdicts(read)
    checks = passage_checks(db(), read.assessment_id) if read.passages else {}
    number = None
    if read.submission_id is not None and not read.own:
        said = [checks[one.key] for one in read.passages if one.key in checks] if read.passages else None
        number = record_download(
            db(), read.assessment_id, read.submission_id, shown.values(), by=me().id, at=at, checks=said
        )
        db().commit()
    return sheet, AssessmentMetadata(
        company=read.organisation,
        period=str(read.year),
        law_as_of=law_as_of(read.edition),
        today=read.today,
        voice=read.voice,
        reasons={i: kept.reason for i, kept in read.answers.items() if kept.reason},
        evidence={i: evidence_in_words(kept) for i, kept in read.answers.items() if kept.evidence},
        comments={i: verdict.comment for i, verdict in shown.items() if verdict.comment},
        next_reviews={i: verdict.next_review for i, verdict in shown.items() if verdict.next_review},
        passages=passage_lines(read.asked.edition, read.passages, checks),
        by_choice=scores_by_choice(read),
        improvement_plan=improve(read.asked.compiled, sheet) if read.edition.bands else None,
        assessment=str(read.assessment_id),
        submission=read.submitted_at.isoformat(timespec="seconds") if read.submitted_at else "",
        downloaded_by=me().person.name,
        downloaded_at=at.isoformat(timespec="seconds"),
        download=str(number or ""),
        published=snapshot_to_compare(read.year),
        earlier=_earlier(read),
    )


def scores_by_choice(read: AnsweredAssessment) -> tuple[str, ...]:
    """Return a sentence on the score of each chosen portion, which affects no other score."""
    return tuple(
        by_choice_words(lens_value_label(read.edition, PORTION_LENS, portion), standing)
        for portion, standing in read.asked.scores_by_choice(read.sheet).items()
    )


def snapshot_to_compare(year: int) -> PublishedSnapshot | None:
    """Return the publication of a year, or else the latest, or None if nothing is published."""
    digests = snapshot_digests(db())
    compared = year if year in digests else next(iter(digests), None)
    return None if compared is None else snapshot_of(compared, digests[compared])


def _earlier(read: AnsweredAssessment) -> tuple[EarlierSubmission, ...]:
    """Return the submission before the one that is read, or for a draft the latest, if any. Drafts have no verdicts."""
    handed_in = submissions_of(db(), read.assessment_id)
    newer = handed_in[0] if handed_in and read.submitted_at else None
    before = handed_in[1:2] if newer else handed_in[:1]
    found = []
    for one in before:
        compiled = edition_submitted(one).compiled
        verdicts = verdicts_before(db(), one.assessment_id, compiled.edition.questions, newer.at) if newer else ()
        found.append(EarlierSubmission(compiled, claimed_sheet(one, compiled.edition, verdicts), one.at.date()))
    return tuple(found)


def _with_verdicts(read: AnsweredAssessment) -> tuple[AnswerSheet, Mapping[str, AuditorVerdict]]:
    """Return the sheet, and the verdicts on it with their comments, both from one read of the database."""
    kept = determinations(db(), read.assessment_id)
    shown = {question: kept[question] for question in read.sheet.verdicts if question in kept}
    found = ((i, read_verdict(read.edition.questions[i], one.verdict, one.value)) for i, one in shown.items())
    verdicts = {question: verdict for question, verdict in found if verdict is not None}
    return replace(read.sheet, verdicts=verdicts), {i: verdict for i, verdict in shown.items() if i in verdicts}
