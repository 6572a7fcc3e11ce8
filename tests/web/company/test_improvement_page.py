"""The page on how to improve: steps with their law, a target to choose, and answers to try out without saving."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from compliance.improvement.plan import improve
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import Site, half_answered, token


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = half_answered(tmp_path_factory.mktemp("improving"), code="silent")
    yield site
    site.close()


def page(site: Site, query: str = "", who: str = "ana") -> str:
    response = site.client(who).get(f"/assessments/1/improve{query}")
    assert response.status_code == 200, query
    assert faults_of(response.text) == []
    return response.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tried(site: Site, query: str = "", who: str = "ana", **given: object) -> str:
    client = site.client(who)
    form = client.get(f"/assessments/1/improve{query}").text
    named = {name.replace("__", "."): value for name, value in given.items()}
    response = client.post(f"/assessments/1/improve{query}", data={"csrf_token": token(form), **named})
    assert response.status_code == 200
    assert faults_of(response.text) == []
    return response.text


def test_the_steps_are_shown_with_their_law_and_what_closes_the_gap(site: Site) -> None:
    text = words(page(site, "?to=substantial"))
    assert "steps lead to Substantial" in text
    for part in ("Measured against CRC", "What closes it", "Write it in the code.", "What would have to be true:"):
        assert part in text
    assert "Critical, limits the band" in text


def test_the_table_of_steps_adds_up_to_the_effort(site: Site) -> None:
    html = page(site, "?to=30")
    rows = re.findall(r"<tr><td>(\d+)</td><th scope=\"row\">([^<]+)</th><td class=\"end\">([\d.]+)</td>", html)
    assert [int(number) for number, _ask, _effort in rows] == list(range(1, len(rows) + 1))
    total = re.search(r"for an effort of (\d+\.\d)", words(html))
    assert total and sum(float(effort) for *_rest, effort in rows) == pytest.approx(float(total[1]), abs=0.1)


def test_the_scorecard_links_to_it_and_it_links_back(site: Site) -> None:
    card = site.client("ana").get("/assessments/1/scorecard").text
    assert 'href="/assessments/1/improve"' in card
    assert 'href="/assessments/1/scorecard"' in page(site)


def test_higher_bands_can_be_chosen_and_the_choice_stays(site: Site) -> None:
    html = page(site, "?to=aligned")
    assert '<option value="aligned" selected>Aligned</option>' in html
    assert "beginning" not in re.findall(r'<option value="([^"]*)"', html)
    assert "lead to Aligned" in words(html)


@pytest.mark.parametrize("query", ["?to=excellent", "?to=101", "?to=nan", "?basis=verified", "?requirement=r99"])
def test_unknown_parameters_are_not_found(site: Site, query: str) -> None:
    assert site.client("ana").get(f"/assessments/1/improve{query}").status_code == 404


@pytest.mark.parametrize("who", ["olga", "audun", "ada", "stella"])
def test_nobody_else_sees_the_steps_or_can_try_answers_out(site: Site, who: str) -> None:
    client = site.client(who)
    assert client.get("/assessments/1/improve").status_code == 404
    form = client.get("/account/password").text
    assert client.post("/assessments/1/improve", data={"csrf_token": token(form)}).status_code == 404


def test_trying_answers_out_shows_before_and_after_and_saves_nothing(site: Site) -> None:
    before = words(site.client("ana").get("/assessments/1/scorecard").text)
    text = words(tried(site, "?requirement=r1", r1__code="stricter", r1__practice="40"))
    assert "Nothing here is kept: your answers stay as they are." in text
    found = re.search(r"Before (\d+(?:\.\d)?) .*?After (\d+(?:\.\d)?) ", text)
    assert found and float(found[2]) > float(found[1])
    assert "The stricter law applies" in text
    assert words(site.client("ana").get("/assessments/1/scorecard").text) == before


def test_an_answer_that_cannot_count_yet_is_named_with_the_reason(site: Site) -> None:
    shut = "These earn nothing, because the answers that they depend on do not let them count: "
    shut += "In how many countries was it trained?"
    assert shut in words(tried(site, "?requirement=r1", r1__code="silent", r1__practice="75"))
    assert shut not in words(tried(site, "?requirement=r1", r1__code="stricter", r1__practice="75"))


def test_answers_tried_out_stay_in_the_form_beside_the_present_answers(site: Site) -> None:
    html = tried(site, "?requirement=r1", r1__code="stricter", r1__practice="75")
    assert '<option value="stricter" selected>' in html and 'value="75"' in html
    assert "Now: “Nothing is said”" in words(html)


def test_a_number_is_shown_with_its_unit(site: Site) -> None:
    assert "Your answer, in % · Now:" in words(page(site, "?requirement=r1"))


def test_if_no_steps_lead_to_the_target_no_first_steps_are_offered(site: Site) -> None:
    assert '<option value="">The first steps</option>' in page(site, "?to=substantial")
    reached = page(site, "?to=beginning")
    assert "The first steps" not in reached
    assert '<option value="">Choose</option>' in reached


def test_ticks_can_be_tried_out_and_no_tick_means_a_blank(site: Site) -> None:
    html = tried(site, "?requirement=r2", r2__code=["sale", "travel"])
    assert len(re.findall(r"<input type=\"checkbox\"[^>]* checked", html)) == 2
    assert "Every form is named" in words(tried(site, "?requirement=r2"))


def test_an_invalid_answer_is_pointed_out_at_its_field_and_nothing_is_scored(site: Site) -> None:
    html = tried(site, "?requirement=r1", r1__code="stricter", r1__practice="forty")
    text = words(html)
    assert "There is a problem" in text and "Nothing here is kept, and nothing that you saved is changed." in text
    assert 'href="#w-r1.practice"' in html and 'value="forty"' in html
    assert "What changes, by requirement" not in text


def test_the_first_steps_are_offered_with_their_answers(site: Site) -> None:
    html = page(site, "?to=aligned")
    form = html[html.index('<form class="stack no-print"') :]
    assert " selected>" in form or " checked" in form


def test_on_the_evidenced_basis_the_first_steps_add_evidence(site: Site) -> None:
    text = words(page(site, "?basis=evidenced&to=aligned"))
    assert "but without evidence so far: add evidence." in text
    assert "Answers that you change here count as evidenced." in text


def test_the_steps_to_the_overall_target_are_those_of_the_engine(site: Site) -> None:
    """The page gives the same effort as the engine finds for the same answers."""
    with site.app.app_context():
        compiled = compile_edition(editions()["walk-2026"].edition)
    given = {"r1.code": "silent", "r1.practice": 40.0, "r2.code": ("sale",)}
    given |= {f"r4.{part}": "yes" for part in ("code", "practice", "proof")}
    profile = {"sector": "travel", "size": "small", "lodging": "no"}
    found = improve(compiled, AnswerSheet("Example Travel 01", profile, given))
    assert f"for an effort of {found.effort:.1f}" in words(page(site))
