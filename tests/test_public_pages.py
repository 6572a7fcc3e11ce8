"""What a visitor reads: whole pages, sectors from what was frozen and nothing else, the method to its last point."""

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.benchmark.published import Group, Withheld
from compliance.benchmark.snapshot import Snapshot
from compliance.languages.words import sector_title
from compliance.publishing import published_snapshot
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.csv_cells import safe_cell
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.editions import find_edition
from compliance.scoring.plan import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.web.csv_file import csv_text
from compliance.web.database import store_engine
from compliance.web.method_view import worked_example
from compliance.web.sector_figures import cut_word
from tests.crawling import crawl
from tests.databases import PostgresCluster, SqliteFolder
from tests.demonstrations import CLOSED, ROLES, demonstrate
from tests.page_lint import faults_of
from tests.sites import Site, make_site
from tests.stores import statements

#: Bytes that travel, compressed as the server compresses them: Arabic letters take two each, and pack as well.
LARGEST_PAGE = 20_000
#: A whole theme of the method, every option of every question with it, is read once and kept: a reference, not a form.
LARGEST_THEME = 40_000
#: Statements that a public page of a list may send: the years, the snapshot, and whether it is a demonstration.
MOST_STATEMENTS = 4
PUBLICATIONS = (
    "/publications",
    *(f"/publications/{CLOSED}{file}" for file in ("", "/figures.json", "/figures.csv", "/sectors/lodging.csv")),
)


