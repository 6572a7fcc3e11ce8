"""Mails: their kinds, and how one is sent with the transaction that it tells about."""

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

    subject: str  # a msgid
    urgency: str  # security: always sent


MAIL_KINDS: dict[str, MailKind] = {
    "confirm-address": MailKind(N_("Confirm your e-mail address"), "security"),
}


def mail_is_set() -> bool:
    """True if mails go out to a server."""
    return bool(current_app.config.get("MAIL_SERVER"))


def queue_mail(kind: str, to: str, *, language: str, person_id: int | None = None, **words: Any) -> None:
    """Send a mail once the session of the request is committed, and not if it is undone."""
    with in_language(language):
        given = {**words, "_": gettext, "gettext": gettext}
        text, html = (
            current_app.jinja_env.get_template(f"mail/{kind}.{form}").render(given) for form in ("txt", "html")
        )
        message = Message(without_marks(gettext(MAIL_KINDS[kind].subject)), recipients=[to], body=text, html=html)
    sender = current_app.extensions["mail"].send
    event.listen(db(), "after_commit", lambda _session: sender(message), once=True)
