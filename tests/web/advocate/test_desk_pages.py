"""The desk: companies, documents, answers with their passages, two readings compared, and who sees nothing of whom."""

import io
import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from lxml import html

from compliance import store
from compliance.store.people_and_roles import login_account
from compliance.web.database import store_engine
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, YEAR, Site, post
from tests.support.stores import statements
from tests.web.common.test_start_pages import waiting

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])

CODE = """Code of Conduct

1. Children

We prohibit the sexual exploitation of children, in travel and everywhere else.
Nobody seeks private contact with a child online.
Suppliers follow the Supplier Standard on child labour.

2. Reporting

Staff must report every suspicion to the compliance office without delay.
The Speak-Up Line is open day and night.
""" + "\n".join(
    f"Paragraph {number} of this invented code is about gifts, travel costs and good manners." for number in range(30)
)
#: Who reads first, second, who decides, and somebody who does none of it.
DESK = ("amara", "piet", "ines", "olu")


@pytest.fixture
def desk(sqlite_site: Site) -> Site:
    """The site with four advocates beside Ada."""
    site = sqlite_site
    with site.app.app_context(), site.store() as session, session.begin():
        known = login_account(session, email="ada@example.org")
        assert known is not None
        for name in DESK:
            site.people[name] = store.add_person(
                session,
                email=f"{name}@example.org",
                name=name.title(),
                password_hash=known.password_hash,
                roles=["advocate"],
                by=None,
                at=NOON,
            )
    return site


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


def begin(site: Site, name: str = "Example Hotels 07", **more: str) -> str:
    """Begin a reading; its address."""
    response = post(site.client("amara"), "/desk/companies/add", fields={"name": name, **more})
    assert response.status_code == 302, text_of(response.text)
    return str(response.headers["Location"])


def add_document(
    client: FlaskClient, reading: str, content: bytes = CODE.encode(), file_name: str = "code.txt", **more: str
) -> str:
    """Add a document; what the page says then."""
    fields = {
        "kind": "employees-code",
        "title": "Code of conduct",
        "url": "https://hotels.example/code",
        "accessed": "2026-03-01",
        "language": "en",
    }
    sent = {**fields, **more, "file": (io.BytesIO(content), file_name)}
    response = post(client, f"{reading}/documents/add", fields=sent, content_type="multipart/form-data")
    return client.get(reading).text if response.status_code == 302 else response.text


def appoint(site: Site, reading: str, **places: str) -> None:
    for place, who in places.items():
        sent = {"place": place, "person": str(site.people[who].id)}
        assert post(site.client("amara"), f"{reading}/readers", fields=sent).status_code == 302


def begun(site: Site) -> str:
    """A reading with a document, and its two readers."""
    reading = begin(site)
    add_document(site.client("amara"), reading)
    appoint(site, reading, first="amara", second="piet")
    return reading


def save(client: FlaskClient, reading: str, theme: str, **fields: object) -> str:
    """Save a theme: `r1__code` is a question, `r1__code__title` a part of one; where it leads, or the page."""
    where = f"{reading}/kinds/employees-code/themes/{theme}"
    versions = dict(re.findall(r'name="([\w.]+#version)" value="(\d+)"', client.get(where).text))
    parts = {re.sub(r"^(\w+?)__(\w+?)(?:__(\w+))?$", _field, name): value for name, value in fields.items()}
    response = post(client, where, fields={**versions, **parts})
    return str(response.headers["Location"]) if response.status_code == 302 else response.text


def _field(found: re.Match[str]) -> str:
    question, part = f"{found[1]}.{found[2]}", found[3]
    return f"{question}#{part}" if part else question


def pick(client: FlaskClient, reading: str, question: str, option: str, words: str) -> None:
    """Pick the passage that says so, as it is found by its words."""
    where = f"{reading}/kinds/employees-code/questions/{question}"
    found = client.get(f"{where}?find={words}").text
    at = re.findall(r"document=(\d+)&amp;anchor=([\w.]+)", found)[0]
    response = post(client, where, fields={"document": at[0], "anchor": at[1], "option": option, "do": "pick"})
    assert response.status_code == 302


