"""Charts as files: what they say by themselves, that they equal those of the page, and who may frame them."""

import re
import struct
from datetime import date
from html import unescape
from importlib import import_module
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import etree, html
from werkzeug.test import TestResponse

from compliance import store
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.languages.formats import long_date
from compliance.publication import close_and_publish
from compliance.web import picture_files
from compliance.web.caches import empty_caches
from compliance.web.edition_registry import newest_edition
from compliance.web.presenters.pictures import CARD_HEIGHT, COLOURS, WIDTH, broken_lines, text_width
from tests.support.demonstrations import CLOSED
from tests.support.sites import NOON, YEAR, Site, make_site
from tests.support.style_sheet import tokens

SECTOR = f"/sectors/lodging?period={CLOSED}"
CHARTS = f"/charts/{CLOSED}/lodging"
READING = "/companies/example-ferries-23/2"
SVG = "{http://www.w3.org/2000/svg}"
ARABIC = re.compile("[\u0600-\u06ff]")


def kept(visitor: FlaskClient, page: str) -> list[str]:
    """The addresses of the charts that a page offers for download as SVG."""
    links: list[str] = html.fromstring(visitor.get(page).text).xpath("//main//a/@href")
    return [link for link in links if link.startswith(("/charts/", "/ar/charts/")) and link.endswith(".svg")]


def drawn(response: TestResponse) -> etree._Element:
    assert response.status_code == 200 and response.mimetype == "image/svg+xml"
    return etree.fromstring(response.data)


def words_in(picture: etree._Element) -> list[str]:
    return ["".join(text.itertext()).strip("\u202b\u202c") for text in picture.iter(f"{SVG}text")]


def size(png: bytes) -> tuple[int, ...]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


# ── The content


@pytest.mark.parametrize("page", [SECTOR, f"/sectors?period={CLOSED}", f"/ar{SECTOR}", READING])
def test_the_file_of_every_chart_says_what_the_page_says_and_has_no_other_number(
    site: Site, visitor: FlaskClient, page: str
) -> None:
    tree = html.fromstring(visitor.get(page).text)
    headings = {" ".join(heading.text_content().split()) for heading in tree.xpath("//figure//h2 | //main//h2")}
    on_page = set(re.findall(r"\d+", " ".join(tree.itertext())))
    found = kept(visitor, page)
    assert len(found) >= 3
    for address in found:
        picture = drawn(visitor.get(address))
        title, said = picture.findtext(f"{SVG}title"), " ".join(words_in(picture))
        assert title in headings, address
        assert " ".join(title.split()) in said
        # the address, the seal and the axis also have digits
        numbers = set(re.findall(r"\d+", re.sub(r"https?://\S+|\b[0-9a-f]{16}\b", "", said)))
        assert numbers <= on_page | {"0", "25", "50", "75", "100"}, address


def test_a_picture_says_how_many_companies_which_period_and_which_source(
    site: Site, visitor: FlaskClient, snapshot: PublishedSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.app.config, "ADDRESS", "https://figures.example.org")
    empty_caches(site.app)
    n = snapshot.sector("lodging").contributors
    said = " ".join(words_in(drawn(visitor.get(f"{CHARTS}/evid.svg"))))
    empty_caches(site.app)
    for part in (
        f"Scores of {n} companies",
        f"{CLOSED}, edition {snapshot.edition}",
        long_date(snapshot.as_of),
        "CC BY 4.0",
        snapshot.seal[:16],
        "every company is invented",
        f"https://figures.example.org{SECTOR}",
    ):
        assert part in said, part


def test_withheld_figures_have_neither_a_mark_nor_a_number_in_the_picture(site: Site, visitor: FlaskClient) -> None:
    rows = html.fromstring(visitor.get(SECTOR).text).xpath("//*[@id='themes']/ancestor::figure//ol/li[b or span/b]")
    withheld = [row.xpath("string(.//b)") for row in rows if "withheld" in row.text_content()]
    picture = drawn(visitor.get(f"{CHARTS}/themes.svg"))
    said = words_in(picture)
    assert withheld and said.count("withheld") == len(withheld)
    for title in withheld:
        assert said[said.index(title) + 1] == "not shown, to protect companies"
    assert len(picture.findall(f".//{SVG}circle")) == 1 + 2 + 2 * (len(rows) - len(withheld))  # mark, key, medians


