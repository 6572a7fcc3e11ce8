"""Readings of invented codes for the demonstration: one that is being read, and one whose differences are decided.

The code is written here, and its text is read where it stands: no process is started for it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from compliance import store
from compliance.documents import txt_reader
from compliance.documents.document import TEXT_FORMAT, document_record
from compliance.documents.passages import Passage, document_passages
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage, KindQuestions, ReaderPlace, kind_questions
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.store.desk_answers import (
    add_desk_passage,
    finish_reading,
    note_reading_time,
    save_decisions,
    save_desk_answers,
)
from compliance.store.desk_readings import add_campaign, begin_reading
from compliance.store.document_passages import keep_document_text
from compliance.store.read_companies import CompanyToRead, add_read_company
from compliance.store.reading_documents import PublishedDocument, add_reading_document, appoint_reader

KIND = "supplier-code"
#: The companies that are read: they are in no other part of the demonstration.
BEING_READ, BEING_DECIDED = "Example Cabins 21", "Example Coaches 22"
#: Who reads beside advocate@demo.example. Nobody signs in as them.
READERS = ("Example Amara", "Example Piet")
_SEARCHED = "child, minor, underage, under 18, young, student, abuse, exploitation"
_CODE = """\
CODE FOR SUPPLIERS OF {name}

This code is invented. It shows how a published text is read.

1. Whom it binds

This code binds every supplier of {name}, its subcontractors and its recruiters. It is part of every contract. \
Suppliers pass it on to their own suppliers.

2. Children

A child is anyone under 18. We prohibit the sexual abuse of children and any sexual activity with a child. We prohibit \
every form of sexual exploitation of children. Nobody arranges journeys for people who travel to exploit children.

Suppliers keep to these bans. How they train their own people is set out in the Partner Handbook.
\f3. Child labour

We prohibit child labour. Nobody under 15 works for a supplier. Nobody under 18 does hazardous work or works at night. \
Suppliers check the age of everyone before work starts.

A child who is found working is taken out of harmful work in a way that is safe for the child. The supplier pays for \
schooling until the child is 15.

4. Speaking up

Everyone who suspects that a child is harmed must report it to the compliance office without delay. Workers of \
suppliers can report by telephone. Nobody is punished for a report in good faith.

The compliance office informs the police of every suspicion of sexual abuse of a child.
\f5. Consequences

A contract with a supplier who breaks the rules on children can be ended. Employees who break them can be dismissed.

6. Who is in charge

The purchasing director is responsible for the rules on children in this code. Places of work may be visited without \
notice.

7. Gifts and meals

Suppliers give no gifts worth more than 50 euros. Meals are paid by whoever invites. Every gift is entered in a \
register.

8. About this code

