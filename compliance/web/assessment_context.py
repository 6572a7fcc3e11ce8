"""An assessment while it is answered: read with its answers, saved, and compared with its submission.

Saving keeps every valid answer in one transaction before errors in the others are reported. After a submission,
the submitted version counts until the company submits again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from flask import url_for

from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.answers import AnswerSheet, BlankWord
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.questionnaire.law import CompanyFacts, company_facts
from compliance.questionnaire.routing import Route, counted_sheet
from compliance.scoring.progress import Progress, progress_of, questions_in
from compliance.store import (
    AnswerEdit,
    AssessmentSummary,
    EditConflict,
    EvidenceItem,
    FrozenSubmission,
    Link,
    NotFound,
    SavedAnswer,
    add_evidence,
    evidence_of,
    latest_submission,
    save_answers,
    saved_answers,
    submitted_answers,
)
from compliance.store.assessments import ParsedSheet, parse_sheet
from compliance.store.audit_trail import storable_text
from compliance.store.comments import add_comments
from compliance.store.evidence import LibraryUse, NewEvidence, RestsOn, is_evidenced, remove_evidence
from compliance.store.evidence_library import LibraryItem
from compliance.web.accounts import me
from compliance.web.answer_forms import FieldError, PostedAnswer
from compliance.web.database import db, now
from compliance.web.edition_registry import CACHED_SHEETS, ServedEdition, editions
from compliance.web.pagination import AskedTable, QuestionPlace, asked_tables

_NO_SUCH_ITEM = N_("Nothing of this name is in your library. Choose from the list, or add it to the library first.")


@dataclass(frozen=True, slots=True)
class UnsubmittedChanges:
    """The differences between an assessment and the submission that counts."""

    at: datetime  # of the submission
    questions: frozenset[str]  # whose answer or evidence has changed; profile fields as `profile.<field>`

    def among(self, ids: Iterable[str]) -> int:
        """Return how many of these questions differ."""
        return sum(1 for i in ids if i in self.questions)


@dataclass(frozen=True)
class AssessmentContext:
    """One assessment of the user's own company, with its current answers."""

    assessment: AssessmentSummary
    served_edition: ServedEdition
    saved_answers: dict[str, SavedAnswer]  # answers and evidence by question id; the profile as `profile.<field>`
    sheet: AnswerSheet
    routes: dict[str, Route]
    not_carried: tuple[SavedAnswer, ...] = ()  # without a place in the current edition, or unreadable in it

    @property
    def edition(self) -> Edition:
        """The edition."""
        return self.served_edition.edition

    @cached_property
    def facts(self) -> CompanyFacts:
        """Facts about the company today, which decide which laws apply to it."""
        return company_facts(self.edition, self.sheet, now().date())

    @cached_property
    def answered(self) -> frozenset[str]:
        """The questions that count as answered. Ticked places do not count while the list of places is blank."""
        return frozenset(counted_sheet(self.edition, self.sheet).answers)

    @cached_property
    def carried_answers(self) -> Mapping[str, SavedAnswer]:
        """The saved answers for which the current edition has a place."""
        lost = {kept.question for kept in self.not_carried}
        return {question: kept for question, kept in self.saved_answers.items() if question not in lost}

    @cached_property
    def saved_texts(self) -> Mapping[str, str]:
        """The answer texts by question id, in the spelling of `write_answer`."""
        return {question: kept.text for question, kept in self.saved_answers.items() if kept.text}

    @property
    def saved_at(self) -> datetime | None:
        """When an answer was last saved."""
        return max((kept.at for kept in self.saved_answers.values() if kept.at), default=None)

    @cached_property
    def progress(self) -> Progress:
        """The progress of the answers."""
        return progress_of(self.edition, self.sheet, self.routes, questions_in(self.edition))

    @cached_property
    def places(self) -> Mapping[str, QuestionPlace]:
        """The theme and page of each question, by question id."""
        return self.served_edition.places(self.sheet)

    @cached_property
    def tables(self) -> tuple[AskedTable, ...]:
        """The tables of questions as they are asked at present."""
        return asked_tables(self.edition, self.routes)

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """The column headings of questions that are answered in a table, by question id."""
        return {question.id: heading for table in self.tables for question, heading in table.columns}

    def address_of(self, question_id: str, **query: str | None) -> str:
        """Return the address where a question or profile field is answered. `query`: further query parameters."""
        number, anchor, place = self.assessment.id, f"at-{question_id}", self.places.get(question_id)
        more: dict[str, Any] = {**query, "_anchor": anchor}
        if place:
            page = place.page if place.page > 1 else None
            return url_for("company.theme", assessment_id=number, theme=place.theme, page=page, **more)
        if question_id.startswith(PROFILE_PREFIX):
            more["_anchor"] = f"p-{question_id.removeprefix(PROFILE_PREFIX)}"
        return url_for("company.profile", assessment_id=number, **more)


