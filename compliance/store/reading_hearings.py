"""The hearing of a desk reading: the company is sent the draft and may reply, and the reading is published.

Only the digest of the link's token is stored. The draft is sent once all points are settled, and the reading is
published once the reply window is over or the company has nothing to add. What is published never changes; corrections
are added next to it.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.heard_reading import (
    WHOLE,
    CompanyReply,
    HeardDocument,
    HeardReading,
    PointKey,
    ReaderAnswers,
    unsettled_points,
)
from compliance.store.audit_trail import TrailEvent, record_events, row_digest, storable_text, text_digest
from compliance.store.desk_models import (
    DeskReadingRow,
    PublishedReadingRow,
    ReadCompanyRow,
    ReadingAnswerRow,
    ReadingCorrectionRow,
    ReadingDocumentRow,
    ReadingPassageRow,
    ReadingReaderRow,
    ReadingReplyRow,
)
from compliance.store.desk_readings import begin_reading_change, reading_subject
from compliance.store.exceptions import NotFound, NotHeard, ReadingUnsettled, ReplyWindowClosed
from compliance.store.models import Organisation
from compliance.store.submissions import store_edition

#: Days in which a company may reply: the usual number, and the least.
REPLY_DAYS, LEAST_REPLY_DAYS = 28, 14
#: The registered company that is heard: the one that is read, or the one that it was merged into.
_HEARD = func.coalesce(Organisation.merged_into, Organisation.id)


def heard_reading(session: Session, reading_id: int) -> HeardReading:
    """Return a reading with its documents, answers, passages and replies. Raise NotFound."""
    query = select(DeskReadingRow, ReadCompanyRow, _HEARD).join(
        ReadCompanyRow, ReadCompanyRow.id == DeskReadingRow.company_id
    )
    query = query.outerjoin(Organisation, Organisation.id == ReadCompanyRow.organisation_id)
    found = session.execute(query.where(DeskReadingRow.id == reading_id)).first()
    if found is None:
        raise NotFound(f"no desk reading {reading_id}")
    reading, company, organisation_id = found
    reader = ReadingReaderRow
    columns = (reader.place, reader.seconds, reader.person_id)
    readers = session.execute(select(*columns).where(reader.reading_id == reading_id)).all()
    documents = _documents(session, reading_id)
    answers, decided_at = _answers(session, reading_id)
    return HeardReading(
        id=reading.id,
        company=company.name,
        slug=company.slug,
        sector=company.sector,
        country=company.country,
        email=company.email,
        organisation_id=organisation_id,
        demonstration=company.demonstration,
        version=reading.version,
        edition_id=reading.edition_id,
        size=reading.size,
        state=reading.state,
        documents=documents,
        answers=answers,
        passages=_passages(session, reading_id, {document.id: document.kind for document in documents}),
        decided_at=decided_at,
        seconds={place: seconds for place, seconds, _person in readers},
        people={place: person for place, _seconds, person in readers},
        replies=replies_to(session, reading_id),
        sent_at=reading.draft_sent_at,
        reply_until=reading.reply_until,
        reply_ended_at=reading.reply_ended_at,
    )


def reading_of_token(session: Session, token: str) -> int:
    """Return the id of the reading whose draft a link shows. Raise NotFound unless it is in hearing or published."""
    query = select(DeskReadingRow.id).where(DeskReadingRow.reply_digest == text_digest(storable_text(token)))
    found = session.scalar(query.where(DeskReadingRow.state.in_(("hearing", "published"))))
    if found is None:
        raise NotFound("no draft has this token")
    return found


def readings_heard(
    session: Session, organisation_ids: Collection[int], *, today: date
) -> tuple[tuple[int, int, date], ...]:
    """Return the readings that these registered companies may still reply to: company id, reading id, last day."""
    query = (
        select(_HEARD, DeskReadingRow.id, DeskReadingRow.reply_until)
        .join(ReadCompanyRow, ReadCompanyRow.id == DeskReadingRow.company_id)
        .join(Organisation, Organisation.id == ReadCompanyRow.organisation_id)
        .where(_HEARD.in_(organisation_ids))
        .where(DeskReadingRow.state == "hearing", DeskReadingRow.reply_until >= today)
        .order_by(DeskReadingRow.id)
    )
    return tuple((company, number, until) for company, number, until in session.execute(query) if until and company)


def send_draft(
    session: Session, edition: Edition, reading_id: int, *, token: str, until: date, by: int | None, at: datetime
) -> HeardReading:
    """Open the reply window: from now on, the link shows the company the draft, and it may reply until the day `until`.

    Raise NotFound, ReadingMovedOn unless the reading is in the state `deciding`, ReadingUnsettled while points are
    open, or ValueError for a window that is too short.
    """
    if until < at.date() + timedelta(days=LEAST_REPLY_DAYS):
        raise ValueError(f"a company has at least {LEAST_REPLY_DAYS} days to reply")
    reading = _lock(session, reading_id, "deciding")
    _check_settled(edition, reading)
    _set(session, reading_id, state="hearing", draft_sent_at=at, reply_until=until, reply_digest=text_digest(token))
    _note(session, reading, "hearing", reading.state, f"hearing until {until}", by=by, at=at)
    return heard_reading(session, reading_id)


def renew_draft_link(session: Session, reading_id: int, *, token: str, by: int | None, at: datetime) -> HeardReading:
    """Give the company a new link to the draft; the old one no longer works. Raise NotFound or ReadingMovedOn."""
    reading = _lock(session, reading_id, "hearing")
    _set(session, reading_id, reply_digest=text_digest(token))
    _note(session, reading, "link", "", "a new link", by=by, at=at)
    return reading


def extend_window(session: Session, reading_id: int, *, until: date, by: int | None, at: datetime) -> None:
    """Give the company more time to reply. Raise NotFound, ReadingMovedOn, or ValueError unless the day is later."""
    reading = _lock(session, reading_id, "hearing")
    if reading.reply_until is None or until <= reading.reply_until:
        raise ValueError("a window is only made longer")
    _set(session, reading_id, reply_until=until)
    _note(session, reading, "hearing", f"hearing until {reading.reply_until}", f"hearing until {until}", by=by, at=at)


def save_reply(
    session: Session,
    reading_id: int,
    words: Mapping[PointKey, str],
    *,
    name: str,
    role: str,
    no_more: bool,
    by: int | None,
    at: datetime,
    by_letter: bool = False,
) -> None:
    """Save the company's replies to these points, and to the draft as a whole (WHOLE). Empty words delete a reply.

    `no_more`: the company has nothing to add, so the desk need not wait. A letter may be entered until the reading is
    published. Raise NotFound, ReadingMovedOn, ReplyWindowClosed, or ValueError without a name or for a point that is
    not in the reading.
    """
    reading = _lock(session, reading_id, "hearing")
    if not by_letter and not reading.takes_replies(at.date()):
        raise ReplyWindowClosed(f"reading {reading_id} takes no reply any more")
    told = {key: storable_text(text).strip() for key, text in words.items()}
    signed = {"name": storable_text(name).strip(), "role": storable_text(role).strip()}
    if any(told.values()) and not signed["name"]:
        raise ValueError("a reply is signed with a name")
    if unknown := set(told) - reading.points - {WHOLE}:
        raise ValueError(f"these points were not read: {sorted(unknown)}")
    before = {(reply.kind, reply.question): reply for reply in reading.replies}
    events = []
    for (kind, question), text in told.items():
        old = before.get((kind, question))
        if (old.words if old else "") == text and (not old or (old.name, old.role) == tuple(signed.values())):
            continue
        r = ReadingReplyRow
        session.execute(delete(r).where(r.reading_id == reading_id, r.kind == kind, r.question == question))
        if text:
            row = {"reading_id": reading_id, "kind": kind, "question": question, "words": text, **signed}
            session.execute(insert(r).values(**row, by_letter=by_letter, by=by, at=at))
        subject = reading_subject(reading_id, *filter(None, ("reply", kind, question)))
        events.append(TrailEvent("reading", subject, old.words if old else "", text))
    ended = at if no_more else None
    if (ended is None) != (reading.reply_ended_at is None):
        _set(session, reading_id, reply_ended_at=ended)
        said = ("", "no more to add") if no_more else ("no more to add", "")
        events.append(TrailEvent("reading", reading_subject(reading_id, "reply"), *said))
    record_events(session, events, by=by, at=at)


def publish_reading(
    session: Session,
    edition: Edition,
    reading_id: int,
    content: Callable[[HeardReading], str],
    *,
    by: int | None,
    at: datetime,
) -> str:
    """Publish a reading for good, as the text that `content` returns. Return its digest.

    Raise NotFound, ReadingMovedOn unless the reading is in the state `hearing`, ReadingUnsettled while points are open,
    or NotHeard while the company can still reply.
    """
    reading = _lock(session, reading_id, "hearing")
    if not reading.may_be_published(at.date()):
        raise NotHeard(f"reading {reading_id}: the company may reply until {reading.reply_until}")
    _check_settled(edition, reading)
    text = storable_text(content(reading))
    digest = text_digest(text)
    store_edition(session, edition, at=at)
    row = {"reading_id": reading_id, "edition_digest": edition.digest, "content": text, "digest": digest}
    session.execute(insert(PublishedReadingRow).values(**row, by=by, at=at))
    _set(session, reading_id, state="published")
    events = [
        TrailEvent("reading", reading_subject(reading_id), "hearing", "published"),
        TrailEvent("reading", f"published-reading/{reading_id}", "", digest),
    ]
    record_events(session, events, by=by, at=at)
    return digest


def correct_reading(session: Session, reading_id: int, *, what: str, why: str, by: int | None, at: datetime) -> None:
    """Add a permanent correction to a published reading. Raise NotFound, or ValueError if `what` or `why` is empty."""
    told = {"what": storable_text(what).strip(), "why": storable_text(why).strip()}
    if not all(told.values()):
        raise ValueError("a correction says what is corrected, and why")
    if session.get(PublishedReadingRow, reading_id) is None:
        raise NotFound(f"no published reading {reading_id}")
    row = {"reading_id": reading_id, **told, "by": by, "at": at}
    number = session.scalar(insert(ReadingCorrectionRow).values(**row).returning(ReadingCorrectionRow.id))
    record_events(session, [TrailEvent("reading", f"reading-correction/{number}", "", row_digest(row))], by=by, at=at)


def _check_settled(edition: Edition, reading: HeardReading) -> None:
    if edition.id != reading.edition_id or not reading.documents:
        raise ReadingUnsettled(f"reading {reading.id} has no documents, or answers another edition")
    if missing := unsettled_points(edition, reading):
        raise ReadingUnsettled(f"these points are not settled: {', '.join('/'.join(key) for key in missing)}")


def _lock(session: Session, reading_id: int, *states: str) -> HeardReading:
    """Lock a reading in one of these states until the commit, and return it. Raise NotFound or ReadingMovedOn."""
    begin_reading_change(session, reading_id, *states)
    session.expire_all()
    return heard_reading(session, reading_id)


def _set(session: Session, reading_id: int, **values: Any) -> None:
    changed = update(DeskReadingRow).where(DeskReadingRow.id == reading_id).values(**values)
    session.execute(changed.execution_options(synchronize_session=False))
    session.expire_all()


def _note(
    session: Session, reading: HeardReading, what: str, before: str, after: str, *, by: int | None, at: datetime
) -> None:
    record_events(session, [TrailEvent("reading", reading_subject(reading.id, what), before, after)], by=by, at=at)


def _documents(session: Session, reading_id: int) -> tuple[HeardDocument, ...]:
    d = ReadingDocumentRow
    columns = (d.id, d.kind, d.title, d.dated, d.language, d.url, d.accessed, d.is_extract, d.digest)
    query = select(*columns).where(d.reading_id == reading_id).order_by(d.id)
    return tuple(HeardDocument(*row) for row in session.execute(query))


def _answers(session: Session, reading_id: int) -> tuple[Mapping[str, ReaderAnswers], Mapping[PointKey, datetime]]:
    """Return the answers of each reader, and when each decision was last changed."""
    a = ReadingAnswerRow
    columns = (a.place, a.at, a.kind, a.question, a.value, a.elsewhere, a.searched, a.sure, a.note, a.version)
    found: dict[str, dict[str, dict[str, DeskAnswer]]] = {}
    decided: dict[PointKey, datetime] = {}
    for place, at, *told in session.execute(select(*columns).where(a.reading_id == reading_id)):
        answer = DeskAnswer(*told)
        found.setdefault(place, {}).setdefault(answer.kind, {})[answer.question] = answer
        if place == "third":
            decided[answer.kind, answer.question] = at
    return found, decided


def _passages(session: Session, reading_id: int, kinds: Mapping[int, str]) -> tuple[DeskPassage, ...]:
    p = ReadingPassageRow
    columns = (p.id, p.place, p.question, p.option, p.document_id, p.anchor, p.page, p.words)
    rows = session.execute(select(*columns).where(p.reading_id == reading_id).order_by(p.id))
    return tuple(
        DeskPassage(number, place, kinds[document], question, option, document, anchor, page, words)
        for number, place, question, option, document, anchor, page, words in rows
    )


def replies_to(session: Session, reading_id: int) -> tuple[CompanyReply, ...]:
    """Return the company's replies to a reading."""
    r = ReadingReplyRow
    columns = (r.kind, r.question, r.words, r.name, r.role, r.by_letter, r.at)
    query = select(*columns).where(r.reading_id == reading_id).order_by(r.kind, r.question)
    return tuple(CompanyReply(*row) for row in session.execute(query))
