"""Data with a retention period are deleted once it has passed, and not before. Data that others need are never due."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, DelayRule, FileStorage
from compliance.store.attempt_counts import count_attempt
from compliance.store.colleague_invitations import invite_colleague
from compliance.store.company_models import ColleagueInvitationRow, JoinRequestRow
from compliance.store.erasures import is_erased
from compliance.store.file_storage import open_file_storage
from compliance.store.models import AttemptCount
from compliance.store.people_and_roles import set_active
from compliance.store.retention import (
    DeletedData,
    clear_unfinished,
    delete_due,
    due_data,
    remove_files,
    unneeded_files,
)
from compliance.store.sign_in_models import SignInSession
from compliance.store.sign_ins import begin_session
from compliance.store.trail_check import trail_difference
from compliance.store.work_models import Job, OutboxMail
from compliance.store.workbooks import record_upload, workbook_uploads
from compliance.web.settings import RETENTION_DAYS
from tests.support.stores import NOON, World, hand_in, save

DAY = timedelta(days=1)


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return open_file_storage(str(tmp_path / "files"))


@pytest.fixture
def busy(session: Session, world: World, storage: FileStorage) -> World:
    """Data of every kind with a retention period, all from NOON, and submitted answers."""
    save(session, world, AnswerEdit("q1", "o1", "Our reason"))
    hand_in(session, world.assessment, by=world.company.id)
    store.add_mail(
        session, kind="any", to="ben@example.org", language="en", person_id=None, subject="For Ben", text="Dear Ben",
        html="", urgency="notice", at=NOON,
    )  # fmt: skip
    delivery = store.take_delivery(session, at=NOON)
    assert delivery is not None
    store.mark_sent(session, delivery, at=NOON)
    home = world.company.organisation_id
    assert home is not None
    for digest in (storage.put(b"one"), storage.put(b"two")):
        record_upload(
            session, world.assessment, download_id=None, file_name="Review.xlsx", digest=digest, size=3,
            by=world.auditor.id, at=NOON,
        )  # fmt: skip
    invite_colleague(
        session,
        home,
        token="t" * 40,
        email="eve@example.org",
        role="reader",
        words="Come",
        by=world.company.id,
        at=NOON,
    )
    store.queue_job(session, "any", "thing/1", by=None, at=NOON)
    job = store.take_job(session, at=NOON)
    assert job is not None
    store.finish_job(session, job, at=NOON)
    set_active(session, world.colleague.id, False, by=world.steward.id, at=NOON)
    begin_session(session, world.steward.id, "token", browser="", network="", at=NOON, idle=timedelta(hours=8))
    session.commit()
    rule = DelayRule(free=1, longest=timedelta(minutes=1))
    count_attempt(session, {"key": rule}, at=NOON)
    session.commit()
    return world


def due(session: Session, storage: FileStorage, at: datetime) -> dict[str, int]:
    found = {each.kind: len(each.keys) for each in due_data(session, storage, RETENTION_DAYS, at=at)}
    session.rollback()
    return {kind: number for kind, number in found.items() if number}


def delete(session: Session, storage: FileStorage, at: datetime) -> dict[str, DeletedData]:
    """Delete the data that are due, as the command does."""
    found = due_data(session, storage, RETENTION_DAYS, at=at)
    session.rollback()
    done = {}
    for each in found:
        if each.kind not in ("files", "unfinished"):
            done[each.kind] = delete_due(session, each, at=at)
            session.commit()
    done["unfinished"] = clear_unfinished(storage, at=at)
    before = at - RETENTION_DAYS["files"] * DAY
    done["files"] = remove_files(session, storage, unneeded_files(session, storage, before), before=before)
    session.commit()
    return done


def test_data_are_due_for_deletion_only_after_their_retention_period(
    session: Session, busy: World, storage: FileStorage
) -> None:
    assert due(session, storage, NOON) == {}
    periods = {**RETENTION_DAYS, "invitations": RETENTION_DAYS["invitations"] + 14}  # they expire after two weeks
    for kind in ("mails", "workbooks", "invitations", "jobs", "accounts"):
        last = NOON + periods[kind] * DAY
        assert kind not in due(session, storage, last), kind
        assert kind in due(session, storage, last + timedelta(seconds=1)), kind
    assert due(session, storage, NOON + timedelta(hours=13)) == {"sign-ins": 1, "attempts": 1}


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_data_that_are_due_are_deleted_the_rest_stays_and_the_trail_still_verifies(
    session: Session, busy: World, storage: FileStorage, tmp_path: Path
) -> None:
    at = NOON + 800 * DAY
    age(tmp_path)
    done = delete(session, storage, at)
    assert {kind: each.number for kind, each in done.items()} == {
        "mails": 1, "workbooks": 2, "invitations": 1, "jobs": 1, "accounts": 1, "files": 2, "sign-ins": 1,
        "attempts": 1, "unfinished": 0,
    }  # fmt: skip
    for model in (OutboxMail, ColleagueInvitationRow, JoinRequestRow, Job, SignInSession, AttemptCount):
        assert count(session, model) == 0, model
    assert workbook_uploads(session, busy.assessment) == () and list(storage.digests()) == []
    assert is_erased(session, busy.colleague.id)
    assert [erasure.number for erasure in done["accounts"].erasures] == [busy.colleague.id]
    assert store.saved_answers(session, busy.assessment)["q1"].reason == "Our reason"
    assert store.latest_submission(session, busy.assessment) is not None
    assert trail_difference(session) is None
    session.rollback()
    assert due(session, storage, at) == {}


def age(folder: Path) -> None:
    """Set the time of all files to long ago."""
    for path in (folder / "files").rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


def test_a_file_goes_only_when_nothing_names_it_and_nobody_sent_it_again(
    session: Session, busy: World, storage: FileStorage, tmp_path: Path
) -> None:
    first, second = (upload.digest for upload in workbook_uploads(session, busy.assessment))
    third = storage.put(b"three")
    age(tmp_path)
    before = NOON
    assert unneeded_files(session, storage, before) == [third]
    assert storage.put(b"three") == third
    assert unneeded_files(session, storage, before) == []
    age(tmp_path)
    assert remove_files(session, storage, [first, second, third], before=before).number == 1
    assert set(storage.digests()) == {first, second}


def test_an_account_that_was_reactivated_is_not_closed_and_an_only_owner_is_reported(
    session: Session, busy: World, storage: FileStorage
) -> None:
    at = NOON + 800 * DAY
    set_active(session, busy.colleague.id, True, by=busy.steward.id, at=NOON + DAY)
    set_active(session, busy.colleague.id, False, by=busy.steward.id, at=at - DAY)
    set_active(session, busy.company.id, False, by=busy.steward.id, at=NOON)
    session.commit()
    [kept] = delete(session, storage, at)["accounts"].kept
    assert kept == f"person {busy.company.id} is the only owner of a company: let somebody else become one"
    assert not is_erased(session, busy.colleague.id) and not is_erased(session, busy.company.id)


def test_a_closed_account_that_stays_for_one_company_keeps_its_role_in_others(
    session: Session, busy: World, storage: FileStorage
) -> None:
    owner, home, other = busy.company.id, busy.company.organisation_id, store.add_organisation(session, "B", at=NOON)
    assert home is not None
    store.add_membership(session, owner, other, role="owner", by=None, at=NOON)
    store.change_member_role(session, home, busy.colleague.id, "owner", by=None, at=NOON)
    set_active(session, owner, False, by=busy.steward.id, at=NOON)
    session.commit()
    assert delete(session, storage, NOON + 800 * DAY)["accounts"].kept
    assert owner in {each.person_id for each in store.company_members(session, home)}


def test_waiting_mails_and_jobs_are_never_due_for_deletion(
    session: Session, world: World, storage: FileStorage
) -> None:
    store.add_mail(
        session, kind="any", to="ben@example.org", language="en", person_id=None, subject="For Ben", text="Dear Ben",
        html="", urgency="notice", at=NOON,
    )  # fmt: skip
    store.queue_job(session, "any", "thing/1", by=None, at=NOON)
    session.execute(update(OutboxMail).values(tries=3))
    session.commit()
    assert due(session, storage, NOON + 36_500 * DAY) == {}
