"""Two readers who see nothing of each other; then both compared, and whoever decides."""

import re

import pytest

from compliance import store
from compliance.web.database import store_engine
from tests.support.desk_pages import (
    FIRST,
    PASSAGES,
    add_document,
    appoint,
    begin,
    begun,
    pick,
    read_by_both,
    read_whole,
    text_of,
)
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, Site, post
from tests.support.stores import statements
from tests.web.common.test_start_pages import waiting

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])

# ── Who sees nothing of whom

#: What one reader has written, that is nobody else's before both have finished.
SECRETS = ("grooming, solicit", "Reporting procedure", "Words of a secret note")


def test_before_both_have_finished_nobody_sees_anything_of_a_reader_on_any_page(desk: Site) -> None:
    """Every page that there is, for the other reader, whoever decides, and somebody else."""
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
    """Each page of the desk: its status and words, without what is of this moment."""
    client = site.client(who)
    kinds = f"{reading}/kinds/employees-code"
    where = [
        *("/advocate", "/desk", reading, f"{reading}/documents/add", f"{reading}/documents/1", f"{kinds}/comparison"),
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
        # How long one has read oneself goes on while pages are opened; of others, it is not told.
        words, times = re.subn(r"\bone minute\b|\b\d+ minutes\b", "", text_of(response.text))
        assert times <= (who == "piet"), (who, address)
        found[address] = (response.status_code, words)
    return found


def methods(site: Site, endpoint: str) -> set[str]:
    return {method for rule in site.app.url_map.iter_rules(endpoint) for method in rule.methods or ()}


def test_whoever_does_not_read_answers_nothing(desk: Site) -> None:
    reading = begun(desk)
    appoint(desk, reading, third="ines")
    kinds = f"{reading}/kinds/employees-code"
    for who in ("ines", "olu"):
        client = desk.client(who)
        for where in ("themes/code", "questions/r1.code", "comparison"):
            assert client.get(f"{kinds}/{where}").status_code == 404, (who, where)
            assert post(client, f"{kinds}/{where}", fields={"do": "pick"}).status_code == 404, (who, where)
        assert post(client, f"{reading}/finish").status_code == 404


def test_whoever_is_tied_to_the_company_is_refused_with_the_reason_everywhere(desk: Site) -> None:
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


# ── Comparing, and deciding


def test_once_both_have_finished_their_differences_are_shown_and_decided_with_a_reason(desk: Site) -> None:
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


def test_pages_of_the_desk_ask_the_database_a_dozen_times_at_most(desk: Site) -> None:
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
