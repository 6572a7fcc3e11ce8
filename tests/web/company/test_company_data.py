"""Downloading data: a person gets their own in one file, an owner the company's in another, and nobody else any."""

import io
import json
import zipfile

import pytest

from compliance.store.evidence_library import ItemDetails, StoredFile, add_item
from compliance.web.files import files
from tests.support.sites import NOON, PROFILE, Site, answers, begin, save
from tests.web.company.test_colleagues import with_role

ADDRESS = "/companies/1/data.zip"


def test_an_owner_can_download_everything_including_the_files(sqlite_site: Site) -> None:
    begin(sqlite_site)
    save(sqlite_site, "/assessments/1/profile", PROFILE)
    save(sqlite_site, "/assessments/1/code", answers(r1__code="intent"))
    with sqlite_site.app.app_context(), sqlite_site.store() as session, session.begin():
        digest = files().put(b"A list.")
        for title, content in (("There", digest), ("Gone", "0" * 64)):
            kept = StoredFile(content, f"{title}.txt", "text/plain", 7)
            add_item(session, 1, ItemDetails(title), kept, by=sqlite_site.people["ana"].id, at=NOON)
    client = sqlite_site.client("ana")
    assert ADDRESS in client.get("/companies/1").text
    answer = client.get(ADDRESS)
    assert answer.headers["Content-Disposition"] == "attachment; filename=company-data.zip"
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        rows = json.loads(file.read("data.json"))
        assert "intent" in [row["value"] for row in rows["answer"]]
        assert file.read(f"files/{digest}") == b"A list."
        assert file.read("missing-files.txt").decode() == f"{'0' * 64}\n"


@pytest.mark.parametrize("role", ["approver", "contributor", "reader"])
def test_only_an_owner_can_download_a_company_s_data(sqlite_site: Site, role: str) -> None:
    client = with_role(sqlite_site, role)
    assert ADDRESS not in client.get("/companies/1").text and client.get(ADDRESS).status_code == 403
    assert sqlite_site.client("olga").get(ADDRESS).status_code == 404


@pytest.mark.parametrize("who", ["ana", "audun", "ada", "stella"])
def test_everybody_can_download_what_is_kept_about_them(sqlite_site: Site, who: str) -> None:
    client = sqlite_site.client(who)
    assert "/account/data.json" in client.get("/account").text
    answer = client.get("/account/data.json")
    assert json.loads(answer.text)["person"][0]["email"] == f"{who}@example.org" and "argon2" not in answer.text
