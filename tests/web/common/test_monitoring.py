"""Monitoring: health pages, the log, the metrics for Prometheus, and security.txt."""

import io
import json
import logging
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from werkzeug.test import Client, TestResponse

from compliance.store.file_storage import FileStorageFailed, FolderStorage
from compliance.web.access_control import public
from compliance.web.database import store_engine
from compliance.web.files import file_storage
from compliance.web.logs import JsonLine, TextLine, access_log, request_id, security_log, start_logging
from compliance.web.monitoring import REQUEST_ID_HEADER
from compliance.web.settings import BadSetting, flask_config, security_contact
from tests.support.databases import SqliteFolder
from tests.support.sites import PASSWORD, Site, make_site, post, settle

TOKEN = "the-token-of-prometheus-has-40-letters-yes"


def ask(site: Site, where: str, **headers: str) -> TestResponse:
    """Send a request without cookies, under any host name."""
    return Client(site.app).get(where, headers={"Host": "10.1.2.3:8000", **headers})


# ── Health


def test_a_running_process_says_so_whatever_the_state_of_its_database(sqlite_site: Site) -> None:
    asked: list[str] = []
    event.listen(store_engine(sqlite_site.app), "before_cursor_execute", lambda *what: asked.append(what[2]))
    said = ask(sqlite_site, "/healthz", Cookie="article34=forged")
    assert (said.status_code, said.text, asked) == (200, "alive\n", [])
    assert said.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in said.headers


def test_a_process_that_can_serve_pages_says_so_under_any_host_name(site: Site) -> None:
    said = ask(site, "/readyz")
    assert (said.status_code, said.text) == (200, "ready\n")
    assert said.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in said.headers
    assert ask(site, "/").status_code == 400, "pages are answered only under the names of the installation"


def test_an_unreachable_database_is_reported_in_a_word(sqlite_site: Site, tmp_path: Path) -> None:
    engine = store_engine(sqlite_site.app)
    engine.dispose()
    file = Path(engine.url.database or "")
    shutil.move(file, tmp_path / "away")
    file.mkdir()
    said = ask(sqlite_site, "/readyz")
    file.rmdir()
    shutil.move(tmp_path / "away", file)
    assert (said.status_code, said.text) == (503, "database\n")


@pytest.mark.parametrize("revision", ["0001", "9999"])
def test_tables_of_another_version_are_reported_in_a_word(site: Site, revision: str) -> None:
    with site.store() as session, session.begin():
        session.execute(text("UPDATE alembic_version SET version_num = :other"), {"other": revision})
    said = ask(site, "/readyz")
    assert (said.status_code, said.text) == (503, "schema\n")


def test_a_file_storage_that_cannot_store_is_reported_in_a_word(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_storage: FolderStorage) -> None:
        raise FileStorageFailed("no file can be kept: No space left on device")

    monkeypatch.setattr(type(file_storage(site.app)), "try_out", full)
    said = ask(site, "/readyz")
    assert (said.status_code, said.text) == (503, "files\n")


def test_trying_out_a_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    FolderStorage(tmp_path / "files").try_out()
    assert list((tmp_path / "files").iterdir()) == []
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_text("a file stands where the folder was")
    with pytest.raises(FileStorageFailed, match="no file can be kept"):
        FolderStorage.try_out(_storage_in(tmp_path / "files"))


def _storage_in(folder: Path) -> FolderStorage:
    storage = object.__new__(FolderStorage)
    storage._folder = folder
    return storage


