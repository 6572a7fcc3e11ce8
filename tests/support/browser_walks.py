"""Walks of several people through the site in a browser, each with their own page, in which every page is checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

from compliance.languages.interface_messages import gettext, in_language
from tests.support.accessibility import carry_axe, violations
from tests.support.browsers import follow
from tests.support.sites import Site

#: Tells whether something is wider than the screen.
TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


@dataclass
class Walk:
    """A browser page for each person, in one language, with JavaScript or without."""

    pages: Mapping[str, Page]
    site: Site
    language: str
    javascript: bool
    looked_at: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Let the pages bring axe along."""
        if self.javascript:
            for page in self.pages.values():
                carry_axe(page)

    def go(self, who: str, where: str) -> Page:
        """Open an address in the language on one person's page, and return the page."""
        page = self.pages[who]
        page.goto(f"{prefix(self.language)}{where}")
        return self.look(page)

    def press(self, control: Locator) -> Page:
        """Click a control that leads to another page, and return that page."""
        follow(control)
        return self.look(control.page)

    def look(self, page: Page) -> Page:
        """Check that a page fits the screen and, if it is of a new kind, has no axe violations. Return the page."""
        assert not page.evaluate(TOO_WIDE), page.url
        kind = re.sub(r"\d+|[0-9a-f]{20,}", "N", page.url.partition("?")[0])
        if self.javascript and kind not in self.looked_at:
            found = violations(page)
            assert not found, (page.url, [(one["id"], one["nodes"][0]["html"][:200]) for one in found])
        self.looked_at.add(kind)
        return page

    def words(self, message: str, **values: object) -> str:
        """Return a message in the language of the pages."""
        with in_language(self.language):
            return gettext(message, **values)


def prefix(language: str) -> str:
    """Return the prefix of addresses in a language."""
    return "" if language == "en" else f"/{language}"
