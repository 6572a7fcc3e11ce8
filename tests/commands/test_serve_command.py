"""`compliance serve` on this machine, and the demonstration."""

import os
import re
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance import store
from compliance.cli import main
from compliance.web import create_app
from compliance.web.readiness import migrate_installation
from compliance.web.serving import ServingError, bind_listener, fill_demonstration, run_until_stopped
from tests.support.databases import SqliteFolder
from tests.support.demonstrations import demonstration_site
from tests.support.forked_servers import ForkedServer
from tests.support.sites import Site, make_site, post, settle


def test_the_next_port_is_used_if_one_is_taken() -> None:
    with closing(bind_listener(0)) as first:
        port = first.getsockname()[1]
        with closing(bind_listener(port)) as second:
            assert port < second.getsockname()[1] <= port + 50
            assert second.getsockname()[0] == "127.0.0.1"


def test_with_a_proxy_only_the_given_port_is_used() -> None:
    with closing(bind_listener(0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(ServingError, match=f"port {port} is taken: name another with --port"):
            bind_listener(port, others=0)


@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
def test_another_address_of_this_machine_can_be_listened_on(host: str) -> None:
    with closing(bind_listener(0, host)) as listener:
        assert listener.getsockname()[0] == host


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("figures.example.org", "--host figures.example.org: write an IP address of this machine, as in 127.0.0.1"),
        ("", "--host : write an IP address of this machine"),
        ("192.0.2.1", "--host 192.0.2.1: this machine has no such address"),
    ],
)
def test_a_host_that_cannot_be_listened_on_is_refused_with_a_sentence(host: str, said: str) -> None:
    with pytest.raises(ServingError) as refused:
        bind_listener(0, host)
    assert str(refused.value).startswith(said)


# ── The demonstration


@pytest.fixture
def filled(demonstrated_file: str, sqlite_files: SqliteFolder, tmp_path: Path) -> Iterator[Site]:
    """A site over a copy of the demonstration, which `fill_demonstration` put into an empty database."""
    site = demonstration_site(sqlite_files.copy_of(demonstrated_file), tmp_path)
    yield site
    site.close()


def test_the_demonstration_fills_an_empty_database_once(filled: Site) -> None:
    with filled.store() as session:
        companies, head = store.companies(session), store.trail_head(session)
    assert len(companies) > 100 and all(company.demonstration for company in companies)
    shown = fill_demonstration(filled.app)
    with filled.store() as session:
        assert (store.companies(session), store.trail_head(session)) == (companies, head)
    client = filled.app.test_client()
    for email in shown.sign_ins:
        there = post(filled.app.test_client(), "/sign-in", email=email, password=shown.password)
        assert there.status_code == 302, email
    assert "Demonstration." in client.get("/sign-in").text


def test_the_demonstration_never_enters_a_database_with_real_companies(sqlite_url: str, tmp_path: Path) -> None:
    site = settle(make_site(sqlite_url, tmp_path))
    with pytest.raises(ServingError, match="the database holds real companies"):
        fill_demonstration(site.app)
    assert "Demonstration." not in site.client().get("/sign-in").text
    site.close()


