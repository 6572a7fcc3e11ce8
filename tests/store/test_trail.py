"""Every change is in the trail, in one chain, and tampering is found."""

import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from tests.support.stores import NOON, Databases, World, hand_in, later_world, made_edition, save
from tests.support.tampering import tamper


def fill_trail(session: Session, world: World) -> None:
    """Save, submit and close a period, to fill a trail that can be tampered with."""
    for value in ("o0", "o1", "o2"):
        seen = store.saved_answers(session, world.assessment)
        save(session, world, *(AnswerEdit(q, value, seen=seen[q].version if q in seen else 0) for q in ("q1", "q2")))
    hand_in(session, world.assessment, by=world.company.id)
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: '{"n": 1}')


@pytest.fixture(scope="module")
def busy_world(databases: Databases, settled_world: tuple[str, World]) -> tuple[str, World]:
    """A database with a filled trail."""
    return later_world(databases, settled_world, fill_trail)


@pytest.fixture
def busy(engine: Engine, busy_world: tuple[str, World]) -> World:
    """The World of the database of `engine`, whose trail is filled."""
    return busy_world[1]


def test_an_untouched_trail_verifies(session: Session, busy: World) -> None:
    assert store.trail_head(session)[0] > 10
    assert store.verify_trail(session) is None


def test_an_empty_trail_verifies(session: Session) -> None:
    assert store.verify_trail(session) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET after = 'else' WHERE id = 7",
        "UPDATE trail SET before = 'else' WHERE id = 7",
        "UPDATE trail SET who = NULL WHERE id = 7",
        "UPDATE trail SET at = '2026-03-31 12:00:01+00:00' WHERE id = 7",
        "UPDATE trail SET subject = 'assessment/1/answer/q9' WHERE id = 7",
        "UPDATE trail SET what = 'profile' WHERE id = 7",
        "DELETE FROM trail WHERE id = 7",
        "UPDATE trail SET id = 1000 WHERE id = 7",
    ],
)
def test_tampering_with_an_entry_shows_at_that_entry(session: Session, busy: World, statement: str) -> None:
    tamper(session, statement.replace("+00:00", "") if session.get_bind().dialect.name == "sqlite" else statement)
    assert store.verify_trail(session) == 7


def test_an_entry_rewritten_with_a_matching_hash_shows_at_the_next_entry(session: Session, busy: World) -> None:
    columns = "id, at, who, what, subject, before, after, previous, state, salt"
    sixth = session.execute(text(f"SELECT {columns} FROM trail WHERE id = 6")).one()  # noqa: S608
    salt = bytes.fromhex(sixth.salt)
    said = [hmac.new(salt, f"{where} {words}".encode(), hashlib.sha256).hexdigest()
            for where, words in (("before", sixth.before), ("after", "else"))]  # fmt: skip
    head = ["salted", sixth.id, NOON.isoformat(timespec="microseconds"), *sixth[2:5]]
    parts = [*head, *said, sixth.previous, sixth.state]
    fits = hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
    tamper(session, f"UPDATE trail SET after = 'else', hash = '{fits}' WHERE id = 6")  # noqa: S608
    assert store.verify_trail(session) == 7


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE submission SET scores = '{}'", "submission"),
        ("UPDATE submission SET sheet = '{}'", "submission"),
        ("UPDATE submission SET consent = 'named'", "submission"),
        ("UPDATE submission SET sector = 'retail'", "submission"),
        ("UPDATE submission SET chosen_portions = 'deeper'", "submission"),
        ("DELETE FROM submission", "submission"),
        ("UPDATE snapshot SET content = '{}'", "snapshot"),
        ("DELETE FROM snapshot", "snapshot"),
    ],
)
def test_tampering_with_a_submission_or_a_publication_shows(
    session: Session, busy: World, statement: str, what: str
) -> None:
    tamper(session, statement)
    broken = store.verify_trail(session)
    assert session.execute(text("SELECT what FROM trail WHERE id = :id"), {"id": broken}).scalar() == what


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE consent_change SET consent = 'counted'", "consent"),
        ("UPDATE consent_change SET after_closing = NOT after_closing", "consent"),
        ('UPDATE consent_change SET "by" = NULL', "consent"),
        ("UPDATE consent_change SET at = '2026-01-01 00:00:00'", "consent"),
        ("DELETE FROM consent_change", "consent"),
        ("UPDATE correction SET what = 'n is 3'", "correction"),
        ("UPDATE correction SET why = 'Just so'", "correction"),
        ('UPDATE correction SET "by" = NULL', "correction"),
        ("DELETE FROM correction", "correction"),
    ],
)
def test_tampering_with_a_change_of_consent_or_a_correction_shows(
    session: Session, busy: World, statement: str, what: str
) -> None:
    store.change_consent(session, busy.assessment, "private", by=busy.company.id, at=NOON)
    store.add_correction(session, 2026, what="n is 2", why="A typing error", by=busy.steward.id, at=NOON)
    session.commit()
    assert store.verify_trail(session) is None
    tamper(session, statement)
    broken = store.verify_trail(session)
    assert session.execute(text("SELECT what FROM trail WHERE id = :id"), {"id": broken}).scalar() == what


