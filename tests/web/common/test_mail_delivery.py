"""Delivery: mails reach a real mail server or a private folder, in the right language and frame."""

import re
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from compliance import store
from compliance.languages.interface_messages import LANGUAGES, text_direction
from compliance.store.outbox import DIGEST_DELAY
from compliance.web.mail import MAIL_KINDS, MailKind
from compliance.web.mail_delivery import deliver_next
from tests.support.mail_server import MailServer, mail_server
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, outbox

ADDRESS = "https://figures.example.org"


@pytest.fixture
def server(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A mail server that receives what the site sends."""
    monkeypatch.setitem(MAIL_KINDS, "made", MailKind("A made kind", "notice", "Made kind"))
    with mail_server() as server:
        sqlite_site.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port, ADDRESS=ADDRESS)
        yield server


def queue(site: Site, urgency: str = "notice", *, who: str = "ana", at: datetime = NOON, **more: str) -> None:
    words = {
        "kind": "made",
        "to": site.people[who].email,
        "language": "en",
        "subject": f"About {at:%H:%M}",
        "text": f"Words {at:%H:%M}",
        "html": f"<p>Words <b>{at:%H:%M}</b></p>",
        **more,
    }
    with site.store() as session, session.begin():
        store.add_mail(session, urgency=urgency, person_id=None, at=at, **words)


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the HTML of a mail."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    return text.get_content().replace("\r\n", "\n"), html.get_content().replace("\r\n", "\n")


def test_a_mail_reaches_the_server_as_plain_text_and_html(sqlite_site: Site, server: MailServer) -> None:
    queue(sqlite_site, subject="Où est le code ?")
    assert deliver_next(sqlite_site.app) and not deliver_next(sqlite_site.app)
    (mail,) = server.mails
    assert server.envelopes == [("article34@127.0.0.1", "ana@example.org")]
    assert (mail["Subject"], mail["To"]) == ("Où est le code ?", "ana@example.org")
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Date"] and mail["Message-ID"]
    text, html = parts(mail)
    assert text.startswith("Words 12:00\n") and f"{ADDRESS}\n" in text
    assert "<p>Words <b>12:00</b></p>" in html
    assert not re.search(r"<(img|script|style|link)|src=|style=", html), "nothing is loaded from anywhere"


def test_a_mail_reaches_an_address_whose_domain_has_letters_of_any_script(
    sqlite_site: Site, server: MailServer
) -> None:
    queue(sqlite_site, to="nia@hôtel.example")
    assert deliver_next(sqlite_site.app)
    assert server.envelopes == [("article34@127.0.0.1", "nia@xn--htel-vqa.example")]
    assert server.mails[0]["To"] == "nia@xn--htel-vqa.example"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_frame_has_the_language_and_the_direction_of_the_mail(
    sqlite_site: Site, server: MailServer, code: str
) -> None:
    queue(sqlite_site, language=code)
    deliver_next(sqlite_site.app)
    text, html = parts(server.mails[0])
    assert f'<html lang="{code}" dir="{text_direction(code)}">' in html
    head = "" if code == "en" else f"/{code}"
    assert f"{ADDRESS}{head}/account/mails" in text and f"{ADDRESS}{head}/mails/stop/" in text
    assert server.mails[0]["Content-Language"] == code
    assert faults_of(html.replace("<hr>", "<h1>x</h1>")) == []


def test_a_mail_about_security_has_no_link_to_stop_it(sqlite_site: Site, server: MailServer) -> None:
    queue(sqlite_site, "security")
    deliver_next(sqlite_site.app)
    (mail,) = server.mails
    assert mail["List-Unsubscribe"] is None and "/mails/stop/" not in parts(mail)[0]
    assert "cannot be switched off" in parts(mail)[0]


def test_a_digest_is_one_mail_with_everything_collected(sqlite_site: Site, server: MailServer) -> None:
    for minutes in (0, 5, 10):
        queue(sqlite_site, "digest", at=NOON + timedelta(minutes=minutes))
    queue(sqlite_site, "digest", who="jon")
    while deliver_next(sqlite_site.app):
        pass
    assert sorted(mail["To"] for mail in server.mails) == ["ana@example.org", "jon@example.org"]
    mail = next(mail for mail in server.mails if mail["To"] == "ana@example.org")
    assert mail["Subject"] == "3 messages from Article 34"
    text, html = parts(mail)
    assert re.findall(r"About 12:\d\d|Words 12:\d\d", text) == [
        f"{word} 12:{minutes}" for minutes in ("00", "05", "10") for word in ("About", "Words")
    ]
    assert html.count("<h2>About 12:") == 3
    assert [mail.sent_at is None for mail in outbox(sqlite_site)] == [False] * 4
    assert timedelta(days=1) > DIGEST_DELAY


def test_the_tool_signs_in_to_the_mail_server_if_a_user_name_is_set(sqlite_site: Site, server: MailServer) -> None:
    sqlite_site.app.config.update(MAIL_USERNAME="me", MAIL_PASSWORD="secret", MAIL_DEFAULT_SENDER="from@example.org")
    queue(sqlite_site)
    deliver_next(sqlite_site.app)
    assert len(server.sign_ins) == 1 and server.envelopes[0][0] == "from@example.org"


# ── Failures


@pytest.mark.fault("the mail server is overloaded", "a mail", "it is retried later")
def test_a_mail_that_the_server_cannot_take_now_is_tried_again_later(sqlite_site: Site, server: MailServer) -> None:
    queue(sqlite_site)
    server.answers["RCPT"] = "451 try later"
    assert deliver_next(sqlite_site.app) and not deliver_next(sqlite_site.app)
    with sqlite_site.store() as session:
        (line,) = store.undelivered_mails(session)
        assert (line.error, line.tries) == ("451 try later", 1)
        store.send_again(session, line.id, at=NOON)
        session.commit()
    server.answers.clear()
    assert deliver_next(sqlite_site.app)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("command", "answer", "given_up"),
    [
        ("RCPT", "550 no such mailbox", True),
        ("DATA", "554 not this one", True),
        ("MAIL", "550 not from you", False),
        ("AUTH", "535 wrong password", False),
    ],
)
def test_only_a_permanently_refused_mail_is_given_up_at_once(
    sqlite_site: Site, server: MailServer, command: str, answer: str, given_up: bool
) -> None:
    sqlite_site.app.config.update(MAIL_USERNAME="me", MAIL_PASSWORD="secret")
    queue(sqlite_site, at=datetime.now(NOON.tzinfo))
    server.answers[command] = answer
    deliver_next(sqlite_site.app)
    with sqlite_site.store() as session:
        (line,) = store.undelivered_mails(session)
    assert (line.error, line.given_up) == (answer, given_up)
    assert server.mails == []


@pytest.mark.parametrize("address", ["nobody at all", "", "@x", "a@", "a@[x", "a@x.", "a@x..example", "jörg@x.example"])
def test_an_invalid_address_stops_no_other_mail(sqlite_site: Site, server: MailServer, address: str) -> None:
    queue(sqlite_site, to=address)
    queue(sqlite_site)
    assert deliver_next(sqlite_site.app) and deliver_next(sqlite_site.app)
    assert [mail["To"] for mail in server.mails] == ["ana@example.org"]
    with sqlite_site.store() as session:
        assert [line.given_up for line in store.undelivered_mails(session)] == [True]


@pytest.mark.fault("the mail server is unavailable", "a mail", "it waits and is retried; the steward sees it")
def test_an_unreachable_server_is_reported_to_the_steward(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    stella = sqlite_site.client("stella")
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        sqlite_site.app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=taken.getsockname()[1])
        queue(sqlite_site)
        deliver_next(sqlite_site.app)
    page = stella.get("/steward/jobs").text
    assert "ana@example.org" in page and "ConnectionRefusedError" in page and "Try again" in page
    assert faults_of(page) == []


# ── Without a mail server


def test_without_a_server_mails_are_written_to_a_folder_for_the_owner_alone(sqlite_site: Site) -> None:
    queue(sqlite_site, "security")
    deliver_next(sqlite_site.app)
    folder = Path(sqlite_site.app.instance_path) / "mail"
    (file,) = folder.iterdir()
    assert file.suffix == ".eml"
    assert folder.stat().st_mode & 0o077 == file.stat().st_mode & 0o077 == 0
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage) and mail["To"] == "ana@example.org"
    assert "Words 12:00" in parts(mail)[0]
