"""The steward imports lists of invited companies, decides doubtful matches, and sees how far each company has come."""

from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.list_pages import PageRequest, TrailQuery, trail_page
from tests.support.page_lint import Page, faults_of
from tests.support.sites import NOON, YEAR, Site, post, token
from tests.web.public.test_public_pages import text_of

IMPORT = "/steward/invitations/import"
ROWS = "name;country;e-mail\nMüller Reisen;DEU;info@mueller.example\nExample Travel 01;FRA;\nExample Fodos 02;KHM;\n"
NAMED = {"name": "Tour operators 2026", "period": str(YEAR), "sector": ""}


def send(stella: FlaskClient, upload: bytes | None, called: str = "tours.csv", /, **fields: Any) -> TestResponse:
    """Send the form of the import, with a file or without one."""
    data: dict[str, Any] = {"csrf_token": token(stella.get(IMPORT).text), **NAMED, "do": "look", **fields}
    if upload is not None:
        data["file"] = (BytesIO(upload), called)
    return stella.post(IMPORT, data=data, content_type="multipart/form-data")


def hidden(page: str) -> dict[str, str]:
    """The hidden fields in which the page keeps the file."""
    parts = {}
    for name in ("content", "file_name"):
        before = f'name="{name}" value="'
        parts[name] = unescape(page.partition(before)[2].partition('"')[0])
    return parts


def lists(site: Site) -> list[store.InvitationList]:
    with site.store() as session:
        return list(store.invitation_lists(session))


def imported(site: Site, stella: FlaskClient, text: str = ROWS, **fields: Any) -> int:
    looked = send(stella, text.encode(), **fields)
    kept = send(stella, None, **hidden(looked.text), **(fields | {"do": "keep"}))
    assert kept.status_code == 302, kept.text
    return int(kept.headers["Location"].rpartition("/")[2])


# ── Import


def test_a_list_is_previewed_first_and_then_saved_as_a_whole(site: Site, stella: FlaskClient) -> None:
    looked = send(stella, ROWS.encode("cp1252"), is_public="yes")
    assert looked.status_code == 200 and lists(site) == [] and faults_of(looked.text) == []
    words = text_of(looked.text)
    assert "3 companies." in words
    assert "Read as Windows-1252; first names: Müller Reisen, Example Travel 01, Example Fodos 02." in words
    kept = send(stella, None, **hidden(looked.text), is_public="yes", do="keep")
    assert kept.status_code == 302
    (one,) = lists(site)
    assert (one.name, one.companies, one.is_public, one.names_silent) == ("Tour operators 2026", 3, True, False)
    assert (one.file_name, one.encoding) == ("tours.csv", "cp1252")
    with site.store() as session:
        event = next(
            e for e in trail_page(session, TrailQuery(), PageRequest()).rows if e.subject == f"invitation-list/{one.id}"
        )
        assert event.who == site.people["stella"].id


def test_another_encoding_can_be_chosen_before_anything_is_saved(site: Site, stella: FlaskClient) -> None:
    looked = send(stella, ROWS.encode("cp1252"))
    again = send(stella, None, **hidden(looked.text), encoding="mac_roman")
    assert "Read as Mac Roman; first names: M¸ller Reisen" in text_of(again.text)
    send(stella, None, **hidden(again.text), encoding="cp1252", do="keep")
    with site.store() as session:
        assert store.invited_companies(session, lists(site)[0].id)[0].name == "Müller Reisen"


def test_a_workbook_can_be_imported_too(site: Site, stella: FlaskClient) -> None:
    book, file = openpyxl.Workbook(), BytesIO()
    assert book.active is not None
    for row in (("Company", "Country"), ("Alpha Tours", "France"), ("Bravo Tours", "Kenya")):
        book.active.append(row)
    book.save(file)
    looked = send(stella, file.getvalue(), "tours.xlsx")
    assert "Read as" not in text_of(looked.text)
    assert send(stella, None, **hidden(looked.text), do="keep").status_code == 302
    with site.store() as session:
        found = store.invited_companies(session, lists(site)[0].id)
    assert [(one.line, one.name, one.country) for one in found] == [
        (2, "Alpha Tours", "FRA"),
        (3, "Bravo Tours", "KEN"),
    ]


def test_a_list_with_faults_is_not_saved_and_every_fault_is_reported_with_its_line(
    site: Site, stella: FlaskClient
) -> None:
    page = send(stella, b"name,country\nAlpha,Narnia\n,FRA\nBravo,FRA\nBravo Ltd,FRA\n", do="keep")
    assert page.status_code == 200 and lists(site) == [] and faults_of(page.text) == []
    words = text_of(page.text)
    assert "3 lines to correct" in words
    for said in (
        "Line 2: “Narnia” is not a known country",
        "Line 3: The company has no name.",
        "Line 5: This company is already in line 4",
    ):
        assert said in words
    assert 'value="keep"' not in page.text


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (None, {}, "Choose a file."),
        (b"", {}, "The file is empty, or larger than 270 kB."),
        (b"x" * 270_001, {}, "The file is empty, or larger than 270 kB."),
        (b"Firma\nAlpha\n", {}, "No column is headed “name”."),
        (ROWS.encode(), {"name": ""}, "Enter a name for the list."),
        (ROWS.encode(), {"period": "1999"}, "Choose a period that is open."),
        (ROWS.encode(), {"names_silent": "yes"}, "Only a public list can name companies."),
        (None, {"content": "no such thing", "file_name": "a.csv"}, "Choose a file."),
    ],
)
def test_invalid_fields_are_pointed_out_beside_them_and_nothing_is_saved(
    site: Site, stella: FlaskClient, content: bytes | None, fields: dict[str, str], said: str
) -> None:
    page = send(stella, content, **(fields | {"do": "keep"}))
    assert page.status_code == 200 and said in text_of(page.text)
    assert "<title>Error: " in page.text and faults_of(page.text) == []
    assert lists(site) == []


