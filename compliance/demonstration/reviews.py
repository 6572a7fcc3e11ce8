"""Reviews of the demonstration: in every state, signed off before and after closing, and corrections."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from compliance import store
from compliance.demonstration.synthetic_companies import SIGN_IN_COMPANY
from compliance.narrative.sign_off_words import statement_words
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import OVERALL, Edition, Node, Question
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.progress import open_to_verdicts
from compliance.scoring.serialisation import submission_json_writer
from compliance.scoring.standing import record_from_json, recorded_standing
from compliance.scoring.verified_card import card_digest, review_coverage, verified_card
from compliance.store import reopenings
from compliance.store.independence import declare_interest
from compliance.store.sign_offs import revoke_sign_off, sign_off

VERDICTS_SEED = 38
#: Reviews of the open year, in the order of the auditor's list: state, and days until due.
REVIEWS = (
    ("to-do", 14),
    ("to-do", -10),
    ("in-review", 21),
    ("ready", 7),
    ("signed", -20),
    ("revoked", 3),
    ("again", 30),
)
#: How many companies that agreed to be named are reviewed in each sector before a period is closed.
REVIEWED_BEFORE_CLOSING = 2


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    """The ids of the people who sign in."""

    company: int
    auditor: int
    steward: int
    advocate: int


def review_before_closing(session: Session, edition: Edition, people: DemoAccounts, year: int) -> None:
    """Sign off some companies of each sector that agreed to be named, so that their verified scores are published."""
    reviewed: Counter[str] = Counter()
    when = datetime(year, 11, 20, 9, tzinfo=UTC)
    for one in store.iter_latest_submissions(session, year):
        if one.consent != "named" or one.organisation == SIGN_IN_COMPANY:
            continue
        if reviewed[one.sector] < REVIEWED_BEFORE_CLOSING and _has_score(one):
            reviewed[one.sector] += 1
            _assign(session, one, people, at=one.at, due=when.date())
            _judge(session, edition, one, people, edition.themes, at=when)
            _sign(session, edition, one, people, at=when)


def _has_score(submitted: store.FrozenSubmission) -> bool:
    standing = recorded_standing(record_from_json(submitted.scores), "claimed", OVERALL)
    return standing is not None and standing["score"] is not None


def review_open_period(session: Session, edition: Edition, people: DemoAccounts, at: datetime) -> None:
    """Make reviews of the open year in every state, and sign off last year's review of the company that signs in.

    No period is closed after them, so published figures do not change.
    """
    assigned = store.assessments_for_auditor(session, people.auditor)
    (lead,) = (one for one in assigned if one.organisation == SIGN_IN_COMPANY and one.year == at.year - 1)
    _judge(session, edition, lead, people, edition.themes, at=at)
    _sign(session, edition, lead, people, at=at)
    now = store.latest_submissions(session, at.year)
    for one, (state, days) in zip(now, REVIEWS, strict=False):
        _assign(session, one, people, at=one.at, due=at.date() + timedelta(days=days))
        if state == "to-do":
            continue
        themes = edition.themes[:2] if state == "in-review" else edition.themes
        _judge(session, edition, one, people, themes, at=max(at, one.at))
        if state in ("signed", "revoked", "again"):
            number = _sign(session, edition, one, people, at=max(at, one.at))
            if state == "revoked":
                why = "One document was read in an older version. It is read again."
                revoke_sign_off(session, one.assessment_id, sign_off=number, why=why, by=people.auditor, at=at)
            elif state == "again":
                _submit_again(session, edition, one, people, at=max(at, one.at))
    tied = now[len(REVIEWS)]
    _assign(session, tied, people, at=tied.at, due=at.date())
    what = "I trained its staff until last year."
    declare_interest(session, people.auditor, tied.organisation_id, what=what, by=people.auditor, at=at)


def _assign(
    session: Session, one: store.FrozenSubmission, people: DemoAccounts, *, at: datetime, due: date | None = None
) -> None:
    store.assign_auditor(session, one.assessment_id, auditor=people.auditor, by=people.steward, at=at, due=due)


def _submit_again(
    session: Session, edition: Edition, one: store.FrozenSubmission, people: DemoAccounts, *, at: datetime
) -> None:
    """Submit the same answers again, with a reopening, as there is a sign-off."""
    reason = "The company wants to be reviewed once more."
    reopenings.open_reopening(session, one.assessment_id, reason=reason, by=people.auditor, at=at)
    store.submit(
        session,
        one.assessment_id,
        by=None,
        at=at,
        edition=edition,
        consent=one.consent,
        scores=lambda _sheet: one.scores,
    )


def _judge(
    session: Session,
    edition: Edition,
    one: store.FrozenSubmission,
    people: DemoAccounts,
    themes: Sequence[Node],
    *,
    at: datetime,
) -> None:
    """Save a verdict on every answer in these themes that is open to verdicts."""
    sheet, rng = store.claimed_sheet(one, edition), np.random.default_rng([VERDICTS_SEED, one.assessment_id])
    judgeable = open_to_verdicts(compile_edition(edition).edition, sheet)
    questions = [q for theme in themes for q in theme.questions() if q.id in judgeable and q.id in sheet.answers]
    verdicts = [_verdict(question, sheet, rng.random()) for question in questions]
    store.save_determinations(session, one.assessment_id, verdicts, submission=one.id, by=people.auditor, at=at)


def _sign(
    session: Session, edition: Edition, one: store.FrozenSubmission, people: DemoAccounts, *, at: datetime
) -> int:
    """Sign off the verdicts, and return the id of the sign-off."""
    compiled, sheet = compile_edition(edition), store.submitted_sheet(session, one, edition)
    given = store.determinations(session, one.assessment_id).values()
    card = verified_card(compiled, sheet, one, given)
    coverage = review_coverage(compiled.edition, sheet)
    return sign_off(
        session,
        one.assessment_id,
        submission=one.id,
        seen=card_digest(card),
        card=lambda _verdicts: card,
        name="Example Auditor",
        statement=statement_words(coverage, company=one.organisation, year=one.year),
        by=people.auditor,
        at=at,
    )


def _verdict(question: Question, sheet: AnswerSheet, luck: float) -> store.VerdictEdit:
    """Return a verdict: usually confirmed if there is evidence, else adjusted to the option before, or not shown."""
    answer, options = sheet.answers[question.id], [option.id for option in question.options]
    if isinstance(answer, NotApplicable) or luck < (0.8 if question.id in sheet.evidenced else 0.4):
        return store.VerdictEdit(question.id, "confirmed")
    if question.kind == "one" and luck < 0.9 and options.index(str(answer)):
        less = options[options.index(str(answer)) - 1]
        return store.VerdictEdit(question.id, "adjusted", less, "The documents show less than was answered.")
    return store.VerdictEdit(question.id, "not-shown", comment="Nothing was found that shows it.")


def correct_what_is_final(session: Session, edition: Edition, people: DemoAccounts, at: datetime) -> None:
    """Make corrections of last year, which is published: one requested, one open, one submitted by a named company."""
    year_before = [one for one in store.assessments_for_auditor(session, people.auditor) if one.year == at.year - 1]
    lead = [one for one in year_before if one.organisation == SIGN_IN_COMPANY]
    others = [one for one in year_before if one.organisation != SIGN_IN_COMPANY]
    named = [one for one in others if one.consent == "named"][:1]
    for one in lead:
        reason = "We counted the hotels of one country twice."
        reopenings.ask_to_reopen(session, one.assessment_id, reason=reason, by=people.company, at=at)
    for one in [*named, *(other for other in others if other not in named)][:2]:
        reason = "The company wrote that an answer is about the year before."
        reopenings.open_reopening(session, one.assessment_id, reason=reason, by=people.auditor, at=at)
    for one in named:
        _correct(session, one, edition, at)


def _correct(session: Session, submitted: store.FrozenSubmission, edition: Edition, at: datetime) -> None:
    """Submit again, lowering the first answer that can be lowered by one option."""
    number, answers = submitted.assessment_id, store.claimed_sheet(submitted, edition).answers
    choices = {q.id: [option.id for option in q.options] for q in edition.questions.values() if q.kind == "one"}
    question, options = next((i, ids) for i, ids in choices.items() if answers.get(i) in ids[1:])
    less = options[options.index(str(answers[question])) - 1]
    seen = store.saved_answers(session, number)[question].version
    store.save_answers(session, number, [store.AnswerEdit(question, less, seen=seen)], by=None, at=at)
    scores = submission_json_writer(compile_edition(edition))
    store.submit(session, number, by=None, at=at, edition=edition, consent=submitted.consent, scores=scores)
