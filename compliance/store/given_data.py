"""Everything that a person or a company gave, as rows, found by following foreign keys so that no table is missed.

Secrets are left out. For a company, so is what others keep about it: verdicts in progress, and readings of its
published texts, of which it is told when their drafts are sent.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from compliance.store.exceptions import NotFound
from compliance.store.models import Base

#: By name of the table, its rows; each maps column names to values.
GivenRows: TypeAlias = dict[str, list[dict[str, Any]]]

_PERSON, _COMPANY = "person", "organisation"
#: Columns that are never given out, by table: with them, anybody could sign in or pass for somebody else.
SECRETS: Mapping[str, frozenset[str]] = {
    "person": frozenset({"password_hash", "fs_uniquifier"}),
    "sign_in_session": frozenset({"token_hash"}),
    "second_factor": frozenset({"totp_secret", "totp_counter", "recovery_codes", "user_handle"}),
    "passkey": frozenset({"credential_id", "public_key", "sign_count"}),
    "colleague_invitation": frozenset({"digest"}),
    "outbox": frozenset({"text", "html", "lease"}),
}
#: Tables that are left out for a company: what auditors, the desk and the steward keep, and what is computed.
NOT_ITS_OWN = frozenset(
    {
        "assignment",
        "declared_interest",
        "determination",
        "invited_company",
        "kept_scorecards",
        "passage_check",
        "read_company",
        "review_progress",
        "workbook_download",
        "workbook_upload",
    }
)
#: Foreign keys that say what a row belongs to. Other keys only mention something, such as the company merged into.
_OWNERS = frozenset({"organisation_id", "assessment_id", "item_id", "submission_id", "mark_id"})
#: Foreign keys that say which person a row is about. Other rows only name the person, and belong to a company.
_ABOUT_A_PERSON = ("person_id", "auditor_id")
_AT_A_TIME = 500


def data_of_person(session: Session, person_id: int) -> GivenRows:
    """Return what is stored about a person, and when and where they did something for companies or the installation.

    Raise NotFound.
    """
    found: GivenRows = {_PERSON: list(_rows(session, Base.metadata.tables[_PERSON], "id", [person_id]))}
    if not found[_PERSON]:
        raise NotFound(f"no person {person_id}")
    for table in Base.metadata.sorted_tables:
        for column in _keys_to(table, _PERSON):
            rows = list(_rows(session, table, column.name, [person_id]))
            if column.name not in _ABOUT_A_PERSON:
                kept = {*(key.name for key in table.primary_key), column.name, "at", "question", "what", "subject"}
                rows = [{name: value for name, value in row.items() if name in kept} for row in rows]
            if rows:
                found.setdefault(table.name, []).extend(row for row in rows if row not in found.get(table.name, ()))
    return found


def data_of_company(session: Session, organisation_id: int) -> GivenRows:
    """Return what a company gave: its answers, evidence, people and submissions, and everything that belongs to them.

    People are given by number alone, and members also with name and address. Raise NotFound.
    """
    company = Base.metadata.tables[_COMPANY]
    found: GivenRows = {_COMPANY: list(_rows(session, company, "id", [organisation_id]))}
    if not found[_COMPANY]:
        raise NotFound(f"no company {organisation_id}")
    for table in Base.metadata.sorted_tables:  # a table comes after those that it refers to
        if table.name in NOT_ITS_OWN or table.name in found or table.name == _PERSON:
            continue
        for column in table.columns:
            owner = next((key.column for key in column.foreign_keys if column.name in _OWNERS), None)
            if owner is not None and owner.table.name in found and table.name not in found:
                values = [row[owner.name] for row in found[owner.table.name]]
                found[table.name] = list(_rows(session, table, column.name, values))
    found = {name: rows for name, rows in found.items() if rows}
    people = Base.metadata.tables[_PERSON]
    members = [row["person_id"] for row in found.get("membership", ())]
    known = _rows(session, people, "id", members)
    found[_PERSON] = [{name: row[name] for name in ("id", "name", "email")} for row in known]
    return found


def _keys_to(table: Table, other: str) -> Iterator[Column[Any]]:
    return (column for column in table.columns if any(key.column.table.name == other for key in column.foreign_keys))


def _rows(session: Session, table: Table, column: str, values: Collection[Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table with one of these values in a column, without secrets."""
    wanted = sorted({value for value in values if value is not None})
    columns = [each for each in table.columns if each.name not in SECRETS.get(table.name, ())]
    for begin in range(0, len(wanted), _AT_A_TIME):
        query = select(*columns).where(table.c[column].in_(wanted[begin : begin + _AT_A_TIME]))
        for row in session.connection().execute(query.order_by(*table.primary_key)):
            yield dict(row._mapping)  # its public name
