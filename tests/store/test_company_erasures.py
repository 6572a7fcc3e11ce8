"""Of an erased company only a number remains: nothing that it gave is left, and the chain is valid."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.publication import repeat_withdrawals
from compliance.store import AnswerEdit, Quotation, audit_trail
from compliance.store.audit_trail import trail_head
from compliance.store.colleague_invitations import invite_colleague
from compliance.store.comments import add_comments
from compliance.store.companies import company, count_apart, group_companies, rename_company
from compliance.store.company_erasures import (
    DraftSubmitted,
    erase_company,
    erase_draft,
    given_by_company,
    is_to_repeat,
)
from compliance.store.company_rows import OF_ASSESSMENT, OF_COMPANY
from compliance.store.delegations import DelegatedTo, delegate
from compliance.store.determinations import record_determination
from compliance.store.erasures import Erasure, erasure_counts, note_erasure, read_erasures
from compliance.store.evidence import add_evidence
from compliance.store.evidence_library import ItemDetails, add_item
from compliance.store.evidence_models import DocumentTextRow
from compliance.store.exceptions import AlreadyDecided, CompanyMerged, NotFound
from compliance.store.independence import declare_interest
from compliance.store.memberships import ask_to_join
from compliance.store.models import Base, Organisation, TrailEntry
from compliance.store.reopenings import ask_to_reopen
from compliance.store.trail_check import trail_difference
from compliance.store.work_models import KeptScorecards
from compliance.store.workbooks import record_questionnaire, record_upload
from tests.store.test_erasures import everything
from tests.support.stores import NOON, World, begin, hand_in, save, sign_off

#: A word that is in everything that the company gave, and in nothing else.
MARK = "Quokkaville"
FILES = ("a" * 64, "b" * 64, "c" * 64)


def home(world: World) -> int:
    assert world.company.organisation_id is not None
    return world.company.organisation_id


def add_mail(session: Session, words: str, *, to: str = "stella@example.org", urgency: str = "notice") -> None:
    store.add_mail(
        session, kind="any", to=to, language="en", person_id=None, subject="News", text=words, html="",
        urgency=urgency, at=NOON,
    )  # fmt: skip


def plant(session: Session, world: World) -> store.Member:
    """Write MARK everywhere as the company and about it. Return the owner of another company, which answers too."""
    mine, at = home(world), NOON
    other = store.register_company(
        session, organisation="Another", name="Olga", email="olga@example.org", password_hash="y", at=NOON,
        status="confirmed",
    )  # fmt: skip
    assert other.organisation_id is not None
    rename_company(session, mine, f"{MARK} One", reason=f"{MARK} asked", by=world.steward.id, at=at)
    rename_company(session, mine, f"{MARK} Two", reason="Again", by=world.steward.id, at=at)
    session.execute(
        update(Organisation).where(Organisation.id == mine).values(website_domain=f"{MARK.lower()}.example")
    )
    save(session, world, AnswerEdit("words", f"{MARK} says"), AnswerEdit("q1", "o1", f"{MARK} reason"))
    save(session, world, AnswerEdit("profile.sector", "travel"), AnswerEdit("q2", "", ask_whom=MARK, word="not-known"))
    piece = Quotation(f"{MARK} code", "4", None, f"{MARK} does.", f"{MARK} notes")
    add_evidence(session, world.assessment, "q1", piece, by=world.company.id, at=at)
    add_comments(session, world.assessment, [("q1", f"{MARK} comment")], by=world.colleague.id, at=at)
    held = DelegatedTo(world.colleague.id, note=MARK)
    delegate(session, world.assessment, "theme", held, seen=None, by=world.company.id, at=at)
    store.keep_quick_answers(session, world.assessment, {"q1": MARK}, by=world.company.id, at=at)
    record_questionnaire(
        session, world.assessment, digest=FILES[0], file_name=f"{MARK}.xlsx", by=world.company.id, at=at
    )
    submitted = hand_in(session, world.assessment, by=world.company.id, consent="named")
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=at)
    record_determination(
        session, world.assessment, "q1", verdict="not-shown", by=world.auditor.id, at=at, comment=f"{MARK} does not"
    )
    record_upload(
        session, world.assessment, download_id=None, file_name=f"{MARK}-review.xlsx", digest=FILES[1], size=3,
        by=world.auditor.id, at=at,
    )  # fmt: skip
    sign_off(session, world.assessment, submitted, by=world.auditor.id)
    ask_to_reopen(session, world.assessment, reason=f"{MARK} erred", by=world.company.id, at=at)
    cards = {"assessment_id": world.assessment, "state": "draft", "digest": "d" * 64, "computed_at": at, "cards": MARK}
    session.execute(insert(KeptScorecards).values(cards))
    invite_colleague(
        session, mine, token="t" * 40, email=f"eve@{MARK.lower()}.example", role="reader", words=MARK,
        by=world.company.id, at=at,
    )  # fmt: skip
    ask_to_join(session, other.id, mine, words=f"{MARK}, please", at=at)
    declare_interest(session, world.auditor.id, mine, what=f"A cousin at {MARK}", by=world.auditor.id, at=at)
    group_companies(session, other.organisation_id, mine, reason=f"{MARK} owns it", by=world.steward.id, at=at)
    count_apart(session, other.organisation_id, reason=f"{MARK} owns it", by=world.steward.id, at=at)  # as one decision
    add_mail(session, f"Of {MARK}\nTwo.")
    add_mail(session, f"{MARK} One asks", to="olga@example.org")  # with its former name
    add_mail(session, "Hello", to="olga@example.org")
    session.execute(
        update(Base.metadata.tables["library_version"]).values(digest=FILES[2], file_name=f"{MARK}.pdf")
    )  # like an uploaded file; noted in the trail below
    session.execute(insert(DocumentTextRow).values(digest=FILES[2], format=1, refusal="", text=MARK, at=at))
    audit_trail.record_states(session, at=at)
    theirs = begin(session, other, 2026)
    store.save_answers(session, theirs, [AnswerEdit("q1", "o2", "Another reason")], by=other.id, at=at)
    hand_in(session, theirs, by=other.id)
    session.commit()
    return other


def tables_with(session: Session, words: str) -> set[str]:
    """Return the tables that contain words anywhere."""
    tables = Base.metadata.tables.items()  # as tuples, since rows print only the beginning of a long text
    rows = {name: str([*map(tuple, session.execute(table.select()))]) for name, table in tables}
    return {name for name, said in rows.items() if words.lower() in said.lower()}


def marked_tables(session: Session) -> set[str]:
    """Return the tables that contain MARK anywhere."""
    return tables_with(session, MARK)


#: Tables that can contain a company's own words. Fill a new table in `plant`.
PLANTED = {
    *("answer", "answer_version", "assessment", "colleague_invitation", "company_group", "declared_interest"),
    *("delegation", "determination", "document_text", "evidence", "join_request", "kept_scorecards"),
    *("library_item", "library_version", "organisation", "outbox", "question_comment", "reopening", "submission"),
    *("trail", "workbook_upload"),
}


def test_an_erasure_leaves_nothing_that_a_company_gave_and_the_trail_still_verifies(
    session: Session, world: World
) -> None:
    other = plant(session, world)
    assert marked_tables(session) == PLANTED and trail_difference(session) is None
    before = given_by_company(session, home(world))
    assert (before.submissions, before.items, before.people) == (1, 1, 2) and before.answers >= 3
    done = erase_company(session, home(world), by=world.company.id, at=NOON)
    session.commit()
    assert marked_tables(session) == set()
    assert done.files == set(FILES) and [one.number for one in done.erasures] == [home(world)]
    assert trail_difference(session) is None and store.verify_trail(session) is None
    left = company(session, home(world))
    assert (left.name, left.status, left.group_id, left.erased_at) == (f"#{home(world)}", "refused", None, NOON)
    assert store.member(session, world.company.id).memberships == ()
    assert "Ana" in everything(session)  # people keep their accounts
    assert other.organisation_id is not None and company(session, other.organisation_id).name == "Another"
    assert "Another reason" in everything(session)
    counts = erasure_counts(session)
    assert (counts.companies, counts.drafts) == ((home(world),), 0) and counts.entries > 15


def rows_by_table(session: Session) -> dict[str, list[str]]:
    return {
        name: sorted(repr(tuple(row)) for row in session.execute(table.select()))
        for name, table in Base.metadata.tables.items()
    }


def test_rows_of_other_companies_and_figures_of_closed_periods_are_untouched(session: Session, world: World) -> None:
    other = plant(session, world)
    store.close_period(
        session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: '{"n": 2}', places=lambda: '{"1": []}'
    )
    session.commit()
    before, theirs = rows_by_table(session), f"assessment/{begin(session, other, 2026)}/"
    entries = session.execute(select(TrailEntry.__table__).where(TrailEntry.subject.startswith(theirs))).all()
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    after = rows_by_table(session)
    for name in ("snapshot", "period", "person", "person_role", "edition_copy"):
        assert after[name] == before[name], name
    for name in ("answer", "answer_version", "submission", "assessment", "organisation", "membership"):
        kept = [row for row in before[name] if row in after[name]]
        assert kept, name
        assert len(after[name]) - len(kept) == {"assessment": 1, "organisation": 1}.get(name, 0), name
    assert entries == session.execute(
        select(TrailEntry.__table__).where(TrailEntry.subject.startswith(theirs))
    ).all()  # fmt: skip
    assert store.published(session, 2026).content == '{"n": 2}' and trail_difference(session) is None


def test_every_table_that_belongs_to_a_company_goes_with_it_or_is_named_as_staying(session: Session) -> None:
    stays = {
        "organisation": "a number", "assessment": "for which year something was begun", "company_group": "of others",
        "invited_company": "what the steward imported", "read_company": "what the desk reads in public",
        "membership": "", "join_request": "", "colleague_invitation": "", "declared_interest": "",
    }  # fmt: skip
    gone = {model.__tablename__ for model in (*OF_ASSESSMENT, *OF_COMPANY)}
    gone |= {"passage_outcome", "review_progress", "consent_change", "library_version"}
    owners = {"organisation", "assessment", "submission", "library_item", "passage_mark", "workbook_download"}
    for table in Base.metadata.sorted_tables:
        if {key.column.table.name for key in table.foreign_keys} & owners:
            assert table.name in gone or table.name in stays, table.name


def test_mails_of_others_stay_even_if_they_contain_the_name_as_an_ordinary_word(session: Session, world: World) -> None:
    rename_company(session, home(world), "Link", reason="x", by=None, at=NOON)
    add_mail(session, "Link to choose a new password", urgency="security")
    add_mail(session, "Linking others")
    add_mail(session, "Link is read by an auditor")
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    said = everything(session)
    assert "Link to choose" in said and "Linking others" in said and "Link is read" not in said


def test_nothing_can_be_saved_or_decided_about_an_erased_company(session: Session, world: World) -> None:
    plant(session, world)
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    refused: list[tuple[type[Exception], Callable[[], object]]] = [
        (NotFound, lambda: save(session, world, AnswerEdit("q5", "o1"))),
        (AlreadyDecided, lambda: erase_company(session, home(world), by=None, at=NOON)),
        (AlreadyDecided, lambda: rename_company(session, home(world), "Back", reason="x", by=None, at=NOON)),
        (NotFound, lambda: erase_company(session, 999, by=None, at=NOON)),
        (NotFound, lambda: ask_to_join(session, world.auditor.id, home(world), words=MARK, at=NOON)),
        (NotFound, lambda: store.add_membership(session, world.auditor.id, home(world), by=None, at=NOON)),
        (NotFound, lambda: declare_interest(session, world.auditor.id, home(world), what=MARK, by=None, at=NOON)),
        (NotFound, lambda: add_item(session, home(world), ItemDetails(MARK), Quotation("a", "b"), by=None, at=NOON)),
    ]
    for refusal, act in refused:
        with pytest.raises(refusal):
            act()
        session.rollback()


def test_merged_companies_are_erased_with_the_remaining_one_and_not_by_themselves(
    session: Session, world: World
) -> None:
    other = plant(session, world)
    assert other.organisation_id is not None
    store.merge_company(
        session, home(world), into=other.organisation_id, seen="confirmed", reason="One", by=None, at=NOON
    )
    session.commit()
    with pytest.raises(CompanyMerged):
        erase_company(session, home(world), by=None, at=NOON)
    session.rollback()
    done = erase_company(session, other.organisation_id, by=None, at=NOON)
    session.commit()
    # Both are noted, as a backup may be older than the merger.
    assert [one.number for one in done.erasures] == [home(world), other.organisation_id]
    assert marked_tables(session) == set() and trail_difference(session) is None
    assert "Another reason" not in everything(session)
    assert erasure_counts(session).companies == (home(world), other.organisation_id)


# ── Drafts


def test_a_draft_is_emptied_and_can_be_begun_again(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("words", f"{MARK} says"), AnswerEdit("q1", "o1", f"{MARK} reason"))
    add_comments(session, world.assessment, [("q1", f"{MARK} comment")], by=world.colleague.id, at=NOON)
    store.keep_quick_answers(session, world.assessment, {"q1": MARK}, by=world.company.id, at=NOON)
    add_evidence(session, world.assessment, "q1", Quotation("Code", "4", None, "Kept."), by=world.company.id, at=NOON)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    session.commit()
    done = erase_draft(session, world.assessment, by=world.company.id, at=NOON)
    session.commit()
    assert marked_tables(session) == set() and trail_difference(session) is None
    assert store.saved_answers(session, world.assessment) == {} and "Kept." in everything(session)
    assert store.auditors_of(session, 2026).keys() == {world.assessment}
    assert [(one.kind, one.number) for one in done.erasures] == [("draft", world.assessment)]
    counts = erasure_counts(session)
    assert (counts.people, counts.companies, counts.drafts) == ((), (), 1)
    again = save(session, world, AnswerEdit("q1", "o2"))
    session.commit()
    assert again.versions["q1"] > 1 and trail_difference(session) is None
    erase_draft(session, world.assessment, by=world.company.id, at=NOON)
    session.commit()
    assert erasure_counts(session).drafts == 2 and trail_difference(session) is None


def test_a_submitted_assessment_cannot_be_erased_as_a_draft(session: Session, world: World) -> None:
    plant(session, world)
    with pytest.raises(DraftSubmitted):
        erase_draft(session, world.assessment, by=world.company.id, at=NOON)


def test_a_draft_that_was_erased_before_its_company_is_still_accounted_for(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1", f"{MARK} reason"))
    erase_draft(session, world.assessment, by=world.company.id, at=NOON)
    session.commit()
    plant(session, world)
    erase_company(session, home(world), by=None, at=NOON)
    session.commit()
    assert marked_tables(session) == set() and trail_difference(session) is None


# ── Repeated after a restore


def test_the_file_of_erasures_says_what_was_erased(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    noted = (Erasure(7, NOON, NOON), Erasure(7, NOON, NOON, "company"), Erasure(9, NOON, NOON, "draft"))
    note_erasure(file, noted[0])
    note_erasure(file, *noted[1:])
    assert read_erasures(file) == noted


def test_an_erasure_is_repeated_only_if_what_it_erased_exists_again(session: Session, world: World) -> None:
    later = timedelta(seconds=1)
    registered = company(session, home(world)).registered_at
    assert is_to_repeat(session, Erasure(home(world), registered, NOON, "company"))
    assert not is_to_repeat(session, Erasure(home(world), registered + later, NOON, "company"))
    assert not is_to_repeat(session, Erasure(99, registered, NOON, "company"))
    save(session, world, AnswerEdit("q1", "o1"))
    (draft,) = erase_draft(session, world.assessment, by=world.company.id, at=NOON).erasures
    save(session, world, AnswerEdit("q1", "o2"))
    assert not is_to_repeat(session, draft)  # this is another draft
    assert is_to_repeat(session, Erasure(draft.number, draft.created_at, NOON + later, "draft"))
    (done,) = erase_company(session, home(world), by=None, at=NOON).erasures
    assert not is_to_repeat(session, Erasure(draft.number, draft.created_at, NOON + later, "draft"))  # gone with it
    assert not is_to_repeat(session, done) and trail_head(session)[0] > 0


@pytest.mark.parametrize("merged", [False, True])
def test_merged_companies_are_erased_again_with_a_backup_from_before_and_after_the_merger(
    session: Session, world: World, merged: bool
) -> None:
    other = plant(session, world)
    assert other.organisation_id is not None
    both = [
        Erasure(number, company(session, number).registered_at, NOON, "company")
        for number in (home(world), other.organisation_id)
    ]
    if merged:
        store.merge_company(
            session, home(world), into=other.organisation_id, seen="confirmed", reason="One", by=None, at=NOON
        )
    repeat_withdrawals(session, both, at=NOON)
    session.commit()
    assert marked_tables(session) == set() and trail_difference(session) is None
    assert erasure_counts(session).companies == (home(world), other.organisation_id)
