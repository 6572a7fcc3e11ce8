"""The steward's page of questions to review: by period, from answers of companies and of analysts, without names."""

import re
from collections.abc import Mapping

from flask.testing import FlaskClient
from sqlalchemy import delete

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.models import Period
from compliance.web.database import store_engine
from compliance.web.edition_registry import editions
from compliance.web.steward.question_quality import _PERIOD_QUALITIES
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, YEAR, Site
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

MOST_STATEMENTS = 6
PAGE = "/steward/questions"
YES_OR_NO = [f"r4.{part}" for part in ("code", "practice", "proof", "a", "b")]


def hand_in(
    site: Site, company: int, answers: Mapping[str, str], voice: str = "self", consent: str = "counted"
) -> None:
    """Register Example NN if needed, and submit its answers, as its own or as an analyst's."""
    name = f"Example Inns {company:02}"
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        known = {organisation.name: organisation.id for organisation in store.companies(session)}
        of = known.get(name) or store.add_organisation(session, name, at=NOON, status="confirmed")
        number = store.assessment_for(session, of, edition="walk-2026", year=YEAR, at=NOON, voice=voice).id
        changes = [store.AnswerEdit(question, value) for question, value in answers.items()]
        store.save_answers(session, number, changes, by=None, at=NOON)
        scores = submission_json_writer(asked.compiled)
        store.submit(session, number, by=None, at=NOON, edition=asked.edition, consent=consent, scores=scores)


def answers_of(company: int, *, shift: int = 0) -> dict[str, str]:
    """Answers to all questions; the first four companies leave the one on the law blank. `shift` reverses an answer."""
    given = dict.fromkeys(YES_OR_NO, ("yes", "no")[company // 3 % 2])
    given |= {f"r5.{part}": ("yes", "no")[company % 2] for part in ("code", "practice", "proof", "a")}
    given["r5.a"] = ("yes", "no")[(company + shift) % 2]
    given["r2.code"] = "sale"
    return given if company < 4 else given | {"r1.code": "stricter", "r1.practice": str(5 * company)}


def test_an_unknown_period_shows_the_latest_and_without_any_nothing_is_shown(site: Site, stella: FlaskClient) -> None:
    assert f"Period {YEAR} Too few companies" in text_of(stella.get(f"{PAGE}?period=1999").text)
    with site.store() as session, session.begin():
        session.execute(delete(Period))
    page = stella.get(PAGE)
    assert "There is no period yet" in text_of(page.text)
    assert faults_of(page.text) == []


def test_no_figure_is_shown_for_few_companies(site: Site, stella: FlaskClient) -> None:
    for company in range(9):
        hand_in(site, company, answers_of(company))
    words = text_of(stella.get(PAGE).text)
    assert "9 companies have a score; with fewer than 10" in words
    assert "The figures, theme by theme" not in words and "%" not in words


def test_private_companies_are_in_no_figure_here_either(site: Site, stella: FlaskClient) -> None:
    for company in range(12):
        hand_in(site, company, answers_of(company), consent="private" if company == 11 else "counted")
    assert "(n = 11)" in text_of(stella.get(PAGE).text) and "n = 12" not in text_of(stella.get(PAGE).text)
    for company in (9, 10):
        hand_in(site, company, answers_of(company), consent="private")
    assert "9 companies have a score; with fewer than 10" in text_of(stella.get(PAGE).text)


def test_findings_come_with_advice_and_name_no_company(site: Site, stella: FlaskClient) -> None:
    for company in range(12):
        hand_in(site, company, answers_of(company))
    page = stella.get(PAGE)
    words = text_of(page.text)
    assert faults_of(page.text) == []
    assert "33 % of those asked left it blank (n = 12). Ask for something that a company can look up" in words
    assert "100 % give the same answer: “Sale” (n = 12)." in words
    assert "Two readings compared" not in words, "nobody was read twice, so nothing is said about that"
    for language in ("/fr", "/ar"):
        other = stella.get(language + PAGE).text
        assert faults_of(other) == [] and '">' not in text_of(other)
    assert "Example Inns" not in page.text
    assert 'href="/method/code#r1.code"' in page.text
    assert 'id="r1.code"' in stella.get("/method/code").text
    assert f'href="{PAGE}"' in stella.get("/steward").text


def test_no_figure_is_shown_for_a_question_that_few_answered(site: Site, stella: FlaskClient) -> None:
    """Figures about one company would be its answers, which the steward may not read."""
    for company in range(13):
        shut = {"r1.code": "silent"} if company > 8 else {}
        hand_in(site, company, answers_of(company) | shut)
    page = stella.get(PAGE).text

    def cells(question: str) -> list[str]:
        (row,) = (row for row in page.split("<tr>") if row.startswith("<th") and f"#{question}" in row)
        return re.findall(r"<td[^>]*>(.*?)</td>", row)

    assert cells("r1.code")[:4] == ["13", "69 %", "31 %", "0 %"]  # nine of thirteen answered
    assert cells("r1.code")[4:] == [""] * 5
    assert cells("r1.practice") == ["9", *[""] * 8]  # for four it does not count, because of another answer
    assert cells("r2.code")[4] == "100 %"


def test_a_later_submission_is_shown_at_once_without_more_statements(site: Site, stella: FlaskClient) -> None:
    for company in range(10):
        hand_in(site, company, answers_of(company))
    stella.get("/")  # the first page of an app asks once for what it keeps
    asked = []
    for company in (10, 11):
        with statements(store_engine(site.app)) as sent:
            assert f"From the answers of {company} companies" in text_of(stella.get(PAGE).text)
        asked.append(len(sent))
        hand_in(site, company, answers_of(company))
    assert asked[0] == asked[1] <= MOST_STATEMENTS


def test_own_and_analysts_answers_are_compared_if_both_were_submitted(site: Site, stella: FlaskClient) -> None:
    for company in range(12):
        hand_in(site, company, answers_of(company))
        if company:
            hand_in(site, company, answers_of(company, shift=1), voice="desk")
    hand_in(site, 40, answers_of(5), voice="desk")  # only an analyst read it
    page = stella.get(PAGE)
    words = text_of(page.text)
    assert faults_of(page.text) == []
    assert "From the answers of 12 companies" in words  # the analyst's answers are not among them
    assert "11 companies were read twice." in words
    assert "left out" not in words and "Example Inns" not in page.text  # no company is mentioned by name or number
    assert "Two readers of the same company often answer differently (alpha -" in words
    assert "Read twice" in words and "Krippendorff" in words
    site.app.extensions.pop(_PERIOD_QUALITIES)
    assert text_of(stella.get(PAGE).text) == words  # computed again, with the same seed
