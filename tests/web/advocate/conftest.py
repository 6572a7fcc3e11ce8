"""A site with advocates who read published texts."""

import pytest

from tests.support.desk_pages import settle_desk
from tests.support.sites import Site


@pytest.fixture
def desk(sqlite_site: Site) -> Site:
    """The site with four more advocates than Ada."""
    return settle_desk(sqlite_site)
