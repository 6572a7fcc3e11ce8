"""Every POST route of a company's pages, from the URL map, for every member role and for another company.

A new route that changes something fails here until it stands in a table: which action of a role it is, or whose own.
What is refused changes no row, and the same post by somebody who may do it changes some, so that it was no empty post.
"""

import io
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.colleague_invitations import invite_colleague
from compliance.store.comments import add_comments
from compliance.store.document_passages import passage_marks
from compliance.store.evidence_library import library_of
from compliance.store.member_roles import ALLOWED, MEMBER_ROLES, MemberAction
from compliance.store.models import Base
from compliance.store.people_and_roles import login_account
from compliance.store.reading_hearings import send_draft
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import editions
from compliance.workbook.questionnaire_lines import LineColumn
from tests.support.examples import SHARE
from tests.support.heard_readings import settled_texts, write_reading
from tests.support.paths import DATA
from tests.support.questionnaires import filled_in, shown, taken
from tests.support.sites import NOON, YEAR, Site, answers, begin, make_site, post, save, settle
from tests.support.stores import sign_off

#: A person of every role in the first company. Olga belongs to another one.
MEMBERS = dict(zip(("ana", "pat", "jon", "rea"), MEMBER_ROLES, strict=True))
SIGNED, OPEN = YEAR - 1, YEAR + 1
ATTESTED = {"consent": "counted", "role": "Head of compliance", "confirmed": "yes"}
#: Rows about sessions and attempts to sign in, which change with any request.
VOLATILE = {"sign_in_session", "attempt_count"}


@dataclass(frozen=True)
class Post:
    """A POST that changes something if the person may do `action`."""

    action: MemberAction
    address: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = True


@dataclass(frozen=True)
class Prepared:
    """A site, its prepared database, and ids for the addresses."""

    site: Site
    file: Path
    content: bytes
    workbook: bytes
    ids: Mapping[str, object]