@pytest.mark.parametrize("chart", ["sizes", "nothing", "invited-99"])
def test_a_chart_that_the_page_does_not_show_is_not_found(site: Site, visitor: FlaskClient, chart: str) -> None:
    assert chart not in "".join(kept(visitor, SECTOR))
    for kind in (".svg", ".png", ""):
        assert visitor.get(f"{CHARTS}/{chart}{kind}").status_code == 404
    for where in (f"/charts/1999/lodging/{chart}.svg", f"/charts/{CLOSED}/nowhere/evid.svg"):
        assert visitor.get(where).status_code == 404


def test_the_page_of_a_period_without_companies_offers_no_chart_to_keep(sqlite_url: str, tmp_path: Path) -> None:
    site = make_site(sqlite_url, tmp_path)
    with site.app.app_context(), site.store() as session, session.begin():
        store.open_period(session, YEAR, opens=date(YEAR, 1, 1), by=None, at=NOON)
        close_and_publish(session, newest_edition().edition, YEAR, by=None, at=NOON)
    assert site.client().get("/sectors").status_code == 200
    assert site.client().get(f"/charts/{YEAR}/all/part.svg").status_code == 404
    assert kept(site.client(), "/sectors") == []
    site.close()


# ── The drawing


def test_a_file_contains_its_own_style_and_loads_nothing(site: Site, visitor: FlaskClient) -> None:
    for page in (SECTOR, READING):
        for address in kept(visitor, page):
            text = visitor.get(address).text
            assert not re.search(r"<(style|script|image|use|foreignObject)|\b(class|style|href|on\w+)=", text)
            assert {"viewBox", "width", "height"} <= set(etree.fromstring(text.encode()).attrib)


def test_no_line_is_wider_than_the_picture(site: Site, visitor: FlaskClient) -> None:
    for page in (SECTOR, f"/ar{SECTOR}", READING):
        for address in kept(visitor, page):
            for text in drawn(visitor.get(address)).iter(f"{SVG}text"):
                wide = text_width(text.text, float(text.get("font-size")), int(text.get("font-weight", 400)))
                room = {"start": WIDTH - float(text.get("x")), "end": float(text.get("x")), "middle": WIDTH}
                assert wide <= room[text.get("text-anchor", "start")], (address, text.text)


def test_lines_break_between_words_and_lose_none() -> None:
    words = "Of 31 companies registered, 24 have a score: supercalifragilistic"
    lines = broken_lines(words, 200, 20)
    assert " ".join(lines) == words
    assert all(text_width(line, 20) <= 200 for line in lines if " " in line)


def test_arabic_pictures_are_mirrored_and_read_from_right_to_left(site: Site, visitor: FlaskClient) -> None:
    english, arabic = (drawn(visitor.get(f"{prefix}{CHARTS}/evid.svg")) for prefix in ("", "/ar"))
    (english_dots, arabic_dots) = (
        [float(dot.get("cx")) for dot in picture.findall(f"./{SVG}circle")] for picture in (english, arabic)
    )
    assert arabic_dots == [pytest.approx(WIDTH - x, abs=0.2) for x in english_dots]
    for text in arabic.iter(f"{SVG}text"):
        assert text.text.startswith("\u202b") and text.text.endswith("\u202c")
    assert arabic.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert any(map(ARABIC.search, words_in(arabic)))


def test_the_colours_are_the_light_ones_of_the_style_sheet() -> None:
    light, _dark = tokens()
    shared = COLOURS.keys() & light.keys()
    assert len(shared) > 12
    assert {name: COLOURS[name] for name in shared} == {name: light[name] for name in shared}


# ── PNG


