"""Every route of the URL map, for every role, for members of other companies and for auditors of other assessments.

A route fails here if it does not declare its readers, or answers anybody with a server error. A role that may not see
something gets 404; somebody who is not signed in is asked to sign in first.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from compliance import store
from compliance.documents.document import TEXT_FORMAT, TextBlock, document_record, unpaged_document
from compliance.questionnaire.edition_folder import editions_folder
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.desk_readings import add_campaign, begin_reading
from compliance.store.document_passages import keep_document_text
from compliance.store.evidence import LibraryUse
from compliance.store.evidence_library import ItemDetails, StoredFile, add_item, library_item, replace_item
from compliance.store.models import ROLES
from compliance.store.people_and_roles import login_account
from compliance.store.read_companies import CompanyToRead, add_read_company
from compliance.store.reading_documents import add_reading_document, appoint_reader
from compliance.store.workbooks import record_questionnaire, record_upload
from compliance.web import errors
from compliance.web.access_control import PUBLIC, SIGN_IN_STEPS, declare_readers, public, readers, readers_of, signed_in
from compliance.web.edition_registry import editions
from compliance.web.files import files
from tests.support.desk import published
from tests.support.examples import SHARE
from tests.support.signed import judge_all, sign_review
from tests.support.sites import EDITIONS, NOON, PROFILE, YEAR, Site, answers, begin, make_site, post, save, settle

#: A value for every variable of an address. A route with a new variable needs one here.
NAMES = {
    "node": "code",
    "theme": "code",
    "portion": "code",
    "year": YEAR,
    "period": YEAR,  # which is open: nothing is published of it
    "sector": "travel",
    "which": "children",
    "filename": "look.css",
    "question": "r1.code",
    "instrument": "crc",
    "digest": "0" * 64,
    "file_digest": hashlib.sha256(b"no workbook").hexdigest(),
    "person_id": 3,  # Jon, who signs in before the steward does
    "number": 3,
    "submission_id": 1,
    "signed": "forged",  # a link that stops mails
    "token": "forged",
    "part": "code",
    "list_id": 1,
    "upload_id": 1,
    "item_id": 1,
    "line": 2,
    "to": "made",  # the crosswalk of the tests
    "reading_id": 1,
    "document_id": 2,
    "kind": "employees-code",
    "campaign_id": 1,
    "company_id": 1,  # of the desk
    "page": 1,
    "slug": "example-travel-01",  # what was read of it is not published
    "version": 1,
    "company": "example-travel-01",  # in the API, the same
    "requirement": "r1",
    "provision": "crc-34",
    "chart": "part",
    "code": "13b2-mp3m-d998-v1vx",  # a result link to an edition that is not here
}
#: Variables whose values belong to somebody: a route with one of them is closed to others who have the same role.
OWNED = {"assessment_id", "organisation_id", "version_id"}
#: Members of other companies: one is pending, one was refused, and one is in a group with Ana's.
OTHERS = {"pia": "pending", "rex": "refused", "gil": "confirmed"}
WHO = ("nobody", "ana", "jon", "mia", "olga", *OTHERS, "audun", "una", "ada", "stella")
#: Auditors of another assessment, and members of another company. Mia's was merged into Ana's.
OUTSIDERS = {"olga": "company", "una": "auditor", **dict.fromkeys(OTHERS, "company")}
#: What only an owner of a company may do. Jon and Mia are not owners, and are told so.
OWNERS_ALONE = {
    "company.change_member",
    "company.answer_join_request",
    "company.invite_somebody",
    "company.withdraw_colleague_invitation",
    "company.company_data",
    "company.erase",
    "company.erase_answers",
}
#: What only an owner or an approver may do or, for something assigned, the person to whom it is assigned.
NOT_CONTRIBUTORS = {
    *("company.hand_in", "company.change", "company.ask", "company.assign", "company.save_assignment"),
    "company.draft",
}
MEMBERS = ("jon", "mia")
#: What advocates do once both readers have finished.
HEARING = ("send", "link", "extend", "letter", "publish", "correct")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("access")
    asked = [EDITIONS / "walk", EDITIONS / "desk", editions_folder() / "child-protection-quick"]
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=asked))
    with site.app.app_context(), site.store() as session, session.begin():
        site.people["una"] = another_auditor(session, site)
    number = begin(site, "ana")
    post(site.client("ana"), f"/assessments/{number}/profile", form_at="/account", fields=PROFILE)
    save(site, f"/assessments/{number}/code", answers(r1__code="stricter"))
    keep_file(site, number)
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        store.submit(
            session,
            number,
            by=site.people["ana"].id,
            at=NOON,
            edition=asked.edition,
            consent="counted",
            scores=submission_json_writer(asked.compiled),
        )
        store.assign_auditor(session, number, auditor=site.people["audun"].id, by=site.people["stella"].id, at=NOON)
        judge_all(session, asked.compiled, number, site.people["audun"])
        sign_review(session, asked.compiled, number, site.people["audun"])
        sent = {"file_name": "review.xlsx", "digest": files().put(b"no workbook"), "size": 11, "download_id": None}
        record_upload(session, number, by=site.people["audun"].id, at=NOON, **sent)
        file = {"digest": sent["digest"], "file_name": "questionnaire.xlsx"}
        record_questionnaire(session, number, by=site.people["ana"].id, at=NOON, **file)
        more_companies(session, site)
        invited = [store.CompanyToInvite(line=2, name="Example Travel 01")]
        store.add_invitation_list(session, YEAR, "A list", invited, by=site.people["stella"].id, at=NOON)
        read_somebody(session, site)
        replace_file(session, site)
    yield site
    site.close()


def read_somebody(session: Session, site: Site) -> None:
    """A reading in a campaign, with two documents. Ada is its first reader."""
    ada = site.people["ada"].id
    company = add_read_company(session, CompanyToRead(name="Example Hotels 07"), by=ada, at=NOON)
    campaign = add_campaign(session, "Codes of hotels", "desk-2026", by=ada, at=NOON)
    reading = begin_reading(session, company.id, "desk-2026", campaign_id=campaign, by=ada, at=NOON)
    appoint_reader(session, reading, "first", ada, by=ada, at=NOON)
    for number in range(2):
        document = published("employees-code", files().put(f"We prohibit harm, rule {number}.".encode()))
        add_reading_document(session, reading, document, by=ada, at=NOON)


def keep_file(site: Site, number: int) -> None:
    """The first item of Ana's library: a file that is evidence of an answer."""
    with site.app.app_context(), site.store() as session, session.begin():
        file = StoredFile(files().put(b"a,b"), "register.csv", "text/csv", 3)
        read = json.dumps(document_record(unpaged_document("txt", [TextBlock("a,b")])))  # as if it were a text
        keep_document_text(session, file.digest, format=TEXT_FORMAT, text=read, at=NOON)
        ana = site.people["ana"].id
        item = add_item(session, 1, ItemDetails("Register"), file, by=ana, at=NOON)
        store.add_evidence(session, number, "r1.code", LibraryUse(item), by=ana, at=NOON)


