"""`compliance doctor` finds what is wrong with an installation, says what to do, and changes nothing."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from compliance import store
from compliance.cli import main
from compliance.store.database_setup import snapshot
from compliance.store.database_state import FROZEN_TABLES, damage_found, lax_settings, unfrozen_tables
from compliance.store.evidence_models import LibraryItemRow, LibraryVersion
from compliance.store.file_storage import FolderStorage
from compliance.store.jobs import LEASE, MOST_STARTS
from compliance.web.settings import make_secrets
from tests.commands.test_keeping_commands import earlier, later, of_garbage, of_no_bytes, state
from tests.support.databases import PostgresCluster
from tests.support.real_servers import free_port, mailbox
from tests.support.sites import NOON, Site, make_site, settle


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ADDRESS", "PROXIES", "CONTACT", "FILES"):
        monkeypatch.delenv(f"ARTICLE34_{name}", raising=False)


@pytest.fixture
def site(installation: Path) -> Site:
    """An installation with people, companies and an open period, without open connections."""
    installation.chmod(0o700)
    site = settle(make_site(f"sqlite:///{installation / 'article34.db'}", installation))
    site.close()
    return site


def look() -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """The exit code, and what doctor says about each topic."""
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    found: dict[str, list[tuple[str, str]]] = {}
    for line in json.loads(result.output):
        found.setdefault(line["topic"], []).append((line["grade"], f"{line['words']}: {line['todo']}".rstrip(": ")))
    return result.exit_code, found


def test_an_installation_that_is_well_has_notes_and_no_problem(site: Site, installation: Path) -> None:
    before = state(installation)
    code, found = look()
    assert code == 0, found
    assert found["disk"][0][1].endswith(f" GB are free in {installation}")
    assert found["database"] == [("ok", "sqlite, tables 0033")]
    assert found["integrity"] == [("ok", "pages, indexes and references are whole")]
    assert found["durability"] == [("ok", "what was acknowledged is on disk")]
    assert found["files"] == [("ok", "0 files, each as it was sent")]
    todo = "set ARTICLE34_BREACHED_PASSWORDS"
    assert found["passwords"] == [("note", f"new ones are not looked for among those known by breaches: {todo}")]
    assert found["contact"] == [("note", "visitors are not told whom to ask: set ARTICLE34_CONTACT")]
    assert [grade for grade, _words in found["privacy"]] == ["note"] * 3
    assert found["privacy"][0][1] == "people are not told who answers for their data (the controller): " + (
        "set ARTICLE34_CONTROLLER"
    )
    assert found["address"] == [("note", "only this machine is answered: set ARTICLE34_ADDRESS for others")]
    assert found["mail"] == [("note", f"no mail is sent: each is written to {installation / 'mail'}: set MAIL_SERVER")]
    assert state(installation) == before
    words = CliRunner().invoke(main, ["doctor"]).output.splitlines()
    notes = sum(grade == "note" for lines in found.values() for grade, _said in lines)
    assert words[-1] == f"0 problems, {notes} notes"
    assert "note    contact: visitors are not told whom to ask: set ARTICLE34_CONTACT" in words


def test_the_list_of_breached_passwords_is_reported(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "list"
    monkeypatch.setenv("ARTICLE34_BREACHED_PASSWORDS", str(file))
    for content, grade, words in (
        ("0" * 40, "ok", f"new ones are looked for in {file}, of 0.0 GB"),
        ("secret", "problem", f"{file} has lines that are no SHA-1 hashes of 40 digits: name a file"),
    ):
        file.write_text(content)
        code, found = look()
        topic = "passwords" if grade == "ok" else "ARTICLE34_BREACHED_PASSWORDS"
        assert code == (grade != "ok")
        assert found[topic][0][0] == grade and found[topic][0][1].startswith(words)
    file.unlink()
    code, found = look()
    assert code == 1
    assert found["ARTICLE34_BREACHED_PASSWORDS"][0][1].startswith(f"{file} cannot be read (No such file")


def without_triggers(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER trail_frozen_update")
    connection.close()


def without_a_person(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM person WHERE email = 'ana@example.org'")
    connection.close()


def with_zeros(path: Path) -> None:
    """Write zeros over the page of the file that has the trail, which is not read at the start."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'trail'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))


