"""Fixtures for all tests: programs of this machine, and databases of both kinds.

Tests that need a missing program, such as Chromium or LibreOffice, are skipped, with the reason. With
ARTICLE34_REQUIRE_ALL=1, as in CI, they fail, and so does every other test that would be skipped.

The tool and its drivers are imported inside the fixtures that need them, because the process that distributes tests
to workers does not.
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

# NumPy, which is imported later, multiplies matrices in one thread. Each worker has a core of its own, and threads that
# wait for others without sleeping made the encoder of sentences take three times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# No deadline, as a busy machine is slow, not wrong. Up to a share of 1 the examples are the same in every run, so that
# a failed run can be repeated.
hypothesis.settings.register_profile("article34", deadline=None, derandomize=SHARE <= 1, max_examples=tries(100))
hypothesis.settings.load_profile("article34")


def _forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    """If ARTICLE34_REQUIRE_ALL is set, turn a skip into a failure, except for an expected failure (xfail)."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}. With ARTICLE34_REQUIRE_ALL=1 nothing may be skipped."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Forbid skipped tests."""
    report = yield
    _forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Forbid skipped files."""
    report = yield
    _forbid(report)
    return report


#: Folders and files whose tests take longest, or need Chromium, LibreOffice or other processes of the tool. They run
#: first: so no worker has a long one left at the end, and one worker, which starts each program once, runs nearly all.
FIRST = (
    *("tests/web/browser/", "tests/workbook/", "tests/demonstration/"),
    *("tests/authoring/test_translators_workbook.py", "tests/documents/test_extraction_oracles.py"),
    *("tests/commands/test_keeping_commands.py", "tests/commands/test_score_parts_command.py"),
    *("tests/commands/test_scorecard_command.py", "tests/commands/test_serve_command.py"),
    *(f"tests/store/test_{name}.py" for name in ("damaged_backups", "file_storage", "kill_process")),
    *(f"tests/web/common/test_{name}.py" for name in ("behind_proxy", "connections", "job_process", "kill_server")),
    *(f"tests/web/{name}.py" for name in ("api/test_requests", "common/test_preview", "steward/test_closing_job")),
)


#: Tests of the database itself, of its locks, and of moving data to the other kind. They run on both kinds, but in
#: `make test` half of them on each.
OF_DATABASES = (
    *(f"tests/store/test_{name}.py" for name in ("backups", "damaged_backups", "given_data", "jobs", "kill_process")),
    *(f"tests/store/test_{name}.py" for name in ("migrations", "trail", "two_people_and_a_file")),
)


@pytest.hookimpl(trylast=True)  # after pytest has put tests of one kind of database beside each other
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put some tests first, and leave out the second database where one is enough.

    In `make test`, each test but those of the house runs on one database; in CI, each case of a test with seeds does.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
    names = {item.nodeid for item in items}
    on_one = [item for item in items if SHARE < 1 or (SHARE == 1 and _has_a_seed(item))]
    left_out = {item for item in on_one if _runs_on_the_other_database(item, names)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Exclude everything imported and collected so far from garbage collection, and collect less often.

    With a heap of this size, garbage collection would take a tenth of the run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Collect garbage once, and exclude what remains from the five collections with which pytest ends."""
    gc.collect()
    gc.freeze()


def _has_a_seed(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "seed" in getattr(getattr(item, "callspec", None), "params", ())


def _runs_on_the_other_database(item: pytest.Item, names: Collection[str]) -> bool:
    """Tell whether a test of two kinds of databases is chosen to run on the other kind only."""
    if ("sqlite" not in item.nodeid and "postgresql" not in item.nodeid) or item.nodeid.startswith("tests/house/"):
        return False
    of_databases = item.nodeid.startswith(OF_DATABASES)
    if of_databases and SHARE >= 1:
        return False
    pair = [item.nodeid.replace("postgresql", "sqlite"), item.nodeid.replace("sqlite", "postgresql")]
    if not names.issuperset(pair):
        return False
    # In `make test`, one of sixteen others runs on PostgreSQL, where a test of pages takes three times as long.
    on_postgresql = crc32(pair[0].encode()) % (16 if SHARE < 1 and not of_databases else 2) == 0
    return item.nodeid != pair[on_postgresql]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With `--durations`, print how long each folder took, in seconds summed over all workers."""
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
    """Skip a test because something is missing here, or fail it if ARTICLE34_REQUIRE_ALL is set."""
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
    """The path of strace, which records the system calls of a program."""
    return _program("strace", package="strace")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests of a worker. Each visit has its own context, without cookies of other visits.

    Playwright can be started only once in a thread, so every test that needs Chromium uses this fixture.
    """
    from tests.support.browsers import browsing  # here, as it imports Playwright, which most tests do not need

    with browsing(chromium) as browser:
        yield browser


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice. Give each process its own `-env:UserInstallation`."""
    return _program("soffice", "libreoffice", package="libreoffice-calc")


@pytest.fixture(scope="session")
def recalculate(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recalculator]:
    """One LibreOffice for all tests of a process, because starting takes longer than recalculating most workbooks."""
    from tests.support.recalculation import Recalculator  # here, as it imports lxml, which most tests do not need

    recalculator = Recalculator(soffice, tmp_path_factory.mktemp("recalculation"))
    yield recalculator
    recalculator.close()


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    """The path of pdftoppm, which renders the pages of a PDF as images."""
    return _program("pdftoppm", package="poppler-utils")


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of nginx, which Debian installs in a folder that is only on root's PATH."""
    return _program("nginx", "/usr/sbin/nginx", package="nginx")


@pytest.fixture(scope="session")
def caddy() -> str:
    """The path of Caddy."""
    return _program("caddy", package="caddy")


@pytest.fixture(scope="session")
def debian_postgresql() -> str:
    """The path of PostgreSQL's `initdb`, which Debian installs in a folder for each version."""
    places = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1] if places else _program("initdb", package="postgresql")


