"""Uploaded files, stored by the SHA-256 of their content: in a folder, or in S3-compatible storage.

The database refers to a file by its digest. So a file is stored once however often it is uploaded, and a file that has
been damaged is refused. Files are never changed, and are deleted only once nothing refers to them any more.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from compliance.atomic_write import atomic_write, synchronise_folder
from compliance.package_data import how_to_install
from compliance.store.exceptions import NotFound, StoreError

if TYPE_CHECKING:
    from obstore.store import S3Store

#: The environment variables that name an S3-compatible server. The second is for S3 only and takes precedence.
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: The name of a file in a folder, or of one that is being deleted, which still counts as stored.
_KEPT = re.compile(r"([0-9a-f]{64})(\.[0-9a-f]{8}\.removed)?")
#: The name of a file that is being written, or was when the process was killed (`atomic_write`).
_UNFINISHED = re.compile(r"\.[0-9a-f]{64}\.[0-9a-f]{8}\.unfinished")
_PREFIX = re.compile(r"[\w./-]*", re.ASCII)
_PATIENCE = timedelta(seconds=20)
_TRIES_AGAIN = 3


class UnusableFileStorage(ValueError):
    """Files cannot be stored in this place. The message says which, why and what to do."""


class FileStorageFailed(StoreError):
    """The storage could not store or return a file: it is full or out of reach, or the file is damaged."""


class FileStorage(Protocol):
    """A storage of files. Each file is identified by the SHA-256 of its content, in hexadecimal."""

    def put(self, content: bytes) -> str:
        """Store a file, unless it is stored already, and return its digest. Raise FileStorageFailed."""

    def get(self, digest: str) -> bytes:
        """Return the content of a file. Raise NotFound, or FileStorageFailed, also for a damaged file."""

    def digests(self) -> Iterator[str]:
        """Yield the digest of every stored file. Raise FileStorageFailed."""

    def kept_since(self, digest: str) -> datetime:
        """Return when a file was last put into the storage. Raise NotFound or FileStorageFailed."""

    def remove(self, digest: str, *, before: datetime) -> bool:
        """Delete a file last put in before a moment. Return whether it was deleted. Raise FileStorageFailed."""

    def unfinished(self, before: datetime) -> Sequence[str]:
        """Return the names of files whose writing was interrupted before a moment. Raise FileStorageFailed."""

    def clear_unfinished(self, before: datetime) -> int:
        """Delete unfinished files, and return how many. Restore files whose deletion was interrupted.

        Raise FileStorageFailed.
        """

    def try_out(self) -> None:
        """Raise FileStorageFailed if files cannot be stored now."""


def open_file_storage(place: str) -> FileStorage:
    """Open the storage in a folder (created with its first file) or in a bucket, `s3://bucket` or `s3://bucket/prefix`.

    Credentials, region and endpoint of a bucket come from the usual AWS environment variables. Raise
    UnusableFileStorage, for example for a bucket that does not answer.
    """
    if "://" in place:
        return BucketStorage(place)
    return FolderStorage(Path(place))


class FolderStorage:
    """Files in a folder, as `ab/abcdef…`, which only their owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        if folder.exists() and not folder.is_dir():
            raise UnusableFileStorage(f"{folder} is a file: name a folder")
        self._there = next(each for each in (self._folder, *self._folder.parents) if each.exists())
        if not os.access(self._there, os.W_OK | os.X_OK):
            raise UnusableFileStorage(f"{self._there} may not be written to: change its owner, or name another folder")

    def put(self, content: bytes) -> str:
        """Store a file, also in place of a damaged one, and return its digest. Raise FileStorageFailed."""
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        try:
            if not self._renew(digest):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with atomic_write(path, binary=True, private=True) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())  # the database will rely on it
            self._make_last(path)
        except OSError as fault:
            raise FileStorageFailed(f"the file could not be kept: {fault.strerror}") from fault
        return digest

    def _renew(self, digest: str) -> bool:
        """Update the time of a stored file that is put in again. Return False if it is not stored, or damaged."""
        with suppress(NotFound, FileStorageFailed, FileNotFoundError):
            self.get(digest)
            os.utime(self._path(digest))
            return True
        return False

    def _make_last(self, path: Path) -> None:
        """Flush to disk the name of a file, and the names of the folders that were created for it."""
        for folder in path.parents:
            synchronise_folder(folder)
            if folder == self._there:
                break

    def get(self, digest: str) -> bytes:
        """Return the content of a file. Raise NotFound or FileStorageFailed."""
        for place in self._places(digest):
            try:
                return _checked(digest, place.read_bytes())
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as fault:
                raise FileStorageFailed(f"the file {digest} cannot be read: {fault.strerror}") from fault
        raise _unknown(digest)

    def digests(self) -> Iterator[str]:
        """Return the digests of all stored files."""
        found = (_KEPT.fullmatch(path.name) for path in self._folder.glob("[0-9a-f][0-9a-f]/*"))
        return iter({match[1] for match in found if match})

    def kept_since(self, digest: str) -> datetime:
        """Return when a file was last put into the storage. Raise NotFound or FileStorageFailed."""
        for place in self._places(digest):
            with suppress(NotFound):
                return _changed(place, digest)
        raise _unknown(digest)

    def remove(self, digest: str, *, before: datetime) -> bool:
        """Delete a file that was last put in before a moment. Return whether it was deleted. Raise FileStorageFailed.

        It is first renamed. If it is put in again at that point, it is written anew. If the process is killed at that
        point, it is found under the other name (`_places`), and renamed back by the next deletion or clearing.
        """
        path = self._path(digest)
        aside = path.with_name(f"{digest}.{token_hex(4)}.removed")  # unique: several may delete the same file at once
        try:
            self._put_back(digest)
            if _changed(path, digest) >= before:
                return False
            path.rename(aside)
            is_old = _changed(aside, digest) < before
            if not is_old and not path.exists():
                aside.rename(path)
            aside.unlink(missing_ok=True)
        except (FileNotFoundError, NotFound):
            return False
        except OSError as fault:
            raise FileStorageFailed(f"the file {digest} cannot be deleted: {fault.strerror}") from fault
        return is_old

    def unfinished(self, before: datetime) -> Sequence[str]:
        """Return the names of files whose writing was interrupted before a moment. Raise FileStorageFailed."""
        return tuple(path.name for path in self._unfinished(before))

    def clear_unfinished(self, before: datetime) -> int:
        """Delete unfinished files, and return how many. Restore files whose deletion was interrupted.

        Raise FileStorageFailed.
        """
        gone = self._unfinished(before)
        try:
            for path in gone:
                path.unlink(missing_ok=True)
            for digest in sorted({path.name[:64] for path in self._folder.glob("[0-9a-f][0-9a-f]/*.removed")}):
                self._put_back(digest)
        except OSError as fault:
            raise FileStorageFailed(f"unfinished files cannot be deleted: {fault.strerror}") from fault
        return len(gone)

    def _unfinished(self, before: datetime) -> list[Path]:
        found = []
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/.*")):
            with suppress(NotFound):  # it has just been finished
                if _UNFINISHED.fullmatch(path.name) and _changed(path, path.name) < before:
                    found.append(path)
        return found

    def _places(self, digest: str) -> Iterator[Path]:
        """Yield the paths where a file may be: its own, those of interrupted deletions, and its own again."""
        path = self._path(digest)
        yield path
        yield from self._half_deleted(path)
        yield path

    def _half_deleted(self, path: Path) -> list[Path]:
        found = path.parent.glob(f"{path.name}.*.removed")
        return sorted(each for each in found if _KEPT.fullmatch(each.name))

    def _put_back(self, digest: str) -> None:
        """Give a file whose deletion was interrupted its name back, with its time, unless it was put in again since."""
        path = self._path(digest)
        for aside in self._half_deleted(path):
            with suppress(FileExistsError, FileNotFoundError):
                path.hardlink_to(aside)  # a rename would replace a file put in just now
            aside.unlink(missing_ok=True)

    def try_out(self) -> None:
        """Write a temporary file. Raise FileStorageFailed."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with TemporaryFile(dir=self._folder) as file:
                file.write(b"\0" * 4096)  # on a full disk, empty files can still be created
                file.flush()
        except OSError as fault:
            raise FileStorageFailed(f"no file can be kept in {self._folder}: {fault.strerror}") from fault

    def _path(self, digest: str) -> Path:
        return self._folder / _key(digest)


class BucketStorage:
    """Files in a bucket of S3-compatible storage, as `ab/abcdef…` below a prefix. Needs the extra `s3`."""

    def __init__(self, url: str) -> None:
        self._store = _opened_bucket(url)
        try:
            self.try_out()
        except FileStorageFailed as fault:
            raise UnusableFileStorage(
                f"{url} cannot be used: check its name, and AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and "
                f"AWS_SECRET_ACCESS_KEY ({fault})"
            ) from fault

    def put(self, content: bytes) -> str:
        """Store a file, also in place of a damaged one, and return its digest. Raise FileStorageFailed."""
        digest = sha256(content).hexdigest()
        try:
            self._store.put(_key(digest), content)
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the file could not be kept: {_first_line(fault)}") from fault
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of a file. Raise NotFound or FileStorageFailed."""
        try:
            content = bytes(self._store.get(_key(digest)).bytes())
        except FileNotFoundError as fault:
            raise _unknown(digest) from fault
        except StoreError:
            raise
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the file {digest} cannot be read: {_first_line(fault)}") from fault
        return _checked(digest, content)

    def digests(self) -> Iterator[str]:
        """Yield the digest of every stored file. Raise FileStorageFailed."""
        try:
            for listed in self._store.list():
                names = (each["path"].rpartition("/")[2] for each in listed)
                yield from (name for name in names if _DIGEST.fullmatch(name))
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the bucket cannot be listed: {_first_line(fault)}") from fault

    def kept_since(self, digest: str) -> datetime:
        """Return when a file was last put into the storage. Raise NotFound or FileStorageFailed."""
        try:
            moment: datetime = self._store.head(_key(digest))["last_modified"]
        except FileNotFoundError as fault:
            raise _unknown(digest) from fault
        except StoreError:
            raise
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the file {digest} cannot be looked up: {_first_line(fault)}") from fault
        return moment.astimezone(UTC)

    def remove(self, digest: str, *, before: datetime) -> bool:
        """Delete a file last put in before a moment. Return whether it was deleted. Raise FileStorageFailed."""
        try:
            if self.kept_since(digest) >= before:
                return False
            self._store.delete(_key(digest))
        except NotFound:
            return False
        except StoreError:
            raise
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the file {digest} cannot be deleted: {_first_line(fault)}") from fault
        return True

    def unfinished(self, before: datetime) -> Sequence[str]:
        """Return nothing, as a file appears in a bucket only once it is complete."""
        return ()

    def clear_unfinished(self, before: datetime) -> int:
        """Return 0, as there is nothing to delete."""
        return 0

    def try_out(self) -> None:
        """List the bucket, as when it is opened. Raise FileStorageFailed."""
        try:
            self._store.list_with_delimiter()
        except Exception as fault:  # obstore lets many kinds through
            raise FileStorageFailed(f"the bucket does not answer: {_first_line(fault)}") from fault


