"""The API that programs read: the demonstration with its published figures, without a limit on requests."""

import pytest

from tests.support.demonstrations import unlimited
from tests.support.sites import Site


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration on SQLite, whose API has no limit on requests."""
    return unlimited(demonstration)
