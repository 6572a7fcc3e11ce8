"""An export of a person's or a company's data is complete, without secrets, and without data of others."""

import json

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, Quotation
from compliance.store.comments import add_comments
from compliance.store.determinations import record_determination
from compliance.store.evidence import add_evidence
from compliance.store.given_data import NOT_ITS_OWN, SECRETS, data_of_company, data_of_person
from compliance.store.models import Base
from tests.support.stores import NOON, World, begin, hand_in, save


@pytest.fixture
def busy(session: Session, world: World) -> World:
    """A company that has answered, submitted and been judged, next to another company."""
    save(session, world, AnswerEdit("q1", "o1", "Our reason"))
    add_evidence(session, world.assessment, "q1", Quotation("Code", "4", None, "We do."), by=world.company.id, at=NOON)
    add_comments(session, world.assessment, [("q1", "Ask Ben.")], by=world.colleague.id, at=NOON)
    hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    record_determination(
        session, world.assessment, "q1", verdict="not-shown", by=world.auditor.id, at=NOON, comment="Not yet said."
    )
    other = store.register_company(
        session, organisation="Another", name="Olga", email="olga@example.org", password_hash="y", at=NOON
    )
    store.save_answers(session, begin(session, other, 2026), [AnswerEdit("q2", "o2")], by=other.id, at=NOON)
    session.commit()
    return world


def text_of(rows: object) -> str:
    return json.dumps(rows, default=str)


def test_a_company_gets_all_that_it_gave_and_nothing_of_another(session: Session, busy: World) -> None:
    assert busy.company.organisation_id is not None
    rows = data_of_company(session, busy.company.organisation_id)
    given = {"assessment", "answer", "answer_version", "evidence", "library_item", "library_version", "submission"}
    assert {*given, "question_comment", "membership", "person"} <= rows.keys()
    said = text_of(rows)
    assert all(words in said for words in ("Our reason", "We do.", "Ask Ben.", "ben@example.org", "Example Travel 01"))
    assert "Another" not in said and "olga" not in said and "Not yet said." not in said
    assert not NOT_ITS_OWN & rows.keys()


def test_a_person_gets_what_is_about_them_and_where_they_did_something(session: Session, busy: World) -> None:
    rows = data_of_person(session, busy.company.id)
    assert [row["email"] for row in rows["person"]] == ["ana@example.org"]
    assert {"question", "at", "by", "assessment_id"} == rows["answer"][0].keys() and "Our reason" not in text_of(rows)
    assert {row["subject"] for row in rows["trail"]} >= {"assessment/1/answer/q1"}
    assert "assignment" in data_of_person(session, busy.auditor.id)


def test_exports_contain_no_secret_and_every_listed_secret_is_an_existing_column(session: Session, busy: World) -> None:
    assert busy.company.organisation_id is not None
    for rows in (data_of_person(session, busy.company.id), data_of_company(session, busy.company.organisation_id)):
        for table, secrets in SECRETS.items():
            assert not any(secrets & row.keys() for row in rows.get(table, ())), table
    for table, secrets in SECRETS.items():
        assert secrets <= {column.name for column in Base.metadata.tables[table].columns}
    assert Base.metadata.tables.keys() >= NOT_ITS_OWN


def test_every_table_of_a_company_is_exported_or_left_out_on_purpose() -> None:
    """Add a new table of companies here. It is exported unless NOT_ITS_OWN names it."""
    owned = {"organisation"}
    for table in Base.metadata.sorted_tables:
        columns = {key.column.table.name for c in table.columns for key in c.foreign_keys if c.name in OWNERS}
        if columns & owned and table.name not in NOT_ITS_OWN:
            owned.add(table.name)
    assert owned == {
        *("organisation", "assessment", "answer", "answer_version", "colleague_invitation", "consent_change"),
        *("delegation", "evidence", "join_request", "library_item", "library_version", "membership", "passage_mark"),
        "passage_outcome",
        *("question_comment", "reopening", "sign_off", "submission"),
    }


OWNERS = {"organisation_id", "assessment_id", "item_id", "submission_id", "mark_id"}


def test_data_of_a_person_or_company_that_does_not_exist_are_not_found(session: Session, world: World) -> None:
    for find in (data_of_person, data_of_company):
        with pytest.raises(store.NotFound):
            find(session, 99)
