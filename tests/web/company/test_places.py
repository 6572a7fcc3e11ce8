"""Pages with questions of places: the company's own countries by name, the result of the ticks, and nothing is lost."""

import html
import re

import pytest
from werkzeug.test import TestResponse

from compliance import store
from tests.support.sites import EDITIONS, Site, begin, kept, save

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "places"])
FIVE = ["DOM", "ESP", "MAR", "PRT", "USA"]


@pytest.fixture
def number(site: Site) -> int:
    return begin(site)


def version(site: Site, number: int, question: str) -> str:
    with site.store() as session:
        found = store.saved_answers(session, number).get(question)
        return str(found.version if found else 0)


def list_places(site: Site, number: int, codes: list[str]) -> None:
    fields = {"about.operations#version": version(site, number, "about.operations"), "about.operations": codes}
    assert save(site, f"/assessments/{number}/profile", fields).status_code == 302


def tick(site: Site, number: int, values: list[str]) -> TestResponse:
    fields = {"trained#version": version(site, number, "trained"), "trained": values}
    return save(site, f"/assessments/{number}/training", fields)


def page(site: Site, number: int) -> str:
    return site.client("ana").get(f"/assessments/{number}/training").text


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def boxes(text: str) -> list[tuple[str, bool]]:
    """The values that can be ticked, in order, and whether they are ticked."""
    return [
        (v, bool(c)) for v, c in re.findall(r'type="checkbox"[^>]*? name="trained" value="([^"]+)"( checked)?', text)
    ]


def test_the_company_s_own_countries_are_listed_by_name_those_of_high_need_first(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    text = page(site, number)
    assert [value for value, _ in boxes(text)] == [
        "DOM", "MAR", "PRT", "ESP", "USA", "+dated", "none", "+planned", "blank:not-known",
    ]  # fmt: skip
    said = words(text)
    assert "Dominican Republic Priority country" in said and "Morocco Priority country Portugal Spain" in said
    assert "Yours: Dominican Republic, Morocco . Why these countries" in said
    assert " checked" not in text


@pytest.mark.site(EDITIONS=None)
def test_on_a_page_with_two_lists_the_high_need_countries_of_each_are_under_its_name(site: Site) -> None:
    number = begin(site)
    working, partners = ("In which countries do people work for you?", "In which countries are your suppliers")
    fields = {"about.operations#version": "0", "about.operations": ["BRA", "FRA"]}
    fields |= {"about.suppliers#version": "0", "about.suppliers": ["FRA"]}
    save(site, f"/assessments/{number}/profile", fields)
    said = words(site.client("ana").get(f"/assessments/{number}/reach").text)
    assert said.count("A priority country is one whose law or conditions on record") == 1
    assert f"Your priority countries under “{working}”: Brazil . Why these countries" in said
    assert re.search(f"Under “{partners}[^”]*”, you have no priority country.", said)


@pytest.mark.site(EDITIONS=None)
def test_a_page_about_priority_countries_names_the_company_s_own_even_without_questions_of_places(site: Site) -> None:
    number = begin(site)
    fields = {"profile.sector#version": "0", "profile.sector": "lodging"}
    fields |= {"about.operations#version": "0", "about.operations": ["BRA", "FRA"]}
    save(site, f"/assessments/{number}/profile", fields)
    texts = (site.client("ana").get(f"/assessments/{number}/{theme}").text for theme in ("sector", "account"))
    for text, speaks in zip(texts, (True, False), strict=True):
        asked = words(text.partition('id="f"')[2])
        assert ("priority countries" in asked) == speaks and 'value="BRA"' not in text
        assert ("leave children less protected. Yours: Brazil . Why these countries" in words(text)) == speaks


def test_the_result_of_the_ticks_is_shown_with_what_is_missing(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    assert tick(site, number, ["MAR", "PRT", "ESP"]).status_code == 302
    assert kept(site, number)["trained"] == "ESP|MAR|PRT"
    said = words(page(site, number))
    assert (
        "In 3 of your 5 countries, and in 1 of your 2 priority countries: this counts as “In some of our countries”."
        in said
    )
    assert "needs more than half of all countries, and more than half of the priority countries." in said
    assert "Missing: Dominican Republic." in said
    assert "In some of our countries (yours) 1 of 5 or more 4" in said
    assert "3 of 5 or more 2 of 2 7" in said


def test_saving_a_page_again_keeps_its_answers(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    for values in (["DOM", "MAR", "+planned"], [*FIVE, "+dated"], ["none"], ["+planned"]):
        tick(site, number, values)
        before = kept(site, number)["trained"]
        tick(site, number, [value for value, ticked in boxes(page(site, number)) if ticked])
        assert kept(site, number)["trained"] == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["none", "DOM"], "Choose from the list. “In none of them” cannot be combined with a place"),
        (["+dated"], "a date for the next check needs at least one place."),
        (
            ["DOM", "blank:not-known"],
            "Give either an answer or one reason why it is blank, not both. Remove one of them.",
        ),
    ],
)
def test_contradictory_ticks_are_refused_and_stay(site: Site, number: int, values: list[str], message: str) -> None:
    list_places(site, number, FIVE)
    response = tick(site, number, values)
    assert response.status_code == 200 and message in words(response.text)
    assert {value for value, ticked in boxes(response.text) if ticked} == set(values)
    assert "trained" not in kept(site, number)


