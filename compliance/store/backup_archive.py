"""The archive of a backup: a zip file with a part for each table, each uploaded file, and a manifest.

    manifest.json        format, revision of the tables, head of the trail, rows and SHA-256 of every part
    tables/NAME.jsonl    one JSON array a row; the columns and their types are in the manifest
    files.jsonl          [digest, size] of every file
    files/DIGEST         a file, named by the SHA-256 of its content
    secrets/NAME         a secret, only on request

Its content does not depend on the kind of database it was made from. Rows are written and read one by one, so that
memory does not grow with their number. Names of parts are compared with this list and never used as paths.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Literal, Self, TypeAlias
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from compliance.store.signed_heads import SignedHead

#: Increased when earlier versions of the tool can no longer read new archives.
ARCHIVE_FORMAT = 1
#: The most bytes of a row, and of the manifest: far more than any real one, and too few to exhaust memory.
MOST_ROW_BYTES = 256_000_000
MOST_MANIFEST_BYTES = 20_000_000
#: The most bytes of an uploaded file, many times what any page accepts.
MOST_FILE_BYTES = 1_000_000_000

ColumnType: TypeAlias = Literal["integer", "number", "boolean", "text", "date", "moment", "bytes"]
Row: TypeAlias = Sequence[Any]

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # `json.dumps` makes one at every call
_MANIFEST, _FILES = "manifest.json", "files.jsonl"
_PARTS = re.compile(r"tables/[a-z][a-z0-9_]{0,62}\.jsonl|files/[0-9a-f]{64}|secrets/[a-z_]{1,40}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WHOLE = (-(2**63), 2**63 - 1)
#: What zipfile raises for a file that is truncated, altered, encrypted, or not a zip file.
_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError)


class ArchiveRefused(ValueError):
    """An archive that is damaged or was not made by this tool. The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table: its columns with their types, its number of rows, and the SHA-256 of its part."""

    columns: tuple[tuple[str, ColumnType], ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of an archive."""

    revision: str  # of the tables
    made_at: str
    made_by: str  # the version of this tool
    made_from: str  # the kind of database
    trail_entries: int
    trail_head: str  # hash of the last entry
    tables: Mapping[str, TablePart]
    files: int
    files_bytes: int
    files_sha256: str  # of the list of files
    missing_files: tuple[str, ...] = ()  # in the database, but not in the storage when the archive was made
    secrets: Mapping[str, str] = field(default_factory=dict)  # name → fingerprint, also of secrets left out
    format: int = ARCHIVE_FORMAT
    signed_head: str = ""  # the line of a signed head; "": there was no key, or the archive is older than signed heads

    @property
    def rows(self) -> int:
        """The number of rows in all tables."""
        return sum(table.rows for table in self.tables.values())


def fingerprint(name: str, secret: str) -> str:
    """Return a fingerprint that shows whether two secrets are the same, and nothing else about them."""
    return sha256(f"article34 {name} {secret}".encode()).hexdigest()[:16]


# ── Writing


