"""Which words of a person are in the audit trail, and which of them are erased with the person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, Quotation, audit_trail
from compliance.store.audit_trail import record_events
from compliance.store.comments import add_comments
from compliance.store.delegations import DelegatedTo, delegate
from compliance.store.determinations import record_determination
from compliance.store.erasures import Erasure, ask_erasure, erase_person, erasure_counts, repeat_erasures
from compliance.store.evidence import add_evidence
from compliance.store.independence import declare_interest, withdraw_interest
from compliance.store.list_pages import PageRequest, interests_page
from compliance.store.memberships import answer_request, ask_to_join
from compliance.store.models import TRAIL_KINDS, Person, TrailEntry, TrailKind
from compliance.store.outbox import switch_mail
from compliance.store.reopenings import ask_to_reopen
from compliance.store.second_factors import add_passkey, passkeys, remove_passkey, reset_second_factor
from compliance.store.sign_ins import begin_session
from compliance.store.trail_check import trail_difference
from compliance.store.work_models import OutboxMail
from compliance.store.workbooks import record_upload
from tests.store.test_company_erasures import add_mail, tables_with
from tests.store.test_erasures import everything
from tests.support.stores import NOON, World, hand_in, save, sign_off
from tests.support.tampering import found_after

#: A word in everything that the two people typed about themselves, and that others typed about them.
OWN = "Numbatfield"
#: A word in everything that they typed for a company, or about one as its auditor.
WORK = "Wombatwood"

#: Whose words each kind of entry contains. `person`: words of the person or about them, erased with the person. `work`:
#: words of a company or a review, erased with the company. `tool`: only words of the tool, numbers and digests.
WORDS: Mapping[TrailKind, Literal["person", "work", "tool"]] = {
    "interest": "person",  # what an auditor has to do with a company
    "person": "person",  # names of passkeys; why a second factor was reset
    "role": "person",  # the subject is the person's id
    "mail": "person",  # likewise
    "membership": "person",  # why a request was refused; an e-mail address, as earlier versions noted it
    "answer": "work",
    "carried": "work",
    "profile": "work",
    "evidence": "work",
    "determination": "work",
    "delegation": "work",
    "reopening": "work",
    "workbook": "work",  # names of files
    "sign-off": "work",  # why one was revoked
    "organisation": "work",  # reasons for decisions on a company
    "group": "work",
    "invitation": "work",  # names of companies
    "reading": "work",  # readings of what a company publishes, with its reply
    "job": "work",
    "export": "tool",
    "comment": "tool",  # digests
    "submission": "tool",
    "correction": "tool",
    "snapshot": "tool",
    "assignment": "tool",  # ids of people, and the name of a company
    "consent": "tool",
    "portions": "tool",
    "period": "tool",
    "state": "tool",
    "erasure": "tool",
}


def test_every_kind_of_entry_has_a_rule_about_whose_words_it_contains() -> None:
    assert WORDS.keys() == set(TRAIL_KINDS)


def kinds_with(session: Session, words: str) -> set[TrailKind]:
    """Return the kinds of entries that contain words."""
    rows = session.execute(select(TrailEntry.what, TrailEntry.before, TrailEntry.after))
    return {row.what for row in rows if words.lower() in f"{row.before}\n{row.after}".lower()}


@pytest.fixture
def talkative(session: Session, world: World) -> World:
    """A colleague and an auditor who typed OWN and WORK wherever they could, and others who typed OWN about them."""
    ben, audun, ana, stella = (each.id for each in (world.colleague, world.auditor, world.company, world.steward))
    number, at = world.assessment, NOON
    for person in (ben, audun):
        named = {"name": f"{OWN} {person}", "email": f"p{person}@{OWN.lower()}.example"}
        session.execute(update(Person).where(Person.id == person).values(named))
        for name in ("phone", "key", "ring"):
            if name == "ring":
                reset_second_factor(session, person, reason=f"{OWN} lost the telephone", by=stella, at=at)
            add_passkey(
                session, person, name=f"{OWN} {name}", credential_id=f"{person}{name}".encode(), public_key=b"k",
                sign_count=0, transports=(), device_type="single_device", backup_state=False, at=at,
            )  # fmt: skip
            if name == "phone":
                remove_passkey(session, person, passkeys(session, person)[0].id, by=person, at=at)
        switch_mail(session, person, {"comment": False}, at=at)
        begin_session(session, person, f"t{person}", browser=OWN, network="192", at=at, idle=timedelta(hours=8))
        ask_erasure(session, person, at=at)
    for company, what in ((1, f"My sister is {OWN}"), (2, f"{OWN} owns shares")):
        if company == 2:
            assert store.add_organisation(session, "Another", at=at) == company
        declare_interest(session, audun, company, what=what, by=(audun, stella)[company - 1], at=at)
    withdraw_interest(session, audun, 1, by=audun, at=at)
    asked = ask_to_join(session, ben, 2, words=f"{OWN} here", at=at)
    answer_request(session, asked, accept=False, reason=f"Nobody knows {OWN}", by=stella, at=at)
    save(session, world, AnswerEdit("q1", "o1", f"{WORK} reason"), AnswerEdit("words", WORK), by=world.colleague)
    piece = Quotation(f"{WORK} code", "4", None, f"{WORK} does.", WORK)
    add_evidence(session, number, "q1", piece, by=ben, at=at)
    add_comments(session, number, [("q1", f"{WORK} comment")], by=ben, at=at)
    delegate(session, number, "theme", DelegatedTo(ana, note=WORK), seen=None, by=ben, at=at)
    submitted = hand_in(session, number, by=ana)
    store.assign_auditor(session, number, auditor=audun, by=stella, at=at)
    record_determination(session, number, "q1", verdict="not-shown", by=audun, at=at, comment=WORK)
    record_upload(session, number, download_id=None, file_name=f"{WORK}.xlsx", digest="b" * 64, size=3, by=audun, at=at)
    sign_off(session, number, submitted, by=audun)
    ask_to_reopen(session, number, reason=f"{WORK} erred", by=ben, at=at)
    audit_trail.record_states(session, at=at)  # the sign-off has no entry
    session.commit()
    return world


def test_the_trail_keeps_no_word_about_an_erased_person_and_every_word_of_their_work(
    session: Session, talkative: World
) -> None:
    kinds, work = kinds_with(session, OWN), kinds_with(session, WORK)
    assert kinds == {"interest", "person", "membership"} and {WORDS[kind] for kind in kinds} == {"person"}
    assert work >= {"answer", "evidence", "determination", "delegation", "workbook", "reopening"}
    assert {WORDS[kind] for kind in work} == {"work"}
    for person in (talkative.colleague, talkative.auditor):
        erase_person(session, person.id, by=talkative.steward.id, at=NOON)
    session.commit()
    assert kinds_with(session, OWN) == set() and kinds_with(session, WORK) == work
    assert trail_difference(session) is None and store.verify_trail(session) is None
    assert interests_page(session, talkative.auditor.id, PageRequest()).found == 0


def test_nothing_anywhere_in_the_database_has_a_word_about_an_erased_person(session: Session, talkative: World) -> None:
    ben, audun = talkative.colleague.id, talkative.auditor.id
    add_mail(session, f"p{ben}@{OWN.lower()}.example asks to join.")
    add_mail(session, f"{OWN} {ben} wrote to you.")
    session.execute(update(OutboxMail).where(OutboxMail.text.contains("wrote")).values(given_up_at=NOON))
    session.commit()
    assert tables_with(session, OWN) >= {"person", "passkey", "trail", "outbox", "declared_interest", "sign_in_session"}
    for person in (ben, audun):
        erase_person(session, person, by=None, at=NOON)
    session.commit()
    assert tables_with(session, OWN) == {"submission"}  # as it was submitted, with who gave each answer
    assert "answer" in tables_with(session, WORK)


def test_a_mail_to_somebody_else_is_kept_even_if_a_word_in_it_is_the_name(session: Session, world: World) -> None:
    for words in ("Ben Smith invites you.", "Or ask joben@example.org.", "Ask ben@example.org."):
        add_mail(session, words)
    erase_person(session, world.colleague.id, by=None, at=NOON)
    kept = set(session.scalars(select(OutboxMail.text)))
    assert kept == {"Ben Smith invites you.", "Or ask joben@example.org."}


def test_erasing_a_person_without_a_name_deletes_no_mail_of_others(session: Session, world: World) -> None:
    session.execute(update(Person).where(Person.id == world.colleague.id).values(name=""))
    add_mail(session, "Somebody asks (again) to join.")
    session.execute(update(OutboxMail).values(given_up_at=NOON))
    erase_person(session, world.colleague.id, by=None, at=NOON)
    assert session.scalars(select(OutboxMail.text)).all() == ["Somebody asks (again) to join."]


def test_the_erasure_names_every_entry_that_it_emptied_and_the_trail_still_finds_others(
    session: Session, talkative: World
) -> None:
    audun = talkative.auditor.id
    erase_person(session, audun, by=None, at=NOON)
    session.commit()
    query = select(TrailEntry).order_by(TrailEntry.id)
    emptied = [one for one in session.scalars(query) if one.erased is not None]
    subjects = {one.subject for one in emptied}
    assert {f"person/{audun}/passkey", f"person/{audun}/interest/organisation/2", f"person/{audun}"} <= subjects
    assert all(subject == "state" or f"/{audun}" in subject for subject in subjects)
    assert erasure_counts(session).entries == len(emptied)
    edit = f"UPDATE trail SET before = '1' WHERE subject = 'person/{audun}/erased'"  # noqa: S608
    assert found_after(session, edit)[0] == "entry"


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        ("UPDATE trail SET after = 'A cousin' WHERE subject = 'person/4/interest/organisation/2'", "entry"),
        ("UPDATE person SET name = 'Audun' WHERE id = 4", "changed"),
        ("INSERT INTO person_role (person_id, role) VALUES (4, 'steward')", "unknown"),
        ("INSERT INTO declared_interest VALUES (4, 1, 'A cousin', '2026-03-31 12:00:00', NULL)", "unknown"),
    ],
)
def test_tampering_is_found_after_the_erasure_of_a_person(
    session: Session, talkative: World, edit: str, found: str
) -> None:
    assert talkative.auditor.id == 4
    erase_person(session, 4, by=None, at=NOON)
    session.commit()
    assert found_after(session, edit)[0] == found


def test_rows_of_others_are_still_vouched_for_if_the_entry_about_them_is_emptied(
    session: Session, talkative: World
) -> None:
    """The entry of an upgrade is about rows of everybody, and is emptied with each of them."""
    erase_person(session, talkative.auditor.id, by=None, at=NOON)
    session.commit()
    assert trail_difference(session) is None
    edit = "UPDATE answer SET value = 'o0' WHERE question = 'q1'"
    assert found_after(session, edit) == ("changed", "answer/1/q1")


def test_the_address_in_an_invitation_of_an_earlier_version_goes(session: Session, world: World) -> None:
    told = [
        audit_trail.TrailEvent("membership", f"organisation/1/invitation/{number}", "", f"open\nreader\n{address}")
        for number, address in ((7, "ben@example.org"), (8, "joben@example.org"))
    ]
    record_events(session, told, by=None, at=NOON)
    erase_person(session, world.colleague.id, by=None, at=NOON)
    session.commit()
    assert "\nben@example.org" not in everything(session).replace("\\n", "\n") and "joben@" in everything(session)
    assert trail_difference(session) is None


def test_a_person_in_a_restored_backup_is_erased_again_with_the_words(session: Session, talkative: World) -> None:
    audun = session.get_one(Person, talkative.auditor.id)
    assert repeat_erasures(session, [Erasure(audun.id, audun.created_at, NOON)], at=NOON) == 1
    session.commit()
    assert kinds_with(session, "phone") == {"person"}  # of the other person
    assert trail_difference(session) is None
    assert repeat_erasures(session, [Erasure(audun.id, audun.created_at, NOON)], at=NOON) == 0


def test_entries_without_a_salt_lose_their_words_too_and_are_counted(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "made_salt", lambda: None)
    store.add_organisation(session, "Another", at=NOON)
    declare_interest(session, world.auditor.id, 2, what=OWN, by=None, at=NOON)
    monkeypatch.undo()
    erase_person(session, world.auditor.id, by=None, at=NOON)
    session.commit()
    assert OWN not in everything(session) and trail_difference(session) is None
    assert erasure_counts(session).unsalted == 1
    entry = session.scalars(select(TrailEntry).where(TrailEntry.subject.like("%/interest/%"))).first()
    assert entry is not None
    edit = f"UPDATE trail SET who = 2 WHERE id = {entry.id}"  # noqa: S608
    assert found_after(session, edit)[0] == "entry"
