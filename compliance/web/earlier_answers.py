"""Answers of an earlier period, offered beside blanks as "still true?". Each counts only once somebody confirms it.

Offers are not stored. A confirmed answer is saved like any other, with its time and person.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from werkzeug.datastructures import MultiDict

from compliance.languages.interface_messages import SOURCE_LANGUAGE, in_language
from compliance.narrative.answer_wording import saved_answer_words
from compliance.questionnaire.answer_mapping import MappedSheet, map_answers
from compliance.questionnaire.answers import BlankWord, NotApplicable, write_answer
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.questionnaire.routing import YES
from compliance.store import AssessmentSummary, NotFound, SavedAnswer, assessments_of, latest_submission, saved_answers
from compliance.store.assessments import parse_sheet
from compliance.store.evidence import EvidenceItem, KeptFile, LibraryUse, NewEvidence, withdrawn_among
from compliance.store.submissions import submitted_answers
from compliance.web.answer_forms import PostedAnswer
from compliance.web.assessment_context import AssessmentContext
from compliance.web.database import db
from compliance.web.edition_registry import (
    ServedEdition,
    answer_mapping_between,
    edition_by_digest,
    edition_by_id,
)
from compliance.web.presenters.evidence import EarlierAnswer

#: The form field that confirms every earlier answer on the page.
CONFIRM_ALL = "still-true"


@dataclass(frozen=True, slots=True)
class _EarlierAssessment:
    """The answers of the last earlier period, with the edition that they answer."""

    year: int
    asked: ServedEdition  # in the language of the page, if it is offered in it
    in_english: ServedEdition
    answers: Mapping[str, SavedAnswer]


def earlier_answers(here: AssessmentContext, ids: Iterable[str] | None = None) -> Mapping[str, EarlierAnswer]:
    """Return earlier answers to what is blank here, by question and `profile.<field>`; none once the period is closed.

    `ids`: only these; by default, everything that is asked.
    """
    every = (*here.edition.questions, *_profile_ids(here)) if ids is None else ids
    blank = [] if here.assessment.closed else [i for i in every if _is_blank(here, i)]
    before = _assessment_before(here.assessment) if blank else None
    if before is None:
        return {}
    with in_language(SOURCE_LANGUAGE):
        new = edition_by_id(here.edition.id).asked_with(here.assessment.chosen_portions)
    carried = _carried(before.in_english, new, tuple(before.answers.items()))
    found = {**dict(_offered(here, before, new, carried, blank)), **dict(_asked_anew(here, before, carried, blank))}
    pieces = (piece for each in found.values() for piece in each.evidence)
    withdrawn = withdrawn_among(db(), {piece.item for piece in pieces if isinstance(piece.rests_on, KeptFile)})
    return {i: replace(found[i], withdrawn=withdrawn) for i in blank if i in found}


def waiting_answers(here: AssessmentContext, offered: Mapping[str, EarlierAnswer], ids: Iterable[str]) -> int:
    """Return how many of these questions are asked now and have an earlier answer waiting to be confirmed."""
    return sum(1 for i in ids if i in offered and offered[i].text and (i not in here.routes or _is_asked(here, i)))


def with_confirmed(
    posted: Iterable[PostedAnswer], offered: Mapping[str, EarlierAnswer], form: MultiDict[str, str]
) -> list[PostedAnswer]:
    """Return the posted answers, with confirmed earlier answers and their evidence where a blank was posted."""
    return [_confirmed(each, offered.get(each.id), form) for each in posted]


def _confirmed(posted: PostedAnswer, earlier: EarlierAnswer | None, form: MultiDict[str, str]) -> PostedAnswer:
    is_wanted = CONFIRM_ALL in form or f"{posted.id}#still" in form
    if earlier is None or not earlier.text or not is_wanted or posted.text or posted.word or posted.errors:
        return posted
    ticked = form.getlist(f"{posted.id}#keep")
    pieces = [_taken_along(piece) for place, piece in earlier.to_keep if str(place) in ticked]
    return replace(posted, text=earlier.text, reason=earlier.reason, evidence=(*pieces, *posted.evidence))


def _taken_along(piece: EvidenceItem) -> NewEvidence:
    """Return the evidence of an earlier answer for the new one. For a file, the latest version in the library."""
    rests_on = piece.rests_on
    return LibraryUse(piece.item, rests_on.part, rests_on.note) if isinstance(rests_on, KeptFile) else rests_on


def _assessment_before(now: AssessmentSummary) -> _EarlierAssessment | None:
    """Return the company's last assessment of an earlier year, as submitted or else as saved, or None."""
    for found in assessments_of(db(), now.held_by):
        if found.year >= now.year or (found.organisation_id, found.voice) != (now.organisation_id, now.voice):
            continue
        try:
            return _read(found)
        except NotFound:  # this installation no longer has that edition
            continue
    return None


