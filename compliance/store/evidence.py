"""The evidence that the answers of an assessment rest on, saved while the period is open.

It stays when its answer is withdrawn.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from compliance.store.audit_trail import TrailEvent, record_events, storable_text
from compliance.store.exceptions import NotFound
from compliance.store.models import Evidence, Person, table_of
from compliance.store.transactions import begin_save

_EVIDENCE = (
    select(*table_of(Evidence).columns, Person.name.label("person"))
    .outerjoin(Person, Person.id == Evidence.by)
    .where(Evidence.assessment_id == bindparam("assessment"))
    .order_by(Evidence.id)
)

_INSERT_EVIDENCE = insert(table_of(Evidence)).returning(Evidence.id, sort_by_parameter_order=True)
_NO_EVIDENCE_COLUMNS = {
    "document": "",
    "page": "",
    "dated": None,
    "passage": "",
    "url": "",
    "accessed": None,
    "note": "",
}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage of a document, such as the code of conduct."""

    document: str
    page: str = ""  # as printed: 12, iv, annex 2
    dated: date | None = None
    passage: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and the day on which it was read."""

    url: str
    accessed: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A piece of evidence as it is kept."""

    id: int
    question: str
    rests_on: Quotation | Link
    by: str  # name of the person
    at: datetime


def add_evidence(
    session: Session, assessment_id: int, question: str, rests_on: Quotation | Link, *, by: int | None, at: datetime
) -> int:
    """Rest an answer on a passage or a link. Returns its id. Raise NotFound or PeriodClosed."""
    return add_all_evidence(session, assessment_id, [(question, rests_on)], by=by, at=at)[0]


def add_all_evidence(
    session: Session,
    assessment_id: int,
    pieces: Sequence[tuple[str, Quotation | Link]],
    *,
    by: int | None,
    at: datetime,
) -> tuple[int, ...]:
    """Rest several answers (question id, passage or link). Returns the ids. Raise NotFound or PeriodClosed."""
    begin_save(session, assessment_id)
    said = [_evidence_columns(rests_on) for _, rests_on in pieces]
    rows = [
        {"assessment_id": assessment_id, "question": question, "by": by, "at": at, **_NO_EVIDENCE_COLUMNS, **words}
        for (question, _), words in zip(pieces, said, strict=True)
    ]
    if not rows:
        return ()
    ids = tuple(session.connection().execute(_INSERT_EVIDENCE, rows).scalars())
    entries = [
        TrailEvent("evidence", _evidence_subject(assessment_id, question), "", _evidence_text(evidence_id, words))
        for evidence_id, (question, _), words in zip(ids, pieces, said, strict=True)
    ]
    record_events(session, entries, by=by, at=at)
    return ids


def remove_evidence(session: Session, assessment_id: int, evidence_id: int, *, by: int | None, at: datetime) -> None:
    """Take a piece of evidence away; the trail keeps what it said. Raise NotFound or PeriodClosed."""
    begin_save(session, assessment_id)
    gone = delete(Evidence).where(Evidence.id == evidence_id, Evidence.assessment_id == assessment_id)
    gone = gone.execution_options(synchronize_session=False)
    row = session.execute(gone.returning(*Evidence.__table__.columns)).mappings().first()
    if row is None:
        raise NotFound(f"no evidence {evidence_id}")
    before = _evidence_text(evidence_id, {name: row[name] for name in ("kind", *_NO_EVIDENCE_COLUMNS)})
    record_events(
        session, [TrailEvent("evidence", _evidence_subject(assessment_id, row["question"]), before, "")], by=by, at=at
    )


def evidence_of(session: Session, assessment_id: int) -> Mapping[str, tuple[EvidenceItem, ...]]:
    """All evidence of an assessment by question id, oldest first."""
    found: dict[str, tuple[EvidenceItem, ...]] = {}
    for row in session.connection().execute(_EVIDENCE, {"assessment": assessment_id}):
        piece = EvidenceItem(row.id, row.question, _evidence_source(row), row.person or "", row.at)
        found[row.question] = (*found.get(row.question, ()), piece)
    return found


def _evidence_columns(rests_on: Quotation | Link) -> dict[str, object]:
    said = {name: storable_text(v).strip() if isinstance(v, str) else v for name, v in asdict(rests_on).items()}
    if not said.get("document") and not said.get("url"):
        raise ValueError("a quotation names its document, a link its address")
    return {"kind": "quotation" if isinstance(rests_on, Quotation) else "link", **said}


def _evidence_subject(assessment_id: int, question: str) -> str:
    return f"assessment/{assessment_id}/evidence/{question}"


def _evidence_source(row: Any) -> Quotation | Link:
    if row.kind == "quotation":
        return Quotation(row.document, row.page, row.dated, row.passage, row.note)
    return Link(row.url, row.accessed, row.note)


def _evidence_text(evidence_id: int, said: Mapping[str, object]) -> str:
    given = {name: str(value) for name, value in said.items() if value}
    return json.dumps({"id": evidence_id, **given}, ensure_ascii=False)
