"""The pages of sectors: frozen figures and nothing else, and only sentences that these prove."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.demonstration.synthetic_companies import SIGN_IN_COMPANY
from compliance.disclosure.published import PublishedRange, SectorFigures, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.labels import sector_label
from compliance.narrative.published_counts import score_range_words
from compliance.publication import sign_offs_beside_names
from compliance.questionnaire.conditions_and_law import LAW_BODIES
from compliance.questionnaire.csv_table import escaped_cell
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.store.published_readings import latest_versions
from compliance.store.read_companies import read_companies
from compliance.store.reopenings import named_corrections
from compliance.store.sign_offs import revoke_sign_off
from compliance.web.caches import empty_caches
from compliance.web.database import now, store_engine
from compliance.web.presenters.sector_charts import breakdown_label
from compliance.web.responses import csv_text
from tests.support.crawling import crawl
from tests.support.demonstrations import CLOSED
from tests.support.published import published_snapshot
from tests.support.sites import Site, make_site
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

#: How many statements a public page may take when it is rendered: trail, years, two snapshots, corrections.
MOST_STATEMENTS = 5
NAMING = "/sectors/lodging"
#: Two pages take more: a page that names companies reads their sign-offs, who signed, which companies withdrew, and
#: when the figures were published; the page of a publication reads the signed head of the trail.
MORE_STATEMENTS = {NAMING: 6, f"/publications/{CLOSED}": 1}
PUBLICATIONS = (
    "/publications",
    *(f"/publications/{CLOSED}{file}" for file in ("", "/figures.json", "/figures.csv", "/sectors/lodging.csv")),
)


# ── Sectors


def test_before_a_period_is_closed_nothing_is_shown(database_url: str, tmp_path: Path) -> None:
    site = make_site(database_url, tmp_path)
    visitor = site.client()
    assert "Nothing is published yet" in visitor.get("/sectors").text
    assert visitor.get("/sectors/lodging").status_code == 404
    assert visitor.get("/sectors.csv").status_code == 404
    site.close()


@pytest.mark.parametrize("address", ["/", "/sectors", NAMING, *PUBLICATIONS])
def test_public_figures_come_only_from_the_frozen_snapshot(site: Site, address: str) -> None:
    assert site.client().get("/register").status_code == 200  # whether it is a demonstration is asked once per process
    empty_caches(site.app)
    with statements(store_engine(site.app)) as sent:
        assert site.client().get(address).status_code == 200
    assert len(sent) <= MOST_STATEMENTS + MORE_STATEMENTS.get(address, 0)
    live = ("assessment", "answer", "submission", "evidence", "determination")
    living = [s for s in sent if any(re.search(rf"\b{table}\b", s) for table in live)]
    # Beside names are sign-offs and notes on corrections, but nothing of what was answered.
    assert (living != []) == (address == NAMING)
    for statement in living:
        assert not re.search(r"\b(sheet|scores|value|answer|evidence|determination)\b", statement)


def test_a_note_says_which_named_company_corrected_its_answers_later_and_figures_do_not_change(
    site: Site, visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    with site.store() as session:
        [corrected] = named_corrections(session, CLOSED)
        assert named_corrections(session, CLOSED - 1) == ()
    said = "corrected its answers on"
    noted = {group.sector: text_of(visitor.get(f"/sectors/{group.sector}").text) for group in snapshot.sectors}
    assert {sector for sector, words in noted.items() if said in words} == {corrected.sector}
    assert noted[corrected.sector].count(f"{corrected.organisation} {said}") == 1
    assert noted[corrected.sector].count(said) == 1
    assert said not in text_of(visitor.get(f"/sectors/{corrected.sector}?period={CLOSED - 1}").text)


def median_words(median: PublishedRange) -> str:
    return "" if isinstance(median, Suppressed) else score_range_words(median)


def test_a_sector_shows_every_median_of_its_snapshot(
    visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition
) -> None:
    for group in snapshot.sectors:
        words = text_of(visitor.get(f"/sectors/{group.sector}").text)
        if not group.shows_scores:
            assert_says_nothing(words, group)
            continue
        assert str(group.participation.scored) in words
        for figure in group.figures:
            both = tuple(map(median_words, (figure.claimed.median, figure.evidenced.median)))
            if all(both):
                first, second = both if figure.id != OVERALL else both[::-1]
                basis = "evidenced" if figure.id != OVERALL else "claimed"
                assert f" {figure.n} companies {first} {basis} {second} " in words, figure
        for theme in edition.themes:
            assert theme.title in words


def test_a_sector_shows_the_regions_and_sizes_that_it_may_and_states_the_rule_for_the_others(
    visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition
) -> None:
    page, group = text_of(visitor.get("/sectors/lodging").text), snapshot.sector("lodging")
    assert group.embargoed
    assert (
        f"The figures rest on {group.contributors} of the {group.participation.scored} companies with a score" in page
    )
    assert any(len(cut.figures) > 1 for cut in group.breakdowns)
    for cut in group.breakdowns:
        overall = cut.figures[0]
        title, n = breakdown_label(edition, cut.kind, cut.value), overall.n
        claimed, evidenced = map(median_words, (overall.claimed.median, overall.evidenced.median))
        shown = f" {title} {n} companies {claimed} evidenced {evidenced} "
        assert (shown in page) == (not isinstance(n, Suppressed)), cut
    kinds = {cut.kind for cut in group.breakdowns if not isinstance(cut.figures[0].n, Suppressed)}
    assert bool(re.search(r"Figures by [^:]* are not shown", page)) == (kinds != {"region", "size"})


def test_all_sectors_together_say_how_many_are_left_out(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    every = snapshot.together
    assert every.embargoed
    said = (
        f"The figures of the sectors shown rest on {every.contributors} of their {every.participation.scored} companies"
    )
    assert said in text_of(visitor.get("/sectors").text)


def test_every_share_that_is_listed_is_proven_to_be_below_half(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    listed = 0
    for group in snapshot.sectors:
        page = visitor.get(f"/sectors/{group.sector}").text
        for row in re.findall(r'<span class="row-note small strong">(.*?)</span>', page):
            count = re.fullmatch(r"(?:fewer than (5)|(\d+)) of (\d+), .*", text_of(row).strip())
            assert count is not None, row
            most = int(count[1]) - 1 if count[1] else int(count[2])
            assert 2 * most < int(count[3]), row
            listed += 1
    assert listed > 20


def test_every_provision_and_requirement_of_a_sector_can_be_read(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    group = snapshot.sector("lodging")
    pages = [visitor.get(f"/sectors/lodging/known/{which}").text for which in (*LAW_BODIES, "requirements")]
    rows = sum(page.count('<span class="row-note small strong">') for page in pages)
    withheld = sum(Suppressed.NOT_SHOWN in (s.n, s.meeting) for s in (*group.provisions, *group.requirements))
    assert rows + withheld == len(group.provisions) + len(group.requirements)
    assert (
        visitor.get(f"/sectors/{next(g.sector for g in snapshot.sectors if not g.shows_scores)}/known").status_code
        == 404
    )


def test_provisions_can_be_read_by_body_of_law(visitor: FlaskClient) -> None:
    found = {
        body: re.findall(r'href="/law/([\w-]+)#', visitor.get(f"/sectors/lodging?law={body}").text)
        for body in LAW_BODIES
    }
    assert "opsc" in found["children"] and not {"csddd", "ungp"} & set(found["children"][:4])
    assert found["children"] != found["due-diligence"] != found["standards"]
    assert visitor.get("/sectors/lodging?law=anything").status_code == 404


def test_every_sector_is_shown_by_gap_and_level_with_its_frozen_medians(
    visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition
) -> None:
    table = visitor.get("/sectors").text.partition('<table class="heat">')[2].partition("</table>")[0]
    rows = [row.partition("</th>") for row in table.partition("<tbody>")[2].split("</tr>")[:-1]]
    keys = [f"{lens}:{value}" for lens in ("gap", "prevention") for value in edition.lenses[lens]]
    assert len(keys) == 7
    assert [text_of(title).strip() for title, _, _ in rows] == [
        sector_label(edition, group.sector) for group in snapshot.sectors
    ]
    for group, (_, _, cells) in zip(snapshot.sectors, rows, strict=True):
        figures = {figure.id: figure for figure in group.figures}
        expected = [(figures[key].claimed.median, figures[key].n) for key in keys]
        said = [
            "· withheld" if isinstance(median, Suppressed) else f"{median_words(median)} of {n}"
            for median, n in expected
        ]
        assert [" ".join(text_of(cell).split()) for cell in cells.split("</td>")[:-1]] == said


def test_if_nothing_can_be_said_about_bands_a_sentence_states_the_rule(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    said = set()
    for group in snapshot.sectors:
        words = text_of(visitor.get(f"/sectors/{group.sector}").text)
        held = group.capped is not None and not isinstance(group.capped.meeting, Suppressed)
        is_silent = len(group.bands) == 1 and not held
        assert bool(re.search(r"Figures by band\b[^:.]* are not shown", words)) == is_silent, group.sector
        said.add(is_silent)
    assert said == {True, False}


def test_companies_limited_by_a_critical_requirement_are_the_finding(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    held = snapshot.sector("lodging").capped
    assert held is not None and not isinstance(held.meeting, Suppressed)
    said = f"{held.meeting} companies claim the points for a higher band but miss a critical requirement"
    assert said in text_of(visitor.get("/sectors/lodging").text)


def assert_says_nothing(words: str, group: SectorFigures) -> None:
    assert "Too few companies" in words
    for topic in ("Gaps in corporate responsibility", "Levels of prevention", "Law left out", "Most common gaps"):
        assert topic not in words
    assert isinstance(group.figure(OVERALL).claimed.median, Suppressed)


def test_companies_that_no_auditor_verified_are_in_alphabetical_order(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    seen = 0
    for group in snapshot.sectors:
        names = [named.company for named in group.named if named.verified is None]
        below = visitor.get(f"/sectors/{group.sector}").text.partition("Not audited when the figures were published")[2]
        places = [below.index(name) for name in names]
        assert names == sorted(names) and places == sorted(places)
        assert below.count("not yet audited") + below.count("signed off since") == len(names)
        seen += len(names)
    assert seen > 1


def test_a_sign_off_is_beside_the_name_of_its_company_with_date_and_digest(
    visitor: FlaskClient, site: Site, snapshot: PublishedSnapshot
) -> None:
    words = text_of(visitor.get(NAMING).text)
    with site.store() as session:
        signed = sign_offs_beside_names(session, snapshot, "lodging")
        closed_at = store.period(session, CLOSED).closed_at
    assert closed_at is not None
    for one in signed.values():
        assert one.digest in words and one.name not in words
        assert f"Signed off on {one.at.day} November {one.at.year}: the answers submitted on" in words
    late = [one for one in signed.values() if one.at > closed_at]
    assert words.count("That was after the figures of the period were published.") == len(late) == 1
    assert words.count("signed off since") == 1


def test_a_sign_off_is_not_published_once_the_company_no_longer_agrees_to_be_named(
    own_demonstration: Site, snapshot: PublishedSnapshot
) -> None:
    site = own_demonstration
    with site.store() as session, session.begin():
        signed = sign_offs_beside_names(session, snapshot, "lodging")[SIGN_IN_COMPANY]
        revoke_sign_off(session, signed.assessment_id, sign_off=signed.id, why="Page 4.", by=None, at=now())
    words = text_of(site.client().get(NAMING).text)
    assert re.search(rf"Signed off on [^.]+, revoked on [^.]+\. Digest [^:]+: {signed.digest}", words)
    assert "Page 4." not in words and "signed off since" not in words
    with site.store() as session, session.begin():
        store.change_consent(session, signed.assessment_id, "counted", by=None, at=now())
    words = text_of(site.client().get(NAMING).text)
    assert signed.digest not in words and SIGN_IN_COMPANY in words  # what was published does not change


def test_the_small_sector_of_the_demonstration_is_withheld(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    small = [group.sector for group in snapshot.sectors if not group.shows_scores]
    assert small
    assert "withheld" in visitor.get("/sectors").text
    assert "a figure rests on at least five" in visitor.get(f"/sectors/{small[0]}").text


def test_every_page_of_figures_gives_n_period_edition_and_date(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    for address in ("/sectors", "/sectors/lodging"):
        words = text_of(visitor.get(address).text)
        for said in (str(snapshot.period), snapshot.edition, "15 December 2025", snapshot.citation, snapshot.seal):
            assert said in words


def test_no_company_is_named_without_its_agreement(site: Site, snapshot: PublishedSnapshot) -> None:
    with site.store() as session:
        earlier = published_snapshot(session, CLOSED - 1)
        names = {company.name for company in store.companies(session)}
    agreed = {n.company for shown in (snapshot, earlier) for group in shown.sectors for n in group.named}
    assert agreed and agreed < names
    everything = "\n".join(crawl(site.client()).values())
    with site.store() as session:  # companies with a published reading are named
        published = {one.slug for one in latest_versions(session)}
        read = [one.name for one in read_companies(session) if one.slug in published]
    for name in sorted(read, key=len, reverse=True):
        everything = everything.replace(name, "")
    files = [site.client().get(f"/publications/{year}/figures.csv").text for year in (CLOSED, CLOSED - 1)]
    silent = {name for part in snapshot.invitations.lists for name in part.silent_companies or ()} & names
    said = {name for name in names if any(name in text for text in (everything, *files))}
    assert silent and said == agreed | silent  # and so are those on a public list of invited companies


def test_an_earlier_period_can_be_chosen_and_an_unknown_one_is_not_found(visitor: FlaskClient) -> None:
    assert f"Sectors {CLOSED - 1}" in visitor.get(f"/sectors?period={CLOSED - 1}").text
    for wrong in ("1999", "all", "2026", "-1"):
        assert visitor.get(f"/sectors?period={wrong}").status_code == 404
        assert visitor.get(f"/sectors/lodging?period={wrong}").status_code == 404
    assert visitor.get("/sectors/nothing").status_code == 404


def test_text_from_people_is_no_formula_in_a_file() -> None:
    for wicked in ("=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\x00=1"):
        assert escaped_cell(wicked).startswith("'") or not wicked.strip("+-").startswith(("=", "@"))
    assert escaped_cell("=1+1") == "'=1+1"
    assert escaped_cell("\x00=1") == "'=1"
    assert [escaped_cell(number) for number in ("-3", "12.5", "+4")] == ["-3", "12.5", "+4"]
    assert csv_text(("a",), [("=1",)]) == "a\r\n'=1\r\n"


def test_a_sector_without_a_label_is_shown_by_a_name_all_the_same(edition: Edition) -> None:
    assert sector_label(edition, "moon-travel") == "moon travel"


@pytest.mark.parametrize("address", ["/sectors", "/sectors/lodging", "/publications", "/method"])
def test_an_edition_that_is_not_published_is_called_a_draft(
    visitor: FlaskClient, edition: Edition, address: str
) -> None:
    said = re.search(rf"{edition.id}( \(draft\)|, draft)", text_of(visitor.get(address).text))
    assert (said is not None) == edition.draft
