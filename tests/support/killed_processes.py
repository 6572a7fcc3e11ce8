"""What processes do that kill themselves on the way. They run in a `ForkedServer`, as they change functions."""

import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compliance import store
from compliance.store.backup_archive import open_archive
from compliance.store.backups import restore_backup
from compliance.store.file_storage import FolderStorage


def kill(*_ignored: object) -> None:
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_while_written(arguments: Sequence[str]) -> None:
    """Put a file into a folder, and be killed before it is synced. Arguments: the folder, the content."""
    folder, content = arguments
    os.fsync = kill
    FolderStorage(Path(folder)).put(content.encode())


def killed_while_deleted(arguments: Sequence[str]) -> None:
    """Delete an old file that is sent again meanwhile, and be killed. Arguments: the folder, the content."""
    folder, content = Path(arguments[0]), arguments[1].encode()
    files, rename, renamed = FolderStorage(folder), Path.rename, list[Path]()

    def sent_again_and_killed(path: Path, target: Path) -> Path:
        if renamed:
            kill()
        renamed.append(target)
        files.put(content)
        return rename(path, target)

    digest = files.put(content)
    os.utime(next(folder.glob("*/*")), (0, 0))
    Path.rename = sent_again_and_killed  # type: ignore[assignment, method-assign]
    files.remove(digest, before=datetime.now(UTC) - timedelta(days=1))


def killed_while_restoring(arguments: Sequence[str]) -> None:
    """Restore a backup, and say so and be killed half-way. Arguments: database, backup, folder of files."""
    url, path, folder = arguments

    def kill_half_way(done: int, total: int) -> None:
        if done > total // 2:  # of what is put in: so few rows are read through without a word
            print(done, flush=True)
            kill()

    with open_archive(Path(path)) as archive:
        restore_backup(archive, store.open_database(url), FolderStorage(Path(folder)), progress=kill_half_way)
