"""`compliance retention` lists before it deletes, and `erase-person` is repeated when an earlier backup is restored."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.models import Person
from compliance.store.work_models import OutboxMail
from compliance.web.settings import RETENTION_DAYS, BadSetting, retention_days
from tests.commands.test_doctor_command import look
from tests.commands.test_keeping_commands import refusal, said, state

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a mail and an account whose retention periods are over."""
    folder = tmp_path_factory.mktemp("due")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session, session.begin():
        store.add_mail(
            session, kind="any", to="ana@example.org", language="en", person_id=None, subject="s", text="t", html="",
            urgency="notice", at=LONG_AGO,
        )  # fmt: skip
        session.execute(update(OutboxMail).values(given_up_at=LONG_AGO))
        jon = session.query(Person.id).where(Person.email == "jon@example.org").scalar()
        store.set_active(session, jon, False, by=None, at=LONG_AGO)
    engine.dispose()
    return folder


def person(folder: Path, email: str) -> int | None:
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session:
        found = session.query(Person.id).where(Person.email == email).scalar()
    engine.dispose()
    return None if found is None else int(found)


def test_data_due_for_deletion_is_listed_and_deleted_only_on_request(folder: Path) -> None:
    jon, before = person(folder, "jon@example.org"), state(folder)
    words = said("retention").splitlines()
    assert "     1  mails that were sent, or given up, after 30 days" in words
    assert f"     1  accounts that were closed, after 730 days: person/{jon}" in words
    assert words[-1] == "Nothing was deleted: compliance retention --apply deletes it."
    assert state(folder) == before
    assert ("note", "the time of 2 rows or files has come: see compliance retention") in look()[1]["retention"]
    assert said("retention", "--apply").splitlines() == [
        "deleted: 1 mails that were sent, or given up",
        "deleted: 1 accounts that were closed",
    ]
    assert person(folder, "jon@example.org") is None
    words = said("verify-trail")
    assert words.startswith("Intact: ")
    assert f"Erased: 1 person ({jon}), 0 companies and 0 drafts, with the words of " in words
    assert said("retention").splitlines()[-1] == "Nothing is due."
    assert said("retention", "--apply") == "Nothing was deleted.\n"
    assert [json.loads(line)["person"] for line in (folder / "erasures.jsonl").read_text().splitlines()] == [jon]


def test_the_rest_of_an_incomplete_file_is_deleted_after_a_day(folder: Path) -> None:
    said("retention", "--apply")
    inner = folder / "files" / "ab"
    inner.mkdir(mode=0o700, parents=True)
    old, young = (inner / f".ab{'0' * 62}.0000000{number}.unfinished" for number in (1, 2))
    for each in (old, young):
        each.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert f"     1  files whose writing was cut short, after 1 day: {old.name}" in said("retention").splitlines()
    assert old.exists()
    assert ("note", "the time of 1 row or file has come: see compliance retention") in look()[1]["retention"]
    assert said("retention", "--apply") == "deleted: 1 files whose writing was cut short\n"
    assert list(inner.iterdir()) == [young]


def test_retention_periods_can_be_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE34_RETENTION", "accounts=36500 mails=9000")
    assert said("retention").splitlines()[-1] == "Nothing is due."
    assert retention_days("mails=14") == {**RETENTION_DAYS, "mails": 14}


@pytest.mark.parametrize(
    "text", ["mails", "mails=", "mails=0", "mails=-1", "mails=1.5", "letters=3", "mails=14,jobs=3"]
)
def test_an_invalid_retention_period_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^ARTICLE34_RETENTION"):
        retention_days(text)


def test_an_erased_person_stays_erased_when_an_earlier_backup_is_restored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, other = folder.parent / "backup.zip", folder.parent / "other"
    said("backup", backup)
    assert refusal("erase-person", "ana@example.org", "--yes").startswith("a company keeps at least one owner")
    assert refusal("erase-person", "nobody@example.org", "--yes") == "nobody has the address nobody@example.org\n"
    words = said("erase-person", "stella@example.org", "--yes")
    assert f"is erased, which {folder / 'erasures.jsonl'} says for when a backup is restored." in words
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(other))
    (folder / "broken.jsonl").write_text("{}\n")
    assert "line 1 is not as this tool writes it" in refusal("restore", backup, "--erasures", folder / "broken.jsonl")
    words = said("restore", backup, "--erasures", folder / "erasures.jsonl")
    assert f"Erased again: 1 of 1 person in {folder / 'erasures.jsonl'}." in words
    assert person(other, "stella@example.org") is None and person(other, "audun@example.org") is not None
    assert said("verify-trail").startswith("Intact: ")


def test_without_a_file_of_erasures_a_restore_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup, other = folder.parent / "backup.zip", folder.parent / "other"
    said("backup", backup)
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(other))
    assert f"Nobody was erased again: {other / 'erasures.jsonl'} names nobody." in said("restore", backup)


def test_doctor_says_where_the_file_of_erasures_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said("erase-person", "stella@example.org", "--yes")
    file = folder / "erasures.jsonl"
    assert look()[1]["erasures"][0][0] == "note"
    elsewhere = folder.parent / "erasures.jsonl"
    shutil.copy(file, elsewhere)
    monkeypatch.setenv("ARTICLE34_ERASURES", str(elsewhere))
    assert look()[1]["erasures"] == [
        ("ok", f"{elsewhere} names 1 person to be erased again with an earlier backup"),
    ]
    elsewhere.write_text("no line")
    assert look()[1]["erasures"][0][0] == "problem"
    monkeypatch.setenv("ARTICLE34_ERASURES", str(folder / "nowhere" / "erasures.jsonl"))
    assert "so that nobody can be erased: make its folder" in look()[1]["erasures"][0][1]
