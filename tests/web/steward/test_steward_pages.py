"""The steward opens and closes periods, assigns auditors and manages people; every step is in the audit trail."""

import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from compliance import store
from compliance.disclosure.published import Suppressed
from compliance.languages.interface_messages import LANGUAGES, catalogue
from compliance.narrative.published_counts import score_range_words
from compliance.scoring.serialisation import submission_json_writer
from compliance.store import list_pages
from compliance.store.models import TRAIL_KINDS
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import editions
from compliance.web.steward.trail import TRAIL_KIND_LABELS
from tests.support.page_lint import faults_of
from tests.support.published import published_snapshot
from tests.support.second_factors import bits_of
from tests.support.sites import NOON, PASSWORD, YEAR, Site, begin, post, token
from tests.support.stores import statements
from tests.support.tampering import tamper
from tests.web.auditor.test_audit_pages import hand_in
from tests.web.public.test_public_pages import text_of

#: The preview of a closing reads everything that would be published: submissions, and lists of invited companies (six).
MOST_STATEMENTS = 20


def steward(client: FlaskClient, address: str, form_at: str = "/steward", **fields: object) -> TestResponse:
    return post(client, address, form_at=form_at, fields=fields)


# ── Periods


def test_a_period_is_opened_once(site: Site, stella: FlaskClient) -> None:
    assert steward(stella, "/steward/periods", year="2027").status_code == 302
    again = steward(stella, "/steward/periods", year="2027")
    assert "The period 2027 already exists." in again.text
    assert faults_of(again.text) == []
    with site.store() as session:
        assert [period.year for period in store.periods(session)] == [2027, YEAR]


def test_the_form_offers_the_first_year_without_a_period(stella: FlaskClient) -> None:
    offered = re.compile(r'name="year" dir="auto" value="(\d+)"')
    this = now().year
    first = this + 1 if this == YEAR else this
    assert offered.findall(stella.get("/steward").text) == [str(first)]
    steward(stella, "/steward/periods", year=first)
    assert offered.findall(stella.get("/steward").text) == [str(first + 1)]


@pytest.mark.parametrize("year", ["", "next year", "26", "3000", "-2026", "2026.5", "²⁰²⁷"])
def test_an_invalid_year_opens_nothing_and_is_pointed_out_beside_the_field(
    site: Site, stella: FlaskClient, year: str
) -> None:
    page = steward(stella, "/steward/periods", year=year)
    assert page.status_code == 200
    assert "<title>Error: " in page.text
    assert 'id="year-err"' in page.text
    with site.store() as session:
        assert len(store.periods(session)) == 1


def test_nothing_is_closed_by_looking_or_without_confirming(site: Site, stella: FlaskClient) -> None:
    address = f"/steward/periods/{YEAR}/close"
    page = stella.get(address)
    assert "Nothing has happened yet." in page.text
    assert faults_of(page.text) == []
    unsure = steward(stella, address)
    assert "<title>Error: " in unsure.text and "Closing cannot be undone" in unsure.text
    with site.store() as session:
        assert store.period(session, YEAR).closed_at is None
        assert store.published_years(session) == ()


def test_closing_publishes_and_cannot_be_done_twice(site: Site, stella: FlaskClient) -> None:
    address = f"/steward/periods/{YEAR}/close"
    done = steward(stella, address, sure="yes")
    assert done.status_code == 302 and done.headers["Location"] == "/steward"
    with site.store() as session:
        assert store.published_years(session) == (YEAR,)
        assert store.history(session, f"period/{YEAR}")[-1].who == site.people["stella"].id
    assert steward(stella, address, sure="yes").status_code == 409
    assert f"{YEAR} is closed" in stella.get(address).text
    assert stella.get("/steward/periods/1999/close").status_code == 404


def test_submissions_to_another_edition_are_counted_separately(site: Site, stella: FlaskClient) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        for who, digest in (("ana", "b" * 64), ("olga", asked.edition.digest)):
            of = site.people[who].organisation_id
            assert of is not None
            number = store.assessment_for(session, of, edition="walk-2026", year=YEAR, at=NOON).id
            edition, scores = replace(asked.edition, digest=digest), submission_json_writer(asked.compiled)
            store.submit(session, number, by=None, at=NOON, edition=edition, consent="counted", scores=scores)
    words = text_of(stella.get(f"/steward/periods/{YEAR}/close").text)
    assert "Submitted 1 " in words and "For another edition 1, not in these figures" in words


