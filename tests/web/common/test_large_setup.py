"""The large set-up of `deploy/without_containers.py`: several web processes, PostgreSQL, Redis and Caddy."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.web.api.blueprint import REQUESTS_PER_MINUTE
from tests.support.demonstrations import copy_rows
from tests.support.large_setup import database_of, large_setup
from tests.support.real_servers import SocketBrowser
from tests.support.sites import PASSWORD


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the set-up. The user that runs PostgreSQL could not enter a folder within pytest's own."""
    found = Path(f"/tmp/article34-large-{os.getpid()}")  # noqa: S108, it is made for its owner alone
    found.mkdir(mode=0o711)
    yield found
    shutil.rmtree(found)


@pytest.fixture(scope="module")
def port(caddy: str, debian_postgresql: str, folder: Path, settled_sqlite_url: str) -> Iterator[int]:
    with large_setup(folder) as found:
        copy_rows(settled_sqlite_url, database_of(folder))
        yield found


def browser(port: int, number: int) -> SocketBrowser:
    return SocketBrowser(port, f"localhost:{port}", secure=True, address=f"127.0.8.{number}")


def web_processes(folder: Path) -> list[int]:
    """The processes that serve pages, recognised by the folder in their settings."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            said, given = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue
        if b"\0serve\0" in said and f"ARTICLE34_INSTANCE={folder}/data".encode() in given:
            found.append(int(entry.name))
    return found


def test_a_company_signs_in_once_whichever_process_answers(port: int) -> None:
    ana = browser(port, 1)
    assert ana.post("/sign-in", email="ana@example.org", password=PASSWORD).status == 302
    assert [ana.ask("/account").status for _ in range(20)] == [200] * 20


def test_guesses_are_counted_by_all_processes_together(port: int) -> None:
    stranger = browser(port, 2)
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', stranger.ask("/sign-in").text)
    fields = {"csrf_token": token, "email": "jon@example.org", "password": "guess"}
    codes = [stranger.ask("/sign-in", fields).status for _ in range(8)]
    assert codes[:5] == [200] * 5 and codes[-1] == 429


def test_requests_to_the_api_are_counted_by_all_processes_together(port: int) -> None:
    program = browser(port, 5)
    codes = [program.ask("/api/v1/periods").status for _ in range(REQUESTS_PER_MINUTE + 30)]
    assert codes[:100] == [200] * 100 and codes[-1] == 429


def test_pages_for_operators_are_not_passed_on_by_the_proxy(port: int) -> None:
    assert [browser(port, 3).ask(where).status for where in ("/healthz", "/readyz", "/metrics")] == [404] * 3


@pytest.mark.fault(
    "the process is killed", "requests, with two web processes", "the other answers; the killed one is restarted"
)
def test_a_killed_web_process_is_started_again_and_visitors_do_not_notice(port: int, folder: Path) -> None:
    olga = browser(port, 4)
    assert olga.post("/sign-in", email="olga@example.org", password=PASSWORD).status == 302
    before = web_processes(folder)
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    assert [olga.ask("/account").status for _ in range(20)] == [200] * 20
    deadline = time.monotonic() + 60
    while len(now := web_processes(folder)) < 2:
        assert time.monotonic() < deadline, "it is not started again"
        olga.ask("/account")
    assert before[1] in now and before[0] not in now
