"""Reviews signed off as the auditor's page does."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.verified_card import card_digest, review_coverage, verified_card
from compliance.store.sign_offs import sign_off
from tests.support.sites import NOON


def judge_all(
    session: Session, compiled: CompiledEdition, assessment: int, auditor: store.Member, without: Collection[str] = ()
) -> AnswerSheet:
    """Confirm every scored answer of the latest submission except `without`. Return the sheet with its verdicts."""
    submitted = store.latest_submission(session, assessment)
    for question in store.claimed_sheet(submitted, compiled.edition).answers:
        if question not in without and compiled.edition.questions[question].scored:
            store.record_determination(session, assessment, question, verdict="confirmed", by=auditor.id, at=NOON)
    return store.submitted_sheet(session, submitted, compiled.edition)


def sign_review(session: Session, compiled: CompiledEdition, assessment: int, auditor: store.Member) -> int:
    """Sign off the latest submission with its verdicts, and return the id of the sign-off."""
    submitted = store.latest_submission(session, assessment)
    sheet = store.submitted_sheet(session, submitted, compiled.edition)
    assert review_coverage(compiled.edition, sheet).can_be_signed
    card = verified_card(compiled, sheet, submitted, store.determinations(session, assessment).values())
    return sign_off(
        session,
        assessment,
        submission=submitted.id,
        seen=card_digest(card),
        card=lambda _verdicts: card,
        name=auditor.name,
        statement="I have reviewed it.",
        by=auditor.id,
        at=NOON,
    )
