"""Readings of invented codes for the demonstration: one in progress, one with differences to decide, one with the
company being heard, and one published in two versions with a reply.

The code is written here, and so is the document that is read from it, so that no reader process is started.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from compliance import store
from compliance.demonstration.synthetic_companies import SIGN_IN_COMPANY
from compliance.disclosure.published_reading import content_to_json, reading_content
from compliance.documents.document import TEXT_FORMAT, Document, TextBlock, document_record, paged_document
from compliance.documents.passages import Passage, document_passages
from compliance.questionnaire.desk_reading import DeskAnswer, DeskPassage, KindQuestions, ReaderPlace, kind_questions
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, Question
from compliance.questionnaire.heard_reading import WHOLE, HeardReading
from compliance.store.desk_answers import (
    add_desk_passage,
    finish_reading,
    note_reading_time,
    save_decisions,
    save_desk_answers,
)
from compliance.store.desk_readings import add_campaign, begin_reading
from compliance.store.document_passages import keep_document_text
from compliance.store.read_companies import CompanyToRead, add_read_company, read_companies
from compliance.store.reading_documents import PublishedDocument, add_reading_document, appoint_reader
from compliance.store.reading_hearings import publish_reading, save_reply, send_draft

KIND = "supplier-code"
#: Companies with readings. They are in no other part of the demonstration.
BEING_READ, BEING_DECIDED = "Example Cabins 21", "Example Coaches 22"
#: Two more: the company of company@demo.example, which can reply, and one with two published versions.
BEING_HEARD, PUBLISHED = SIGN_IN_COMPANY, "Example Ferries 23"
#: The first section missing from the earlier code of the published company, and the first one after the gap.
_ADDED_LATER, _NOT_LATER = "4. Speaking up", "6. Who is in charge"
#: Readers in addition to advocate@demo.example. Nobody signs in as them.
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
#: By question, the options that the text says, each with words of the sentence that says so. It says no other option.
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
#: Answers of the second reader that differ. A string is the title of a document that the code refers to.
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


_REASONS: Mapping[str, str] = {
    "r02.text.b": "Section 2 forbids arranging journeys for people who travel to exploit children.",
    "r17.text": "Section 2 itself says that suppliers keep to these bans.",
    "r44.text": "Section 4 says “without delay”, which is at once.",
    "r12.text": "The code has a date.",
}
_SILENT = "The code does not say it."
_REPLY_BEFORE = "We had no way to report on our ships when you read our code. We are working on it."
_REPLY = (
    "We thank the readers. Since their first reading we have added how to report and what follows. The Partner "
    "Handbook names people who work on our ships, so it is not public; the desk may read it at our office."
)
_REPLY_ON_REPORTS = (
    "Passengers can report too, by the telephone number on every ticket. The code will say so next year."
)


@dataclass(frozen=True, slots=True)
class DemoReading:
    """A reading of the demonstration, with its only document."""

    id: int
    company: str
    document: int
    passages: Sequence[Passage]
    asked: Mapping[str, KindQuestions]

    def passage(self, words: str) -> Passage | None:
        """Return the passage that contains these words, or None."""
        return next((each for each in self.passages if words in each.text), None)


def seed_desk_readings(session: Session, edition: Edition, advocate: int, *, at: datetime) -> None:
    """Add the readings: one that the advocate has begun, one to decide, one being heard, and one published."""
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
    _hear(session, edition, BEING_HEARD, "lodging", (first, second, advocate), at=at)
    for days, earlier in ((400, True), (60, False)):
        when = at - timedelta(days=days)
        heard = _hear(session, edition, PUBLISHED, "transport", (first, second, advocate), at=when, earlier=earlier)
        _reply_and_publish(session, edition, heard, advocate, at=when + timedelta(days=20), earlier=earlier)


def _hear(
    session: Session,
    edition: Edition,
    company: str,
    sector: str,
    readers: tuple[int, int, int],
    *,
    at: datetime,
    earlier: bool = False,
) -> DemoReading:
    """Read a company's code, decide the differences, and send the draft to the company a week later."""
    read = begin_demo_reading(session, edition, company, sector, readers, at=at, earlier=earlier)
    first, second, third = readers
    read_by_both(session, read, first, second, at=at)
    asked = read.asked[KIND]
    for question in _OTHERWISE:
        found = {option: words for option, words in _SAID[question].items() if read.passage(words) is not None}
        given = _given(asked.edition.questions[question], found, note=_REASONS[question] if found else _SILENT)
        if read.passage(next(iter(_SAID[question].values()))) is not None:
            save_decisions(session, read.id, read.asked, [given], by=third, at=at - timedelta(days=8))
    until = (at + timedelta(days=21)).date()
    token = sha256(f"{company} {read.id}".encode()).hexdigest()
    send_draft(session, edition, read.id, token=token, until=until, by=third, at=at - timedelta(days=7))
    return read