def test_without_a_list_the_page_says_what_to_answer_first_and_the_question_is_a_blank(site: Site, number: int) -> None:
    text = page(site, number)
    assert "First answer “In which countries do people work for you?”" in words(text)
    assert f'href="/assessments/{number}/profile#at-about.operations"' in text
    assert [value for value, _ in boxes(text)] == ["blank:not-known"]
    assert "High-need" not in words(text)


def test_a_tick_for_a_place_no_longer_listed_is_kept_and_named_and_does_not_count(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    tick(site, number, ["DOM", "USA"])
    list_places(site, number, ["DOM", "ESP"])
    text = page(site, number)
    assert ("USA", True) in boxes(text)
    assert "US No longer in your list. The tick is kept, but does not count." in words(text)
    assert "In 1 of your 2 countries, and in 1 of your 1 priority countries" in words(text)
    assert "US is no longer in your list: the tick is kept but does not count." in words(text)
    tick(site, number, [value for value, ticked in boxes(text) if ticked])
    assert kept(site, number)["trained"] == "DOM|USA"


@pytest.mark.parametrize("values", [["DOM", "USA", "+dated"], ["none"], ["+planned"]])
def test_nothing_is_lost_while_the_list_is_blank(site: Site, number: int, values: list[str]) -> None:
    list_places(site, number, FIVE)
    tick(site, number, values)
    before = kept(site, number)["trained"]
    list_places(site, number, [])
    text = page(site, number)
    sent = [value for value, ticked in boxes(text) if ticked]
    sent += re.findall(r'type="hidden" name="trained" value="([^"]+)"', text)
    assert tick(site, number, sent).status_code == 302
    assert kept(site, number)["trained"] == before


def test_with_only_one_country_the_results_some_and_most_do_not_exist(site: Site, number: int) -> None:
    list_places(site, number, ["PRT"])
    tick(site, number, ["PRT"])
    said = words(page(site, number))
    assert "You have one country: this counts as “In all of our countries”." in said
    assert "In some of our countries" not in said and "In more than half" not in said
    instead = "Where a question is about priority countries, answer it for all your countries."
    assert f"None of your countries is a priority country. {instead}" in said


def test_the_follow_up_question_depends_on_the_result(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    tick(site, number, ["MAR"])
    assert "Is the training repeated?" not in page(site, number)
    tick(site, number, ["DOM", "MAR", "PRT"])
    assert "Is the training repeated?" in page(site, number)


def test_other_pages_show_the_places_and_the_result(site: Site, number: int) -> None:
    list_places(site, number, FIVE)
    tick(site, number, ["MAR", "PRT", "ESP"])
    ana = site.client("ana")
    explained = words(ana.get(f"/assessments/{number}/explain/training?as=draft").text)
    assert "“In some of our countries”: 3 of 5 countries, 1 of 2 priority countries." in explained
    tried = ana.get(f"/assessments/{number}/improve?as=draft&requirement=training").text
    assert "Now: “In some of our countries”" in tried
    assert re.findall('<option value="(none|planned|some|most|all|dated)"', tried) == [
        "none", "planned", "some", "most", "all", "dated",
    ]  # fmt: skip
