"""The desk: companies, documents, and answers with their passages."""

import re
from html import unescape

import pytest

from compliance import store
from compliance.store import CompanyToInvite
from compliance.store.desk_answers import desk_pages
from compliance.store.desk_readings import add_campaign, desk_reading
from compliance.store.list_pages import PAGE_ROWS
from compliance.web.database import store_engine
from tests.support.desk_pages import add_document, appoint, begin, begun, pick, save, text_of
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, YEAR, Site, post
from tests.support.stores import statements
from tests.web.common.test_start_pages import waiting

pytestmark = pytest.mark.site(EDITIONS=[EDITIONS / "walk", EDITIONS / "desk"])

# ── Companies and campaigns


def test_an_advocate_starts_a_reading_and_its_readers_see_it_on_their_start_pages(desk: Site) -> None:
    reading = begin(desk, size="50-249", sector="travel")
    assert waiting(desk.client("olu").get("/advocate").text) == [("Next: Example Hotels 07 needs a reader", reading)]
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
        ({"name": "%"}, "Enter the name of the company."),
        ({"country": "Atlantis"}, "No country is called “Atlantis”."),
        ({"website": "nonsense"}, "Enter a web address"),
        ({"lei": "123"}, "This is not a valid LEI."),
        ({"lei": "-"}, "This is not a valid LEI."),
        ({"email": "somebody"}, "Enter an e-mail address"),
    ],
)
def test_each_fault_in_the_form_for_a_company_is_shown_above_its_field(
    desk: Site, fields: dict[str, str], told: str
) -> None:
    response = post(desk.client("amara"), "/desk/companies/add", fields={"name": "Example", **fields})
    assert response.status_code == 200 and told in text_of(response.text)
    assert faults_of(response.text) == []


def test_a_company_is_listed_once_and_has_one_open_reading_at_a_time(desk: Site) -> None:
    reading = begin(desk)
    again = post(desk.client("olu"), "/desk/companies/add", fields={"name": "Example Hotels 07 Ltd"})
    assert "This company is already on the list" in again.text
    assert "Say why the reading is abandoned." in post(desk.client("olu"), f"{reading}/stop", fields={"why": " "}).text
    post(desk.client("olu"), f"{reading}/stop", fields={"why": "They replaced the code."})
    assert "abandoned: They replaced the code." in text_of(desk.client("olu").get(reading).text)
    assert "Read it again" in desk.client("olu").get(reading).text
    assert post(desk.client("olu"), "/desk/companies/1/read").headers["Location"] == "/desk/readings/2"


def test_another_reading_of_a_company_is_for_the_same_size(desk: Site) -> None:
    reading = begin(desk, size="50-249")
    post(desk.client("olu"), f"{reading}/stop", fields={"why": "They replaced the code."})
    post(desk.client("olu"), "/desk/companies/1/read")
    with desk.store() as session:
        assert desk_reading(session, 2).size == desk_reading(session, 1).size == "50-249"


def test_a_campaign_starts_a_reading_of_each_company_on_a_list(desk: Site) -> None:
    with desk.store() as session, session.begin():
        invited = [store.CompanyToInvite(line=line, name=name) for line, name in enumerate(("Alpha Inns", "Beta Rail"))]
        store.add_invitation_list(session, YEAR, "Hotels", invited, by=desk.people["stella"].id, at=NOON)
    client = desk.client("olu")
    assert "Enter a title." in post(client, "/desk/campaigns/add", fields={"title": ""}).text
    sent = {"title": "Codes of hotels", "list": "1", "due": "2026-12-31"}
    where = post(client, "/desk/campaigns/add", fields=sent).headers["Location"]
    page = client.get(where).text
    assert faults_of(page) == [] and "2 companies are in this campaign." in page and "Alpha Inns" in page
    assert "being read: 2" in text_of(client.get("/desk").text)
    post(client, f"{where}/close")
    assert "no more can be added" in client.get(where).text


# ── Documents


def test_a_document_is_shown_with_the_address_where_it_was_found(desk: Site) -> None:
    reading = begin(desk)
    page = add_document(desk.client("amara"), reading, dated="2025-05-01", is_extract="yes")
    assert faults_of(page) == []
    assert "Code for employees, dated 1 May 2025, English, an extract" in text_of(page)
    where = re.findall(rf'"({reading}/documents/\d+)"', page)[0]
    read = desk.client("olu").get(f"{where}?find=suspicion").text
    assert faults_of(read) == [] and "One passage contains these words." in read
    assert "Use this for an answer" not in read


