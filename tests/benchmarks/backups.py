"""A backup and its restore on SQLite: rows per second, and how much memory grows with the number of rows.

Run: python -m tests.benchmarks.backups [FEWER MORE]
Each runs in its own process, whose peak memory is measured. A plain copy of the file is for comparison.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.orm import Session

from compliance import store
from compliance.store.answer_models import AnswerVersionRow
from compliance.store.backup_archive import open_archive
from compliance.store.backups import restore_backup, write_backup
from compliance.store.file_storage import FolderStorage
from tests.support.stores import NOON, settle

AT_ONCE = 10_000
#: Bytes by which peak memory may grow for each additional row. A row is several times as large.
MOST_A_ROW = 20


def fill(folder: Path, answers: int) -> None:
    """Fill a database with versions of answers, some 200 bytes each."""
    engine = store.open_database(f"sqlite:///{folder / 'from.db'}")
    store.upgrade(engine)
    with Session(engine) as session, session.begin():
        assessment = settle(session).assessment
        said = {"assessment_id": assessment, "version": 1, "reason": "", "at": NOON}
        for begin in range(0, answers, AT_ONCE):
            rows = [
                said
                | {"assessment_id": assessment, "question": f"q.{n}", "version": 1, "value": f"{n} " * 20, "at": NOON}
                for n in range(begin, min(begin + AT_ONCE, answers))
            ]
            session.execute(insert(AnswerVersionRow), rows)
    engine.dispose()


def work(what: str, folder: Path) -> None:
    """Copy, back up or restore, and print CPU seconds and peak memory in bytes."""
    storage, file = FolderStorage(folder / "files"), folder / "backup.zip"
    started = time.process_time()
    if what == "backup":
        with file.open("wb") as opened:
            engine = store.open_database(f"sqlite:///{folder / 'from.db'}")
            write_backup(engine, storage, opened, made_by="benchmark", at=datetime.now(UTC), secrets={})
    elif what == "restore":
        with open_archive(file) as archive:
            restore_backup(archive, store.open_database(f"sqlite:///{folder / 'to.db'}"), storage)
    else:
        shutil.copyfile(folder / "from.db", folder / "copy.db")
    # Of this program alone: the value of getrusage starts with the memory of the parent process.
    [highest] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(time.process_time() - started, int(highest) * 1024)


def measured(answers: int) -> dict[str, tuple[float, float]]:
    """Measure each in its own process, and return CPU seconds and peak memory by name."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name), answers)
        found = {}
        for what in ("copy", "backup", "restore"):
            command = [sys.executable, "-m", "tests.benchmarks.backups", what, name]
            words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            found[what] = float(words[0]), float(words[1])
        sizes = [(Path(name) / file).stat().st_size / 1e6 for file in ("from.db", "backup.zip")]
    print(f"{answers:,} answers: database {sizes[0]:.0f} MB, archive {sizes[1]:.0f} MB")
    for what, (seconds, memory) in found.items():
        print(f"  {what}: {seconds:.2f} s CPU, {answers / max(seconds, 0.001):,.0f} rows/s, {memory / 1e6:.0f} MB")
    return found


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3 and sys.argv[1] in ("copy", "backup", "restore"):
        work(sys.argv[1], Path(sys.argv[2]))
        return
    fewer, more = map(int, sys.argv[1:] or (20_000, 200_000))
    small, large = measured(fewer), measured(more)
    for what in ("backup", "restore"):
        grown = (large[what][1] - small[what][1]) / (more - fewer)
        print(f"{what}: {grown:.1f} bytes of memory for each row more ({'met' if grown <= MOST_A_ROW else 'MISSED'})")


if __name__ == "__main__":
    main()
