"""The page of need classes: every country, each sign with source and year, and what a class does not mean."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from compliance.questionnaire.countries import countries
from tests.support.page_lint import faults_of
from tests.support.sites import PROFILE, Site, begin, make_site, save, settle

CAUTION = "does not measure how much exploitation there is. Unknown never means low."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("countries")
    site = settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder))
    yield site
    site.close()


@pytest.fixture(scope="module")
def page(site: Site) -> str:
    return site.client().get("/countries").text


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_the_page_is_public_valid_and_small(page: str) -> None:
    assert faults_of(page) == []
    assert len(page.encode()) < 100_000


def test_every_country_is_on_the_page(page: str) -> None:
    text = text_of(page)
    assert [country.name for country in countries().values() if country.name not in text] == []
    assert "Bosnia & Herzegovina" in text, "part of a name is another name"
    for line in ("High need (priority): 62 countries", "Elevated need: 63 countries", "Unknown: 108 countries"):
        assert line in text
    assert "Lower need: 16 countries" in text


def test_the_page_says_what_a_class_does_not_mean(page: str) -> None:
    text = text_of(page)
    assert CAUTION in text
    assert "As of 2022, mostly based on one government’s judgement." in text
    assert "it counts like elevated need" in text and "no market is excused" in text


def test_each_sign_has_its_source_its_year_and_its_count(page: str) -> None:
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", page, re.DOTALL)
    births = next(text_of(row) for row in rows if "births registered" in row and "World Bank" in row)
    assert "World Development Indicators 2010 to 2021 40" in births
    law = next(text_of(row) for row in rows if row.startswith("law on exploitation falls short<br>"))
    assert "United States Department of Labor" in law and "2022 38" in law


def test_each_country_in_need_shows_the_signs_that_decide_it(page: str) -> None:
    row = re.search(r'<tr><th scope="row">Afghanistan</th><td>(.*?)</td>', page)
    assert row
    assert (
        row[1] == "law on exploitation falls short, little effort, least developed country, "
        "births registered: 42 % (2015), goods made by children: 5"
    )


def test_the_worked_example_is_worked_out(page: str) -> None:
    assert "(3 × 0.2 + 2 × 1.0 + 1 × 1.0) ÷ 6 = 0.60 . A plain mean would be 0.73." in text_of(page)


def test_the_page_of_the_method_links_to_it(site: Site) -> None:
    assert 'href="/countries"' in site.client().get("/method").text


def profile_page(site: Site, number: int, *chosen: str) -> str:
    page = site.client("ana").get(f"/assessments/{number}/profile").text
    found = re.search(r'name="about.home#version" value="(\d+)"', page)
    assert found
    fields = {**PROFILE, "about.home#version": found[1], "about.home": list(chosen)}
    save(site, f"/assessments/{number}/profile", fields)
    return site.client("ana").get(f"/assessments/{number}/profile").text


def test_a_company_sees_what_is_known_about_its_countries(site: Site) -> None:
    number = begin(site)
    before = site.client("ana").get(f"/assessments/{number}/profile").text
    assert "What is known about your" not in before
    page = profile_page(site, number, "KHM", "DEU", "CHL")
    assert faults_of(page) == []
    text = text_of(page)
    assert "What is known about your 3 countries High need (priority): 1, Unknown: 1, Lower need: 1" in text
    needs = text[text.index("What is known about your") :]
    assert needs.index("Cambodia") < needs.index("Germany") < needs.index("Chile")
    assert "United States Department of Labor, Findings on the Worst Forms of Child Labor, 2022" in needs
    assert "World Bank, World Development Indicators, 2014: 73 %" in needs
    assert CAUTION in needs
    assert "you may answer “does not apply”" not in needs, "unknown is never low"
    assert "you may answer “does not apply”" in text_of(profile_page(site, number, "CHL", "CRI"))
