"""Every kind of page in a real browser: no wider than the screen, sound, and accessible, in the languages that are
hardest on a page: English, one a third longer, and one written from right to left."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException

from compliance.web.access_control import SIGN_IN_STEPS
from tests.support.accessibility import OF_ALIKE, USUAL, Contrast, carry_axe, violations
from tests.support.browsers import take_session, visit
from tests.support.crawling import crawl
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import ROLES, demonstrate, made_once
from tests.support.examples import SHARE, sampled
from tests.support.invented_languages import editions_in_invented_languages, invented_languages
from tests.support.page_lint import faults_of
from tests.support.sites import Site

#: Pages that no link of the demonstration leads to. test_quick_browser.py visits those of the quick check.
UNLINKED = {
    *("mail_settings.stop", "drafts.draft"),  # linked from mails
    "company.search",  # where a box leads; the page is that of `search.index`, which is linked
    # steps of signing in, which come after the password; a link in a mail; single sign-on, which is not set
    *(endpoint for endpoint in SIGN_IN_STEPS if endpoint not in ("security.login", "security.wan_signin_response")),
    "security.verify",  # where one is led that signed in some time ago
    # recovery codes, which need a second factor before
    *("security.mf_recovery_codes", "security.two_factor_rescue", "security.wan_delete", "confirmation.confirm"),
    *("single_sign_on.begin", "single_sign_on.come_back"),
    "company.finish_registration",  # where the link of a mail leads
    "company.join",  # where the link of an invitation leads
    "audit.read_document",  # once a passage is marked in it
    "company.find_out",  # once something is not known yet
    *(
        "publications.latest_table",
        "publications.latest_sector_table",
        "quick.workbook",
        "quick.shared_workbook",
        *("audit.returned_workbook", "company.came_back"),  # once a workbook was uploaded
    ),  # files
    *("quick.full", "quick.result", "quick.shared", "quick.offer", "quick.offered"),
    # at an address that is agreed on: no page leads there
    *("static", "about.security_txt", "syndication.robots", "syndication.sitemap", "syndication.favicon"),
    "syndication.feed",  # where the installation has an address
}
#: Finds elements that extend beyond the screen on either side, unless they are meant to scroll.
OUTSIDE = """() => {
    const wide = document.documentElement.clientWidth
    return document.documentElement.scrollWidth > wide ? [...document.querySelectorAll('body *')]
        .filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.right > wide + 1 || b.left < -1) })
        .filter(e => !e.closest('.scroll, .vh, svg')).map(e => e.outerHTML.slice(0, 120)).slice(0, 3) : []
}"""
#: By role, or "" for a visitor: English addresses, one for each kind of page that no earlier reader reached.
Kinds = dict[str, list[str]]
#: Each page is shown in all these languages; in `make test`, in one of the first three. Contrast depends on how a text
#: looks, not on its words: in CI, that of every text is measured in English, and that of Arabic, which looks as the
#: invented Arabic does, is not measured again.
IN_ALL_LANGUAGES = (
    ("own", "", (1280, 360, 320), Contrast.EVERY if SHARE >= 1 else USUAL, "English"),
    ("invented", "fr", (320,), USUAL, "invented French"),
    ("invented", "ar", (320,), USUAL, "invented Arabic"),
    ("own", "ar", (320,), Contrast.NONE, "Arabic"),
)
SHOWN = IN_ALL_LANGUAGES if SHARE >= 1 else IN_ALL_LANGUAGES[:3]
LANGUAGES = [language for *_how, language in SHOWN]


@pytest.fixture(scope="module")
def site(
    request: pytest.FixtureRequest,
    sqlite_files: SqliteFolder,
    demonstrated_file: str,
    shared_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The demonstration in the invented languages, or in those of the tool."""
    folder = tmp_path_factory.mktemp("languages")
    editions = None
    with ExitStack() as stack:
        if request.param == "invented":
            stack.enter_context(invented_languages(shared_folder))
            editions = editions_in_invented_languages(shared_folder)
        site = demonstrate(sqlite_files.copy_of(demonstrated_file), folder, editions)
        yield site
        site.close()


@pytest.fixture(scope="module")
def kinds(shared_folder: Path, demonstrated_file: str, sqlite_files: SqliteFolder) -> Kinds:
    """An address for each kind of page, with the first reader who can reach it by links; found once for all workers."""

    def find(path: Path) -> None:
        site = demonstrate(sqlite_files.copy_of(demonstrated_file), path.parent)
        path.write_text(json.dumps(found_by_links(site)))
        site.close()

    found: Kinds = json.loads(made_once(shared_folder, "kinds-of-pages.json", find).read_text())
    return found


def found_by_links(site: Site) -> Kinds:
    """An address for each kind of page, with the first reader who can reach it by links."""
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
        found[role or ""] = [address for address in new.values() if pages[address]]
    rules = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    programs = {endpoint for endpoint in rules if endpoint.startswith("api.")}
    assert rules - met - programs == UNLINKED and "api.index" in met
    return found