def test_a_png_has_the_size_of_the_drawing_and_a_card_the_size_that_programs_expect(
    site: Site, visitor: FlaskClient
) -> None:
    picture = drawn(visitor.get(f"{CHARTS}/bands.svg"))
    chart, card = visitor.get(f"{CHARTS}/bands.png"), visitor.get(f"/ar{CHARTS}/card.png")
    assert chart.mimetype == card.mimetype == "image/png"
    assert size(chart.data) == (WIDTH, int(picture.get("height")))
    assert size(card.data) == (1200, 630) == (WIDTH, CARD_HEIGHT)


def test_if_no_png_can_be_drawn_only_svg_is_offered(
    site: Site, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = visitor.get(SECTOR).text
    monkeypatch.setattr(picture_files, "find_spec", lambda _name: None)
    picture_files._draws_letter.cache_clear()
    empty_caches(site.app)
    without = visitor.get(SECTOR).text
    empty_caches(site.app)
    assert visitor.get(f"{CHARTS}/evid.png").status_code == 404
    assert visitor.get(f"{CHARTS}/evid.svg").status_code == 200
    picture_files._draws_letter.cache_clear()
    empty_caches(site.app)
    assert ".png" in with_it and ".png" not in without


def test_without_a_typeface_no_png_is_drawn(request_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn_without_typefaces(svg: str) -> bytes:
        return bytes(import_module("resvg_py").svg_to_bytes(svg_string=svg, skip_system_fonts=True))

    monkeypatch.setattr(picture_files, "_png", drawn_without_typefaces)
    assert not picture_files._draws_letter.__wrapped__("'No Such Typeface'", "A")


# ── Access and framing


@pytest.mark.parametrize("kind", [".svg", ".png", ""])
def test_everybody_gets_the_same_file_and_can_cache_it(site: Site, kind: str) -> None:
    address, coding = f"{CHARTS}/part{kind}", {"Accept-Encoding": "br"}
    first, other = site.client().get(address, headers=coding), site.client().get(address, headers=coding)
    assert first.data == other.data and "Set-Cookie" not in first.headers
    assert first.cache_control.public and first.cache_control.max_age
    mark = first.headers["ETag"]
    assert mark == other.headers["ETag"] and not mark.startswith("W/")
    again = site.client().get(address, headers={**coding, "If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    assert (first.headers.get("Content-Encoding") == "br") == (kind != ".png")


def test_only_the_page_for_a_frame_may_be_framed(site: Site, visitor: FlaskClient) -> None:
    policies = {
        address: visitor.get(address).headers["Content-Security-Policy"]
        for address in (f"{CHARTS}/evid", f"{CHARTS}/evid.svg", f"{CHARTS}/evid.png", SECTOR, "/", f"{CHARTS}/nothing")
    }
    framed = [address for address, policy in policies.items() if "frame-ancestors *" in policy]
    assert framed == [f"{CHARTS}/evid"]
    assert all("frame-ancestors 'none'" in policies[address] for address in policies.keys() - framed)


def test_the_page_for_a_frame_shows_the_chart_and_links_back(site: Site, visitor: FlaskClient) -> None:
    for prefix in ("", "/ar"):
        page = html.fromstring(visitor.get(f"{prefix}{CHARTS}/evid").data)
        assert page.xpath("//svg[@role='img']/title") and page.xpath("//a/@href") == [f"{prefix}{SECTOR}"]
        assert page.xpath("//a/@target") == ["_blank"]


def test_a_page_offers_code_to_copy_if_the_installation_has_a_public_address(
    site: Site, visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "iframe" not in visitor.get(SECTOR).text
    monkeypatch.setitem(site.app.config, "ADDRESS", "https://figures.example.org")
    page = html.fromstring(visitor.get(f"/fr{SECTOR}").text)
    copied = [unescape(area.text_content()) for area in page.xpath("//textarea")]
    assert len(copied) == len(page.xpath("//a[contains(@href, '/charts/') and contains(@href, '.svg')]")) > 5
    for words in copied:
        (frame,) = html.fragments_fromstring(words)
        assert frame.tag == "iframe" and frame.get("title")
        address = frame.get("src")
        assert address.startswith(f"https://figures.example.org/fr/charts/{CLOSED}/lodging/")
        assert visitor.get(address.removeprefix("https://figures.example.org")).status_code == 200
