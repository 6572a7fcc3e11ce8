"""A database that is unreachable, full, locked or slow: 503, a sentence, and what was typed is given back."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.datastructures import MultiDict

from compliance import store
from compliance.store import database_setup
from compliance.store.database_faults import outage
from compliance.web.access_control import public
from compliance.web.database import store_engine
from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.sites import Site, answers, begin, kept, make_site, settle, settled

BUSY, AWAY = "Too much is being saved at the moment", "Nothing can be read or saved at the moment"
#: Longer than the free space in one page of the database.
TYPED = ('He said "<b>no</b>". ' + "مرة أخرى: لا. " * 240).strip()  # more bytes than a page of a database holds


@pytest.fixture
def impatient(
    databases: SqliteFolder | PostgresCluster, settled_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """A site whose database waits for others no longer than a fifth of a second."""
    monkeypatch.setattr(database_setup, "BUSY_MS", 200)
    url = databases.copy_of(settled_url)
    site = settled(url, tmp_path, TESTING=False, PROPAGATE_EXCEPTIONS=False)
    yield site
    site.close()


@contextmanager
def somebody_else_writes(site: Site) -> Iterator[None]:
    """While another process is in the middle of a change."""
    url = store_engine(site.app).url
    other = create_engine(url, connect_args={"isolation_level": "IMMEDIATE"} if "sqlite" in url.drivername else {})
    with other.connect() as connection:
        connection.execute(text("UPDATE assessment SET saves = saves"))
        yield
    other.dispose()


@contextmanager
def no_longer(site: Site, pragma: str) -> Iterator[None]:
    """While SQLite refuses something on every connection, as on a disk that is full or read-only."""
    engine = store_engine(site.app)

    def forbid(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))  # pages that a database has to spare take a save on the fullest disk
    engine.dispose()
    event.listen(engine, "connect", forbid)
    yield
    event.remove(engine, "connect", forbid)
    engine.dispose()


@contextmanager
def server_away(site: Site) -> Iterator[None]:
    """While the database server ends every connection and accepts none."""
    url = store_engine(site.app).url
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))
    admin.dispose()


def fields_given_back(page: str, where: str) -> MultiDict[str, str]:
    form = page.partition(f'action="{where}"')[2].partition("</form>")[0]
    return MultiDict([(name, unescape(value)) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)])


class Ana:
    """Ana on a page of questions: she saves what she typed while something is wrong, and again afterwards."""

    def __init__(self, site: Site) -> None:
        self.site, self.client, self.number = site, site.client("ana"), begin(site)
        self.where = f"/assessments/{self.number}/code"
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(self.where).text)
        assert found
        self.token = found[1]

    def saves_while(self, failing: AbstractContextManager[None], heading: str) -> None:
        """Check that saving is answered with a page that says what is wrong, and gives back what she typed."""
        fields = {**answers(r1__code="intent", r2__words=TYPED), "csrf_token": self.token}
        with failing:
            page = self.client.post(self.where, data=fields)
        assert page.status_code == 503 and page.headers["Retry-After"] == "30"
        assert heading in page.text and "What was saved before is safe." in page.text
        assert kept(self.site, self.number) == {}, "nothing half-written"
        self.back = fields_given_back(page.text, self.where)

    def saves_again(self) -> None:
        """Check that the button on that page then saves it."""
        assert self.client.post(self.where, data=self.back).status_code == 302
        assert kept(self.site, self.number) == {"r1.code": "intent", "r2.words": TYPED}


@pytest.mark.fault(
    "the database is locked for a long time",
    "a save",
    "503 with the reason; what was typed is given back, to be sent again",
)
def test_a_save_that_waits_too_long_for_another_gives_back_what_was_typed(impatient: Site) -> None:
    ana = Ana(impatient)
    ana.saves_while(somebody_else_writes(impatient), BUSY)
    ana.saves_again()


# To fill a disk: max_page_count cannot fall below the size that a database has, so 1 means that it may not grow.
@pytest.mark.parametrize("pragma", ["max_page_count = 1", "query_only = 1"], ids=["full", "read-only"])
@pytest.mark.fault(
    "the disk is full, or the database read-only",
    "a save",
    "503 with the reason; what was typed is given back, to be sent again",
)
def test_a_save_on_a_full_or_read_only_disk_gives_back_what_was_typed(sqlite_site: Site, pragma: str) -> None:
    sqlite_site.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    ana = Ana(sqlite_site)
    ana.saves_while(no_longer(sqlite_site, pragma), AWAY)
    ana.saves_again()


@pytest.fixture
def on_postgresql(postgres_cluster: PostgresCluster, tmp_path: Path) -> Iterator[Site]:
    site = settle(make_site(postgres_cluster.empty(), tmp_path, TESTING=False, PROPAGATE_EXCEPTIONS=False))
    yield site
    site.close()


@pytest.mark.fault(
    "PostgreSQL is unavailable",
    "any page, a save",
    "503 with the reason; what was typed is given back; the tool reconnects",
)
def test_a_save_to_an_unreachable_server_gives_back_what_was_typed_and_works_once_it_is_back(
    on_postgresql: Site,
) -> None:
    ana = Ana(on_postgresql)
    with server_away(on_postgresql):
        for where in ("/", "/sectors", "/sign-in", ana.where):
            page = ana.client.get(where)
            assert page.status_code == 503 and AWAY in page.text, where
    ana.saves_while(server_away(on_postgresql), AWAY)
    ana.saves_again()


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_connection_to_postgresql_never_waits_for_ever(on_postgresql: Site, limit: str) -> None:
    with store_engine(on_postgresql.app).connect() as connection:
        assert connection.execute(text(f"SHOW {limit}")).scalar() in ("15s", "2min")


def test_a_statement_that_takes_too_long_is_ended(
    postgres_cluster: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_setup, "STATEMENT_MS", 100)
    engine = store.open_database(postgres_cluster.empty())
    with engine.connect() as connection, pytest.raises(OperationalError) as ended:
        connection.execute(text("SELECT pg_sleep(20)"))
    assert outage(ended.value) == "busy"
    engine.dispose()


def test_forty_threads_can_each_have_a_connection(database_url: str) -> None:
    engine = store.open_database(database_url)
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(engine.connect()).execute(text("SELECT 1"))
    engine.dispose()


# ── Outages, and faults of the tool


def driver_error(**codes: object) -> DBAPIError:
    said = type("Said", (Exception,), codes)
    return DBAPIError("SELECT 1", None, said("why"))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (driver_error(sqlstate="55P03"), "busy"),
        (driver_error(sqlstate="40P01"), "busy"),
        (driver_error(sqlstate="57014"), "busy"),
        (driver_error(sqlstate="53100"), "away"),
        (driver_error(sqlstate="53300"), "away"),
        (driver_error(sqlstate="57P01"), "away"),
        (driver_error(sqlstate="25006"), "away"),
        (driver_error(sqlstate="23505"), None),
        (driver_error(sqlstate="42P01"), None),
        (driver_error(sqlite_errorcode=5), "busy"),
        (driver_error(sqlite_errorcode=10 | 3 << 8), "away"),
        (driver_error(sqlite_errorcode=13), "away"),
        (driver_error(sqlite_errorcode=1), None),
        (driver_error(sqlite_errorcode=19), None),
        (driver_error(), None),
        (OperationalError("SELECT 1", None, OSError("server closed the connection")), "away"),
        (OSError(28, "No space left on device"), "away"),
        (FileNotFoundError(2, "No such file"), None),
        (store.FileStorageFailed("the file is no longer what was sent"), None),
        (ZeroDivisionError(), None),
    ],
)
def test_an_outage_is_distinguished_from_a_fault_of_the_tool(fault: Exception, why: str | None) -> None:
    assert outage(fault) == why


def test_an_error_that_is_no_outage_is_reported_as_a_failure(sqlite_site: Site) -> None:
    def fails(what: str) -> str:
        raise FileNotFoundError(2, "no such file")

    sqlite_site.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    sqlite_site.app.add_url_rule("/fails/<what>", "fails", public(fails))
    page = sqlite_site.client().get("/fails/here")
    assert page.status_code == 500 and "Something failed on our side" in page.text