def test_a_period_without_submissions_can_still_be_read_after_its_edition_changed(
    site: Site, stella: FlaskClient
) -> None:
    steward(stella, f"/steward/periods/{YEAR}/close", sure="yes")
    with site.store() as session:
        snapshot = published_snapshot(session, YEAR)
        assert store.edition_json(session, snapshot.digest)
    assert stella.get(f"/method/editions/{snapshot.digest}.json").status_code == 200


def test_the_preview_shows_what_is_then_published(own_demonstration: Site) -> None:
    site = own_demonstration
    client = site.client("steward")
    preview = text_of(client.get(f"/steward/periods/{YEAR}/close").text)
    steward(client, f"/steward/periods/{YEAR}/close", sure="yes")
    with site.store() as session:
        snapshot = published_snapshot(session, YEAR)
    medians = [group.figure("overall").claimed.median for group in snapshot.sectors]
    counts = [count for g in snapshot.sectors for count in (g.participation.registered, g.participation.nonrespondents)]
    shown = {str(count) for count in counts if not isinstance(count, Suppressed)}
    shown |= {score_range_words(median) for median in medians if not isinstance(median, Suppressed)}
    assert shown
    assert all(f" {cell} " in preview for cell in shown)
    for named in (named for group in snapshot.sectors for named in group.named):
        assert named.company in preview
    assert client.get(f"/sectors?period={YEAR}").status_code == 200


# ── Assignments


def test_a_submitted_assessment_can_be_assigned_to_an_auditor_and_unassigned(site: Site, stella: FlaskClient) -> None:
    number, other = begin(site, "ana"), begin(site, "olga")
    hand_in(site, number)
    page = stella.get("/steward/assessments")
    assert faults_of(page.text) == []
    assert "Example Travel 01" in page.text
    assert f'name="assessment" value="{other}"' not in page.text  # a draft
    given = {"assessment": [number], "auditor": site.people["audun"].id, "period": YEAR, "sector": "", "who": ""}
    for told in ("1 assessment assigned.", "1 assessment was assigned to this auditor already."):
        steward(stella, "/steward/assessments", do="give", **given)
        assert told in stella.get("/steward/assessments").text
    assert site.client("audun").get(f"/audit/{number}").status_code == 200
    assert "Example Travel 01" not in stella.get("/steward/assessments?who=nobody").text
    for taken in (
        "1 assessment taken back",
        "0 assessments taken back",
    ):  # the second time, nothing is left to unassign
        steward(stella, "/steward/assessments", do="take", **given)
        assert taken in stella.get("/steward/assessments").text
    assert site.client("audun").get(f"/audit/{number}").status_code == 404
    with site.store() as session:
        assert len(store.history(session, f"assessment/{number}/auditors")) == 2


def test_a_missing_auditor_or_assessment_is_pointed_out_beside_the_field(site: Site, stella: FlaskClient) -> None:
    number = begin(site, "ana")
    hand_in(site, number)
    no_auditor = steward(stella, "/steward/assessments", assessment=[number], period=YEAR)
    assert "Choose an auditor." in no_auditor.text and f'value="{number}" checked' in no_auditor.text
    nothing = steward(stella, "/steward/assessments", auditor=site.people["audun"].id, period=YEAR)
    assert "Tick the assessments first." in nothing.text
    assert faults_of(no_auditor.text) == faults_of(nothing.text) == []


def test_assessments_can_be_assigned_only_to_auditors(site: Site, stella: FlaskClient) -> None:
    number = begin(site, "ana")
    hand_in(site, number)
    fields = {"assessment": [number], "auditor": site.people["ada"].id, "period": YEAR, "do": "give"}
    assert steward(stella, "/steward/assessments", **fields).status_code == 404


# ── People


def shown_password(page: str) -> str:
    found = re.search(r'<code id="password"[^>]*>([^<]+)</code>', page)
    assert found, page
    return unescape(found[1])


def signs_in(site: Site, email: str, password: str) -> bool:
    client = site.app.test_client()
    return post(client, "/sign-in", email=email, password=password).status_code == 302