class ArchiveWriter:
    """Writer of an archive into a file open for writing. As a context manager, it closes the zip file at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1)
        self._tables: dict[str, TablePart] = {}
        self._files = sha256()
        self._listed: list[bytes] = []
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def add_table(
        self, name: str, columns: Sequence[tuple[str, ColumnType]], rows: Iterable[Row], told: Callable[[int], None]
    ) -> int:
        """Write a table, and return its number of rows. `told` is called with the number so far, every 1000 rows."""
        digest, number = sha256(), 0
        encoders = [_ENCODERS.get(kind) for _name, kind in columns]
        with self._zip.open(f"tables/{name}.jsonl", "w", force_zip64=True) as part:
            for number, row in enumerate(rows, 1):
                values = [
                    value if encode is None or value is None else encode(value)
                    for encode, value in zip(encoders, row, strict=True)
                ]
                line = _COMPACT.encode(values).encode() + b"\n"
                digest.update(line)
                part.write(line)
                if number % 1000 == 0:
                    told(number)
        told(number)
        self._tables[name] = TablePart(tuple(columns), number, digest.hexdigest())
        return number

    def add_file(self, digest: str, content: bytes) -> None:
        """Write an uploaded file."""
        self._zip.writestr(ZipInfo(f"files/{digest}"), content, ZIP_STORED)
        line = f'["{digest}",{len(content)}]\n'.encode()
        self._files.update(line)
        self._listed.append(line)
        self._bytes += len(content)

    def add_secret(self, name: str, secret: str) -> None:
        """Write a secret."""
        self._zip.writestr(ZipInfo(f"secrets/{name.lower()}"), secret)

    def finish(self, **more: Any) -> Manifest:
        """Write the list of files and the manifest. Without them, the archive is refused."""
        self._zip.writestr(ZipInfo(_FILES), b"".join(self._listed), ZIP_DEFLATED)
        manifest = Manifest(
            tables=self._tables,
            files=len(self._listed),
            files_bytes=self._bytes,
            files_sha256=self._files.hexdigest(),
            **more,
        )
        self._zip.writestr(ZipInfo(_MANIFEST), json.dumps(asdict(manifest), indent=1), ZIP_DEFLATED)
        return manifest


def _moment(value: datetime) -> str:
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


_ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "moment": _moment,
    "date": date.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
}

# ── Reading


class ArchiveReader:
    """Reader of an archive, part by part. Its methods raise ArchiveRefused for a part that contradicts the manifest."""

    def __init__(self, file: ZipFile) -> None:
        self._zip = file
        names = file.namelist()
        if strange := next((name for name in names if not _is_part(name)), None):
            raise ArchiveRefused(f"it holds {strange[:80]!r}, which no backup has")
        if len(set(names)) != len(names):
            raise ArchiveRefused("it holds a part twice")
        if _MANIFEST not in names:
            raise ArchiveRefused("it has no manifest.json: it is no backup of this tool")
        self.manifest = _manifest(self._read(_MANIFEST, MOST_MANIFEST_BYTES))
        wanted = {_MANIFEST, _FILES, *(f"tables/{name}.jsonl" for name in self.manifest.tables)}
        given = {name for name in names if not name.startswith(("files/", "secrets/"))}
        if wanted != given:
            raise ArchiveRefused(f"parts are missing, or too many: {', '.join(sorted(wanted ^ given))[:200]}")
        self._names = frozenset(names)

    def rows(self, name: str) -> Iterator[tuple[Row, int]]:
        """Yield the rows of a table, each with its size in bytes. Their count and digest are checked at the end."""
        table = self.manifest.tables[name]
        decoders = [_DECODERS[kind] for _name, kind in table.columns]
        digest, number = sha256(), 0
        with _refusing(), self._zip.open(f"tables/{name}.jsonl") as part:
            while line := part.readline(MOST_ROW_BYTES):
                number += 1
                if number > table.rows:
                    break
                digest.update(line)
                yield _row(line, decoders, f"table {name}, row {number}"), len(line)
        if number != table.rows or digest.hexdigest() != table.sha256:
            raise ArchiveRefused(f"table {name} is not as it was written: the archive is damaged or was altered")

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every uploaded file as digest and content, which is checked against the digest."""
        digest, number = sha256(), 0
        with _refusing(), self._zip.open(_FILES) as part:
            while line := part.readline(200):
                digest.update(line)
                number += 1
                named, size = _listed_file(line)
                if f"files/{named}" not in self._names:
                    raise ArchiveRefused(f"the file {named} is missing in it")
                content = self._read(f"files/{named}", size)
                if len(content) != size or sha256(content).hexdigest() != named:
                    raise ArchiveRefused(f"the file {named} is not as it was written")
                yield named, content
        if number != self.manifest.files or digest.hexdigest() != self.manifest.files_sha256:
            raise ArchiveRefused("the list of files is not as it was written: the archive is damaged or was altered")
        if number != sum(name.startswith("files/") for name in self._names):
            raise ArchiveRefused("it holds files that it does not list")

    def secrets(self) -> Mapping[str, str]:
        """Return the secrets in the archive, by name of the setting."""
        found = {}
        for name in self._names:
            if name.startswith("secrets/"):
                secret = self._read(name, 10_000).decode("utf-8", "replace")
                setting = name.partition("/")[2].upper()
                if self.manifest.secrets.get(setting) != fingerprint(setting, secret):
                    raise ArchiveRefused(f"the secret {setting} is not as it was written")
                found[setting] = secret
        return found

    def check(self, progress: Callable[[int, int], None]) -> None:
        """Read every part. Raise ArchiveRefused if one is not as it was written."""
        done = 0
        for name in self.manifest.tables:
            for _read in self.rows(name):
                done += 1
                if done % 1000 == 0:
                    progress(done, self.manifest.rows)
        for _file in self.files():
            pass
        self.secrets()

    def _read(self, name: str, most: int) -> bytes:
        with _refusing(), self._zip.open(name) as part:
            content = part.read(most + 1)
        if len(content) > most:
            raise ArchiveRefused(f"{name} is larger than it can be")
        return content