def read_whole(
    site: Site, reading: str, who: str, answers: Mapping[str, object], passages: Mapping[str, tuple[str, str]]
) -> None:
    """Answer everything, pick passages, and finish."""
    client = site.client(who)
    for theme, start in (("code", "r1"), ("reporting", "r2")):
        assert save(client, reading, theme, **{k: v for k, v in answers.items() if k.startswith(start)}).startswith("/")
    for question, (option, words) in passages.items():
        pick(client, reading, question, option, words)
    post(client, f"{reading}/finish")


FIRST = {
    "r1__code": "bans",
    "r1__forms": ["grooming", "travel"],
    "r1__forms__sure": "60",
    "r1__forms__note": "Contact online is grooming.",
    "r2__text": "staff",
    "r2__line": "named",
}
SECOND = {
    "r1__code": "bans",
    "r1__forms": "none",
    "r1__forms__searched": "grooming, solicit",
    "r2__text": "blank:elsewhere",
    "r2__text__title": "Reporting procedure",
    "r2__line": "named",
}
PASSAGES = {
    "r1.code": ("bans", "prohibit exploitation"),
    "r1.forms": ("grooming", "private contact"),
    "r2.text": ("staff", "suspicion"),
    "r2.line": ("named", "Speak-Up"),
}


def read_by_both(site: Site) -> str:
    reading = begun(site)
    appoint(site, reading, third="ines")
    read_whole(site, reading, "amara", FIRST, PASSAGES)
    read_whole(site, reading, "piet", SECOND, {name: PASSAGES[name] for name in ("r1.code", "r2.line")})
    return reading


# ── Companies and campaigns


def test_an_advocate_begins_a_reading_and_whoever_reads_it_is_told_on_the_start_page(desk: Site) -> None:
    reading = begin(desk, size="50-249", sector="travel")
    assert waiting(desk.client("olu").get("/advocate").text) == [("Next: Example Hotels 07 lacks a reader", reading)]
    appoint(desk, reading, first="amara", second="piet")
    assert waiting(desk.client("piet").get("/advocate").text) == [
        ("Next: Read the documents of Example Hotels 07", reading)
    ]
    assert waiting(desk.client("olu").get("/advocate").text) == []
    page = desk.client("olu").get(reading).text
    assert faults_of(page) == [] and "Travel and tours" in page
    assert faults_of(desk.client("olu").get("/desk").text) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "Enter the name of the company."),
        ({"country": "Atlantis"}, "No country is called “Atlantis”."),
        ({"website": "nonsense"}, "Enter a web address"),
        ({"lei": "123"}, "This is not a valid LEI."),
        ({"email": "somebody"}, "Enter an e-mail address"),
    ],
)
def test_what_is_wrong_with_a_company_is_said_above_its_field(desk: Site, fields: dict[str, str], told: str) -> None:
    response = post(desk.client("amara"), "/desk/companies/add", fields={"name": "Example", **fields})
    assert response.status_code == 200 and told in text_of(response.text)
    assert faults_of(response.text) == []


def test_a_company_is_on_the_list_once_and_read_once_at_a_time(desk: Site) -> None:
    reading = begin(desk)
    again = post(desk.client("olu"), "/desk/companies/add", fields={"name": "Example Hotels 07 Ltd"})
    assert "This company is on the list already" in again.text
    assert "Say why the reading is given up." in post(desk.client("olu"), f"{reading}/stop", fields={"why": " "}).text
    post(desk.client("olu"), f"{reading}/stop", fields={"why": "They replaced the code."})
    assert "given up: They replaced the code." in text_of(desk.client("olu").get(reading).text)
    assert "Read it again" in desk.client("olu").get("/desk").text
    assert post(desk.client("olu"), "/desk/companies/1/read").headers["Location"] == "/desk/readings/2"


