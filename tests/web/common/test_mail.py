"""Mails: queued together with the change, in the language of their recipients, and only if these want them."""

import pytest
from jinja2 import ChoiceLoader, DictLoader

from compliance import store
from compliance.languages.interface_messages import LANGUAGES, catalogue, in_language
from compliance.web.database import db
from compliance.web.mail import MAIL_KINDS, MailKind, mail_is_set, queue_mail, whole_url
from tests.support.paths import ROOT
from tests.support.sites import NOON, Site, outbox

TEMPLATES = ROOT / "templates" / "mail"


@pytest.fixture
def kinds(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds of mail that can be switched off. One of them is collected in a digest."""
    made = {f"mail/{urgency}.{form}": "Words" for urgency in ("notice", "digest") for form in ("txt", "html")}
    for urgency in ("notice", "digest"):
        monkeypatch.setitem(MAIL_KINDS, urgency, MailKind("There are %(num)s problems", urgency, "Your account"))  # type: ignore[arg-type]
    loader = ChoiceLoader([DictLoader(made), sqlite_site.app.jinja_loader])  # type: ignore[list-item]
    monkeypatch.setattr(sqlite_site.app.jinja_env, "loader", loader)


def test_every_kind_has_its_templates_and_every_template_its_kind() -> None:
    found = {path.stem for path in TEMPLATES.iterdir() if path.stem != "frame"}
    assert found == MAIL_KINDS.keys()
    for key, kind in MAIL_KINDS.items():
        assert (TEMPLATES / f"{key}.txt").is_file() and (TEMPLATES / f"{key}.html").is_file()
        is_optional = kind.urgency != "security" and key not in ("company-deletion", "desk-draft")
        assert bool(kind.about) == is_optional, f"{key}: the page of mail settings has words for what is optional"


@pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
def test_a_mail_is_not_sent_if_its_request_fails(sqlite_site: Site) -> None:
    with sqlite_site.app.test_request_context():
        queue_mail("change-notice", "ana@example.org", language="en")
    assert outbox(sqlite_site) == []


@pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
def test_a_mail_is_in_the_language_of_its_recipient(sqlite_site: Site) -> None:
    with sqlite_site.app.test_request_context("/law"), in_language("es"):
        for language in (*LANGUAGES, "xx"):
            queue_mail("change-notice", "ana@example.org", language=language)
        db().commit()
    mails = outbox(sqlite_site)
    said = MAIL_KINDS["change-notice"].subject
    translated = {code: str(catalogue(code)[said].string) for code in LANGUAGES if code != "en"}
    assert [mail.subject for mail in mails] == [said, *translated.values(), said]
    for mail, code in zip(mails, (*LANGUAGES, "en"), strict=True):
        head = "" if code == "en" else f"/{code}"
        assert mail.language == code and mail.person_id == sqlite_site.people["ana"].id
        assert f"http://localhost{head}/account/forgotten" in mail.text


@pytest.mark.site(ADDRESS="https://figures.example.org", MAIL_SERVER="mail.example.org")
def test_links_in_mails_begin_with_the_public_address_whatever_host_was_requested(sqlite_site: Site) -> None:
    for base in ("http://evil.example", "http://localhost:5034"):
        with sqlite_site.app.test_request_context("/fr/law", base_url=base), in_language("fr"):
            assert mail_is_set()
            assert whole_url("method.law", period="x") == "https://figures.example.org/fr/law?period=x"
    with sqlite_site.app.app_context():
        assert whole_url("method.law") == "https://figures.example.org/law"


def test_words_are_escaped_in_html_and_unchanged_in_plain_text(sqlite_site: Site) -> None:
    with sqlite_site.app.test_request_context():
        queue_mail("reset-instructions", "a@example.org", language="en", reset_link="x", within="\"<b>\" & '1'")
        db().commit()
    (mail,) = outbox(sqlite_site)
    assert "works for \"<b>\" & '1'." in mail.text
    assert "works for &#34;&lt;b&gt;&#34; &amp; &#39;1&#39;." in mail.html
    assert mail.person_id is None


@pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
def test_no_mail_is_queued_of_a_kind_that_the_recipient_switched_off(sqlite_site: Site, kinds: None) -> None:
    ana, jon = sqlite_site.people["ana"], sqlite_site.people["jon"]
    with sqlite_site.store() as session, session.begin():
        store.switch_mail(session, ana.id, {"notice": False}, at=NOON)
    with sqlite_site.app.test_request_context():
        for person in (ana, jon):
            for kind in ("notice", "digest", "change-notice"):
                queue_mail(kind, person.email, language="en", num=3)
        db().commit()
    found = [(mail.to, mail.kind) for mail in outbox(sqlite_site)]
    assert found == [
        (person.email, kind)
        for person in (ana, jon)
        for kind in ("notice", "digest", "change-notice")
        if (person, kind) != (ana, "notice")
    ]


def test_no_value_filled_into_a_subject_breaks_it_into_two_lines(sqlite_site: Site, kinds: None) -> None:
    with sqlite_site.app.test_request_context():
        queue_mail("notice", "a@example.org", language="en", num="2\r\nBcc: b@example.org\r\n")
        db().commit()
    assert [mail.subject for mail in outbox(sqlite_site)] == ["There are 2 Bcc: b@example.org problems"]
