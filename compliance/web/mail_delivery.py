"""Mails taken from the outbox and delivered: to the mail server, or, without one, to a folder of the installation.

A mail is the body that was queued, in the frame that all mails share. Without MAIL_SERVER it is written to `mail/` in
the instance folder, as one .eml file readable only by its owner, which any mail program opens.
"""

import os
import smtplib
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session

from compliance.languages.interface_messages import current_language, gettext, in_language, ngettext, text_direction
from compliance.store import Delivery, delete_old_mails, mark_failed, mark_sent, take_delivery
from compliance.web.database import now, store_engine
from compliance.web.mail import MAIL_KINDS, opt_out_token, optional_kinds, site_address, whole_url

#: The timeout of the mail server for each response, in seconds.
SERVER_TIMEOUT = 30
FOLDER = "mail"
#: The most bytes in a header line without its end (RFC 5322).
LONGEST_LINE = 998


def deliver_next(app: Flask) -> bool:
    """Deliver the next due mail. Return False if there is none. A failure is noted, and the mail tried again later."""
    with app.app_context(), Session(store_engine(app)) as session:
        delivery = take_delivery(session, at=now())
        session.commit()
        if delivery is None:
            delete_old_mails(session, before=now() - timedelta(days=app.config["RETENTION"]["mails"]))
            session.commit()
            return False
        try:
            _deliver(compose(delivery))
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            refused = _is_refused_for_good(fault)
            mark_failed(session, delivery, error=_fault_text(fault), at=now(), for_good=refused)
        else:
            mark_sent(session, delivery, at=now())
        session.commit()
        return True


def compose(delivery: Delivery) -> EmailMessage:
    """Return the message, text and HTML, in the language of its latest mail. Raise ValueError for a bad address."""
    latest = delivery.mails[-1]
    with in_language(latest.language):
        words = _frame_words(delivery)
        message = EmailMessage(policy=SMTP)
        message["Subject"] = words["subject"]
        message["From"] = Address(gettext("Article 34"), addr_spec=_sender())
        message["To"] = _receiver(latest.to)
        message["Date"] = format_datetime(now())
        # The same at every try, so that a mail sent twice after a failure is recognised as one.
        message["Message-ID"] = f"<{latest.id}.{int(latest.queued_at.timestamp())}@{_sender().rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        if words["stop_url"]:
            message["List-Unsubscribe"] = f"<{words['stop_url']}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(_framed("txt", words))
        message.add_alternative(_framed("html", words), subtype="html")
        message["Content-Language"] = current_language()  # last: adding a part would move it into the first
        # Folding would encode a link, and mail programs would not follow it.
        message.policy = SMTP.clone(max_line_length=LONGEST_LINE)
        return message


def _frame_words(delivery: Delivery) -> Mapping[str, Any]:
    mails, latest = delivery.mails, delivery.mails[-1]
    several = ngettext("%(num)s message from Article 34", "%(num)s messages from Article 34", len(mails))
    settings_url = stop_url = ""
    optional = sorted(optional_kinds().keys() & {mail.kind for mail in mails})
    security, always = latest.urgency == "security", not optional and latest.kind in MAIL_KINDS
    if optional and not security and latest.person_id is not None:
        token = opt_out_token(latest.person_id, optional)
        settings_url, stop_url = whole_url("mail_settings.choose"), whole_url("mail_settings.stop", signed=token)
    return {
        "_": gettext,
        "mails": mails,
        "subject": latest.subject if len(mails) == 1 else several,
        "security": security,
        "always": always,
        "lang": current_language(),
        "dir": text_direction(current_language()),
        "site": site_address(),
        "settings_url": settings_url,
        "stop_url": stop_url,
    }


def _framed(form: str, words: Mapping[str, Any]) -> str:
    return current_app.jinja_env.get_template(f"mail/frame.{form}").render(words).strip() + "\n"


def _receiver(address: str) -> Address:
    """Return an address with its domain in ASCII, as mail servers need it. Raise ValueError for one that is none."""
    local, at, domain = address.rpartition("@")
    try:
        return Address(addr_spec=f"{local}{at}{domain.encode('idna').decode('ascii')}")
    except (MessageError, IndexError, AttributeError) as fault:  # whichever of them the parser stumbles upon
        raise ValueError(f"{address!r} is not an e-mail address: {fault}") from fault


def _sender() -> str:
    server = current_app.config.get("MAIL_SERVER") or "localhost"
    return str(current_app.config.get("MAIL_DEFAULT_SENDER") or f"article34@{server}")


def _deliver(message: EmailMessage) -> None:
    if current_app.config.get("MAIL_SERVER"):
        _send(message)
    else:
        _write(message)


def _send(message: EmailMessage) -> None:
    config = current_app.config
    with smtplib.SMTP(config["MAIL_SERVER"], int(config.get("MAIL_PORT", 25)), timeout=SERVER_TIMEOUT) as server:
        if config.get("MAIL_USE_TLS"):
            server.starttls(context=ssl.create_default_context())
        if config.get("MAIL_USERNAME"):
            server.login(config["MAIL_USERNAME"], config.get("MAIL_PASSWORD") or "")
        server.send_message(message)


def _write(message: EmailMessage) -> None:
    folder = Path(current_app.instance_path) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    begun = folder / f".{name}.part"
    with open(begun, "wb", opener=_open_private) as file:
        file.write(message.as_bytes())
    begun.replace(folder / f"{name}.eml")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_refused_for_good(fault: Exception) -> bool:
    """Tell if another try is pointless, because the server refused the address or the mail itself."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _said in fault.recipients.values())
    if isinstance(fault, smtplib.SMTPDataError):
        return fault.smtp_code >= 500
    return isinstance(fault, ValueError)


def _fault_text(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(fault.recipients.values()))
        return f"{code} {said.decode(errors='replace')}"
    if isinstance(fault, smtplib.SMTPResponseException):
        words = fault.smtp_error
        return f"{fault.smtp_code} {words if isinstance(words, str) else words.decode(errors='replace')}"
    return f"{type(fault).__name__}: {fault}"
