"""The site that visitors read: the demonstration with its published figures, on SQLite."""

import pytest

from compliance.disclosure.snapshot import PublishedSnapshot
from tests.support.demonstrations import CLOSED
from tests.support.published import published_snapshot
from tests.support.sites import Site


@pytest.fixture(scope="module")
def site(demonstration: Site) -> Site:
    """The demonstration."""
    return demonstration


@pytest.fixture(scope="module")
def snapshot(site: Site) -> PublishedSnapshot:
    """The figures that the demonstration published last."""
    with site.store() as session:
        return published_snapshot(session, CLOSED)
