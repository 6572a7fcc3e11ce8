"""Working together: what each role may do, and invitations."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.colleague_invitations import colleague_invitations
from compliance.store.company_models import ColleagueInvitationRow
from compliance.store.member_roles import ALLOWED, MEMBER_ROLES
from compliance.store.outbox import switch_mail
from compliance.store.people_and_roles import login_account
from tests.support.sites import NOON, PASSWORD, PROFILE, YEAR, Site, answers, begin, outbox, post, save, token

PEOPLE = "/companies/1"
NIA = {"name": "Nia", "password": PASSWORD}


def with_role(site: Site, role: str) -> FlaskClient:
    """Jon's browser. He has this role in Ana's company, which has another owner."""
    with site.store() as session, session.begin():
        store.change_member_role(session, 1, site.people["jon"].id, role, by=None, at=NOON)
    return site.client("jon")


def role_of(site: Site, email: str) -> str:
    with site.store() as session:
        return next((one.role for one in store.company_members(session, 1) if one.email == email), "")


def invite(site: Site, email: str = "", role: str = "contributor", who: str = "ana", **more: str) -> TestResponse:
    return post(site.client(who), f"{PEOPLE}/invitations", email=email, role=role, words="Welcome.", **more)


def link_in(text: str) -> str:
    found = re.search(r"/join/[0-9a-f]+(\?as=[^\s\"<]+)?", unescape(text))
    assert found, text
    return found[0]


#: How each action is done: address, fields, and a word on the page that offers it.
DONE_BY = {
    "answer": ("/assessments/1/code", answers(r1__code="intent"), ("/assessments/1/code", 'id="f"')),
    "submit": ("/assessments/1/check", {"consent": "counted"}, ("/assessments/1/check", 'id="confirmed"')),
    "assign": ("/assessments/1/assign/code", {"person": ""}, ("/assessments/1", "/assign/code")),
    "manage": (f"{PEOPLE}/invitations", {"role": "reader"}, (PEOPLE, 'id="invite-email"')),
}


@pytest.mark.parametrize("role", MEMBER_ROLES)
def test_each_role_is_offered_what_it_may_do_and_refused_all_else_with_the_name_of_an_owner(
    sqlite_site: Site, role: str
) -> None:
    begin(sqlite_site)
    save(sqlite_site, "/assessments/1/profile", PROFILE)
    client = with_role(sqlite_site, role)
    for action, (address, fields, (page, offer)) in DONE_BY.items():
        may = action in ALLOWED[role]
        assert (offer in client.get(page).text) == may, (action, "offered")
        response = post(client, address, fields=fields)
        assert (response.status_code == 403) != may, (action, response.status_code)
        if not may:
            assert "Ask an owner of Example Travel 01: Ana." in unescape(re.sub("<[^>]+>", "", response.text))


def test_a_reader_can_open_every_page_and_nothing_that_they_post_is_saved(sqlite_site: Site) -> None:
    begin(sqlite_site)
    save(sqlite_site, "/assessments/1/profile", PROFILE)
    save(sqlite_site, "/assessments/1/code", answers(r1__code="intent"))
    client = with_role(sqlite_site, "reader")
    for page in (
        "",
        "/profile",
        "/code",
        "/check",
        "/start",
        "/scorecard?as=draft",
        "/board?as=draft",
        "/questionnaire",
    ):
        response = client.get(f"/assessments/1{page}")
        assert response.status_code == 200, page
        assert '<form method="post" action="/assessments' not in response.text, page
    with sqlite_site.store() as session:
        before = store.trail_head(session)
    for where, fields in (
        ("/assessments/1/code", answers(r1__code="stricter")),
        ("/assessments/1/profile", PROFILE),
        ("/assessments/1/start", {}),
        ("/assessments", {"year": YEAR}),
        ("/assessments/1/consent", {"consent": "named"}),
    ):
        assert post(client, where, fields=fields).status_code in (403, 404), where
    with sqlite_site.store() as session:
        assert store.trail_head(session) == before


def test_a_reader_is_given_back_exactly_what_they_typed(sqlite_site: Site) -> None:
    begin(sqlite_site)
    save(sqlite_site, "/assessments/1/profile", PROFILE)
    client = with_role(sqlite_site, "reader")
    typed = {"r1.code#passage": " <b>We obey.</b>\n  Line two ", "r1.practice": "4x0", "r1.practice#whom": "Pat"}
    typed |= {"r1.practice#comment": "Is it 40?"}
    response = post(client, "/assessments/1/code", fields=answers(r1__code="intent") | typed)
    assert response.status_code == 403
    given = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", response.text)
    assert [unescape(one).replace("\r\n", "\n") for one in given] == [*typed.values()]


def test_an_invited_person_can_register_and_is_in_the_company_with_that_role(site: Site) -> None:
    shown = invite(site, "Nia@example.net", "approver")
    link, visitor = link_in(shown.text), site.client()
    page = unescape(visitor.get(link).text)
    assert "Ana</bdi> invites you to work on the answers of" in page and "Welcome." in page and "approver" in page
    assert "nia@example.net" in page
    joined = post(visitor, link, form_at=link, fields=NIA)
    assert joined.headers["Location"] == "/assessments"
    assert "Begin" in visitor.get("/assessments").text
    assert role_of(site, "nia@example.net") == "approver"
    for again in (visitor.get(link), post(visitor, link)):  # the button pressed twice, or Back
        assert again.headers["Location"] == "/assessments"
    with site.store() as session:
        [made] = [one for one in store.members(session) if one.name == "Nia"]
        noted = store.history(session, f"organisation/1/member/{made.id}")
        assert [(one.after, one.who) for one in noted] == [("approver", made.id)]


def test_an_invited_person_with_an_account_signs_in_and_joins(site: Site) -> None:
    link = link_in(invite(site, "olga@example.org", "reader").text)
    assert "has an account here" in site.client().get(link).text
    visitor = site.client()
    signed_in = post(visitor, f"/sign-in?next={link}", email="olga@example.org", password=PASSWORD)
    assert signed_in.headers["Location"] == link
    assert "Join" in visitor.get(link).text and role_of(site, "olga@example.org") == ""
    assert post(visitor, link).headers["Location"] == "/assessments"
    assert role_of(site, "olga@example.org") == "reader"


def test_a_link_to_pass_on_works_for_one_person(site: Site) -> None:
    link = link_in(invite(site).text)
    assert post(site.client(), link, form_at=link, fields=NIA | {"email": "nia@example.net"}).status_code == 302
    late = post(site.client("olga"), link)
    assert late.status_code == 410 and "has been used" in late.text
    assert post(site.client(), link, form_at="/sign-in", fields=NIA | {"email": "neo@example.net"}).status_code == 410
    with site.store() as session:
        assert login_account(session, email="neo@example.net") is None


def test_an_invitation_that_no_longer_works_says_why_and_what_to_do(sqlite_site: Site) -> None:
    site = sqlite_site
    links = {state: link_in(invite(site, who="ana", once=state).text) for state in ("withdrawn", "expired")}
    with site.store() as session, session.begin():
        late, gone = (one.id for one in colleague_invitations(session, 1, at=NOON))
        session.execute(
            update(ColleagueInvitationRow)
            .where(ColleagueInvitationRow.id == late)
            .values(expires_at=NOON - timedelta(days=1))
        )
    assert post(site.client("ana"), f"{PEOPLE}/invitations/withdraw", invitation=gone).status_code == 302
    for state, says in (("withdrawn", "was withdrawn"), ("expired", "was open until")):
        page = site.client().get(links[state])
        assert page.status_code == 410 and says in page.text, state
        assert "ask <bdi" in unescape(page.text) and "/sign-in" in page.text
    wrong = site.client().get("/join/0123abc")
    assert wrong.status_code == 404 and "part of it may be missing" in wrong.text


def test_an_invitation_cannot_be_used_from_another_address(sqlite_site: Site) -> None:
    link = link_in(invite(sqlite_site, "nia@example.net").text)
    olga = sqlite_site.client("olga")
    for page in (olga.get(link), post(olga, link)):
        assert page.status_code == 403
        said = unescape(re.sub("<[^>]+>", "", page.text))
        assert "is for nia@example.net, and you are signed in as olga@example.org" in said and "Sign out" in said
    assert role_of(sqlite_site, "olga@example.org") == ""


def test_sending_the_form_twice_invites_once_and_nobody_is_invited_twice(sqlite_site: Site) -> None:
    pages = [invite(sqlite_site, once="page one") for _twice in range(2)]
    assert link_in(pages[0].text) == link_in(pages[1].text)
    invite(sqlite_site, "nia@example.net")
    again = invite(sqlite_site, " NIA@example.net ")
    assert "has an invitation that is still open" in again.text and 'value="NIA@example.net"' in again.text
    assert "belongs to the company already" in invite(sqlite_site, "jon@example.org").text
    with sqlite_site.store() as session:
        assert len(colleague_invitations(session, 1, at=NOON)) == 2


@pytest.mark.site(MAIL_SERVER="mail.invalid", ADDRESS="http://localhost")
def test_if_mails_are_sent_the_link_goes_to_the_address_and_is_never_shown(sqlite_site: Site) -> None:
    shown = invite(sqlite_site, "nia@example.net", "reader")
    assert shown.headers["Location"] == PEOPLE
    [mail] = [one for one in outbox(sqlite_site) if one.kind == "colleague-invited"]
    assert mail.to == "nia@example.net" and "Welcome." in mail.text and "14 days" in mail.text
    visitor, link = sqlite_site.client(), link_in(mail.text)
    assert post(visitor, link, form_at=link, fields=NIA).headers["Location"] == "/assessments"
    with sqlite_site.store() as session:
        known = login_account(session, email="nia@example.net")
        assert known is not None and known.confirmed


@pytest.mark.site(MAIL_SERVER="mail.invalid", ADDRESS="http://localhost")
def test_the_inviter_is_told_the_same_whether_or_not_the_person_wants_such_mails(sqlite_site: Site) -> None:
    with sqlite_site.store() as session, session.begin():
        switch_mail(session, sqlite_site.people["olga"].id, {"colleague-invited": False}, at=NOON)
    ana = sqlite_site.client("ana")
    for email in ("nia@example.net", "olga@example.org"):
        post(ana, f"{PEOPLE}/invitations", email=email, role="reader")
        said = f"The invitation is on its way to {email}, unless they have switched off such e-mails."
        assert said in ana.get(PEOPLE).text
    assert [one.to for one in outbox(sqlite_site) if one.kind == "colleague-invited"] == ["nia@example.net"]


@pytest.mark.site(MAIL_SERVER="mail.invalid", ADDRESS="http://localhost")
def test_a_link_does_not_reveal_whether_an_address_has_an_account(sqlite_site: Site) -> None:
    link = link_in(invite(sqlite_site).text)
    pages = []
    for email in ("nia@example.net", "olga@example.org"):
        page = post(sqlite_site.client(), link, form_at=link, fields={"name": "Nia", "email": email})
        pages.append(
            page.text.replace(email, "…").replace(token(page.text), "…")
            if "csrf" in page.text
            else page.text.replace(email, "…")
        )
    assert pages[0] == pages[1]
    new, known = outbox(sqlite_site)[-2:]
    assert (new.kind, known.kind) == ("registration", "registered-already")
    visitor, follows = sqlite_site.client(), link_in(new.text)
    assert post(visitor, follows, form_at=follows, password=PASSWORD).headers["Location"] == "/assessments"
    assert role_of(sqlite_site, "nia@example.net") == "contributor"


def test_guessing_links_is_slowed_down_and_using_one_is_not(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.web.throttling.now", lambda: NOON)  # all of it within one second
    link, client = link_in(invite(sqlite_site).text), sqlite_site.client()
    answers_given = [client.get(f"/join/{number}").status_code for number in range(22)]
    assert answers_given == [404] * 21 + [429]
    stranger = sqlite_site.app.test_client()
    assert stranger.get(link, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200


def test_an_auditor_who_joins_a_company_loses_assignments_there_and_keeps_their_role(sqlite_site: Site) -> None:
    number, audun = begin(sqlite_site), sqlite_site.people["audun"]
    with sqlite_site.store() as session, session.begin():
        store.assign_auditor(session, number, auditor=audun.id, by=None, at=NOON)
    link = link_in(invite(sqlite_site, "audun@example.org").text)
    post(sqlite_site.client("audun"), link)
    with sqlite_site.store() as session:
        assert store.member(session, audun.id).roles == {"auditor", "company"}
        assert store.auditors_of(session, YEAR) == {}


def test_the_last_owner_cannot_leave_and_another_owner_can(sqlite_site: Site) -> None:
    ana = sqlite_site.people["ana"].id
    client = sqlite_site.client("ana")
    assert "needs at least one owner" in post(client, f"{PEOPLE}/members", person=ana, do="remove").text
    assert "needs at least one owner" in post(client, f"{PEOPLE}/members", person=ana, do="role", role="reader").text
    jon = sqlite_site.people["jon"].id
    assert post(client, f"{PEOPLE}/members", person=jon, do="role", role="owner").status_code == 302
    assert post(client, f"{PEOPLE}/members", person=ana, do="remove").headers["Location"] == "/assessments"
    assert "You no longer belong to" in client.get("/assessments").text and client.get(PEOPLE).status_code == 404
    assert role_of(sqlite_site, "jon@example.org") == "owner" and role_of(sqlite_site, "ana@example.org") == ""


def test_a_member_who_is_no_owner_can_leave_and_remove_nobody_else(sqlite_site: Site) -> None:
    client = with_role(sqlite_site, "reader")
    ana, jon = (sqlite_site.people[who].id for who in ("ana", "jon"))
    assert post(client, f"{PEOPLE}/members", person=ana, do="remove").status_code == 403
    assert post(client, f"{PEOPLE}/members", person=jon, do="remove").headers["Location"] == "/assessments"
    assert role_of(sqlite_site, "jon@example.org") == ""


def test_the_steward_can_do_the_same_and_the_trail_says_so(sqlite_site: Site) -> None:
    stella, jon = sqlite_site.people["stella"].id, sqlite_site.people["jon"].id
    client, company = sqlite_site.client("stella"), "/steward/companies/1"
    for fields in ({"do": "role", "role": "approver"}, {"do": "remove"}):
        assert post(client, f"{company}/members", person=jon, **fields).status_code == 302
    shown = post(client, f"{company}/invitations", email="", role="owner", words="")
    assert "/join/" in shown.text
    with sqlite_site.store() as session:
        [made] = colleague_invitations(session, 1, at=NOON)
    assert post(client, f"{company}/invitations/withdraw", invitation=made.id).status_code == 302
    assert post(client, f"{company}/invitations", email="no address", role="owner").status_code == 200
    with sqlite_site.store() as session:
        for subject, after in ((f"member/{jon}", ["approver", ""]), (f"invitation/{made.id}", ["open", "withdrawn"])):
            noted = store.history(session, f"organisation/1/{subject}")[-2:]
            assert [one.after.split("\n")[0] for one in noted] == after
            assert {one.who for one in noted} == {stella}


def test_a_member_whose_role_changes_or_who_is_removed_gets_a_mail_and_one_who_leaves_does_not(
    sqlite_site: Site,
) -> None:
    ana, jon = (sqlite_site.people[who].id for who in ("ana", "jon"))
    client = sqlite_site.client("ana")
    for role in ("approver", "approver", "owner"):  # the second changes nothing
        post(client, f"{PEOPLE}/members", person=jon, do="role", role=role)
    post(client, f"{PEOPLE}/members", person=jon, do="remove")
    told = [mail for mail in outbox(sqlite_site) if mail.kind == "membership-changed"]
    assert [mail.to for mail in told] == ["jon@example.org"] * 3
    texts = [" ".join(mail.text.split()) for mail in told]
    assert "Ana gave you the role approver in" in texts[0] and "submits, and chooses what may be published" in texts[0]
    assert "the role owner" in texts[1] and "Ana removed you from" in texts[2]
    with sqlite_site.store() as session, session.begin():
        store.add_membership(session, jon, 1, by=None, at=NOON)
        store.change_member_role(session, 1, jon, "owner", by=None, at=NOON)
    post(client, f"{PEOPLE}/members", person=ana, do="remove")
    assert len([mail for mail in outbox(sqlite_site) if mail.kind == "membership-changed"]) == 3
