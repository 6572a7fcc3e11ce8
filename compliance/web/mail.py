"""Mails: their kinds, and how one is sent.

A kind has an entry in MAIL_KINDS and two templates, `templates/mail/<kind>.txt` and `.html`, which hold the body.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_mail import Message
from sqlalchemy import event

from compliance.languages.interface_messages import N_, gettext, in_language, without_marks
from compliance.web.database import db


@dataclass(frozen=True, slots=True)
class MailKind:
    """A kind of mail."""

    subject: str  # a msgid; its placeholders are filled from the words of the mail
    urgency: str  # security, notice


MAIL_KINDS: dict[str, MailKind] = {
    "registration": MailKind(N_("Finish your registration"), "security"),
    "registered-already": MailKind(N_("You have an account already"), "security"),
    "join-request": MailKind(N_("%(name)s asks to join %(company)s"), "notice"),
    "join-answer": MailKind(N_("Your request to join %(company)s"), "notice"),
}


def mail_is_set() -> bool:
    """Whether mails go out to a server."""
    return bool(current_app.config.get("MAIL_SERVER"))


def queue_mail(kind: str, to: str, *, language: str, person_id: int | None = None, **words: Any) -> None:
    """Send a mail once the session of the request is committed; none where no server is set."""
    if not mail_is_set():
        return
    with in_language(language):
        said = {name: without_marks(word) if isinstance(word, str) else word for name, word in words.items()}
        body = current_app.jinja_env.get_template(f"mail/{kind}.txt").render(said)
        subject = without_marks(gettext(MAIL_KINDS[kind].subject, **said))
    message = Message(" ".join(subject.split()), recipients=[to], body=without_marks(body).strip())
    mail = current_app.extensions["mail"]
    event.listen(db(), "after_commit", lambda _session: mail.send(message), once=True)