def test_a_campaign_begins_a_reading_of_each_company_on_a_list(desk: Site) -> None:
    with desk.store() as session, session.begin():
        invited = [store.CompanyToInvite(line=line, name=name) for line, name in enumerate(("Alpha Inns", "Beta Rail"))]
        store.add_invitation_list(session, YEAR, "Hotels", invited, by=desk.people["stella"].id, at=NOON)
    client = desk.client("olu")
    assert "Give it a title." in post(client, "/desk/campaigns/add", fields={"title": ""}).text
    sent = {"title": "Codes of hotels", "list": "1", "due": "2026-12-31"}
    where = post(client, "/desk/campaigns/add", fields=sent).headers["Location"]
    page = client.get(where).text
    assert faults_of(page) == [] and "2 companies are read." in page and "Alpha Inns" in page
    assert "being read: 2" in text_of(client.get("/desk").text)
    post(client, f"{where}/close")
    assert "none is added" in client.get(where).text


# ── Documents


def test_a_document_is_read_with_where_it_was_found(desk: Site) -> None:
    reading = begin(desk)
    page = add_document(desk.client("amara"), reading, dated="2025-05-01", is_extract="yes")
    assert faults_of(page) == []
    assert "Code for employees, dated 1 May 2025, English, an extract" in text_of(page)
    where = re.findall(rf'"({reading}/documents/\d+)"', page)[0]
    read = desk.client("olu").get(f"{where}?find=suspicion").text
    assert faults_of(read) == [] and "One passage shares a word with this." in read
    assert "Rest an answer on it" not in read


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "poem"}, "Say which kind of document it is."),
        ({"title": ""}, "Enter the title of the document."),
        ({"url": "hotels.example"}, "Enter an address that begins with https://"),
        ({"accessed": ""}, "Enter the day on which you took it from there."),
        ({"accessed": "2999-01-01"}, "This date is in the future"),
        ({"content": b"", "file_name": "code.txt"}, "The file is empty."),
        ({"content": b"GIF89a", "file_name": "code.gif"}, "Pictures are never accepted."),
        ({"content": b"   \n \n", "file_name": "code.txt"}, "There is no text in this document."),
    ],
)
def test_a_document_that_cannot_be_read_or_found_is_refused_with_what_to_do(
    desk: Site, more: dict[str, object], told: str
) -> None:
    reading = begin(desk)
    page = add_document(desk.client("amara"), reading, **more)  # type: ignore[arg-type]
    assert told in text_of(page) and faults_of(page) == []
    assert "No document is here yet" in desk.client("amara").get(reading).text


def test_a_file_is_added_once_and_removed_by_whoever_added_it(desk: Site) -> None:
    reading = begin(desk)
    add_document(desk.client("amara"), reading)
    assert "This file is a document of this reading already." in add_document(desk.client("amara"), reading)
    where = f"{reading}/documents/1/remove"
    assert post(desk.client("olu"), where).status_code == 404
    post(desk.client("amara"), where)
    assert "No document is here yet" in desk.client("amara").get(reading).text


# ── Answers


