"""Two advocates read independently; then their answers are compared, and a third advocate decides where they differ."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from werkzeug.test import TestResponse

from compliance import store
from compliance.web.database import store_engine
from tests.support.desk_pages import (
    DESK,
    FIRST,
    PASSAGES,
    add_document,
    appoint,
    begin,
    begun,
    pick,
    read_by_both,
    read_whole,
    save,
    text_of,
)
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, Site, post
from tests.support.stores import statements
from tests.web.common.test_start_pages import waiting

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])

# ── Independence

#: What one reader has written, and nobody else may see before both have finished.
SECRETS = ("grooming, solicit", "Reporting procedure", "Words of a secret note")


def test_before_both_have_finished_nobody_sees_anything_of_a_reader_on_any_page(desk: Site) -> None:
    """On every page of the desk: for the other reader, the third who decides, and an advocate who does neither."""
    reading = begun(desk)
    appoint(desk, reading, third="ines")
    before = {who: all_pages(desk, reading, who) for who in ("piet", "ines", "olu")}
    secret = {**FIRST, "r1__forms__note": SECRETS[2], "r1__forms__searched": SECRETS[0]}
    read_whole(desk, reading, "amara", secret, PASSAGES)
    assert "You have finished" in desk.client("amara").get(reading).text
    for who, pages in before.items():
        after = all_pages(desk, reading, who)
        assert after.keys() == pages.keys()
        changed = [where for where, page in after.items() if page != pages[where]]
        assert changed == [], who


def all_pages(site: Site, reading: str, who: str) -> dict[str, tuple[int, str]]:
    """The status and the words of every page of the desk, without words that depend on the time."""
    client = site.client(who)
    kinds = f"{reading}/kinds/employees-code"
    where = [
        *("/advocate", "/desk", reading, f"{kinds}/comparison"),
        *(f"{reading}/documents/{page}" for page in ("add", "1", "1/remove")),
        *(f"{kinds}/themes/{theme}" for theme in ("code", "reporting")),
        *(f"{kinds}/questions/{question}" for question in ("r1.code", "r1.forms", "r2.text", "r2.line")),
        f"{kinds}/questions?document=1&anchor=s0.1",
    ]
    rules = {rule.endpoint for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")}
    router = site.app.url_map.bind("localhost")
    asked = {router.match(address.partition("?")[0])[0] for address in where}
    reads = {"desk.company_form", "desk.campaign_form", "desk.one_campaign"}
    assert {each for each in rules if "GET" in methods(site, each)} - asked == reads, "a page that is not tried"
    found = {}
    for address in where:
        response = client.get(address)
        # Readers see how long they have read, which grows with every page. They do not see it of other readers.
        words, times = re.subn(r"\bone minute\b|\b\d+ minutes\b", "", text_of(response.text))
        assert times <= (who == "piet"), (who, address)
        found[address] = (response.status_code, words)
    return found


def methods(site: Site, endpoint: str) -> set[str]:
    return {method for rule in site.app.url_map.iter_rules(endpoint) for method in rule.methods or ()}


def test_only_the_readers_of_a_reading_can_answer(desk: Site) -> None:
    reading = begun(desk)
    appoint(desk, reading, third="ines")
    kinds = f"{reading}/kinds/employees-code"
    for who in ("ines", "olu"):
        client = desk.client(who)
        for where in ("themes/code", "questions/r1.code", "comparison"):
            assert client.get(f"{kinds}/{where}").status_code == 404, (who, where)
            assert post(client, f"{kinds}/{where}", fields={"do": "pick"}).status_code == 404, (who, where)
        assert post(client, f"{reading}/finish").status_code == 404


def test_an_advocate_tied_to_the_company_is_refused_on_every_page_with_the_reason(desk: Site) -> None:
    with desk.store() as session, session.begin():
        organisation = desk.people["ana"].organisation_id
        assert organisation is not None
        store.add_membership(session, desk.people["piet"].id, organisation, by=None, at=NOON)
    reading = begin(desk, name="Example Travel 01")
    add_document(desk.client("amara"), reading)
    sent = {"place": "first", "person": str(desk.people["piet"].id)}
    client = desk.client("amara")
    post(client, f"{reading}/readers", fields=sent)
    assert "works or has worked for Example Travel 01" in text_of(client.get(reading).text)
    for where in ("", "/documents/add", "/documents/1", "/kinds/employees-code/themes/code"):
        response = desk.client("piet").get(reading + where)
        assert response.status_code == 403 and "works or has worked for Example Travel 01" in text_of(response.text)
    assert post(desk.client("piet"), f"{reading}/stop", fields={"why": "Mine."}).status_code == 403


# ── Somebody drops out


def replace(desk: Site, reading: str, who: str, place: str, whom: str, why: str = "Piet is ill.") -> TestResponse:
    sent = {"place": place, "person": str(desk.people[whom].id), "why": why}
    return post(desk.client(who), f"{reading}/readers/replace", fields=sent)


def told(desk: Site, reading: str, *replaced: str) -> str:
    """What the page tells an advocate who replaces a reader."""
    who, place, whom = replaced
    sent = {"place": place, "person": str(desk.people[whom].id), "why": "Piet is ill."}
    client = desk.client(who)
    assert post(client, f"{reading}/readers/replace", fields=sent).status_code == 302
    return client.get(reading).text


def people(page: str) -> dict[str, str]:
    """Who has which role."""
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>\s*(?:<[^>]*>)*(\w+)", page))


def test_a_new_reader_who_replaces_another_sees_nothing_of_either_reader(desk: Site) -> None:
    reading = begun(desk)
    appoint(desk, reading, third="ines")
    theme = f"{reading}/kinds/employees-code/themes/code"
    secret = {**FIRST, "r1__forms__note": SECRETS[2]}
    read_whole(desk, reading, "amara", secret, PASSAGES)
    save(desk.client("piet"), reading, "code", r1__code="bans", r1__forms="none", r1__forms__searched=SECRETS[0])
    pick(desk.client("piet"), reading, "r1.code", "bans", "prohibit exploitation")
    page = desk.client("ines").get(reading).text
    assert faults_of(page) == [] and "Replace a reader" in page
    refused = replace(desk, reading, "ines", "second", "olu", why=" ").text
    assert "Say why the reader is replaced." in text_of(refused) and faults_of(refused) == []
    chosen = html.fromstring(refused).xpath("//form[contains(@action, '/replace')]//option[@selected]")
    assert [one.text.strip() for one in chosen] == ["Second reader (Piet)", "Olu"], "what was chosen comes back"
    page = told(desk, reading, "ines", "second", "olu")
    assert "The reader was replaced." in page and people(page)["Second reader"] == "Olu"
    for where in ("themes/code", "questions/r1.code", "questions/r1.forms"):
        seen = desk.client("olu").get(f"{reading}/kinds/employees-code/{where}")
        assert seen.status_code == 200 and not re.search(r'<input[^>]* checked|value="remove"', seen.text), where
        assert not any(words in seen.text for words in SECRETS), where
    assert "0 of 2 complete" in text_of(desk.client("olu").get(reading).text)
    assert desk.client("piet").get(theme).status_code == 404
    assert post(desk.client("piet"), theme, fields={"r1.code#version": "1", "r1.code": "aims"}).status_code == 404
    read_whole(desk, reading, "olu", {**FIRST, "r1__forms__note": ""}, PASSAGES)
    assert "nothing is left to decide" in desk.client("ines").get(reading).text
    trail = text_of(desk.client("stella").get("/steward/trail").text)
    assert "/reader/second" in trail and SECRETS[0] not in trail


def test_only_some_advocates_may_replace_a_reader(desk: Site) -> None:
    reading = begun(desk)
    appoint(desk, reading, third="ines")
    read_whole(desk, reading, "amara", FIRST, PASSAGES)
    offered = {who: re.findall(r"<option[^>]*>([^<]*\(\w+\))<", desk.client(who).get(reading).text) for who in DESK}
    every = ["First reader (Amara)", "Second reader (Piet)", "Who decides (Ines)"]
    assert [each.strip() for each in offered["olu"]] == every and offered["ines"] == offered["olu"]
    assert offered["amara"] == [] and [each.strip() for each in offered["piet"]] == every[1:2]
    assert replace(desk, reading, "amara", "second", "olu").status_code == 404, "no reader gets rid of the other"
    assert replace(desk, reading, "piet", "first", "olu").status_code == 404
    for who in ("ana", "audun", "stella"):
        assert replace(desk, reading, who, "second", "olu").status_code in (403, 404), who
    assert "Nobody was replaced: this reader has finished" in told(desk, reading, "olu", "first", "olu")
    assert "this person already has another role" in told(desk, reading, "ines", "second", "ines")
    assert post(desk.client("ines"), f"{reading}/readers/replace", fields={"place": "fourth"}).status_code == 400
    assert replace(desk, reading, "piet", "second", "olu", "I am away.").status_code == 302
    now = people(desk.client("ines").get(reading).text)
    assert (now["First reader"], now["Second reader"], now["Who decides"]) == ("Amara", "Olu", "Ines")


def test_an_advocate_tied_to_the_company_can_neither_replace_a_reader_nor_become_one(desk: Site) -> None:
    with desk.store() as session, session.begin():
        organisation = desk.people["ana"].organisation_id
        assert organisation is not None
        store.add_membership(session, desk.people["olu"].id, organisation, by=None, at=NOON)
    reading = begin(desk, name="Example Travel 01")
    appoint(desk, reading, first="amara", second="piet")
    assert replace(desk, reading, "olu", "second", "ines").status_code == 403
    page = told(desk, reading, "ines", "second", "olu")
    assert "works or has worked for Example Travel 01" in text_of(page) and people(page)["Second reader"] == "Piet"


# ── Comparing and deciding


def test_once_both_have_finished_their_differences_are_shown_and_each_is_decided_with_a_reason(desk: Site) -> None:
    reading = read_by_both(desk)
    where = f"{reading}/kinds/employees-code/comparison"
    assert waiting(desk.client("ines").get("/advocate").text) == [
        ("Next: Decide where the readers of Example Hotels 07 differ", where)
    ]
    client = desk.client("ines")
    page = client.get(where).text
    assert faults_of(page) == []
    words = text_of(page)
    assert "The readers differ on 2 of 4 points. 2 are yours to decide." in words
    assert "They agree on 2 of the 4 points where either found something." in words
    assert "Searched: grooming, solicit" in words and "60 % sure" in words.replace("\u00a0", " ")
    assert "Nobody seeks private contact with a child online." in words and "Reporting procedure" in words
    for other in ("amara", "piet"):
        assert "2 are not decided yet." in text_of(desk.client(other).get(where).text)
        assert post(desk.client(other), where, fields={"r1.forms#choice": "first"}).status_code == 404
    assert desk.client("olu").get(where).status_code == 404
    wrong = post(client, where, fields={"r1.forms#version": "0", "r1.forms#choice": "first"}).text
    assert "Give the reason." in wrong and faults_of(wrong) == []
    decided = {"r1.forms#version": "0", "r1.forms#choice": "first", "r1.forms#reason": "Page 1 says so."}
    other = {
        "r2.text#version": "0",
        "r2.text#choice": "other",
        "r2.text": "everyone",
        "r2.text#reason": "Suppliers too.",
    }
    assert post(client, where, fields={**decided, **other}).status_code == 302
    words = text_of(client.get(where).text)
    assert (
        "Decided: Said in part, as the first reader" in words and "Pick the passage that supports this answer." in words
    )
    pick(client, reading, "r2.text", "everyone", "suspicion")
    page = client.get(where).text
    assert faults_of(page) == [] and "Pick the passage that supports this answer." not in page
    assert "nothing is left to decide" in client.get(reading).text


def test_a_reader_who_does_not_decide_can_neither_tell_the_company_nor_publish(desk: Site) -> None:
    reading = begun(desk)
    for who in ("amara", "piet"):
        read_whole(desk, reading, who, FIRST, PASSAGES)
    hearing = f"{reading}/hearing"
    for who, may in (("amara", False), ("piet", False), ("olu", True)):
        client = desk.client(who)
        assert ("Send the draft to the company" in client.get(reading).text) is may, who
        assert [where for _words, where in waiting(client.get("/advocate").text)] == [hearing] * may, who
        page = client.get(hearing).text
        assert faults_of(page) == [] and ("You are one of the two readers" not in page) is may, who
        assert (f'action="{hearing}/send"' in page) is may, who
        if not may:
            for what in ("send", "link", "extend", "letter", "publish", "correct"):
                refused = post(client, f"{hearing}/{what}", fields={"until": "2099-01-01", "words": "We agree."})
                assert refused.status_code == 403 and "You are one of the two readers" in refused.text, (who, what)
                assert faults_of(refused.text) == []
    assert "being decided" in text_of(desk.client("olu").get(reading).text)
    until = (datetime.now(UTC).date() + timedelta(days=28)).isoformat()
    assert post(desk.client("olu"), f"{hearing}/send", fields={"until": until}).status_code == 200
    assert "open for reply" in text_of(desk.client("olu").get(reading).text)
    page = desk.client("piet").get(hearing).text
    assert faults_of(page) == [] and "<form" not in page.partition("<main")[2].partition("</main")[0]


def test_pages_of_the_desk_send_at_most_a_dozen_statements_to_the_database(desk: Site) -> None:
    reading = read_by_both(desk)
    client = desk.client("ines")
    for where in (
        *("/advocate", "/desk", reading, f"{reading}/documents/1", f"{reading}/kinds/employees-code/comparison"),
        *(f"{reading}/kinds/employees-code/{where}" for where in ("questions/r1.forms",)),
    ):
        client.get(where)
        with statements(store_engine(desk.app)) as sent:
            assert client.get(where).status_code == 200
        assert len(sent) <= 12, (where, sent)
