"""The table of requirements by sector: every cell is a published count in words, and nothing else is in it."""

import json
import math
import re

from flask.testing import FlaskClient

from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.labels import sector_label
from compliance.questionnaire.edition import Edition
from tests.support.count_attacks import Json, worked_out_counts
from tests.support.demonstrations import CLOSED
from tests.web.public.test_public_pages import text_of

ADDRESS = f"/sectors/requirements?period={CLOSED}"
FEW, NEARLY_ALL = "fewer than 5", "all but at most 4"


def sealed(visitor: FlaskClient) -> Json:
    found: Json = json.loads(visitor.get(f"/publications/{CLOSED}/figures.json").text)
    return found


def cells(page: str) -> dict[str, list[str]]:
    """The words of each cell, by requirement, in the order of the row."""
    rows = re.findall(r'<tr><th scope="row"><a href="[^"]*#([\w-]+)">.*?</th>(.*?)</tr>', page, re.DOTALL)
    return {id_: [" ".join(text_of(cell).split()) for cell in row.split("</td>")[:-1]] for id_, row in rows}


def allowed(share: Json, contributors: int) -> set[str]:
    """What may be said about a share of the companies asked: n of them, or up to four fewer if n is all companies."""
    n, meeting = share["n"], share["meeting"]
    if not isinstance(n, int) or meeting == "withheld":
        return {"· withheld"}
    least, most = {"few": (0, 4), "nearly-all": (n - 4, n)}.get(meeting, (meeting, meeting))
    count = {"few": FEW, "nearly-all": NEARLY_ALL}.get(meeting, meeting)
    bases = {n, max(n - 4, 1)} if n == contributors else {n}
    return {f"{part_of(least, most, n, asked)} {count} of {n}" for asked in bases}


def part_of(least: int, most: int, n: int, asked: int) -> str:
    low, high = math.floor(100 * least / n), math.ceil(100 * most / max(asked, most))
    if least == most and asked == n:
        return f"{round(100 * least / n)} %"
    if low == 0:
        return f"at most {high} %" if high < 100 else "not known"
    return f"at least {low} %" if high == 100 else f"{low} % to {high} %"


def test_every_cell_is_a_count_of_the_sealed_figures(visitor: FlaskClient) -> None:
    content, page = sealed(visitor), visitor.get(ADDRESS).text
    found = cells(page)
    shown = [g for g in content["sectors"] if isinstance(g["participation"]["scored"], int)]
    assert [share["id"] for share in content["together"]["requirements"]] == list(found)
    for group, column in zip(shown, range(1, len(shown) + 1), strict=True):
        contributors = group["participation"]["scored"] - group.get("waiting", 0)
        for share in group["requirements"]:
            assert found[share["id"]][column] in allowed(share, contributors), (group["sector"], share)
    counts = {id_: row[0].removeprefix("· ") for id_, row in found.items()}
    for total in content["together"]["requirements"]:
        said = {"few": FEW, "nearly-all": NEARLY_ALL}.get(total["meeting"], total["meeting"])
        assert counts[total["id"]].endswith("withheld" if said == "withheld" else f"{said} of {total['n']}")
    assert all(len(row) == len(shown) + 1 for row in found.values())
    assert worked_out_counts(content) == []


def test_a_sector_too_small_for_figures_has_no_column_and_is_named(
    visitor: FlaskClient, snapshot: PublishedSnapshot, edition: Edition
) -> None:
    words = text_of(visitor.get(ADDRESS).text)
    small = [sector_label(edition, group.sector) for group in snapshot.sectors if not group.shows_scores]
    assert small and f"Too few companies have a score for a column of their own: {small[0]}." in words


def test_the_background_of_a_cell_shows_what_it_proves_and_so_do_its_words(visitor: FlaskClient) -> None:
    page = visitor.get(ADDRESS).text
    proves = {
        "band-1": (0, 25),
        "band-2": (0, 50),
        "band-3": (50, 101),
        "band-4": (75, 101),
    }
    found = re.findall(r'<td class="(band-\d)"><span class="nowrap">([^<]*)</span>', page)
    assert {ground for ground, _words in found} == set(proves)
    for ground, words in found:
        low, high = bounds(words)
        least, most = proves[ground]
        assert least <= low and high <= most, (ground, words)


def bounds(words: str) -> tuple[int, int]:
    numbers = [int(n) for n in re.findall(r"\d+", words)]
    return {"at most": (0, numbers[-1]), "at least": (numbers[0], 100)}.get(
        words[:8].strip(), (numbers[0], numbers[-1])
    )


def test_the_pages_of_sectors_link_to_it_in_the_same_period(visitor: FlaskClient) -> None:
    for year in (CLOSED, CLOSED - 1):
        for address in ("/sectors", "/sectors/lodging"):
            assert f'href="/sectors/requirements?period={year}"' in visitor.get(f"{address}?period={year}").text
        assert visitor.get(f"/sectors/requirements?period={year}").status_code == 200
    assert visitor.get("/sectors/requirements?period=2010").status_code == 404


def test_each_theme_has_a_table_that_a_screen_reader_can_follow(visitor: FlaskClient) -> None:
    for language in ("", "/ar"):
        page = visitor.get(f"{language}{ADDRESS}").text
        tables = page.count('<table class="heat">')
        assert tables == page.count('<div class="scrollable" tabindex="0" role="region"') > 5
        assert page.count('<th scope="row">') == page.count("<tr>") - tables
