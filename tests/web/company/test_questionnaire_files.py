"""The questionnaire as a workbook: downloaded, returned, compared three ways, and applied all or not at all."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.questionnaire.answers import AnswerSheet
from compliance.store.delegations import DelegatedTo, delegate
from compliance.web.edition_registry import editions
from compliance.workbook.questionnaire_lines import LineColumn
from compliance.workbook.questionnaire_workbook import QuestionnaireMetadata, questionnaire_workbook
from tests.support.hostile_workbooks import as_ods
from tests.support.page_lint import faults_of
from tests.support.questionnaires import Typed, TypedFormula, filled_in, shown, taken, upload
from tests.support.returned_workbooks import counts
from tests.support.sites import (
    EDITIONS,
    NOON,
    YEAR,
    Site,
    answers,
    begin,
    kept,
    make_site,
    post,
    save,
    save_profile,
    settle,
)
from tests.web.public.test_public_pages import text_of

ANSWER, INSTEAD, WHY = LineColumn.ANSWER, LineColumn.INSTEAD, LineColumn.WHY
DOCUMENT, PASSAGE, LINK = LineColumn.DOCUMENT, LineColumn.PASSAGE, LineColumn.LINK
FILLED: Typed = {
    "question r1.code": {
        ANSWER: "The stricter one",
        DOCUMENT: "Code of conduct",
        PASSAGE: "The stricter rule applies.",
    },
    "question r1.practice": {ANSWER: 12.5},
    "tick r2.code sale": {ANSWER: "Yes"},
    "tick r2.code online": {ANSWER: "Yes"},
    "question r2.since": {ANSWER: "2026-03-31"},
    "question r2.words": {ANSWER: "=1+1 “as is”\n'and so'", LINK: ""},
    "question r4.code": {INSTEAD: "Not known yet"},
}
SAVED = {
    "profile.sector": "travel",
    "profile.size": "small",
    "profile.lodging": "no",
    "about.home": "PRT",
    "r1.code": "stricter",
    "r1.practice": "12.5",
    "r2.code": "sale|online",
    "r2.since": "2026-03-31",
    "r2.words": "=1+1 “as is”\n'and so'",
}


@pytest.fixture
def number(site: Site) -> int:
    begun = begin(site)
    save_profile(site, begun)
    return begun


def apply(client: FlaskClient, address: str, page: str, **more: str) -> str:
    state = re.search(r'name="state" value="([^"]+)"', page)
    assert state, page
    response = post(client, address, fields={"state": state[1], **more})
    return response.text if response.status_code == 200 else ""


def saved_words(site: Site, number: int) -> dict[str, tuple[str, str]]:
    with site.store() as session:
        found = store.saved_answers(session, number)
    return {question: (each.word, each.title) for question, each in found.items() if each.word}


def evidence(site: Site, number: int) -> Mapping[str, tuple[object, ...]]:
    with site.store() as session:
        found = store.evidence_of(session, number)
    return {question: tuple(each.rests_on for each in pieces) for question, pieces in found.items()}


def test_a_filled_in_questionnaire_is_compared_then_saved_and_then_changes_nothing(site: Site, number: int) -> None:
    ana = site.client("ana")
    content = filled_in(taken(ana, number), FILLED, ("about.home", "PRT"))
    before = kept(site, number)
    address, page = shown(ana, number, content)
    assert kept(site, number) == before
    assert counts(page) | {"Changes that fit": 7, "Evidence to add": 1, "Cells not understood": 0} == counts(page)
    assert not faults_of(page)
    assert apply(ana, address, page) == ""
    assert kept(site, number) == SAVED
    assert saved_words(site, number) == {"r4.code": ("not-known", "")}
    assert evidence(site, number) == {
        "r1.code": (store.Quotation("Code of conduct", passage="The stricter rule applies."),)
    }
    with site.store() as session:
        versions = {question: each.version for question, each in store.saved_answers(session, number).items()}
    again = ana.get(address).text
    assert "This workbook changes nothing" in again
    assert counts(again)["Changes that fit"] == counts(again)["Evidence to add"] == 0
    assert apply(ana, address, again) == ""
    with site.store() as session:
        assert {q: each.version for q, each in store.saved_answers(session, number).items()} == versions
    assert len(evidence(site, number)["r1.code"]) == 1


def test_an_untouched_questionnaire_changes_nothing_even_as_ods_and_in_other_languages(site: Site, number: int) -> None:
    ana = site.client("ana")
    address, page = shown(ana, number, filled_in(taken(ana, number), FILLED, ("about.home", "PRT")))
    apply(ana, address, page)
    for language in ("", "/ar"):
        content = taken(ana, number, language)
        for file in (content, as_ods(content)):
            _address, page = shown(ana, number, file)
            assert "This workbook changes nothing" in page
            assert counts(page)["Cells not understood"] == counts(page)["Edits ignored"] == 0


def test_an_answer_changed_on_both_sides_needs_a_choice(site: Site, number: int) -> None:
    ana = site.client("ana")
    out = taken(ana, number)
    save(site, f"/assessments/{number}/code", answers(r1__code="intent"), "jon")
    content = filled_in(out, {"question r1.code": {ANSWER: "The stricter one"}, "question r4.code": {ANSWER: "Yes"}})
    address, page = shown(ana, number, content)
    assert counts(page)["Conflicts, to choose"] == 1
    assert counts(page)["Changes that fit"] == 1
    refused = apply(ana, address, page)
    assert "Choose which answer to keep." in refused
    assert "r4.code" not in kept(site, number)
    version = re.search(r'name="r1.code#version" value="(\d+)"', page)
    assert version
    apply(ana, address, page, **{"r1.code#keep": "workbook", "r1.code#version": version[1]})
    assert (kept(site, number)["r1.code"], kept(site, number)["r4.code"]) == ("stricter", "yes")


def test_an_unreadable_cell_is_named_with_advice_and_going_on_without_it_needs_a_tick(site: Site, number: int) -> None:
    ana = site.client("ana")
    typed: Typed = {
        "question r1.code": {ANSWER: "The strictest"},
        "question r1.practice": {ANSWER: "about 50"},
        "question r2.since": {ANSWER: "last year"},
        "tick r2.code sale": {ANSWER: "No"},
        "question r4.code": {ANSWER: "Yes", INSTEAD: "Not known yet"},
        "question r4.proof": {ANSWER: TypedFormula("=1+1")},
        "question r4.practice": {ANSWER: "Yes"},
    }
    address, page = shown(ana, number, filled_in(taken(ana, number), typed))
    assert counts(page)["Cells not understood"] == 6
    for says in (
        "choose from the list",
        "Enter a number without a unit",
        "Enter a date, such as 2027-01-31",
        "choose Yes, or empty the cell",
        "not both",
        "type the answer itself",
    ):
        assert says in text_of(page), says
    assert "Tick the box to go on" in apply(ana, address, page)
    assert "r4.practice" not in kept(site, number)
    apply(ana, address, page, without="yes")
    assert kept(site, number) == {k: v for k, v in SAVED.items() if "profile" in k} | {"r4.practice": "yes"}


@pytest.mark.parametrize("column", [DOCUMENT, PASSAGE, LINK])
def test_evidence_longer_than_a_form_takes_is_named_and_not_saved(sqlite_site: Site, column: LineColumn) -> None:
    number, ana = begin(sqlite_site), sqlite_site.client("ana")
    piece = {DOCUMENT: "Code", PASSAGE: "Yes.", LINK: "https://example.org/"}
    typed: Typed = {"question r1.code": {ANSWER: "The stricter one", **piece, column: piece[column] + 4000 * "a"}}
    address, page = shown(ana, number, filled_in(taken(ana, number), typed))
    assert "This is longer than 4,000 characters: shorten it." in page
    apply(ana, address, page, without="yes")
    assert not evidence(sqlite_site, number) and "r1.code" not in kept(sqlite_site, number)


def test_the_questionnaire_of_another_company_is_refused_with_its_name(site: Site, number: int) -> None:
    olga = site.client("olga")
    other = begin(site, "olga")
    refused = upload(site.client("ana"), number, taken(olga, other))
    assert refused.status_code == 200
    assert "This questionnaire is of Example Foods 02, and this page is of Example Travel 01." in text_of(refused.text)


def test_another_edition_is_refused_with_its_name_and_so_is_a_file_that_is_no_questionnaire(
    site: Site, number: int
) -> None:
    ana = site.client("ana")

    def of_another_edition(book: object) -> None:
        for name, value in (("edition", "walk-2031"), ("digest", "f" * 64)):
            book.custom_doc_props[f"article34-questionnaire.{name}"].value = value  # type: ignore[attr-defined]
        page = book.worksheets[0]  # type: ignore[attr-defined]
        for row in page.iter_rows():
            for cell in row:
                if str(cell.value).startswith("{"):
                    cell.value = None

    other = filled_in(taken(ana, number), {}, change=of_another_edition)
    assert "asks the questions of walk-2031 (ffffffffffff), and yours are those of walk-2026" in text_of(
        upload(ana, number, other).text
    )
    scorecard = ana.get(f"/assessments/{number}/scorecard.xlsx").data
    assert "This is not a questionnaire from this tool." in text_of(upload(ana, number, scorecard).text)
    assert "The workbook cannot be read" in text_of(upload(ana, number, b"PK\x03\x04 nothing").text)


def test_a_closed_year_accepts_no_questionnaire(site: Site, number: int) -> None:
    ana = site.client("ana")
    address, page = shown(ana, number, filled_in(taken(ana, number), {"question r4.code": {ANSWER: "Yes"}}))
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    apply(ana, address, page)
    assert "r4.code" not in kept(site, number)


@pytest.mark.parametrize("language", ["", "/ar"])
def test_the_printed_questionnaire_has_every_question_blank_or_filled_in(sqlite_site: Site, language: str) -> None:
    number = begin(sqlite_site)
    save_profile(sqlite_site, number)
    save(sqlite_site, f"/assessments/{number}/code", answers(r1__code="stricter"))
    ana = sqlite_site.client("ana")
    with sqlite_site.app.test_request_context():
        asked = [question.id for theme in editions()["walk-2026"].edition.themes for question in theme.questions()]
    pages = [ana.get(f"{language}/assessments/{number}/paper/{part}?blank=1") for part in (1, 2, 3)]
    assert all(page.status_code == 200 and not faults_of(page.text) for page in pages)
    assert "☒" not in "".join(page.text for page in pages)
    assert "☒" in ana.get(f"{language}/assessments/{number}/paper/2").text
    assert sum(page.text.count('<h2 class="h4">') for page in pages) == 3 + 1 + len(asked) - 1  # r3: no hotels
    assert ana.get(f"{language}/assessments/{number}/paper/4").status_code == 404


@pytest.fixture
def two_editions(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site that asks walk-2026, and also has the edition before it, with one question worded differently."""
    folder = tmp_path / "walk-2025"
    folder.mkdir()
    text = (EDITIONS / "walk" / "edition.yaml").read_text(encoding="utf-8")
    text = text.replace("id: walk-2026", "id: walk-2025").replace("{id: online, points: 1, text: Online}", "")
    (folder / "edition.yaml").write_text(text, encoding="utf-8")
    site = settle(make_site(sqlite_url, tmp_path, EDITIONS=[folder, EDITIONS / "walk"]))
    yield site
    site.close()