def _reply_and_publish(
    session: Session, edition: Edition, read: DemoReading, advocate: int, *, at: datetime, earlier: bool
) -> None:
    """Save the company's reply, with nothing more to add, and publish the reading two days later."""
    words = _REPLY_BEFORE if earlier else _REPLY
    said = {WHOLE: words} if earlier else {WHOLE: words, (KIND, "r42.text"): _REPLY_ON_REPORTS}
    name, role = "Example Ines", "head of compliance"
    save_reply(session, read.id, said, name=name, role=role, no_more=True, by=None, at=at)
    when = at + timedelta(days=2)

    def content(heard: HeardReading) -> str:
        return content_to_json(reading_content(edition, heard, published=when.date()))

    publish_reading(session, edition, read.id, content, by=advocate, at=when)


def begin_demo_reading(
    session: Session,
    edition: Edition,
    company: str,
    sector: str,
    readers: tuple[int, int, int],  # the first, the second, and the one who decides
    *,
    campaign: int | None = None,
    at: datetime,
    earlier: bool = False,
) -> DemoReading:
    """Begin the reading of an invented company's code, or its earlier code, three weeks before `at`."""
    since = at - timedelta(days=21)
    domain = "hotels-07.example" if company == SIGN_IN_COMPANY else f"{company.lower().replace(' ', '-')}.example"
    email = f"conduct@{domain}"
    of = CompanyToRead(name=company, sector=sector, country="PRT", website_domain=domain, email=email)
    there = [each for each in read_companies(session) if each.name == company]
    known = there[0] if there else add_read_company(session, of, by=readers[0], at=since, demonstration=True)
    by = readers[0]
    number = begin_reading(session, known.id, edition.id, size="250-4999", campaign_id=campaign, by=by, at=since)
    places: tuple[ReaderPlace, ...] = ("first", "second", "third")
    for place, person in zip(places, readers, strict=True):
        appoint_reader(session, number, place, person, by=readers[0], at=since)
    content = _code(company, earlier=earlier)
    digest = sha256(content).hexdigest()
    document = code_document(content)
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
        dated=date(2024, 5, 1) if earlier else date(2026, 3, 1),
        language="en",
    )
    added = add_reading_document(session, number, published, by=readers[0], at=since)
    asked = {KIND: kind_questions(edition, KIND, size="250-4999", sector=sector)}
    return DemoReading(number, company, added, document_passages(document), asked)


def read_by_both(session: Session, reading: DemoReading, first: int, second: int, *, at: datetime) -> None:
    """Let both readers finish a reading, with the differences in `_OTHERWISE`."""
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
    """Answer according to the code, except for `otherwise`. `questions`: only these."""
    asked = reading.asked[KIND]
    answers = []
    for question in asked.asked({}):
        if questions is not None and question.id not in questions:
            continue
        found = (otherwise or {}).get(question.id, _SAID.get(question.id, {}))
        if isinstance(found, Mapping):
            found = {option: words for option, words in found.items() if reading.passage(words) is not None}
        given = _given(question, found)
        if otherwise is None and question.id in _NOTES:
            sure, note = _NOTES[question.id]
            given = replace(given, sure=sure, note=note)
        answers.append(given)
        for option, words in found.items() if isinstance(found, Mapping) else ():
            passage = reading.passage(words)
            if passage is None:
                continue
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


def code_document(content: bytes) -> Document:
    """Return the code as a document reader would, with pages split at form feeds and paragraphs at empty lines."""
    pages = content.decode().strip().split("\f")
    blocks = [[TextBlock(text, int(text[0].isdigit())) for text in page.strip().split("\n\n")] for page in pages]
    return paged_document("txt", blocks)


def _code(company: str, *, earlier: bool = False) -> bytes:
    """Return the code of a company. The earlier one lacks some sections."""
    text = _CODE.format(name=company)
    if earlier:
        text = text.replace("adopted in March 2026", "written in 2024")
        before, _sep, rest = text.partition(_ADDED_LATER)
        text = before + rest[rest.index(_NOT_LATER) :]
    return text.encode()


def demo_files() -> list[bytes]:
    """Return the files of these readings, to be put into the file storage when a database is filled."""
    companies = (BEING_READ, BEING_DECIDED, BEING_HEARD, PUBLISHED)
    return [*(_code(name) for name in companies), _code(PUBLISHED, earlier=True)]