def test_a_document_is_shown_in_the_language_that_was_given_for_it(desk: Site) -> None:
    reading = begin(desk)
    page = add_document(desk.client("amara"), reading, language="fr")
    where = re.findall(rf'"({reading}/documents/\d+)"', page)[0]
    assert 'lang="fr" data-sentences' in desk.client("amara").get(where).text, "though its words look like English"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"kind": "poem"}, "Say which kind of document it is."),
        ({"title": ""}, "Enter the title of the document."),
        ({"url": "hotels.example"}, "Enter an address that begins with https://"),
        ({"accessed": ""}, "Enter the day on which you downloaded it."),
        ({"accessed": "2999-01-01"}, "This date is in the future"),
        ({"content": b"", "file_name": "code.txt"}, "The file is empty."),
        ({"content": b"GIF89a", "file_name": "code.gif"}, "Pictures are never accepted."),
        ({"content": b"   \n \n", "file_name": "code.txt"}, "There is no text in this document."),
    ],
)
def test_a_document_that_cannot_be_read_or_found_is_refused_with_advice(
    desk: Site, more: dict[str, object], told: str
) -> None:
    reading = begin(desk)
    page = add_document(desk.client("amara"), reading, **more)  # type: ignore[arg-type]
    assert told in text_of(page) and faults_of(page) == []
    assert "There are no documents yet" in desk.client("amara").get(reading).text


def test_a_file_is_added_once_and_can_be_removed_by_the_person_who_added_it(desk: Site) -> None:
    reading = begin(desk)
    add_document(desk.client("amara"), reading)
    assert "This file is already a document of this reading." in add_document(desk.client("amara"), reading)
    where = f"{reading}/documents/1/remove"
    assert post(desk.client("olu"), where, fields={"sure": "yes"}).status_code == 404
    assert desk.client("olu").get(where).status_code == 404
    post(desk.client("amara"), where, fields={"sure": "yes"})
    assert "There are no documents yet" in desk.client("amara").get(reading).text


def test_a_document_is_removed_only_once_one_has_read_what_is_lost_with_it(desk: Site) -> None:
    reading = begun(desk)
    pick(desk.client("amara"), reading, "r1.code", "bans", "prohibit")
    for words in ("private", "Speak-Up"):
        pick(desk.client("piet"), reading, "r1.forms", "grooming", words)
    amara, where = desk.client("amara"), f"{reading}/documents/1/remove"
    assert f'href="{where}"' in amara.get(reading).text
    for page in (amara.get(where).text, post(amara, where).text):
        assert faults_of(page) == [] and "There are no documents yet" not in amara.get(reading).text
        assert "All passages that the readers picked in this document are lost with it" in text_of(page)
        assert "You picked one passage in it." in text_of(page)  # not how many the other reader picked
    assert "Tick the box if you are sure." in text_of(page)
    with desk.store() as session:
        assert len(desk_pages(session, 1, "first").passages) == 1
    post(amara, where, fields={"sure": "yes"})
    assert "There are no documents yet" in amara.get(reading).text


def test_a_document_of_a_reading_that_has_moved_on_stays(desk: Site) -> None:
    reading = begun(desk)
    post(desk.client("olu"), f"{reading}/stop", fields={"why": "They replaced the code."})
    refused = post(desk.client("amara"), f"{reading}/documents/1/remove", fields={"sure": "yes"})
    assert refused.status_code == 409 and "This reading has moved on" in text_of(refused.text)


# ── Answers


def test_a_reader_answers_theme_by_theme_and_is_told_what_is_missing(desk: Site) -> None:
    reading = begun(desk)
    client = desk.client("amara")
    theme = f"{reading}/kinds/employees-code/themes/code"
    assert faults_of(client.get(theme).text) == []
    assert save(client, reading, "code", r1__code="bans", r1__forms="none").endswith("/themes/reporting")
    page = client.get(theme).text
    assert "Saved. 0 of 2 points of this theme are complete." in text_of(page)
    assert "Pick the passage that supports this answer." in page and "Say which words you searched for." in page
    post(client, f"{reading}/finish")
    assert "4 points are not complete yet: see below." in text_of(client.get(reading).text)
    pick(client, reading, "r1.code", "bans", "prohibit exploitation")
    save(client, reading, "code", r1__code="bans", r1__forms="none", r1__forms__searched="grooming")
    assert "2 of 2 complete" in text_of(client.get(reading).text)
    assert "We prohibit the sexual exploitation of children" in client.get(theme).text