def replace_file(session: Session, site: Site) -> None:
    """A second version of this file, on which the submission does not rest."""
    later = StoredFile(files().put(b"a,b,c"), "register.csv", "text/csv", 5)
    read = json.dumps(document_record(unpaged_document("txt", [TextBlock("a,b,c")])))
    keep_document_text(session, later.digest, format=TEXT_FORMAT, text=read, at=NOON)
    by = site.people["ana"].id
    replace_item(session, library_item(session, 1, 1), later, seen=1, expires=None, by=by, at=NOON)


def another_auditor(session: Session, site: Site) -> store.Member:
    known = login_account(session, email="audun@example.org")
    assert known is not None
    return store.add_person(
        session,
        email="una@example.org",
        name="Una",
        password_hash=known.password_hash,
        roles=["auditor"],
        by=site.people["stella"].id,
        at=NOON,
    )


def more_companies(session: Session, site: Site) -> None:
    """Companies of every other status, each with one member."""
    known = login_account(session, email="ana@example.org")
    assert known is not None and known.organisation_id is not None
    for who, status in {**OTHERS, "mia": "pending"}.items():
        site.people[who] = store.register_company(
            session,
            organisation=f"Example Company of {who}",
            name=who.title(),
            email=f"{who}@example.org",
            password_hash=known.password_hash,
            at=NOON,
            status=status,
        )
    decided = {"reason": "tried out", "by": site.people["stella"].id, "at": NOON}
    twin, grouped = site.people["mia"].organisation_id, site.people["gil"].organisation_id
    assert twin is not None and grouped is not None
    store.assessment_for(session, twin, edition="walk-2026", year=YEAR, at=NOON)
    store.merge_company(session, twin, into=known.organisation_id, seen="pending", **decided)
    store.group_companies(session, grouped, known.organisation_id, **decided)


