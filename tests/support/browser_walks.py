"""Several people who walk through the site in a browser, each with a page of their own, and look at every page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from compliance.languages.interface_messages import gettext, in_language
from tests.support.accessibility import violations
from tests.support.browsers import follow
from tests.support.sites import Site

#: Whether something stands out of the screen.
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


@dataclass
class Walk:
    """A page of each person, in one language, with JavaScript or without it."""

    pages: Mapping[str, Page]
    site: Site
    language: str
    javascript: bool
    looked_at: set[str] = field(default_factory=set)

    def go(self, who: str, where: str) -> Page:
        """The page of one of them, at an address in the language."""
        page = self.pages[who]
        page.goto(f"{prefix(self.language)}{where}")
        return self.look(page)

    def press(self, control: Locator) -> Page:
        """Press what leads on."""
        follow(control)
        return self.look(control.page)

    def look(self, page: Page) -> Page:
        """The page: no wider than the screen, and nothing on it that axe finds, if it is of a kind not seen before."""
        assert not page.evaluate(TOO_WIDE), page.url
        kind = re.sub(r"\d+|[0-9a-f]{20,}", "N", page.url.partition("?")[0])
        if self.javascript and kind not in self.looked_at:
            found = violations(page)
            assert not found, (page.url, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])
        self.looked_at.add(kind)
        return page

    def words(self, message: str, **values: object) -> str:
        """A message in the language of the pages."""
        with in_language(self.language):
            return gettext(message, **values)


def prefix(language: str) -> str:
    """What addresses in a language begin with."""
    return "" if language == "en" else f"/{language}"