def test_a_new_person_can_sign_in_with_the_password_that_was_shown_once(site: Site, stella: FlaskClient) -> None:
    fields = {"name": "Nils", "email": "Nils@Example.org", "role": ["auditor"]}
    added = steward(stella, "/steward/people/add", "/steward/people/add", **fields)
    assert added.headers["Cache-Control"] == "no-store"
    assert faults_of(added.text) == []
    word = shown_password(added.text)
    assert bits_of(word) >= 128
    assert signs_in(site, "nils@example.org", word)
    assert word not in stella.get("/steward/people").text
    again = steward(stella, "/steward/people/add", "/steward/people/add", **fields)
    assert "This address already has an account." in again.text
    assert faults_of(again.text) == []


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"name": "", "email": "n@example.org", "role": ["auditor"]}, "name"),
        ({"name": "Nils", "email": "nils", "role": ["auditor"]}, "email"),
        ({"name": "Nils", "email": "nïls@example.org", "role": ["auditor"]}, "email"),
        ({"name": "Nils", "email": "n@example.org"}, "role"),
        ({"name": "Nils", "email": "n@example.org", "role": ["boss"]}, "role"),
        ({"name": "Nils", "email": "n@example.org", "role": ["company"]}, "organisation"),
        ({"name": "Nils", "email": "n@example.org", "role": ["company"], "organisation": "99"}, "organisation"),
    ],
)
def test_a_person_is_added_completely_or_not_at_all(
    site: Site, stella: FlaskClient, fields: dict[str, object], target: str
) -> None:
    page = steward(stella, "/steward/people/add", "/steward/people/add", **fields)
    assert "<title>Error: " in page.text
    assert f'href="#{target}"' in page.text and f'id="{target}"' in page.text
    assert faults_of(page.text) == []
    with site.store() as session:
        assert len(store.members(session)) == len(site.people)


def test_a_company_member_needs_a_company(site: Site, stella: FlaskClient) -> None:
    organisation = site.people["olga"].organisation_id
    fields = {"name": "Nils", "email": "n@example.org", "role": ["company"], "organisation": organisation}
    steward(stella, "/steward/people/add", "/steward/people/add", **fields)
    with site.store() as session:
        assert store.login_account(session, email="n@example.org").organisation_id == organisation


def test_roles_can_be_changed_and_a_person_can_be_locked_out(site: Site, stella: FlaskClient) -> None:
    ada = site.people["ada"]
    steward(stella, f"/steward/people/{ada.id}", role=["advocate", "auditor"], active="yes")
    assert site.client("ada").get("/audit").status_code == 200
    steward(stella, f"/steward/people/{ada.id}", role=["advocate"])
    assert not signs_in(site, ada.email, PASSWORD)
    with site.store() as session:
        assert [entry.who for entry in store.history(session, f"person/{ada.id}")][-2:] == [
            site.people["stella"].id
        ] * 2


@pytest.mark.parametrize("fields", [{"role": ["auditor"], "active": "yes"}, {"role": ["steward"]}])
def test_a_steward_cannot_lock_themselves_out(site: Site, stella: FlaskClient, fields: dict[str, object]) -> None:
    page = steward(stella, f"/steward/people/{site.people['stella'].id}", **fields)
    assert "You cannot remove" in unescape(page.text)
    assert stella.get("/steward").status_code == 200


def test_a_person_without_any_role_is_refused(site: Site, stella: FlaskClient) -> None:
    page = steward(stella, f"/steward/people/{site.people['ada'].id}", role=[], active="yes")
    assert "<title>Error: " in page.text
    assert faults_of(page.text) == []
    with site.store() as session:
        assert store.member(session, site.people["ada"].id).roles == {"advocate"}


def test_a_lost_password_can_be_replaced_which_ends_every_session(site: Site, stella: FlaskClient) -> None:
    before, ana = site.client("ana"), site.people["ana"]
    word = shown_password(steward(stella, f"/steward/people/{ana.id}/password").text)
    assert before.get("/account").status_code == 302
    assert signs_in(site, ana.email, word) and not signs_in(site, ana.email, PASSWORD)
    with site.store() as session:
        assert store.history(session, f"person/{ana.id}/password")[-1].who == site.people["stella"].id


# ── The trail


def test_the_trail_says_who_did_what_and_repeats_no_answer(site: Site, stella: FlaskClient) -> None:
    number = begin(site, "ana")
    with site.store() as session, session.begin():
        change = store.AnswerEdit("r2.words", "Words of the company")
        store.save_answers(session, number, [change], by=site.people["ana"].id, at=NOON)
    page = stella.get("/steward/trail")
    words = text_of(page.text)
    assert f"assessment/{number}/answer/r2.words" in words and "not repeated here" in words
    assert "Words of the company" not in page.text
    assert f"Stella period period/{YEAR} open" in words
    assert faults_of(page.text) == []


def test_every_kind_of_entry_has_words_in_every_language() -> None:
    assert TRAIL_KIND_LABELS.keys() == set(TRAIL_KINDS)
    for code in LANGUAGES[1:]:
        assert all(catalogue(code).get(label).string for label in TRAIL_KIND_LABELS.values()), code