This code was adopted in March 2026. It is written in plain language so that everybody can read it.
"""
#: Question -> the options that the text says, each with words of the sentence that says so. All else is not in it.
_SAID: Mapping[str, Mapping[str, str]] = {
    "r02.text": {"sexual": "prohibit the sexual abuse"},
    "r02.text.b": {"acts": "any sexual activity", "every": "every form", "travel": "arranges journeys"},
    "r03.text": {"plain": "A child is anyone"},
    "r41.text": {
        "ban": "prohibit child labour",
        "minimum": "under 15",
        "hazardous": "hazardous",
        "proof": "check the age",
    },
    "r41.text.b": {"night": "at night"},
    "r19.text": {"subcontractors": "pass it on", "recruiters": "its recruiters", "unannounced": "without notice"},
    "r50.text": {"safe": "taken out of", "school": "schooling", "payer": "pays for schooling"},
    "r17.text": {"ban": "keep to these bans", "contract": "part of every contract"},
    "r51.text": {"staff": "can be dismissed", "partners": "can be ended"},
    "r13.text": {"executive": "purchasing director"},
    "r44.text": {"once": "without delay"},
    "r44.text.b": {"must": "informs the police"},
    "r42.text": {"partners": "Workers of suppliers"},
    "r42.text.b": {"retaliation": "Nobody is punished"},
    "r12.text": {"general": "adopted in March"},
}
#: What the second reader answers otherwise; a text is the title of the document that the code refers to.
_OTHERWISE: Mapping[str, Mapping[str, str] | str] = {
    "r02.text.b": {"acts": "any sexual activity", "every": "every form"},
    "r17.text": "Partner Handbook",
    "r44.text": {"must": "must report"},
    "r12.text": {},
}
_NOTES: Mapping[str, tuple[int, str]] = {
    "r02.text.b": (60, "Journeys to exploit children are travel and tourism."),
    "r44.text": (80, "“Without delay” is at once."),
    "r17.text": (70, "The code is part of every contract."),
}


@dataclass(frozen=True, slots=True)
class DemoReading:
    """A reading of the demonstration, with its one document."""

    id: int
    company: str
    document: int
    passages: Sequence[Passage]
    asked: Mapping[str, KindQuestions]


def seed_desk_readings(session: Session, edition: Edition, advocate: int, *, at: datetime) -> None:
    """A reading that the advocate is halfway through, and one whose differences they decide."""
    first, second = (_reader(session, name, at) for name in READERS)
    since = at - timedelta(days=21)
    campaign = add_campaign(session, f"Codes of travel, {at.year}", edition.id, by=advocate, at=since)
    readers = (advocate, second, first)
    begun = begin_demo_reading(session, edition, BEING_READ, "lodging", readers, campaign=campaign, at=at)
    answer_demo_reading(session, begun, advocate, questions=tuple(_SAID)[:6], at=at)
    readers = (first, second, advocate)
    read = begin_demo_reading(session, edition, BEING_DECIDED, "transport", readers, campaign=campaign, at=at)
    read_by_both(session, read, first, second, at=at)
    why = "Section 4 says “without delay”, which is at once."
    given = _given(read.asked[KIND].edition.questions["r44.text"], {"once": ""}, note=why)
    save_decisions(session, read.id, read.asked, [given], by=advocate, at=at)


def begin_demo_reading(
    session: Session,
    edition: Edition,
    company: str,
    sector: str,
    readers: tuple[int, int, int],  # the first, the second, and who decides
    *,
    campaign: int | None = None,
    at: datetime,
) -> DemoReading:
    """Begin the reading of an invented company by its code, three weeks ago."""
    since = at - timedelta(days=21)
    domain = f"{company.lower().replace(' ', '-')}.example"
    of = CompanyToRead(name=company, sector=sector, country="PRT", email=f"conduct@{domain}")
    known = add_read_company(session, of, by=readers[0], at=since, demonstration=True)
    by = readers[0]
    number = begin_reading(session, known.id, edition.id, size="250-4999", campaign_id=campaign, by=by, at=since)
    places: tuple[ReaderPlace, ...] = ("first", "second", "third")
    for place, person in zip(places, readers, strict=True):
        appoint_reader(session, number, place, person, by=readers[0], at=since)
    content = _CODE.format(name=company).encode()
    digest = sha256(content).hexdigest()
    document = txt_reader.read(content)
    text = json.dumps({**document_record(document), "format": document.format}, ensure_ascii=False)
    keep_document_text(session, digest, format=TEXT_FORMAT, text=text, at=since)
    published = PublishedDocument(
        kind=KIND,
        title=f"Code for suppliers of {company}",
        url=f"https://{domain}/suppliers.txt",
        accessed=since.date(),
        digest=digest,
        file_name="suppliers.txt",
        media_type="text/plain",
        size=len(content),
        dated=date(2026, 3, 1),
        language="en",
    )
    added = add_reading_document(session, number, published, by=readers[0], at=since)
    asked = {KIND: kind_questions(edition, KIND, size="250-4999", sector=sector)}
    return DemoReading(number, company, added, document_passages(document), asked)


def read_by_both(session: Session, reading: DemoReading, first: int, second: int, *, at: datetime) -> None:
    """Both read it to the end, and differ on four points."""
    for person, days, minutes, otherwise in ((first, 12, 71, None), (second, 9, 84, _OTHERWISE)):
        when = at - timedelta(days=days)
        for passed in (*range(0, minutes, 9), minutes):
            note_reading_time(session, reading.id, person, at=when + timedelta(minutes=passed))
        done = when + timedelta(minutes=minutes)
        answer_demo_reading(session, reading, person, otherwise, at=done)
        missing = finish_reading(session, reading.id, reading.asked, by=person, at=done)
        if missing:
            raise ValueError(f"the code of {reading.company} does not say all that is found in it: {missing}")


def answer_demo_reading(
    session: Session,
    reading: DemoReading,
    person: int,
    otherwise: Mapping[str, Mapping[str, str] | str] | None = None,
    *,
    questions: Sequence[str] | None = None,
    at: datetime,
) -> None:
    """Answer as the code has it, but for what one reader sees otherwise; `questions`: only these."""
    asked = reading.asked[KIND]
    answers = []
    for question in asked.asked({}):
        if questions is not None and question.id not in questions:
            continue
        found = (otherwise or {}).get(question.id, _SAID.get(question.id, {}))
        given = _given(question, found)
        if otherwise is None and question.id in _NOTES:
            sure, note = _NOTES[question.id]
            given = replace(given, sure=sure, note=note)
        answers.append(given)
        for option, words in found.items() if isinstance(found, Mapping) else ():
            passage = next(each for each in reading.passages if words in each.text)
            page = str(passage.page or "")
            new = DeskPassage(0, "", KIND, question.id, option, reading.document, passage.anchor, page, passage.text)
            add_desk_passage(session, reading.id, new, by=person, at=at)
    save_desk_answers(session, reading.id, answers, by=person, at=at)


def _given(question: Question, found: Mapping[str, str] | str, note: str = "") -> DeskAnswer:
    if isinstance(found, str):
        return DeskAnswer(KIND, question.id, "", found, sure=55, note="The duty stands there, and it is not public.")
    lowest = NONE_OF_THESE if question.is_multiple_choice else question.options[0].id
    value = "|".join(option.id for option in question.options if option.id in found) or lowest
    return DeskAnswer(KIND, question.id, value, searched="" if found else _SEARCHED, note=note)


def _reader(session: Session, name: str, at: datetime) -> int:
    person = store.add_person(
        session,
        email=f"{name.split()[-1].lower()}@demo.example",
        name=name,
        password_hash=None,
        roles=["advocate"],
        by=None,
        at=at,
        demonstration=True,
    )
    return person.id


def demo_files() -> list[bytes]:
    """The files of these readings, which whoever fills a database keeps in the file storage beside it."""
    return [_CODE.format(name=name).encode() for name in (BEING_READ, BEING_DECIDED)]
