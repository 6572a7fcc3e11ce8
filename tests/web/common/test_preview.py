"""A preview serves one edition, whatever the settings of this machine, and stores nothing."""

import os
import signal
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from compliance import store
from compliance.questionnaire.faults import EditionFaults
from compliance.web.database import store_engine
from compliance.web.serving import PREVIEW_SIGN_INS, add_preview_accounts, preview_app
from tests.support.forked_servers import ForkedServer
from tests.support.real_servers import port_said
from tests.support.sites import EDITIONS, Site, post

WALK = EDITIONS / "walk"


def test_every_reader_can_sign_in_and_answer_the_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@nowhere/real")
    monkeypatch.setenv("ARTICLE34_ADDRESS", "https://figures.example.org")
    monkeypatch.setenv("ARTICLE34_PROXIES", "2")
    monkeypatch.setenv("MAIL_SERVER", "mail.example.org")
    site = Site(preview_app(WALK, tmp_path))
    password = add_preview_accounts(site.app)
    clients = {email: site.app.test_client() for email in PREVIEW_SIGN_INS}
    for email, client in clients.items():
        assert post(client, "/sign-in", email=email, password=password).status_code == 302
    company = clients[PREVIEW_SIGN_INS[0]]
    year = datetime.now(UTC).year
    begun = post(company, "/assessments", year=str(year))
    assert begun.status_code == 302
    assert company.get(begun.headers["Location"], follow_redirects=True).status_code == 200
    assert "Demonstration." in company.get("/method").text
    with Session(store_engine(site.app)) as session:
        assert [found.name for found in store.companies(session)] == ["Example Company"]
    assert "mail.example.org" not in str(site.app.config.get("MAIL_SERVER"))
    site.close()


def test_a_broken_edition_is_not_served(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: broken\n")
    with pytest.raises(EditionFaults, match="needs `parts`"):
        preview_app(broken, tmp_path)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_and_says_how_to_sign_in_and_leaves_nothing_behind(
    told: signal.Signals, tmp_path: Path
) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path), "ARTICLE34_INSTANCE": str(tmp_path / "never")}
    server = ForkedServer("preview", str(WALK), "--port", "0", env=env)
    try:
        port, *said = port_said(server.output), *(server.output.readline() for _ in range(3))
        assert PREVIEW_SIGN_INS[0] in said[1]
        assert len(list(tmp_path.glob("article34-preview-*"))) == 1
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/method")
            assert connection.getresponse().status == 200
    finally:
        server.stop(told)
    assert list(tmp_path.iterdir()) == []