def attest(session: Session, world: World, *, name: str | None, role: str | None) -> str:
    """Submit, attested by a name, a role or both, and return the digest in the trail."""
    number = store.submit(
        session,
        world.assessment,
        by=world.company.id,
        at=NOON,
        edition=made_edition(),
        consent="counted",
        scores=lambda _sheet: "{}",
        attested_name=name,
        attested_role=role,
    )
    return store.history(session, f"submission/{number}")[-1].after


def test_an_attested_name_cannot_be_turned_into_an_attested_role_unnoticed(session: Session, world: World) -> None:
    digests = {attest(session, world, name=name, role=role) for name, role in (("Ana", None), (None, "Ana"))}
    assert len(digests) == 2
    session.commit()
    tamper(session, "UPDATE submission SET attested_role = attested_name, attested_name = NULL WHERE id = 1")
    broken = store.verify_trail(session)
    assert session.execute(text("SELECT subject FROM trail WHERE id = :id"), {"id": broken}).scalar() == "submission/1"


def test_entries_of_earlier_versions_still_verify(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def values_in_order(row: Mapping[str, object]) -> str:
        return hashlib.sha256(json.dumps([*row.values()], ensure_ascii=False).encode()).hexdigest()

    def words(row: Mapping[str, object]) -> str:
        return f"{row['period_year']}: {row['what']} ({row['why']})"

    monkeypatch.setattr("compliance.store.submissions.row_digest", values_in_order)
    monkeypatch.setattr(sys.modules["compliance.store.assessment_periods"], "row_digest", words)
    attest(session, world, name="Ana", role="Head of compliance")
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: "{}")
    store.add_correction(session, 2026, what="n is 2", why="A typing error", by=world.steward.id, at=NOON)
    session.commit()
    assert store.verify_trail(session) is None
    tamper(session, "UPDATE submission SET attested_role = 'Director'")
    assert store.verify_trail(session) is not None


def test_an_answer_changed_without_the_trail_differs_from_its_history(session: Session, busy: World) -> None:
    session.execute(text("UPDATE answer SET value = 'o0' WHERE question = 'q1'"))
    last = store.history(session, store.answer_subject(busy.assessment, "q1"))[-1]
    assert last.after != store.saved_answers(session, busy.assessment)["q1"].text


def change_role(session: Session, world: World) -> None:
    store.set_roles(session, world.auditor.id, ["auditor", "advocate"], by=world.steward.id, at=NOON)


def change_activity(session: Session, world: World) -> None:
    store.set_active(session, world.auditor.id, False, by=world.steward.id, at=NOON)


def change_answer(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))


def change_profile(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("profile.sector", "travel"))


def change_evidence(session: Session, world: World) -> None:
    store.add_evidence(session, world.assessment, "q1", store.Link("https://example.org"), by=world.company.id, at=NOON)


def change_assignment(session: Session, world: World) -> None:
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)


def change_period(session: Session, world: World) -> None:
    store.close_period(session, 2026, by=world.steward.id, at=NOON, snapshot=lambda: "{}")


def change_determination(session: Session, world: World) -> None:
    hand_in(session, world.assessment, by=world.company.id)
    change_assignment(session, world)
    store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)