def test_a_reader_answers_theme_by_theme_and_is_told_what_is_missing(desk: Site) -> None:
    reading = begun(desk)
    client = desk.client("amara")
    theme = f"{reading}/kinds/employees-code/themes/code"
    assert faults_of(client.get(theme).text) == []
    assert save(client, reading, "code", r1__code="bans", r1__forms="none").endswith("/themes/reporting")
    page = client.get(theme).text
    assert "Pick the passage that says so." in page and "Say which words you searched for." in page
    post(client, f"{reading}/finish")
    assert "4 points are not complete yet: see below." in text_of(client.get(reading).text)
    pick(client, reading, "r1.code", "bans", "prohibit exploitation")
    save(client, reading, "code", r1__code="bans", r1__forms="none", r1__forms__searched="grooming")
    assert "2 of 2 complete" in text_of(client.get(reading).text)
    assert "We prohibit the sexual exploitation of children" in client.get(theme).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"r1__code": "blank:elsewhere"}, "Write what that document is called."),
        ({"r1__code": "bans", "r1__code__title": "Manual"}, "A title is only for “Referred to another text”."),
        ({"r1__code": "bans", "r1__code__sure": "101"}, "Enter a whole number from 0 to 100"),
        ({"r1__code": "bans", "r1__code__searched": "x" * 4_001}, "4,000 characters"),
        ({"r1__code": "forged"}, "Choose"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_and_the_rest_is_saved(
    desk: Site, fields: dict[str, object], told: str
) -> None:
    reading = begun(desk)
    page = save(desk.client("amara"), reading, "code", r1__forms=["grooming"], **fields)
    assert told in text_of(page) and faults_of(page) == []
    kept = desk.client("amara").get(f"{reading}/kinds/employees-code/themes/code").text
    assert re.search(r'value="grooming"\s+checked', kept) and not re.search(r'value="bans"\s+checked', kept)


def test_an_answer_of_another_tab_is_not_overwritten_in_silence(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    save(client, reading, "code", r1__code="bans")
    stale = {"r1.code#version": "0", "r1.code": "aims"}
    page = post(client, where, fields=stale).text
    assert "You saved a different answer in another tab meanwhile." in page
    assert "It prohibits the sexual exploitation of children." in page and re.search(r'value="aims"\s+checked', page)
    assert re.search(r'value="bans"\s+checked', client.get(where).text)


def test_passages_are_suggested_searched_picked_from_the_document_and_removed(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/questions/r1.forms"
    page = client.get(where).text
    assert faults_of(page) == [] and "Nobody seeks private contact with a child online." in page
    document = client.get(f"{reading}/documents/1").text
    anchor = re.findall(r'name="anchor" value="([\w.]+)"', document)[1]
    chosen = f"{reading}/kinds/employees-code/questions?question=r1.forms&document=1&anchor={anchor}"
    picking = client.get(client.get(chosen).headers["Location"]).text
    assert faults_of(picking) == [] and "What does this passage say?" in picking
    post(client, where, fields={"document": "1", "anchor": anchor, "option": ["grooming", "travel"], "do": "set"})
    assert client.get(where).text.count('value="remove"') == 2
    post(client, where, fields={"document": "1", "anchor": anchor, "option": "grooming", "do": "set"})
    assert client.get(where).text.count('value="remove"') == 1
    assert "<mark>" in client.get(f"{reading}/documents/1").text
    post(client, where, fields={"id": "1", "do": "remove"})
    assert 'value="remove"' not in client.get(where).text
    assert (
        post(client, where, fields={"document": "1", "anchor": "99.9", "option": "grooming", "do": "pick"}).status_code
        == 404
    )


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
    ]
    rules = {rule.endpoint for rule in site.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")}
    router = site.app.url_map.bind("localhost")
    asked = {router.match(address)[0] for address in where}
    reads = {"desk.company_form", "desk.campaign_form", "desk.one_campaign", "desk.choose_question"}
    assert {each for each in rules if "GET" in methods(site, each)} - asked == reads, "a page that is not tried"
    found = {}
    for address in where:
        response = client.get(address)
        # How long one has read oneself goes on while pages are opened.
        words = re.sub(r"\bone minute\b|\b\d+ minutes\b", "", text_of(response.text))
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
    assert "Of the 4 points where either found something, they agree on 2." in words
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
    assert "Decided: Said in part, as the first reader" in words and "Pick the passage that says so." in words
    pick(client, reading, "r2.text", "everyone", "suspicion")
    page = client.get(where).text
    assert faults_of(page) == [] and "Pick the passage that says so." not in page
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
