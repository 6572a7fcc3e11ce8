"""An auditor reads marked passages in their document, and says of each whether it shows what it was marked for."""

import re

import pytest
from sqlalchemy import text

from compliance import store
from compliance.scoring.verified_card import judged_passages
from compliance.store.document_passages import passage_marks, unmark_passages
from compliance.store.evidence_library import library_item, withdraw_item
from compliance.store.passage_checks import passage_checks
from compliance.store.passage_marks import SubmittedPassage, submitted_passages
from compliance.store.sign_offs import sign_offs_of
from compliance.web.database import store_engine
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.signed import judge_all
from tests.support.sites import NOON, PROFILE, Site, begin, post
from tests.support.stores import sign_off, statements
from tests.web.auditor.test_audit_pages import assign, hand_in
from tests.web.company.test_document_reading import add, mark
from tests.web.public.test_public_pages import text_of

#: The page with passages needs two statements more than one without: for the checks of passages, and for the texts.
MOST_STATEMENTS = 12
FIRST, SECOND = "s1.1.1", "s1.1.2"


@pytest.fixture
def number(site: Site) -> int:
    """Ana's assessment with two passages, one of them marked for two options; submitted, and assigned to Audun."""
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    item = add(site)
    mark(site, number, item, option=["sale", "online"])
    mark(site, number, item, option=["travel"], anchor=SECOND)
    with site.store() as session, session.begin():
        edits = [store.AnswerEdit("r2.code", "sale|online"), store.AnswerEdit("r1.code", "stricter")]
        store.save_answers(session, number, edits, by=site.people["ana"].id, at=NOON)
    hand_in(site, number)
    assign(site, number)
    return number


def passages(site: Site, number: int) -> list[SubmittedPassage]:
    with site.store() as session:
        return list(submitted_passages(store.latest_submission(session, number).sheet))


def key(site: Site, number: int, option: str) -> str:
    return next(one.key.text for one in passages(site, number) if one.key.option == option)


def said(site: Site, number: int) -> dict[str, bool]:
    with site.store() as session:
        return {kept.key.option: kept.fits for kept in passage_checks(session, number).values()}


def page(site: Site, number: int, who: str = "audun") -> str:
    answer = site.client(who).get(f"/audit/{number}/code")
    assert answer.status_code == 200 and faults_of(answer.text) == []
    return answer.text


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+#version|submission)" value="([^"]*)">', page))


def give(site: Site, number: int, shown: str | None = None, **fields: str) -> str:
    """Check passages, by option, and give verdicts, in the form of a page; the page shown afterwards."""
    client = site.client("audun")
    read = page(site, number) if shown is None else shown
    named = {f"{key(site, number, option)}#shows": value for option, value in fields.items()}
    sent = post(client, f"/audit/{number}/code", fields={**hidden(read), **named, "next": "stop"})
    return client.get(sent.headers["Location"]).text if sent.status_code == 302 else sent.text


def test_each_passage_is_shown_with_its_words_its_place_its_options_and_an_automatic_check(
    site: Site, number: int
) -> None:
    shown = page(site, number)
    words = text_of(shown)
    assert words.count("“Nobody who works for us buys the sale of a child.”") == 1  # not as evidence once more
    assert "Code 2026, version 1, s1.1.1 . These words are in the file." in words
    for option in ("Sale", "Online", "Travel and tourism"):
        assert f"Does it show “{option}”?" in words
    assert "Passages checked 0 of 3" in words
    assert shown.count("#shows") == 9 and "checked>" not in shown.partition('id="r2.code"')[2].partition("<textarea")[0]
    assert "data-keys hidden" in shown


def test_a_page_without_marked_passages_does_not_mention_them(site: Site) -> None:
    number = begin(site)
    post(site.client("ana"), f"/assessments/{number}/profile", fields=PROFILE)
    with site.store() as session, session.begin():
        store.save_answers(
            session, number, [store.AnswerEdit("r1.code", "stricter")], by=site.people["ana"].id, at=NOON
        )
    hand_in(site, number)
    assign(site, number)
    shown = page(site, number)
    assert "Passages checked" not in shown and "#shows" not in shown and "data-keys" not in shown


