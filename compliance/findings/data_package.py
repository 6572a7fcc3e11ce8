"""The published tables described for programs: a Frictionless Data Package, with what all of them share said once."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from compliance.benchmark.snapshot import LICENCE, Snapshot
from compliance.findings.figure_table import COLUMNS, FigureColumn
from compliance.languages.speaking import gettext as _

Json: TypeAlias = dict[str, Any]

LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the package, beside its description."""

    name: str
    path: str
    title: str
    size: int  # bytes
    digest: str  # SHA-256
    is_table: bool

    @staticmethod
    def of(name: str, path: str, title: str, content: bytes, *, is_table: bool = True) -> "File":
        """A file that holds these bytes."""
        return File(name, path, title, len(content), hashlib.sha256(content).hexdigest(), is_table)


@dataclass(frozen=True, slots=True)
class Said:
    """A correction: when it was made, what is corrected, and why."""

    on: date
    what: str
    why: str


def data_package(
    snapshot: Snapshot,
    files: Iterable[File],
    *,
    scale: float,
    address: str,
    edition_address: str,
    corrections: Sequence[Said] = (),
) -> Json:
    """What `datapackage.json` says. `address`: of the publication; `edition_address`: of its edition."""
    title = _("Article 34: codes of conduct held against children’s law, %(period)s", period=snapshot.period)
    return {
        "profile": "data-package",
        "name": f"article34-{snapshot.period}",
        "id": address,
        "homepage": address,
        "title": title,
        "description": _("Demonstration: every company is invented.") if snapshot.demonstration else title,
        "created": f"{snapshot.as_of.isoformat()}T00:00:00Z",
        "licenses": [{"name": LICENCE, "path": LICENCE_ADDRESS, "title": "Creative Commons Attribution 4.0"}],
        "sources": [{"title": f"{snapshot.title} ({snapshot.edition})", "path": edition_address}],
        "period": snapshot.period,
        "as_of": snapshot.as_of.isoformat(),
        "edition": snapshot.edition,
        "edition_digest": snapshot.digest,
        "edition_draft": snapshot.draft,
        "scale": scale,
        "demonstration": snapshot.demonstration,
        "seal": snapshot.seal,  # SHA-256 of figures.json
        "citation": f"{snapshot.citation}. {address}",
        "corrections": [{"date": c.on.isoformat(), "what": c.what, "why": c.why} for c in corrections],
        "resources": [_resource(file) for file in files],
    }


def _resource(file: File) -> Json:
    kind = "csv" if file.is_table else "json"
    said: Json = {
        "profile": "tabular-data-resource" if file.is_table else "data-resource",
        "name": file.name,
        "path": file.path,
        "title": file.title,
        "format": kind,
        "mediatype": "text/csv" if file.is_table else "application/json",
        "encoding": "utf-8",
        "bytes": file.size,
        "hash": f"sha256:{file.digest}",
    }
    return said | {"dialect": DIALECT, "schema": table_schema()} if file.is_table else said


#: How the tables are written, as RFC 4180 has it.
DIALECT: Json = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}


def table_schema() -> Json:
    """The columns as a Table Schema."""
    return {"fields": [_field(column) for column in COLUMNS], "missingValues": [""]}


def _field(column: FigureColumn) -> Json:
    title, description = column.words
    constraints: Json = {}
    if column.required:
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    if column.kind == "integer":
        constraints["minimum"] = 0
    return {
        "name": column.name,
        "type": column.kind,
        "title": title,
        "description": description,
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }
