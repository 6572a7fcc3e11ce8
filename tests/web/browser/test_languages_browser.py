"""Every kind of page in a real browser, at 320 px, in languages a third longer, and from right to left."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import NotFound

from tests.support.browsers import browsing, served, sign_in, visit
from tests.support.crawling import crawl
from tests.support.demonstrations import ROLES, demonstrate
from tests.support.invented_languages import edition_in_invented_languages, invented_languages
from tests.support.page_lint import faults_of
from tests.support.sites import Site

EDITIONS = ("child-protection-2026", "child-protection-quick")
#: From an element to its edge: what stands out on either side, and is not meant to scroll.
OUTSIDE = """() => {
    const wide = document.documentElement.clientWidth
    return document.documentElement.scrollWidth > wide ? [...document.querySelectorAll('body *')]
        .filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.right > wide + 1 || b.left < -1) })
        .filter(e => !e.closest('.scroll, .vh, svg')).map(e => e.outerHTML.slice(0, 120)).slice(0, 3) : []
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration in the invented languages, and in those of the tool."""
    folder = tmp_path_factory.mktemp("languages")
    with ExitStack() as stack:
        if request.param == "invented":
            stack.enter_context(invented_languages(folder / "translations"))
            site = demonstrate(f"sqlite:///{folder / 'a.db'}", folder, in_invented_languages(folder))
        else:
            site = demonstrate(f"sqlite:///{folder / 'a.db'}", folder)
        yield site
        site.close()


def in_invented_languages(folder: Path) -> list[Path]:
    return [edition_in_invented_languages(name, folder) for name in EDITIONS]


def kinds_of_pages(site: Site, role: str | None, code: str) -> list[str]:
    """An address of each kind of page that a reader comes to by links."""
    kinds: dict[str, str] = {}
    router = site.app.url_map.bind("localhost")
    for address, page in crawl(site.client(role), f"/{code}/", few=1).items():
        try:
            endpoint, _values = router.match(address.removeprefix(f"/{code}").partition("?")[0])
        except NotFound:
            continue
        if page:
            kinds.setdefault(endpoint, address)
    return list(kinds.values())


@pytest.mark.parametrize(("site", "code"), [("invented", "fr"), ("invented", "ar"), ("own", "ar")], indirect=["site"])
def test_no_page_is_wider_than_320_px_and_axe_finds_nothing(site: Site, browser: Browser, code: str) -> None:
    found = []
    looked: set[str] = set()
    with served(site) as address:
        for role in (None, *ROLES):
            with visit(browser, address, javascript=True, width=320) as page:
                if role is not None:
                    sign_in(page, f"{role}@demo.example")
                for where in kinds_of_pages(site, role, code):
                    if where not in looked:
                        looked.add(where)
                        page.goto(where)
                        found += [f"{where}: {fault}" for fault in wrong_with(page)]
    assert len(looked) > 30
    assert found == []


def wrong_with(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [
        *(f"wider than 320 px: {element}" for element in page.evaluate(OUTSIDE)),
        *(f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in violations),
        *faults_of(page.content()),
    ]
