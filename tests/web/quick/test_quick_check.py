"""The quick check as visitors use it: a question a page, answers in the visitor's cookie, a result at once, a link."""

import io
import re
from collections.abc import Mapping
from html import unescape

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import Scorecard, make_scorecard
from compliance.web.database import store_engine
from tests.support.page_lint import faults_of
from tests.support.quick_walks import LINES, answer, send, text_of, walk
from tests.support.sites import Site
from tests.support.stores import statements


@pytest.fixture(scope="module")
def site(quick_site: Site) -> Site:
    """The quick check."""
    return quick_site


def card(quick: Edition, answers: Mapping[str, str]) -> Scorecard:
    return make_scorecard(compile_edition(quick), AnswerSheet(answers=dict(answers)))


# ── The questions


def test_each_page_has_one_question_with_its_law_and_its_points_below(visitor: FlaskClient, quick: Edition) -> None:
    for number, question in enumerate(quick.questions.values(), 1):
        page = visitor.get("/quick" if number == 1 else f"/quick/{number}").text
        words = text_of(page)
        assert faults_of(page) == []
        assert f"question {number} of 12" in words and question.ask in words and question.help in words
        choices, _, scoring = words.partition("How this is scored")
        for option in question.options:
            assert option.text in choices and f"{option.text} {option.points:g}" in scoring
        assert "points" not in choices, "points are not shown, so that people answer what is true"
        assert "Not known yet" in words
        requirement = quick.requirement_of(question.id)
        assert requirement and requirement.expects in words
        for provision in requirement.law:
            assert quick.provisions[provision].paraphrase in words
        assert words.count("Wording checked") + words.count("Wording not checked") == len(requirement.law)
        assert "<script" not in page


def test_each_answer_leads_to_the_next_question_and_the_last_to_the_result(
    visitor: FlaskClient, quick: Edition
) -> None:
    for number in range(1, 12):
        assert answer(visitor, quick, number, "some").headers["Location"] == f"/quick/{number + 1}"
    assert answer(visitor, quick, 12, "some").headers["Location"] == "/quick/result"


def test_going_back_shows_what_was_chosen_and_it_can_be_changed(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick)
    page = visitor.get("/quick/2").text
    assert 'value="all" checked' in page and 'href="/quick"' in page
    assert answer(visitor, quick, 2, "none").headers["Location"] == "/quick/3"
    assert 'value="none" checked' in visitor.get("/quick/2").text
    assert 'value="none" checked' in visitor.get("/quick/2").text, "reloading changes nothing"


def test_changing_an_answer_from_the_result_leads_back_to_it(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick)
    assert 'href="/quick/5?then=result"' in visitor.get("/quick/result").text
    page = visitor.get("/quick/5?then=result").text
    assert 'name="then" value="result"' in page
    assert answer(visitor, quick, 5, "all", then="result").headers["Location"] == "/quick/result"


def test_not_known_leaves_a_blank_and_removes_an_answer(visitor: FlaskClient, quick: Edition) -> None:
    answers = walk(visitor, quick)
    answer(visitor, quick, 2, "")
    assert f"{len(answers) - 1} of 12 questions answered." in text_of(visitor.get("/quick/result").text)


def test_the_check_begins_on_the_first_page_and_sets_no_cookie_before_the_first_answer(
    site: Site, visitor: FlaskClient, quick: Edition
) -> None:
    home = visitor.get("/")
    assert "Set-Cookie" not in home.headers
    assert 'action="/quick"' in home.text and quick.questions["r02.quick"].ask in unescape(home.text)
    for where in ("/quick", "/quick/7", "/quick/print", "/quick/result"):
        assert "Set-Cookie" not in visitor.get(where).headers
    response = answer(visitor, quick, 1, "some")
    assert response.headers["Location"] == "/quick/2"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Expires" not in cookie and "Max-Age" not in cookie, "the cookie ends with the browser"


def test_the_cookie_is_far_smaller_than_browsers_allow(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick, ("all",) * 12)
    cookie = visitor.get_cookie("article34")
    assert cookie and len(cookie.value) < 200 < 4096


def test_nothing_is_stored_on_the_server(site: Site, visitor: FlaskClient, quick: Edition) -> None:
    with statements(store_engine(site.app)) as sent:
        walk(visitor, quick)
        visitor.get("/quick/result")
        visitor.get("/quick/result.xlsx")
    assert [statement for statement in sent if not statement.lstrip().upper().startswith("SELECT")] == []
    assert site.client().get("/quick/result").headers["Location"] == "/quick", "another visitor has no answers"


