"""Mails: their kinds, and how one is queued. The outbox keeps it until it is delivered (`mail_delivery`).

A kind has an entry in MAIL_KINDS and two templates, `templates/mail/<kind>.txt` and `.html`, with only the body:
greeting, reasons and links to settings are in the frame that all mails share. Templates get `_`, `ngettext` and
`url_for`, which returns absolute URLs in the language of the mail.

    queue_mail("join-request", owner.email, language=owner.language, person_id=owner.id, company="Example Hotels 07")
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask import Flask, current_app, has_request_context, request
from flask_security import MailUtil
from itsdangerous import BadSignature
from sqlalchemy import event

from compliance.languages.interface_messages import (
    LANGUAGES,
    N_,
    SOURCE_LANGUAGE,
    current_language,
    gettext,
    in_language,
    ngettext,
    without_marks,
)
from compliance.store import add_mail
from compliance.web.database import db, now
from compliance.web.signatures import lasting_serializer

#: The address of the tool on this machine, for links in mails if no ADDRESS is set: they are then read here too.
LOCAL_ADDRESS = "http://localhost:5034"
_WAKE = "article34_wake_mail"
#: The purpose for which links that switch mails off are signed.
_OPT_OUT = "mail-opt-out"


@dataclass(frozen=True, slots=True)
class MailKind:
    """A kind of mail. Recipients can switch it off if `about` has a text; otherwise it is always sent."""

    subject: str  # a msgid; its placeholders are filled from the words of the mail
    urgency: Literal["security", "notice", "digest"]  # digest: collected, and sent at most once a day
    about: str = ""  # a msgid: its name on the page of mail settings; "": always sent
    roles: frozenset[str] = frozenset()  # who may get it, for that page; empty: everybody


#: Every kind of mail by its key. The kinds of Flask-Security are named after its templates.
MAIL_KINDS: dict[str, MailKind] = {
    "reset-instructions": MailKind(N_("A link to choose a new password"), "security"),
    "reset-notice": MailKind(N_("Your password was changed"), "security"),
    "change-notice": MailKind(N_("Your password was changed"), "security"),
    "confirm-address": MailKind(N_("Confirm your e-mail address"), "security"),
    "registration": MailKind(N_("Finish your registration"), "security"),
    "registered-already": MailKind(N_("You already have an account"), "security"),
    "join-request": MailKind(
        N_("%(name)s asks to join %(company)s"),
        "notice",
        N_("When somebody asks to join your company"),
        frozenset({"company"}),
    ),
    "join-answer": MailKind(
        N_("Your request to join %(company)s"),
        "notice",
        N_("When your request to join a company is answered"),
        frozenset({"company"}),
    ),
    "colleague-invited": MailKind(
        N_("%(name)s invites you to work for %(company)s on Article 34"),
        "notice",
        N_("When somebody invites you to work for a company"),
        frozenset({"company"}),
    ),
    "membership-changed": MailKind(
        N_("Your role in %(company)s has changed"),
        "notice",
        N_("When your role in a company changes, or you are removed from it"),
        frozenset({"company"}),
    ),
    "questions-assigned": MailKind(
        N_("Questions for you to answer"),
        "digest",
        N_("When questions of your company are assigned to you"),
        frozenset({"company"}),
    ),
    "review-assigned": MailKind(
        N_("Assessments for you to review"),
        "notice",
        N_("When assessments are assigned to you for review, or their due date changes"),
        frozenset({"auditor"}),
    ),
    "review-ended": MailKind(
        N_("Assessments that you no longer review"),
        "digest",
        N_("When assessments are taken back from you"),
        frozenset({"auditor"}),
    ),
    "reopening-asked": MailKind(
        N_("%(company)s asks to correct what it submitted for %(year)s"),
        "notice",
        N_("When a company asks to correct what it submitted"),
        frozenset({"auditor", "steward"}),
    ),
    "reopening-withdrawn": MailKind(
        N_("%(company)s no longer asks to correct what it submitted for %(year)s"),
        "notice",
        N_("When a company withdraws its request to correct what it submitted"),
        frozenset({"auditor", "steward"}),
    ),
    "reopening-answered": MailKind(
        N_("Correcting what you submitted for %(year)s"),
        "notice",
        N_("When a correction of what your company submitted is opened or refused"),
        frozenset({"company"}),
    ),
    "correction-submitted": MailKind(
        N_("%(company)s has corrected what it submitted for %(year)s"),
        "notice",
        N_("When a company submits its correction"),
        frozenset({"auditor", "steward"}),
    ),
    "submission-receipt": MailKind(
        N_("Receipt: the answers of %(company)s for %(year)s are submitted"),
        "notice",
        N_("When your company submits its answers"),
        frozenset({"company"}),
    ),
    "evidence-expires": MailKind(
        N_("Evidence of %(company)s expires soon"),
        "notice",
        N_("When evidence in the library of your company expires within 30 days"),
        frozenset({"company"}),
    ),
    # Always sent: the time to reply runs whether or not the company knows of it.
    "desk-draft": MailKind(
        N_("Article 34 has read the documents of %(company)s: you can reply until %(until)s"), "notice"
    ),
    "desk-published": MailKind(
        N_("Article 34 has published its findings on the documents of %(company)s"),
        "notice",
        N_("When the findings on your company’s documents are published"),
        frozenset({"company"}),
    ),
    # Always sent: an owner who does not know of it cannot stop it.
    "company-deletion": MailKind(N_("About the deletion of %(company)s"), "notice"),
    "period-closed": MailKind(
        N_("The figures of %(year)s are published"),
        "notice",
        N_("When a period that you closed is published"),
        frozenset({"steward"}),
    ),
    "period-not-closed": MailKind(
        N_("The period %(year)s could not be closed"),
        "notice",
        N_("When a period that you wanted to close could not be closed"),
        frozenset({"steward"}),
    ),
    "job-given-up": MailKind(
        N_("A job was given up"),
        "notice",
        N_("When a job is given up because the program stopped several times during it"),
        frozenset({"steward"}),
    ),
}


def mail_is_set() -> bool:
    """Tell if mails go to a server. Otherwise they are written to a folder, and pages do not offer to send any."""
    return bool(current_app.config.get("MAIL_SERVER"))


def queue_mail(kind: str, to: str, *, language: str, person_id: int | None = None, **words: Any) -> None:
    """Queue a mail in the session of the request. It is sent once that is committed, and dropped if it is rolled back.

    Nothing is queued for a person who has switched this kind off. `words` fill its subject and templates; one that
    depends on the language, such as a link, is a function, called in the language of the mail. Without `person_id`,
    the person is found by the address. Raise KeyError for an unknown kind.
    """
    described = MAIL_KINDS[kind]
    with in_language(language if language in LANGUAGES else SOURCE_LANGUAGE):
        filled = {name: word() if callable(word) else word for name, word in words.items()}
        said = {name: without_marks(word) if isinstance(word, str) else word for name, word in filled.items()}
        given = {**said, "_": gettext, "gettext": gettext, "ngettext": ngettext, "url_for": whole_url}
        text, html = (
            current_app.jinja_env.get_template(f"mail/{kind}.{form}").render(given) for form in ("txt", "html")
        )
        subject = gettext(described.subject, **said)
        add_mail(
            db(),
            kind=kind,
            to=to,
            language=current_language(),
            person_id=person_id,
            subject=" ".join(subject.split()),
            text=text.strip(),
            html=html.strip(),
            urgency=described.urgency,
            optional=bool(described.about),
            at=now(),
        )
    wake = current_app.extensions.get(_WAKE)
    if wake is not None:
        event.listen(db(), "after_commit", lambda _session: wake(), once=True)


def call_after_queueing(app: Flask, wake: Callable[[], None]) -> None:
    """Have `wake` called whenever a mail was queued and committed in this process."""
    app.extensions[_WAKE] = wake


def whole_url(endpoint: str, *, _external: bool = True, **values: Any) -> str:
    """Return the absolute URL of a page in the current language, for mails.

    It begins with ADDRESS, or else with the host of the request, or `LOCAL_ADDRESS`.
    """
    code = current_language()
    head = "/" if code == SOURCE_LANGUAGE else f"/{code}"
    path = current_app.url_map.bind("localhost", script_name=head).build(endpoint, values)
    return f"{site_address()}{path}"


def site_address() -> str:
    """Return scheme and host of links in mails."""
    if address := str(current_app.config["ADDRESS"]):
        return address
    return request.host_url.rstrip("/") if has_request_context() else LOCAL_ADDRESS


class QueueingMailUtil(MailUtil):
    """Queues the mails of Flask-Security, whose template `reset_instructions` is the kind `reset-instructions`."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **words: Any
    ) -> None:
        """Queue a mail in the language of the page on which it was requested.

        The `security` that Flask-Security passes to its own templates is dropped: it looks like a function.
        """
        dropped = ("language", "person_id", "kind", "to", "security")
        known = {name: value for name, value in words.items() if name not in dropped}
        kind = template.rpartition("/")[2].replace("_", "-")
        queue_mail(kind, str(recipient), language=current_language(), **known)
        db().commit()


# ── Switching a kind off without signing in


def opt_out_token(person_id: int, kinds: Sequence[str]) -> str:
    """Return the token of the address that switches kinds of mail off for a person: signed, and without expiry."""
    return str(lasting_serializer(_OPT_OUT).dumps([person_id, *kinds]))


def read_opt_out_token(token: str) -> tuple[int, tuple[str, ...]] | None:
    """Return the person and the kinds that a token names, except kinds always sent, or None if it is forged."""
    try:
        person_id, *kinds = lasting_serializer(_OPT_OUT).loads(token)
    except BadSignature:
        return None
    return person_id, tuple(kind for kind in kinds if kind in optional_kinds())


def optional_kinds(roles: frozenset[str] | None = None) -> Mapping[str, MailKind]:
    """Return the kinds that can be switched off. `roles`: only kinds that people with these roles may get."""
    return {
        key: kind
        for key, kind in MAIL_KINDS.items()
        if kind.about and (roles is None or not kind.roles or kind.roles & roles)
    }
