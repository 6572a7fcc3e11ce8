"""Review workbooks: what each download showed is stored, and the verdicts of an upload are saved once."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AlreadyDecided, AnswerEdit, NotFound, SavedVerdicts, VerdictEdit
from compliance.store.workbooks import (
    RecordedUpload,
    apply_upload,
    discard_upload,
    record_download,
    record_upload,
    workbook_download,
    workbook_upload,
    workbook_uploads,
)
from tests.support.stores import NOON, World, hand_in, save

DAY = date(2027, 1, 31)
DIGEST = "a" * 64


@pytest.fixture
def submitted(session: Session, world: World) -> int:
    """The id of a submission with two answers, assigned to the auditor."""
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o2"))
    number = hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    return number


def judge(session: Session, world: World, submission: int, *edits: VerdictEdit) -> None:
    number, by = world.assessment, world.auditor.id
    assert store.save_determinations(session, number, edits, submission=submission, by=by, at=NOON).is_saved


def take(session: Session, world: World, submission: int) -> int:
    shown = store.determinations(session, world.assessment).values()
    return record_download(session, world.assessment, submission, shown, by=world.auditor.id, at=NOON)


def bring(session: Session, world: World, download: int | None = None) -> RecordedUpload:
    number = record_upload(
        session,
        world.assessment,
        download_id=download,
        file_name="review\0.xlsx",
        digest=DIGEST,
        size=12,
        by=world.auditor.id,
        at=NOON,
    )
    return workbook_upload(session, world.assessment, number)


def apply(
    session: Session, world: World, upload: RecordedUpload, submission: int, *edits: VerdictEdit
) -> SavedVerdicts:
    return apply_upload(session, upload, edits, submission=submission, by=world.auditor.id, at=NOON)


def test_a_verdict_is_kept_with_the_day_of_its_next_review(session: Session, world: World, submitted: int) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "adjusted", "o2", "Page 4.", next_review=DAY))
    kept = store.determinations(session, world.assessment)["q1"]
    assert (kept.comment, kept.next_review) == ("Page 4.", DAY)
    told = store.history(session, f"assessment/{world.assessment}/determination/q1")
    assert told[-1].after == "adjusted\no2\nPage 4.\n2027-01-31"
    again = VerdictEdit("q1", "adjusted", "o2", "Page 4.", seen=kept.version, next_review=None)
    judge(session, world, submitted, again)  # a verdict with another day is another verdict
    assert store.determinations(session, world.assessment)["q1"].next_review is None
    judge(session, world, submitted, VerdictEdit("q1", "", next_review=DAY, seen=kept.version + 1))
    assert store.determinations(session, world.assessment) == {}


def test_verdicts_are_stored_as_a_workbook_showed_them_when_it_was_downloaded(
    session: Session, world: World, submitted: int
) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "confirmed", comment="“Seen”\n", next_review=DAY))
    number = take(session, world, submitted)
    seen = store.determinations(session, world.assessment)["q1"].version
    judge(session, world, submitted, VerdictEdit("q1", "not-shown", seen=seen))
    out = workbook_download(session, world.assessment, number)
    assert out.verdicts == {"q1": VerdictEdit("q1", "confirmed", "", "“Seen”", seen, DAY)}
    assert (out.submission_id, out.by, out.at) == (submitted, "Audun", NOON)
    assert store.verify_trail(session) is None


def test_nobody_reads_the_workbook_of_another_assessment(session: Session, world: World, submitted: int) -> None:
    number, upload = take(session, world, submitted), bring(session, world)
    for assessment, found in ((world.assessment + 1, number), (world.assessment, number + 1)):
        with pytest.raises(NotFound):
            workbook_download(session, assessment, found)
    for assessment, found in ((world.assessment + 1, upload.id), (world.assessment, upload.id + 1)):
        with pytest.raises(NotFound):
            workbook_upload(session, assessment, found)


def test_what_a_workbook_showed_cannot_be_altered_unnoticed(session: Session, world: World, submitted: int) -> None:
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    take(session, world, submitted)
    assert store.verify_trail(session) is None
    session.execute(text("UPDATE workbook_download SET verdicts = '{}'"))
    assert store.verify_trail(session) is not None


def test_a_workbook_that_came_back_is_listed_with_what_became_of_it(
    session: Session, world: World, submitted: int
) -> None:
    first = bring(session, world, take(session, world, submitted))
    second = bring(session, world)
    assert [one.id for one in workbook_uploads(session, world.assessment)] == [second.id, first.id]
    assert (first.file_name, first.digest, first.by, first.applied_at) == ("review.xlsx", DIGEST, "Audun", None)
    assert apply(session, world, first, submitted, VerdictEdit("q1", "confirmed")).changed == 1
    applied = workbook_upload(session, world.assessment, first.id)
    assert (applied.applied_at, applied.changed) == (NOON, 1)
    told = store.history(session, f"assessment/{world.assessment}/workbook/{first.id}")
    assert [entry.after for entry in told] == [f"review.xlsx\n{DIGEST}", "applied: 1"]
    assert store.verify_trail(session) is None


def test_all_verdicts_of_a_workbook_are_saved_or_none(session: Session, world: World, submitted: int) -> None:
    upload = bring(session, world)
    judge(session, world, submitted, VerdictEdit("q1", "confirmed"))
    session.commit()
    saved = apply(session, world, upload, submitted, VerdictEdit("q1", "not-shown"), VerdictEdit("q2", "confirmed"))
    assert [conflict.wanted.question for conflict in saved.conflicts] == ["q1"]
    session.rollback()
    assert store.determinations(session, world.assessment).keys() == {"q1"}
    assert workbook_upload(session, world.assessment, upload.id).applied_at is None


def test_a_workbook_is_applied_once_and_then_neither_again_nor_discarded(
    session: Session, world: World, submitted: int
) -> None:
    upload = bring(session, world)
    apply(session, world, upload, submitted, VerdictEdit("q1", "confirmed"))
    session.commit()
    head = store.trail_head(session)
    with pytest.raises(AlreadyDecided):
        apply(session, world, upload, submitted, VerdictEdit("q1", "confirmed"))
    session.rollback()
    with pytest.raises(AlreadyDecided):
        discard_upload(session, upload, by=world.auditor.id, at=NOON)
    session.rollback()
    assert store.trail_head(session) == head


def test_a_discarded_workbook_is_deleted_and_the_trail_has_its_digest(
    session: Session, world: World, submitted: int
) -> None:
    upload = bring(session, world)
    discard_upload(session, upload, by=world.auditor.id, at=NOON)
    assert workbook_uploads(session, world.assessment) == ()
    with pytest.raises(AlreadyDecided):
        discard_upload(session, upload, by=world.auditor.id, at=NOON)
    told = store.history(session, f"assessment/{world.assessment}/workbook/{upload.id}")
    assert (told[-1].before, told[-1].after) == (DIGEST, "discarded")
