"""Checking answers before they are submitted: all on one page, with their evidence, who gave them and when."""

import re
from collections.abc import Iterator

import brotli
import pytest

from compliance import store
from compliance.publication import close_and_publish
from compliance.web.edition_registry import editions
from tests.support.examples import ways
from tests.support.page_lint import faults_of
from tests.support.quick_walks import text_of
from tests.support.sites import NOON, YEAR, Site, answer_half, answers, half_answered, save, send

NUMBER = 1  # of Ana's assessment


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Ana has filled in some of her questionnaire. Tests must not write to it."""
    site = half_answered(tmp_path_factory.mktemp("checking"), code="stricter")
    yield site
    site.close()


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """The same, for a test that writes."""
    assert answer_half(sqlite_site, code="stricter") == NUMBER
    return sqlite_site


def check(site: Site) -> str:
    return site.client("ana").get(f"/assessments/{NUMBER}/check").text


def given_part(page: str) -> str:
    """The part of the page that lists all answers."""
    return page.partition('id="given"')[2].partition("</section>")[0]


def entry(page: str, question: str) -> str:
    """What the page says about one answer, as text."""
    where = re.escape(question.removeprefix("profile."))
    found = re.search(rf'(?:id="said-|#at-|#p-){where}"[^>]*>(.*?)</(?:li|dd)>', given_part(page), re.S)
    assert found, question
    return re.sub(r"(?<=“) | (?=[”,])", "", text_of(found[1]))


def test_every_answer_is_listed_with_its_evidence_its_author_and_its_day(read: Site) -> None:
    page = check(read)
    assert faults_of(page) == []
    with read.store() as session:
        saved = store.saved_answers(session, NUMBER)
    answered = {i.removeprefix("profile.") for i, kept in saved.items() if kept.text}
    assert answered == set(re.findall(r'#(?:at|p)-([^"]+)"', given_part(page)))
    said = entry(page, "r1.code")
    assert "Which law does your code follow? The stricter one" in said
    assert "The stricter one Code 2025" in said and "No evidence" not in said
    assert re.search(r"Answered by Ana on \d+ \w+ \d{4}, where nothing else is said", text_of(given_part(page)))
    assert "In how many countries was it trained? 40 %" in entry(page, "r1.practice")
    assert "No evidence" in entry(page, "r4.code"), "it earns points"
    assert "Travel and tours" in entry(page, "profile.sector")


def test_each_answer_links_to_the_page_where_it_can_be_changed_and_back(read: Site) -> None:
    client, page = read.client("ana"), check(read)
    links = re.findall(r'<a href="([^"]+#(?:at|p)-[^"]+)"', given_part(page))
    assert len(links) == len(re.findall(r"<dd>|<li><span", given_part(page)))
    for way in links:
        address, _, anchor = way.partition("#")
        there = client.get(address).text
        assert f'id="{anchor}"' in there, way
        if "/profile" not in way:
            assert f'href="/assessments/{NUMBER}/check">Back to checking your answers' in there
    assert "Back to" not in client.get(f"/assessments/{NUMBER}/code?from=https://elsewhere.example").text


@pytest.mark.parametrize("code", ways(["", "/fr", "/es", "/ar"], "/ar"))
def test_the_page_is_small_even_with_many_answers(demonstration: Site, code: str) -> None:
    client = demonstration.client("company")
    newest = max(int(number) for number in re.findall(r'"/assessments/(\d+)"', client.get("/assessments").text))
    packed = client.get(f"{code}/assessments/{newest}/check", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(packed.data).decode().count("#at-") > 60
    assert len(packed.data) < 15_000


def test_passages_of_one_page_share_a_line_below_an_answer(demonstration: Site) -> None:
    client = demonstration.client("company")
    newest = max(int(number) for number in re.findall(r'"/assessments/(\d+)"', client.get("/assessments").text))
    with demonstration.store() as session:
        rests = [[piece.rests_on for piece in some] for some in store.evidence_of(session, newest).values()]
    places = [[(of.document, of.page, of.dated) for of in some if isinstance(of, store.Quotation)] for some in rests]
    assert any(len(some) > len(set(some)) for some in places)
    shown = re.findall(r'<div class="task-score small">(.*?)</div>', client.get(f"/assessments/{newest}/check").text)
    lines = [re.findall(r"<p>.*?</p>", each) for each in shown]
    assert any(len(some) > 1 for some in lines) and all(len(some) == len(set(some)) for some in lines)


def test_contradictions_and_blanks_come_first_and_the_signature_last(site: Site) -> None:
    save(site, f"/assessments/{NUMBER}/code", {"r1.code": "silent", "r1.code#version": "2"})
    page = check(site)
    order = [
        "One answer that does not fit the others",
        " blanks</summary>",
        'id="given"',
        'id="consent"',
        'id="role"',
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places)


def test_typed_text_is_shown_as_it_was_typed(site: Site) -> None:
    send(site, f"/assessments/{NUMBER}/code", r2__words="Nobody <b>here</b> & now")
    assert '<p><bdi translate="no">Nobody &lt;b&gt;here&lt;/b&gt; &amp; now</bdi></p>' in check(site)


def test_an_answer_to_a_question_no_longer_asked_is_not_listed(site: Site) -> None:
    save(site, f"/assessments/{NUMBER}/profile", {"profile.lodging": "yes", "profile.lodging#version": "1"})
    send(site, f"/assessments/{NUMBER}/code", r3__practice="yes")
    assert "Are hotel staff trained? Yes" in entry(check(site), "r3.practice")
    with site.store() as session:
        version = store.saved_answers(session, NUMBER)["profile.lodging"].version
    save(site, f"/assessments/{NUMBER}/profile", {"profile.lodging": "no", "profile.lodging#version": str(version)})
    assert "#at-r3.practice" not in given_part(check(site))


def test_once_the_year_is_closed_it_shows_what_was_submitted(site: Site) -> None:
    save(site, f"/assessments/{NUMBER}/check", {"consent": "counted", "role": "Head", "confirmed": "yes"})
    save(site, f"/assessments/{NUMBER}/code", answers(r1__code="silent") | {"r1.code#version": "2"})
    assert "Nothing is said" in entry(check(site), "r1.code")
    with site.app.app_context(), site.store() as session:
        close_and_publish(session, editions()["walk-2026"].edition, YEAR, by=None, at=NOON)
        session.commit()
    page = check(site)
    assert "The stricter one" in entry(page, "r1.code") and "To change an answer" not in page


def test_the_links_of_the_page_have_different_names(read: Site) -> None:
    names = re.findall(r'<a href="[^"]+#(?:at|p)-[^"]+"[^>]*>([^<]+)</a>', given_part(check(read)))
    assert len(names) == len(set(names)) > 5
