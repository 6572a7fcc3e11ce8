"""One Chromium for every test of a worker: each visit has a context of its own, with no cookie of another."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browsers import browsing, served
from tests.support.sites import Site


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium."""
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The address at which the test's site is served."""
    with served(site) as address:
        yield address


@pytest.fixture
def sqlite_address(sqlite_site: Site) -> Iterator[str]:
    """The address at which the test's site is served, on SQLite alone."""
    with served(sqlite_site) as address:
        yield address
