"""Backups are made while people save, restored into the other kind of database, and refused unless complete."""

import errno
import gc
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.backup_archive import open_archive
from compliance.store.backups import FILE_COLUMNS, RestoreRefused, restore_backup, write_backup
from compliance.store.database_state import database_state
from compliance.store.erasures import erase_person, repeat_erasures
from compliance.store.evidence_models import LibraryItemRow, LibraryVersion
from compliance.store.file_storage import FolderStorage
from compliance.store.models import Base
from compliance.store.trail_check import trail_difference
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.examples import SHARE
from tests.support.stores import NOON, World, with_tables

SECRETS = {"SECRET_KEY": "k" * 40}


def back_up(engine: Engine, folder: Path, **more: Any) -> Path:
    """Back up a database with the files in `folder`, and return the path of the backup, also in `folder`."""
    path = folder / "backup.zip"
    with path.open("wb") as file:
        write_backup(engine, FolderStorage(folder / "files"), file, made_by="1", at=NOON, secrets=SECRETS, **more)
    return path


def restore(path: Path, engine: Engine, folder: Path) -> None:
    with open_archive(path) as archive:
        restore_backup(archive, engine, FolderStorage(folder / "restored"))


def contents(engine: Engine) -> dict[str, list[str]]:
    """Return every row of every table, as text."""
    with engine.connect() as connection:
        return {
            name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for name, table in Base.metadata.tables.items()
        }


@pytest.fixture
def other_databases(
    databases: SqliteFolder | PostgresCluster, request: pytest.FixtureRequest
) -> SqliteFolder | PostgresCluster:
    """The source of databases of the other kind."""
    name = "postgres_cluster" if isinstance(databases, SqliteFolder) else "sqlite_files"
    found: SqliteFolder | PostgresCluster = request.getfixturevalue(name)
    return found


@pytest.fixture
def without_tables(other_databases: SqliteFolder | PostgresCluster) -> Iterator[Engine]:
    """An empty database of the other kind, without tables."""
    yield from opened(other_databases.empty(), other_databases)


@pytest.fixture
def other(other_databases: SqliteFolder | PostgresCluster) -> Iterator[Engine]:
    """A database of the other kind without rows."""
    yield from opened(place_for_restoring(other_databases), other_databases)


def place_for_restoring(databases: SqliteFolder | PostgresCluster) -> str:
    """The URL of a database without rows. Below a share of 1 it has tables, as making them takes longest."""
    return databases.empty() if SHARE >= 1 else databases.copy_of(with_tables(databases))