#: In the addresses, `{digest}` is of an uploaded questionnaire, and `{comment}` is the person's own comment.
POSTS = {
    "save_theme": Post("answer", "/assessments/1/words", answers(r1__code="no")),
    "save_profile": Post("answer", "/assessments/1/profile", {"profile.size#version": "0", "profile.size": "small"}),
    "autosave": Post("answer", "/assessments/1/autosave", answers(r1__code="no")),
    "begin": Post("answer", "/assessments", {"year": OPEN, "organisation": 1}),
    "choose": Post("answer", "/assessments/1/start", {"portion": "deeper"}),
    "bring_questionnaire": Post("answer", "/assessments/1/questionnaire", {"file": "workbook"}),
    "apply_changes": Post("answer", "/assessments/1/questionnaire/{digest}", {"state": "{state}"}),
    "restore": Post("answer", "/assessments/1/questions/r1.practice/restore", {"version": "{old}", "seen": "{new}"}),
    "add_to_library": Post(
        "answer",
        "/companies/1/evidence",
        {"kind": "link", "title": "A page", "link": "https://example.org/more", "seen_by": "everyone"},
    ),
    "change_entry": Post("answer", "/companies/1/evidence/1", {"do": "withdraw"}),
    "read_file": Post("answer", "/companies/1/evidence/2/read", changes=False),  # it was read when it was added
    "mark": Post(
        "answer",
        "/assessments/1/passages",
        {"do": "mark", "question": "r1.code", "version": "{version}", "anchor": "s0.1.1", "option": "yes"},
    ),
    "decide_marks": Post(
        "answer",
        "/companies/1/evidence/2/compare",
        {"assessment": "1", "version": "1", "seen": "2", "do": "remove", "id": "{mark}"},
    ),
    "comment": Post("read", "/assessments/1/questions/r1.practice/comments", {"text": "Who knows?"}),
    "withdraw_own_comment": Post(
        "read", "/assessments/1/questions/r1.practice/comments/withdraw", {"comment": "{comment}"}
    ),
    "trying": Post("read", "/assessments/1/improve?as=draft", {"r2.practice": "yes"}, changes=False),
    "save_assignment": Post("assign", "/assessments/1/assign/words", {"person": "{jon}", "seen": ""}),
    "hand_in": Post("submit", "/assessments/1/check", ATTESTED),
    "draft": Post(
        "submit", "/companies/1/drafts/{draft}", {"whole": "We agree.", "name": "Ana", "role": "head of compliance"}
    ),
    "change": Post("submit", "/assessments/2/consent", {"consent": "named"}),
    "ask": Post("submit", "/assessments/2/reopening", {"do": "ask", "reason": "A figure is wrong."}),
    "change_member": Post("manage", "/companies/1/members", {"do": "role", "person": "{rea}", "role": "approver"}),
    "invite_somebody": Post("manage", "/companies/1/invitations", {"role": "reader", "email": "new@example.org"}),
    "withdraw_colleague_invitation": Post("manage", "/companies/1/invitations/withdraw", {"invitation": "1"}),
    "answer_join_request": Post("manage", "/companies/1/requests", {"do": "accept", "request": "1"}),
    "erase": Post("manage", "/companies/1/erase", {"name": "Example Travel 01"}),
    "erase_answers": Post("manage", "/assessments/1/erase", {"sure": "yes"}),
}
#: What people do for themselves, without a company or whatever their role in it.
ABOUT_ONESELF = {"join", "register", "finish_registration", "add_company", "withdraw"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("posts")
    file = folder / "article34.db"
    site = settle(
        make_site(f"sqlite:///{file}", folder, EDITIONS=[DATA / "web_editions" / name for name in ("portions", "desk")])
    )
    with site.store() as session, session.begin():
        colleagues(session, site)
    number = begin(site)
    profile = {"profile.sector": "travel", "profile.size": "large", "profile.lodging": "no", "profile.travel": "no"}
    save(site, f"/assessments/{number}/profile", answers(**profile))
    save(site, f"/assessments/{number}/words", answers(r1__practice="yes"))
    with site.store() as session:
        old = store.saved_answers(session, number)["r1.practice"].version
    save(site, f"/assessments/{number}/words", {"r1.practice": "no", "r1.practice#version": str(old)})
    seen = {"kind": "link", "title": "A page", "link": "https://example.org/", "seen_by": "everyone"}
    assert save(site, "/companies/1/evidence", seen).status_code == 302
    rules = {"kind": "file", "title": "Code", "seen_by": "everyone", "rule_text": "code", "language": "en"}
    file_sent = {**rules, "file": (io.BytesIO(b"Nobody buys sex from a child."), "code.txt")}
    assert post(site.client("ana"), "/companies/1/evidence", fields=file_sent).status_code == 302
    with site.store() as session:
        (first,) = (item.latest.id for item in library_of(session, 1) if item.kind == "file")
    marking = {"do": "mark", "question": "r1.code", "version": str(first), "anchor": "s0.1.1", "option": "yes"}
    assert save(site, f"/assessments/{number}/passages", marking).status_code == 302
    renewed = {"do": "replace", "seen": "1", "file": (io.BytesIO(b"Nobody buys sex from anybody."), "code.txt")}
    assert post(site.client("ana"), "/companies/1/evidence/2", fields=renewed).status_code == 302
    signed = int(post(site.client("ana"), "/assessments", year=SIGNED).headers["Location"].split("/")[-2])
    save(site, f"/assessments/{signed}/profile", answers(**profile))
    assert save(site, f"/assessments/{signed}/check", ATTESTED).status_code == 302
    out = taken(site.client("ana"), number)
    first, second = (filled_in(out, {"question r2.practice": {LineColumn.ANSWER: said}}) for said in ("Yes", "No"))
    address, page = shown(site.client("ana"), number, first)
    state = re.search(r'name="state" value="([^"]+)"', page)
    assert state
    ids: dict[str, object] = {"digest": address.rpartition("/")[2], "state": state[1], "old": old}
    ids |= {who: site.people[who].id for who in MEMBERS}
    with site.app.app_context(), site.store() as session, session.begin():
        code, at = editions()["desk-2026"].edition, now()
        reading = ids["draft"] = write_reading(session, settled_texts(code, organisation_id=1))
        send_draft(session, code, reading, token="t", until=at.date() + timedelta(days=28), by=None, at=at)
    with site.store() as session, session.begin():
        (ids["mark"],) = (each.id for each in passage_marks(session, number))
        ids["version"] = next(item.latest.id for item in library_of(session, 1) if item.kind == "file")
        ids["new"] = store.saved_answers(session, number)["r1.practice"].version
        sign_off(session, signed, 1, by=site.people["audun"].id)
        for who in MEMBERS:
            said = [("r1.practice", f"{who} said this.")]
            [ids[f"comment-{who}"]] = add_comments(session, number, said, by=site.people[who].id, at=NOON)
    for who in (*MEMBERS, "olga"):
        site.client(who)
    store_engine(site.app).dispose()
    yield Prepared(site, file, file.read_bytes(), second, ids)
    site.close()


def colleagues(session: Any, site: Site) -> None:
    known = login_account(session, email="ana@example.org")
    assert known is not None
    account = {"password_hash": known.password_hash, "roles": ["company"], "by": None, "at": NOON}
    for who in ("pat", "rea"):
        name = {"email": f"{who}@example.org", "name": who.title()}
        site.people[who] = store.add_person(session, organisation_id=1, **name, **account)
    una = store.add_person(session, email="una@example.org", name="Una", **account)
    for who, role in MEMBERS.items():
        store.change_member_role(session, 1, site.people[who].id, role, by=None, at=NOON)
    store.ask_to_join(session, una.id, 1, words="It is me.", at=NOON)
    invited = {"token": "t", "email": "nia@example.org", "role": "reader", "words": ""}
    invite_colleague(session, 1, **invited, by=site.people["ana"].id, at=NOON)
    for year in (SIGNED, OPEN):
        store.open_period(session, year, opens=date(year, 1, 1), by=site.people["stella"].id, at=NOON)


def test_every_post_route_of_a_company_is_in_a_table(prepared: Prepared) -> None:
    routes = {
        rule.endpoint.removeprefix("company.")
        for rule in prepared.site.app.url_map.iter_rules()
        if rule.endpoint.startswith("company.") and "POST" in (rule.methods or ())
    }
    assert routes == {*POSTS, *ABOUT_ONESELF}


def test_each_role_can_do_what_the_table_says_and_a_refused_post_changes_no_row(prepared: Prepared) -> None:
    site, wrong, before = prepared.site, [], rows(prepared)
    for name, sent in POSTS.items():
        able = [who for who, role in MEMBERS.items() if sent.action in ALLOWED[role]]
        for who, role in MEMBERS.items():
            allowed = who in able
            if allowed and who != able[-1] and SHARE < 1:
                continue  # among the roles that may do this, the least privileged one represents the others
            response, now = send(prepared, sent, who), rows(prepared)
            status = response.status_code
            if allowed != (status in (200, 302)) or (not allowed and status != 403):
                wrong.append(f"{name} as {role}: {status}")
            changed = [table for table in before if now[table] != before[table]]
            if bool(changed) != (allowed and sent.changes):
                wrong.append(f"{name} as {role} changed {changed}")
            if changed:
                store_engine(site.app).dispose()
                prepared.file.write_bytes(prepared.content)
    assert wrong == []


def test_a_member_of_another_company_finds_nothing_there_and_changes_no_row(prepared: Prepared) -> None:
    before = rows(prepared)
    got = {name: send(prepared, sent, "olga").status_code for name, sent in POSTS.items()}
    assert got == dict.fromkeys(POSTS, 404)
    assert rows(prepared) == before


def test_pages_offer_no_forms_to_members_who_may_only_read(prepared: Prepared) -> None:
    returned = POSTS["apply_changes"].address.format(**prepared.ids)
    for address in (returned, "/assessments/1/questionnaire", "/companies/1/evidence", "/companies/1/evidence/1"):
        for who, offers in (("jon", True), ("rea", False)):
            form = r'<form[^>]*\smethod="post"[^>]*\saction="/(assessments|companies)'
            found = re.search(form, prepared.site.client(who).get(address).text)
            assert bool(found) is offers, (address, who)


def test_a_reader_is_given_back_what_they_typed_about_evidence(prepared: Prepared) -> None:
    typed = {"kind": "passage", "document": "Code <2025>", "page": "4", "passage": "We\nobey."}
    response = post(prepared.site.client("rea"), "/companies/1/evidence", fields=typed)
    given = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", response.text)
    assert [unescape(one) for one in given] == ["We\nobey.", "Code <2025>", "4"]


def test_a_reader_is_given_back_all_that_they_typed_beside_a_question(prepared: Prepared) -> None:
    beside = ("reason", "comment", "passage", "document", "page", "link", "item", "part", "note")
    typed = {f"r1.code#{part}": f"Their {part}." for part in beside} | {"r1.code#version": "0"}
    response = post(prepared.site.client("rea"), "/assessments/1/words", fields=typed)
    given = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", response.text)
    assert [unescape(one) for one in given] == [f"Their {part}." for part in beside]


def send(prepared: Prepared, sent: Post, who: str) -> TestResponse:
    ids = {**prepared.ids, "comment": prepared.ids.get(f"comment-{who}", 1)}
    fields = {name: value.format(**ids) if isinstance(value, str) else value for name, value in sent.fields.items()}
    if "file" in fields:
        fields["file"] = (io.BytesIO(prepared.workbook), "questionnaire.xlsx")
    response = post(prepared.site.client(who), sent.address.format(**ids), fields=fields)
    response.close()
    return response


def rows(prepared: Prepared) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the database, except those about sessions."""
    with closing(sqlite3.connect(prepared.file)) as connection:
        tables = [name for name in Base.metadata.tables if name not in VOLATILE]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in tables}  # noqa: S608
