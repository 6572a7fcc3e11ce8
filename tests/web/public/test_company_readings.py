"""From a decided reading to its public page: the company is told and heard, and nothing is public before."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.loader import load_edition
from compliance.store.desk_models import DeskReadingRow, ReadingCorrectionRow, ReadingReaderRow
from compliance.store.memberships import add_membership
from compliance.store.models import Person
from compliance.store.outbox import switch_mail
from compliance.web.public import company_readings
from tests.support.databases import SqliteFolder
from tests.support.heard_readings import STAFF, SUPPLIERS, Texts, lowest, settled_texts, write_reading
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, outbox, post
from tests.support.sites import settled as open_site

CODE = "child-protection-code-2026"
PAGES = ("", "/1", f"/1/{STAFF}", "/1/findings.csv")
SLUG = "/companies/example-hotels-07"
SURE = {"sure": "yes"}


@lru_cache
def edition() -> Edition:
    return load_edition(editions_folder() / CODE)


@pytest.fixture
def site(sqlite_files: SqliteFolder, settled_sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """The site of the other tests, with the edition that is used for reading published texts."""
    url = sqlite_files.copy_of(settled_sqlite_url)
    site = open_site(url, tmp_path, EDITIONS=[editions_folder() / name for name in ("child-protection-2026", CODE)])
    yield site
    site.close()


def texts(**more: object) -> Texts:
    return settled_texts(edition(), size="250-4999", sector="lodging", **more)


def put(site: Site, wanted: Texts) -> int:
    with site.store() as session, session.begin():
        return write_reading(session, wanted)


def day(later: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=later)).isoformat()


def told(site: Site, **more: object) -> tuple[int, str]:
    """A reading whose company was told by mail; the number of the reading, and the path of the link."""
    number = put(site, texts(email="office@hotels-07.example", **more))
    assert post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=day(28)).status_code == 302
    link = re.search(r"http://\S+(/drafts/\S+)", outbox(site)[-1].text)
    assert link
    return number, link[1]


def published(site: Site, **more: object) -> int:
    number, link = told(site, **more)
    answered(site.client(), link, whole="We thank the desk.", no_more="yes")
    unsure = post(site.client("ada"), f"/desk/readings/{number}/hearing/publish")
    assert unsure.status_code == 422 and "It cannot be taken back." in unsure.text and faults_of(unsure.text) == []
    assert post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE).status_code == 302
    return number


def answered(client: FlaskClient, link: str, status: int = 302, **fields: str) -> str:
    response = client.post(link, data={"name": "A. Example", "role": "head of compliance", **fields})
    assert response.status_code == status, response.text
    return response.text


@pytest.mark.parametrize("state", ["reading", "deciding", "hearing", "stopped"])
def test_nobody_sees_anything_before_it_is_published(site: Site, state: str) -> None:
    number = put(site, texts())
    with site.store() as session, session.begin():
        values = {"state": state, "stopped_why": "No text" if state == "stopped" else ""}
        session.execute(update(DeskReadingRow).where(DeskReadingRow.id == number).values(values))
    for who in (None, "ana", "audun", "stella", "ada"):
        client = site.client(who)
        assert "Example Hotels 07" not in client.get("/companies").text
        assert [client.get(SLUG + page).status_code for page in PAGES] == [404] * len(PAGES)
        assert client.get("/drafts/anything").status_code == 404


def test_a_company_without_an_account_can_reply_and_its_reply_is_on_the_public_page(site: Site) -> None:
    number, link = told(site)
    mail = outbox(site)[-1]
    assert (mail.to, mail.kind) == ("office@hotels-07.example", "desk-draft")
    client = site.client()
    draft = client.get(link)
    assert "Only your company and the desk see it" in draft.text
    assert draft.headers["Cache-Control"] == "no-store"
    assert link not in re.sub(r'(href|action)="[^"]*"', "", draft.text)
    page = client.get(f"{link}/1").text
    assert "as r02.text asks" in page
    answered(client, f"{link}/1", **{f"reply:{STAFF}:r02.text": "See page 4 of our policy."})
    answered(client, link, whole="We agree with most of it.")
    assert "We agree with most of it." in client.get(f"{link}?saved=yes").text
    answered(client, link, whole="We agree with all of it.", no_more="yes")
    assert post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE).status_code == 302
    public = client.get(f"{SLUG}/1").text
    assert "We agree with all of it." in public
    assert "We agree with most of it." not in public
    assert "A. Example, head of compliance" in re.sub("<[^>]*>", "", public)
    assert "See page 4 of our policy." in client.get(f"{SLUG}/1/{STAFF}").text
    assert client.get(link).headers["Location"] == f"{SLUG}/1"
    assert outbox(site)[-1].kind == "desk-published"


def test_a_reply_without_a_name_is_given_back_and_nothing_is_saved(site: Site) -> None:
    _number, link = told(site)
    client = site.client()
    again = answered(client, link, 422, whole="We object.", name=" ")
    assert "Enter the name of the person who signs" in again
    assert "We object." in again
    assert "We object." not in client.get(link).text
    long = answered(client, f"{link}/1", 422, **{f"reply:{STAFF}:r02.text": "x" * 2001})
    assert "Use at most 2,000 characters." in long
    assert "x" * 2001 in long


def test_a_forged_link_and_one_for_another_reading_are_not_found(site: Site) -> None:
    _number, link = told(site)
    for wrong in (link[:-1], link + "x", "/drafts/" + "a" * 43):
        assert site.client().get(wrong).status_code == 404
        assert site.client().post(wrong, data={"whole": "x", "name": "y"}).status_code == 404


def test_after_the_time_to_reply_the_draft_can_be_read_but_not_replied_to(site: Site) -> None:
    number, link = told(site)
    client = site.client()
    answered(client, link, whole="In time.")
    with site.store() as session, session.begin():
        past = {"reply_until": datetime.now(UTC).date() - timedelta(days=1)}
        session.execute(update(DeskReadingRow).where(DeskReadingRow.id == number).values(past))
    page = client.get(link).text
    assert "The time to reply is over" in page
    assert "<textarea" not in page
    assert "Nothing was saved" in answered(client, link, 409, whole="Too late.")
    assert post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE).status_code == 302
    public = client.get(f"{SLUG}/1").text
    assert "In time." in public
    assert "Too late." not in public


def test_a_company_is_told_once_and_published_once(site: Site) -> None:
    number = published(site)
    ada, mails = site.client("ada"), len(outbox(site))
    for what, fields in (("send", {"until": day(28)}), ("publish", {}), ("link", {}), ("extend", {"until": day(40)})):
        again = post(ada, f"/desk/readings/{number}/hearing/{what}", fields=fields)
        assert (again.status_code, "has moved on" in again.text) == (409, True), what
    assert len(outbox(site)) == mails


def test_it_is_not_published_while_the_company_can_still_reply(site: Site) -> None:
    number, _link = told(site)
    refused = post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE)
    assert refused.status_code == 422
    assert "wait until its time is over" in refused.text
    assert site.client().get(SLUG).status_code == 404


@pytest.mark.parametrize(("until", "said"), [(13, "at least 14 days"), (None, "year-month-day")])
def test_a_time_to_reply_that_is_too_short_or_no_valid_day_is_refused(site: Site, until: int | None, said: str) -> None:
    number = put(site, texts(email="office@hotels-07.example"))
    wanted = "soon" if until is None else day(until)
    refused = post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=wanted)
    assert refused.status_code == 422
    assert said in refused.text
    assert outbox(site) == []


def test_the_company_is_not_told_while_a_difference_is_undecided(site: Site) -> None:
    wanted = texts(email="office@hotels-07.example")
    wanted.answers["second", STAFF, "r03.text"] = "silent"
    number = put(site, wanted)
    ada = site.client("ada")
    assert "One point is still open" in ada.get(f"/desk/readings/{number}/hearing").text
    refused = post(ada, f"/desk/readings/{number}/hearing/send", until=day(28))
    assert refused.status_code == 422
    assert "still open" in refused.text
    assert outbox(site) == []


def test_without_an_address_there_is_a_letter_with_a_link_that_is_shown_only_once(site: Site) -> None:
    number = put(site, texts())
    ada = site.client("ada")
    letter = post(ada, f"/desk/readings/{number}/hearing/send", until=day(28))
    assert letter.status_code == 200
    link = re.search(r"http://\S+(/drafts/[\w-]+)", letter.text)
    assert link
    assert site.client().get(link[1]).status_code == 200
    assert link[1] not in ada.get(f"/desk/readings/{number}/hearing").text
    renewed = re.search(r"(/drafts/[\w-]+)", post(ada, f"/desk/readings/{number}/hearing/link").text)
    assert renewed
    assert [site.client().get(each).status_code for each in (link[1], renewed[1])] == [404, 200]
    entered = post(ada, f"/desk/readings/{number}/hearing/letter", words="Dear desk.", name="B. Example", no_more="yes")
    assert entered.status_code == 302
    assert post(ada, f"/desk/readings/{number}/hearing/publish", fields=SURE).status_code == 302
    assert "(by letter)" in site.client().get(f"{SLUG}/1").text


def test_only_owners_of_a_registered_company_are_told_and_can_reply_when_signed_in(site: Site) -> None:
    company = site.people["ana"].organisation_id
    number, ada = put(site, texts(organisation_id=company)), site.client("ada")
    with site.store() as session, session.begin():  # switched off while that was possible
        switch_mail(session, site.people["ana"].id, {"desk-draft": False}, at=NOON)
    assert post(ada, f"/desk/readings/{number}/hearing/send", until=day(28)).status_code == 302
    assert [mail.to for mail in outbox(site)] == ["ana@example.org"]
    assert "The link is on its way to ana@example.org." in ada.get(f"/desk/readings/{number}/hearing").text
    address, ana = f"/companies/{company}/drafts/{number}", site.client("ana")
    assert [site.client(who).get(address).status_code for who in ("olga", "stella", "jon")] == [404, 404, 403]
    assert 'value="Ana"' in ana.get(address).text
    kept = post(ana, address, form_at=address, whole="We agree.", name="Ana", role="owner")
    assert kept.status_code == 302
    assert "We agree." in ana.get(address).text
    jon = site.client("jon")
    assert [address in who.get(f"/companies/{company}/evidence").text for who in (ana, jon)] == [True, False]


def test_a_registered_company_is_told_in_the_language_of_each_owner(site: Site) -> None:
    with site.store() as session, session.begin():
        session.execute(update(Person).where(Person.id == site.people["ana"].id).values(language="fr"))
    number = put(site, texts(organisation_id=site.people["ana"].organisation_id))
    post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=f"{datetime.now(UTC).year + 1}-08-01")
    [mail] = outbox(site)
    assert "août" in mail.text and "août" in mail.subject and "http://localhost/fr/drafts/" in mail.text


def test_an_advocate_tied_to_the_company_cannot_take_part_in_the_hearing(site: Site) -> None:
    with site.store() as session, session.begin():
        company = site.people["ana"].organisation_id
        assert company is not None
        add_membership(session, site.people["ada"].id, company, role="reader", by=None, at=datetime.now(UTC))
    number = put(site, texts(organisation_id=company))
    ada = site.client("ada")
    assert ada.get(f"/desk/readings/{number}/hearing").status_code in (403, 404)
    assert post(ada, f"/desk/readings/{number}/hearing/send", until=day(28)).status_code in (403, 404)


def test_every_point_is_shown_with_its_quotation_and_every_silence_with_its_search(site: Site) -> None:
    wanted = texts(kinds=(STAFF, SUPPLIERS))
    for place in ("first", "second"):
        wanted.answers[place, STAFF, "r03.text"] = "silent"
        wanted.answers[place, STAFF, "r04.text"] = ""
    number = put(site, replace(wanted, email="office@hotels-07.example"))
    post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=day(28))
    link = re.search(r"(/drafts/\S+)", outbox(site)[-1].text)
    assert link
    answered(site.client(), link[1], no_more="yes")
    post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE)
    client = site.client()
    silent = client.get(f"{SLUG}/1/{STAFF}?show=silent").text
    assert "They looked for: child, minor (first), child, minor (second)." in re.sub("<[^>]*>", "", silent)
    assert "<blockquote" not in silent
    assert "Incident Procedure" in client.get(f"{SLUG}/1/{STAFF}?show=referred").text
    whole = client.get(f"{SLUG}/1/{STAFF}").text
    said = whole.count("</span> Said</b>")
    assert whole.count("</span> Not in this text</b>") == 1
    assert whole.count("</span> Referred to another document</b>") == 1
    assert whole.count("<blockquote") >= said
    assert client.get(f"{SLUG}/1/{STAFF}?show=better").status_code == 404
    assert client.get(f"{SLUG}/1/other").status_code == 404
    page = client.get(f"{SLUG}/1").text
    assert "Code of conduct for employees" in page
    assert "Code or standard for suppliers" in page
    assert "a high score does not prove safety" in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"{SLUG}/1/findings.csv").text.lstrip("\ufeff"))))
    assert len(rows) == len({(row["document_kind"], row["question"]) for row in rows})
    states = [row["state"] for row in rows if row["document_kind"] == "Code of conduct for employees"]
    assert states.count("Said") == said
    assert states.count("Not in this text") == 1


def test_a_text_that_says_nothing_has_no_score_in_digits(site: Site) -> None:
    wanted = texts(email="office@hotels-07.example")
    for key in wanted.answers:
        wanted.answers[key] = lowest(edition().questions[key[2]])
    number = put(site, wanted)
    post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=day(28))
    link = re.search(r"(/drafts/\S+)", outbox(site)[-1].text)
    assert link
    answered(site.client(), link[1], no_more="yes")
    post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE)
    page = site.client().get(f"{SLUG}/1").text
    scores = page[page.index('<ul class="rows">') : page.index("</ul>", page.index('<ul class="rows">'))]
    assert "below 15" in scores
    assert "Hardly deals with protecting children" in scores
    assert set(re.findall(r"\d+", re.sub("<[^>]*>", " ", scores))) <= {"15", str(len(wanted.answers) // 2)}


def test_versions_are_compared_with_their_corrections(site: Site) -> None:
    first = published(site)
    with site.store() as session, session.begin():
        company = session.get_one(DeskReadingRow, first).company_id
        second = write_reading(session, texts(version=2, email="office@hotels-07.example"), company_id=company)
    client, ada = site.client(), site.client("ada")
    assert client.get(f"{SLUG}/2").status_code == 404
    post(ada, f"/desk/readings/{second}/hearing/send", until=day(28))
    link = re.search(r"(/drafts/\S+)", outbox(site)[-1].text)
    assert link
    answered(client, link[1], no_more="yes")
    post(ada, f"/desk/readings/{second}/hearing/publish", fields=SURE)
    assert post(ada, f"/desk/readings/{first}/hearing/correct", what="Page 4, not 5", why="").status_code == 422
    corrected = post(ada, f"/desk/readings/{first}/hearing/correct", what="Page 4, not 5", why="A slip.")
    assert corrected.status_code == 302
    assert client.get(SLUG).headers["Location"] == f"{SLUG}/2"
    newer, older = (client.get(f"{SLUG}/{version}").text for version in (2, 1))
    assert "There is a newer version" in older
    assert "There is a newer version" not in newer
    assert "level with version 1" in newer
    assert "Page 4, not 5" in newer
    assert "Page 4, not 5" in older
    with site.store() as session:
        assert session.query(ReadingCorrectionRow).count() == 1


def published_as(site: Site, *names: str) -> None:
    """Publish a reading of companies with these names."""
    for name in names:
        slug = name.lower().replace(" ", "-").replace("á", "a")
        number = put(site, replace(texts(), name=name, slug=slug, email="office@hotels-07.example"))
        post(site.client("ada"), f"/desk/readings/{number}/hearing/send", until=day(28))
        link = re.search(r"(/drafts/\S+)", outbox(site)[-1].text)
        assert link
        answered(site.client(), link[1], no_more="yes")
        post(site.client("ada"), f"/desk/readings/{number}/hearing/publish", fields=SURE)


def test_the_list_is_in_alphabetical_order_filtered_by_sector_and_without_a_score(site: Site) -> None:
    published_as(site, "Example Zebra", "Example Ápex", "Example Travel")
    page = site.client().get("/companies").text
    names = re.findall(r"Example (?:Zebra|Ápex|Travel)", page)
    assert names == ["Example Ápex", "Example Travel", "Example Zebra"]
    assert "Example Zebra" in site.client().get("/companies?sector=lodging").text
    assert "Example Zebra" not in site.client().get("/companies?sector=travel").text
    assert site.client().get("/companies?sector=nowhere").status_code == 404
    rows = page[page.index("<tbody>") : page.index("</tbody>")]
    assert not re.search(r">\s*\d{2}\s*<", rows)


def test_a_long_list_has_pages_which_keep_the_order_and_the_sector(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company_readings, "COMPANIES_PER_PAGE", 2)
    published_as(site, "Example Zebra", "Example Ápex", "Example Travel")
    client, seen = site.client(), []
    address: str | None = "/companies?sector=lodging"
    while address:
        page = client.get(address).text
        assert faults_of(page) == []
        seen.append(re.findall(r"Example (?:Zebra|Ápex|Travel)", page))
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(following[1]) if following else None
    assert seen == [["Example Ápex", "Example Travel"], ["Example Zebra"]]
    assert "Page 2 of 2" in page and 'rel="prev"' in page
    assert [client.get(f"/companies?page={wrong}").status_code for wrong in ("0", "3", "x")] == [404, 404, 404]


def test_a_finding_that_the_company_replied_to_is_changed_with_a_reason_that_is_published(site: Site) -> None:
    """Both readers had agreed, but the company pointed out what both had overlooked."""
    wanted = texts(email="office@hotels-07.example")
    for place in ("first", "second"):
        wanted.answers[place, STAFF, "r03.text"] = "silent"
    number = put(site, wanted)
    ada = site.client("ada")
    with site.store() as session, session.begin():
        third = ReadingReaderRow.reading_id == number, ReadingReaderRow.place == "third"
        session.execute(update(ReadingReaderRow).where(*third).values(person_id=site.people["ada"].id))
    post(ada, f"/desk/readings/{number}/hearing/send", until=day(28))
    link = re.search(r"(/drafts/\S+)", outbox(site)[-1].text)
    assert link
    where = f"/desk/readings/{number}/kinds/{STAFF}/comparison"
    assert "See page 9." not in ada.get(where).text
    answered(site.client(), f"{link[1]}/1", **{f"reply:{STAFF}:r03.text": "See page 9."})
    assert "See page 9." in ada.get(where).text
    decided = {"r03.text#choice": "other", "r03.text": "plain", "r03.text#version": "0", "r03.text#reason": ""}
    assert "It is published with the answer" in post(ada, where, form_at=where, fields=decided).text
    saved = post(ada, where, form_at=where, fields=decided | {"r03.text#reason": "Page 9 defines a child."})
    assert saved.status_code == 302
    answered(site.client(), link[1], no_more="yes")
    assert post(ada, f"/desk/readings/{number}/hearing/publish", fields=SURE).status_code == 302
    page = re.sub("<[^>]*>", "", site.client().get(f"{SLUG}/1/{STAFF}").text)
    assert "Page 9 defines a child." in page
    assert "after the company was sent the draft" in page
    assert "One finding was changed after the draft was sent." in site.client().get(f"{SLUG}/1").text
