"""`erase-company` says what it deletes, deletes it from every file, and is repeated when an old backup is restored."""

import json
import os
import shutil
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from compliance import store
from compliance.languages.formats import long_date
from compliance.store import AnswerEdit
from compliance.store.company_erasure_requests import (
    TIME_TO_UNDO,
    ask_company_erasure,
    company_erasure_request,
    take_due_company_erasure,
    undo_company_erasure,
)
from compliance.store.company_erasures import erase_draft
from compliance.store.erasures import erasure_counts, note_erasure
from compliance.store.evidence import LibraryUse
from compliance.store.evidence_library import ItemDetails, StoredFile, add_item
from compliance.store.file_storage import FileStorageFailed, FolderStorage
from compliance.store.models import Assessment
from compliance.store.work_models import OutboxMail
from compliance.web.database import db, store_engine
from compliance.web.installation import open_installation
from compliance.web.jobs import run_next_job
from tests.commands.test_doctor_command import look
from tests.commands.test_keeping_commands import refusal, said, state
from tests.support.sites import NOON, begin, make_site, prepare_installation, settle

MARK = "Quokkaville"
NAME = "Example Travel 01"
OLD = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a company that wrote a recognisable text into answers, evidence and a file."""
    folder = tmp_path_factory.mktemp("made")
    prepare_installation(folder)
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder))
    number, ana = begin(site), site.people["ana"].id
    storage = FolderStorage(folder / "files")
    with site.store() as session, session.begin():
        for words in (f"{MARK} first", f"{MARK} second"):
            seen = store.saved_answers(session, number).get("r1.code")
            edit = AnswerEdit("r1.code", "n/a", f"{words} {'x' * 6000}", seen=seen.version if seen else 0)
            store.save_answers(session, number, [edit], by=ana, at=NOON)
        kept = StoredFile(storage.put(f"A list of {MARK}".encode()), f"{MARK}.txt", "text/plain", 20)
        item = add_item(session, 1, ItemDetails(f"{MARK} list"), kept, by=ana, at=NOON)
        store.add_evidence(session, number, "r1.code", LibraryUse(item), by=ana, at=NOON)
        another = StoredFile(storage.put(b"Another"), "a.txt", "text/plain", 7)
        add_item(session, 2, ItemDetails("Another"), another, by=site.people["olga"].id, at=NOON)
    for file in (folder / "files").glob("*/*"):
        os.utime(file, (OLD, OLD))
    site.close()
    return folder


@pytest.fixture(scope="module")
def restored(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backup, and with a copy that was restored from it. Copy both.

    So the files of the copy contain nothing that is not in its tables.
    """
    folder = tmp_path_factory.mktemp("restored")
    with pytest.MonkeyPatch.context() as patched:
        _without_settings(patched)
        patched.setenv("ARTICLE34_INSTANCE", str(made))
        said("backup", folder / "before.zip", "--with-secrets")
        patched.setenv("ARTICLE34_INSTANCE", str(folder / "kept"))
        said("restore", folder / "before.zip")
    return folder


def _without_settings(patched: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MAIL_SERVER", "ARTICLE34_RETENTION", "ARTICLE34_ERASURES"):
        patched.delenv(name, raising=False)


@pytest.fixture
def folder(restored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that was restored from the backup beside it, for one test."""
    shutil.copytree(restored, tmp_path, dirs_exist_ok=True)
    _without_settings(monkeypatch)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "kept"))
    for file in (tmp_path / "kept" / "files").glob("*/*"):
        os.utime(file, (OLD, OLD))
    return tmp_path / "kept"


def files_with(folder: Path, words: str) -> list[str]:
    """The files of a folder that contain these words on disk."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes())


def test_the_command_says_what_it_deletes_and_deletes_nothing_without_a_yes(folder: Path) -> None:
    before = state(folder)
    assert "there is no company Nobody" in refusal("erase-company", "Nobody", "--yes")
    assert "article34.db" in files_with(folder, MARK)
    copy = folder.parent / "copy.zip"
    words = said("erase-company", "1", "--export", copy, code=1)
    assert "Delete company 1? That cannot be undone [y/N]" in words and "Aborted!" in words
    with zipfile.ZipFile(copy) as file:
        assert MARK in json.loads(file.read("data.json"))["answer"][0]["reason"]
        assert [name for name in file.namelist() if name.startswith("files/")]
    assert copy.stat().st_mode & 0o077 == 0 and state(folder) == before


def test_no_file_of_the_installation_has_the_company_s_words_afterwards(folder: Path) -> None:
    assert files_with(folder, MARK) and files_with(folder, NAME)
    words = said("erase-company", NAME, "--yes")
    assert f"What goes of company 1, {NAME}: its name, 1 answer, 1 item of evidence, 0 submissions" in words
    assert f"Company 1 is deleted, which {folder / 'erasures.jsonl'} says for when a backup is restored." in words
    assert words.endswith("Of its files, 1 are deleted.\n")
    assert files_with(folder, MARK) == files_with(folder, NAME) == []
    assert files_with(folder / "files", "Another") != []
    assert [json.loads(line)["company"] for line in (folder / "erasures.jsonl").read_text().splitlines()] == [1]
    words = said("verify-trail")
    assert words.startswith("Intact: ") and "Erased: 0 people, 1 company (1) and 0 drafts, with the words of " in words
    assert "names 0 people, 1 company to be erased again" in look()[1]["erasures"][0][1]
    assert said("retention", "--apply") == "Nothing was deleted.\n"
    assert "there is no company" in refusal("erase-company", NAME, "--yes")


def test_a_very_recent_file_is_left_to_retention(folder: Path) -> None:
    for file in (folder / "files").glob("*/*"):
        os.utime(file)
    words = said("erase-company", "1", "--yes")
    assert "Of its files, 0 are deleted; 1 that others have too, or that came just now, stay" in words
    assert MARK.encode() not in (folder / "article34.db").read_bytes() and files_with(folder, MARK) != []


def test_an_erasure_is_repeated_when_an_earlier_backup_is_restored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, other, again = folder.parent / "before.zip", folder.parent / "other", folder.parent / "again"
    said("erase-company", "1", "--yes")
    noted = folder / "erasures.jsonl"
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(other))
    words = said("restore", backup, "--erasures", noted)
    assert f"Erased again: 1 of 1 company in {noted}." in words
    assert files_with(other, MARK) == [] and files_with(other / "files", "Another") != []
    assert said("verify-trail").startswith("Intact: ")
    assert f"Not in {other / 'erasures.jsonl'}: company 1." in said("verify-trail")
    later = folder.parent / "later.zip"
    said("backup", later)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(again))
    assert f"Erased again: 0 of 1 company in {noted}." in said("restore", later, "--erasures", noted)
    assert said("verify-trail").startswith("Intact: ")


