"""What every test may ask for: the programs of this machine, and databases of both kinds.

A newcomer's machine may lack Chromium or LibreOffice; what needs them is then
skipped, with the reason. With ARTICLE34_REQUIRE_ALL=1, as in CI, a missing
program fails its tests, and so does whatever else would be skipped.

The tool and its drivers are imported where a fixture needs them: who starts tests, and hands them to others, does not.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zlib import crc32

import hypothesis
import pytest

from tests.support.examples import SHARE, tries
from tests.support.paths import CHROMIUMS

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from compliance.questionnaire.edition import Edition
    from tests.support.databases import PostgresCluster, SqliteFolder
    from tests.support.recalculation import Recalculator
    from tests.support.stores import World

REQUIRE_ALL = os.environ.get("ARTICLE34_REQUIRE_ALL") == "1"

# A busy machine is slow, not wrong; and a run that failed can be run again with the same examples.
hypothesis.settings.register_profile("article34", deadline=None, derandomize=SHARE <= 1, max_examples=tries(100))
hypothesis.settings.load_profile("article34")


def _forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where everything is required, turn a skip into a failure; an expected failure is none."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}. With ARTICLE34_REQUIRE_ALL=1 nothing may be skipped."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Forbid a test to be skipped."""
    report = yield
    _forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Forbid a whole file to be skipped."""
    report = yield
    _forbid(report)
    return report


#: Folders and files whose tests take longest: they come first, so that no worker is left alone with one at the end.
SLOW = ("tests/web/browser/", "tests/workbook/", "tests/demonstration/", "tests/web/common/test_kill_server.py")


#: Tests of the database itself, of its locks, and of what comes into another kind: they run on both kinds, always.
OF_THE_STORE = (
    *("backups", "damaged_backups", "given_data", "jobs", "kill_process", "migrations", "trail"),
    "two_people_and_a_file",
)
OF_DATABASES = ("tests/house/", *(f"tests/store/test_{name}.py" for name in OF_THE_STORE))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the slow tests first, otherwise in the order of the files; in `make test`, run most on one database each."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))
    names = {item.nodeid for item in items}
    left_out = {item for item in items if SHARE < 1 and _runs_on_the_other_database(item, names)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all that was imported and collected, and look less often at the rest.

    On a heap of this size it would take every tenth second of the run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _runs_on_the_other_database(item: pytest.Item, names: Collection[str]) -> bool:
    """True for a test on SQLite whose turn it is to run on PostgreSQL, and the other way round."""
    if ("sqlite" not in item.nodeid and "postgresql" not in item.nodeid) or item.nodeid.startswith(OF_DATABASES):
        return False
    pair = [item.nodeid.replace("postgresql", "sqlite"), item.nodeid.replace("sqlite", "postgresql")]
    return names.issuperset(pair) and item.nodeid != pair[crc32(pair[0].encode()) % 2]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With `--durations`, say how long each room took: seconds of all workers together."""
    if terminalreporter.config.getoption("durations") is None:
        return
    rooms: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                rooms[report.nodeid.partition("::")[0].rpartition("/")[0]] += report.duration
    terminalreporter.section("seconds by folder")
    for folder, seconds in rooms.most_common():
        terminalreporter.write_line(f"{seconds:8.1f} {folder}")
    terminalreporter.write_line(f"{rooms.total():8.1f} in all")


def missing(what: str) -> NoReturn:
    """Skip the test that needs what this machine lacks; fail it where everything is required."""
    if REQUIRE_ALL:
        pytest.fail(f"{what}, and ARTICLE34_REQUIRE_ALL=1 is set", pytrace=False)
    pytest.skip(what)


def _program(*names: str, package: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    missing(f"{names[0]} is not installed (Debian package {package})")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium, for Playwright's `executable_path`."""
    return _program(*CHROMIUMS, package=CHROMIUMS[0])


@pytest.fixture(scope="session")
def strace() -> str:
    """The path of strace, which records what a program asks of the system."""
    return _program("strace", package="strace")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for every test of a worker: each visit has a context of its own, with no cookie of another.

    Playwright starts once in a thread, so whoever needs Chromium asks for this.
    """
    from tests.support.browsers import browsing  # it imports Playwright, which most rooms do without

    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice; give each process its own `-env:UserInstallation`."""
    return _program("soffice", "libreoffice", package="libreoffice-calc")


@pytest.fixture(scope="session")
def recalculate(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recalculator]:
    """One LibreOffice for all tests of a process: to start takes longer than to recalculate most workbooks."""
    from tests.support.recalculation import Recalculator  # it imports lxml, which most rooms do without

    recalculator = Recalculator(soffice, tmp_path_factory.mktemp("recalculation"))
    yield recalculator
    recalculator.close()


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    """The path of pdftoppm, which turns the pages of a PDF into pictures."""
    return _program("pdftoppm", package="poppler-utils")


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of nginx, which Debian keeps where only root looks."""
    return _program("nginx", "/usr/sbin/nginx", package="nginx")


@pytest.fixture(scope="session")
def caddy() -> str:
    """The path of Caddy."""
    return _program("caddy", package="caddy")


@pytest.fixture(scope="session")
def debian_postgresql() -> str:
    """The path of PostgreSQL's `initdb`, which Debian keeps in a folder for each version."""
    places = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1] if places else _program("initdb", package="postgresql")


