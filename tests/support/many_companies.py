"""Many companies, added to a database in bulk: copies of its submissions, with people, reviews and invitations.

Many readings of the desk can be added too. Their answers are also copies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from compliance.store.answers_and_evidence import answer_digest
from compliance.store.company_models import MembershipRow
from compliance.store.desk_models import (
    DeskReadingRow,
    ReadCompanyRow,
    ReadingAnswerRow,
    ReadingCampaignRow,
    ReadingReaderRow,
)
from compliance.store.invitation_models import InvitationListRow, InvitedCompanyRow
from compliance.store.models import (
    AnswerRow,
    Assessment,
    Assignment,
    Determination,
    Organisation,
    Person,
    Submission,
    TrailEntry,
    table_of,
)
from compliance.store.period_submissions import latest_submissions
from compliance.store.review_models import SignOff
from compliance.store.submissions import FrozenSubmission, frozen_answers

#: Rows inserted by one statement.
_AT_A_TIME = 500
#: Every tenth company is silent, every tenth of the others is assigned to the auditor, and a third of those are judged.
_SILENT, _ASSIGNED, _JUDGED = 10, 10, 3
_VERDICTS = 20
_WORDS = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Pine", "Rowan", "Yew")


@dataclass(frozen=True)
class ManyCompanies:
    """How many rows were added."""

    companies: int
    submitted: int
    assigned: int
    judged: int


def add_many(session: Session, count: int, *, year: int, auditor: int, seed: int = 34) -> ManyCompanies:
    """Add `count` companies in bulk, whose submissions for a period are copies of those in the database.

    Each company has its own name, web domain and person. The trail gets an entry for each submission, without a valid
    hash. Of the answers, only the sector is stored outside the submissions.
    """
    draw, there = Random(seed), latest_submissions(session, year)
    first = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in _NUMBERED}
    found = _Bulk(session)
    submitted = assigned = judged = 0
    card = session.scalar(select(SignOff.card).limit(1)) or "{}"
    for number in range(count):
        company, person = first[Organisation] + number, first[Person] + number
        copied = there[draw.randrange(len(there))]
        name = f"{draw.choice(_WORDS)} {draw.choice(_WORDS)} {company}"
        at = copied.at - timedelta(days=draw.randrange(60))
        status = "pending" if number % 100 == 99 else "confirmed"
        domain = f"company-{company}.example"
        found.add(
            Organisation,
            {
                "id": company, "name": name, "registered_at": at, "status": status, "website_domain": domain,
                "confirmed_at": at if status == "confirmed" else None, "lei": "", "counts_apart": False,
                "demonstration": True,
            },
        )  # fmt: skip
        address = f"person@{domain}"
        found.add(
            Person,
            {
                "id": person, "email": address, "name": f"Person {person}", "language": "en", "active": True,
                "fs_uniquifier": f"many-{person}", "created_at": at, "first_password": False, "demonstration": True,
            },
        )  # fmt: skip
        found.add(MembershipRow, {"person_id": person, "organisation_id": company, "role": "owner", "since": at})
        assessment = first[Assessment] + number
        found.add(
            Assessment,
            {
                "id": assessment, "organisation_id": company, "edition_id": copied.edition_id, "period_year": year,
                "voice": "self", "saves": 1, "created_at": at,
            },
        )  # fmt: skip
        said = {"assessment_id": assessment, "version": 1, "by": person, "at": at, "reason": ""}
        if copied.sector:
            found.add(AnswerRow, {**said, "question": "profile.sector", "value": copied.sector})
        if number % _SILENT == 0:
            continue
        submission = first[Submission] + submitted
        submitted += 1
        consent = draw.choices(("counted", "named", "private"), (80, 10, 10))[0]
        found.add(
            Submission,
            {
                "id": submission, "assessment_id": assessment, "at": at, "by": person, "consent": consent,
                "attested_name": f"Person {person}", "attested_role": "Head of compliance",
                **{field: getattr(copied, field) for field in _COPIED},
            },
        )  # fmt: skip
        if submitted % _ASSIGNED == 0:
            assigned += 1
            due = date(year + 1, 1, 1) + timedelta(days=draw.randrange(90)) if draw.random() < 0.8 else None
            found.add(Assignment, {"assessment_id": assessment, "auditor_id": auditor, "at": at, "due": due})
            if assigned % _JUDGED == 0:
                judged += 1
                found.add_all(Determination, _verdicts(copied, assessment, auditor, draw))
                if judged % _JUDGED == 0:
                    found.add(SignOff, _signed(assessment, submission, auditor, at, card))
    found.add(InvitationListRow, invited := _list(first[InvitationListRow], year, there[0].at))
    found.add_all(InvitedCompanyRow, _lines(invited["id"], first[Organisation], count))
    found.flush()
    _note(session, first[Submission], submitted, there[0].at)
    session.commit()
    return ManyCompanies(count, submitted, assigned, judged)


def add_readings(session: Session, count: int, *, readers: Sequence[int], seed: int = 34) -> int:
    """Add `count` companies with a reading each, all in one campaign, and return the id of the campaign.

    `readers`: ids of three people. Readings in the state `deciding` get copies of the answers of an existing one.
    Readings in the state `published` have no publication.
    """
    draw = Random(seed)
    copied = session.scalars(select(DeskReadingRow).where(DeskReadingRow.state == "deciding").limit(1)).one()
    answers = [
        {column.name: getattr(row, column.name) for column in table_of(ReadingAnswerRow).columns}
        for row in session.scalars(select(ReadingAnswerRow).where(ReadingAnswerRow.reading_id == copied.id))
    ]
    models: tuple[Any, ...] = (ReadCompanyRow, DeskReadingRow, ReadingCampaignRow)
    first = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in models}
    campaign, at = first[ReadingCampaignRow], copied.at
    found = _Bulk(session)
    found.add(ReadingCampaignRow, {"id": campaign, "title": "Many", "edition_id": copied.edition_id, "at": at})
    for number in range(count):
        company, reading = first[ReadCompanyRow] + number, first[DeskReadingRow] + number
        name = f"{draw.choice(_WORDS)} {draw.choice(_WORDS)} {company}"
        said = {"sector": "travel", "country": "DEU", "website_domain": "", "lei": "", "email": ""}
        row = {"id": company, "name": name, "slug": f"many-{company}", "demonstration": True, "at": at}
        found.add(ReadCompanyRow, row | said)
        state = draw.choices(("reading", "deciding", "hearing", "published"), (40, 20, 10, 30))[0]
        told = at if state in ("hearing", "published") else None
        found.add(
            DeskReadingRow,
            {
                "id": reading, "company_id": company, "version": 1, "campaign_id": campaign, "size": "",
                "edition_id": copied.edition_id, "state": state, "at": at, "stopped_why": "", "draft_sent_at": told,
                "reply_until": told.date() + timedelta(days=draw.randrange(90)) if told else None,
            },
        )  # fmt: skip
        places = ("first", "second", "third")[: draw.randrange(4) if state == "reading" else 2 + (draw.random() < 0.5)]
        for place, person in zip(places, readers, strict=False):
            who = {"reading_id": reading, "place": place, "person_id": person, "seconds": 0, "at": at}
            found.add(ReadingReaderRow, who | {"finished_at": None if state == "reading" else at})
        if state == "deciding":
            found.add_all(ReadingAnswerRow, ({**each, "reading_id": reading} for each in answers))
    found.flush()
    session.commit()
    return campaign


_NUMBERED: tuple[Any, ...] = (Organisation, Person, Assessment, Submission, InvitationListRow)
#: Each table after those that it refers to.
_ORDER: tuple[Any, ...] = (
    *(Organisation, Person, MembershipRow, Assessment, AnswerRow, Submission, Assignment, Determination, SignOff),
    *(InvitationListRow, InvitedCompanyRow),
    *(ReadingCampaignRow, ReadCompanyRow, DeskReadingRow, ReadingReaderRow, ReadingAnswerRow),
)
_COPIED = ("edition_digest", "sector", "sheet", "scores", "chosen_portions")


class _Bulk:
    """Rows to be inserted, in the order of the tables."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        self._count = 0

    def add(self, model: Any, row: dict[str, Any]) -> None:
        """Add a row, and flush if many are waiting."""
        self._rows.setdefault(table_of(model), []).append(row)
        self._count += 1
        if self._count > _AT_A_TIME * 10:
            self.flush()

    def add_all(self, model: Any, rows: Iterator[dict[str, Any]]) -> None:
        """Add rows."""
        for row in rows:
            self.add(model, row)

    def flush(self) -> None:
        """Insert the waiting rows."""
        for model in _ORDER:
            table = table_of(model)
            waiting = iter(self._rows.get(table, ()))
            while some := list(islice(waiting, _AT_A_TIME)):
                self._session.execute(insert(table), some)
        self._rows, self._count = {}, 0


