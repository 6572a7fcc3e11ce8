"""Migrations lead from an empty database to the present tables, and these are the tables that the code declares.

`engine` has been upgraded once, from nothing.
"""

import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.evidence import Link, Quotation, add_evidence
from compliance.store.evidence_library import library_of
from compliance.store.models import Base, UTCDateTime


def test_migrations_and_tables_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        checks = {name: inspect(connection).get_check_constraints(name) for name in Base.metadata.tables}
    for name, table in Base.metadata.tables.items():
        wanted = {c.name: str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        found = {check["name"]: check["sqltext"] for check in checks[name]}
        assert found.keys() == wanted.keys(), name
        if engine.dialect.name == "sqlite":  # PostgreSQL rewrites them
            assert found == wanted, name


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    store.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [("0033",)]


def test_an_upgraded_database_can_be_downgraded_and_upgraded_again(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    assert not {"consent_change", "correction"} & {*inspect(engine).get_table_names()}
    store.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO period (year, opens) VALUES (2026, '2026-01-01')"))
        row = "snapshot (period_year, content, digest, created_at) VALUES (2026, '{}', 'd', '2026-03-31 12:00:00')"
        connection.execute(text(f"INSERT INTO {row}"))
        row = "correction (id, period_year, what, why, at) VALUES (1, 2026, 'a', 'b', '2026-03-31 12:00:00')"
        connection.execute(text(f"INSERT INTO {row}"))
    with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
        connection.execute(text("DELETE FROM correction"))


def test_an_answer_and_a_submission_of_an_earlier_version_are_kept(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0003")
    when = "'2026-03-31 12:00:00.000000'"
    with engine.begin() as connection:
        for row in (
            f"organisation (id, name, demonstration, registered_at) VALUES (1, 'Example', '0', {when})",
            "period (year, opens) VALUES (2026, '2026-01-01')",
            "assessment (id, organisation_id, edition_id, period_year, voice, saves, created_at) "
            f"VALUES (1, 1, 'made', 2026, 'self', 1, {when})",
            "answer (assessment_id, question, value, reason, version, at) "
            f"VALUES (1, 'q1', 'n/a', 'No staff', 1, {when})",
            f"edition_copy (digest, edition_id, canonical, kept_at) VALUES ('d', 'made', '{{}}', {when})",
            "submission (id, assessment_id, at, edition_digest, sector, sheet, scores, consent) "
            f"VALUES (1, 1, {when}, 'd', 'travel', '{{}}', '{{}}', 'named')",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    store.upgrade(engine)
    with Session(engine) as session:
        kept = store.saved_answers(session, 1)["q1"]
        assert (kept.text, kept.reason, kept.version, kept.word) == ("n/a", "No staff", 1, "")
        submitted = store.latest_submission(session, 1)
        assert (submitted.consent, submitted.attested_name) == ("named", None)
        with pytest.raises(DBAPIError, match="never changed"):
            session.execute(text("UPDATE submission SET consent = 'private'"))
    engine.dispose()


def test_companies_of_an_earlier_version_wait_for_the_steward_and_keep_their_people(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0005")
    when = "'2026-03-31 12:00:00.000000'"
    person = "person (id, email, name, language, active, fs_uniquifier, organisation_id, created_at)"
    with engine.begin() as connection:
        for row in (
            f"organisation (id, name, demonstration, registered_at) VALUES (1, 'Real', '0', {when})",
            f"organisation (id, name, demonstration, registered_at) VALUES (2, 'Invented', '1', {when})",
            f"{person} VALUES (1, 'a@x.example', 'Ana', 'en', '1', 'a', 1, {when})",
            f"{person} VALUES (2, 'b@x.example', 'Ben', 'en', '1', 'b', 1, {when})",
            f"{person} VALUES (3, 's@x.example', 'Stella', 'en', '1', 's', NULL, {when})",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    store.upgrade(engine)
    with Session(engine) as session:
        assert [(c.name, c.status) for c in store.companies(session)] == [
            ("Invented", "confirmed"),
            ("Real", "pending"),
        ]
        assert [(m.name, m.role) for m in store.company_members(session, 1)] == [
            ("Ana", "owner"),
            ("Ben", "contributor"),
        ]
        assert [m.organisation for m in store.members(session)] == ["Real", "Real", ""]
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":  # rebuilding a table drops it, and rows that refer to it would go too
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
        kept = connection.execute(text("SELECT id, organisation_id FROM person ORDER BY id")).all()
    assert kept == [(1, 1), (2, 1), (3, None)]
    engine.dispose()


def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    faults: list[BaseException] = []

    def upgrade() -> None:
        engine = store.open_database(database_url)
        try:
            store.upgrade(engine)
        except BaseException as fault:
            faults.append(fault)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_sqlite_is_set_to_keep_acknowledged_writes(sqlite_url: str) -> None:
    engine = store.open_database(sqlite_url)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("foreign_keys", "journal_mode", "synchronous")
        }
    engine.dispose()
    assert found == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2}


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UTCDateTime().process_bind_param(datetime(2026, 3, 31, 12), dialect())


@pytest.mark.parametrize("url", ["mysql://localhost/x", "postgres://localhost/x"])
def test_other_databases_are_refused_with_what_to_write_instead(url: str) -> None:
    with pytest.raises(ValueError, match="use sqlite:///FILE or postgresql://"):
        store.open_database(url)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "article34\[postgres\]"'):
        store.open_database("postgresql://localhost/x")


def test_a_new_database_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    engine = store.open_database(f"sqlite:///{tmp_path / 'new.db'}")
    store.upgrade(engine)
    with engine.connect():
        assert {path.name: path.stat().st_mode & 0o077 for path in tmp_path.glob("new.db*")}.items() >= {("new.db", 0)}
    engine.dispose()


def test_an_upgrade_marks_the_accounts_of_a_demonstration(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0005")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO organisation (name, demonstration, registered_at) "
                "VALUES ('Example', (1 = 1), '2026-01-01 12:00:00')"
            )
        )
        for number, email in enumerate(("steward@demo.example", "stella@example.org")):
            connection.execute(
                text(
                    "INSERT INTO person (email, name, language, active, fs_uniquifier, created_at) "
                    "VALUES (:email, '', 'en', (1 = 1), :mark, '2026-01-01 12:00:00')"
                ),
                {"email": email, "mark": str(number)},
            )
    store.upgrade(engine)
    with Session(engine) as session:
        accounts = [
            store.login_account(session, email=email) for email in ("steward@demo.example", "stella@example.org")
        ]
    assert [account is not None and account.demonstration for account in accounts] == [True, False]
    engine.dispose()


def test_a_verdict_of_an_earlier_version_is_kept_and_can_be_changed(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0012")
    when = "'2026-03-31 12:00:00.000000'"
    with engine.begin() as connection:
        for row in (
            f"organisation (id, name, demonstration, registered_at, status, website_domain, lei, counts_apart) "
            f"VALUES (1, 'Example', '0', {when}, 'confirmed', '', '', '0')",
            "period (year, opens) VALUES (2026, '2026-01-01')",
            "assessment (id, organisation_id, edition_id, period_year, voice, saves, created_at) "
            f"VALUES (1, 1, 'made', 2026, 'self', 3, {when})",
            "determination (assessment_id, question, verdict, value, comment, at) "
            f"VALUES (1, 'q1', 'adjusted', 'o1', 'Page 4.', {when})",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    store.upgrade(engine)
    with Session(engine) as session:
        kept = store.determinations(session, 1)["q1"]
        assert (kept.verdict, kept.value, kept.comment, kept.version) == ("adjusted", "o1", "Page 4.", 1)
    engine.dispose()


def test_evidence_of_an_earlier_version_is_kept_unchanged_and_equal_pieces_are_shared(
    database_url: str,
) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0014")
    when = "'2026-03-31 12:00:00.000000'"
    evidence = "evidence (id, assessment_id, question, kind, document, page, dated, passage, url, accessed, note, at)"
    said = "1, {}, 'quotation', 'Code  2025', '4', '2025-05-01', ' No child. ', '', NULL, '{}', " + when
    with engine.begin() as connection:
        for row in (
            f"organisation (id, name, demonstration, registered_at, status, website_domain, lei, counts_apart) "
            f"VALUES (1, 'Example', '0', {when}, 'confirmed', '', '', '0')",
            "period (year, opens) VALUES (2026, '2026-01-01')",
            "assessment (id, organisation_id, edition_id, period_year, voice, saves, created_at) "
            f"VALUES (1, 1, 'made', 2026, 'self', 3, {when})",
            f"{evidence} VALUES (3, {said.format(chr(39) + 'q1' + chr(39), '')})",
            f"{evidence} VALUES (5, {said.format(chr(39) + 'q2' + chr(39), 'a note')})",
            f"{evidence} VALUES (7, 1, 'q1', 'link', '', '', NULL, '', 'https://a.example', '2026-01-02', '', {when})",
            f"{evidence} VALUES (8, 1, 'q2', 'link', '', '', NULL, '', 'https://a.example', NULL, '', {when})",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    before = Quotation("Code  2025", "4", date(2025, 5, 1), " No child. ")
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    for _ in range(2):
        store.upgrade(engine)
        with Session(engine) as session:
            kept = store.evidence_of(session, 1)
            assert [(piece.id, piece.rests_on) for piece in kept["q1"]] == [
                (3, before),
                (7, Link("https://a.example", date(2026, 1, 2))),
            ]
            assert [(piece.id, piece.rests_on) for piece in kept["q2"]] == [
                (5, replace(before, note="a note")),
                (8, Link("https://a.example")),
            ]
            assert [item.uses for item in library_of(session, 1)] == [2, 2]
            add_evidence(session, 1, "q3", Link(" https://a.example "), by=None, at=datetime(2026, 4, 1, tzinfo=UTC))
            assert [item.uses for item in library_of(session, 1)] == [3, 2], "what is typed anew is found"
            session.rollback()
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            config.attributes["connection"] = connection
            command.downgrade(config, "0014")
            assert connection.execute(text("SELECT id, document, url FROM evidence ORDER BY id")).all() == [
                (3, "Code  2025", ""),
                (5, "Code  2025", ""),
                (7, "", "https://a.example"),
                (8, "", "https://a.example"),
            ]
    engine.dispose()
