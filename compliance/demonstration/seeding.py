"""Seeding an empty database with the demonstration: two published periods and an open one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import numpy as np
from sqlalchemy.orm import Session

from compliance import store
from compliance.demonstration.desk_readings import seed_desk_readings
from compliance.demonstration.library_files import (
    MARKED_FIRST,
    MARKED_SECOND,
    REGISTER,
    TITLE,
    example_codes,
)
from compliance.demonstration.reviews import (
    DemoAccounts,
    correct_what_is_final,
    review_before_closing,
    review_open_period,
)
from compliance.demonstration.synthetic_companies import (
    CLOSED_PERIODS,
    SIGN_IN_COMPANY,
    DemoCompany,
    SyntheticAnswers,
    TakesPart,
    demo_companies,
    synthetic_answers,
)
from compliance.documents.document import TEXT_FORMAT, document_text
from compliance.documents.passages import document_passages
from compliance.documents.versions import compare_documents
from compliance.publication import close_and_publish
from compliance.questionnaire.answers import AnswerSheet, NotApplicable, write_answer
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import ScoreRecord, record_to_json
from compliance.store.audit_trail import text_digest
from compliance.store.colleague_invitations import invite_colleague
from compliance.store.delegations import DelegatedTo, delegate
from compliance.store.document_passages import QuotedPassage, keep_document_text, mark_passage
from compliance.store.evidence import LibraryUse, add_all_evidence
from compliance.store.evidence_library import (
    Content,
    ItemDetails,
    ItemVersion,
    StoredFile,
    add_item,
    library_item,
    replace_item,
)
from compliance.store.member_roles import MemberRole
from compliance.store.passage_marks import LaterPassage
from compliance.store.passage_outcomes import keep_outcomes, marks_to_find

SEED = 38
#: Shares of the questions that companies answer: all, too few for a score, or the beginning; and in an open draft.
ANSWERED_SHARE = {"scored": 1.0, "sparse": 0.2, "silent": 0.15}
DRAFT_SHARE = 0.5
#: For the public list of invited tour operators: one in this number of registered companies is not on it; this many on
#: it never registered; and their countries.
INVITED_WITHOUT_EVERY, INVITED_STRANGERS = 4, 16
INVITED_FROM = ("DEU", "PHL", "FRA", "KHM", "GBR", "KEN", "ESP", "THA", "NLD", "DOM")
SIGN_INS = tuple(f"{role}@demo.example" for role in ("company", "auditor", "advocate", "steward"))
#: Roles of the colleagues of company@demo.example, an owner of the company. Their addresses begin with the role.
COLLEAGUES: tuple[MemberRole, ...] = ("approver", "contributor", "reader")
COLLEAGUE_SIGN_INS = tuple(f"{role}@demo.example" for role in COLLEAGUES)


def seed_demonstration(
    session: Session, edition: Edition, *, code: Edition | None = None, password_hash: str, at: datetime
) -> None:
    """Fill an empty database, within the caller's transaction. `password_hash` is used for all sign-ins.

    Two periods are closed and published, and the year of `at` is open. `code`: an edition for reading published texts;
    with it, desk readings are added. Raise AlreadyExists if the database is not empty.
    """
    if not store.is_empty(session):
        raise store.AlreadyExists("demonstration data only go into an empty database")
    registered = register_companies(session, password_hash=password_hash, at=at)
    people = registered.people
    for year in range(registered.first, at.year + 1):
        seed_period(session, edition, registered, year, at=at)
    review_open_period(session, edition, people, at)
    correct_what_is_final(session, edition, people, at)
    if code is not None:  # before companies register with names similar to one that is read
        seed_desk_readings(session, code, people.advocate, at=at)
    _add_other_companies(session, people, at)
    _add_colleagues(session, edition, people, password_hash, at)


@dataclass(frozen=True, slots=True)
class RegisteredCompanies:
    """The companies of the demonstration, their organisation ids, the people who sign in, and the first year."""

    companies: Sequence[DemoCompany]
    organisations: Sequence[int]
    people: DemoAccounts
    first: int


def register_companies(session: Session, *, password_hash: str, at: datetime) -> RegisteredCompanies:
    """Register the companies, before the first period, with the people who sign in."""
    companies, first = demo_companies(SEED), at.year - CLOSED_PERIODS
    begin = datetime(first, 1, 2, 9, tzinfo=UTC)
    organisations = [
        store.add_organisation(
            session,
            company.name,
            at=begin,
            demonstration=True,
            status="confirmed",
            website_domain="hotels-07.example" if company.name == SIGN_IN_COMPANY else "",
        )
        for company in companies
    ]
    lead = organisations[[company.name for company in companies].index(SIGN_IN_COMPANY)]
    ids = {}
    for email in SIGN_INS:
        role = email.partition("@")[0]
        person = store.add_person(
            session,
            email=email,
            name=f"Example {role.capitalize()}",
            password_hash=password_hash,
            roles=[role],
            by=None,
            at=begin,
            organisation_id=lead if role == "company" else None,
            demonstration=True,
        )
        ids[role] = person.id
    people = DemoAccounts(ids["company"], ids["auditor"], ids["steward"], ids["advocate"])
    return RegisteredCompanies(companies, organisations, people, first)


def seed_period(session: Session, edition: Edition, to: RegisteredCompanies, year: int, *, at: datetime) -> None:
    """Let the companies take part in one year; close and publish it, unless it is the year of `at`."""
    people = to.people
    opened = min(datetime(to.first, 1, 2, 9, tzinfo=UTC), at)
    store.open_period(session, year, opens=date(year, 1, 1), by=people.steward, at=opened)
    when = min(datetime(year, 10, 1, 9, tzinfo=UTC), at)
    _take_part(session, edition, to, year, at=when)
    if year >= at.year - 1:
        _invite(session, to.companies, year, by=people.steward, at=when)
    if year < at.year:
        review_before_closing(session, edition, people, year)
        close_and_publish(session, edition, year, by=people.steward, at=datetime(year, 12, 15, 12, tzinfo=UTC))


def _invite(session: Session, companies: Sequence[DemoCompany], year: int, *, by: int, at: datetime) -> None:
    """Import a public list of tour operators, registered and unregistered, and a list of hotels that is not public.

    The names of the hotels are similar to those of registered companies.
    """
    tours = [company.name for company in companies if company.sector.id == "travel"]
    tours = [name for place, name in enumerate(tours) if place % INVITED_WITHOUT_EVERY != 1]
    strangers = [f"Example Voyages {number:02}" for number in range(1, INVITED_STRANGERS + 1)]
    for name, names, is_public, sector in (
        (f"Tour operators {year}", [*tours, *strangers], True, "travel"),
        (
            f"Hotels at the fair of {year}",
            ["Example Hotels 01 Ltd", "Example Hotles 02", "Example Lodge"],
            False,
            "",
        ),
    ):
        invited = [
            store.CompanyToInvite(line=line, name=one, country=INVITED_FROM[line % len(INVITED_FROM)], sector="")
            for line, one in enumerate(names, 2)
        ]
        file_name = f"{name}.csv"
        store.add_invitation_list(
            session,
            year,
            name,
            invited,
            is_public=is_public,
            names_silent=is_public,
            sector=sector,
            file_name=file_name,
            digest=text_digest(file_name),
            encoding="utf_8",
            by=by,
            at=at,
        )


def _add_other_companies(session: Session, people: DemoAccounts, at: datetime) -> None:
    """Add companies for the steward to decide on, and some already decided on. None of them is in any figure."""
    known = {company.name: company.id for company in store.companies(session)}
    lead = known[SIGN_IN_COMPANY]
    numbers = {}
    for days, name, domain, owner in (
        (6, "Example Hotel No. 7 Ltd", "hotels-07.example", "newcomer@hotels-07.example"),
        (3, "Example Lodges", "", "lodges@gmail.example"),
        (1, "Example Ferries", "ferries.example", "harbour@ferries.example"),
        (40, "Example Nobody", "", "nobody@demo.example"),
        (30, "Example Hotels Seven", "", "twin@demo.example"),
        (20, "Example Hotels 08 Resorts", "", "resorts@demo.example"),
    ):
        since = at - timedelta(days=days)
        numbers[name] = store.add_organisation(session, name, at=since, demonstration=True, website_domain=domain)
        label = f"Example {owner.partition('@')[0].partition('.')[0].capitalize()}"
        store.add_person(
            session,
            email=owner,
            name=label,
            password_hash=None,
            roles=["company"],
            by=None,
            at=since,
            organisation_id=numbers[name],
        )
    by = people.steward
    refused, twin = numbers["Example Nobody"], numbers["Example Hotels Seven"]
    store.change_status(session, refused, "refused", seen="pending", reason="There is no such company.", by=by, at=at)
    store.merge_company(session, twin, into=lead, seen="pending", reason="The same company.", by=by, at=at)
    grouped, named = numbers["Example Hotels 08 Resorts"], known["Example Hotels 08"]
    store.change_status(session, grouped, "confirmed", seen="pending", reason="Its web site says so.", by=by, at=at)
    store.group_companies(session, grouped, named, counting=named, reason="One parent company.", by=by, at=at)
    applicant = store.add_person(
        session,
        email="applicant@demo.example",
        name="Example Applicant",
        password_hash=None,
        roles=["company"],
        by=None,
        at=at - timedelta(days=2),
    )
    words = "I keep the code of conduct up to date."
    store.ask_to_join(session, applicant.id, lead, words=words, at=at - timedelta(days=2))


def _add_colleagues(session: Session, edition: Edition, people: DemoAccounts, password_hash: str, at: datetime) -> None:
    """Add colleagues of the company member who signs in, what is assigned to each, and an open invitation."""
    lead, owner = store.member(session, people.company).organisation_id, people.company
    assert lead is not None
    numbers = {}
    for role, email in zip(COLLEAGUES, COLLEAGUE_SIGN_INS, strict=True):
        name = f"Example {role.capitalize()}"
        person = store.add_person(
            session,
            email=email,
            name=name,
            password_hash=password_hash,
            roles=["company"],
            by=None,
            at=at,
            demonstration=True,
        )
        store.add_membership(session, person.id, lead, role=role, by=owner, at=at)
        numbers[role] = person.id
    [draft, *_earlier] = store.assessments_of(session, lead)
    first, second, third, *_others = edition.themes
    alone = next(third.questions())
    today = at.date()
    for part, role, days, note in (
        (first.id, "contributor", 14, "You keep the code up to date."),
        (second.id, "contributor", -3, ""),
        (third.id, "approver", 30, ""),
        (alone.id, "contributor", 7, "Only this one, from the training list."),
    ):
        to = DelegatedTo(numbers[role], today + timedelta(days=days), note)
        delegate(session, draft.id, part, to, seen=None, by=owner, at=at)
    token, address = text_digest("an invitation of the demonstration"), "colleague@demo.example"
    invite_colleague(session, lead, token=token, email=address, role="contributor", words="", by=owner, at=at)


def _part(company: DemoCompany, period: int) -> TakesPart | None:
    """Return how a company takes part: in the open period some have submitted, some have begun, some have not."""
    if period < CLOSED_PERIODS:
        return company.participation[period]
    if company.name == SIGN_IN_COMPANY:
        return "silent"
    luck = np.random.default_rng([SEED, company.number, period]).random()
    return "scored" if luck < 0.3 else "silent" if luck < 0.5 else None


def _take_part(session: Session, edition: Edition, to: RegisteredCompanies, year: int, *, at: datetime) -> None:
    period = year - to.first
    parts = [_part(company, period) for company in to.companies]
    begun = [(a, o, p) for a, o, p in zip(to.companies, to.organisations, parts, strict=True) if p is not None]
    works = [_answers_of(edition, company, part, year, period) for company, _, part in begun]
    records = score_records(compile_edition(edition), [work.sheet for work in works])
    for (company, organisation, part), work, record in zip(begun, works, records, strict=True):
        by = to.people.company if company.name == SIGN_IN_COMPANY else None
        number = store.assessment_for(session, organisation, edition=edition.id, year=year, at=at).id
        _save(session, number, work, by=by, at=at)
        if by is not None and period == CLOSED_PERIODS:
            _fill_library(session, organisation, number, [*work.evidence], by=by, at=at)
            _add_code(session, organisation, number, work.sheet, by=by, at=at)
        if part == "silent":
            continue
        handed_in = at + timedelta(hours=2) if period < CLOSED_PERIODS else at
        store.submit(
            session,
            number,
            by=by,
            at=handed_in,
            edition=edition,
            consent=company.consent,
            scores=_precomputed_scores(work.sheet, record),
        )
        if company.name == SIGN_IN_COMPANY or company.number % 6 == period:
            store.assign_auditor(session, number, auditor=to.people.auditor, by=to.people.steward, at=handed_in)


def _answers_of(edition: Edition, company: DemoCompany, part: TakesPart, year: int, period: int) -> SyntheticAnswers:
    keep = DRAFT_SHARE if period == CLOSED_PERIODS and part == "silent" else ANSWERED_SHARE[part]
    return synthetic_answers(edition, company, year=year, period=period, keep=keep, seed=SEED)


def _precomputed_scores(scored: AnswerSheet, record: ScoreRecord) -> Callable[[AnswerSheet], str]:
    """Return a function for `submit` that returns scores computed earlier, or raises ValueError for another sheet."""

    def scores(frozen: AnswerSheet) -> str:
        if (frozen.answers, frozen.profile, frozen.evidenced) != (scored.answers, scored.profile, scored.evidenced):
            raise ValueError(f"{scored.company}: the store keeps another sheet than was scored")
        return record_to_json(record)

    return scores


def _fill_library(
    session: Session, organisation: int, assessment: int, answered: Sequence[str], *, by: int, at: datetime
) -> None:
    """Add library items: a register as a file, which two answers rest on, a link, and a confidential passage."""
    year, today = at.year, at.date()
    register = StoredFile(sha256(REGISTER).hexdigest(), "training-register.csv", "text/csv", len(REGISTER), today)
    added: list[tuple[ItemDetails, Content]] = [
        (ItemDetails(f"Training register {year}", expires=date(year + 1, 9, 30)), register),
        (
            ItemDetails("Page of the speak-up line", expires=date(year, 12, 15), rule_text="policy", published=True),
            store.Link("https://example.org/speak-up", today),
        ),
        (
            ItemDetails("Minutes of the board", seen_by="few"),
            store.Quotation("Minutes of the board", "6", today, "The board has asked for a yearly account."),
        ),
    ]
    items = [add_item(session, organisation, details, content, by=by, at=at) for details, content in added]
    uses = zip(answered, ("sheet Portugal", "sheet Morocco"), strict=False)
    pieces = [(question, LibraryUse(items[0], part)) for question, part in uses]
    add_all_evidence(session, assessment, pieces, by=by, at=at)


def _add_code(
    session: Session, organisation: int, assessment: int, answered: AnswerSheet, *, by: int, at: datetime
) -> None:
    """Add a code of conduct with marks for its answers, and its next version with a few marks of its own."""
    item_id = 0
    for (content, document), marks in zip(example_codes(), (MARKED_FIRST, MARKED_SECOND), strict=True):
        file = StoredFile(sha256(content).hexdigest(), f"{TITLE}.pdf", "application/pdf", len(content), at.date())
        keep_document_text(session, file.digest, format=TEXT_FORMAT, text=document_text(document), at=at)
        if item_id:
            item = library_item(session, organisation, item_id)
            replace_item(session, item, file, seen=item.latest.number, expires=None, by=by, at=at)
        else:
            details = ItemDetails(TITLE, rule_text="code", language="en", published=True)
            item_id = add_item(session, organisation, details, file, by=by, at=at)
        item = library_item(session, organisation, item_id)
        passages = document_passages(document)
        for question, option, beginning in marks:
            if option in write_answer(answered.answers.get(question, "")).split("|"):
                said = next(each for each in passages if each.text.startswith(beginning))
                quoted = QuotedPassage(item.latest.id, said.anchor, str(said.page), said.text, item.latest.dated)
                mark_passage(session, assessment, item, quoted, question, [option], by=by, at=at)
    _find_again(session, item.latest)


def _find_again(session: Session, latest: ItemVersion) -> None:
    """Save what became of the first version's marks in the next version."""
    (_first, before), (_second, after) = example_codes()
    outcomes = compare_documents(before, after).outcomes
    later: dict[int, LaterPassage] = {}
    for mark in marks_to_find(session, latest.item_id):
        if mark.number < latest.number:
            match = outcomes[mark.anchor]
            there = (match.new.anchor, str(match.new.page), match.new.text) if match.new else ("", "", "")
            later[mark.id] = LaterPassage(latest.id, latest.number, match.state, *there)
    keep_outcomes(session, later)


def _save(session: Session, assessment: int, work: SyntheticAnswers, *, by: int | None, at: datetime) -> None:
    sheet = work.sheet
    changes = [store.AnswerEdit(PROFILE_PREFIX + field, write_answer(value)) for field, value in sheet.profile.items()]
    for question, given in sheet.answers.items():
        reason = given.reason if isinstance(given, NotApplicable) else ""
        changes.append(store.AnswerEdit(question, write_answer(given), reason))
    store.save_answers(session, assessment, changes, by=by, at=at)
    add_all_evidence(session, assessment, tuple(work.evidence.items()), by=by, at=at)
