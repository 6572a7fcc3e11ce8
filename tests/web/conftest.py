"""Sites for the tests of pages, each with a copy of a database that is filled once per run.

`site` runs on SQLite and on PostgreSQL. `sqlite_site` is for tests that do not depend on the kind of database. Both
take settings from a marker: `@pytest.mark.site(EDITIONS=None, TESTING=False)`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.demonstrations import copy_rows, demonstrate
from tests.support.examples import SHARE
from tests.support.sites import Site, make_site, settle, settled


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In `make test`, put the demonstration on SQLite unless a test says otherwise: PostgreSQL is filled in 5 s."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if SHARE < 1 and "demonstrated_url" in metafunc.fixturenames and "databases" not in chosen:
        metafunc.definition.add_marker(pytest.mark.parametrize("databases", ["sqlite"], indirect=True))


def _fill(url: str, folder: Path) -> str:
    settle(make_site(url, folder)).close()
    return url


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("site")
    return {} if marker is None else marker.kwargs


@pytest.fixture(scope="session")
def settled_url(databases: SqliteFolder | PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with people of every role and one open period. Copy it, do not connect to it."""
    return _fill(databases.empty(), tmp_path_factory.mktemp("settled"))


@pytest.fixture(scope="session")
def settled_sqlite_url(sqlite_files: SqliteFolder, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same as `settled_url`, always on SQLite."""
    return _fill(sqlite_files.empty(), tmp_path_factory.mktemp("settled"))


@pytest.fixture
def site(
    request: pytest.FixtureRequest, databases: SqliteFolder | PostgresCluster, settled_url: str, tmp_path: Path
) -> Iterator[Site]:
    """A site with two companies, a person of every other role and an open period, on SQLite and on PostgreSQL."""
    url = databases.copy_of(settled_url)
    site = settled(url, tmp_path, **_settings(request))
    yield site
    site.close()
    databases.drop(url)


@pytest.fixture
def sqlite_site(
    request: pytest.FixtureRequest, sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path
) -> Iterator[Site]:
    """The same as `site`, always on SQLite."""
    url = sqlite_files.copy_of(settled_sqlite_url)
    site = settled(url, tmp_path, **_settings(request))
    yield site
    site.close()
    sqlite_files.drop(url)


@pytest.fixture
def visitor(site: Site) -> FlaskClient:
    """A browser that is not signed in."""
    return site.client()


@pytest.fixture
def stella(site: Site) -> FlaskClient:
    """The steward's browser."""
    return site.client("stella")


@pytest.fixture(scope="module")
def demonstration(
    demonstrated_file: str, sqlite_files: SqliteFolder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The demonstration on SQLite, one copy for all tests of a module."""
    site = demonstrate(sqlite_files.copy_of(demonstrated_file), tmp_path_factory.mktemp("demonstration"))
    yield site
    site.close()


@pytest.fixture(scope="session")
def demonstrated_url(databases: SqliteFolder | PostgresCluster, demonstrated_file: str) -> str:
    """The URL of a database with the demonstration, for each kind of database. Copy it, do not connect to it."""
    if isinstance(databases, SqliteFolder):
        return demonstrated_file
    url = databases.empty()
    copy_rows(demonstrated_file, url)
    return url


@pytest.fixture
def own_demonstration(
    databases: SqliteFolder | PostgresCluster, demonstrated_url: str, tmp_path: Path
) -> Iterator[Site]:
    """The demonstration for one test, which may write to it, on SQLite and on PostgreSQL."""
    url = databases.copy_of(demonstrated_url)
    site = demonstrate(url, tmp_path)
    yield site
    site.close()
    databases.drop(url)


@pytest.fixture
def request_context() -> Iterator[None]:
    """The context of a request to an app without pages, for code that asks Flask for the language."""
    with Flask(__name__).test_request_context():
        yield
