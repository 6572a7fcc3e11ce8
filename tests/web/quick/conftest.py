"""The quick check as an installation offers it, with the editions that are part of the tool."""

from collections.abc import Iterator

import pytest

from tests.support.databases import SqliteFolder
from tests.support.sites import Site, make_site


@pytest.fixture(scope="module")
def quick_site(sqlite_files: SqliteFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site without accounts, which shows errors as the pages that visitors see."""
    site = make_site(
        *(sqlite_files.empty(), tmp_path_factory.mktemp("quick")),
        EDITIONS=None,
        TESTING=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    yield site
    site.close()
