"""What programs read: the demonstration, whose figures are frozen, asked as often as a test likes."""

import pytest

from tests.support.demonstrations import unlimited
from tests.support.sites import Site


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration, on SQLite."""
    return unlimited(demonstration)