def unsubmitted_changes(here: AssessmentContext) -> UnsubmittedChanges | None:
    """Return the changes since the submission, or None without a submission."""
    if here.assessment.submitted_at is None:
        return None
    return changes_since(latest_submission(db(), here.assessment.id), here.carried_answers)


def changes_of(assessed: AssessmentSummary, submitted: FrozenSubmission) -> UnsubmittedChanges:
    """Return the changes since a submission, also if this installation no longer has the edition of the assessment."""
    kept = dict(saved_answers(db(), assessed.id))
    asked = editions().get(assessed.edition_id)
    if asked is None:
        return changes_since(submitted, kept)
    here = context_with_answers(assessed, asked.asked_with(assessed.chosen_portions), kept)
    return changes_since(submitted, here.carried_answers)


def changes_since(submitted: FrozenSubmission, kept: Mapping[str, SavedAnswer]) -> UnsubmittedChanges:
    """Return the saved answers that differ from those submitted."""
    before = submitted_answers(submitted)
    differ = (i for i in {*before, *kept} if _comparable_answer(before.get(i)) != _comparable_answer(kept.get(i)))
    return UnsubmittedChanges(submitted.at, frozenset(differ))


def _comparable_answer(kept: SavedAnswer | None) -> tuple[object, ...]:
    """Return an answer, or the word of a blank, with its reason and evidence, or () if all of them are empty."""
    if kept is None:
        return ()
    said = (kept.text, kept.word, kept.title, kept.reason, *(piece.rests_on for piece in kept.evidence))
    return said if any(said) else ()


@dataclass(frozen=True)
class SaveOutcome:
    """The outcome of saving a page: the assessment after saving, with errors and conflicts."""

    context: AssessmentContext
    posted: Mapping[str, PostedAnswer]
    conflicts: Mapping[str, EditConflict]
    versions: Mapping[str, int]  # of the answers that are now as posted, by question id; 0: blank
    notices: Sequence[str]  # what the next page says about comments and evidence

    @property
    def faulty(self) -> Mapping[str, PostedAnswer]:
        """Posted answers with errors, by question id."""
        return {question: posted for question, posted in self.posted.items() if posted.errors}

    @property
    def is_clean(self) -> bool:
        """True if everything is saved and no answer has an error."""
        return not self.faulty and not self.conflicts

    @property
    def kept_everything(self) -> bool:
        """True if everything that was written is saved, even if errors must be corrected before submission."""
        errors = [error for posted in self.posted.values() for error in posted.errors.values()]
        return not self.conflicts and all(error.needed_for == "submission" for error in errors)


def save_page(
    opened: AssessmentContext, posted: Sequence[PostedAnswer], library: Callable[[], Mapping[str, LibraryItem]] = dict
) -> SaveOutcome:
    """Save everything that can be saved. `library`: items usable as evidence, by name. Raise PeriodClosed."""
    number, by, at = opened.assessment.id, me().id, now()
    edits = [
        AnswerEdit(p.id, p.text, p.reason, p.version_seen, word=p.word, title=p.title, ask_whom=p.ask_whom)
        for p in posted
        if p.is_saved
    ]
    saved = save_answers(db(), number, edits, by=by, at=at)
    posted, notices = _save_evidence(opened, posted, library, by, at)
    if comments := [(p.id, p.comment) for p in posted if p.comment and "comment" not in p.errors]:
        add_comments(db(), number, comments, by=by, at=at)
        notices.append(ngettext("Your comment is saved.", "Your comments are saved.", len(comments)))
    db().commit()
    conflicts = {c.wanted.question: c for c in saved.conflicts}
    if conflicts or any(p.errors for p in posted):  # the page is shown again, with the current answers
        kept = dict(saved_answers(db(), number))
    else:
        kept = opened.saved_answers | {
            p.id: SavedAnswer(
                p.id, p.text, p.reason, saved.versions[p.id], "", None, word=p.word, title=p.title, ask_whom=p.ask_whom
            )
            for p in posted
        }
    context = context_with_answers(opened.assessment, opened.served_edition, kept)
    return SaveOutcome(context, {p.id: p for p in posted}, conflicts, saved.versions, notices)