def _opened_bucket(url: str) -> "S3Store":
    """Return the bucket of a URL, without contacting it yet. Raise UnusableFileStorage."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    rest = parts.query or parts.fragment or not _PREFIX.fullmatch(prefix) or ".." in prefix
    if parts.scheme != "s3" or rest or not _BUCKET.fullmatch(parts.netloc):
        raise UnusableFileStorage(f"write a folder, or s3://bucket or s3://bucket/prefix, and not {url!r}")
    try:
        from obstore.store import S3Store
    except ModuleNotFoundError as fault:
        raise UnusableFileStorage(f"{url} needs obstore: {how_to_install('s3')}") from fault
    endpoint = next((os.environ[name] for name in reversed(_ENDPOINTS) if os.environ.get(name)), "")
    return S3Store(
        parts.netloc,
        prefix=prefix or None,
        # Unencrypted only if the setting says so, for example on loopback.
        client_options={"timeout": _PATIENCE, "allow_http": endpoint.startswith("http:")},
        retry_config={"max_retries": _TRIES_AGAIN, "retry_timeout": _PATIENCE},
    )


def _changed(path: Path, digest: str) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError as fault:
        raise _unknown(digest) from fault
    except OSError as fault:
        raise FileStorageFailed(f"the file {digest} cannot be looked up: {fault.strerror}") from fault


def _key(digest: str) -> str:
    """Return where a file is stored. Raise NotFound unless it is a digest, so that no other path is ever used."""
    if not _DIGEST.fullmatch(digest):
        raise _unknown(digest)
    return f"{digest[:2]}/{digest}"


def _unknown(digest: str) -> NotFound:
    return NotFound(f"no file {digest} is kept")


def _checked(digest: str, content: bytes) -> bytes:
    if sha256(content).hexdigest() != digest:
        raise FileStorageFailed(f"the file {digest} is no longer what was sent: take it from a backup, or send it anew")
    return content


def _first_line(fault: Exception) -> str:
    return next(iter(str(fault).splitlines()), type(fault).__name__)[:300]