def _read(found: AssessmentSummary) -> _EarlierAssessment:
    if found.submitted_at is None:
        asked = edition_by_id(found.edition_id)
        with in_language(SOURCE_LANGUAGE):
            in_english = edition_by_id(found.edition_id).asked_with(found.chosen_portions)
        return _EarlierAssessment(found.year, asked, in_english, saved_answers(db(), found.id))
    submitted = latest_submission(db(), found.id)
    asked = edition_by_digest(submitted.edition_digest)
    with in_language(SOURCE_LANGUAGE):
        in_english = edition_by_digest(submitted.edition_digest).asked_with(submitted.chosen_portions or "")
    return _EarlierAssessment(found.year, asked, in_english, submitted_answers(submitted))


@lru_cache(maxsize=64)
def _carried(old: ServedEdition, new: ServedEdition, answers: tuple[tuple[str, SavedAnswer], ...]) -> MappedSheet:
    texts = [(i, kept.text, kept.reason) for i, kept in answers if kept.text]
    words = {i: BlankWord(kept.word, kept.title) for i, kept in answers if kept.word}
    read = parse_sheet(old.edition, "", texts, (i for i, kept in answers if kept.evidence), {}, words)
    return map_answers(old.edition, new.edition, answer_mapping_between(old.complete, new.complete), read.sheet)


def _offered(
    here: AssessmentContext,
    before: _EarlierAssessment,
    new: ServedEdition,
    carried: MappedSheet,
    blank: Sequence[str],
) -> Iterator[tuple[str, EarlierAnswer]]:
    """Yield the earlier answers that are valid answers to the current questions."""
    is_same = before.in_english.complete.digest == new.complete.digest
    fields, answers = carried.sheet.profile, carried.sheet.answers
    for i in blank:
        if i.startswith(PROFILE_PREFIX):
            value = fields.get(i.removeprefix(PROFILE_PREFIX))
            if value is not None:
                yield i, _earlier(here.edition, i, before.year, write_answer(value))
            continue
        answer = answers.get(i)
        if answer is None:
            continue
        sources = carried.sources[i]
        whole = before.answers[sources[0]] if len(sources) == 1 else None
        reason = answer.reason if isinstance(answer, NotApplicable) else whole.reason if whole else ""
        yield (
            i,
            _earlier(
                here.edition,
                i,
                before.year,
                write_answer(answer),
                reason,
                changed=not is_same and any(_wording(before.in_english, s) != _wording(new, i) for s in sources),
                evidence=whole.evidence if whole and i in carried.sheet.evidenced else (),
            ),
        )


def _asked_anew(
    here: AssessmentContext, before: _EarlierAssessment, carried: MappedSheet, blank: Collection[str]
) -> Iterator[tuple[str, EarlierAnswer]]:
    """Yield earlier answers to questions that now take other answers. They are shown, but not offered."""
    for lost in carried.unmapped:
        i = lost.target or lost.question
        if lost.why != "gone" and i in blank:
            words = saved_answer_words(before.asked.complete, lost.question, lost.answer)
            yield i, EarlierAnswer(before.year, "", "", words, typed=False, changed=True)


def _earlier(
    edition: Edition,
    question_id: str,
    year: int,
    text: str,
    reason: str = "",
    *,
    changed: bool = False,
    evidence: tuple[EvidenceItem, ...] = (),
) -> EarlierAnswer:
    question = edition.questions.get(question_id)
    words = saved_answer_words(edition, question_id, text, reason)
    return EarlierAnswer(year, text, reason, words, bool(question and question.kind == "text"), changed, evidence)


def _wording(asked: ServedEdition, question_id: str) -> tuple[str, ...]:
    question = asked.complete.questions[question_id]
    return (question.ask, question.help, *(option.text for option in question.options))


def _profile_ids(here: AssessmentContext) -> list[str]:
    return [PROFILE_PREFIX + field for field in here.edition.profile]


def _is_blank(here: AssessmentContext, question_id: str) -> bool:
    kept = here.saved_answers.get(question_id)
    return kept is None or not (kept.text or kept.word)


def _is_asked(here: AssessmentContext, question_id: str) -> bool:
    return here.routes[question_id].asked == YES
