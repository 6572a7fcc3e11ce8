"""An owner can delete a company, after typing its name, or a draft; a steward can do it on request; nobody else can."""

import json
import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from compliance.store.companies import company
from compliance.store.erasures import Erasure, erasure_counts, read_erasures
from compliance.store.trail_check import trail_difference
from tests.support.page_lint import faults_of
from tests.support.sites import PROFILE, Site, answers, begin, post, save
from tests.web.company.test_colleagues import with_role

ERASE, STEWARD = "/companies/1/erase", "/steward/companies/1/erase"
NAME = "Example Travel 01"


def is_gone(site: Site) -> bool:
    with site.store() as session:
        return company(session, 1).erased_at is not None


def noted(site: Site) -> list[Erasure]:
    file = Path(site.app.config["ERASURES"])
    return list(read_erasures(file)) if file.exists() else []


@pytest.fixture
def begun(site: Site) -> Site:
    """Ana has answered something."""
    begin(site)
    save(site, "/assessments/1/profile", PROFILE)
    save(site, "/assessments/1/code", answers(r1__code="intent"))
    return site


def test_an_owner_deletes_the_company_by_typing_its_name(begun: Site) -> None:
    ana = begun.client("ana")
    assert ERASE in ana.get("/companies/1").text
    page = ana.get(ERASE).text
    assert faults_of(page) == [] and NAME in page and "/companies/1/data.zip" in page
    assert "written request" not in page
    for typed in ("", "Example Travel", f"{NAME}!", "x" * 2000):
        page = post(ana, ERASE, fields={"name": typed}).text
        assert "<title>Error: " in page and page.count("Type the name exactly as it stands above.") == 2
        assert faults_of(page) == [] and not is_gone(begun)
    answer = post(ana, ERASE, fields={"name": f" {NAME.lower()} "})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/assessments")
    page = ana.get("/assessments").text
    assert "The company and everything that it gave are deleted." in page and NAME not in page
    assert ana.get("/companies/1").status_code == ana.get("/assessments/1").status_code == 404
    assert is_gone(begun) and [(one.kind, one.number) for one in noted(begun)] == [("company", 1)]
    with begun.store() as session:
        assert trail_difference(session) is None


@pytest.mark.parametrize("role", ["approver", "contributor", "reader"])
def test_only_an_owner_can_delete_a_company_or_a_draft(begun: Site, role: str) -> None:
    client = with_role(begun, role)
    assert ERASE not in client.get("/companies/1").text
    assert "/assessments/1/erase" not in client.get("/assessments/1").text
    for address in (ERASE, "/assessments/1/erase"):
        assert client.get(address).status_code == 403
        assert post(client, address, form_at="/account", fields={"name": NAME, "sure": "yes"}).status_code == 403
    for who in ("olga", "audun", "ada", "stella"):
        for address in (ERASE, "/assessments/1/erase"):
            refused = post(begun.client(who), address, form_at="/account", fields={"name": NAME, "sure": "yes"})
            assert refused.status_code in (403, 404), (who, address)
    for who in ("ana", "olga", "audun", "ada"):
        refused = post(begun.client(who), STEWARD, form_at="/account", fields={"name": NAME})
        assert refused.status_code == 404, who
    assert not is_gone(begun) and noted(begun) == []
    with begun.store() as session:
        assert erasure_counts(session).drafts == 0


def test_a_steward_deletes_a_company_on_its_request(begun: Site) -> None:
    stella = begun.client("stella")
    assert STEWARD in stella.get("/steward/companies/1").text
    page = stella.get(STEWARD).text
    assert "written request" in page and "/companies/1/data.zip" not in page and faults_of(page) == []
    assert "<title>Error: " in post(stella, STEWARD, fields={"name": "Another"}).text and not is_gone(begun)
    assert post(stella, STEWARD, fields={"name": NAME}).status_code == 302 and is_gone(begun)
    page = stella.get("/steward/companies/1").text
    for element in ("title", "h1"):
        assert re.search(rf"<{element}>Company deleted on \d+ \w+ 20\d\d", page), element
    assert "deleted on " in page and NAME not in page and STEWARD not in page and faults_of(page) == []
    for address in (
        "/steward/companies",
        "/steward/companies/all",
        "/steward/trail",
        "/steward",
        "/steward/assessments",
    ):
        page = stella.get(address).text
        assert NAME not in page and faults_of(page) == [], address
    for what in ("erase", "members", "invitations"):
        refused = post(stella, f"/steward/companies/1/{what}", form_at="/account", fields={"name": "#1"})
        assert refused.status_code == 404, what
    decision = {"decision": "confirmed", "seen": "refused", "reason": "Back"}
    assert post(stella, "/steward/companies/1", form_at="/account", fields=decision).status_code == 409
    assert stella.get("/steward/companies/999/erase").status_code == 404


def test_an_owner_can_delete_a_draft_and_start_again(begun: Site) -> None:
    ana, address = begun.client("ana"), "/assessments/1/erase"
    assert address in ana.get("/assessments/1").text
    assert faults_of(ana.get(address).text) == []
    page = post(ana, address, fields={}).text
    assert "<title>Error: " in page and page.count("Tick the box if you are sure.") == 2 and faults_of(page) == []
    assert post(ana, address, fields={"sure": "yes"}).status_code == 302
    assert [(one.kind, one.number) for one in noted(begun)] == [("draft", 1)]
    assert "are deleted." in ana.get("/assessments").text
    with ZipFile(BytesIO(ana.get("/companies/1/data.zip").data)) as file:
        assert "answer" not in json.loads(file.read("data.json"))
    save(begun, "/assessments/1/profile", PROFILE)
    with begun.store() as session:
        assert trail_difference(session) is None and erasure_counts(session).drafts == 1


def test_submitted_answers_cannot_be_deleted_as_a_draft(own_demonstration: Site) -> None:
    client = own_demonstration.client("company")
    found = re.findall(r'href="(/assessments/\d+)"', client.get("/assessments").text)
    submitted = [one for one in found if "Delete the answers for" not in client.get(one).text]
    assert submitted
    for fields in (None, {"sure": "yes"}):
        address = f"{submitted[0]}/erase"
        page = post(client, address, form_at="/account", fields=fields) if fields else client.get(address)
        assert "can only be deleted together with the whole company" in page.text and faults_of(page.text) == []
    assert noted(own_demonstration) == []


def test_nothing_is_deleted_if_the_erasure_cannot_be_noted(begun: Site, tmp_path: Path) -> None:
    begun.app.config["ERASURES"] = str(tmp_path / "nowhere" / "erasures.jsonl")
    with pytest.raises(FileNotFoundError):
        post(begun.client("ana"), ERASE, fields={"name": NAME})
    assert not is_gone(begun)
