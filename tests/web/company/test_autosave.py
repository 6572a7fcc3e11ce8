"""The script saves answers while a page is filled in, just as the button does, and gets answers in sentences."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from compliance import store
from compliance.store.audit_trail import storable_text
from compliance.web.database import store_engine
from tests.support.sites import NOON, PROFILE, YEAR, Site, answers, begin, kept, post, send
from tests.support.stores import statements


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company."""
    return begin(site)


def autosave(site: Site, number: int, fields: Mapping[str, Any], who: str = "ana") -> TestResponse:
    return post(site.client(who), f"/assessments/{number}/autosave", fields=fields)


def test_answers_of_every_kind_and_of_any_page_are_saved_and_their_versions_returned(site: Site, number: int) -> None:
    given = {"r1__code": "intent", "r1__practice": "40", "r2__code": ["sale", "online"], "r2__words": "Ours"}
    given |= {"r2__since": "2024-05-01", "about__home": ["PRT"], "r4__code": "yes", "r1__evidenced": ""}
    fields = answers(**given) | {"profile.sector#version": "0", "profile.sector": "goods"}
    told = autosave(site, number, fields).json
    assert told is not None and told["note"].startswith("Saved ") and "score" in told
    assert told["versions"].keys() == kept(site, number).keys()
    assert kept(site, number) == {
        "r1.code": "intent",
        "r1.practice": "40",
        "r2.code": "sale|online",
        "r2.words": "Ours",
        "r2.since": "2024-05-01",
        "about.home": "PRT",
        "r4.code": "yes",
        "profile.sector": "goods",
    }
    again = autosave(site, number, {"r1.code": "silent", "r1.code#version": str(told["versions"]["r1.code"])}).json
    assert again is not None and again["versions"]["r1.code"] > told["versions"]["r1.code"]
    assert kept(site, number)["r1.code"] == "silent"


def test_a_reason_and_the_reason_of_a_blank_are_saved_and_an_answer_can_be_removed(site: Site, number: int) -> None:
    fields = answers(r1__code="n/a", r2__code="blank:not-known") | {"r1.code#reason": "We have no code."}
    told = autosave(site, number, fields).json
    with site.store() as session:
        now = store.saved_answers(session, number)
    assert (now["r1.code"].reason, now["r2.code"].word) == ("We have no code.", "not-known")
    assert told is not None
    back = {f"{i}#version": str(version) for i, version in told["versions"].items()}
    assert autosave(site, number, back).json["versions"] == {"r1.code": 0, "r2.code": 0}  # type: ignore[index]
    with site.store() as session:
        assert store.saved_answers(session, number) == {}


def test_what_is_needed_only_for_submission_is_not_reported_yet(site: Site, number: int) -> None:
    told = autosave(site, number, answers(r1__code="n/a")).json
    assert told is not None and told["problems"] == [] and kept(site, number) == {"r1.code": "n/a"}


def test_a_fault_is_reported_with_its_field_and_everything_else_is_saved(site: Site, number: int) -> None:
    fields = answers(r1__practice="40 %", r2__code=["sale", "none"], r2__words="fine") | {
        "profile.size#version": "0",
        "profile.size": "huge",
    }
    told = autosave(site, number, fields).json
    assert told is not None and [*told["versions"]] == ["r2.words"] == [*kept(site, number)]
    targets = {each["target"]: each["sentence"] for each in told["problems"]}
    assert targets.keys() == {"p-size", "q-r1.practice", "q-r2.code"}
    assert targets["q-r1.practice"].startswith("Enter a number") and targets["p-size"].startswith("Choose one")
    french = post(site.client("ana"), f"/fr/assessments/{number}/autosave", fields=answers(r1__practice="40 %")).json
    assert french is not None and french["problems"][0]["sentence"] != targets["q-r1.practice"]


def test_a_newer_answer_is_never_overwritten_and_the_message_names_its_author(site: Site, number: int) -> None:
    send(site, f"/assessments/{number}/code", who="jon", r1__code="stricter")
    told = autosave(site, number, answers(r1__code="intent", r2__words="kept all the same")).json
    assert told is not None and kept(site, number) == {"r1.code": "stricter", "r2.words": "kept all the same"}
    [problem] = told["problems"]
    assert problem["sentence"].startswith("Jon saved a different answer at ")
    assert problem["link"] == f"/assessments/{number}/code#at-r1.code" and "r1.code" not in told["versions"]
    own = autosave(site, number, answers(r2__words="another tab")).json
    assert own is not None and own["problems"][0]["sentence"].startswith("You saved a different answer at ")
    same = autosave(site, number, answers(r1__code="stricter")).json
    assert same is not None and same["problems"] == [], "giving the same answer again is no conflict"


