"""The trail vouches for the rows themselves. An edit that bypasses it is found, with the row that differs."""

from pathlib import Path
from random import Random

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, Quotation, audit_trail
from compliance.store.audit_trail import trail_head
from compliance.store.determinations import record_determination
from compliance.store.evidence import add_evidence
from compliance.store.trail_check import TrailDifference, trail_difference
from compliance.store.vouched_rows import VOUCHED, all_row_digests, row_digests
from tests.support.stores import NOON, Databases, World, hand_in, later_world, save, settle
from tests.support.tampering import ANYWHERE, found_after, tamper


def fill_period(session: Session, world: World) -> None:
    """Let a company answer with evidence, submit, and get a verdict, and close the period."""
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o2", "a reason"), AnswerEdit("q3", "o0"))
    save(session, world, AnswerEdit("q3", "", seen=1))
    add_evidence(session, world.assessment, "q1", Quotation("Code", "4", None, "We do."), by=world.company.id, at=NOON)
    hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: "{}", places=lambda: "[]")


@pytest.fixture(scope="module")
def busy_world(databases: Databases, settled_world: tuple[str, World]) -> tuple[str, World]:
    """A database with a closed period."""
    return later_world(databases, settled_world, fill_period)


@pytest.fixture
def busy(engine: Engine, busy_world: tuple[str, World]) -> World:
    """The World of the database of `engine`, which has a closed period."""
    return busy_world[1]


#: Edits by the owner of the database, each with the difference that is found.
EDITS = {
    **ANYWHERE,
    "an entry altered": ("UPDATE trail SET after = 'else' WHERE id = 7", "entry"),
    "what was submitted altered": ("UPDATE submission SET sheet = '{}'", "entry"),
    "published figures altered": ("UPDATE snapshot SET content = '[]'", "entry"),
    "an answer changed": ("UPDATE answer SET value = 'o2' WHERE question = 'q1'", "changed"),
    "an answer deleted": ("DELETE FROM answer WHERE question = 'q1'", "removed"),
    "evidence forged": ("UPDATE library_version SET passage = 'We always do.'", "changed"),
    "evidence added": (
        "INSERT INTO evidence (assessment_id, question, version_id, part, note, at) "
        "VALUES (1, 'q2', 1, '', '', '2026-03-31 12:00:00')",
        "unknown",
    ),
    "a verdict added": (
        "INSERT INTO determination (assessment_id, question, verdict, value, comment, version, at) "
        "VALUES (1, 'q2', 'confirmed', '', '', 9, '2026-03-31 12:00:00')",
        "unknown",
    ),
    "a closed period opened": ("UPDATE period SET closed_at = NULL, closed_by = NULL", "changed"),
    "an edition copy altered": ("UPDATE edition_copy SET canonical = '{}'", "edition"),
    "places of published figures altered": ("UPDATE snapshot SET places = '[1]'", "changed"),
    "the date of a submission altered": ("UPDATE submission SET at = '2026-03-31 09:00:00'", "changed"),
    "the author of a submission altered": ('UPDATE submission SET "by" = NULL', "changed"),
    "a submission forged": (
        "INSERT INTO submission (assessment_id, at, edition_digest, sector, sheet, scores, consent) "
        "SELECT 1, '2026-03-31 12:00:00', digest, '', '{}', '{}', 'named' FROM edition_copy",
        "unknown",
    ),
    "a membership added": (
        "INSERT INTO membership (person_id, organisation_id, role, since) "
        "VALUES (4, 1, 'owner', '2026-03-31 12:00:00')",
        "unknown",
    ),
    "the end of the trail cut of": ("DELETE FROM trail WHERE id > 12", "changed"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_behind_the_trail_is_found_and_named(session: Session, busy: World, edit: str) -> None:
    assert trail_difference(session) is None
    statement, kind = EDITS[edit]
    assert found_after(session, statement)[0] == kind


def test_the_first_difference_names_the_rows_and_the_last_entry_about_them(session: Session, busy: World) -> None:
    tamper(session, "UPDATE answer SET value = 'o2' WHERE question = 'q1'")
    [noted] = session.execute(text("SELECT id FROM trail WHERE subject = 'assessment/1/answer/q1'")).scalars()
    assert trail_difference(session) == TrailDifference("changed", noted, "answer/1/q1")


def test_a_trail_whose_end_was_cut_off_with_its_rows_is_shown_by_a_head_noted_elsewhere(
    session: Session, busy: World
) -> None:
    before = trail_head(session)
    store.add_correction(session, 2026, what="n is 2", why="A typing error", by=busy.steward.id, at=NOON)
    session.commit()
    noted = trail_head(session)
    assert trail_difference(session, head=noted[1]) is None and trail_difference(session, head=before[1]) is None
    tamper(session, f"DELETE FROM trail WHERE id > {before[0]}")  # noqa: S608
    tamper(session, "DELETE FROM correction")
    assert trail_difference(session) is None  # the database alone does not show it
    assert trail_difference(session, head=noted[1]) == TrailDifference("head")


def test_after_an_upgrade_the_trail_vouches_for_rows_that_older_entries_say_nothing_of(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "vouched_keys", lambda *_subjects: [])  # as in earlier versions
    monkeypatch.setattr(audit_trail, "made_salt", lambda: None)
    world = settle(session)
    save(session, world, AnswerEdit("q1", "o1"))
    session.commit()
    before = trail_head(session)
    session.rollback()
    monkeypatch.undo()
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0024")
        command.downgrade(config, "-1")
    store.upgrade(engine)
    assert trail_head(session)[0] == before[0] + 1
    assert trail_difference(session) is None
    tamper(session, "UPDATE answer SET value = 'o2'")
    assert trail_difference(session) == TrailDifference("changed", before[0] + 1, "answer/1/q1")


def test_rows_have_one_digest_however_they_are_looked_up(session: Session, busy: World) -> None:
    digests = dict(all_row_digests(session))
    assert {key[0] for key in digests} >= {"answer", "evidence", "determination", "submission", "period", "person"}
    keys = list(digests)
    Random(7).shuffle(keys)
    assert row_digests(session, [*keys, ("answer", 1, "q99")]) == {**digests, ("answer", 1, "q99"): ""}


def test_every_vouched_column_is_one_of_its_table(engine: Engine) -> None:
    for name, table in VOUCHED.items():
        columns = {column.name for column in table.columns()} | table.but
        assert {*table.key} <= columns and table.but <= {c.name for c in table.table.columns}, name