def test_checks_of_passages_are_saved_with_the_verdicts_and_shown_again(site: Site, number: int) -> None:
    after = give(site, number, sale="yes", travel="no")
    assert "2 passages are checked." in after
    assert said(site, number) == {"sale": True, "travel": False}
    shown = page(site, number)
    assert "Passages checked 2 of 3" in text_of(shown)
    assert len(re.findall(r'#shows" value="[a-z]+" checked', shown)) == 2
    assert "Given by Audun" in text_of(shown)
    assert "Nothing was changed." in give(site, number, sale="yes")
    assert "One passage is checked." in give(site, number, sale="open")
    assert said(site, number) == {"travel": False}
    with site.store() as session:
        assert store.verify_trail(session) is None
        assert len(store.history(session, f"assessment/{number}/passage-check/r2.code/sale")) == 2


def test_checks_of_passages_change_no_verdict_and_no_score(site: Site, number: int) -> None:
    give(site, number, sale="yes", online="yes", travel="yes")
    with site.store() as session:
        assert store.determinations(session, number) == {}


def test_a_check_by_another_auditor_meanwhile_is_shown_beside_ones_own_and_nothing_is_lost(
    site: Site, number: int
) -> None:
    before = page(site, number)
    give(site, number, sale="yes")
    shown = give(site, number, shown=before, sale="no", travel="yes")
    words = text_of(shown)
    assert "Audun said “Shows it” of this passage" in words and "while you were reading" in words
    assert said(site, number) == {"sale": True}
    assert faults_of(shown) == []
    named = key(site, number, "sale")
    assert f'href="#{named}"' in shown and f'name="{named}#shows" value="no" checked' in shown
    assert f'name="{key(site, number, "travel")}#shows" value="yes" checked' in shown
    give(site, number, shown=shown, sale="no", travel="yes")
    assert said(site, number) == {"sale": False, "travel": True}


def test_an_unknown_value_is_refused_and_an_unknown_passage_is_ignored(site: Site, number: int) -> None:
    client, read = site.client("audun"), page(site, number)
    named = key(site, number, "sale")
    wrong = {**hidden(read), f"{named}#shows": "perhaps", "next": "stop"}
    assert post(client, f"/audit/{number}/code", fields=wrong).status_code == 400
    other = named.replace("/sale/", "/images/")
    post(client, f"/audit/{number}/code", fields={**hidden(read), f"{other}#shows": "yes", "next": "stop"})
    assert said(site, number) == {}


def test_checks_of_passages_cannot_be_changed_once_the_review_is_signed_off(site: Site, number: int) -> None:
    give(site, number, sale="yes")
    with site.store() as session, session.begin():
        latest = store.latest_submission(session, number).id
        sign_off(session, number, latest, by=site.people["audun"].id)
    client = site.client("audun")
    fields = {**hidden(page(site, number)), f"{key(site, number, 'sale')}#shows": "no", "next": "stop"}
    assert post(client, f"/audit/{number}/code", fields=fields).status_code == 409
    assert said(site, number) == {"sale": True}


def test_the_company_sees_checks_of_its_passages_once_the_review_is_signed_off(site: Site, number: int) -> None:
    give(site, number, sale="yes", travel="no")
    item, client = passages(site, number)[0].item, site.client("ana")
    addresses = (f"/companies/1/evidence/{item}/read", f"/assessments/{number}/passages?question=r2.code")
    for address in addresses:
        assert "An auditor found" not in client.get(address).text
    with site.app.app_context(), site.store() as session, session.begin():
        compiled = editions()["walk-2026"].compiled
        judge_all(session, compiled, number, site.people["audun"])
    audun = site.client("audun")
    read = audun.get(f"/audit/{number}/sign-off").text
    fields = {"name": "Audun", **dict(re.findall(r'name="(submission|seen)" value="([^"]+)"', read))}
    assert post(audun, f"/audit/{number}/sign-off", fields=fields).status_code == 302
    with site.store() as session:
        (signed,) = sign_offs_of(session, number)
    assert {(one.option, one.shows) for one in judged_passages(signed.card)} == {("sale", True), ("travel", False)}
    for address in addresses:
        answer = client.get(address).text
        assert faults_of(answer) == []
        assert answer.count("found that it shows this") == answer.count("found that it does not show this") == 1
    fields = {"sign_off": str(signed.id), "why": "I misread it."}
    assert post(audun, f"/audit/{number}/sign-off/revoke", fields=fields).status_code == 302
    for address in addresses:
        assert "An auditor found" not in client.get(address).text


