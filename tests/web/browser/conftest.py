"""The addresses at which a browser finds the site under test."""

from collections.abc import Iterator

import pytest

from tests.support.browsers import served
from tests.support.sites import Site


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The address at which the test's site is served."""
    with served(site) as address:
        yield address


@pytest.fixture
def sqlite_address(sqlite_site: Site) -> Iterator[str]:
    """The address at which the test's site is served, always on SQLite."""
    with served(sqlite_site) as address:
        yield address
