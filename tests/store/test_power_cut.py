"""After a power cut in the middle of saves, acknowledged answers are on the disk, with the files that they name.

`tests/support/power_cut.py` models the disk. No test can tell whether a real disk keeps what it reports as synced.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.file_storage import open_file_storage
from tests.support.careful_saver import DATABASE, FILES
from tests.support.examples import tries
from tests.support.paths import ROOT
from tests.support.power_cut import Disk, recorded
from tests.support.stores import settle

SAVES = 6
#: How often the power fails: after calls of the saver, for each with and without random unsynced sectors.
CUTS = tries(150)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A folder with a database, and the id of the started assessment in it."""
    folder = tmp_path_factory.mktemp("installation")
    engine = store.open_database(f"sqlite:///{folder / DATABASE}")
    store.upgrade(engine)
    with Session(engine) as session, session.begin():
        number = settle(session).assessment
    engine.dispose()
    return folder, number


def after_cuts(installation: tuple[Path, int], tmp_path: Path, *synchronous: str) -> Iterator[tuple[Path, set[str]]]:
    """Yield the folder as power cuts leave it while a saver runs, and the answers that were acknowledged by then."""
    made, number = installation
    folder = shutil.copytree(made, tmp_path / "running")
    disk = Disk(folder)
    command = [sys.executable, "-m", "tests.support.careful_saver", str(folder), str(number), str(SAVES), *synchronous]
    calls = recorded(command, tmp_path / "calls", cwd=ROOT)
    chance = Random(34)
    moments = set(chance.sample(range(len(calls)), CUTS // 2))
    said: set[str] = set()
    for moment, call in enumerate(calls):
        disk.apply(call)
        acknowledges = call.name == "write" and call.opened is not None and call.opened[0] == 1
        if acknowledges:
            said.add(call.texts[0].decode())
        if acknowledges or moment in moments:
            for name, luck in ("strict", None), ("chance", chance):
                left = tmp_path / f"{moment}-{name}"
                left.mkdir()
                disk.after_cut(left, luck)
                yield left, set(said)
    assert len(said) == SAVES


def answers_after(folder: Path) -> set[str]:
    """Return the answers in a database after a power cut, and check its integrity and its trail."""
    engine = store.open_database(f"sqlite:///{folder / DATABASE}")
    with Session(engine) as session:
        assert session.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        kept = set(session.execute(text("SELECT value FROM answer")).scalars())
        assert store.verify_trail(session) is None
    engine.dispose()
    return kept


@pytest.mark.fault(
    "the power is cut",
    "a save, a file that is sent",
    "what was acknowledged is kept, with its files; nothing is half-saved; the trail is intact",
)
def test_a_power_cut_loses_no_acknowledged_answer_and_no_file_that_an_answer_names(
    installation: tuple[Path, int], strace: str, tmp_path: Path
) -> None:
    for left, acknowledged in after_cuts(installation, tmp_path):
        kept = answers_after(left)
        assert acknowledged <= kept, left.name
        files = open_file_storage(str(left / FILES))
        assert all(files.get(digest) for digest in kept)


def test_the_same_power_cuts_lose_answers_if_the_database_does_not_sync(
    installation: tuple[Path, int], strace: str, tmp_path: Path
) -> None:
    """Otherwise the test above would prove nothing."""
    cuts = [cut for cut in after_cuts(installation, tmp_path, "OFF") if cut[0].name.endswith("strict")]
    assert any(not acknowledged <= answers_after(left) for left, acknowledged in cuts)


WRITES = """
import os, sys
with open("new", "wb") as file:
    file.write(b"words")
    file.flush()
    os.fsync(file.fileno()) if "file" in sys.argv else None
os.replace(os.path.abspath("new"), os.path.abspath("name"))
os.fsync(os.open(".", os.O_RDONLY)) if "folder" in sys.argv else None
"""


@pytest.mark.parametrize(
    ("synced", "left"),
    [((), {}), (("file",), {}), (("folder",), {"name": b""}), (("file", "folder"), {"name": b"words"})],
)
def test_a_new_file_is_on_the_disk_once_it_and_its_folder_are_synced(
    synced: tuple[str, ...], left: dict[str, bytes], strace: str, tmp_path: Path
) -> None:
    folder, after = tmp_path / "folder", tmp_path / "after"
    folder.mkdir()
    after.mkdir()
    disk = Disk(folder)
    for call in recorded([sys.executable, "-c", WRITES, *synced], tmp_path / "calls", cwd=folder):
        disk.apply(call)
    disk.after_cut(after)
    assert {path.name: path.read_bytes() for path in after.iterdir()} == left