def _save_evidence(
    opened: AssessmentContext,
    posted: Sequence[PostedAnswer],
    library: Callable[[], Mapping[str, LibraryItem]],
    by: int,
    at: datetime,
) -> tuple[Sequence[PostedAnswer], list[str]]:
    """Add the evidence that is new, and remove what was marked for removal.

    Return the posted answers, with an error for each name that is not in the library, or no longer, and notices of
    evidence that was already there.
    """
    number = opened.assessment.id
    there = evidence_of(db(), number) if any(p.evidence or p.picked for p in posted) else {}
    known = library() if any(p.picked for p in posted) else {}
    items = {_plain(name): item.id for name, item in known.items()}
    settled, notices = [], []
    for p in posted:
        pieces: list[NewEvidence] = [
            replace(piece, accessed=piece.accessed or at.date()) if isinstance(piece, Link) else piece
            for piece in p.evidence
        ]
        name, part, note = p.picked or ("", "", "")
        if item := items.get(_plain(name)):
            pieces.append(LibraryUse(item, part, note))
        elif name:
            p = replace(p, errors={**p.errors, "item": FieldError(_(_NO_SUCH_ITEM))})
        for piece in pieces:
            if _is_duplicate(piece, p, there.get(p.id, ())):
                question = opened.edition.questions[p.id].ask
                notices.append(
                    _("“%(question)s”: this evidence was already there, so it is kept only once.", question=question)
                )
                continue
            try:
                add_evidence(db(), number, p.id, piece, by=by, at=at)
            except NotFound:
                if not isinstance(piece, LibraryUse):
                    raise
                gone = FieldError(_(_NO_SUCH_ITEM))  # withdrawn since it was found
                p = replace(p, errors={**p.errors, "item": gone})
        for evidence_id in _evidence_to_remove(opened, p):
            remove_evidence(db(), number, evidence_id, by=by, at=at)
        settled.append(p)
    return settled, notices


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()


def _is_duplicate(piece: NewEvidence, posted: PostedAnswer, there: Sequence[EvidenceItem]) -> bool:
    """Tell if the answer already has this piece of evidence and is not losing it in this post."""
    kept = [each for each in there if each.id not in posted.removed_evidence]
    if isinstance(piece, LibraryUse):
        return any((each.item, _plain(each.rests_on.part)) == (piece.item, _plain(piece.part)) for each in kept)
    return any(_comparable_evidence(each.rests_on) == _comparable_evidence(piece) for each in kept)


def _comparable_evidence(piece: RestsOn) -> tuple[object, ...]:
    """Return the fields of a piece of evidence, without differences in spaces and characters that are never stored."""
    return tuple(" ".join(storable_text(said).split()) if isinstance(said, str) else said for said in astuple(piece))


def _evidence_to_remove(opened: AssessmentContext, posted: PostedAnswer) -> list[int]:
    """Return the ids of evidence to remove. Evidence that is already gone or belongs to another question is ignored."""
    kept = opened.saved_answers.get(posted.id)
    return [piece.id for piece in kept.evidence if piece.id in posted.removed_evidence] if kept else []


def context_with_answers(
    assessed: AssessmentSummary, asked: ServedEdition, kept: dict[str, SavedAnswer], *, on: date | None = None
) -> AssessmentContext:
    """Return an assessment with these answers, routed, and with the evidence that counts on a day, by default today."""
    texts = tuple((question, k.text, k.reason) for question, k in kept.items() if k.text)
    day = on or now().date()
    evidenced = frozenset(question for question, k in kept.items() if is_evidenced(k.evidence, day))
    words = tuple((question, BlankWord(k.word, k.title)) for question, k in kept.items() if k.word)
    read = _parsed(asked, assessed.organisation, texts, evidenced, words)
    not_carried = tuple(kept[question] for question in sorted({*read.retired, *read.unreadable}))
    routes = dict(asked.routes(read.sheet))
    return AssessmentContext(assessed, asked, kept, read.sheet, routes, not_carried)


@lru_cache(maxsize=CACHED_SHEETS)
def _parsed(
    asked: ServedEdition,
    company: str,
    texts: tuple[tuple[str, str, str], ...],
    evidenced: frozenset[str],
    words: tuple[tuple[str, BlankWord], ...],
) -> ParsedSheet:
    """Call `parse_sheet`, with a cache, as most pages are opened more often than an answer changes."""
    return parse_sheet(asked.edition, company, texts, evidenced, {}, dict(words))