@pytest.mark.parametrize(
    ("change", "noted"),
    [
        (change_role, {"role"}),
        (change_activity, {"person"}),
        (change_answer, {"answer"}),
        (change_profile, {"profile"}),
        (change_evidence, {"evidence"}),
        (change_assignment, {"assignment"}),
        (change_period, {"period", "snapshot"}),
        (change_determination, {"submission", "consent", "assignment", "determination"}),
    ],
)
def test_every_change_is_in_the_trail(
    session: Session, world: World, change: Callable[[Session, World], None], noted: set[str]
) -> None:
    start = store.trail_head(session)[0]
    change(session, world)
    session.commit()
    found = session.execute(text("SELECT what, who FROM trail WHERE id > :start"), {"start": start}).all()
    assert {what for what, _ in found} == noted
    assert all(who is not None for _, who in found)
    assert store.verify_trail(session) is None


def test_a_change_that_is_rolled_back_leaves_no_trace(session: Session, world: World) -> None:
    before = store.trail_head(session)
    save(session, world, AnswerEdit("q1", "o1"))
    session.rollback()
    assert store.trail_head(session) == before
    assert store.saved_answers(session, world.assessment) == {}


def in_threads(jobs: list[Callable[[], None]]) -> None:
    faults: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def test_many_people_who_write_at_once_leave_one_chain(engine: Engine, session: Session, world: World) -> None:
    """Each reads before it writes, as a page does, and has to succeed all the same."""
    assessments = [world.assessment]
    for number in range(3):
        member = store.register_company(
            session,
            organisation=f"Example {number}",
            name="M",
            email=f"m{number}@example.org",
            password_hash=None,
            at=NOON,
        )
        assert member.organisation_id is not None
        begun = store.assessment_for(session, member.organisation_id, edition="made", year=2026, at=NOON)
        assessments.append(begun.id)
    session.commit()
    rounds = 15

    def write(assessment: int) -> None:
        for turn in range(rounds):
            with Session(engine) as mine, mine.begin():
                seen = store.saved_answers(mine, assessment)
                versions = {q: seen[q].version if q in seen else 0 for q in ("q1", "q2")}
                changes = [AnswerEdit(q, f"o{turn % 2}", seen=version) for q, version in versions.items()]
                assert store.save_answers(mine, assessment, changes, by=None, at=NOON).conflicts == ()

    start = store.trail_head(session)[0]
    session.rollback()
    in_threads([lambda a=a: write(a) for a in assessments])
    assert store.verify_trail(session) is None
    assert store.trail_head(session)[0] == start + len(assessments) * rounds * 2


def test_one_of_two_people_who_save_at_once_is_told_of_a_conflict(
    engine: Engine, session: Session, world: World
) -> None:
    together = threading.Barrier(2)
    results: list[store.SaveResult] = []

    def write(value: str) -> None:
        with Session(engine) as mine, mine.begin():
            store.saved_answers(mine, world.assessment)
            together.wait()
            change = AnswerEdit("q1", value)
            results.append(store.save_answers(mine, world.assessment, [change], by=world.company.id, at=NOON))

    in_threads([lambda: write("o1"), lambda: write("o2")])
    [conflict] = [conflict for saved in results for conflict in saved.conflicts]
    kept = store.saved_answers(session, world.assessment)["q1"].text
    assert conflict.kept.text == kept
    assert {conflict.wanted.text, kept} == {"o1", "o2"}


def test_no_submission_slips_between_snapshot_and_closing(engine: Engine, session: Session, world: World) -> None:
    together, done = threading.Barrier(2), threading.Event()
    outcome: dict[str, object] = {}

    def close() -> None:
        with Session(engine) as mine, mine.begin():

            def snapshot() -> str:
                together.wait()
                done.wait(0.5)  # the submission would be done by then if closing did not block it
                return f'{{"n": {len(store.latest_submissions(mine, 2026))}}}'

            store.close_period(mine, 2026, by=world.steward.id, at=NOON, snapshot=snapshot)

    def submit() -> None:
        together.wait()
        try:
            with Session(engine) as mine, mine.begin():
                hand_in(mine, world.assessment, by=world.company.id)
        except store.PeriodClosed:
            outcome["refused"] = True
        done.set()

    in_threads([close, submit])
    assert outcome == {"refused": True}
    assert store.latest_submissions(session, 2026) == ()
    assert store.published(session, 2026).content == '{"n": 0}'


def test_the_database_itself_refuses_changes_of_the_trail(session: Session, busy: World) -> None:
    for statement in ("UPDATE trail SET after = ''", "DELETE FROM trail WHERE id = 1"):
        with pytest.raises(DBAPIError, match="never changed"):
            session.execute(text(statement))
        session.rollback()