def _verdicts(copied: FrozenSubmission, assessment: int, auditor: int, draw: Random) -> Iterator[dict[str, Any]]:
    answers = frozen_answers(copied.sheet)
    asked = [question for question in answers if not question.startswith("profile.") and answers[question].text]
    for question in draw.sample(asked, min(_VERDICTS, len(asked))):
        digest = answer_digest(answers[question])
        said = {"verdict": draw.choice(("confirmed", "not-shown")), "value": "", "comment": "", "version": 1}
        at = copied.at + timedelta(days=1)
        row = {"assessment_id": assessment, "question": question, "answer_digest": digest, "by": auditor, "at": at}
        yield row | said


def _signed(assessment: int, submission: int, auditor: int, at: Any, card: str) -> dict[str, Any]:
    row = {"assessment_id": assessment, "submission_id": submission, "by": auditor, "at": at, "name": "Auditor"}
    return row | {"statement": "I looked at every answer.", "card": card, "digest": "d" * 64, "revoked_why": ""}


def _list(number: int, year: int, at: Any) -> dict[str, Any]:
    row = {"id": number, "period_year": year, "name": f"Every second company, {number}", "is_public": False}
    return row | {"names_silent": False, "sector": "", "file_name": "", "digest": "", "encoding": "", "imported_at": at}


def _lines(list_id: int, first: int, count: int) -> Iterator[dict[str, Any]]:
    for line, company in enumerate(range(first, first + count, 2), 1):
        row = {"list_id": list_id, "line": line, "name": f"Company {company}", "country": "DEU", "email": ""}
        row |= {"sector": "", "website_domain": f"company-{company}.example", "lei": ""}
        yield row | {"organisation_id": company, "matched_by": "domain"}


def _note(session: Session, first: int, count: int, at: Any) -> None:
    last = session.scalar(select(func.max(TrailEntry.id))) or 0
    rows: Sequence[dict[str, Any]] = [
        {
            "id": last + 1 + place, "at": at, "what": "submission", "subject": f"submission/{first + place}",
            "before": "", "after": "", "previous": "0" * 64, "hash": f"{place:064x}",
        }
        for place in range(count)
    ]  # fmt: skip
    for begin in range(0, count, _AT_A_TIME):
        session.execute(insert(table_of(TrailEntry)), rows[begin : begin + _AT_A_TIME])
