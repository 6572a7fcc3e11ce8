"""The workbook of a sector shows exactly what the pages show, cell by cell."""

import io
import json

import openpyxl
from flask.testing import FlaskClient
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from compliance.disclosure.published import PublishedRange, Suppressed, count_bounds
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.labels import figure_title, sector_label
from compliance.questionnaire.edition import Edition
from tests.support.demonstrations import CLOSED
from tests.web.public.test_public_pages import text_of
from tests.web.public.test_requirements_by_sector import ADDRESS, cells

SECTOR = "lodging"
HEAD = 4  # the row of headings on a sheet that only has a note above it


def address(sector: str = SECTOR, language: str = "") -> str:
    return f"{language}/publications/{CLOSED}/sectors/{sector}.xlsx"


def opened(visitor: FlaskClient, language: str = "") -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(visitor.get(address(language=language)).data))


def rows(sheet: Worksheet, head: int = HEAD) -> list[dict[str, object]]:
    """The rows of a sheet, each by its headings."""
    heads, *others = sheet.iter_rows(min_row=head, values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in others]


def words(cell: object) -> str:
    return " ".join(str(cell).split())


def test_it_has_a_summary_the_requirements_the_scores_and_the_method(visitor: FlaskClient) -> None:
    book = opened(visitor)
    assert book.sheetnames == ["Summary", "Requirements", "Scores", "Method"]
    for sheet in book:
        assert sheet.freeze_panes and sheet.print_title_rows and sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_each_cell_of_the_requirements_is_as_on_the_page(
    visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition
) -> None:
    page, sheet = cells(visitor.get(ADDRESS).text), opened(visitor)["Requirements"]
    shown = ["all", *(group.sector for group in snapshot.sectors if group.shows_scores)]
    titles = [sector_label(edition, sector) for sector in shown]
    assert [row["Requirement"] for row in rows(sheet)] == [edition.nodes[id_].title for id_ in page]
    for row, of_page in zip(rows(sheet), page.values(), strict=True):
        assert [words(row[title]) for title in titles] == [cell.removeprefix("· ") for cell in of_page]


def test_numbers_beside_the_requirements_are_the_bounds_of_the_sealed_figures(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    found = rows(opened(visitor)["Requirements"])
    for row, share in zip(found, snapshot.sector(SECTOR).requirements, strict=True):
        bounds = count_bounds(share.meeting, share.n)
        expected = (None, None, None) if bounds is None else (share.n, *bounds)
        assert (row["Out of"], row["At least"], row["At most"]) == expected, share


def test_scores_are_the_published_ranges(visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition) -> None:
    found = [row for row in rows(opened(visitor)["Scores"]) if row["Group"] == "All companies"]
    for row, figure in zip(found, snapshot.sector(SECTOR).figures, strict=True):
        assert row["Score of"] == figure_title(edition, figure.id)
        assert row["Companies"] == ("withheld" if isinstance(figure.n, Suppressed) else figure.n)
        for basis, quartiles in (("Claimed", figure.claimed), ("Evidenced", figure.evidenced)):
            for name in ("lower", "median", "upper"):
                title = f"{basis}: {'Median' if name == 'median' else f'{name.title()} quartile'}"
                assert (row[f"{title}, at least"], row[f"{title}, at most"]) == ends(getattr(quartiles, name)), figure


def ends(cell: PublishedRange) -> tuple[object, object]:
    return ("withheld", "withheld") if isinstance(cell, Suppressed) else (cell.low, cell.high)


def test_groups_that_the_page_of_the_sector_withholds_are_not_in_the_workbook(
    visitor: FlaskClient, snapshot: PublishedSnapshot
) -> None:
    groups = {row["Group"] for row in rows(opened(visitor)["Scores"])} - {"All companies"}
    cuts = snapshot.sector(SECTOR).breakdowns
    assert len(groups) == sum(not isinstance(cut.figures[0].n, Suppressed) for cut in cuts) > 0
    page = text_of(visitor.get(f"/sectors/{SECTOR}?period={CLOSED}").text)
    assert all(f" {group} " in page for group in groups)


def test_everything_in_the_summary_is_on_the_page(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    page = " ".join(text_of(visitor.get(f"/sectors/{SECTOR}?period={CLOSED}").text).split())
    said = {row["Topic"]: row["What is published"] for row in rows(opened(visitor)["Summary"], 5)}
    for topic in ("Finding", "Participation", "Proven gaps", "Law left out", "Left out of the figures"):
        assert str(said[topic]) in page, topic
    method = {row["Topic"]: row["What it means"] for row in rows(opened(visitor)["Method"], 5)}
    assert snapshot.citation in str(method["Source"]) and snapshot.seal in str(method["Seal"])
    assert "CC BY 4.0" in str(method["Licence"])


def test_sheets_and_file_name_say_that_the_companies_are_invented(visitor: FlaskClient) -> None:
    response = visitor.get(address())
    assert "demonstration" in response.headers["Content-Disposition"]
    for name in ("Summary", "Method"):
        assert "invented" in str(opened(visitor)[name]["A3"].value)


def test_the_same_figures_give_the_same_bytes(visitor: FlaskClient) -> None:
    assert visitor.get(address()).data == visitor.get(address()).data


def test_the_workbook_is_right_to_left_in_arabic(visitor: FlaskClient) -> None:
    assert all(sheet.sheet_view.rightToLeft for sheet in opened(visitor, "/ar"))
    assert not any(sheet.sheet_view.rightToLeft for sheet in opened(visitor, "/fr"))


def test_a_sector_without_figures_has_no_workbook(visitor: FlaskClient, snapshot: PublishedSnapshot) -> None:
    [small] = [group.sector for group in snapshot.sectors if not group.shows_scores]
    for sector in (small, "nothing"):
        assert visitor.get(address(sector)).status_code == 404
    assert ".xlsx" not in visitor.get(f"/sectors/{small}").text
    assert f'href="{address()}"' in visitor.get(f"/sectors/{SECTOR}").text


def test_no_company_is_named_in_the_workbook(visitor: FlaskClient) -> None:
    content = json.loads(visitor.get(f"/publications/{CLOSED}/figures.json").text)
    names = [named["company"] for group in content["sectors"] for named in group["named"]]
    every = [str(cell) for sheet in opened(visitor) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert names and not any(name in cell for name in names for cell in every)