def opened(url: str, databases: SqliteFolder | PostgresCluster) -> Iterator[Engine]:
    engine = store.open_database(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@dataclass
class Savers:
    """Threads that save until they are stopped, and the answers that they acknowledged."""

    engine: Engine
    assessments: list[int]
    acknowledged: list[tuple[int, str, str]] = field(default_factory=list)
    began: threading.Barrier = field(init=False)
    stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Savers":
        self.began = threading.Barrier(len(self.assessments) + 1)
        self._threads = [threading.Thread(target=self._save, args=(each,)) for each in self.assessments]
        for thread in self._threads:
            thread.start()
        self.began.wait(60)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(60)

    def _save(self, assessment: int) -> None:
        turn = 0
        while not self.stop.is_set():
            turn += 1
            page = [store.AnswerEdit(f"r{turn}.{part}", f"{turn}") for part in "abc"]
            with Session(self.engine) as session, session.begin():
                store.save_answers(session, assessment, page, by=None, at=NOON)
            self.acknowledged += [(assessment, edit.question, edit.text) for edit in page]
            if turn == 3:
                self.began.wait(60)


def test_a_backup_made_under_load_can_be_restored_into_the_other_kind_of_database(
    engine: Engine, other: Engine, world: World, tmp_path: Path
) -> None:
    with Session(engine) as session, session.begin():
        assessments = [
            store.assessment_for(session, world.company.organisation_id, edition=name, year=2026, at=NOON).id
            for name in ("first", "second")
        ]
    with Savers(engine, assessments) as savers:
        before = list(savers.acknowledged)
        path = back_up(engine, tmp_path)
        after = len(savers.acknowledged)
    assert after > len(before) > 0, "nobody saved while the backup was made"
    restore(path, other, tmp_path)
    with Session(other) as session:
        kept = {tuple(row) for row in session.execute(text("SELECT assessment_id, question, value FROM answer"))}
        pages = session.execute(text("SELECT count(*) FROM answer GROUP BY assessment_id")).scalars().all()
        head = store.trail_head(session)
        assert store.verify_trail(session) is None
    assert set(before) <= kept, "an answer that was acknowledged before the backup began is not in it"
    assert all(number % 3 == 0 for number in pages), "a page was backed up by halves"
    # A snapshot of one moment: each answer has its trail entry, and the head of the trail is one that the database had.
    with Session(engine) as session:
        noted = session.scalar(text(f"SELECT hash FROM trail WHERE id = {head[0]}"))  # noqa: S608
    assert noted == head[1]
    with Session(other) as session, session.begin():  # it continues where it was, with the next ids
        person = store.add_person(
            session, email="new@example.org", name="N", password_hash="x", roles=["auditor"], by=None, at=NOON
        )
        assert person.id > world.auditor.id
        assert store.verify_trail(session) is None


def test_a_backup_of_a_backup_is_equal_row_by_row(
    engine: Engine, other: Engine, world: World, sqlite_files: SqliteFolder, tmp_path: Path
) -> None:
    restore(back_up(engine, tmp_path), other, tmp_path)
    assert contents(other) == contents(engine)
    third = store.open_database(place_for_restoring(sqlite_files))
    restore(back_up(other, tmp_path), third, tmp_path)
    assert contents(third) == contents(engine)
    with pytest.raises(DatabaseError, match="never changed"), other.begin() as connection:
        connection.execute(text("DELETE FROM trail"))
    third.dispose()


def test_a_backup_contains_the_files_that_rows_name_and_lists_missing_ones(
    engine: Engine, other: Engine, world: World, tmp_path: Path
) -> None:
    storage = FolderStorage(tmp_path / "files")
    kept, lost = storage.put(b"a policy"), "0" * 64
    storage.put(b"an orphan, which no row names")
    with Session(engine) as session, session.begin():
        company = world.company.organisation_id
        item = LibraryItemRow(organisation_id=company, kind="file", title="Code", seen_by="few", versions=2, at=NOON)
        session.add(item)
        session.flush()
        for number, digest in ((1, kept), (2, lost)):
            session.add(LibraryVersion(item_id=item.id, number=number, at=NOON, digest=digest, words_digest=""))
    path = back_up(engine, tmp_path)
    with open_archive(path) as archive:
        assert (archive.manifest.files, archive.manifest.missing_files) == (1, (lost,))
    restore(path, other, tmp_path)
    assert FolderStorage(tmp_path / "restored").get(kept) == b"a policy"
    assert len(list((tmp_path / "restored").glob("*/*"))) == 1


def test_every_column_that_names_a_file_is_known_to_backups() -> None:
    named = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.comment == "SHA-256 of the file"
    }
    # A list of invited companies is not stored as a file. Texts of documents, and suggestions in them, belong to files
    # in another table.
    others = {("invitation_list", "digest"), ("document_text", "digest"), ("kept_suggestions", "digest")}
    assert named - others == set(FILE_COLUMNS)


def test_a_backup_of_an_earlier_version_is_restored_as_it_was_and_migrated(
    database_url: str, other: Engine, tmp_path: Path
) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0005")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO period (year, opens) VALUES (2026, '2026-01-01')"))
    path = back_up(engine, tmp_path)
    store.upgrade(other)  # tables are there already, and empty
    restore(path, other, tmp_path)
    assert database_state(other).condition == "current"
    with other.connect() as connection:
        assert connection.execute(text("SELECT year FROM period")).scalars().all() == [2026]
    engine.dispose()


def test_a_backup_is_not_restored_into_a_database_in_use(engine: Engine, world: World, tmp_path: Path) -> None:
    path, before = back_up(engine, tmp_path), contents(engine)
    with pytest.raises(RestoreRefused, match=r"the database is in use \(table assessment has 1 row\)"):
        restore(path, engine, tmp_path)
    assert contents(engine) == before


class FullDisk(io.BytesIO):
    """A file that cannot be written to."""

    def write(self, _content: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_backup_that_fails_leaves_nothing_open_in_the_database(engine: Engine, world: World, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        write_backup(engine, FolderStorage(tmp_path), FullDisk(), made_by="1", at=NOON, secrets=SECRETS)
    gc.collect()  # an open cursor warns when it is collected, and warnings fail tests


def test_a_backup_from_before_an_erasure_is_restored_without_that_person_or_not_at_all(
    engine: Engine, session: Session, world: World, without_tables: Engine, tmp_path: Path
) -> None:
    path = back_up(engine, tmp_path)
    erasure = erase_person(session, world.colleague.id, by=world.steward.id, at=NOON)

    def fail(restored: Session) -> None:
        erase_person(restored, erasure.number, by=None, at=NOON)
        raise RestoreRefused("on the way")

    def repeat(restored: Session) -> None:
        assert repeat_erasures(restored, [erasure], at=NOON) == 1

    with open_archive(path) as archive:
        files = FolderStorage(tmp_path / "restored")
        with pytest.raises(RestoreRefused, match="on the way"):
            restore_backup(archive, without_tables, files, afterwards=fail)
        assert database_state(without_tables).condition == "empty"
        restore_backup(archive, without_tables, files, afterwards=repeat)
    restored_rows = str(contents(without_tables))
    assert "ben@example.org" not in restored_rows and "ana@example.org" in restored_rows
    with Session(without_tables) as restored:
        assert trail_difference(restored) is None