def address(rule: Rule) -> str:
    values = {name: NAMES.get(name, 1) for name in rule.arguments}
    unknown = rule.arguments - NAMES.keys() - OWNED
    assert not unknown, f"{rule} names {unknown}: give a value in NAMES"
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def routes(app: Flask) -> list[tuple[str, Rule]]:
    found = [
        (method, rule) for rule in app.url_map.iter_rules() for method in ("GET", "POST") if method in rule.methods
    ]
    # Requests that change something come last, and those that end a session after all others.
    return sorted(found, key=lambda pair: (pair[0] == "POST", pair[1].endpoint == "security.logout", str(pair[1])))


def ask_all(site: Site, who: str, asked: Iterable[tuple[str, str]]) -> Iterator[TestResponse]:
    """Send each request as somebody, in one browser until a request is done that may have ended the session.

    Everybody has an address of their own, as there are limits for each.
    """
    client = None
    for method, where in asked:
        client = client or site.client(None if who == "nobody" else who)
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{WHO.index(who)}"
        response = client.get(where) if method == "GET" else post(client, where)
        response.close()
        yield response
        if response.status_code < 400 and (method == "POST" or response.status_code == 302):
            client = None


@pytest.fixture
def refusals_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the page of each kind of refusal once, in `make test`, as two of three requests are refused."""
    draw, drawn = errors.render_template, dict[str, str]()

    def draw_once(template: str, **said: Any) -> str:
        if said["heading"] not in drawn:
            drawn[said["heading"]] = draw(template, **said)
        return drawn[said["heading"]]

    if SHARE < 1:
        monkeypatch.setattr(errors, "render_template", draw_once)


def test_every_route_declares_its_readers(site: Site) -> None:
    undeclared = [rule.endpoint for _, rule in routes(site.app) if not readers_of(site.app, rule.endpoint)]
    assert undeclared == []
    assert len(routes(site.app)) > 15


@pytest.mark.parametrize("who", WHO)
def test_every_route_answers_only_those_who_may_read_it(site: Site, refusals_drawn_once: None, who: str) -> None:
    wrong = []
    with site.app.test_request_context():
        asked = [(method, rule, address(rule)) for method, rule in routes(site.app)]
    answers = ask_all(site, who, [(method, where) for method, _rule, where in asked])
    for (method, rule, where), response in zip(asked, answers, strict=True):
        expected = expects(site, who, rule)
        got = kind_of(response)
        if got != expected and not (expected == "answered" and is_refused_by_the_view(site, rule, response)):
            wrong.append(f"{method} {where} as {who}: {got} ({response.status_code}), not {expected}")
    assert wrong == []


def expects(site: Site, who: str, rule: Rule) -> str:
    allowed = readers_of(site.app, rule.endpoint) or frozenset()
    if PUBLIC in allowed:
        return "answered"
    if who == "nobody":
        return "sign in first"
    if not site.people[who].roles & allowed:
        return "not there"
    if who in OUTSIDERS and rule.arguments & OWNED:
        return "not there"
    if who in MEMBERS and rule.endpoint in OWNERS_ALONE | NOT_CONTRIBUTORS:
        return "refused"
    return "answered"


def kind_of(response: TestResponse) -> str:
    if response.status_code == 302 and response.headers["Location"].startswith("/sign-in"):
        return "sign in first"
    if response.status_code >= 500:
        return "failed"
    return {403: "refused", 404: "not there", 429: "told to wait"}.get(response.status_code, "answered")


def is_refused_by_the_view(site: Site, rule: Rule, response: TestResponse) -> bool:
    """Whether a view may answer 404 even to those whom its declaration allows to read it.

    What is not published yet cannot be seen or corrected by anybody. The second step of signing in needs the first, and
    there is no help with it by e-mail.
    """
    public_page = PUBLIC in (readers_of(site.app, rule.endpoint) or ())
    may_be_missing = public_page and bool(rule.arguments)
    others = (
        "security.logout",
        "publications.latest_table",
        "steward.correct",
        "steward.job_again",
        "steward.mail_again",
        "security.two_factor_rescue",
    )
    # before both readers have finished, and the company was told
    others += ("company.draft", "hearing.hearing", *(f"hearing.{name}" for name in HEARING))
    others += ("desk.comparison", "desk.decide")  # until both have finished, nobody compares
    others += ("about.security_txt",)  # no contact is set here
    others += ("syndication.feed", "syndication.sitemap")  # and no address
    # these need the assessment or the passage as a parameter, which this test does not send
    others += ("company.decide_marks", "desk.choose_question")
    others += (*SIGN_IN_STEPS, "single_sign_on.begin", "single_sign_on.come_back")  # no provider is set here
    return (may_be_missing or rule.endpoint in others) and response.status_code in (302, 404)


def test_a_route_without_a_declaration_answers_nobody(sqlite_url: str, tmp_path: Path) -> None:
    site = settle(make_site(sqlite_url, tmp_path, TESTING=False, PROPAGATE_EXCEPTIONS=False))
    site.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for who in (None, *site.people):
        response = site.client(who).get("/forgotten")
        assert response.status_code == 500
        assert "secret" not in response.text and "Traceback" not in response.text
    site.close()


def test_a_declaration_may_name_only_roles_that_exist() -> None:
    with pytest.raises(ValueError, match="no such role: boss"):
        readers("company", "boss")


def test_declarations_are_read_back(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path)
    app = site.app
    for endpoint, mark in (("a", readers("auditor")), ("b", public), ("c", signed_in)):
        app.add_url_rule(f"/{endpoint}", endpoint, mark(lambda: endpoint))  # noqa: B023
    app.add_url_rule("/d", "d", lambda: "d")
    declare_readers(app, "d", PUBLIC)
    found = {endpoint: readers_of(app, endpoint) for endpoint in "abcd"}
    assert found == {"a": {"auditor"}, "b": {PUBLIC}, "c": set(ROLES), "d": {PUBLIC}}
    site.close()


@pytest.mark.parametrize("who", OTHERS)
def test_a_company_can_work_whatever_its_status(site: Site, who: str) -> None:
    number = begin(site, who)
    client = site.client(who)
    for page in ("", "/profile", "/code", "/check", "/scorecard?as=draft"):
        assert client.get(f"/assessments/{number}{page}").status_code == 200, page
    assert client.get(f"/companies/{site.people[who].organisation_id}").status_code == 200
    for other in ("ana", "olga", *OTHERS.keys() - {who}):
        assert site.client(other).get(f"/assessments/{number}").status_code == 404


def test_answers_of_a_merged_company_can_be_read_by_the_remaining_one_and_changed_by_nobody(site: Site) -> None:
    twin = site.people["mia"].organisation_id
    with site.store() as session:
        ana = site.people["ana"].organisation_id or 0
        [theirs] = [one.id for one in store.assessments_of(session, ana) if one.organisation_id == twin]
    for who in ("ana", "mia"):
        assert site.client(who).get(f"/assessments/{theirs}").status_code == 200
        assert site.client(who).get("/assessments/1").status_code == 200
        refused = post(site.client(who), f"/assessments/{theirs}/profile", form_at="/account", fields=PROFILE)
        assert refused.status_code == 409 and "was merged into another one" in refused.text
    assert site.client("olga").get(f"/assessments/{theirs}").status_code == 404
    assert site.client("mia").get(f"/companies/{twin}").status_code == 404


def test_a_reader_without_access_cannot_tell_whether_something_exists(site: Site) -> None:
    for who in ("olga", "ada", "stella", "una"):
        client = site.client(who)
        here, nowhere = (client.get(f"/assessments/{number}/code").text for number in (1, 99))
        token = re.compile('name="csrf_token" value="[^"]+"')  # signed with the second at which the page was made
        assert token.sub("", here) == token.sub("", nowhere)


def test_an_auditor_reads_the_submitted_scorecard_and_no_draft(site: Site) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        other = site.people["olga"].organisation_id
        assert other is not None
        draft = store.assessment_for(session, other, edition="walk-2026", year=YEAR, at=NOON)
        store.assign_auditor(session, draft.id, auditor=site.people["audun"].id, by=None, at=NOON)
    client = site.client("audun")
    assert client.get("/assessments/1/scorecard").status_code == 200
    assert client.get(f"/assessments/{draft.id}/scorecard").status_code == 404
