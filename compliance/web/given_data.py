"""The data that a person or a company has given to this installation, as files to download."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from compliance.store import FileStorage, FileStorageFailed, NotFound
from compliance.store.given_data import GivenRows

#: Up to this size, in bytes, a zip is kept in memory, beyond it on disk.
_IN_MEMORY = 5_000_000


def rows_as_json(rows: GivenRows) -> str:
    """Rows by table, as JSON that people can read."""
    return json.dumps(rows, ensure_ascii=False, indent=1, default=_json_value)


def zipped_data(rows: GivenRows, storage: FileStorage) -> IO[bytes]:
    """Return a zip of the rows as `data.json`, and the files of evidence versions, each named by its digest.

    A file that is missing from the storage is named in `missing-files.txt`.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # whoever sends it closes it
    missing = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("data.json", rows_as_json(rows))
        for digest in sorted(set(_digests(rows))):
            try:
                written.writestr(f"files/{digest}", storage.get(digest))
            except (NotFound, FileStorageFailed):
                missing.append(digest)
        if missing:
            written.writestr("missing-files.txt", "".join(f"{digest}\n" for digest in missing))
    return file


def _digests(rows: GivenRows) -> Iterator[str]:
    for row in rows.get("library_version", ()):
        if row["digest"]:
            yield row["digest"]


def _json_value(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
