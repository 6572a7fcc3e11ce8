"""The pages that explain a score: their sums result in the score, on every basis, and only its readers see them."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, PROFILE, Site, begin, half_answered, make_site, save, send, settle

SUM = re.compile(r"<bdi>([^<]+) = <b>([^<]+)</b></bdi>")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = half_answered(tmp_path_factory.mktemp("explained"), code="intent")
    yield site
    site.close()


def page(site: Site, where: str, who: str = "ana") -> str:
    response = site.client(who).get(f"/assessments/1/{where}")
    assert response.status_code == 200, where
    assert faults_of(response.text) == []
    return response.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def by_calculator(typed: str) -> float:
    """The result of a sum on a pocket calculator, without rounding."""
    assert re.fullmatch(r"[\d.()+×÷−^ ]+", typed), typed
    plain = typed.replace("×", "*").replace("÷", "/").replace("−", "-").replace("^", "**")
    return float(eval(plain, {"__builtins__": {}}))  # noqa: S307  # our own sum


@pytest.mark.parametrize("where", ["explain", "explain/code", "explain/people", "explain/r1"])
@pytest.mark.parametrize("basis", ["claimed", "evidenced"])
def test_the_sums_of_a_page_give_their_results_up_to_the_score(site: Site, where: str, basis: str) -> None:
    html = page(site, f"{where}?basis={basis}")
    sums = [(by_calculator(typed), float(result)) for typed, result in SUM.findall(html)]
    assert sums and all(made == pytest.approx(result, abs=2e-4) for made, result in sums)
    score = re.search(r"<bdi>[\d.]+ × 100 = ([\d.]+)</bdi>", html)
    assert score and float(score[1]) == pytest.approx(100 * sums[-1][1], abs=0.1), "the last sum is the overall score"


def test_the_explained_score_is_the_one_on_the_scorecard(site: Site) -> None:
    card = re.search(r'<p class="big-score">(\d+)</p>', page(site, "scorecard"))
    assert card and f"How the score {card[1]} was calculated" in words(page(site, "explain"))


def test_a_requirement_is_explained_with_its_answers_its_law_and_the_points_it_loses(site: Site) -> None:
    text = words(page(site, "explain/r1"))
    order = ["The stricter law applies", "Binds States", "Wording", "Where points are lost", "r1.practice loses"]
    assert all(part in text for part in order)
    assert "Closing this gap alone would raise the score by" in text
    answered, themed, whole = (text.index(part) for part in ("Step by step", "Weighted mean.", "Bands:"))
    assert answered < themed < whole


def test_the_scorecard_links_to_the_explanations_of_every_theme_and_every_gap(site: Site) -> None:
    html = page(site, "scorecard")
    led = set(re.findall(r'href="(/assessments/1/explain[^"]*)"', html))
    assert {"/assessments/1/explain", "/assessments/1/explain/code", "/assessments/1/explain/r1"} <= led
    for address in led:
        assert site.client("ana").get(address).status_code == 200


@pytest.mark.parametrize("where", ["explain/nothing", "explain/about", "explain?basis=guessed"])
def test_a_node_without_a_score_is_not_found(site: Site, where: str) -> None:
    assert site.client("ana").get(f"/assessments/1/{where}").status_code == 404


@pytest.mark.parametrize("who", ["olga", "audun", "ada", "stella"])
def test_nobody_else_sees_how_a_score_was_calculated(site: Site, who: str) -> None:
    for where in ("explain", "explain/code"):
        assert site.client(who).get(f"/assessments/1/{where}").status_code == 404


def test_before_any_verdict_the_page_says_that_there_is_no_verified_score(site: Site) -> None:
    for where in ("explain", "explain/r1?basis=verified", "scorecard"):
        html = page(site, where)
        assert "No auditor has given a verdict yet." in html and "Found by an auditor" not in html
        # links to other languages lead to the same page
        offered = re.findall(r'<a(?![^>]*hreflang)[^>]* href="([^"]+)"', html)
        assert offered
        assert not any("basis=verified" in link for link in offered)


def test_an_assigned_auditor_sees_it_and_a_verdict_brings_the_verified_score(database_url: str, tmp_path: Path) -> None:
    site = settle(make_site(database_url, tmp_path))
    number = begin(site)
    save(site, f"/assessments/{number}/profile", PROFILE)
    send(site, f"/assessments/{number}/code", r1__code="intent", r1__practice="40")
    four = {f"r4__{part}": "yes" for part in ("code", "practice", "proof", "a", "b")}
    send(site, f"/assessments/{number}/people", **four)
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        who, scores = site.people["ana"].id, submission_json_writer(asked.compiled)
        store.submit(session, number, by=who, at=NOON, edition=asked.edition, consent="counted", scores=scores)
        audun, stella = site.people["audun"].id, site.people["stella"].id
        store.assign_auditor(session, number, auditor=audun, by=stella, at=NOON)
    client = site.client("audun")
    assert "No auditor has given a verdict yet." in client.get(f"/assessments/{number}/explain").text
    with site.store() as session, session.begin():
        store.record_determination(session, number, "r4.code", verdict="confirmed", by=audun, at=NOON)
    for where in (f"/assessments/{number}/explain", f"/audit/{number}"):
        seen = client.get(where).text
        assert faults_of(seen) == [] and "No auditor has given a verdict yet." not in seen
        assert "Found by an auditor, not claimed" in seen
    verified = client.get(f"/assessments/{number}/explain/r4?basis=verified").text
    assert '<b aria-current="true">Verified</b>' in verified and "There is no evidence for this yet" in verified
    site.close()
