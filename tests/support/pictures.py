"""The pictures of the README: pages of the demonstration in Chromium. `make pictures` makes them anew."""

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
#: When they are taken, for whoever looks at them: what expires soon is the same then in every picture.
DAY = datetime(YEAR, 11, 27, 12, tzinfo=UTC)
#: As many as pages of few colours need, with the edges of their letters.
COLOURS = 64
#: Name of a picture -> the page, and what stands at its top.
PAGES = {
    "check-your-answers": ("{questionnaire}/check", "section[aria-labelledby=given] h3 >> nth=1"),
    "evidence-library": ("{company}/evidence", "section[aria-labelledby=list]"),
    "board-view": ("{questionnaire}/board", "body"),
}


def take_pictures(site: Site, browser: Browser, folder: Path) -> list[Path]:
    """Write one PNG a page of a demonstration into a folder, each as large as a screen; return their paths."""
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
    """The first address on a page that a link leads to: of questionnaires, that of the year that is open."""
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
    """Make the pictures anew, and say how large they are."""
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