def test_a_search_for_the_usual_words_is_noted_with_the_number_of_passages_for_each(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    page = client.get(where).text
    assert "child, minor, underage, under 18, juvenile" in page
    save(client, reading, "code", r1__code="silent", r1__forms=["grooming"])
    assert "Say which words you searched for." in client.get(where).text
    assert save(client, reading, "code", r1__code="silent", r1__forms="none", usual="yes").endswith("/themes/code")
    page = client.get(where).text
    assert faults_of(page) == [] and "The documents were searched." in page
    note = "child (4), minor (0), underage (0), under 18 (0)"
    kept = dict(re.findall(r'name="([\w.]+)#searched"[^>]*value="([^"]*)"', page))
    assert kept["r1.code"].startswith(note) and kept["r1.forms"] == kept["r1.code"]
    assert "Say which words you searched for." not in page
    links = re.findall(r'href="([^"]+/questions/r1.code\?find=[^"]+)">(?:<[^>]*>)*(\w+)(?:<[^>]*>)*</a>\s*(\d+)', page)
    assert links[0][1:] == ("child", "4")
    found = client.get(links[0][0].replace("&amp;", "&")).text
    assert faults_of(found) == [] and "4 passages contain these words." in found
    save(client, reading, "code", r1__code="silent", r1__code__searched="minor, dowry", r1__forms="none", usual="yes")
    page = client.get(where).text
    kept = dict(re.findall(r'name="([\w.]+)#searched"[^>]*value="([^"]*)"', page))
    assert kept["r1.code"] == "minor, dowry", "what somebody typed stays"
    save(client, reading, "code", r1__code="silent", r1__code__searched="minor, dowry", r1__forms="none",
         r1__forms__searched="", usual="yes")  # fmt: skip
    kept = dict(re.findall(r'name="([\w.]+)#searched"[^>]*value="([^"]*)"', client.get(where).text))
    assert kept["r1.forms"].startswith(note) and kept["r1.forms"].endswith("dowry (0)"), (
        "the reader's own words are offered"
    )


def test_a_count_that_was_typed_or_covers_fewer_documents_is_counted_again(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    typed = "dowry (7); child (99), by eye"
    save(client, reading, "code", r1__code="silent", r1__code__searched=typed, r1__forms="none")
    assert 'value="dowry (0); child (4), by eye"' in client.get(where).text
    add_document(client, reading, b"A child comes first. No child pays a dowry.", "more.txt", title="More")
    save(client, reading, "code", r1__code="silent", r1__code__searched=typed, r1__forms="none")
    assert 'value="dowry (1); child (6), by eye"' in client.get(where).text


def test_only_ticked_words_are_searched_and_noted_and_only_in_documents_of_this_kind(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    more = b"A child. Another child. No child works here."
    add_document(client, reading, more, "suppliers.txt", kind="supplier-code", title="Suppliers")
    save(client, reading, "code", r1__code="silent", r1__forms="none")
    assert not re.search(r'#searched"[^>]*value="[^"]', client.get(where).text)
    save(client, reading, "code", r1__code="silent", usual="yes")
    assert re.search(r'name="r1.code#searched"[^>]*value="child \(4\), ', client.get(where).text)


def test_usual_words_are_offered_only_for_texts_in_english(desk: Site) -> None:
    reading = begin(desk)
    add_document(desk.client("amara"), reading, language="fr")
    appoint(desk, reading, first="amara")
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    assert 'name="usual"' not in client.get(where).text
    save(client, reading, "code", r1__code="silent", r1__code__searched="enfant, mineur")
    page = client.get(where).text
    assert 'name="usual"' in page and "enfant, mineur" in page and "underage" not in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"r1__code": "blank:elsewhere"}, "Enter the title of that document."),
        ({"r1__code": "bans", "r1__code__title": "Manual"}, "A title is only for “Referred to another document”."),
        ({"r1__code": "bans", "r1__code__sure": "101"}, "Enter a whole number from 0 to 100"),
        ({"r1__code": "bans", "r1__code__searched": "x" * 4_001}, "4,000 characters"),
        ({"r1__code": "forged"}, "Choose"),
    ],
)
def test_a_faulty_answer_is_pointed_out_and_the_others_are_saved(
    desk: Site, fields: dict[str, object], told: str
) -> None:
    reading = begun(desk)
    page = save(desk.client("amara"), reading, "code", r1__forms=["grooming"], **fields)
    assert told in text_of(page) and faults_of(page) == []
    kept = desk.client("amara").get(f"{reading}/kinds/employees-code/themes/code").text
    assert re.search(r'value="grooming"\s+checked', kept) and not re.search(r'value="bans"\s+checked', kept)