def test_answers_can_be_deleted_on_demand(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick)
    assert "Forget my answers" in visitor.get("/quick/result").text
    response = send(visitor, "/quick/forget")
    assert response.headers["Location"] == "/quick"
    assert "Your answers were deleted." in visitor.get("/quick").text
    assert visitor.get("/quick/result").headers["Location"] == "/quick"
    with visitor.session_transaction() as session:
        assert "quick" not in session


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_site_changes_nothing(
    visitor: FlaskClient, quick: Edition, headers: dict[str, str]
) -> None:
    for where, fields in (("/quick", {"r02.quick": "all"}), ("/quick/forget", {}), ("/quick/take", {})):
        response = visitor.post(where, data=fields, headers=headers)
        assert response.status_code == 400
        assert "came from somewhere else" in response.text
    assert visitor.get("/quick/result").status_code == 302
    assert (
        visitor.post("/quick", data={"r02.quick": "all"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    )


@pytest.mark.parametrize("line", ["nothing", "n/a", "all|some", "<script>"])
def test_an_invalid_answer_is_refused_with_a_sentence(visitor: FlaskClient, quick: Edition, line: str) -> None:
    response = answer(visitor, quick, 3, line)
    assert response.status_code == 400
    assert "Choose one of the answers shown." in response.text and "<title>Error: " in response.text
    assert faults_of(response.text) == []
    assert visitor.get("/quick/result").status_code == 302


@pytest.mark.parametrize("where", ["/quick/0", "/quick/13", "/quick/x", "/quick/-1"])
def test_unknown_questions_are_not_found(visitor: FlaskClient, where: str) -> None:
    assert visitor.get(where).status_code == 404


def test_with_a_cookie_of_a_removed_edition_the_check_starts_again(visitor: FlaskClient) -> None:
    with visitor.session_transaction() as session:
        session["quick"] = "1000-0000-0000-0000"
    assert visitor.get("/quick/result").headers["Location"] == "/quick"
    assert visitor.get("/quick").status_code == 200


def test_all_questions_are_on_one_page_to_print(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick)
    page = visitor.get("/quick/print").text
    words = text_of(page)
    assert faults_of(page) == []
    for number, question in enumerate(quick.questions.values(), 1):
        assert f"{number}. {question.ask}" in words
    assert words.count("☒") == len([line for line in LINES if line])
    assert words.count("☐") + words.count("☒") == 48


# ── The result


def test_the_result_is_calculated_by_the_engine_with_interval_coverage_and_band(
    visitor: FlaskClient, quick: Edition
) -> None:
    made = card(quick, walk(visitor, quick))
    page = visitor.get("/quick/result").text
    words = text_of(page)
    assert faults_of(page) == []
    overall = made.overall
    assert overall.score is not None and overall.worst is not None and overall.best is not None and overall.band
    assert f" {overall.score:.0f} of 100, between {overall.worst:.0f} and {overall.best:.0f}" in words
    assert overall.band.title in words
    assert f"11 of 12 questions answered. Coverage {100 * (overall.coverage or 0):.0f} %." in words
    assert "It has no rank, and says nothing about the score in the full questionnaire." in words
    assert "evidence" not in words.lower(), "the result does not ask for one"


def test_what_would_raise_the_score_most_comes_first(visitor: FlaskClient, quick: Edition) -> None:
    gains = sorted((gap.gain for gap in card(quick, walk(visitor, quick)).gaps), reverse=True)
    shown = re.findall(r"Meeting this alone would add ([\d.]+)\.", text_of(visitor.get("/quick/result").text))
    assert [float(gain) for gain in shown] == [pytest.approx(gain, abs=0.051) for gain in gains]
    assert len(gains) == 9


def test_each_answer_is_shown_with_its_points_and_the_law_behind_it(visitor: FlaskClient, quick: Edition) -> None:
    answers = walk(visitor, quick)
    words = text_of(visitor.get("/quick/result").text)
    law = 0
    for requirement in quick.requirements:
        (question,) = requirement.questions()
        option = question.option(answers[question.id]) if question.id in answers else None
        said = f"{option.points:g} of 10 {option.text}" if option else "0 of 10 No answer yet"
        assert f"{question.ask} {said}" in words
        law += len(requirement.law)
        assert all(quick.provisions[provision].paraphrase in words for provision in requirement.law)
    assert words.count("Wording checked") + words.count("Wording not checked") == law


def test_too_few_answers_give_no_score_and_say_so(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick, ("all", "some", *[""] * 10))
    words = text_of(visitor.get("/quick/result").text)
    assert "No score Too little is answered for a score: at least 50 % is needed." in words
    assert "without a score, the gaps cannot be ranked" in words


def test_a_critical_requirement_met_only_on_paper_limits_the_band(visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick, ("written", *["all"] * 11))
    words = text_of(visitor.get("/quick/result").text)
    assert "93 points would normally mean Most in place. The band is limited to Some in place" in words


def test_the_workbook_says_the_same_and_is_called_quick_check(visitor: FlaskClient, quick: Edition) -> None:
    made = card(quick, walk(visitor, quick))
    response = visitor.get("/quick/result.xlsx")
    assert response.mimetype.endswith("spreadsheetml.sheet")
    assert "quick-check.xlsx" in response.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(response.data), data_only=True)
    first = book.worksheets[0]
    cells = [cell.value for row in first.iter_rows() for cell in row if cell.value is not None]
    assert "Quick check" in cells
    assert any(isinstance(value, float) and value == pytest.approx(made.overall.score) for value in cells)