def test_sending_the_same_answer_twice_saves_it_once_without_a_message(site: Site, number: int) -> None:
    shown = {"r1.code#passage": "We obey.", "r1.code#document": "Code 2025"}
    client = site.client("ana")
    for _ in range(2):
        told = post(client, f"/assessments/{number}/autosave", fields=answers(r1__code="intent") | shown).json
        assert told is not None and told["problems"] == [] and [*told["versions"]] == ["r1.code"]
    with site.store() as session:
        [saved] = store.saved_answers(session, number).values()
    assert len(saved.evidence) == 1
    assert "this evidence was already there" not in client.get(f"/assessments/{number}").text


def test_a_question_that_no_longer_exists_is_named(site: Site, number: int) -> None:
    told = autosave(site, number, {"r99.code#version": "0", "r99.code": "yes"}).json
    assert told is not None and told["versions"] == {} and told["note"] == ""
    assert told["problems"][0]["sentence"] == "A question that you answered is no longer asked: it was not saved."


def test_the_address_is_open_only_to_those_who_can_use_the_page(site: Site, number: int) -> None:
    where, fields = f"/assessments/{number}/autosave", answers(r1__code="intent")
    assert post(site.client("olga"), where, fields=fields).status_code == 404
    assert post(site.client("stella"), where, fields=fields).status_code == 404
    signed_out = site.client()
    expired = post(signed_out, where, fields=fields)
    assert (expired.status_code, kept(site, number)) == (401, {})
    forged = site.client("ana").post(where, data={"csrf_token": "forged", **fields})
    assert (forged.status_code, forged.mimetype, kept(site, number)) == (400, "text/html", {})
    assert site.client("ana").get(where).status_code in (404, 405)


def test_a_closed_year_refuses_with_its_page(site: Site, number: int) -> None:
    with site.store() as session, session.begin():
        store.close_period(session, YEAR, by=None, at=NOON, snapshot=lambda: "{}")
    refused = autosave(site, number, answers(r1__code="intent"))
    assert refused.status_code == 409 and "<h1>This year is closed</h1>" in refused.text
    assert kept(site, number) == {}


NAUGHTY = (
    *("", " ", "\ufeff", "\u202eright to left", "null", "NaN", "1e309", "-0", "١٢٣", "'; DROP TABLE answer; --"),
    *("<script>alert(1)</script>", "{{ 7*7 }}", "%(name)s", "${7*7}", "../../etc/passwd", "=1+1", "a|b", "#version"),
    *("line\r\nline", "\x07bell", "\x00", "Ω≈ç√∫", "田中さん", "👩‍👩‍👧", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ", "blank:not-known", "n/a", "x" * 4001),
)


def test_no_text_causes_a_failure_and_acknowledged_answers_are_saved(site: Site, number: int) -> None:
    client, version = site.client("ana"), "0"
    for text in NAUGHTY:
        fields = {f"{name}": text for name in ("r1.code", "r1.practice", "r2.code", "r2.since", "about.home")}
        fields |= {f"{name}#version": "-1" for name in fields} | {
            "profile.sector": text,
            "profile.sector#version": text,
        }
        fields |= {"r2.words": text, "r2.words#version": version}
        response = post(client, f"/assessments/{number}/autosave", fields=fields)
        assert response.status_code == 200, text
        told = response.json
        assert told is not None
        if "r2.words" in told["versions"]:
            version = str(told["versions"]["r2.words"])
            said = kept(site, number).get("r2.words", "")
            assert text.startswith("blank:") or said == storable_text(text.replace("\r\n", "\n")).strip()
        assert told["versions"].keys() | {each["question"] for each in told["problems"]} >= {"r2.words"}


def test_an_answer_takes_few_statements(site: Site, number: int) -> None:
    client = site.client("ana")
    post(client, f"/assessments/{number}/autosave", fields=PROFILE)
    with statements(store_engine(site.app)) as said:
        assert post(client, f"/assessments/{number}/autosave", fields=answers(r1__code="intent")).status_code == 200
    # SQLite takes the lock of the trail as it begins to write, PostgreSQL by a statement of its own.
    assert len([each for each in said if "advisory_xact_lock" not in each]) <= 12, "\n".join(said)


# ── The database fails


@contextmanager
def no_space_left(site: Site) -> Iterator[None]:
    """While the disk is full: answers can be read, but not written."""

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("INSERT INTO ANSWER", "INSERT INTO TRAIL")):
            raise OSError(28, "No space left on device")

    engine = store_engine(site.app)
    site.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.fault(
    "the disk is full",
    "an autosave",
    "it is refused; what was acknowledged is kept",
)
def test_a_full_disk_is_reported_with_a_page_and_acknowledged_answers_stay(site: Site, number: int) -> None:
    client, where = site.client("ana"), f"/assessments/{number}/autosave"
    assert post(client, where, fields=answers(r1__code="intent")).json
    more = answers(r2__words="lost?", r4__code="yes")
    with no_space_left(site):
        refused = post(client, where, fields=more)
        assert refused.status_code == 503 and "What was saved before is safe." in refused.text
    assert kept(site, number) == {"r1.code": "intent"}, "nothing half-written"
    assert post(client, where, fields=more).status_code == 200
    assert kept(site, number) == {"r1.code": "intent", "r2.words": "lost?", "r4.code": "yes"}