def in_the_future(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER trail_frozen_update")
        connection.execute("UPDATE trail SET at = '2999-01-01 00:00:00.000000'")
    connection.close()


ILL: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "emptied": (of_no_bytes, "database", "the database is empty, and "),
    "garbage": (of_garbage, "database", "the database is damaged (file is not a database): keep a copy of it"),
    "earlier": (earlier, "database", "the tables are those of an earlier version (0003, and this version needs 0033)"),
    "later": (later, "database", "the tables are those of a newer version (9999, and this version knows 0033"),
    "zeros": (with_zeros, "integrity", "*** in database main *** Tree "),
    "a reference to nothing": (without_a_person, "integrity", "table membership names a row of person that is not th"),
    "no triggers": (without_triggers, "triggers", "rows of trail could be changed: the triggers that refuse it are g"),
    "a clock that was wrong": (in_the_future, "clock", "the last entry of the trail is from 2999-01-01 00:00:00 UTC"),
}


@pytest.mark.parametrize(("change", "topic", "words"), ILL.values(), ids=ILL)
def test_faults_of_a_database_are_problems_and_are_not_changed(
    site: Site, installation: Path, change: Callable[[Path], None], topic: str, words: str
) -> None:
    change(installation / "article34.db")
    before = state(installation)
    code, found = look()
    assert code == 1
    assert any(grade == "problem" and said.startswith(words) for grade, said in found[topic]), found[topic]
    assert state(installation) == before


def test_missing_altered_and_unused_files_are_distinguished(site: Site, installation: Path) -> None:
    storage = FolderStorage(installation / "files")
    kept = storage.put(b"kept"), storage.put(b"altered"), "0" * 64
    storage.put(b"an orphan")
    (installation / "files" / kept[1][:2] / kept[1]).write_bytes(b"something else")
    with site.store() as session, session.begin():
        item = LibraryItemRow(organisation_id=1, kind="file", title="Code", seen_by="few", versions=3, at=NOON)
        session.add(item)
        session.flush()
        for number, digest in enumerate(kept, 1):
            version = LibraryVersion(item_id=item.id, number=number, at=NOON, digest=digest, words_digest="")
            session.add(version)
    site.close()
    code, found = look()
    words = "put it back from a backup: its name is the SHA-256 of its content"
    assert code == 1
    assert sorted(found["files"]) == [
        ("note", "nothing names 1 file, as where a save failed after its file was kept"),
        *sorted(
            [
                ("problem", f"{kept[2]} is missing: {words}"),
                ("problem", f"{kept[1]} is no longer what was sent: {words}"),
            ]
        ),
    ]


def test_files_that_others_may_read_or_write_are_reported(site: Site, installation: Path) -> None:
    (installation / "secret_key").chmod(0o644)
    code, found = look()
    assert (code, found["permissions"][0][0]) == (0, "note")
    installation.chmod(0o755)
    code, found = look()
    assert code == 1
    assert found["folder"] == [("note", f"others may look into {installation}: chmod 700 {installation}")]
    place = installation / "secret_key"
    assert ("problem", f"others may read {place}: chmod 600 {place}") in found["permissions"]
    installation.chmod(0o777)
    assert look()[1]["folder"][0][0] == "problem"
    installation.chmod(0o700)


