"""An auditor sees the assessments assigned to them as they were submitted, and nothing else."""

import io
import json
import re
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from compliance import store
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.numeric import shown
from compliance.scoring.serialisation import submission_json_writer
from compliance.store import list_pages
from compliance.store.review_lists import reviews_among
from compliance.web.auditor.reviews import assigned_assessment
from compliance.web.database import store_engine
from compliance.web.edition_registry import editions
from compliance.workbook.sector_workbook import SECTOR_HEAD
from tests.support.demonstrations import CLOSED
from tests.support.page_lint import faults_of
from tests.support.rendering import render, words
from tests.support.sites import NOON, PROFILE, YEAR, Site, answers, begin, post, save, send
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

#: Two to sign in; three for what is not kept; then counts, one page of the list, how many rows there are, corrections
#: (two), changed words, and what the frame of the page needs.
MOST_STATEMENTS = 14


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment, answered with a reason and a quotation, submitted, and assigned to Audun."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    quoted = {"r1.code#passage": "The stricter law applies.", "r1.code#document": "Code 2026", "r1.code#page": "6"}
    save(site, f"/assessments/{number}/code", {**answers(r1__code="stricter"), **quoted})
    with site.store() as session, session.begin():
        changes = [
            store.AnswerEdit("r1.practice", "n/a", "We work in one country."),
            store.AnswerEdit("r2.code", "sale|online"),
        ]
        changes += [
            store.AnswerEdit(question, "yes") for question in ("r4.code", "r4.practice", "r5.code", "r5.practice")
        ]
        store.save_answers(session, number, changes, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    assign(site, number)
    return number


def hand_in(site: Site, number: int) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        by, scores = site.people["ana"].id, submission_json_writer(asked.compiled)
        store.submit(session, number, by=by, at=NOON, edition=asked.edition, consent="counted", scores=scores)


def assign(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        auditor, by = site.people["audun"].id, site.people["stella"].id
        store.assign_auditor(session, number, auditor=auditor, by=by, at=NOON)


def test_an_auditor_without_assignments_is_told_so(site: Site) -> None:
    page = site.client("audun").get("/audit")
    assert "Nothing is assigned to you yet" in page.text
    assert faults_of(page.text) == []


def test_the_list_shows_the_scores_stored_with_the_submissions(site: Site, number: int) -> None:
    with site.store() as session:
        record = json.loads(store.latest_submission(session, number).scores)
    words = text_of(site.client("audun").get("/audit").text)
    assert "Example Travel 01" in words and "Travel and tours" in words and str(YEAR) in words
    for basis in ("claimed", "evidenced"):
        standing = record[basis]["standings"][OVERALL]
        assert shown(standing["score"], 0) in words
        assert f"between {shown(standing['worst'], 0)} and {shown(standing['best'], 0)}" in words


def test_company_score_and_band_come_first_so_that_a_small_screen_shows_them(site: Site, number: int) -> None:
    page = site.client("audun").get("/audit").text
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)[:2] == ["Company", "Claimed"]
    row = page.partition("<tbody>")[2].partition("</tr>")[0]
    company, claimed, *others = row.split("<td ")
    assert len(others) == 3, others  # evidenced, coverage, state: fits on a screen without scrolling
    assert "Travel and tours" in company and str(YEAR) in company
    assert "between" in claimed and 'class="band' in claimed


@pytest.mark.parametrize(
    ("score", "said"),
    [(24.6, "24.6"), (24.94, "24.9"), (24.96, "25"), (24.4, "24"), (25.0, "25"), (25.4, "25"), (74.6, "74.6")],
)
def test_a_score_just_below_a_band_is_not_shown_as_if_it_reached_it(site: Site, score: float, said: str) -> None:
    with site.app.app_context():
        edition = editions()["walk-2026"].edition
    assert shown(score, decimals_to_show(edition, score)) == said


def test_a_score_that_needs_a_decimal_has_one_in_the_list_too(site: Site, number: int) -> None:
    with site.store() as session:
        listed = reviews_among(session, [number], {})[number]
    other = replace(listed, claimed=replace(listed.claimed, score=24.6))
    with site.app.test_request_context("/"):
        row = assigned_assessment(other, editions()["walk-2026"].edition, None)
    assert words(render("{{ score.words(row) }}", row=row.claimed)).startswith("24.6 , ")


def test_the_list_is_filtered_by_sector_period_and_state(site: Site, number: int) -> None:
    client = site.client("audun")
    link = f'href="/audit/{number}"'
    assert link in client.get("/audit?sector=travel").text
    assert link in client.get(f"/audit?period={YEAR}").text
    assert link in client.get("/audit?state=to-do").text
    for other in ("sector=goods", "period=1999", f"sector=goods&period={YEAR}", "state=signed"):
        page = client.get(f"/audit?{other}").text
        assert link not in page and "None of them matches this choice" in page


def test_an_answer_is_shown_with_its_reason_its_evidence_and_its_law(site: Site, number: int) -> None:
    page = site.client("audun").get(f"/audit/{number}/code")
    words = text_of(page.text)
    assert faults_of(page.text) == []
    for said in ("The stricter one", "“The stricter law applies.”", "Code 2026, page 6", "Sale; Online"):
        assert said in words
    assert "Does not apply" in words and "We work in one country." in words
    assert "CRC art. 34" in words and "Critical: not met below 40" in words
    assert "There is no evidence here for this claim. That is not a finding of wrongdoing." in words


def test_the_overview_says_what_is_answered_and_what_rests_on_evidence(site: Site, number: int) -> None:
    words = text_of(site.client("audun").get(f"/audit/{number}").text)
    assert "No auditor has given a verdict yet." in words
    assert "counted, without its name" in words
    assert re.search(r"The stricter law applies Critical \d+ .* 2 of 2 1 ", words)
    assert "Workbook with live formulas" in words


def test_the_page_says_that_nobody_has_judged_until_somebody_has(site: Site, number: int) -> None:
    client = site.client("audun")
    assert "No auditor has given a verdict yet" in client.get("/audit").text
    with site.store() as session, session.begin():
        store.record_determination(session, number, "r1.code", verdict="not-shown", by=site.people["audun"].id, at=NOON)
    for address in ("/audit", f"/audit/{number}"):
        page = client.get(address).text
        assert "No auditor has given a verdict yet" not in page
        assert faults_of(page) == []
    assert re.search(r"Verified (no score|\d+)", text_of(client.get(f"/audit/{number}").text))


def test_what_was_changed_since_is_not_shown(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", r1__code="silent")
    with site.store() as session, session.begin():
        change = store.AnswerEdit("r2.code", "", seen=store.saved_answers(session, number)["r2.code"].version)
        store.save_answers(session, number, [change], by=site.people["ana"].id, at=NOON)
    assert "Sale; Online" in text_of(site.client("audun").get(f"/audit/{number}/code").text)
    hand_in(site, number)
    assert "Sale; Online" not in text_of(site.client("audun").get(f"/audit/{number}/code").text)


def test_a_draft_and_an_assessment_of_another_auditor_are_not_found(site: Site, number: int) -> None:
    draft = begin(site, "olga")
    assign(site, draft)
    client = site.client("audun")
    for address in (f"/audit/{draft}", f"/audit/{draft}/code", f"/audit/{number}/nothing", "/audit/99"):
        assert client.get(address).status_code == 404, address
    assert f'href="/audit/{draft}"' not in client.get("/audit").text
    for who in ("ana", "ada", "stella"):
        assert site.client(who).get(f"/audit/{number}").status_code == 404


def test_an_assessment_that_was_unassigned_is_no_longer_found(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        store.unassign_auditor(session, number, auditor=site.people["audun"].id, by=None, at=NOON)
    assert site.client("audun").get(f"/audit/{number}").status_code == 404
    assert "Nothing is assigned" in site.client("audun").get("/audit").text


def test_markup_that_people_typed_is_shown_as_text(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        seen = store.saved_answers(session, number)["r1.practice"].version
        change = store.AnswerEdit("r1.practice", "n/a", "<script>alert(1)</script>", seen)
        store.save_answers(session, number, [change], by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    page = site.client("audun").get(f"/audit/{number}/code").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_list_as_a_workbook_has_the_same_companies(site: Site, number: int) -> None:
    client = site.client("audun")
    response = client.get("/audit.xlsx")
    assert response.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    cells = [cell.value for row in load_workbook(io.BytesIO(response.data)).active.iter_rows() for cell in row]
    assert "Example Travel 01" in cells and "Travel and tours" in cells and "small" in cells
    assert response.headers["Cache-Control"] == "no-store"
    page = load_workbook(io.BytesIO(response.data)).active
    row = [cell.value for cell in page[page.max_row]]
    assert f'=HYPERLINK("http://localhost/audit/{number}",{number})' in row and NOON.replace(tzinfo=None, hour=0) in row
    other = load_workbook(io.BytesIO(client.get("/audit.xlsx?sector=goods").data)).active
    assert "Example Travel 01" not in [cell.value for row in other.iter_rows() for cell in row]
    assert site.client("stella").get("/audit.xlsx").status_code == 404


def test_the_workbook_has_the_verified_score_of_the_page_and_of_what_was_judged(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        for question in ("r1.code", "r1.practice", "r2.code", "r4.code", "r4.practice", "r5.code", "r5.practice"):
            by = site.people["audun"].id
            store.record_determination(session, number, question, verdict="confirmed", by=by, at=NOON)
    client = site.client("audun")
    page = load_workbook(io.BytesIO(client.get("/audit.xlsx").data)).active
    cells = {page.cell(SECTOR_HEAD + 1, cell.column).value: cell.value for cell in page[SECTOR_HEAD + 2]}
    verified = re.search(r"Verified.*", text_of(client.get(f"/audit/{number}").text))
    assert verified and f"Verified {shown(cells['Verified'], 0)}" in verified[0]
    assert cells["Verified: coverage"] > 0
    assert [head for head in cells if str(head).endswith(", verified")]


def test_a_question_the_company_cannot_answer_yet_differs_from_one_it_left_blank(site: Site, number: int) -> None:
    where = f"/audit/{number}/people"
    before = site.client("audun").get(where).text
    assert "Not known yet" not in before and "Blank. It counts as nothing for now." in before
    save(site, f"/assessments/{number}/people", {"r4.proof#version": "0", "r4.proof": "blank:not-known"})
    hand_in(site, number)
    after = site.client("audun").get(where).text
    assert after.count("Not known yet") == 1
    assert after.count("Blank. It counts as nothing for now.") == before.count("Blank. It counts as nothing for now.")


def test_an_auditor_sees_which_other_document_says_it(site: Site, number: int) -> None:
    with site.store() as session:
        seen = str(store.saved_answers(session, number)["r5.code"].version)
    fields = {"r5.code#version": seen, "r5.code": "blank:elsewhere", "r5.code#title": "Rules of the board & 1"}
    save(site, f"/assessments/{number}/people", fields)
    hand_in(site, number)
    page = site.client("audun").get(f"/audit/{number}/people").text
    assert "Said in another document: Rules of the board &amp; 1" in page


def test_a_long_list_takes_no_more_statements_than_a_short_one(
    own_demonstration: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the first page, which also says what is waiting for the auditor, nor a filtered list."""
    client = own_demonstration.client("auditor")
    client.get("/audit")

    def asked(address: str) -> tuple[int, int]:
        with statements(store_engine(own_demonstration.app)) as sent:
            page = client.get(address).text
        return page.count("<tr>"), len(sent)

    long, all_by_name = asked("/audit"), asked("/audit?order=name")
    of_a_sector = asked(f"/audit?order=name&period={CLOSED}&sector=transport")
    monkeypatch.setattr(list_pages, "PAGE_ROWS", 3)
    short = asked("/audit")
    assert long[0] > short[0] > 1 and all_by_name[0] > of_a_sector[0] > 1
    assert long[1] == short[1] <= MOST_STATEMENTS
    assert all_by_name[1] == of_a_sector[1] < MOST_STATEMENTS


def test_the_scorecard_leads_back_to_the_review_and_on_to_how_each_basis_was_scored(site: Site, number: int) -> None:
    seen = site.client("audun").get(f"/assessments/{number}/scorecard").text
    assert '<a href="/audit">Your reviews</a>' in seen
    assert f'href="/audit/{number}"' in seen
    assert f'<a href="/assessments/{number}/explain?basis=evidenced">Evidenced</a>' in seen
    assert faults_of(seen) == []
    own = site.client("ana").get(f"/assessments/{number}/scorecard").text
    assert f'<a href="/assessments/{number}/explain">Claimed</a>' in own
    assert "/audit" not in own
