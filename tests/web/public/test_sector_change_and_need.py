"""The change since the last published year on sector pages, and need beside scores on the page of countries."""

from flask.testing import FlaskClient

from compliance.disclosure.published import Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.narrative.published_counts import score_range_words
from compliance.web.presenters.sector_comparison import change_table
from tests.web.public.test_sector_pages import text_of


def test_a_sector_page_shows_the_medians_of_each_step_and_parts_that_add_up(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    shown = 0
    for group in snapshot.sectors:
        page, change = text_of(visitor.get(f"/sectors/{group.sector}").text), group.change
        assert change is not None
        if isinstance(change.n_both, Suppressed) or isinstance(change.claimed.after, Suppressed):
            assert "Parts of the change" not in page
            continue
        shown += 1
        assert f"{change.since}, the companies in both years {change.n_both}" in page
        assert score_range_words(change.claimed.after) in page
        table = change_table(change, snapshot.period)
        assert table is not None
        for basis in (1, 2):
            *parts, whole = (float(row[basis]) for row in table.parts)
            assert sum(parts) == whole
    assert shown == 6


def test_the_first_published_year_has_no_change(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    page = text_of(visitor.get(f"/sectors/lodging?period={snapshot.period - 1}").text)
    assert "Parts of the change" not in page
    assert "Why it moved" not in page


def test_the_page_of_countries_shows_each_group_and_links_to_its_file(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    page = visitor.get("/countries").text
    groups = {cut.value: cut.figures[0] for cut in snapshot.together.breakdowns}
    for need, words in (("high", "Works in priority countries"), ("other", "Works in no priority country")):
        assert f"{words} {groups[need].n} companies" in text_of(page)
    file = f"/publications/{snapshot.period}/all-sectors.csv"
    assert f'href="{file}"' in page
    rows = visitor.get(file).text.splitlines()
    need = rows[0].split(",").index("need")
    assert {row.split(",")[need] for row in rows[1:]} >= {"", "high", "other"}


def test_the_main_menu_links_to_the_page_of_countries(visitor: FlaskClient) -> None:
    assert '<a href="/countries">Countries</a>' in visitor.get("/").text
