"""Pages in Chromium on slow lines: kilobytes, requests, and seconds until the first words and until the page is loaded.

Run: python -m tests.benchmarks.throttled_line [LANGUAGES]
The demonstration is served on this machine, and Chromium slows its own line down (DevTools, network emulation), by
throughput and latency. Connecting and TLS take no time here. With a distant server, a first load takes two or three
latencies more. A first load is that of a browser with an empty cache. The pages after it are opened one after the
other, signed in, with the browser's cache. The server has drawn each page once before, since only the line is measured.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from compliance.languages.interface_messages import SOURCE_LANGUAGE
from tests.support.browsers import browsing, served, sign_in, visit
from tests.support.demonstrations import CLOSED, demonstrate, fill_once
from tests.support.page_weights import SLOW, Scales
from tests.support.paths import CHROMIUMS
from tests.support.sites import Site

#: Lines by name. The second is as slow as GPRS: 50 kilobits per second down, 20 up.
LINES: Mapping[str, Mapping[str, float | bool]] = {
    "400 kbit/s, 400 ms": SLOW,
    "50 kbit/s, 500 ms": {"offline": False, "latency": 500, "downloadThroughput": 6_250, "uploadThroughput": 2_500},
}
#: Pages of an assessment, by their addresses below it. The first page of the first theme has ten questions.
PAGES = ("/start", "", "/code", "/check", "/scorecard", "/board")


@dataclass(frozen=True)
class Loaded:
    """The loading of one page."""

    name: str
    weight: int
    requests: int
    first_words: float  # seconds since the request
    whole: float


def main() -> None:
    """Measure and print."""
    languages = sys.argv[1:] or [SOURCE_LANGUAGE, "ar"]
    chromium = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if chromium is None:
        print("Chromium is not installed: install it (Debian: chromium-headless-shell), and run this again.")
        return
    with tempfile.TemporaryDirectory() as folder:
        site = demonstrate(fill_once(Path(folder)), Path(folder))
        with served(site) as address, browsing(chromium) as browser:
            for name, line in LINES.items():
                for language in languages:
                    print(
                        f"\n{name}, {language}{'page':>32}{'kB':>8}{'requests':>10}{'first words':>13}{'whole':>8}  s"
                    )
                    for each in loads(site, browser, address, line, language):
                        print(
                            f"{each.name:<44}{each.weight / 1000:>8.1f}{each.requests:>10}"
                            f"{each.first_words:>13.1f}{each.whole:>8.1f}"
                        )
        site.close()


def assessment(site: Site) -> int:
    """Return the id of the open assessment of the company whose member signs in."""
    page = site.client("company").get("/assessments").text
    return max(int(number) for number in re.findall(r'href="/assessments/(\d+)"', page))


def loads(
    site: Site, browser: Browser, address: str, line: Mapping[str, float | bool], language: str
) -> Iterator[Loaded]:
    """Yield first loads of two public pages, then of a walk through the pages of a company."""
    number, before = assessment(site), "" if language == SOURCE_LANGUAGE else f"/{language}"
    public = (("first page", f"{before}/"), ("sector", f"{before}/sectors/travel?period={CLOSED}"))
    walked = [(where or "/ (tasks)", f"{before}/assessments/{number}{where}") for where in PAGES]
    for _name, where in (*public, *walked):
        assert site.client("company").get(where).status_code == 200, where
    for name, where in public:
        with visit(browser, address, javascript=True, width=360) as page:
            yield load(page, Scales(page, line=line), f"first load: {name}", where)
    with visit(browser, address, javascript=True, width=360) as page:
        sign_in(page, "company@demo.example")
        scales = Scales(page, line=line)
        for name, where in (*walked, public[1]):
            yield load(page, scales, f"then: {name}", where)


def load(page: Page, scales: Scales, name: str, where: str) -> Loaded:
    """Open a page, wait until it is complete, and return what it took."""
    page.goto(where)
    step = scales.step(name)
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    first, whole = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime,"
        " performance.getEntriesByType('navigation')[0].loadEventEnd]"
    )
    return Loaded(name, step.weight, step.requests, first / 1000, whole / 1000)


if __name__ == "__main__":
    main()
