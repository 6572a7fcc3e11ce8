"""Links, days and titles in mails: in the language of the recipient, whatever that of the page that caused the mail."""

import re

import pytest
from sqlalchemy import update

from compliance import store
from compliance.languages.interface_messages import current_language, in_language
from compliance.store.memberships import ask_to_join
from compliance.store.models import Person
from compliance.web.database import db
from compliance.web.edition_registry import newest_edition
from compliance.web.mail import queue_mail
from tests.support.sites import NOON, Site, begin, outbox, post
from tests.web.company.test_assigning import assign
from tests.web.company.test_registration import register

TRAVEL = "/companies/1"


@pytest.fixture
def french(sqlite_site: Site) -> Site:
    """A site where everybody reads French. Its pages are requested in English."""
    with sqlite_site.store() as session, session.begin():
        session.execute(update(Person).values(language="fr"))
    return sqlite_site


def new_mails(site: Site) -> dict[str, str]:
    """Return the texts of the mails by kind, after checking that each link leads to a page in French."""
    for mail in outbox(site):
        links = re.findall(r"http://localhost(/\S*)", mail.text)
        assert mail.language == "fr" and links
        assert all(link.startswith("/fr/") for link in links), (mail.kind, links)
        assert all(f'href="http://localhost{link}"'.replace("&", "&amp;") in mail.html for link in links)
    return {mail.kind: mail.text for mail in outbox(site)}


def test_a_word_that_depends_on_the_language_is_made_in_that_of_the_mail(sqlite_site: Site) -> None:
    with sqlite_site.app.test_request_context("/law"), in_language("es"):
        for language in ("fr", "en"):
            queue_mail("registered-already", "a@example.org", language=language, link=current_language)
        db().commit()
    assert ["\n\nfr\n\n" in mail.text for mail in outbox(sqlite_site)] == [True, False]
    assert ["\n\nen\n\n" in mail.text for mail in outbox(sqlite_site)] == [False, True]


def test_a_request_to_join_and_its_answer_link_to_pages_in_the_language_of_their_readers(french: Site) -> None:
    register(french.client(), organisation="Example Travel 1", shown="yes", same="1")
    with french.store() as session, session.begin():
        session.execute(update(Person).values(language="fr"))
        ask_to_join(session, french.people["olga"].id, 1, words="", at=NOON)
        first, second = (str(one.id) for one in store.join_requests(session, state="open"))
    answer = {"do": "refuse", "decision": "refuse", "reason": "Somebody else."}
    assert post(french.client("ana"), f"{TRAVEL}/requests", fields=answer, request=first).status_code == 302
    here = "/steward/companies/requests"
    assert post(french.client("stella"), here, fields=answer, request=second).status_code == 302
    assert new_mails(french).keys() == {"join-request", "join-answer"}
    assert len(outbox(french)) == 3


def test_changes_of_members_and_invitations_link_to_pages_in_the_language_of_their_readers(french: Site) -> None:
    ana, jon = french.client("ana"), str(french.people["jon"].id)
    assert post(ana, f"{TRAVEL}/members", person=jon, do="role", role="approver").status_code == 302
    invited = {"email": "olga@example.org", "role": "reader", "words": ""}
    assert post(ana, f"{TRAVEL}/invitations", fields=invited).status_code == 200
    assert new_mails(french).keys() == {"membership-changed", "colleague-invited"}


@pytest.mark.site(MAIL_SERVER="mail.example.org", ADDRESS="http://localhost")
def test_links_to_sign_in_and_to_confirm_an_address_are_in_the_language_of_their_reader(french: Site) -> None:
    assert post(french.client("ana"), "/account/confirmation").status_code == 302
    register(french.client(), organisation="Example Hotels 1", email="olga@example.org")
    assert new_mails(french).keys() == {"confirm-address", "registered-already"}


@pytest.mark.site(EDITIONS=None)
def test_an_assigned_theme_or_question_is_named_in_the_language_of_its_holder(french: Site) -> None:
    begin(french)
    with french.app.test_request_context():
        theme = newest_edition().edition.themes[0]
        question = next(theme.questions())
        with in_language("fr"):
            translated = newest_edition().edition
            titles = [translated.nodes[theme.id].title, translated.questions[question.id].ask]
    assert titles[0] != theme.title and titles[1] != question.ask
    for part in (theme.id, question.id):
        assert assign(french, part, "jon").status_code == 302
    new_mails(french)
    for mail, title in zip(outbox(french), titles, strict=True):
        assert " ".join(title.split()) in " ".join(mail.text.split())
