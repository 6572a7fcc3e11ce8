"""`erase-person` leaves no word of a person in any file, and says which parts of an old trail remain guessable."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, audit_trail
from compliance.store.independence import declare_interest
from compliance.store.second_factors import add_passkey
from tests.commands.test_keeping_commands import said
from tests.support.sites import NOON, YEAR

MARK = "Numbatfield"
UNSALTED = "{} of the emptied entries are from before migration 0028, without a salt."


def declare(folder: Path) -> None:
    """Let Audun declare an interest and name a passkey, and Ana answer something."""
    engine = store.open_database(f"sqlite:///{folder / 'article34.db'}")
    with Session(engine) as session, session.begin():
        people = {member.name: member.id for member in store.members(session)}
        audun, ana = people["Audun"], people["Ana"]
        declare_interest(session, audun, 1, what=f"A cousin at {MARK}", by=audun, at=NOON)
        add_passkey(
            session, audun, name=f"Phone of {MARK}", credential_id=b"c", public_key=b"k", sign_count=0, transports=(),
            device_type="single_device", backup_state=False, at=NOON,
        )  # fmt: skip
        number = store.assessment_for(session, 1, edition="walk", year=YEAR, at=NOON).id
        store.save_answers(session, number, [AnswerEdit("r1.code", "n/a", MARK)], by=ana, at=NOON)
    engine.dispose()


def files_with(folder: Path, words: str) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and words.encode() in path.read_bytes())


def test_no_file_of_the_installation_has_the_person_s_words_afterwards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(folder)
    backup, noted = folder.parent / "backup.zip", folder / "erasures.jsonl"
    said("backup", backup)
    assert files_with(folder, f"cousin at {MARK}") and files_with(folder, f"Phone of {MARK}")
    words = said("erase-person", "audun@example.org", "--yes")
    assert words == f"Person 4 is erased, which {noted} says for when a backup is restored.\n"
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(folder.parent / "other"))
    assert f"Erased again: 1 of 1 person in {noted}." in said("restore", backup, "--erasures", noted)
    for place in (folder, folder.parent / "other"):
        for mark in (f"cousin at {MARK}", f"Phone of {MARK}", "audun@example.org"):
            assert files_with(place, mark) == [], (place, mark)
        assert files_with(place, MARK)  # in an answer of the company
        monkeypatch.setenv("ARTICLE34_INSTANCE", str(place))
        trail = said("verify-trail")
        assert trail.startswith("Intact: ") and "Erased: 1 person (4), 0 companies and 0 drafts, with" in trail
        assert ("Not in" in trail) is (place != folder) and "without a salt" not in trail


@pytest.fixture
def upgraded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose trail was written before migration 0028, and which was migrated since."""
    database = folder / "article34.db"
    database.unlink()
    with monkeypatch.context() as before:
        before.setattr(audit_trail, "made_salt", lambda: None)
        engine = store.open_database(f"sqlite:///{database}")
        store.upgrade(engine)
        with Session(engine) as session, session.begin():
            people = {"password_hash": "x", "at": NOON}
            store.register_company(
                session, organisation="Example Travel 01", name="Ana", email="ana@example.org", status="confirmed",
                **people,
            )  # fmt: skip
            for name, role in (("stella", "steward"), ("audun", "auditor")):
                store.add_person(
                    session, email=f"{name}@example.org", name=name.title(), roles=[role], organisation_id=None,
                    by=None, **people,
                )  # fmt: skip
            store.open_period(session, YEAR, opens=NOON.date(), by=None, at=NOON)
        declare(folder)
        config = Config()
        config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            config.attributes["connection"] = connection
            command.downgrade(config, "0027")
        engine.dispose()
    said("migrate")
    return folder


def test_words_from_before_salts_are_emptied_and_what_could_be_guessed_is_said(upgraded: Path) -> None:
    engine = store.open_database(f"sqlite:///{upgraded / 'article34.db'}")
    unsalted = text("SELECT count(*) FROM trail WHERE erased = '[]'")
    assert said("verify-trail").startswith("Intact: ")
    words, emptied = said("erase-person", "audun@example.org", "--yes"), []
    with engine.connect() as connection:
        emptied.append(connection.execute(unsalted).scalar_one())
    assert UNSALTED.format(emptied[0]) in words and files_with(upgraded, f"cousin at {MARK}") == []
    words = said("erase-company", "1", "--yes")
    with engine.connect() as connection:
        emptied.append(connection.execute(unsalted).scalar_one())
    engine.dispose()
    assert UNSALTED.format(emptied[1] - emptied[0]) in words and files_with(upgraded, MARK) == []
    trail = said("verify-trail")
    assert trail.startswith("Intact: ") and UNSALTED.format(emptied[1]) in trail
    assert 1 < emptied[0] < emptied[1]
