"""Archives that are truncated, altered, foreign or malicious are refused, and nothing of them is stored."""

import io
import json
import os
import signal
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.backup_archive import ArchiveReader, ArchiveRefused, open_archive
from compliance.store.backups import RestoreRefused
from compliance.store.database_state import database_state
from tests.store.test_backups import back_up, contents, restore
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.forked_servers import ForkedServer
from tests.support.killed_processes import killed_while_restoring
from tests.support.stores import settle, with_tables

Change: TypeAlias = Callable[[dict[str, bytes]], None]
DIGEST = "a" * 64


@pytest.fixture(scope="module")
def archive(sqlite_files: SqliteFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the small world."""
    folder = tmp_path_factory.mktemp("backup")
    engine = store.open_database(sqlite_files.copy_of(with_tables(sqlite_files)))
    with Session(engine) as session, session.begin():
        settle(session)
    path = back_up(engine, folder)
    engine.dispose()
    return path


def rewritten(path: Path, folder: Path, change: Change) -> Path:
    """Write a copy of the archive with changed parts, and return its path."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with ZipFile(folder / "altered.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return folder / "altered.zip"


def manifest(**more: object) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = json.dumps({**json.loads(parts["manifest.json"]), **more}).encode()

    return change


def table(name: str, rows: Callable[[bytes], bytes]) -> Change:
    """Return a change to the rows of a table that leaves the manifest as it is."""

    def change(parts: dict[str, bytes]) -> None:
        parts[f"tables/{name}.jsonl"] = rows(parts[f"tables/{name}.jsonl"])

    return change


def forged(name: str, rows: Callable[[bytes], bytes]) -> Change:
    """Return a change to the rows of a table that puts the right number and digest into the manifest."""

    def change(parts: dict[str, bytes]) -> None:
        table(name, rows)(parts)
        content = parts[f"tables/{name}.jsonl"]
        said = json.loads(parts["manifest.json"])
        said["tables"][name] |= {"sha256": sha256(content).hexdigest(), "rows": content.count(b"\n")}
        parts["manifest.json"] = json.dumps(said).encode()

    return change


def add(name: str, content: bytes = b"") -> Change:
    return lambda parts: parts.update({name: content})


def drop(name: str) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        del parts[name]

    return change


def listed(size: str) -> Change:
    return add("files.jsonl", f'["{DIGEST}",{size}]\n'.encode())


ALTERED: dict[str, tuple[Change, str]] = {
    "a way out": (add("../../etc/passwd"), "it holds '../../etc/passwd', which no backup has"),
    "a way out below files": (add("files/../../x"), "it holds 'files/../../x', which no backup has"),
    "an absolute way": (add("/etc/passwd"), "it holds '/etc/passwd', which no backup has"),
    "no manifest": (drop("manifest.json"), "it has no manifest.json: it is no backup of this tool"),
    "a manifest of something else": (add("manifest.json", b"{}"), "its manifest.json is not as this tool writes it"),
    "a manifest that nests": (add("manifest.json", b"[" * 100_000), "manifest.json is not as it was written"),
    "a later format": (manifest(format=2), "it was made by a newer version of this tool (format 2): restore it with"),
    "later tables": (manifest(revision="9999"), "it was made by a newer version of this tool (1, with tables 9999"),
    "a table is gone": (drop("tables/trail.jsonl"), "parts are missing, or too many: tables/trail.jsonl"),
    "a table too many": (add("tables/x.jsonl"), "parts are missing, or too many: tables/x.jsonl"),
    "a row is gone": (table("trail", lambda rows: rows[rows.index(b"\n") + 1 :]), "table trail is not as it was"),
    "a row too many": (table("person", lambda rows: rows + rows), "table person is not as it was written"),
    "a letter changed": (table("person", lambda rows: rows.replace(b"Ana", b"Eva")), "table person is not as it was"),
    "no JSON": (table("person", lambda _rows: b"Ana\n"), "table person, row 1 is not as it was written"),
    "a number as text": (forged("period", lambda _rows: b'["2026",null,null,null]\n'), "table period, row 1 does not"),
    "too few values": (forged("period", lambda _rows: b"[2026]\n"), "table period, row 1 does not fit its columns"),
    "a zero character": (
        forged("person", lambda rows: rows.replace(b"Ana", b"A\\u0000")),
        "table person, row 1 does not fit its columns",
    ),
    "half a character": (
        forged("person", lambda rows: rows.replace(b"Ana", b"\\ud800")),
        "table person, row 1 does not fit its columns",
    ),
    "a file that is not listed": (add(f"files/{DIGEST}", b"x"), "it holds files that it does not list"),
    "a file that is not there": (listed("3"), f"the file {DIGEST} is missing in it"),
    "a file larger than any": (listed("9e99"), "the list of files is not as it was written"),
}

#: Faults that only the database finds.
UNFIT: dict[str, tuple[Change, str]] = {
    "tables of another version": (manifest(revision="0003"), "its tables are not those of its version"),
    "a row twice": (forged("person", lambda rows: rows + rows), "its rows do not fit together"),
    "a row that others need": (forged("person", lambda _rows: b""), "its rows do not fit together"),
    "no end of the trail": (
        forged("trail", lambda rows: rows[: rows.rindex(b"\n", 0, -1) + 1]),
        "its trail does not end as its manifest.json says",
    ),
    "an altered trail": (
        forged("trail", lambda rows: rows.replace(b"T12:00:00", b"T13:00:00", 1)),
        "entry 1 of its trail is not as it was written",
    ),
}


def refusal(path: Path, engine: Engine, folder: Path) -> str:
    with pytest.raises((ArchiveRefused, RestoreRefused)) as refused:
        restore(path, engine, folder)
    assert "\n" not in str(refused.value) and "ana@example.org" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(("change", "said"), ALTERED.values(), ids=ALTERED)
def test_an_altered_archive_is_refused_before_anything_is_changed(
    archive: Path, tmp_path: Path, change: Change, said: str
) -> None:
    engine = store.open_database(f"sqlite:///{tmp_path / 'never.db'}")
    assert refusal(rewritten(archive, tmp_path, change), engine, tmp_path).startswith(said)
    assert [path.name for path in tmp_path.iterdir()] == ["altered.zip"]


@pytest.mark.parametrize(("change", "said"), UNFIT.values(), ids=UNFIT)
def test_rows_that_do_not_fit_the_tables_are_refused_and_none_of_them_is_kept(
    archive: Path, engine: Engine, tmp_path: Path, change: Change, said: str
) -> None:
    assert refusal(rewritten(archive, tmp_path, change), engine, tmp_path).startswith(said)
    assert not any(contents(engine).values())


def test_a_number_that_postgresql_does_not_take_is_refused(
    archive: Path, postgres_cluster: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres_cluster.empty()
    engine = store.open_database(url)
    forger = forged("period", lambda rows: rows.replace(b"[2026,", b"[99999999999,"))
    assert "out of range" in refusal(rewritten(archive, tmp_path, forger), engine, tmp_path)
    assert database_state(engine).condition == "empty"
    engine.dispose()
    postgres_cluster.drop(url)


def everything(archive: ArchiveReader) -> list[object]:
    archive.check(lambda _done, _all: None)
    return [archive.manifest, *([*archive.rows(name)] for name in archive.manifest.tables)]


@pytest.mark.fault("a backup is cut short or damaged", "a restore", "it is refused with the reason; nothing is changed")
def test_a_truncated_or_damaged_archive_is_refused_or_has_the_same_content(archive: Path, tmp_path: Path) -> None:
    whole, altered, refused = archive.read_bytes(), tmp_path / "altered.zip", 0
    with open_archive(archive) as opened:
        said = everything(opened)
    cut = [whole[: len(whole) * share // 20] for share in range(20)]
    places = range(0, len(whole), max(len(whole) // 100, 1))
    flipped = [whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :] for place in places]
    for content in (*cut, *flipped):
        altered.write_bytes(content)
        try:
            with open_archive(altered) as opened:
                assert everything(opened) == said, "it was altered, and says something else"
        except ArchiveRefused:
            refused += 1
    assert refused > len(cut) + len(flipped) // 3


def test_two_parts_with_the_same_name_are_refused(archive: Path, tmp_path: Path) -> None:
    twice = io.BytesIO(archive.read_bytes())
    with ZipFile(twice, "a") as opened, pytest.warns(UserWarning, match="Duplicate name"):
        opened.writestr("files.jsonl", b"")
    (tmp_path / "twice.zip").write_bytes(twice.getvalue())
    engine = store.open_database(f"sqlite:///{tmp_path / 'never.db'}")
    assert refusal(tmp_path / "twice.zip", engine, tmp_path) == "it holds a part twice"


@pytest.mark.fault("the process is killed", "a restore", "the database is as empty as before")
def test_a_restore_that_is_killed_leaves_an_empty_database(archive: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    restored = str(tmp_path / "restored")
    process = ForkedServer(url, str(archive), restored, env=os.environ, program=killed_while_restoring)
    assert process.exit_code() == -signal.SIGKILL and process.output.read()
    process.kill()
    engine = store.open_database(url)
    assert database_state(engine).condition == "empty"
    restore(archive, engine, tmp_path)
    assert len(contents(engine)["person"]) == 4
    engine.dispose()