@pytest.mark.parametrize(("site", "code", "widths", "contrast", "language"), SHOWN, indirect=["site"], ids=LANGUAGES)
def test_no_page_scrolls_sideways_and_axe_finds_nothing(
    browser: Browser,
    address: str,
    site: Site,
    kinds: Kinds,
    code: str,
    widths: tuple[int, ...],
    contrast: Contrast,
    language: str,
) -> None:
    found = []
    with visit(browser, address, javascript=True, width=widths[0]) as page:
        carry_axe(page)
        for role, addresses in shown_in(language, kinds).items():
            if role:
                take_session(page, site.client(role))
            for where in addresses:
                page.goto(f"/{code}{where}" if code else where)
                found += [f"{where}: {fault}" for fault in wrong_with(page, widths, contrast)]
    assert found == []


def shown_in(language: str, kinds: Kinds, share: float = SHARE) -> Kinds:
    """The pages that are shown in a language. If the share is below 1, each page is shown in one language only."""
    addresses = [address for role in kinds for address in kinds[role]]
    shown = {where for one, where in sampled(product(LANGUAGES, addresses), share) if one == language}
    return {role: [where for where in kinds[role] if where in shown] for role in kinds}


def test_each_kind_of_page_is_shown_in_some_language_or_in_each(kinds: Kinds) -> None:
    for share, times in ((0.1, 1), (1.0, len(LANGUAGES))):
        each = [shown_in(language, kinds, share) for language in LANGUAGES]
        for role, addresses in kinds.items():
            shown = Counter(address for kinds_shown in each for address in kinds_shown[role])
            assert shown == dict.fromkeys(addresses, times)


@pytest.mark.parametrize("site", ["own"], indirect=True)
def test_no_public_page_scrolls_sideways_without_javascript(browser: Browser, address: str, kinds: Kinds) -> None:
    looked_at = sampled(product(kinds[""], (1280, 360, 320)))
    with visit(browser, address, javascript=False) as page:
        found = []
        for where in kinds[""]:
            page.goto(where)
            found += [f"{where}: {fault}" for fault in too_wide(page, [w for one, w in looked_at if one == where])]
    assert found == []


def too_wide(page: Page, widths: Sequence[int]) -> Iterator[str]:
    """What is wider than the screen, for each of the widths, of which the page has the first at the end."""
    for width in widths:
        resize(page, width)
        yield from (f"wider than {width} px: {element}" for element in page.evaluate(OUTSIDE))
    resize(page, widths[0])


def resize(page: Page, width: int) -> None:
    if page.viewport_size != {"width": width, "height": 900}:
        page.set_viewport_size({"width": width, "height": 900})


def wrong_with(page: Page, widths: tuple[int, ...], contrast: Contrast = USUAL) -> Iterator[str]:
    """Faults of a page: what axe finds at the first width, what is wider than the screen at each, and faulty HTML."""
    yield from (f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in violations(page, contrast))
    yield from too_wide(page, widths)
    yield from faults_of(page.content())


#: A table whose rows are all alike but one, the number of its rows, and which line of it may look different.
PALE = """<!doctype html><html lang="en"><title>Pale</title><style>
body { background: #fff; color: #111 } %s
</style><main><h1>Pale</h1><table><tr><th>Name<th>Number</tr>%s</table><p>Below the table.</p></main>"""
ROWS, ODD = (60, 45) if SHARE >= 1 else (20, 15)


def pale_page(rule: str) -> str:
    """The page with the table, with a rule of style more."""
    return PALE % (rule, "".join(f"<tr><td>Name {i}<td>{i}00</tr>" for i in range(ROWS)))


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A tab whose pages bring axe along."""
    with visit(browser, "http://127.0.0.1", javascript=True) as page:
        carry_axe(page)
        yield page


@pytest.mark.parametrize(
    ("rule", "pale"),
    [
        ("", 0),
        ("td { color: #ddd }", 2 * ROWS),
        (f"tr:nth-child({ODD}) td {{ color: #ddd }}", 2),
        (f"tr:nth-child({ODD}) {{ background: #333 }}", 2),
        (f"tr:nth-child({ODD}) td + td {{ opacity: 0.2 }}", 1),
        (f"tr:nth-child(n + {ODD}) td + td {{ background: #333 }}", ROWS + 2 - ODD),
        ("p { color: #ddd }", 1),
    ],
)
def test_a_text_with_too_little_contrast_is_found_anywhere_on_a_page(tab: Page, rule: str, pale: int) -> None:
    tab.unroute_all()
    tab.route("/", lambda route: route.fulfill(body=pale_page(""), content_type="text/html"))
    tab.route("/pale", lambda route: route.fulfill(body=pale_page(rule), content_type="text/html"))
    tab.goto("/")
    tab.evaluate("sessionStorage.clear()")  # the looks of pages of earlier cases
    assert violations(tab) == []
    tab.goto("/pale")
    before = tab.content()
    found = {contrast: violations(tab, contrast) for contrast in (Contrast.EVERY, USUAL)}
    assert tab.content() == before
    assert violations(tab, Contrast.NONE) == []
    assert {contrast: [one["id"] for one in seen] for contrast, seen in found.items()} == {
        contrast: ["color-contrast"] if pale else [] for contrast in found
    }
    assert not pale or len(found[Contrast.EVERY][0]["nodes"]) == pale
    assert not pale or 0 < len(found[USUAL][0]["nodes"]) <= min(pale, 2 * OF_ALIKE)
