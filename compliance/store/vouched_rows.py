"""What the audit trail vouches for: a digest of the rows that a change is about, as they are after the change.

An entry has the subject of a change, such as `assessment/7/answer/r02.code`, and stores the digest of the rows of that
subject. So it is detected if such a row is altered, added or removed without an entry (`trail_check`).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.orm import Session

from compliance.store.models import Base

#: The key of the rows of one digest: a name in VOUCHED and the values of its key, such as ("answer", 7, "r02.code").
RowsKey: TypeAlias = tuple[Any, ...]
#: How many keys are looked up at a time, since databases limit the parameters of a statement.
_AT_A_TIME = 500
_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True)  # made once, since `json.dumps` makes one at every call


@dataclass(frozen=True, slots=True)
class VouchedTable:
    """A table whose rows the trail vouches for: all of them, or those that an entry is about."""

    name: str  # in the database
    key: tuple[str, ...]  # columns; rows with the same values in them have one digest
    subject: str  # a regular expression, with a group for each column of the key
    but: frozenset[str] = frozenset()  # columns that change without an entry
    is_complete: bool = True  # False: there may be rows without an entry

    @property
    def table(self) -> Table:
        """The table, looked up by its name, since this module cannot import the models of all tables."""
        return Base.metadata.tables[self.name]

    def columns(self) -> list[Any]:
        """Return the columns that are vouched for, including the key."""
        return [column for column in self.table.columns if column.name not in self.but]

    def key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the key of a row."""
        return tuple(row[column] for column in self.key)

    def keys_in(self, subject: str) -> Iterator[tuple[Any, ...]]:
        """Yield the key of the rows that a subject is about, if it is about rows of this table."""
        if found := _pattern(self.subject).fullmatch(subject):
            columns = self.table.columns
            yield tuple(
                columns[name].type.python_type(text) for name, text in zip(self.key, found.groups(), strict=True)
            )


@cache
def _pattern(subject: str) -> re.Pattern[str]:
    return re.compile(subject, re.DOTALL)


_ID = r"(\d{1,9})"
_OF = rf"assessment/{_ID}"
_READ = rf"reading/{_ID}"
VOUCHED: Mapping[str, VouchedTable] = {
    "organisation": VouchedTable("organisation", ("id",), rf"organisation/{_ID}/.*", is_complete=False),
    "group": VouchedTable("company_group", ("id",), rf"group/{_ID}/.*", is_complete=False),
    "membership": VouchedTable("membership", ("organisation_id", "person_id"), rf"organisation/{_ID}/member/{_ID}"),
    "person": VouchedTable(
        "person", ("id",), rf"person/{_ID}(?:/.*)?", frozenset({"fs_uniquifier", "language"}), is_complete=False
    ),
    "role": VouchedTable("person_role", ("person_id",), rf"person/{_ID}(?:/.*)?"),
    "second-factor": VouchedTable(
        "second_factor", ("person_id",), rf"person/{_ID}(?:/.*)?", frozenset({"totp_counter", "user_handle"})
    ),
    "passkey": VouchedTable(
        "passkey",
        ("person_id",),
        rf"person/{_ID}(?:/.*)?",
        frozenset({"sign_count", "backed_up", "device_type", "used_at"}),
    ),
    "provider-identity": VouchedTable("provider_identity", ("person_id",), rf"person/{_ID}(?:/.*)?"),
    "interest": VouchedTable(
        "declared_interest", ("person_id", "organisation_id"), rf"person/{_ID}/interest/organisation/{_ID}"
    ),
    "period": VouchedTable("period", ("year",), rf"period/{_ID}"),
    "snapshot": VouchedTable("snapshot", ("period_year",), rf"snapshot/{_ID}"),
    "correction": VouchedTable("correction", ("id",), rf"correction/{_ID}"),
    "assessment": VouchedTable(
        "assessment", ("id",), rf"{_OF}/(?:portions|quick-answers|consent)", frozenset({"saves"}), is_complete=False
    ),
    "answer": VouchedTable("answer", ("assessment_id", "question"), rf"{_OF}/answer/(.*)"),
    "evidence": VouchedTable("evidence", ("assessment_id", "question"), rf"{_OF}/evidence/(.*)"),
    "passage": VouchedTable("passage_mark", ("assessment_id", "question", "option"), rf"{_OF}/passage/([^/]*)/(.*)"),
    "passage-check": VouchedTable(
        "passage_check", ("assessment_id", "question", "option"), rf"{_OF}/passage-check/([^/]*)/(.*)"
    ),
    "library-item": VouchedTable(
        "library_item", ("id",), rf"organisation/\d+/evidence/{_ID}", frozenset({"reminded_of"})
    ),
    "library-version": VouchedTable("library_version", ("item_id",), rf"organisation/\d+/evidence/{_ID}"),
    "assignment": VouchedTable("assignment", ("assessment_id",), rf"{_OF}/auditors"),
    "determination": VouchedTable("determination", ("assessment_id", "question"), rf"{_OF}/determination/(.*)"),
    "submission": VouchedTable("submission", ("id",), rf"submission/{_ID}"),
    "consent-change": VouchedTable("consent_change", ("id",), rf"consent-change/{_ID}"),
    "workbook-download": VouchedTable("workbook_download", ("id",), rf"workbook-download/{_ID}"),
    "sign-off": VouchedTable("sign_off", ("id",), rf"sign-off/{_ID}"),
    "reopening": VouchedTable("reopening", ("id",), rf"assessment/\d+/reopening/{_ID}"),
    "published-reading": VouchedTable("published_reading", ("reading_id",), rf"published-reading/{_ID}"),
    "reading-correction": VouchedTable("reading_correction", ("id",), rf"reading-correction/{_ID}"),
    "reading": VouchedTable("desk_reading", ("id",), rf"{_READ}(?:/.*)?"),
    "reading-document": VouchedTable("reading_document", ("id",), rf"reading/\d+/document/{_ID}"),
    "reading-answer": VouchedTable(
        "reading_answer", ("reading_id", "place", "kind", "question"), rf"{_READ}/(\w+)/answer/([^/]*)/(.*)"
    ),
    "reading-passage": VouchedTable(
        "reading_passage", ("reading_id", "place", "question", "option"), rf"{_READ}/(\w+)/passage/([^/]*)/(.*)"
    ),
    "reading-reply": VouchedTable("reading_reply", ("reading_id",), rf"{_READ}/reply(?:/.*)?"),
}