def test_an_answer_saved_in_another_tab_is_not_silently_overwritten(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/themes/code"
    save(client, reading, "code", r1__code="bans")
    stale = {"r1.code#version": "0", "r1.code": "aims"}
    page = post(client, where, fields=stale).text
    assert "You have saved a different answer in another tab." in page
    assert "It prohibits the sexual exploitation of children." in page and re.search(r'value="aims"\s+checked', page)
    assert re.search(r'value="bans"\s+checked', client.get(where).text)


def test_passages_are_suggested_found_by_search_picked_in_the_document_and_removed(desk: Site) -> None:
    reading = begun(desk)
    client, where = desk.client("amara"), f"{reading}/kinds/employees-code/questions/r1.forms"
    page = client.get(where).text
    assert faults_of(page) == [] and "Nobody seeks private contact with a child online." in page
    document = client.get(f"{reading}/documents/1").text
    anchor = re.findall(r"/questions\?document=1&amp;anchor=([\w.]+)", document)[1]
    choice = client.get(f"{reading}/kinds/employees-code/questions?document=1&anchor={anchor}").text
    assert faults_of(choice) == [] and "For which question?" in choice
    assert desk.client("olu").get(f"{reading}/kinds/employees-code/questions?document=1&anchor=1.1").status_code == 404
    chosen = re.findall(rf'href="([^"]+/questions/r1.forms\?document=1&amp;anchor={anchor})"', choice)[0]
    picking = client.get(chosen.replace("&amp;", "&")).text
    assert faults_of(picking) == [] and "What does this passage say?" in picking
    nothing = post(client, where, fields={"document": "1", "anchor": anchor, "do": "set"}).headers["Location"]
    told = client.get(nothing).text
    assert "Choose what the passage says." in told and "What does this passage say?" in told
    sent = {"document": "1", "anchor": anchor, "option": ["grooming", "travel"], "do": "set"}
    told = client.get(post(client, where, fields=sent).headers["Location"]).text
    assert faults_of(told) == [] and "Picked for:" in told and f"#p-{anchor}" in told
    assert "What does this passage say?" not in told
    assert client.get(where).text.count('value="remove"') == 2
    save(client, reading, "code", r1__code="bans", r1__forms=["grooming"])
    theme = client.get(f"{reading}/kinds/employees-code/themes/code").text
    assert faults_of(theme) == [] and theme.count("This passage was picked for a line that is not ticked:") == 1
    post(client, where, fields={"document": "1", "anchor": anchor, "option": "grooming", "do": "set"})
    assert client.get(where).text.count('value="remove"') == 1
    assert "<mark>" in client.get(f"{reading}/documents/1").text
    post(client, where, fields={"id": "1", "do": "remove"})
    assert 'value="remove"' not in client.get(where).text
    assert (
        post(client, where, fields={"document": "1", "anchor": "99.9", "option": "grooming", "do": "pick"}).status_code
        == 404
    )


def listed_readings(page: str) -> list[int]:
    """The numbers of the readings in the table of a list."""
    return [int(number) for number in re.findall(r'<th scope="row"><a href="/desk/readings/(\d+)"', page)]


def test_long_lists_of_readings_have_pages_and_the_list_of_what_waits_is_cut_short(desk: Site) -> None:
    with desk.store() as session, session.begin():
        invited = [
            CompanyToInvite(line=n, name=f"Rivers {chr(65 + n // 9)}{'abcdefghi'[n % 9] * 9}") for n in range(90)
        ]
        listed = store.add_invitation_list(session, YEAR, "Many", invited, by=desk.people["stella"].id, at=NOON)
        add_campaign(session, "Many", "desk-2026", list_id=listed, by=desk.people["ada"].id, at=NOON)
    client = desk.client("olu")
    for where in ("/desk", "/desk/campaigns/1"):
        for query, wanted in (("", range(1, 91)), ("?order=latest", range(90, 0, -1)), ("?find=caaa+rivers", (19,))):
            address, read = where + query, list[int]()
            while address:
                page = client.get(address).text
                assert faults_of(page) == [] and len(listed_readings(page)) <= PAGE_ROWS
                read += listed_readings(page)
                later = re.search(r'href="([^"]+)" rel="next"', page)
                address = unescape(later[1]) if later else ""
            assert read == [*wanted], (where, query)
        assert "90 readings found." in text_of(client.get(where).text)
        found = [len(listed_readings(client.get(f"{where}?state={state}").text)) for state in ("reading", "hearing")]
        assert found == [PAGE_ROWS, 0]
        assert client.get(f"{where}?state=unheard").status_code == 404
    assert len(waiting(client.get("/advocate").text)) == 12
    for where in ("/advocate", "/desk", "/desk/campaigns/1"):
        with statements(store_engine(desk.app)) as sent:
            client.get(where)
        assert len(sent) <= 8, where