@pytest.mark.parametrize(
    ("settings", "topic", "grade", "words"),
    [
        ({"ADDRESS": "figures"}, "ARTICLE34_ADDRESS", "problem", "write http:// or https:// and a host"),
        ({"ADDRESS": "http://a.example"}, "address", "problem", "http://a.example is not encrypted"),
        ({"ADDRESS": "https://a.example"}, "address", "problem", "https://a.example needs a proxy, as the tool speaks"),
        ({"PROXIES": "1"}, "address", "problem", "there is a proxy and no public address: set ARTICLE34_ADDRESS"),
        ({"ADDRESS": "https://a.example", "PROXIES": "1"}, "address", "ok", "https://a.example, behind 1 proxy"),
        ({"CONTACT": "Ada, ada@example.org"}, "contact", "ok", "Ada, ada@example.org"),
    ],
)
def test_settings_that_contradict_each_other_are_reported(
    site: Site, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], topic: str, grade: str, words: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"ARTICLE34_{name}", value)
    code, found = look()
    assert code == (grade == "problem")
    assert any(each == grade and said.startswith(words) for each, said in found[topic]), found


def test_the_mail_server_is_contacted_but_no_mail_is_sent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SERVER", "127.0.0.1")
    monkeypatch.setenv("ARTICLE34_ADDRESS", "https://a.example")
    monkeypatch.setenv("ARTICLE34_PROXIES", "1")
    with mailbox() as (port, came):
        monkeypatch.setenv("MAIL_PORT", str(port))
        (code, found), (code_again, again) = look(), look()
        assert found["mail"] == [("ok", f"127.0.0.1:{port} answers")]
        # time passes, and other programs write to the disk
        told = [
            {topic: lines for topic, lines in each.items() if topic not in ("clock", "disk")} for each in (found, again)
        ]
        assert (code, told[0]) == (0, told[1]) and code_again == 0
        assert all(each[topic][0][0] == "ok" for each in (found, again) for topic in ("clock", "disk"))
        assert came.empty()
    monkeypatch.setenv("MAIL_PORT", str(free_port()))
    code, found = look()
    assert code == 1 and found["mail"][0][1].startswith("the server 127.0.0.1:")


@pytest.mark.fault("PostgreSQL does not sync its writes", "doctor", "it is reported as a problem")
def test_postgresql_without_fsync_is_a_problem(
    postgres_cluster: PostgresCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", postgres_cluster.empty())
    monkeypatch.delenv("MAIL_SERVER", raising=False)
    make_secrets(tmp_path, {})
    assert CliRunner().invoke(main, ["migrate", "--anew"]).exit_code == 0
    code, found = look()
    assert code == 1
    [(grade, words)] = found["durability"]  # as the tests have it, for speed
    assert grade == "problem" and "(fsync = off, synchronous_commit = off, full_page_writes = off)" in words
    assert found["database"] == [("ok", "postgresql, tables 0033")]
    assert found["integrity"][0][0] in ("ok", "note") and "triggers" not in found
    assert found["clock"][0][0] == "ok"


def test_doctor_checks_exactly_the_tables_that_are_frozen(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine)
    with snapshot(engine) as connection:
        assert unfrozen_tables(connection) == ()
        assert list(damage_found(connection)) == []
        assert engine.dialect.name == "postgresql" or lax_settings(connection) == ()
        found = text(
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
            if engine.dialect.name == "sqlite"
            else "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        assert sorted(connection.execute(found).scalars()) == sorted(FROZEN_TABLES)
    engine.dispose()


def test_doctor_creates_nothing_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "new"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    code, found = look()
    assert code == 1
    assert found["folder"] == [("problem", f"there is no folder {tmp_path / 'new'}: run compliance migrate")]
    assert list(tmp_path.iterdir()) == []


def test_jobs_and_mails_given_up_are_reported(site: Site, installation: Path) -> None:
    assert "jobs" not in look()[1]
    with site.store() as session, session.begin():
        for year in (2026, 2027):
            store.queue_job(session, "close-period", f"period/{year}", by=None, at=NOON)
            for start in range(MOST_STARTS + 1):
                store.take_job(session, at=NOON + start * 2 * LEASE)
    site.close()
    page = "Jobs and e-mails of the steward"
    words = f"2 jobs given up: the program stopped several times during each: look at the log, then see {page}"
    assert look()[1]["jobs"] == [("note", words)]
