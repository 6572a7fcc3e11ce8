"""The pictures of the README: pages of the demonstration in Chromium. `make pictures` makes them again."""

import io
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.support.browsers import browsing, served, sign_in, visit
from tests.support.demonstrations import demonstrate, fill_once
from tests.support.paths import CHROMIUMS, DATA
from tests.support.sites import YEAR, Site

PICTURES = DATA / "pictures"
WIDTH, HEIGHT = 1280, 860
#: The date in the pictures, so that the same evidence expires soon whenever they are made.
DAY = datetime(YEAR, 11, 27, 12, tzinfo=UTC)
#: Enough for pages of few colours with smooth letters.
COLOURS = 64
#: By name of the picture: the page, and the element at its top.
PAGES = {
    "check-your-answers": ("{questionnaire}/check", "section[aria-labelledby=given] h3 >> nth=1"),
    "evidence-library": ("{company}/evidence", "section[aria-labelledby=list]"),
    "board-view": ("{questionnaire}/board", "body"),
}


def take_pictures(site: Site, browser: Browser, folder: Path) -> list[Path]:
    """Write a PNG of each page, as large as a screen, into a folder, and return their paths."""
    with (
        patch("compliance.web.company.evidence_pages.now", return_value=DAY),
        patch("compliance.web.company.evidence_forms.now", return_value=DAY),
        served(site) as address,
        visit(browser, address, javascript=True, width=WIDTH) as page,
    ):
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        sign_in(page, "company@demo.example")
        page.goto("/assessments")
        known = {"company": _first(page, r"/companies/\d+"), "questionnaire": _first(page, r"/assessments/\d+")}
        return [
            _picture(page, where.format(**known), top, folder / f"{name}.png") for name, (where, top) in PAGES.items()
        ]


def _first(page: Page, pattern: str) -> str:
    """Return the first linked address on a page. Of questionnaires, this is the one of the open period."""
    found = re.search(f'href="({pattern})[/"]', page.locator("main").inner_html())
    assert found, page.url
    return found[1]


def _picture(page: Page, address: str, top: str, path: Path) -> Path:
    answer = page.goto(address)
    assert answer is not None and answer.ok, address
    page.locator(top).evaluate("element => element.scrollIntoView()")
    seen = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    seen.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main() -> None:
    """Make the pictures again, and print their sizes."""
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        sys.exit("Chromium is not installed: install it (Debian: chromium-headless-shell), and run this again.")
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as kept, browsing(chromium) as browser:
        site = demonstrate(fill_once(Path(kept)), Path(kept))
        for picture in take_pictures(site, browser, PICTURES):
            print(f"{picture}: {picture.stat().st_size // 1000} kB")
        site.close()


if __name__ == "__main__":
    main()