def vouched_keys(*subjects: str) -> list[RowsKey]:
    """Return the keys of the rows that these subjects are about."""
    return [
        (name, *key)
        for subject in subjects
        for name in _tables_of(subject.partition("/")[0])
        for key in VOUCHED[name].keys_in(subject)
    ]


@cache
def _tables_of(kind: str) -> tuple[str, ...]:
    """Return the tables that a subject beginning with this word may be about."""
    return tuple(name for name, table in VOUCHED.items() if table.subject.partition("/")[0] == kind)


def row_digests(session: Session, keys: Iterable[RowsKey]) -> Mapping[RowsKey, str]:
    """Return the present digest of the rows of each key, or "" if it has no rows."""
    found: dict[RowsKey, str] = {}
    by_table: defaultdict[str, dict[RowsKey, None]] = defaultdict(dict)  # each once, in order
    for key in keys:
        by_table[key[0]][key] = None
    for name, wanted in by_table.items():
        together: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)  # by the first of several values
        for _name, *values in wanted:
            together[tuple(values[:1] if len(values) > 1 else ())].append(values[1 if len(values) > 1 else 0])
        for same, others in together.items():
            for begin in range(0, len(others), _AT_A_TIME):
                found |= _digests(session, name, same, others[begin : begin + _AT_A_TIME])
        found |= {key: "" for key in wanted if key not in found}
    return {key: digest for key, digest in found.items() if key in by_table[key[0]]}


def all_row_digests(session: Session) -> Iterator[tuple[RowsKey, str]]:
    """Yield the digests of all rows that the trail can vouch for, table by table."""
    for name, table in VOUCHED.items():
        query = select(*table.columns()).order_by(*(table.table.c[column] for column in table.key))
        with session.connection().execute(query.execution_options(yield_per=500)) as rows:
            yield from _grouped(name, (dict(row._mapping) for row in rows))  # its public name


def _digests(session: Session, name: str, same: tuple[Any, ...], others: list[Any]) -> dict[RowsKey, str]:
    """Return the digests of rows whose key begins with `same`, followed by one of `others`."""
    query, sought = _select_rows(name, bool(same)), {"same": same[0] if same else None, "others": [*set(others)]}
    return dict(_grouped(name, (dict(row._mapping) for row in session.connection().execute(query, sought))))


@cache  # built once, as building the statement takes as long as reading some rows
def _select_rows(name: str, together: bool) -> Select[*tuple[Any, ...]]:
    """Select rows with one of `others` in the key's first column or, if `together`, in the second, after `same`."""
    table = VOUCHED[name]
    columns = table.table.c
    among = columns[table.key[1 if together else 0]].in_(bindparam("others", expanding=True))
    where = [columns[table.key[0]] == bindparam("same"), among] if together else [among]
    return select(*table.columns()).where(*where).order_by(*(columns[column] for column in table.key))


def _grouped(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[tuple[RowsKey, str]]:
    for key, group in groupby(rows, VOUCHED[name].key_of):
        told = sorted(filter(None, (_told(VOUCHED[name], row) for row in group)))
        if told:
            yield (name, *key), hashlib.sha256("\n".join(told).encode()).hexdigest()


def _told(table: VouchedTable, row: Mapping[str, Any]) -> str:
    """Return the values of a row as one line, or "" if it has none apart from its key.

    Empty values are left out, so that columns can be added later.
    """
    said = {column: _json_value(value) for column, value in row.items() if value not in (None, "")}
    if said.keys() <= set(table.key) and len(table.columns()) > len(table.key):
        return ""
    return _SORTED.encode(said)


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
