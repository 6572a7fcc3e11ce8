"""Submitting, and the scorecard of a submission."""

import re
from html import unescape
from io import BytesIO

import openpyxl
import pytest
from werkzeug.test import TestResponse

from compliance import store
from compliance.publication import close_and_publish
from compliance.web.edition_registry import editions
from tests.support.examples import SHARE
from tests.support.ooxml_rules import broken_rules
from tests.support.sites import NOON, YEAR, Site, begin, save, save_profile, send


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company."""
    return begin(site)


# ── Submitting


def fill(site: Site, number: int) -> None:
    save_profile(site, number)
    send(site, f"/assessments/{number}/code", r1__code="stricter", r1__practice="50", r2__code=["sale", "online"])
    send(site, f"/assessments/{number}/people", **{f"r4__{p}": "yes" for p in ("code", "practice", "proof", "a", "b")})


def hand_in(site: Site, number: int, **fields: str) -> TestResponse:
    chosen = {"consent": "counted", "role": "Head of compliance", "confirmed": "yes", **fields}
    return save(site, f"/assessments/{number}/check", chosen)


def test_only_questions_that_decide_which_are_asked_must_be_answered_before_submission(site: Site, number: int) -> None:
    response = hand_in(site, number)
    assert response.status_code == 200
    assert "Answer the questions that decide what else you are asked." in response.text
    assert f'href="/assessments/{number}/profile#p-lodging"' in response.text
    assert f'href="/assessments/{number}/profile#p-size"' not in response.text.partition('id="left"')[0]
    save_profile(site, number)
    assert hand_in(site, number).status_code == 302, "blanks are no obstacle"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"consent": ""}, {"consent": "Choose what may be published. Nothing is chosen for you."}),
        ({"consent": "everything"}, {"consent": "Choose what may be published."}),
        ({"role": " "}, {"role": "Enter your role in your organisation"}),
        ({"role": "x" * 201}, {"role": "This is longer than 200 characters"}),
        ({"confirmed": ""}, {"confirmed": "Confirm that you are authorised to answer"}),
        ({"consent": "", "role": "", "confirmed": ""}, dict.fromkeys(("consent", "role", "confirmed"), "")),
    ],
)
def test_submission_needs_a_consent_a_role_and_a_confirmation(
    site: Site, number: int, fields: dict[str, str], says: dict[str, str]
) -> None:
    fill(site, number)
    response = hand_in(site, number, **fields)
    assert response.status_code == 200 and "<title>Error: " in response.text
    assert "Your answers are saved. Nothing is submitted yet." in response.text
    for target, words in says.items():
        assert f'<a href="#{target}">{words}' in response.text
        assert f'id="{target}-err">{words}' in response.text and response.text.count(f' id="{target}"') == 1
    kept_choice = fields.get("consent", "counted")
    assert re.findall(r'value="(\w+)"[^>]* checked', response.text) == [
        *([kept_choice] if kept_choice == "counted" else []),
        *(["yes"] if fields.get("confirmed", "yes") else []),
    ], "what was chosen is still selected, and nothing else is"
    with site.store() as session:
        assert store.submissions_of(session, number) == ()


def test_the_check_lists_blanks_missing_reasons_missing_evidence_and_contradictions(site: Site, number: int) -> None:
    fill(site, number)
    profile_fields = {"profile.sector": "travel", "profile.sector#version": "1"}
    save(site, f"/assessments/{number}/profile", profile_fields)
    fields = {"r1.code": "silent", "r1.code#version": "2"}
    save(site, f"/assessments/{number}/code", fields)
    page = site.client("ana").get(f"/assessments/{number}/check").text
    assert "6 blanks" in page  # since, words, the four of r5
    assert "One blank about your company" in page  # the country
    assert "6 answers without evidence" in page  # r2.code and the five of r4; a zero and a closed gate need none
    assert "One answer that does not fit the others" in page  # r1.practice behind its closed gate


def test_a_submission_freezes_answers_edition_scores_and_consent(site: Site, number: int) -> None:
    fill(site, number)
    assert hand_in(site, number, consent="named").headers["Location"] == f"/assessments/{number}/receipts/1"
    with site.store() as session:
        submitted = store.latest_submission(session, number)
    assert submitted.consent == "named" and submitted.sector == "travel"
    assert '"claimed"' in submitted.scores and '"evidenced"' in submitted.scores
    fields = {"r1.code": "silent", "r1.code#version": "2"}
    save(site, f"/assessments/{number}/code", fields)
    client = site.client("ana")
    frozen, draft = (client.get(f"/assessments/{number}/scorecard{query}").text for query in ("", "?as=draft"))
    frozen, draft = (" ".join(page.split()) for page in (frozen, draft))
    assert "the submitted version is still the one that counts. One answer differs." in frozen
    assert "As it stands now" in draft and "As it stands now" not in frozen
    assert (submitted.attested_name, submitted.attested_role) == ("Ana", "Head of compliance")


# ── The scorecard


def test_a_scorecard_shows_score_interval_band_cap_gaps_and_law(site: Site, number: int) -> None:
    fill(site, number)
    fields = {"r1.code": "silent", "r1.code#version": "2"}
    save(site, f"/assessments/{number}/code", fields)
    page = site.client("ana").get(f"/assessments/{number}/scorecard").text
    text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
    assert "As it stands now" in text
    assert re.search(r"\b50\b.*between 50 and 75", text, re.S)
    assert "points would normally mean Substantial" in text and "The stricter law applies" in text
    assert 'href="#gap-r1"' in page and 'id="gap-r1"' in page
    assert "CRC art. 34" in text and "Write it in the code." in text
    assert "No auditor has given a verdict yet." in text
    assert all(word in text for word in ("Framing", "Reach", "Accountability", "Root causes", "After harm"))


def test_without_enough_answers_there_is_no_score_and_no_zero(site: Site, number: int) -> None:
    save_profile(site, number)
    page = site.client("ana").get(f"/assessments/{number}/scorecard").text
    assert "No score" in page and "at least 50 % is needed" in page
    assert 'class="big-score"' not in page


def test_the_workbook_and_the_table_say_the_same_as_the_page(site: Site, number: int) -> None:
    fill(site, number)
    hand_in(site, number)
    client = site.client("ana")
    book = client.get(f"/assessments/{number}/scorecard.xlsx")
    assert book.headers["Content-Disposition"] == 'attachment; filename="scorecard-Example_Travel_01-2026.xlsx"'
    assert openpyxl.load_workbook(BytesIO(book.data)).sheetnames
    table = client.get(f"/assessments/{number}/scorecard.csv").text
    overall = next(line for line in table.splitlines() if ",overall," in line)
    shown = overall.rsplit(",", 1)[1]
    page = client.get(f"/assessments/{number}/scorecard").text
    big = re.search(r'<p class="big-score">(\d+)</p>', page)
    assert big and round(float(shown)) == int(big[1])


def test_a_page_of_questions_is_small(site: Site, number: int) -> None:
    client = site.client("ana")
    for where in (f"/assessments/{number}/code", f"/assessments/{number}/people", f"/assessments/{number}/profile"):
        response = client.get(where, headers={"Accept-Encoding": "gzip"})
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.data) < 15_000
        linked = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get(where).text)
        first = len(response.data)
        for address in linked:
            static = client.get(address, headers={"Accept-Encoding": "gzip"})
            assert "immutable" in static.headers["Cache-Control"]
            first += len(static.data)
            static.close()
        assert first < 100_000


def test_an_installation_asks_the_editions_it_was_given(site: Site) -> None:
    assert "A short walk" in site.client("ana").get("/assessments").text


def changes_in(site: Site, number: int, query: str = "") -> list[tuple[object, ...]]:
    content = site.client("ana").get(f"/assessments/{number}/scorecard.xlsx{query}").data
    return list(openpyxl.load_workbook(BytesIO(content))["Changes"].iter_rows(values_only=True))


def test_a_workbook_says_what_changed_since_the_previous_submission(site: Site, number: int) -> None:
    fill(site, number)
    assert "Nothing has been submitted yet" in str(changes_in(site, number, "?as=draft")[1])
    hand_in(site, number)
    assert "This is the first submission" in str(changes_in(site, number)[1])
    save(site, f"/assessments/{number}/code", {"r1.code": "silent", "r1.code#version": "2"})
    draft = changes_in(site, number, "?as=draft")
    hand_in(site, number)
    again = changes_in(site, number)
    for rows in (draft, again):
        assert [row[7] for row in rows if row[0] == "Answer"] == ["r1.code"]
    assert "Compared with what was submitted on" in str(again[1])


def test_a_workbook_shows_the_same_peers_as_the_page(site: Site, number: int) -> None:
    fill(site, number)
    client = site.client("ana")

    def sheets() -> list[str]:
        content = client.get(f"/assessments/{number}/scorecard.xlsx?as=draft").data
        return openpyxl.load_workbook(BytesIO(content)).sheetnames

    assert "Peers" not in sheets()  # nothing is published
    with site.app.app_context(), site.store() as session, session.begin():
        close_and_publish(session, editions()["walk-2026"].edition, YEAR, by=None, at=NOON)
    assert "Peers" in sheets()


@pytest.mark.parametrize("language", ["", "/ar"] if SHARE >= 1 else ["/ar"])  # in that, sheets have more settings
def test_a_scorecard_with_its_published_sector_follows_every_rule_of_workbooks(
    demonstration: Site, language: str
) -> None:
    client = demonstration.client("company")
    number = re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)[0]
    content = client.get(f"{language}/assessments/{number}/scorecard.xlsx").data
    assert {"Peers", "الشركات المماثلة"} & {*openpyxl.load_workbook(BytesIO(content), read_only=True).sheetnames}
    assert broken_rules(content) == []
