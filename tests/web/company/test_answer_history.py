"""Earlier answers to a question: shown in words, restored with one button, and never over a colleague's answer."""

import re

import pytest

from compliance import store
from compliance.web.database import store_engine
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, YEAR, Site, begin, kept, post, save, save_profile
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company, with its profile."""
    number = begin(site)
    save_profile(site, number)
    return number


def where(number: int, question: str = "r1.code") -> str:
    return f"/assessments/{number}/questions/{question}/history"


def answer(site: Site, number: int, value: object, who: str = "ana", question: str = "r1.code", **more: str) -> None:
    """Save an answer over the current one."""
    with site.store() as session:
        now = store.saved_answers(session, number).get(question)
    fields = {f"{question}#version": str(now.version if now else 0), question: value}
    fields |= {f"{question}#{part}": said for part, said in more.items()}
    assert save(site, f"/assessments/{number}/code", fields, who).status_code == 302


def buttons(page: str) -> list[dict[str, str]]:
    """The fields that each button to restore something would send, except the token."""
    forms = re.findall(r'action="[^"]*/restore".*?</form>', page, re.S)
    return [dict(re.findall(r'name="(version|seen)" value="(\d+)"', form)) for form in forms]


def test_versions_are_described_in_words_newest_first_with_person_time_and_difference(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    answer(site, number, "silent", "jon")
    answer(site, number, "n/a", reason="We have no code.")
    page = site.client("ana").get(where(number)).text
    assert faults_of(page) == []
    words = text_of(page.partition('id="versions"')[2])
    assert words.index("Does not apply") < words.index("Nothing is said") and "Reason: We have no code." in words
    assert "Jon" in words and "The answer now" in words and "silent" not in words
    assert re.search(r"Does not apply Reason: We have no code. Before Nothing is said", words)
    assert page.count("/restore") == 2, "not for the current answer"


def test_versions_of_ticks_say_which_were_added_and_removed(site: Site, number: int) -> None:
    answer(site, number, ["sale"], question="r2.code")
    with site.store() as session:
        asked = store.saved_answers(session, number)["r2.code"]
    assert asked.text == "sale"
    options = re.findall(r'name="r2.code" value="([a-z]+)"', site.client("ana").get(f"/assessments/{number}/code").text)
    other = next(option for option in options if option not in ("sale", "none", "n"))
    answer(site, number, [other], question="r2.code")
    words = text_of(site.client("ana").get(where(number, "r2.code")).text)
    assert re.search(r"Added \S.* Removed \S", words)


def test_restoring_brings_an_answer_back_as_a_new_version(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    answer(site, number, "silent", "jon")
    client = site.client("ana")
    [old] = buttons(client.get(where(number)).text)
    response = post(client, f"/assessments/{number}/questions/r1.code/restore", fields=old)
    assert response.headers["Location"] == where(number)
    assert kept(site, number)["r1.code"] == "stricter"
    page = client.get(where(number)).text
    assert "Restored." in page and len(buttons(page)) == 2
    again = post(client, f"/assessments/{number}/questions/r1.code/restore", fields=old)
    assert again.status_code == 302 and "This is the answer already." in client.get(where(number)).text, (
        "the button was pressed twice"
    )
    with site.store() as session:
        assert store.verify_trail(session) is None


def test_a_blank_can_be_restored_too_and_then_an_answer_again(site: Site, number: int) -> None:
    answer(site, number, "blank:not-known", whom="Legal")
    answer(site, number, "")
    client = site.client("ana")
    page = client.get(where(number)).text
    assert "No answer" in page and "Whom to ask: <bdi" in page
    [old] = buttons(page)
    assert old["seen"] == "0"
    post(client, f"/assessments/{number}/questions/r1.code/restore", fields=old)
    with site.store() as session:
        now = store.saved_answers(session, number)["r1.code"]
    assert (now.word, now.ask_whom) == ("not-known", "Legal")


def test_a_colleagues_later_answer_is_not_overwritten_unless_the_person_chooses_to(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    answer(site, number, "silent")
    client = site.client("ana")
    [old] = buttons(client.get(where(number)).text)
    answer(site, number, "n/a", "jon", reason="No code.")
    response = post(client, f"/assessments/{number}/questions/r1.code/restore", fields=old)
    assert response.status_code == 200 and kept(site, number)["r1.code"] == "n/a"
    assert faults_of(response.text) == []
    assert re.search(r"Jon saved a different answer at .* while you were editing", response.text)
    words = text_of(response.text)
    assert "The answer now Does not apply: No code. The one you wanted back" in words
    chosen = buttons(response.text)[0]
    assert chosen["version"] == old["version"] and chosen["seen"] > old["seen"]
    assert post(client, f"/assessments/{number}/questions/r1.code/restore", fields=chosen).status_code == 302
    assert kept(site, number)["r1.code"] == "stricter"


def test_an_answer_that_the_question_no_longer_allows_is_shown_but_cannot_be_restored(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        gone = store.AnswerEdit("r1.code", "no-such-option")
        saved = store.save_answers(session, number, [gone], by=site.people["jon"].id, at=NOON)
        now = store.AnswerEdit("r1.code", "silent", seen=saved.versions["r1.code"])
        store.save_answers(session, number, [now], by=site.people["jon"].id, at=NOON)
    client = site.client("ana")
    page = client.get(where(number)).text
    assert "no-such-option" in page and buttons(page) == []
    forged = {"version": str(saved.versions["r1.code"]), "seen": str(saved.versions["r1.code"] + 1)}
    post(client, f"/assessments/{number}/questions/r1.code/restore", fields=forged)
    assert "no longer takes this answer" in client.get(where(number)).text
    assert kept(site, number)["r1.code"] == "silent"


def test_a_profile_field_has_earlier_answers_too(site: Site, number: int) -> None:
    page = site.client("ana").get(where(number, "profile.sector")).text
    assert faults_of(page) == [] and "Ana" in text_of(page.partition('id="versions"')[2])
    assert site.client("ana").get(where(number, "profile.nothing")).status_code == 404
    assert site.client("ana").get(where(number, "sector")).status_code == 404
    assert site.client("ana").get(where(number, "r99")).status_code == 404


def test_in_a_closed_year_earlier_answers_can_be_read_but_not_restored(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    answer(site, number, "silent")
    client = site.client("ana")
    [old] = buttons(client.get(where(number)).text)
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=site.people["stella"].id, at=NOON, snapshot=lambda: "{}")
    assert buttons(client.get(where(number)).text) == []
    assert post(client, f"/assessments/{number}/questions/r1.code/restore", fields=old).status_code == 409
    assert kept(site, number)["r1.code"] == "silent"


@pytest.mark.parametrize(
    "fields", [{}, {"version": "1"}, {"version": "x", "seen": "1"}, {"version": "9" * 30, "seen": "1"}]
)
def test_a_form_without_a_version_is_refused(site: Site, number: int, fields: dict[str, str]) -> None:
    assert (
        post(site.client("ana"), f"/assessments/{number}/questions/r1.code/restore", fields=fields).status_code == 400
    )


def test_an_unknown_version_is_not_found(site: Site, number: int) -> None:
    answer(site, number, "silent")
    missing = {"version": "99", "seen": "1"}
    assert (
        post(site.client("ana"), f"/assessments/{number}/questions/r1.code/restore", fields=missing).status_code == 404
    )


def test_a_long_history_has_pages_which_are_small_and_take_few_statements(site: Site, number: int) -> None:
    for step in range(14):
        answer(site, number, ("stricter", "silent")[step % 2])
    client = site.client("ana")
    with statements(store_engine(site.app)) as sent:
        page = client.get(where(number)).text
    assert len(sent) <= 12
    assert len(buttons(page)) == 9
    found = re.search(r'href="([^"]*\?before=\d+)"', page)
    assert found
    older = client.get(found[1]).text
    assert len(buttons(older)) == 4 and "The answer now" not in text_of(older), "and there is a link to the latest"
    assert f'href="{where(number)}"' in older


def test_pages_with_answers_link_to_the_earlier_answers(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    client = site.client("ana")
    checked = client.get(f"/assessments/{number}/check").text
    there = re.search(r'href="([^"#]+)#at-r1\.code"', checked)  # where an answer read over is changed
    assert there and f'href="{where(number)}"' in client.get(there[1]).text


def test_other_companies_and_other_roles_do_not_find_the_page(site: Site, number: int) -> None:
    answer(site, number, "stricter")
    with site.store() as session, session.begin():
        people = site.people
        store.assign_auditor(session, number, auditor=people["audun"].id, by=people["stella"].id, at=NOON)
    for who in ("olga", "audun", "ada", "stella"):
        assert site.client(who).get(where(number)).status_code == 404
        sent = {"version": "2", "seen": "2"}
        assert (
            post(site.client(who), f"/assessments/{number}/questions/r1.code/restore", fields=sent).status_code == 404
        )