def test_a_questionnaire_of_an_older_edition_is_carried_over_as_answers_are(two_editions: Site) -> None:
    number, ana = begin(two_editions), two_editions.client("ana")
    save(two_editions, f"/assessments/{number}/people", answers(r4__code="no"))
    given = {"r1.code": "stricter", "r2.code": ("sale",), "r2.words": "as is", "r4.code": "yes"}
    with two_editions.app.test_request_context():
        older = editions()["walk-2025"].edition
    organisation = str(two_editions.people["ana"].organisation_id)
    content = questionnaire_workbook(
        older,
        AnswerSheet("Example Travel 01", {"size": "small"}, given),
        QuestionnaireMetadata(organisation=organisation),
    )
    address, page = shown(ana, number, content)
    assert "It asks the questions of an older questionnaire, walk-2025." in page
    said = counts(page)
    assert (said["Changes that fit"], said["Conflicts, to choose"], said["Edits ignored"]) == (3, 1, 1)
    assert "“Which forms does it name?” is now asked differently" in text_of(page)
    version = re.search(r'name="r4.code#version" value="(\d+)"', page)
    assert version
    apply(ana, address, page, **{"r4.code#keep": "web", "r4.code#version": version[1]})
    assert kept(two_editions, number) == {
        "profile.size": "small",
        "r1.code": "stricter",
        "r2.words": "as is",
        "r4.code": "no",
    }
    with two_editions.store() as session:
        assert store.saved_answers(session, number)["r1.code"].carried_from == "walk-2025"
    page = ana.get(f"/assessments/{number}/code").text
    assert "Taken over from another questionnaire" in page and "From your quick check" not in page


def test_a_contributor_downloads_the_questions_assigned_to_them_and_can_change_no_others(sqlite_site: Site) -> None:
    number, ana, jon = begin(sqlite_site), sqlite_site.client("ana"), sqlite_site.client("jon")
    save_profile(sqlite_site, number)
    every, of_nobody = taken(ana, number), taken(jon, number)
    with sqlite_site.store() as session, session.begin():
        to = DelegatedTo(sqlite_site.people["jon"].id)
        delegate(session, number, "r4.code", to, seen=None, by=None, at=NOON)
    typed: Typed = {"question r1.code": {ANSWER: "The stricter one"}, "question r4.code": {ANSWER: "Yes"}}
    typed |= {"question r4.proof": {LINK: "https://example.org/code"}}
    for complete in (of_nobody, taken(ana, number)):
        filled_in(complete, typed)
    with pytest.raises(AssertionError, match="no such line"):
        filled_in(taken(jon, number), typed)
    address, page = shown(jon, number, filled_in(every, typed))
    assert page.count("This question is not assigned to you, so its answer stays as it is.") == 2
    apply(jon, address, page)
    assert kept(sqlite_site, number) == {k: v for k, v in SAVED.items() if "profile" in k} | {"r4.code": "yes"}
