"""The board view, and the links of gaps on it and on the scorecard: to questions, law and evidence, and back."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.web.database import store_engine
from tests.support.page_lint import faults_of
from tests.support.quick_walks import text_of
from tests.support.sites import NOON, Site, half_answered, save, send
from tests.support.stores import statements

NUMBER = 1  # of Ana's assessment
BOARD, CARD = f"/assessments/{NUMBER}/board", f"/assessments/{NUMBER}/scorecard"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Ana submitted enough for a score, whose band r1 limits. Audun will review it. Tests must not write to it."""
    site = half_answered(tmp_path_factory.mktemp("board"), code="silent")
    fields = {"r2.code": ["sale", "online"], "r2.code#version": "2"}
    save(site, f"/assessments/{NUMBER}/code", fields)
    send(site, f"/assessments/{NUMBER}/people", **{f"r4__{p}": "yes" for p in ("a", "b")})
    save(site, f"/assessments/{NUMBER}/check", {"consent": "counted", "role": "Head", "confirmed": "yes"})
    with site.store() as session, session.begin():
        store.assign_auditor(session, NUMBER, auditor=site.people["audun"].id, by=None, at=NOON)
    yield site
    site.close()


def gaps(page: str) -> dict[str, str]:
    """The HTML of each gap, by requirement."""
    return dict(re.findall(r'<li (?:class="gap" )?id="gap-([^"]+)">(.*?)</li>', page, re.S))


def ways(html: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="([^"]+)"', html)]


def there(client: FlaskClient, way: str) -> str:
    """Follow a link, and check that the page has the element that the link names."""
    address, _, anchor = way.partition("#")
    page = client.get(address)
    assert page.status_code == 200, way
    assert not anchor or f'id="{anchor}"' in page.text, way
    return page.text


@pytest.mark.parametrize("where", [BOARD, CARD, f"{BOARD}?as=draft", f"{CARD}?as=draft"])
def test_every_gap_leads_to_its_questions_and_its_law_and_back(site: Site, where: str) -> None:
    client = site.client("ana")
    page = client.get(where).text
    found = gaps(page)
    assert {"r1", "r5"} <= found.keys() and faults_of(page) == []
    for node, html in found.items():
        to_questions = [way for way in ways(html) if f"#at-{node}." in way]
        assert to_questions, node
        for way in to_questions:
            [back] = re.findall(r'href="([^"]+)">Back to the (?:board view|scorecard)<', there(client, way))
            assert unescape(back) == f"{where}#gap-{node}"
            assert f'id="gap-{node}"' in there(client, unescape(back))
        to_law = [way for way in ways(html) if way.startswith("/law/")]
        assert to_law, node
        for way in to_law:
            there(client, way)


@pytest.mark.parametrize("where", [BOARD, CARD])
def test_a_gap_shows_the_evidence_of_its_answers_and_links_to_it(site: Site, where: str) -> None:
    client = site.client("ana")
    found = gaps(client.get(where).text)
    evidence = re.search(r'We obey\..*?<a href="([^"]+)"', found["r1"], re.S)
    assert evidence and evidence[1].endswith("#at-r1.code")
    way = unescape(evidence[1])
    assert "We obey." in there(client, way) and "We obey." in text_of(found["r1"])
    assert "None so far" in text_of(found["r5"])


@pytest.mark.parametrize("where", [BOARD, CARD])
def test_the_points_missing_are_rounded_alike_in_every_place(site: Site, where: str) -> None:
    page = site.client("ana").get(where).text
    [total] = re.findall(r"of the ([\d.]+) missing points", page)
    assert set(re.findall(r"of ([\d.]+) missing points", page)) == {total}


def test_only_questions_that_lose_points_are_named(site: Site) -> None:
    found = gaps(site.client("ana").get(BOARD).text)
    assert [*dict.fromkeys(re.findall(r"#at-(r1\.\w+)", found["r1"]))] == ["r1.code", "r1.practice"]
    assert "r2" not in found and "r4" not in found, "these requirements are met"


@pytest.mark.parametrize("where", [BOARD, CARD])
def test_for_an_auditor_a_gap_links_to_the_page_where_it_is_judged(site: Site, where: str) -> None:
    client = site.client("audun")
    html = gaps(client.get(where).text)["r1"]
    assert f"/audit/{NUMBER}/code#r1.code" in ways(html)
    for way in ways(html):
        there(client, way)
    assert site.client("olga").get(where).status_code == 404


def test_the_board_has_three_scores_band_limit_themes_gaps_and_levels(site: Site) -> None:
    said = text_of(site.client("ana").get(BOARD).text)
    for words in (
        *("What the code says", "What is done", "What shows it"),  # the three scores
        *("Framing", "Reach", "Accountability", "Root causes", "Everyone", "At risk", "After harm"),
        "points would normally mean",
        "Meeting the one that is marked critical lifts the limit on the band.",
        "Write it in the code.",
        "No auditor has given a verdict yet.",
    ):
        assert words in said, words
    assert "submitted on" in said and "a draft, not submitted" not in said
    assert "a draft, not submitted" in text_of(site.client("ana").get(f"{BOARD}?as=draft").text)


def test_without_a_score_the_board_says_so_and_lists_no_gaps(site: Site) -> None:
    said = site.client("olga").get("/assessments/2/board")
    assert said.status_code == 200 and "No score" in said.text and gaps(said.text) == {}


def test_a_link_back_never_leads_to_another_site(site: Site) -> None:
    client = site.client("ana")
    for query in ("from=//evil.example", "from=members", "from=", "from=board&gap=%22%3E%3Cb"):
        page = client.get(f"/assessments/{NUMBER}/code?{query}").text
        within = page.partition("<main")[2].partition("</main>")[0]
        assert not [href for href in re.findall(r'(?:href|action)="([^"]*)"', within) if "evil" in href]
        assert "<b" not in page.partition("Back to")[2][:200]
        assert ("Back to the board view" in page) == ("from=board" in query)


def test_check_board_scorecard_and_receipt_are_small_and_take_few_statements(demonstration: Site) -> None:
    client = demonstration.client("company")
    number = re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)[-1]
    page = client.get(f"/assessments/{number}/check").text
    [receipt] = re.findall(r'href="(/assessments/\d+/receipts/\d+)"', page)
    most = dict.fromkeys((f"/assessments/{number}/{page}" for page in ("board", "scorecard")), 15_000)
    most |= {receipt: 5_000, f"/assessments/{number}/check": 15_000}
    for where, weight in most.items():
        with statements(store_engine(demonstration.app)) as sent:
            answer = client.get(where, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert len(answer.data) < weight, where
        assert len(sent) <= 12, (where, sent)