def test_the_trail_is_read_page_by_page(site: Site, stella: FlaskClient) -> None:
    number = begin(site, "ana")
    with site.store() as session, session.begin():
        for _round in range(30):
            for value in ("sale", ""):
                seen = getattr(store.saved_answers(session, number).get("r2.code"), "version", 0)
                change = store.AnswerEdit("r2.code", value, seen=seen)
                store.save_answers(session, number, [change], by=None, at=NOON)
        last = store.trail_head(session)[0]
    numbers, address = [], "/steward/trail"
    while address:
        page = stella.get(address).text
        numbers += [int(n) for n in re.findall(r'<th scope="row">(\d+)</th>', page)]
        older = re.search(r'href="(/steward/trail\?after=[^"]+)" rel="next"', page)
        address = unescape(older[1]) if older else ""
    assert numbers == list(range(last, 0, -1))


def test_the_page_says_where_a_trail_was_tampered_with(site: Site, stella: FlaskClient) -> None:
    assert "Intact: every entry" in stella.get("/steward/trail?check=yes").text
    with site.store() as session:
        tamper(session, "UPDATE trail SET after = 'never' WHERE id = 2")
    assert "Entry 2 is not as it was written. Stop, keep a copy" in stella.get("/steward/trail?check=yes").text


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE organisation SET name = 'Another' WHERE id = 1", "organisation/1: the rows are not as entry"),
        ("DELETE FROM membership WHERE person_id = 2", "are gone: membership/"),
        (
            "INSERT INTO person_role (person_id, role) SELECT max(id) + 1, 'steward' FROM person",
            "No entry records role/",
        ),
    ],
)
def test_rows_changed_without_the_trail_are_named(sqlite_site: Site, statement: str, said: str) -> None:
    with sqlite_site.store() as session:
        session.execute(text("PRAGMA foreign_keys=OFF"))
        tamper(session, statement)
    assert said in unescape(sqlite_site.client("stella").get("/steward/trail?check=yes").text)


# ── Lists


@pytest.mark.parametrize(
    "address",
    [
        "/steward/assessments",
        "/steward/people",
        "/steward/companies",
        "/steward/companies/all",
        "/steward/questions",
        "/steward/invitations",
        "/steward/invitations/3",
        f"/steward/periods/{YEAR}/close",
    ],
)
def test_no_list_takes_a_statement_for_each_row(own_demonstration: Site, address: str) -> None:
    client = own_demonstration.client("steward")
    client.get(address)
    with statements(store_engine(own_demonstration.app)) as sent:
        assert client.get(address).text.count("<tr>") > 3
    assert len(sent) <= MOST_STATEMENTS


def test_forms_of_a_steward_are_refused_without_a_token(site: Site, stella: FlaskClient) -> None:
    assert token(stella.get("/steward").text)
    for address in ("/steward/periods", f"/steward/periods/{YEAR}/close", "/steward/people/add"):
        assert stella.post(address, data={"year": "2027", "sure": "yes"}).status_code == 400
    with site.store() as session:
        assert [(p.year, p.closed_at) for p in store.periods(session)] == [(YEAR, None)]


@pytest.mark.parametrize(
    ("address", "nothing"),
    [
        ("/steward/companies/all", "0 companies found."),
        ("/steward/people", "0 people found."),
        ("/steward/assessments", "None of them matches this choice."),
    ],
)
def test_search_order_and_page_of_a_list_are_in_its_address(
    sqlite_site: Site, monkeypatch: pytest.MonkeyPatch, address: str, nothing: str
) -> None:
    monkeypatch.setattr(list_pages, "PAGE_ROWS", 1)
    for who in ("ana", "olga"):
        hand_in(sqlite_site, begin(sqlite_site, who))
    stella = sqlite_site.client("stella")
    seen, here = [], f"{address}?order=latest"
    while here:
        page = stella.get(here).text
        assert faults_of(page) == []
        seen.append(re.findall(r'<th scope="row">(.*?)</th>', page, re.S)[-1])
        further = re.search(r'href="([^"]+)" rel="next"', page)
        here = unescape(further[1]) if further else ""
    assert len(seen) > 1 and len(set(seen)) == len(seen)
    assert nothing in stella.get(f"{address}?find=zzz").text and nothing not in stella.get(address).text
    for wrong in ("order=else", "after=%21%21", "after=WzFd0", "after=WyJhIiwgLTFd", "before=bnVsbA"):
        assert stella.get(f"{address}?{wrong}").status_code == 404, wrong