@pytest.fixture
def redis() -> Iterator[str]:
    """The URL of a Redis of this test's own."""
    from tests.support.real_servers import redis_serving  # it imports what few rooms need

    with redis_serving(_program("redis-server", package="redis-server")) as url:
        yield url


@pytest.fixture(scope="session")
def systemd_analyze() -> str:
    """The path of systemd-analyze, which checks units without a systemd that runs."""
    return _program("systemd-analyze", package="systemd")


@pytest.fixture(scope="session")
def oidc_provider() -> None:
    """The npm package oidc-provider, which `.ci/run` installs, and Node.js."""
    from tests.support.openid_provider import FOLDER  # it imports requests, which most rooms do without

    _program("node", package="nodejs")
    if not (FOLDER / "node_modules/oidc-provider").is_dir():
        missing(f"oidc-provider is not installed in {FOLDER}")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL server of this process's own, started when first asked for."""
    from tests.support.databases import PostgresCluster

    try:
        cluster = PostgresCluster()
    except Exception as fault:  # whatever keeps a server from starting, the test must say so and go on
        missing(f"PostgreSQL does not start here: {fault!r}")
    yield cluster
    cluster.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> SqliteFolder | PostgresCluster:
    """Where new databases come from, once for each kind: `.empty()` and `.copy_of(url)` give URLs."""
    found: SqliteFolder | PostgresCluster
    found = request.getfixturevalue({"sqlite": "sqlite_files", "postgresql": "postgres_cluster"}[request.param])
    return found


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[SqliteFolder]:
    """A folder for SQLite files."""
    from tests.support.databases import SqliteFolder, memory_folder

    folder = memory_folder()
    yield SqliteFolder(folder)
    shutil.rmtree(folder)


@pytest.fixture
def database_url(databases: SqliteFolder | PostgresCluster) -> str:
    """The URL of an empty database; the test runs on SQLite and on PostgreSQL."""
    return databases.empty()


@pytest.fixture(scope="session")
def migrated_url(databases: SqliteFolder | PostgresCluster) -> str:
    """The URL of a database with the tables and no rows: take a copy, do not connect."""
    from tests.support.stores import with_tables

    return with_tables(databases)


@pytest.fixture(scope="session")
def settled_world(databases: SqliteFolder | PostgresCluster, migrated_url: str) -> tuple[str, World]:
    """The URL of a database with the rows of `world`, and who is in it: take a copy, do not connect."""
    from sqlalchemy.orm import Session

    from compliance import store
    from tests.support.stores import settle

    url = databases.copy_of(migrated_url)
    engine = store.open_database(url)
    with Session(engine) as session, session.begin():
        made = settle(session)
    engine.dispose()
    return url, made


@pytest.fixture
def engine(
    request: pytest.FixtureRequest, databases: SqliteFolder | PostgresCluster, migrated_url: str
) -> Iterator[Engine]:
    """A store with its tables and the rows of `world`, if the test asks for it; on SQLite and on PostgreSQL.

    A file may have a fixture of its own whose name ends in `_world` too, in which more has happened (`later_world`).
    """
    from compliance import store

    worlds = [name for name in request.fixturenames if name.endswith("_world")]
    worlds.sort(key="settled_world".__eq__)
    url = databases.copy_of(request.getfixturevalue(worlds[0])[0] if worlds else migrated_url)
    engine = store.open_database(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session with the store."""
    from sqlalchemy.orm import Session

    with Session(engine) as session:
        yield session


@pytest.fixture
def world(engine: Engine, settled_world: tuple[str, World]) -> World:
    """A company, its two members, a steward, an auditor and an assessment begun, in the database of `engine`."""
    return settled_world[1]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database, for what does not depend on the kind."""
    return f"sqlite:///{tmp_path / 'article34.db'}"


@pytest.fixture(scope="session")
def edition() -> Edition:
    """The full edition that comes with the tool."""
    from compliance.questionnaire.loader import find_edition

    return find_edition("child-protection-2026")


@pytest.fixture(scope="session")
def quick() -> Edition:
    """The edition of the quick check."""
    from compliance.questionnaire.loader import find_edition

    return find_edition("child-protection-quick")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all workers."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def demonstrated_file(shared_folder: Path) -> str:
    """The URL of a SQLite file with the demonstration, filled once for all workers: copy it, or only read it."""
    from tests.support.demonstrations import fill_once  # it imports Flask, which most rooms do without

    return fill_once(shared_folder)