@pytest.mark.parametrize("lost", ["full disk", "lost database"])
def test_a_page_that_could_not_be_saved_gives_back_what_was_written(site: Site, number: int, lost: str) -> None:
    client, where = site.client("ana"), f"/assessments/{number}/code"
    written = answers(r1__code="intent", r2__words='He said "<b>no</b>"', r2__code=["sale", "online"], next="stop")
    with no_space_left(site) if lost == "full disk" else database_gone(site):
        page = post(client, where, fields=written)
        assert page.status_code == 503 and "What was saved before is safe." in page.text
        assert "What you wrote is still on this page." in page.text
    assert kept(site, number) == {}
    form = page.text.partition(f'action="{where}"')[2].partition("</form>")[0]
    hidden = [(name, unescape(value)) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form)]
    assert client.post(where, data=MultiDict(hidden)).status_code == 302
    assert kept(site, number) == {"r1.code": "intent", "r2.words": 'He said "<b>no</b>"', "r2.code": "sale|online"}


def test_autosaving_leaves_a_message_that_waits_for_the_next_page(site: Site, number: int) -> None:
    ana, stop = site.client("ana"), {"next": "stop"}
    response = post(ana, f"/assessments/{number}/code", fields=answers(r2__words="Ours") | stop)
    assert response.status_code == 302
    saved = post(ana, f"/assessments/{number}/autosave", fields=answers(r4__code="yes")).json
    assert saved is not None and saved["versions"].keys() == {"r4.code"}
    assert "Everything is saved." in ana.get(response.headers["Location"]).text


@contextmanager
def database_gone(site: Site) -> Iterator[None]:
    """While no statement reaches the database."""

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        raise OperationalError(statement, None, OSError("server closed the connection unexpectedly"))

    engine = store_engine(site.app)
    site.app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


def test_a_password_is_never_given_back(site: Site) -> None:
    client = site.client("ana")
    fields = {"password": "correct horse battery", "new_password": "x" * 12, "new_password_confirm": "x" * 12}
    with database_gone(site):
        page = post(client, "/account/password", fields=fields)
    assert page.status_code == 503 and "horse" not in page.text and "still on this page" not in page.text


def test_a_person_who_may_no_longer_answer_is_told_so_and_given_back_what_they_typed(sqlite_site: Site) -> None:
    number = begin(sqlite_site)
    with sqlite_site.store() as session, session.begin():
        store.change_member_role(session, 1, sqlite_site.people["jon"].id, "reader", by=None, at=NOON)
    response = autosave(sqlite_site, number, answers(r1__practice="40", r2__words="Ours"), "jon")
    assert response.status_code == 403 and response.json is not None
    told = {each["target"]: each["sentence"] for each in response.json["problems"]}
    assert told == dict.fromkeys(["q-r1.practice", "q-r2.words"], "You can read these answers, but not change them.")
    assert response.json["versions"] == {} and not kept(sqlite_site, number)