def test_a_check_saved_after_the_page_was_read_is_not_signed_off_unread(site: Site, number: int) -> None:
    with site.app.app_context(), site.store() as session, session.begin():
        judge_all(session, editions()["walk-2026"].compiled, number, site.people["audun"])
    audun = site.client("audun")
    read = audun.get(f"/audit/{number}/sign-off").text
    give(site, number, sale="yes")
    fields = {"name": "Audun", **dict(re.findall(r'name="(submission|seen)" value="([^"]+)"', read))}
    assert "Nothing was signed" in post(audun, f"/audit/{number}/sign-off", fields=fields).text


def test_passages_stay_as_submitted_whatever_the_company_does_with_its_marks_and_documents(
    site: Site, number: int
) -> None:
    with site.store() as session, session.begin():
        marks = passage_marks(session, number)
        unmark_passages(session, number, [each.id for each in marks], by=None, at=NOON)
        item = library_item(session, 1, marks[0].item)
        withdraw_item(session, item, withdrawn=True, by=site.people["ana"].id, at=NOON)
    assert "Passages checked 0 of 3" in text_of(page(site, number))
    assert give(site, number, sale="yes") and said(site, number) == {"sale": True}


def test_words_not_found_in_the_document_and_texts_that_were_not_read_are_pointed_out(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        moved = "UPDATE document_text SET text = replace(text, 'buys the sale', 'sells the sale')"
        session.execute(text(moved))
    words = text_of(page(site, number))
    assert words.count("The file no longer has these words there.") == 1
    assert words.count("These words are in the file.") == 1
    with site.store() as session, session.begin():
        session.execute(text("DELETE FROM document_text"))
    shown = page(site, number)
    assert text_of(shown).count("Not looked up: the text") == 2 and "/documents/" not in shown


def test_the_reading_view_shows_the_words_in_their_context(site: Site, number: int) -> None:
    shown = page(site, number)
    address = re.findall(r'href="(/audit/\d+/documents/\d+\?at=s1.1.1)#p-s1.1"', shown)[0]
    answer = site.client("audun").get(address)
    assert answer.status_code == 200 and faults_of(answer.text) == []
    assert "<mark>Nobody who works for us buys the sale of a child.</mark>" in answer.text
    assert "We pay our bills within thirty days." in answer.text and "alert(1)" not in answer.text
    assert f'href="/audit/{number}/code#r2.code"' in answer.text
    for page_number, status in (("1", 200), ("2", 404), ("x", 404)):
        where = f"{address.partition('?')[0]}?page={page_number}"
        assert site.client("audun").get(where).status_code == status, where


def test_an_auditor_can_read_only_evidence_of_an_assigned_submission(site: Site, number: int) -> None:
    file = passages(site, number)[0].file
    other = add(site, b"A text that nothing rests on.", "other.txt", title="Other")
    with site.store() as session:
        unused = library_item(session, 1, other).latest.id
    audun = site.client("audun")
    assert audun.get(f"/audit/{number}/documents/{file}").status_code == 200
    for version in (unused, 99_999):
        assert audun.get(f"/audit/{number}/documents/{version}").status_code == 404
    for who in ("ana", "stella"):
        assert site.client(who).get(f"/audit/{number}/documents/{file}").status_code in (403, 404)
    with site.store() as session, session.begin():
        session.execute(text("DELETE FROM assignment"))
    assert audun.get(f"/audit/{number}/documents/{file}").status_code == 404
    assert audun.get(f"/audit/{number}/code").status_code == 404


def test_a_page_with_passages_takes_few_statements(site: Site, number: int) -> None:
    client = site.client("audun")
    client.get(f"/audit/{number}/code")
    for address in (f"/audit/{number}/code", f"/audit/{number}/documents/{passages(site, number)[0].file}"):
        with statements(store_engine(site.app)) as sent:
            client.get(address)
        assert len(sent) <= MOST_STATEMENTS, sent
