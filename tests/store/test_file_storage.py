"""Stored files are returned unchanged or not at all, from a folder and from S3-compatible storage."""

import os
import signal
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from compliance.store import FileStorage, FileStorageFailed, NotFound, UnusableFileStorage, open_file_storage
from tests.support.forked_servers import ForkedServer
from tests.support.killed_processes import killed_while_deleted, killed_while_written
from tests.support.s3_server import BUCKET, s3_server

CONTENT = b"PK\x03\x04 a workbook"
DIGEST = sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3_settings() -> Iterator[dict[str, str]]:
    with s3_server() as settings:
        yield settings


@pytest.fixture
def s3(s3_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    for name in os.environ:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, value in s3_settings.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}"


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[FileStorage, Callable[[bytes], object]]:
    """A storage, and a function that overwrites the file CONTENT in it."""
    if request.param == "folder":
        path = tmp_path / "files" / DIGEST[:2] / DIGEST
        return open_file_storage(str(tmp_path / "files")), path.write_bytes
    url = f"{request.getfixturevalue('s3')}/{tmp_path.name}"
    bucket = S3Store(BUCKET, prefix=tmp_path.name, client_options={"allow_http": True})
    return open_file_storage(url), lambda content: obstore.put(bucket, f"{DIGEST[:2]}/{DIGEST}", content)


Kept = tuple[FileStorage, Callable[[bytes], object]]


def test_a_file_is_known_by_its_digest_and_kept_once(storage: Kept) -> None:
    files, _overwrite = storage
    assert files.put(CONTENT) == files.put(CONTENT) == DIGEST
    assert files.get(DIGEST) == CONTENT
    assert files.get(files.put(b"")) == b""


@pytest.mark.parametrize("digest", ["0" * 64, "", "..", "../" * 21 + "x", DIGEST.upper(), DIGEST[:63], DIGEST + "\n"])
def test_a_file_that_was_never_stored_is_not_found(storage: Kept, digest: str) -> None:
    files, _overwrite = storage
    files.put(CONTENT)
    with pytest.raises(NotFound):
        files.get(digest)


def test_a_file_is_deleted_unless_somebody_sent_it_again(storage: Kept) -> None:
    files, _overwrite = storage
    files.put(CONTENT)
    since = files.kept_since(DIGEST)
    assert not files.remove(DIGEST, before=since - timedelta(days=1))
    assert files.get(DIGEST) == CONTENT and list(files.digests()) == [DIGEST]
    assert files.remove(DIGEST, before=since + timedelta(days=1))
    assert list(files.digests()) == [] and not files.remove(DIGEST, before=since + timedelta(days=1))
    with pytest.raises(NotFound):
        files.kept_since(DIGEST)
    assert files.put(CONTENT) == DIGEST and files.get(DIGEST) == CONTENT


@pytest.mark.fault("a stored file is damaged", "its download", "it is refused, as its content has another digest")
def test_a_file_that_was_changed_is_refused_until_it_is_sent_again(storage: Kept) -> None:
    files, overwrite = storage
    files.put(CONTENT)
    overwrite(CONTENT[:-1])
    with pytest.raises(FileStorageFailed, match="is no longer what was sent: take it from a backup"):
        files.get(DIGEST)
    files.put(CONTENT)
    assert files.get(DIGEST) == CONTENT


def test_the_same_file_may_be_sent_by_many_at_once(storage: Kept) -> None:
    files, _overwrite = storage
    content = os.urandom(200_000)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: files.put(content), range(16)))
    assert [files.get(digest) for digest in digests] == [content]


def test_files_in_a_folder_are_whole_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    open_file_storage(str(tmp_path / "new" / "files")).put(CONTENT)
    (path,) = (each for each in (tmp_path / "new").rglob("*") if each.is_file())
    assert path == tmp_path / "new" / "files" / DIGEST[:2] / DIGEST
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def kill(folder: Path, program: Callable[[Sequence[str]], None]) -> Path:
    """Kill a process while it stores a file in a folder, and return the path where the file CONTENT belongs."""
    process = ForkedServer(str(folder), CONTENT.decode(), env=os.environ, program=program)
    assert process.exit_code() == -signal.SIGKILL
    process.kill()
    return folder / DIGEST[:2] / DIGEST


@pytest.mark.fault(
    "the process is killed", "the writing of a file", "what is left of it is deleted once it is a day old"
)
def test_remains_of_a_file_whose_writing_was_killed_can_be_cleared(tmp_path: Path) -> None:
    path = kill(tmp_path, killed_while_written)
    (left,) = path.parent.iterdir()
    files, at = open_file_storage(str(tmp_path)), datetime.now(UTC)
    assert list(files.digests()) == []
    assert files.unfinished(at - timedelta(days=1)) == () and files.clear_unfinished(at - timedelta(days=1)) == 0
    assert files.unfinished(at + timedelta(days=1)) == (left.name,)
    (path.parent / ".nfs0001").write_bytes(b"not of this tool")
    assert files.put(CONTENT) == DIGEST
    assert files.clear_unfinished(at + timedelta(days=1)) == 1 and not left.exists()
    assert files.get(DIGEST) == CONTENT and (path.parent / ".nfs0001").exists()


