"""People can have their accounts deleted: at once if nothing depends on them, otherwise by a steward."""

from pathlib import Path

import pytest

from compliance.store.erasures import erasure_requests, is_erased, read_erasures
from compliance.store.memberships import change_member_role
from compliance.store.trail_check import trail_difference
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, post

ERASE = "/account/erase"


def gone(site: Site, who: str) -> bool:
    with site.store() as session:
        return is_erased(session, site.people[who].id)


def noted(site: Site) -> list[int]:
    """The people named in the file of erasures."""
    file = Path(site.app.config["ERASURES"])
    return [each.number for each in read_erasures(file)] if file.exists() else []


def test_a_colleague_is_deleted_at_once_signed_out_and_noted(site: Site) -> None:
    client = site.client("jon", anew=True)
    assert ERASE in client.get("/account").text
    page = client.get(ERASE).text
    assert faults_of(page) == [] and "Delete my account" in page
    answer = post(client, ERASE, fields={"sure": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
    assert "Your account is deleted." in client.get("/sign-in").text
    assert client.get("/account").status_code == 302
    assert gone(site, "jon") and noted(site) == [site.people["jon"].id]
    with site.store() as session:
        assert trail_difference(session) is None


def test_nobody_is_deleted_unless_the_box_is_ticked(site: Site) -> None:
    client = site.client("jon")
    page = post(client, ERASE, fields={}).text
    assert "<title>Error: " in page and page.count("Tick the box if you are sure.") == 2 and faults_of(page) == []
    assert not gone(site, "jon") and noted(site) == []


@pytest.mark.parametrize("who", ["ana", "audun", "ada", "stella"])
def test_an_only_owner_or_somebody_with_another_role_asks_a_steward_and_can_withdraw_that(site: Site, who: str) -> None:
    client = site.client(who)
    assert "somebody else has to take over" in client.get(ERASE).text
    for _ in range(2):
        assert post(client, ERASE, fields={"sure": "yes"}).status_code == 302
    page = client.get(ERASE).text
    assert "A steward of this site will see to it." in page and faults_of(page) == []
    assert not gone(site, who)
    with site.store() as session:
        assert list(erasure_requests(session)) == [site.people[who].id]
    assert "One person has asked for their account to be deleted." in site.client("stella").get("/steward").text
    assert post(client, ERASE, fields={"withdraw": "yes"}).status_code == 302
    with site.store() as session:
        assert erasure_requests(session) == {} and trail_difference(session) is None
    assert "asks to be deleted" not in site.client("stella").get("/steward").text


def test_one_of_several_owners_needs_no_steward(site: Site) -> None:
    home = site.people["ana"].organisation_id
    assert home is not None
    with site.store() as session, session.begin():
        change_member_role(session, home, site.people["jon"].id, "owner", by=None, at=NOON)
    post(site.client("ana", anew=True), ERASE, fields={"sure": "yes"})
    assert gone(site, "ana")


def test_a_steward_can_delete_people_who_asked_but_no_only_owner_and_not_themselves(site: Site) -> None:
    stella, audun = site.client("stella"), site.people["audun"].id
    post(site.client("audun", anew=True), ERASE, fields={"sure": "yes"})
    page = stella.get(f"/steward/people/{audun}").text
    assert "This person asked for it on " in page and faults_of(page) == []
    for who, fields, words in (
        ("audun", {}, "Tick the box if you are sure."),
        ("ana", {"erase": "yes"}, "This person is the only owner of a company."),
        ("stella", {"erase": "yes"}, "You cannot delete yourself."),
    ):
        number = site.people[who].id
        page = post(stella, f"/steward/people/{number}/erase", form_at=f"/steward/people/{number}", fields=fields).text
        assert words in page and "<title>Error: " in page and not gone(site, who), who
    fields = {"erase": "yes"}
    answer = post(stella, f"/steward/people/{audun}/erase", form_at=f"/steward/people/{audun}", fields=fields)
    assert answer.status_code == 302 and gone(site, "audun") and noted(site)[-1] == audun
    page = stella.get(f"/steward/people/{audun}").text
    assert f"#{audun}" in page and "Delete this person" not in page and "audun@example.org" not in page
    assert "asks to be deleted" not in stella.get("/steward").text
    with site.store() as session:
        assert trail_difference(session) is None
    assert post(site.client(), "/sign-in", email="audun@example.org", password="whatever it was").status_code == 200