def test_a_second_list_of_the_same_name_is_refused_and_the_first_stays(site: Site, stella: FlaskClient) -> None:
    imported(site, stella)
    looked = send(stella, b"name\nAlpha\n")
    again = send(stella, None, **hidden(looked.text), do="keep")
    assert "This period already has a list with that name." in text_of(again.text)
    assert [one.companies for one in lists(site)] == [3]


def test_two_stewards_who_save_the_same_list_at_once_save_it_once(site: Site, stella: FlaskClient) -> None:
    content = hidden(send(stella, ROWS.encode()).text)
    assert [send(stella, None, **content, do="keep").status_code for _ in range(2)] == [302, 200]
    assert len(lists(site)) == 1


# ── One list


def test_a_list_shows_how_far_its_companies_have_come_by_need(site: Site, stella: FlaskClient) -> None:
    number = imported(site, stella)
    page = stella.get(f"/steward/invitations/{number}")
    words = text_of(page.text)
    assert faults_of(page.text) == []
    assert "All companies on the list 3 0 0 3" in words
    assert "The list is not public: nothing from it is published." in words
    site.client("ana")  # signs in
    assert "All companies on the list 3 1 0 3" in text_of(stella.get(f"/steward/invitations/{number}").text)
    opened = text_of(stella.get(f"/steward/invitations/{number}?show=opened").text)
    assert "same name" in opened and "Müller Reisen" not in opened.partition("The companies")[2]


def test_a_doubtful_match_has_one_control_for_each_answer(site: Site, stella: FlaskClient) -> None:
    number = imported(site, stella)
    here = f"/steward/invitations/{number}"
    olga = site.people["olga"].organisation_id
    assert "Example Fodos 02" in text_of(stella.get(here).text).partition("Is it the same company?")[2]
    settled = post(stella, f"{here}/lines/4", form_at=here, company=str(olga))
    assert settled.status_code == 302
    assert "There is nothing to decide." in text_of(stella.get(here).text)
    with site.store() as session:
        line = store.invited_companies(session, number)[2]
        assert line.registered is not None and (line.registered.id, line.matched_by) == (olga, "steward")
    post(stella, f"{here}/lines/4", form_at=here, company="")
    with site.store() as session:
        assert store.invited_companies(session, number)[2].registered is None
    assert post(stella, f"{here}/lines/99", form_at=here, company="").status_code == 404
    assert stella.get("/steward/invitations/99").status_code == 404


def test_a_company_that_is_registered_but_not_confirmed_is_shown_and_not_counted(
    site: Site, stella: FlaskClient
) -> None:
    number = imported(site, stella)
    with site.store() as session, session.begin():
        organisation = store.add_organisation(session, "Muller Reisen GmbH", at=NOON)
        store.assessment_for(session, organisation, edition="walk-2026", year=YEAR, at=NOON)
    words = text_of(stella.get(f"/steward/invitations/{number}?show=unconfirmed").text)
    assert "1 company has registered but is not confirmed" in words and "not confirmed: not counted" in words
    assert "All companies on the list 3 0 0 3" in words


def test_a_list_can_be_withdrawn_with_a_reason(site: Site, stella: FlaskClient) -> None:
    number = imported(site, stella)
    here = f"/steward/invitations/{number}"
    silent = post(stella, f"{here}/withdraw", form_at=here, reason="")
    assert silent.status_code == 200 and "Give a reason." in silent.text and len(lists(site)) == 1
    assert post(stella, f"{here}/withdraw", form_at=here, reason="Wrong file.").status_code == 302
    assert lists(site) == []


def test_a_list_of_a_closed_period_can_only_be_read(site: Site, stella: FlaskClient) -> None:
    number = imported(site, stella)
    here = f"/steward/invitations/{number}"
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    page = stella.get(here).text
    assert "withdraw" not in page and "/lines/" not in page
    assert post(stella, f"{here}/lines/4", company="").status_code == 409
    assert post(stella, f"{here}/withdraw", reason="Late.").status_code == 409


def test_lists_are_reached_by_links_and_only_by_stewards(site: Site, stella: FlaskClient) -> None:
    number = imported(site, stella)
    assert "/steward/invitations" in Page(stella.get("/steward").text).links
    assert {IMPORT, f"/steward/invitations/{number}"} <= {*Page(stella.get("/steward/invitations").text).links}
    for who in ("ana", "audun", "ada"):
        assert site.client(who).get(f"/steward/invitations/{number}").status_code == 404