@pytest.mark.fault(
    "the process is killed", "the deletion of a file that is sent again", "the file can still be read, and is put back"
)
@pytest.mark.parametrize("then", ["cleared", "deleted", "sent again"])
def test_a_kill_while_a_file_is_deleted_that_was_sent_again_loses_nothing(tmp_path: Path, then: str) -> None:
    path = kill(tmp_path, killed_while_deleted)
    files, at = open_file_storage(str(tmp_path)), datetime.now(UTC)
    assert not path.exists()
    assert files.get(DIGEST) == CONTENT and list(files.digests()) == [DIGEST]
    since = files.kept_since(DIGEST)
    assert at - since < timedelta(hours=1)
    if then == "cleared":
        assert files.clear_unfinished(at + timedelta(days=1)) == 0
    elif then == "deleted":
        assert not files.remove(DIGEST, before=since - timedelta(days=1))
    else:
        assert files.put(CONTENT) == DIGEST
        assert files.clear_unfinished(at + timedelta(days=1)) == 0
    assert [each.name for each in path.parent.iterdir()] == [DIGEST]
    assert path.read_bytes() == CONTENT and files.kept_since(DIGEST) >= since
    assert files.remove(DIGEST, before=at + timedelta(days=1)) and not list(path.parent.iterdir())


def test_a_file_sent_again_while_two_processes_delete_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, before = open_file_storage(str(tmp_path)), datetime.now(UTC) - timedelta(days=1)
    path, rename, results = tmp_path / DIGEST[:2] / DIGEST, Path.rename, []
    files.put(CONTENT)
    os.utime(path, (0, 0))

    def others_come(self: Path, target: Path) -> Path:
        """Rename the file, then store it again and delete it, as other processes might."""
        monkeypatch.setattr(Path, "rename", rename)
        moved = rename(self, target)
        files.put(CONTENT)
        results.append(files.remove(DIGEST, before=before))
        return moved

    monkeypatch.setattr(Path, "rename", others_come)
    files.remove(DIGEST, before=before)
    assert results == [False]
    assert files.get(DIGEST) == CONTENT and [each.name for each in path.parent.iterdir()] == [DIGEST]


@pytest.mark.fault("the disk is full", "a file that is sent", "it is refused with the reason; nothing of it is kept")
def test_a_folder_without_space_says_so_and_keeps_no_part_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    files = open_file_storage(str(tmp_path))
    monkeypatch.setattr("compliance.store.file_storage.os.fsync", full)
    with pytest.raises(FileStorageFailed, match="the file could not be kept: No space left on device"):
        files.put(CONTENT)
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


@pytest.mark.fault(
    "the file storage stops answering",
    "a file that is sent or fetched",
    "it fails with the reason; nothing is noted as stored",
)
def test_storage_that_stops_answering_says_so(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.store.file_storage._TRIES_AGAIN", 0)
    files = open_file_storage(f"{s3}/some")
    monkeypatch.setattr(
        files, "_store", S3Store(BUCKET, endpoint="http://127.0.0.1:9", retry_config={"max_retries": 0})
    )
    with pytest.raises(FileStorageFailed, match="could not be kept"):
        files.put(CONTENT)
    with pytest.raises(FileStorageFailed, match="cannot be read"):
        files.get(DIGEST)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("https://example.org/files", "write a folder, or s3://bucket"),
        ("gs://bucket", "write a folder, or s3://bucket"),
        ("s3://", "write a folder, or s3://bucket"),
        ("s3://Upper_Case", "write a folder, or s3://bucket"),
        ("s3://bucket/a/../b", "write a folder, or s3://bucket"),
        ("s3://bucket/a?region=x", "write a folder, or s3://bucket"),
        ("s3://no-such-bucket", "s3://no-such-bucket cannot be used: check its name, and AWS_ENDPOINT_URL"),
        ("{tmp}/file", "is a file: name a folder"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused_in_one_line(s3: str, tmp_path: Path, place: str, says: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableFileStorage) as refused:
        open_file_storage(place.format(tmp=tmp_path))
    assert says in str(refused.value) and "\n" not in str(refused.value)


def test_a_server_that_does_not_answer_is_refused(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.store.file_storage._TRIES_AGAIN", 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(UnusableFileStorage, match="cannot be used: check its name, and AWS_ENDPOINT_URL"):
        open_file_storage(s3)