@pytest.fixture(scope="module")
def site(databases: SqliteFolder | PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = demonstrate(databases.empty(), tmp_path_factory.mktemp("public"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def edition() -> Edition:
    return find_edition("child-protection-2026")


@pytest.fixture
def visitor(site: Site) -> FlaskClient:
    return site.client()


@pytest.fixture(scope="module")
def snapshot(site: Site) -> Snapshot:
    with site.store() as session:
        return published_snapshot(session, CLOSED)


def text_of(html: str) -> str:
    """The words of a page, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi[^>]*>", "", html))))


# ── Every page


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_that_links_lead_to_is_there_and_sound(site: Site, role: str | None) -> None:
    pages = crawl(site.client(role))
    assert len(pages) > 60
    assert {address: faults for address, page in pages.items() if page and (faults := faults_of(page))} == {}


def test_the_lint_finds_what_is_wrong() -> None:
    page = "<title>A</title><h1>B</h1><h3 id=x>C</h3><p id=x class=None>%(name)s</p>"
    page += "<form method=post action=/a></form><a href='#y'>D</a>"
    assert len(faults_of(page)) == 6
    assert "no title" in faults_of("<h1>A</h1>")
    assert faults_of("<title>A</title><h1>B</h1><p><b>C</p></b>") != []
    assert faults_of("<title>A</title><h1>B</h1><p>C</p>") == []


def test_public_pages_are_small_and_set_no_cookie(site: Site) -> None:
    for address, page in crawl(site.client()).items():
        most = LARGEST_THEME if address.startswith("/method/") else LARGEST_PAGE
        assert len(gzip.compress(page.encode(), 6)) < most, address
    for address in ("/", "/sectors", "/sectors/lodging", "/method", "/law", "/privacy", "/quick"):
        assert "Set-Cookie" not in site.client().get(address).headers, address


@pytest.mark.parametrize("address", ["/", "/accessibility", "/contact", "/privacy"])
def test_a_new_installation_has_its_first_pages(database_url: str, tmp_path: Path, address: str) -> None:
    site = make_site(database_url, tmp_path, EDITIONS=None)
    page = site.client().get(address)
    assert page.status_code == 200
    assert faults_of(page.text) == []
    assert "Demonstration" not in page.text
    site.close()


def test_hotlines_are_named_and_whoever_runs_it_may_be(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path, CONTACT="The office <office@example.org>")
    page = site.client().get("/contact").text
    assert "Child Helpline International" in page and "INHOPE" in page
    assert "The office <office@example.org>" in text_of(page)
    site.close()


def test_the_first_page_begins_with_the_quick_check_and_says_what_it_costs(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    words = text_of(page)
    assert "12 questions, about 5 minutes, no account. Nothing is kept unless you ask us to keep it." in words
    assert 0 < page.index(">Start the quick check<") < page.index('action="/quick"') < page.index("Register your org")


def test_without_a_quick_form_the_first_page_promises_none(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path)
    words = text_of(site.client().get("/").text).lower()
    assert "quick check" not in words and "minutes" not in words
    assert site.client().get("/quick").status_code == 404
    site.close()


# ── Sectors


def test_before_a_period_is_closed_nothing_is_shown(database_url: str, tmp_path: Path) -> None:
    site = make_site(database_url, tmp_path)
    visitor = site.client()
    assert "Nothing is published yet" in visitor.get("/sectors").text
    assert visitor.get("/sectors/lodging").status_code == 404
    assert visitor.get("/sectors.csv").status_code == 404
    site.close()


@pytest.mark.parametrize("address", ["/", "/sectors", "/sectors/lodging", *PUBLICATIONS])
def test_public_figures_are_read_from_what_was_frozen_and_from_nothing_else(site: Site, address: str) -> None:
    with statements(store_engine(site.app)) as sent:
        assert site.client().get(address).status_code == 200
    assert len(sent) <= MOST_STATEMENTS
    live = ("assessment", "answer", "submission", "evidence", "determination")
    assert [s for s in sent if any(re.search(rf"\b{table}\b", s) for table in live)] == []


def test_a_sector_shows_every_median_of_its_snapshot(
    visitor: FlaskClient, snapshot: Snapshot, edition: Edition
) -> None:
    for group in snapshot.sectors:
        words = text_of(visitor.get(f"/sectors/{group.sector}").text)
        if not group.shows_scores:
            assert_says_nothing(words, group)
            continue
        assert str(group.participation.scored) in words
        for figure in group.figures:
            for spread in (figure.claimed, figure.evidenced):
                assert isinstance(spread.median, Withheld) or f" {spread.median} " in words
        for theme in edition.themes:
            assert theme.title in words


def test_a_sector_lists_every_region_and_size_and_says_how_many_wait(visitor: FlaskClient, snapshot: Snapshot) -> None:
    page, group = text_of(visitor.get("/sectors/lodging").text), snapshot.sector("lodging")
    assert group.waiting
    assert f"Figures rest on {group.resting} of {group.participation.scored} companies with a score" in page
    assert any(len(cut.figures) > 1 for cut in group.cuts)
    for cut in group.cuts:
        median, n = cut.figures[0].claimed.median, cut.figures[0].n
        shown = f"{median} shown" if isinstance(median, int) else "withheld"
        assert f" {cut_word(cut.kind, cut.value)} {shown}" in page, cut
        assert isinstance(n, Withheld) or f" {n} " in page


def test_all_sectors_together_say_how_many_wait(visitor: FlaskClient, snapshot: Snapshot) -> None:
    every = snapshot.together
    assert every.waiting
    said = f"Figures rest on {every.resting} of {every.participation.scored} companies with a score"
    assert said in text_of(visitor.get("/sectors").text)


def test_every_sector_stands_by_gap_and_level_with_its_frozen_medians(
    visitor: FlaskClient, snapshot: Snapshot, edition: Edition
) -> None:
    table = visitor.get("/sectors").text.partition('<table class="heat">')[2].partition("</table>")[0]
    rows = [row.partition("</th>") for row in table.partition("<tbody>")[2].split("</tr>")[:-1]]
    keys = [f"{lens}:{value}" for lens in ("gap", "prevention") for value in edition.lenses[lens]]
    assert len(keys) == 7
    assert [text_of(title).strip() for title, _, _ in rows] == [
        sector_title(group.sector) for group in snapshot.sectors
    ]
    for group, (_, _, cells) in zip(snapshot.sectors, rows, strict=True):
        medians = {figure.id: figure.claimed.median for figure in group.figures}
        expected = [medians.get(key, Withheld.NOT_SHOWN) for key in keys]
        said = ["· withheld" if isinstance(median, Withheld) else str(median) for median in expected]
        assert [" ".join(text_of(cell).split()) for cell in cells.split("</td>")[:-1]] == said


def test_where_one_joined_band_is_left_a_sentence_stands_for_the_chart(
    visitor: FlaskClient, snapshot: Snapshot
) -> None:
    for group in snapshot.sectors:
        words = text_of(visitor.get(f"/sectors/{group.sector}").text)
        assert ("too few to tell apart by band" in words) == (len(group.bands) == 1)


def assert_says_nothing(words: str, group: Group) -> None:
    assert "Too few companies" in words
    for topic in ("CSR gaps", "Four levels of prevention", "Law left out", "Most common gaps"):
        assert topic not in words
    assert isinstance(group.figure(OVERALL).claimed.median, Withheld)


def test_the_small_sector_of_the_demonstration_is_withheld(visitor: FlaskClient, snapshot: Snapshot) -> None:
    small = [group.sector for group in snapshot.sectors if not group.shows_scores]
    assert small
    assert "withheld" in visitor.get("/sectors").text
    assert "nothing is shown" in visitor.get(f"/sectors/{small[0]}").text


def test_every_page_of_figures_says_n_period_edition_and_date(visitor: FlaskClient, snapshot: Snapshot) -> None:
    for address in ("/sectors", "/sectors/lodging"):
        words = text_of(visitor.get(address).text)
        for said in (str(snapshot.period), snapshot.edition, "15 December 2025", snapshot.citation, snapshot.seal):
            assert said in words


def test_nobody_is_named_who_did_not_agree(site: Site, snapshot: Snapshot) -> None:
    with site.store() as session:
        earlier = published_snapshot(session, CLOSED - 1)
        names = {company.name for company in store.companies(session)}
    agreed = {n.company for shown in (snapshot, earlier) for group in shown.sectors for n in group.named}
    assert agreed and agreed < names
    everything = "\n".join(crawl(site.client()).values())
    files = [site.client().get(f"/publications/{year}/figures.csv").text for year in (CLOSED, CLOSED - 1)]
    said = {name for name in names if any(name in text for text in (everything, *files))}
    assert said == agreed


def test_an_earlier_period_can_be_chosen_and_another_is_not_there(visitor: FlaskClient) -> None:
    assert f"Sectors {CLOSED - 1}" in visitor.get(f"/sectors?period={CLOSED - 1}").text
    for wrong in ("1999", "all", "2026", "-1"):
        assert visitor.get(f"/sectors?period={wrong}").status_code == 404
        assert visitor.get(f"/sectors/lodging?period={wrong}").status_code == 404
    assert visitor.get("/sectors/nothing").status_code == 404


def test_text_from_people_is_no_formula_in_a_file() -> None:
    for wicked in ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\x00=1"):
        assert safe_cell(wicked).startswith("'") or not wicked.strip("+-").startswith(("=", "@"))
    assert safe_cell("=1+1") == "'=1+1"
    assert safe_cell("\x00=1") == "'=1"
    assert [safe_cell(number) for number in ("-3", "12.5", "+4")] == ["-3", "12.5", "+4"]
    assert csv_text(("a",), [("=1",)]) == "a\r\n'=1\r\n"


def test_a_sector_has_a_name_even_where_nobody_thought_of_it() -> None:
    assert sector_title("moon-travel") == "moon-travel"


@pytest.mark.parametrize("address", ["/sectors", "/sectors/lodging", "/publications", "/method"])
def test_an_edition_that_is_not_published_is_called_a_draft(
    visitor: FlaskClient, edition: Edition, address: str
) -> None:
    said = re.search(rf"{edition.id}( \(draft\)|, draft)", text_of(visitor.get(address).text))
    assert (said is not None) == edition.draft


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


def test_the_worked_example_is_what_the_engine_makes_of_it(edition: Edition) -> None:
    example = worked_example(edition)
    assert example is not None
    answers = {step.question.id: step.option.id for step in example.steps}
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


def test_each_provision_says_how_companies_do_on_it_as_it_was_frozen(
    visitor: FlaskClient, edition: Edition, snapshot: Snapshot
) -> None:
    kinds = Counter[bool]()
    for share in snapshot.together.provisions:
        page = visitor.get(f"/law/{edition.instrument_of[share.id].id}").text
        item = text_of(re.search(rf'<li class="cols" id="{re.escape(share.id)}">.*?</li>', page, re.DOTALL)[0])
        shown = Withheld.NOT_SHOWN not in (share.n, share.meeting)
        kinds[shown] += 1
        if not shown:
            assert "How companies do on it: Withheld" in item
        elif isinstance(share.meeting, Withheld):
            words = {"few": "fewer than 5", "nearly-all": "all but fewer than 5"}[share.meeting]
            assert f"Of {share.n} companies, {words} meet at least half" in item
        else:
            assert f"Of {share.n} companies, {share.meeting} meet at least half" in item
        assert f"edition {snapshot.edition}" in text_of(page) and "Every company in it is invented." in page
    assert kinds[True] > 10


def test_no_company_shows_on_the_law_before_a_period_is_closed(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path, EDITIONS=None)
    page = site.client().get("/law/crc").text
    assert "Requirements that rest on it:" in page
    assert "How companies do on it" not in page
    assert faults_of(page) == []
    site.close()


def test_what_is_measured_against_is_not_said_to_bind(visitor: FlaskClient) -> None:
    words = text_of(visitor.get("/law").text)
    assert "This is not legal advice." in words
    assert "“Measured against” does not mean “obliged by”." in words