def test_a_deletion_asked_for_before_a_backup_can_be_stopped_again_after_its_restore(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    long_ago = datetime.now(UTC) - 2 * TIME_TO_UNDO
    with Session(engine) as session, session.begin():
        assert ask_company_erasure(session, 1, by=1, at=long_ago)
    said("backup", folder.parent / "later.zip", "--with-secrets")
    with Session(engine) as session, session.begin():
        undo_company_erasure(session, 1, by=1, at=long_ago)
    engine.dispose()
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / "other"))
    assert "Its owners are told so by e-mail" in said("restore", folder.parent / "later.zip")
    engine = store.open_database(f"sqlite:///{folder.parent / 'other' / 'article34.db'}")
    with Session(engine) as session:
        asked = company_erasure_request(session, 1)
        assert asked is not None and asked.by == 1 and asked.until > datetime.now(UTC)
        assert take_due_company_erasure(session, at=datetime.now(UTC)) is None
    engine.dispose()
    app = open_installation()
    while run_next_job(app, threading.Event()):  # as its server does
        pass
    with app.app_context():
        [mail] = db().scalars(select(OutboxMail).where(OutboxMail.kind == "company-deletion"))
        assert mail.to == "ana@example.org" and f"It will be deleted on {long_date(asked.until)}." in mail.text
    store_engine(app).dispose()
    assert said("verify-trail").startswith("Intact: ")
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / "third"))
    assert "to be deleted" not in said("restore", folder.parent / "before.zip")


def test_a_restore_is_complete_even_if_files_of_an_erased_company_cannot_be_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said("erase-company", "1", "--yes")
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / "other"))

    def refuse(*_given: object, **_more: object) -> bool:
        raise FileStorageFailed("the storage does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(FolderStorage, "remove", refuse)
        words = said("restore", folder.parent / "before.zip", "--erasures", folder / "erasures.jsonl")
    assert "Files of what was erased are still there (the storage does not answer): compliance retention" in words
    assert (folder.parent / "other" / "secret_key").read_text() == (folder / "secret_key").read_text()
    assert said("verify-trail").startswith("Intact: ") and files_with(folder.parent / "other" / "files", MARK) != []
    for file in (folder.parent / "other" / "files").glob("*/*"):
        os.utime(file, (OLD, OLD))
    said("retention", "--apply")
    assert files_with(folder.parent / "other", MARK) == []


def test_the_deletion_of_a_draft_is_repeated_once_and_later_answers_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session, session.begin():
        number = session.scalars(select(Assessment.id)).one()
        note_erasure(folder / "erasures.jsonl", *erase_draft(session, number, by=None, at=datetime.now(UTC)).erasures)
        store.save_answers(session, number, [AnswerEdit("r1.code", "n/a", "Anew")], by=None, at=datetime.now(UTC))
    engine.dispose()
    later, noted = folder.parent / "later.zip", folder / "erasures.jsonl"
    said("backup", later)
    for backup, name, repeated, kept in ((folder.parent / "before.zip", "a", 1, None), (later, "b", 0, "Anew")):
        monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / name))
        assert f"Erased again: {repeated} of 1 draft in {noted}." in said("restore", backup, "--erasures", noted)
        with closing(sqlite3.connect(folder.parent / name / "article34.db")) as database:
            assert [row[0] for row in database.execute("SELECT reason FROM answer")] == ([kept] if kept else [])
        assert said("verify-trail").startswith("Intact: ")


def test_an_erasure_missing_in_the_file_of_erasures_is_reported(folder: Path) -> None:
    said("erase-company", "1", "--yes")
    assert "Not in" not in said("verify-trail")
    (folder / "erasures.jsonl").unlink()
    assert f"Not in {folder / 'erasures.jsonl'}: company 1. Find out who did this" in said("verify-trail")
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session:
        assert erasure_counts(session).companies == (1,)
    engine.dispose()
