"""Every kind of page in a real browser: no wider than the screen, sound, and accessible, in the languages that are
hardest on a page: English, one a third longer, and one written from right to left."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException

from compliance.web.access_control import SIGN_IN_STEPS
from tests.support.browsers import sign_in, visit
from tests.support.crawling import crawl
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import ROLES, demonstrate
from tests.support.examples import SHARE
from tests.support.invented_languages import edition_in_invented_languages, invented_languages
from tests.support.page_lint import faults_of
from tests.support.sites import Site

EDITIONS = ("child-protection-2026", "child-protection-quick")
#: Kinds of pages that no link of the demonstration leads to. Those of the quick check are walked in test_quick_browser.
UNLINKED = {
    "account.start",  # leads on at once
    "method.portion",  # of an edition with portions
    "mail_settings.stop",  # linked from mails
    # steps of signing in, which come after the password; a link in a mail; single sign-on, which is not set
    *(endpoint for endpoint in SIGN_IN_STEPS if endpoint not in ("security.login", "security.wan_signin_response")),
    # recovery codes, which need a second factor before
    *("security.mf_recovery_codes", "security.two_factor_rescue", "security.wan_delete", "confirmation.confirm"),
    *("single_sign_on.begin", "single_sign_on.come_back"),
    "company.finish_registration",  # where the link of a mail leads
    *(
        "publications.latest_table",
        "publications.latest_sector_table",
        "quick.workbook",
        "quick.shared_workbook",
    ),  # files
    *("quick.full", "quick.result", "quick.shared", "quick.offer", "quick.offered"),
    "static",
}
#: From an element to its edge: what stands out on either side, and is not meant to scroll.
OUTSIDE = """() => {
    const wide = document.documentElement.clientWidth
    return document.documentElement.scrollWidth > wide ? [...document.querySelectorAll('body *')]
        .filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.right > wide + 1 || b.left < -1) })
        .filter(e => !e.closest('.scroll, .vh, svg')).map(e => e.outerHTML.slice(0, 120)).slice(0, 3) : []
}"""
#: Readers with the addresses of their kinds of pages, in English.
Kinds = dict[str | None, list[str]]


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest,
    sqlite_files: SqliteFolder,
    demonstrated_file: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The demonstration in the invented languages, or in those of the tool."""
    folder = tmp_path_factory.mktemp("languages")
    editions = None
    with ExitStack() as stack:
        if request.param == "invented":
            stack.enter_context(invented_languages(folder / "translations"))
            editions = [edition_in_invented_languages(name, folder) for name in EDITIONS]
        site = demonstrate(sqlite_files.copy_of(demonstrated_file), folder, editions)
        yield site
        site.close()


@pytest.fixture(scope="module")
def kinds(site: Site) -> Kinds:
    """An address of each kind of page, for the first reader who comes to it by links."""
    router = site.app.url_map.bind("localhost")

    def endpoint(address: str) -> str:
        try:
            return str(router.match(address.partition("?")[0])[0])
        except HTTPException:
            return address

    met: set[str] = set()
    found: Kinds = {}
    for role in (None, *ROLES):
        pages = crawl(site.client(role), few=1, kind_of=endpoint)
        new = {endpoint(address): address for address in pages if endpoint(address) not in met}
        met |= new.keys()
        found[role] = [address for address in new.values() if pages[address]]
    rules = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert rules - met == UNLINKED
    return found


@pytest.mark.parametrize(
    ("site", "code", "widths", "accessible"),
    [
        ("own", "", (1280, 360, 320), True),
        ("own", "ar", (320,), SHARE >= 1),  # as the invented Arabic, but for the words: `make test` asks axe about one
        ("invented", "fr", (320,), SHARE >= 1),
        ("invented", "ar", (320,), True),
    ],
    indirect=["site"],
    ids=["English", "Arabic", "invented French", "invented Arabic"],
)
def test_no_page_scrolls_sideways_and_axe_finds_nothing(
    browser: Browser, address: str, kinds: Kinds, code: str, widths: tuple[int, ...], accessible: bool
) -> None:
    found = []
    for role, addresses in kinds.items():
        with visit(browser, address, javascript=True, width=widths[0]) as page:
            if role is not None:
                sign_in(page, f"{role}@demo.example")
            for where in addresses:
                page.goto(f"/{code}{where}" if code else where)
                found += [f"{where}: {fault}" for fault in wrong_with(page, widths, accessible)]
    assert found == []


@pytest.mark.parametrize("site", ["own"], indirect=True)
def test_no_public_page_scrolls_sideways_without_javascript(browser: Browser, address: str, kinds: Kinds) -> None:
    with visit(browser, address, javascript=False) as page:
        found = []
        for where in kinds[None]:
            page.goto(where)
            found += [f"{where}: {fault}" for fault in too_wide(page, (1280, 360, 320))]
    assert found == []


def too_wide(page: Page, widths: tuple[int, ...]) -> Iterator[str]:
    """What stands out of the screen, for each width of it."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        yield from (f"wider than {width} px: {element}" for element in page.evaluate(OUTSIDE))
    page.set_viewport_size({"width": widths[0], "height": 900})


def wrong_with(page: Page, widths: tuple[int, ...], accessible: bool) -> Iterator[str]:
    """Faults of a page as it is: its width, its HTML, and what axe finds at the first width."""
    if accessible:
        violations = Axe().run(page).response["violations"]
        yield from (f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in violations)
    yield from too_wide(page, widths)
    yield from faults_of(page.content())