@pytest.fixture
def redis() -> Iterator[str]:
    """The URL of a Redis for this test alone."""
    from tests.support.real_servers import redis_serving  # here, as it imports modules that few tests need

    with redis_serving(_program("redis-server", package="redis-server")) as url:
        yield url


@pytest.fixture(scope="session")
def systemd_analyze() -> str:
    """The path of systemd-analyze, which checks unit files even if systemd is not running."""
    return _program("systemd-analyze", package="systemd")


@pytest.fixture(scope="session")
def oidc_provider() -> None:
    """The npm package oidc-provider, which `.ci/run` installs, and Node.js."""
    from tests.support.openid_provider import FOLDER  # here, as it imports requests, which most tests do not need

    _program("node", package="nodejs")
    if not (FOLDER / "node_modules/oidc-provider").is_dir():
        missing(f"oidc-provider is not installed in {FOLDER}")


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL server for this process alone, started when it is first needed."""
    from tests.support.databases import PostgresCluster

    try:
        cluster = PostgresCluster()
    except Exception as fault:  # whatever the cause, the tests are skipped with the reason
        missing(f"PostgreSQL does not start here: {fault!r}")
    yield cluster
    cluster.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> SqliteFolder | PostgresCluster:
    """The source of new databases, once for each kind. `.empty()` and `.copy_of(url)` return URLs."""
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
    """The URL of an empty database. The test runs on SQLite and on PostgreSQL."""
    return databases.empty()


@pytest.fixture(scope="session")
def migrated_url(databases: SqliteFolder | PostgresCluster) -> str:
    """The URL of a database with the tables and no rows. Copy it, do not connect to it."""
    from tests.support.stores import with_tables

    return with_tables(databases)


@pytest.fixture(scope="session")
def settled_world(databases: SqliteFolder | PostgresCluster, migrated_url: str) -> tuple[str, World]:
    """The URL of a database with the rows of `world`, and that World. Copy the database, do not connect to it."""
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
    """A database with the tables and, if the test uses `world`, its rows, on SQLite and on PostgreSQL.

    A test file may define its own fixture, with a name that ends in `_world`, for a later state (`later_world`).
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
    """A database session."""
    from sqlalchemy.orm import Session

    with Session(engine) as session:
        yield session


@pytest.fixture
def world(engine: Engine, settled_world: tuple[str, World]) -> World:
    """A company, its two members, a steward, an auditor and a started assessment, in the database of `engine`."""
    return settled_world[1]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database, for tests that do not depend on the kind of database."""
    return f"sqlite:///{tmp_path / 'article34.db'}"


@pytest.fixture(scope="session")
def edition() -> Edition:
    """The full edition that is part of the tool."""
    from compliance.questionnaire.loader import find_edition

    return find_edition("child-protection-2026")


@pytest.fixture(scope="session")
def quick() -> Edition:
    """The edition of the quick check."""
    from compliance.questionnaire.loader import find_edition

    return find_edition("child-protection-quick")


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for this run, shared by all workers."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def demonstrated_file(shared_folder: Path) -> str:
    """The URL of a SQLite file with the demonstration, filled once for all workers. Copy it, or only read it."""
    from tests.support.demonstrations import fill_once  # here, as it imports Flask, which most tests do not need

    return fill_once(shared_folder)
