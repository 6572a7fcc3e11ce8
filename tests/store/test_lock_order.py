"""Erasures lock rows before the trail, like everybody else, so that no two changes wait for each other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.assessment_periods import keep_preview
from compliance.store.companies import name_counting_company, rename_company
from compliance.store.company_erasures import erase_company, erase_draft
from compliance.store.desk_readings import add_campaign, begin_reading
from compliance.store.document_passages import KeptSuggestions, keep_suggestions
from compliance.store.erasures import ask_erasure, erase_person, withdraw_erasure
from compliance.store.evidence_library import library_of, withdraw_item
from compliance.store.independence import withdraw_interest
from compliance.store.invitation_models import InvitedCompanyRow
from compliance.store.invitations import CompanyToInvite, add_invitation_list, settle_match
from compliance.store.memberships import answer_request, join_requests
from compliance.store.models import Submission
from compliance.store.read_companies import CompanyToRead, add_read_company, read_companies
from compliance.store.workbooks import discard_upload, record_download, workbook_uploads
from tests.store.test_company_erasures import FILES, MARK, home, plant
from tests.support.databases import PostgresCluster
from tests.support.stores import NOON, World, settle, with_tables

TRAIL = 34_1989
MERGED, INVITED = "Merged Travel", "Another Name"


@pytest.fixture(scope="module")
def filled(postgres_cluster: PostgresCluster) -> tuple[str, World]:
    """A database in which other rows refer to the company, and the world in it. Copy it, do not connect to it."""
    url = postgres_cluster.copy_of(with_tables(postgres_cluster))
    engine = store.open_database(url)
    with Session(engine) as session, session.begin():
        world = settle(session)
    with Session(engine) as session:
        plant(session, world)
        by = world.steward.id
        merged = store.add_organisation(session, MERGED, at=NOON, status="confirmed")
        store.merge_company(session, merged, into=home(world), seen="confirmed", reason="One", by=by, at=NOON)
        domain = f"{MARK.lower()}.example"
        add_read_company(session, CompanyToRead(name=f"{MARK} Two", website_domain=domain), by=by, at=NOON)
        invited = [CompanyToInvite(line=1, name=f"{MARK} Two"), CompanyToInvite(line=2, name=INVITED)]
        add_invitation_list(session, 2026, "Travel", invited, by=by, at=NOON)
        line = update(InvitedCompanyRow).where(InvitedCompanyRow.line == 2)
        session.execute(line.values(possible_organisation_id=home(world)))
        store.queue_job(session, "any", f"assessment/{world.assessment}", by=None, at=NOON)
        keep_preview(session, 2026, "{}", inputs="d" * 64, at=NOON)
        suggest(session, world)
        session.commit()
    engine.dispose()
    return url, world


@pytest.fixture
def engine(postgres_cluster: PostgresCluster, filled: tuple[str, World]) -> Iterator[Engine]:
    url = postgres_cluster.copy_of(filled[0])
    engine = store.open_database(url)
    yield engine
    engine.dispose()
    postgres_cluster.drop(url)


@pytest.fixture
def world(filled: tuple[str, World]) -> World:
    return filled[1]


def begin(session: Session, world: World) -> None:
    (company,) = read_companies(session)
    assert company.organisation_id == home(world)
    begin_reading(session, company.id, "made", by=None, at=NOON)


def begin_all(session: Session, world: World) -> None:
    add_campaign(session, "All", "made", list_id=1, by=None, at=NOON)


def rename_merged(session: Session, world: World) -> None:
    (number,) = (one.id for one in store.companies(session) if one.name == MERGED)
    rename_company(session, number, "New", reason="Asked", by=world.steward.id, at=NOON)


def count_by_another(session: Session, world: World) -> None:
    (other,) = (one for one in store.companies(session) if one.name == "Another")
    assert other.group_id is not None
    name_counting_company(session, other.group_id, other.id, reason="Asked", by=world.steward.id, at=NOON)


def settle_line(session: Session, world: World) -> None:
    settle_match(session, 1, 2, home(world), by=world.steward.id, at=NOON)


def unsettle_line(session: Session, world: World) -> None:
    settle_match(session, 1, 1, None, by=world.steward.id, at=NOON)


def let_in(session: Session, world: World) -> None:
    (asked,) = join_requests(session, organisation_id=home(world), state="open")
    answer_request(session, asked.id, accept=True, reason="", by=world.company.id, at=NOON)


def lose_interest(session: Session, world: World) -> None:
    withdraw_interest(session, world.auditor.id, home(world), by=world.auditor.id, at=NOON)


def withdraw_evidence(session: Session, world: World) -> None:
    item = library_of(session, home(world))[0]
    withdraw_item(session, item, withdrawn=True, by=world.company.id, at=NOON)


def suggest(session: Session, world: World) -> None:
    keep_suggestions(session, KeptSuggestions(FILES[2], "d" * 64, "en", "any", "[]"), format=1, at=NOON)


def finish(session: Session, world: World) -> None:
    job = store.take_job(session, at=NOON)
    if job is None:
        raise store.NotFound("no job")
    suggest(session, world)
    keep_preview(session, 2026, "{}", inputs="e" * 64, at=NOON)
    store.finish_job(session, job, at=NOON)


def discard(session: Session, world: World) -> None:
    (upload,) = workbook_uploads(session, world.assessment)
    discard_upload(session, upload, by=world.auditor.id, at=NOON)


def download(session: Session, world: World) -> None:
    submission = session.scalars(select(Submission.id).where(Submission.assessment_id == world.assessment)).one()
    record_download(session, world.assessment, submission, (), by=world.auditor.id, at=NOON)


CHANGES = [
    *(begin, begin_all, rename_merged, count_by_another, settle_line, unsettle_line, let_in),
    *(lose_interest, withdraw_evidence, finish, discard, download),
]


@pytest.mark.parametrize("erased_first", [False, True], ids=["changed-first", "erased-first"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_company_can_be_erased_while_somebody_changes_a_row_about_it(
    engine: Engine, world: World, change: Callable[[Session, World], None], erased_first: bool
) -> None:
    def erase(session: Session) -> None:
        erase_company(session, home(world), by=None, at=NOON)

    def change_unless_gone(session: Session) -> None:
        try:
            change(session, world)
        except (store.StoreError, ValueError):  # of unpacking: the row is not there any more
            session.rollback()

    meanwhile(engine, *((erase, change_unless_gone) if erased_first else (change_unless_gone, erase)))
    with Session(engine) as session:
        assert store.company(session, home(world)).erased_at == NOON
        assert store.verify_trail(session) is None


def test_a_draft_can_be_erased_while_a_job_about_it_ends(engine: Engine, world: World) -> None:
    with Session(engine) as session:
        draft = store.assessment_for(session, home(world), edition="other", year=2026, at=NOON).id
        store.queue_job(session, "other", f"assessment/{draft}", by=None, at=NOON)
        session.commit()
        job = store.take_job(session, at=NOON), store.take_job(session, at=NOON)
        session.commit()
    assert job[1] is not None
    ended = job[1]
    meanwhile(
        engine,
        lambda session: store.finish_job(session, ended, at=NOON),
        lambda session: erase_draft(session, draft, by=None, at=NOON),
    )


def test_a_person_can_be_erased_while_a_company_of_theirs_is_changed(engine: Engine, world: World) -> None:
    with Session(engine) as session:
        elsewhere = store.add_organisation(session, "Elsewhere", at=NOON)
        for role, person in (("owner", world.company), ("contributor", world.colleague)):
            store.add_membership(session, person.id, elsewhere, role=role, by=None, at=NOON)
        session.commit()

    def rename(session: Session) -> None:
        rename_company(session, elsewhere, "New", reason="Asked", by=world.steward.id, at=NOON)

    meanwhile(engine, rename, erase_colleague(world))


@pytest.mark.parametrize("is_about", ["mail", "erasure"])
def test_a_person_can_be_erased_while_they_change_their_settings(engine: Engine, world: World, is_about: str) -> None:
    with Session(engine) as session:
        ask_erasure(session, world.colleague.id, at=NOON)
        session.commit()

    def change(session: Session) -> None:
        if is_about == "mail":
            store.switch_mail(session, world.colleague.id, {"reminder": False}, at=NOON)
        else:
            withdraw_erasure(session, world.colleague.id, at=NOON)

    meanwhile(engine, change, erase_colleague(world))


def erase_colleague(world: World) -> Callable[[Session], object]:
    return lambda session: erase_person(session, world.colleague.id, by=None, at=NOON)


def meanwhile(engine: Engine, first: Callable[[Session], object], second: Callable[[Session], object]) -> None:
    """Make one change up to where it waits for the trail, then another until it waits or ends, then both to the end."""
    with ThreadPoolExecutor(1) as thread, Session(engine) as mine, engine.connect() as watching:
        watching = watching.execution_options(isolation_level="AUTOCOMMIT")
        begun: list[Future[None]] = []

        def make_second() -> None:
            with Session(engine) as theirs:
                second(theirs)
                theirs.commit()

        def begin_second(connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if not begun and "pg_advisory_xact_lock" in statement and parameters.get("lock") == TRAIL:
                begun.append(thread.submit(make_second))
                while not (wait(begun, 0.01).done or watching.scalar(text(WAITING))):
                    pass

        event.listen(mine.connection(), "before_cursor_execute", begin_second)
        first(mine)
        mine.commit()
        begun[0].result()


#: Whether a session waits for a lock of another.
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