@contextmanager
def open_archive(path: Path) -> Iterator[ArchiveReader]:
    """Open an archive for reading. Raise ArchiveRefused or OSError."""
    with _refusing():
        file = ZipFile(path)
    with file:
        yield ArchiveReader(file)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what zipfile raises for a damaged file, or one that is not a zip file, into ArchiveRefused."""
    try:
        yield
    except ArchiveRefused:
        raise
    except _BROKEN as fault:
        raise ArchiveRefused(f"it is damaged, cut off, or no backup ({' '.join(str(fault).split())[:200]})") from fault


def _is_part(name: str) -> bool:
    return name in (_MANIFEST, _FILES) or _PARTS.fullmatch(name) is not None


def _listed_file(line: bytes) -> tuple[str, int]:
    named, size = _json(line, "the list of files")
    if not (isinstance(named, str) and _DIGEST.fullmatch(named) and type(size) is int and 0 <= size <= MOST_FILE_BYTES):
        raise ArchiveRefused("the list of files is not as it was written")
    return named, size


def _manifest(content: bytes) -> Manifest:
    said = _json(content, _MANIFEST)
    try:
        number = said["format"]
        if type(number) is int and number > ARCHIVE_FORMAT:
            raise ArchiveRefused(f"it was made by a newer version of this tool (format {number}): restore it with that")
        tables = {
            str(name): TablePart(
                tuple((str(column), kind) for column, kind in part["columns"]), part["rows"], part["sha256"]
            )
            for name, part in said["tables"].items()
        }
        known = all(kind in _DECODERS for part in tables.values() for _column, kind in part.columns)
        counts = [said["files"], said["files_bytes"], said["trail_entries"], *(part.rows for part in tables.values())]
        if number != ARCHIVE_FORMAT or not known or not all(type(count) is int and count >= 0 for count in counts):
            raise ArchiveRefused("its manifest.json is not as this tool writes it")
        secrets = {str(name): str(value) for name, value in said["secrets"].items()}
        missing = tuple(map(str, said["missing_files"]))
        manifest = Manifest(**{**said, "tables": tables, "missing_files": missing, "secrets": secrets})
        if manifest.signed_head and not _is_signed(manifest):
            raise ArchiveRefused("what was signed as the head of its trail is not its head, or its signature is false")
        return manifest
    except (KeyError, TypeError, AttributeError) as fault:
        raise ArchiveRefused("its manifest.json is not as this tool writes it") from fault


def _is_signed(manifest: Manifest) -> bool:
    try:
        signed = SignedHead.read(manifest.signed_head)
    except ValueError:
        return False
    return signed.is_sound and (signed.entry, signed.hash) == (manifest.trail_entries, manifest.trail_head)


def _json(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise ArchiveRefused(f"{where} is not as it was written") from fault


def _row(line: bytes, decoders: Sequence[Callable[[Any], Any]], where: str) -> Row:
    values = _json(line, where)
    try:
        if not isinstance(values, list):
            raise TypeError
        return [None if value is None else decode(value) for decode, value in zip(decoders, values, strict=True)]
    except (TypeError, ValueError, binascii.Error) as fault:
        raise ArchiveRefused(f"{where} does not fit its columns") from fault


def _checked(kind: type, fits: Callable[[Any], bool] = lambda _value: True) -> Callable[[Any], Any]:
    def decode(value: Any) -> Any:
        if type(value) is not kind or not fits(value):
            raise TypeError
        return value

    return decode


def _moment_of(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise TypeError
    return moment.astimezone(UTC)


_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _checked(int, lambda value: _WHOLE[0] <= value <= _WHOLE[1]),
    "number": lambda value: float(_checked(int if type(value) is int else float)(value)),
    "boolean": _checked(bool),
    # No database stores the zero character or a lone surrogate.
    "text": _checked(str, lambda value: "\0" not in value and value.encode() is not None),
    "date": lambda value: date.fromisoformat(value),
    "moment": _moment_of,
    "bytes": lambda value: base64.b64decode(value, validate=True),
}