# ── Settings


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/x", "DATABASE_URL: mysql:// is not kept to: use sqlite:///FILE or postgresql://USER"),
        ("secret", "DATABASE_URL: this is no address of a database: use sqlite:///FILE or postgresql://USER"),
        ("sqlite:////nowhere/x.db", "DATABASE_URL: there is no folder /nowhere: make it, or name another one"),
        ("postgresql://me:secret@127.0.0.1:1/x", "DATABASE_URL: the database cannot be opened (connection failed"),
    ],
)
@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["set-password", "a@example.org", "--password", "x" * 20]]
)
def test_a_database_that_cannot_be_opened_is_reported_in_one_sentence(
    installation: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str, command: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    run = CliRunner().invoke(main, command)
    assert (run.exit_code, len(run.output.splitlines())) == (1, 1)
    assert run.output.startswith(said)
    assert "secret" not in run.output


def test_an_invalid_address_is_reported_in_one_sentence(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE34_ADDRESS", "figures.example.org")
    run = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert (run.exit_code, len(run.output.splitlines())) == (1, 1)
    assert run.output.startswith("ARTICLE34_ADDRESS: write http:// or https:// and a host")


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "٢٥"])
def test_an_invalid_mail_port_is_reported_in_one_sentence(
    installation: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("MAIL_SERVER", "mail.example.org")
    monkeypatch.setenv("ARTICLE34_ADDRESS", "https://figures.example.org")
    monkeypatch.setenv("MAIL_PORT", port)
    run = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert (run.exit_code, run.output) == (
        1,
        f"MAIL_PORT: write a whole number from 1 to 65535, and not {port!r}\n",
    )


def test_other_machines_can_connect_only_if_there_is_a_public_address(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARTICLE34_ADDRESS", raising=False)
    monkeypatch.setenv("ARTICLE34_HOST", "192.0.2.1")
    run = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert (run.exit_code, len(run.output.splitlines())) == (1, 1)
    assert run.output.startswith("--host 192.0.2.1: other machines could ask for pages, and without ARTICLE34_ADDRESS")


@pytest.mark.parametrize(("name", "value"), [("ARTICLE34_PORT", "web"), ("ARTICLE34_THREADS", "0")])
def test_an_invalid_port_or_number_of_threads_is_refused(
    installation: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    run = CliRunner().invoke(main, ["serve"])
    assert run.exit_code == 2 and f"(env var: '{name}')" in run.output and value in run.output


def test_host_port_and_threads_come_from_the_environment_or_the_command_line(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[dict[str, object]] = []
    monkeypatch.setattr("compliance.web.serving.serve", lambda port, **more: taken.append({"port": port, **more}))
    for name, value in (("HOST", "::1"), ("PORT", "8000"), ("THREADS", "3")):
        monkeypatch.setenv(f"ARTICLE34_{name}", value)
    assert CliRunner().invoke(main, ["serve"]).exit_code == 0
    assert CliRunner().invoke(main, ["serve", "--port", "8001"]).exit_code == 0
    assert [(one["host"], one["port"], one["threads"]) for one in taken] == [("::1", 8000, 3), ("::1", 8001, 3)]


# ── The command


def test_the_command_serves_prints_its_address_and_stops_when_told(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "ARTICLE34_INSTANCE": str(tmp_path / "here"), "DATABASE_URL": ""}
        server = ForkedServer("serve", "--port", str(port), env=env)
        try:
            said = server.output.readline()
            address = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
            assert address and int(address[1]) > port
            with closing(HTTPConnection("127.0.0.1", int(address[1]), timeout=30)) as connection:
                connection.request("GET", "/sign-in")
                answer = connection.getresponse()
                assert answer.status == 200
                assert "Server" not in answer.headers
        finally:
            server.stop(signal.SIGINT)
    assert server.exit_code() == 0
    assert (tmp_path / "here" / "article34.db").exists()


class Garbage:
    """Tells its process to stop while it is cleared up."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def told_while_clearing_up(_arguments: Sequence[str]) -> None:
    """Serve until told to stop. Print errors, too, including those that Python only reports."""

    def say(_line: str) -> None:
        Garbage()

    os.dup2(1, 2)
    migrate_installation({})
    run_until_stopped(create_app(), 0, say=say)


def test_the_command_stops_even_if_told_to_during_garbage_collection(tmp_path: Path) -> None:
    env = {**os.environ, "ARTICLE34_INSTANCE": str(tmp_path), "DATABASE_URL": ""}
    server = ForkedServer(env=env, program=told_while_clearing_up)
    try:
        assert server.exit_code(within=120) == 0
        assert server.output.read() == ""
    finally:
        server.kill()
