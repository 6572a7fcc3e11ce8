"""A link to a result of the quick check contains the answers, so it opens anywhere, and must not be in any log."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from compliance.languages.interface_messages import SOURCE_LANGUAGE, offered_languages
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.web.quick import results
from compliance.web.quick.link_code import write_code
from tests.support.page_lint import faults_of
from tests.support.quick_walks import answer, send, text_of, walk
from tests.support.sites import Site


@pytest.fixture(scope="module")
def site(quick_site: Site) -> Site:
    """The quick check."""
    return quick_site


def link_in(page: str) -> str:
    found = re.search(r"http://localhost(/quick/r/[0-9a-z-]+)", page)
    assert found, page
    return found[1]


# ── The link


def test_a_link_shows_the_same_result_to_everybody_who_has_it(site: Site, visitor: FlaskClient, quick: Edition) -> None:
    walk(visitor, quick)
    own = visitor.get("/quick/result").text
    other = site.client()
    response = other.get(link_in(own))
    assert response.status_code == 200 and faults_of(response.text) == []
    assert "Set-Cookie" not in response.headers, "looking at it stores nothing"
    score = re.search(r'<p class="big-score">(\d+)</p>', own)
    assert score and f'<p class="big-score">{score[1]}</p>' in response.text
    assert "Change this answer" not in response.text and "Forget my answers" not in response.text
    assert other.get("/quick/result").status_code == 302


def test_a_link_contains_only_the_answers_and_is_not_passed_to_other_sites(site: Site, quick: Edition) -> None:
    code = write_code(quick, dict.fromkeys(quick.questions, "some"))
    for where in (f"/quick/r/{code}", f"/quick/r/{code}.xlsx", f"/quick/r/{code}/take", f"/quick/r/{code}0"):
        response = site.client().get(where)
        assert response.headers["Referrer-Policy"] == "no-referrer", where
        assert response.headers["X-Robots-Tag"] == "noindex", where
    assert len(code) == 19
    page = site.client().get(f"/quick/r/{code}").text
    assert 'method="post"' not in page, "a page that sends no referrer could not send a form"
    assert site.client().get("/quick").headers["Referrer-Policy"] == "same-origin"
    walked = site.client()
    walk(walked, quick)
    assert walked.get("/quick/result").headers["X-Robots-Tag"] == "noindex"


def test_a_link_has_its_workbook_too(site: Site, quick: Edition) -> None:
    code = write_code(quick, dict.fromkeys(quick.questions, "some"))
    response = site.client().get(f"/quick/r/{code}.xlsx")
    assert response.status_code == 200 and response.data[:2] == b"PK"


CODE = write_code(find_edition("child-protection-quick"), {"r02.quick": "all"})


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        (CODE[:-1], 400, "The end of it is missing."),
        (CODE[:9], 400, "The end of it is missing."),
        (CODE[:11] + ("0" if CODE[11] != "0" else "1") + CODE[12:], 400, "Something in it was changed"),
        (CODE + "z", 400, "Something in it was changed"),
        ("<script>alert(1)</script>", 400, "Something in it was changed"),
        ("a/b/../c", 400, "Something in it was changed"),
    ],
    ids=["cut by one", "cut in the middle", "one character", "one too many", "hostile", "a path"],
)
@pytest.mark.parametrize("more", ["", ".xlsx", "/take"])
def test_an_incomplete_link_says_what_is_wrong(
    visitor: FlaskClient, code: str, status: int, says: str, more: str
) -> None:
    if more and "/" in code:
        return
    response = visitor.get(f"/quick/r/{code}{more}")
    assert response.status_code == status
    assert says in text_of(response.text)
    assert faults_of(response.text) == []
    assert code not in response.text and "alert(1)" not in response.text
    assert "/sign-in?next" not in response.text


def test_a_link_to_another_edition_says_so(visitor: FlaskClient, quick: Edition) -> None:
    other = write_code(replace(quick, digest="f" * 64), {"r02.quick": "all"})
    response = visitor.get(f"/quick/r/{other}")
    assert response.status_code == 410
    assert "a different edition of the quick check" in text_of(response.text)


def test_answers_of_a_link_can_be_taken_over_and_that_page_s_address_does_not_contain_them(
    site: Site, visitor: FlaskClient, quick: Edition
) -> None:
    code = write_code(quick, dict.fromkeys(quick.questions, "all"))
    answer(visitor, quick, 1, "none")
    response = visitor.get(f"/quick/r/{code}/take")
    assert response.headers["Location"] == "/quick/take"
    page = visitor.get("/quick/take")
    assert page.headers["Referrer-Policy"] == "same-origin", "its form needs one"
    assert "12 answers came with the link. It replaces the one answer in this browser." in text_of(page.text)
    assert faults_of(page.text) == []
    assert visitor.get("/quick/result").status_code == 200 and "1 of 12" in text_of(visitor.get("/quick/result").text)
    assert send(visitor, "/quick/take").headers["Location"] == "/quick/result"
    assert "12 of 12 questions answered." in text_of(visitor.get("/quick/result").text)
    assert send(visitor, "/quick/take").headers["Location"] == "/quick", "it was offered once"


# ── The log


class Kept(logging.Handler):
    """A handler that keeps everything that is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Kept]:
    kept = Kept()
    logging.getLogger().addHandler(kept)
    yield kept
    logging.getLogger().removeHandler(kept)


@pytest.mark.parametrize("language", ["" if code == SOURCE_LANGUAGE else f"/{code}" for code in offered_languages()])
def test_a_page_that_fails_leaves_no_answers_in_the_error_log(
    site: Site, quick: Edition, log: Kept, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    code = write_code(quick, dict.fromkeys(quick.questions, "some"))

    def fails(_read: object) -> str:
        raise ZeroDivisionError(f"while showing /quick/r/{code}")

    monkeypatch.setattr(results, "_page", fails)
    response = site.client().get(f"{language}/quick/r/{code}")
    assert response.status_code == 500 and code not in response.text
    said = "\n".join(log.lines)
    assert "ZeroDivisionError" in said and "/quick/r/<path:code>" in said, "it is logged"
    assert code not in said


def test_no_server_logs_a_result_link(site: Site, log: Kept) -> None:
    for name in ("waitress", "werkzeug", site.app.logger.name):
        logging.getLogger(name).error("Exception while serving %s", f"/fr/quick/r/{CODE}?language=fr")
        logging.getLogger(name).error("%s", f'"GET /quick/r/{CODE}.xlsx HTTP/1.1" 200')
    assert len(log.lines) == 6
    assert [line for line in log.lines if CODE in line] == []
    assert log.lines[1] == '"GET /quick/r/… HTTP/1.1" 200'


def test_other_lines_of_the_log_are_unchanged(site: Site, log: Kept) -> None:
    site.app.logger.error("Exception on %s", "/sectors?period=2026")
    assert log.lines == ["Exception on /sectors?period=2026"]