# ── The log


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines that a process with ARTICLE34_LOG=json would write."""
    written: list[str] = []
    before = list(logging.getLogger().handlers)
    start_logging("json")
    [handler] = set(logging.getLogger().handlers) - set(before)
    assert isinstance(handler.formatter, JsonLine)
    handler.emit = lambda record: written.append(handler.format(record))  # type: ignore[method-assign]
    yield written
    logging.getLogger().removeHandler(handler)
    for log in (access_log, security_log):
        log.setLevel(logging.NOTSET)


def test_a_request_is_logged_with_its_route_and_without_values_of_its_address(site: Site, lines: list[str]) -> None:
    response = site.client().get("/join/a-token-that-lets-in?email=ana@example.org", buffered=True)
    [told] = [line for line in lines if access_log.name in line]
    line = json.loads(told)
    assert (line["method"], line["status"]) == ("GET", response.status_code)
    assert line["route"] == "/join/<token>" and line["message"] == "GET /join/<token>"
    assert line["bytes"] == len(response.data) and line["ms"] >= 0
    assert line["request"] == response.headers[REQUEST_ID_HEADER] and re.fullmatch("[0-9a-f]{32}", line["request"])
    assert set(line) == {"time", "level", "logger", "message", "request", "method", "route", "status", "ms", "bytes"}
    assert not re.search("token-that|ana@|127\\.0\\.0\\.1", "".join(lines))


def test_successful_and_refused_sign_ins_are_logged_without_a_name(site: Site, lines: list[str]) -> None:
    client = site.client()
    for password in ("wrong", PASSWORD):
        post(client, "/sign-in", email="ana@example.org", password=password)
    client.get("/steward/people")
    client.post("/account/sessions", data={"session": "others"})
    post(client, "/sign-out", form_at="/account")
    told = [json.loads(line) for line in lines if security_log.name in line]
    assert [(line["event"], line["outcome"]) for line in told] == [
        ("password", "wrong"),
        ("password", "right"),
        ("sign-in", "done by password"),
        ("access", "refused to this role"),
        ("post", "refused as forged"),
        ("sign-out", "done"),
    ]
    assert set(told[0]) == {"time", "level", "logger", "message", "request", "event", "outcome"}
    assert told[0]["request"] != told[1]["request"] == told[2]["request"], "one sign-in, two lines"
    assert "ana@" not in "".join(lines)


def test_requests_refused_before_they_are_read_are_logged_too(sqlite_site: Site, lines: list[str]) -> None:
    visitor, ana = sqlite_site.client(), sqlite_site.client("ana")
    lines.clear()
    visitor.get("/law/%00")
    post(visitor, "/sign-in/passkey/forged", form_at="/sign-in", credential="{}")
    sent = {"kind": "file", "title": "Register", "seen_by": "everyone", "file": (io.BytesIO(b"MZ"), "ana.exe")}
    form = re.search(r'name="csrf_token" value="([^"]+)"', ana.get("/companies/1/evidence").text)
    assert form is not None
    ana.post("/companies/1/evidence", data={**sent, "csrf_token": form[1]})
    told = [json.loads(line) for line in lines if security_log.name in line]
    assert [line["message"] for line in told] == ["request: refused as malformed", "passkey: wrong", "file: refused"]
    assert "ana.exe" not in "".join(lines)


def test_an_unknown_address_is_not_logged(site: Site, lines: list[str]) -> None:
    site.client().get("/ana@example.org", buffered=True)
    Client(site.app).get("/", headers={"Host": "evil.example"}, buffered=True)
    asked = [json.loads(line) for line in lines if access_log.name in line]
    assert [line["route"] for line in asked] == ["none", "none"]
    assert [line["status"] for line in asked] == [404, 400]
    assert not re.search("ana@|evil", "".join(lines))


def test_requests_are_logged_only_if_a_setting_asks_for_it(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.client().get("/law", buffered=True)
    assert [record for record in caplog.records if record.name == access_log.name] == []


@pytest.mark.parametrize("kind", ["a broken statement", "a row that is there already", "a value of another type"])
def test_a_database_error_is_logged_without_the_values_of_its_statement(
    site: Site, lines: list[str], kind: str
) -> None:
    statement, value = {
        "a broken statement": ("SELECT nothing FROM person WHERE email = :value", "secret.person@example.org"),
        "a row that is there already": ("INSERT INTO role (name) SELECT :value UNION ALL SELECT :value", "secret-role"),
        "a value of another type": ("SELECT CAST(:value AS INTEGER) / 0 FROM no_table", "secret-number"),
    }[kind]

    def fails(what: str) -> str:
        with store_engine(site.app).begin() as connection:
            connection.execute(text("SELECT id FROM person WHERE email = :email"), {"email": what})
            connection.execute(text(statement), {"value": what})
        return "nothing failed"

    site.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    site.app.add_url_rule("/fails/<what>", "fails", public(fails))
    response = site.client().get(f"/fails/{value}?q={value}", buffered=True)
    assert response.status_code == 500 and value not in response.text
    [failure] = [json.loads(line) for line in lines if "traceback" in line]
    assert failure["message"] == "Exception on /fails/<what> [GET]"
    assert "sqlalchemy.exc." in failure["traceback"] and "test_monitoring.py" in failure["traceback"]
    assert failure["request"] == response.headers[REQUEST_ID_HEADER]
    assert value not in "\n".join(lines)


def test_an_alleged_message_of_a_provider_is_not_logged(
    sqlite_files: SqliteFolder, tmp_path: Path, lines: list[str]
) -> None:
    settings = {"OIDC_ISSUER": "http://localhost:1", "OIDC_CLIENT_ID": "us", "OIDC_CLIENT_SECRET": "secret"}
    site = make_site(sqlite_files.empty(), tmp_path, **settings)
    for code, told in (("access_denied", " (access_denied)"), ("ana@example.org", "")):
        lines.clear()
        where = f"/sign-in/single/return?error={code}&error_description=ana@example.org+was+here"
        assert site.client().get(where, buffered=True).status_code == 302
        [warning] = [json.loads(line) for line in lines if "warning" in line]
        assert warning["message"] == f"single sign-on: OAuthError{told}" and "ana@" not in "".join(lines)
    site.close()


def test_no_error_of_the_database_shows_the_values_of_its_statement(site: Site) -> None:
    assert store_engine(site.app).hide_parameters


def test_a_line_of_text_has_what_a_line_of_json_has() -> None:
    request_id.set("")
    record = logging.LogRecord("compliance.web", logging.ERROR, "x.py", 1, "it failed", (), None)
    vars(record).update(fields={"status": 500}, exc_text="where\nwhy")
    line = TextLine().format(record)
    told = json.loads(JsonLine().format(record))
    assert line == f"{told['time']} error compliance.web it failed status=500\nwhere\nwhy"
    assert told["traceback"] == "where\nwhy"


# ── Metrics


@pytest.fixture
def measured(sqlite_files: SqliteFolder, tmp_path: Path) -> Iterator[Site]:
    site = settle(make_site(sqlite_files.empty(), tmp_path, METRICS_TOKEN=TOKEN))
    yield site
    site.close()


def test_prometheus_can_read_requests_by_route_and_the_lengths_of_queues(measured: Site) -> None:
    browser = measured.client()
    browser.get("/join/a-token-that-lets-in", buffered=True)
    browser.get("/nowhere/at/all", buffered=True)
    page = ask(measured, "/metrics", Authorization=f"Bearer {TOKEN}")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/plain")
    assert re.search(r'^article34_requests_total\{method="GET",route="/join/<token>",', page.text, re.M)
    assert 'article34_requests_total{method="GET",route="none",status="404"} 1.0' in page.text
    assert 'article34_request_seconds_count{method="GET",route="none"} 1.0' in page.text
    assert "article34_jobs_waiting 0.0" in page.text and "article34_mails_waiting 0.0" in page.text
    assert "a-token" not in page.text and "nowhere" not in page.text


@pytest.mark.parametrize("said", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xff"])
def test_metrics_are_only_for_those_who_have_the_token(measured: Site, said: str) -> None:
    refused = ask(measured, "/metrics", **({"Authorization": said} if said else {}))
    assert (refused.status_code, refused.text) == (404, "not found\n")


def test_without_a_token_there_are_no_metrics(site: Site) -> None:
    assert site.client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


# ── security.txt


def test_security_txt_names_the_contact_of_the_setting(sqlite_files: SqliteFolder, tmp_path: Path) -> None:
    site = settle(make_site(sqlite_files.empty(), tmp_path, SECURITY_CONTACT="security@example.org"))
    said = site.client().get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in said.text.splitlines())
    assert said.mimetype == "text/plain" and fields["Contact"] == "mailto:security@example.org"
    left = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(days=150) < left < timedelta(days=365)
    assert fields["Canonical"] == "http://localhost/.well-known/security.txt"
    site.close()


def test_without_the_setting_there_is_no_security_txt(site: Site) -> None:
    assert site.client().get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize(
    ("written", "meant"),
    [("", ""), ("a@b.example", "mailto:a@b.example"), ("https://b.example/report", "https://b.example/report"),
     ("tel:+41-22-123", "tel:+41-22-123")],
)  # fmt: skip
def test_a_contact_is_an_address(written: str, meant: str) -> None:
    assert security_contact(written) == meant


@pytest.mark.parametrize("name", ["SECURITY_CONTACT", "LOG", "METRICS_TOKEN"])
def test_an_unusable_setting_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    for wrong in ("ring twice", "http://b.example", "x"):
        with pytest.raises(BadSetting, match=f"ARTICLE34_{name}: (write|a secret needs)"):
            flask_config(tmp_path, {name: wrong})
