"""Public pages: all pages, the complete method, and the law."""

import gzip
import hashlib
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from compliance.disclosure.published import Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.web.caches import empty_caches
from compliance.web.public.method import worked_example
from compliance.web.settings import RETENTION_DAYS
from tests.support.crawling import crawl, routes_of
from tests.support.demonstrations import ROLES
from tests.support.examples import SHARE
from tests.support.page_lint import faults_of
from tests.support.sites import Site, make_site

#: Bytes as the server compresses them: Arabic letters take two each, and compress as well.
LARGEST_PAGE = 20_000
#: A theme of the method, with every option of every question, is a reference that browsers cache, so it may be larger.
LARGEST_THEME = 40_000


def text_of(html: str) -> str:
    """The text of a page, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi[^>]*>", "", html))))


# ── Every page


@pytest.fixture(scope="module")
def public_pages(site: Site) -> dict[str, str]:
    """The pages that a visitor can reach, by address. In CI, all files are requested too."""
    return crawl(site.client(), files=SHARE >= 1)


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_that_links_lead_to_exists_and_is_valid(
    site: Site, public_pages: dict[str, str], role: str | None
) -> None:
    pages = public_pages if role is None else crawl(site.client(role), kind_of=routes_of(site.app))
    assert len(pages) > (60 if SHARE >= 1 else 30)
    assert {address: faults for address, page in pages.items() if page and (faults := faults_of(page))} == {}


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_every_public_page_is_the_same_on_postgresql(own_demonstration: Site, public_pages: dict[str, str]) -> None:
    def without_tokens(pages: dict[str, str]) -> dict[str, str]:
        return {address: re.sub('name="csrf_token" value="[^"]+"', "", page) for address, page in pages.items()}

    assert without_tokens(crawl(own_demonstration.client())) == without_tokens(public_pages)


def test_the_checker_of_pages_finds_faults() -> None:
    page = "<title>A</title><h1>B</h1><h3 id=x>C</h3><p id=x class=None>%(name)s</p>"
    page += "<form method=post action=/a></form><a href='#y'>D</a>"
    assert len(faults_of(page)) == 6
    assert "no title" in faults_of("<h1>A</h1>")
    assert faults_of("<title>A</title><h1>B</h1><p><b>C</p></b>") != []
    assert faults_of("<title>A</title><h1>B</h1><p>C</p>") == []


def test_public_pages_are_small_and_set_no_cookie(site: Site, public_pages: dict[str, str]) -> None:
    for address, page in public_pages.items():
        most = LARGEST_THEME if address.startswith("/method/") else LARGEST_PAGE
        assert len(gzip.compress(page.encode(), 6)) < most, address
    for address in ("/", "/sectors", "/sectors/lodging", "/method", "/law", "/privacy", "/quick"):
        assert "Set-Cookie" not in site.client().get(address).headers, address


@pytest.mark.parametrize("address", ["/", "/accessibility", "/contact", "/privacy"])
def test_a_new_installation_already_has_public_pages(database_url: str, tmp_path: Path, address: str) -> None:
    site = make_site(database_url, tmp_path, EDITIONS=None)
    page = site.client().get(address)
    assert page.status_code == 200
    assert faults_of(page.text) == []
    assert "Demonstration" not in page.text
    site.close()


def test_hotlines_are_named_and_so_is_the_operator_if_a_setting_says_who(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path, CONTACT="The office <office@example.org>")
    page = site.client().get("/contact").text
    assert "Child Helpline International" in page and "INHOPE" in page
    assert "The office <office@example.org>" in text_of(page)
    site.close()


@pytest.mark.parametrize("language", ["", "/fr", "/es", "/ar"])
def test_the_privacy_page_says_who_is_responsible_or_that_this_is_not_set(
    sqlite_url: str, tmp_path: Path, language: str
) -> None:
    said = {
        "CONTROLLER": "The Office e. V.",
        "PURPOSES": "To compare.\n\nArt. 6(1)(f) GDPR",
        "CONTACT": "dpo@example.org",
    }
    site = make_site(sqlite_url, tmp_path)
    answers: list[list[str]] = []
    for settings in ({}, said):
        site.app.config.update(dict.fromkeys((*said, "PRIVACY_CONTACT"), "") | settings)
        site.app.config["PRIVACY_CONTACT"] = site.app.config["CONTACT"]
        empty_caches(site.app)  # settings are read at the start
        page = site.client().get(f"{language}/privacy").text
        assert faults_of(page) == []
        answers.append([" ".join(text_of(each).split()) for each in re.findall(r"<dd>.*?</dd>", page, re.S)])
        assert len(answers[-1]) == 3 + len(RETENTION_DAYS)
    site.close()
    unsaid, given = (each[:3] for each in answers)
    assert len(set(unsaid)) == 1 and len(unsaid) == 3 and unsaid[0].endswith(".")
    assert given == ["The Office e. V.", "To compare. Art. 6(1)(f) GDPR", "dpo@example.org"]


def test_the_first_page_begins_with_the_quick_check_and_says_what_it_costs(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    words = text_of(page)
    assert "12 questions, about 5 minutes, no account. Nothing is kept unless you ask us to keep it." in words
    assert 0 < page.index(">Start the quick check<") < page.index('action="/quick"') < page.index("Register your org")


def test_without_a_quick_form_the_first_page_offers_none(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path)
    words = text_of(site.client().get("/").text).lower()
    assert "quick check" not in words and "minutes" not in words
    assert site.client().get("/quick").status_code == 404
    site.close()


# ── Method and law


def test_the_method_shows_every_weight_and_every_point(visitor: FlaskClient, edition: Edition) -> None:
    for theme in edition.themes:
        words = text_of(visitor.get(f"/method/{theme.id}").text)
        assert f"weight {theme.weight:g}," in words
        for node in theme.nodes():
            if node.is_requirement:
                assert node.expects in words and node.weight_reason in words and node.closes in words
        for question in theme.questions():
            assert question.ask in words and question.help in words
            for option in question.options:
                assert f"{option.text} {option.points:g}" in words


def test_the_worked_example_is_calculated_by_the_engine(edition: Edition) -> None:
    example = worked_example(edition)
    assert example is not None
    answers = {step.question.id: step.answer for step in example.steps}
    card = make_scorecard(compile_edition(edition), AnswerSheet("", {"sector": "lodging"}, answers))
    assert card.nodes[example.requirement.id].score == pytest.approx(example.score * edition.scale)
    assert card.nodes[OVERALL].worst == pytest.approx(example.points * edition.scale)


def test_the_edition_can_be_downloaded_under_its_digest(visitor: FlaskClient, edition: Edition) -> None:
    response = visitor.get(f"/method/editions/{edition.digest}.json")
    assert hashlib.sha256(response.data).hexdigest() == edition.digest
    assert visitor.get("/method/editions/0.json").status_code == 404


def test_the_law_shows_every_provision_with_its_authority_and_its_mark(visitor: FlaskClient, edition: Edition) -> None:
    index = visitor.get("/law").text
    for instrument in edition.instruments:
        page = visitor.get(f"/law/{instrument.id}").text
        words = text_of(page)
        assert instrument.title in words and instrument.status in words and "As of" in words
        for provision in instrument.provisions:
            assert f'id="{provision.id}"' in index and f'id="{provision.id}"' in page
            assert provision.paraphrase in words
        unchecked = sum(not provision.wording_checked for provision in instrument.provisions)
        assert words.count("Wording not checked;") == unchecked
    assert visitor.get("/law/nothing").status_code == 404


def test_each_instrument_says_how_much_of_it_is_covered_and_names_the_rest(
    visitor: FlaskClient, edition: Edition
) -> None:
    resting = {provision for requirement in edition.requirements for provision in requirement.law}
    index = text_of(visitor.get("/law").text)
    assert f"rest on {len(resting)} of the {len(edition.provisions)} provisions listed here" in index
    kinds = set()
    for instrument in edition.instruments:
        left = [p.provision for p in instrument.provisions if p.id not in resting]
        listed = len(instrument.provisions)
        kinds.add((bool(left), len(left) < listed))
        words = text_of(visitor.get(f"/law/{instrument.id}").text)
        if not left or len(left) == listed:
            assert "that is listed." in words if listed == 1 else f"{listed} provisions that are listed." in words
            continue
        covered = f"Requirements rest on {listed - len(left)} of the {listed} provisions that are listed."
        said = f"{covered} None rests on: {', '.join(left)} ."
        assert said.replace(" ", "") in words.replace(" ", "") and said.replace(" ", "") in index.replace(" ", "")
    assert len(kinds) > 1


def test_each_provision_says_how_companies_do_on_it_in_the_frozen_figures(
    visitor: FlaskClient, edition: Edition, snapshot: PublishedSnapshot
) -> None:
    kinds = Counter[bool]()
    for share in snapshot.together.provisions:
        page = visitor.get(f"/law/{edition.instrument_of[share.id].id}").text
        item = text_of(re.search(rf'<li class="columns" id="{re.escape(share.id)}">.*?</li>', page, re.DOTALL)[0])
        shown = Suppressed.NOT_SHOWN not in (share.n, share.meeting)
        kinds[shown] += 1
        if not shown:
            assert "How many companies meet it, as claimed: Not shown" in item
        else:
            words = {"few": "fewer than 5", "nearly-all": "all but at most 4"}
            count = words[share.meeting] if isinstance(share.meeting, Suppressed) else share.meeting
            assert f"in the sectors where this can be shown: {count} of {share.n}, " in item
        assert f"edition {snapshot.edition}" in text_of(page) and "Every company in it is invented." in page
    assert kinds[True] > 10


def test_before_a_period_is_closed_pages_of_the_law_show_nothing_about_companies(
    sqlite_url: str, tmp_path: Path
) -> None:
    site = make_site(sqlite_url, tmp_path, EDITIONS=None)
    page = site.client().get("/law/crc").text
    assert "Requirements that rest on it:" in page
    assert "How companies do on it" not in page
    assert faults_of(page) == []
    site.close()


def test_law_that_is_only_measured_against_is_not_said_to_bind(visitor: FlaskClient) -> None:
    words = text_of(visitor.get("/law").text)
    assert "This is not legal advice." in words
    assert "“Measured against” does not mean “obliged by”." in words
