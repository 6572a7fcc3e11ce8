"""Verdicts on questions that depend on others: places of the company, and questions that an adjusted answer adds."""

import re

import pytest

from compliance import store
from compliance.questionnaire.answers import Adjusted
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import submission_json_writer
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, Site, begin
from tests.web.auditor.test_audit_pages import assign
from tests.web.auditor.test_verdicts import give, hidden, kept

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "places"])


def submitted_with(site: Site, answers: dict[str, str]) -> int:
    number, by = begin(site), site.people["ana"].id
    with site.app.app_context(), site.store() as session, session.begin():
        edits = [store.AnswerEdit(question, value) for question, value in answers.items()]
        store.save_answers(session, number, edits, by=by, at=NOON)
        asked = editions()["places-example"]
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=by, at=NOON, edition=asked.edition, consent="counted", scores=scores)
    assign(site, number)
    return number


def test_adjusted_places_are_chosen_among_those_that_the_company_named(site: Site) -> None:
    number = submitted_with(site, {"about.operations": "ESP|PRT|USA", "trained": "ESP|PRT|USA"})
    page = site.client("audun").get(f"/audit/{number}/training").text
    offered = re.findall(r'type="checkbox" name="trained" value="([^"]+)"', page)
    assert offered == ["PRT", "ESP", "USA", "none", "+planned", "+dated"]
    assert faults_of(page) == []
    give(site, number, {"trained#verdict": "adjusted", "trained": ["ESP"]}, "training")
    assert kept(site, number) == {"trained": ("adjusted", "ESP", "")}
    with site.app.app_context(), site.store() as session:
        asked = editions()["places-example"]
        sheet = store.submitted_sheet(session, store.latest_submission(session, number), asked.edition)
        card = make_scorecard(asked.compiled, sheet, "verified")
    assert sheet.verdicts == {"trained": Adjusted(("ESP",))}
    assert card.questions["trained"].score == 40  # in some: 4 of 10 points


def test_a_question_that_an_adjusted_answer_adds_can_be_judged_and_no_other(site: Site) -> None:
    number = submitted_with(site, {"about.operations": "ESP|PRT|USA", "trained": "ESP"})
    client = site.client("audun")
    before = hidden(client.get(f"/audit/{number}/training").text)
    assert "repeated#version" not in before
    give(site, number, {"trained#verdict": "adjusted", "trained": ["ESP", "PRT", "USA"]}, "training")
    page = client.get(f"/audit/{number}/training").text
    assert faults_of(page) == []
    assert hidden(page)["repeated#version"] == "0"
    give(site, number, {"repeated#verdict": "adjusted", "repeated": "yes"}, "training")
    assert kept(site, number)["repeated"] == ("adjusted", "yes", "")


def test_places_cannot_be_adjusted_if_the_company_named_none_and_nothing_is_saved(site: Site) -> None:
    number = submitted_with(site, {"trained": "ESP"})
    page = give(site, number, {"trained#verdict": "adjusted", "trained": ["PRT"]}, "training")
    assert "while the list of countries that it refers to is blank" in page
    assert faults_of(page) == []
    assert kept(site, number) == {}
