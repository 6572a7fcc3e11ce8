"""Frictionless Data Package of a publication (specs.frictionlessdata.io): the content of `datapackage.json`.

Licence, edition, seal, citation and corrections are stated once for all files. The columns of the tables are those of
`figure_table`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from compliance.disclosure.figure_table import TABLE_COLUMNS, FigureColumn
from compliance.disclosure.snapshot import LICENCE, PublishedSnapshot
from compliance.languages.interface_messages import current_language
from compliance.languages.interface_messages import gettext as _

JsonObject: TypeAlias = dict[str, Any]

LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class PackageResource:
    """A file of the package."""

    name: str
    path: str
    title: str
    size: int  # bytes
    digest: str  # SHA-256
    is_table: bool

    @staticmethod
    def of(name: str, path: str, title: str, content: bytes, *, is_table: bool = True) -> "PackageResource":
        """Return the resource of a file with this content."""
        return PackageResource(name, path, title, len(content), hashlib.sha256(content).hexdigest(), is_table)


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """A correction: day, what was corrected, and why."""

    day: date
    what: str
    why: str


def data_package(
    snapshot: PublishedSnapshot,
    files: Iterable[PackageResource],
    *,
    scale: float,
    address: str,
    edition_address: str,
    corrections: Sequence[CorrectionNotice] = (),
) -> JsonObject:
    """Return the content of `datapackage.json`. `address`: of the publication; `edition_address`: of its edition."""
    title = _("Article 34: codes of conduct measured against children’s law, %(period)s", period=snapshot.period)
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
        "corrections": [{"date": c.day.isoformat(), "what": c.what, "why": c.why} for c in corrections],
        "resources": [_resource(file) for file in files],
    }


def dataset_for_search(
    snapshot: PublishedSnapshot,
    *,
    name: str,
    description: str,
    address: str,
    publisher: JsonObject,
    files: Mapping[str, str],
) -> JsonObject:
    """Return published figures as a schema.org Dataset, for search engines. `files`: address by media type."""
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": name,
        "description": description,
        "url": address,
        "identifier": f"{address}#{snapshot.seal}",
        "version": snapshot.seal,
        "temporalCoverage": str(snapshot.period),
        "datePublished": snapshot.as_of.isoformat(),
        "inLanguage": current_language(),
        "isAccessibleForFree": True,
        "license": LICENCE_ADDRESS,
        "creator": publisher,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": file} for kind, file in files.items()
        ],
    }


def _resource(file: PackageResource) -> JsonObject:
    kind = "csv" if file.is_table else "json"
    said: JsonObject = {
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


#: The CSV dialect of the tables, according to RFC 4180.
DIALECT: JsonObject = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
}


def table_schema() -> JsonObject:
    """Return the columns as a Table Schema."""
    return {"fields": [_field(column) for column in TABLE_COLUMNS], "missingValues": [""]}


def _field(column: FigureColumn) -> JsonObject:
    title, description = column.words
    constraints: JsonObject = {}
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
