"""The evidence library: added once, used many times, replaced, expired, withdrawn, and seen by the right people."""

import io
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from compliance import store
from compliance.scoring.serialisation import submission_json_writer
from compliance.store.evidence import Quotation
from compliance.store.evidence_library import ItemDetails, add_item, library_item, library_of
from compliance.store.evidence_models import LibraryItemRow
from compliance.store.file_storage import FileStorageFailed, FolderStorage
from compliance.web.background import remind_of_expiry
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import NOON, Site, begin, new_token, outbox, post, save

LIBRARY = "/companies/1/evidence"
REGISTER = b"country,trained\nMA,12\nPT,30\n"
DETAILS = {"title": "Training register 2026", "seen_by": "everyone"}
PICKED = {"item": "Training register 2026"}
TODAY = date.today()


def send_form(
    site: Site, where: str, who: str, content: bytes = REGISTER, name: str = "register.csv", **fields: str
) -> TestResponse:
    client = site.client(who)
    sent = {"csrf_token": new_token(client), **fields, "file": (io.BytesIO(content), name)}
    return client.post(where, data=sent, content_type="multipart/form-data")


def add(site: Site, who: str = "ana", **fields: Any) -> TestResponse:
    return send_form(site, LIBRARY, who, **{"kind": "file", **DETAILS, **fields})


def items(site: Site) -> list[Any]:
    with site.store() as session:
        return list(library_of(session, 1))


def rest(site: Site, number: int, question: str = "r1.code", value: str = "stricter", **picked: str) -> TestResponse:
    """Use an item of the library as evidence of an answer."""
    with site.store() as session:
        kept = store.saved_answers(session, number).get(question)
    sent = {f"{question}#version": str(kept.version if kept else 0), question: value}
    sent |= {f"{question}#{part}": said for part, said in (picked or PICKED).items()}
    return save(site, f"/assessments/{number}/code", sent)


def submit(site: Site, number: int) -> store.FrozenSubmission:
    """Submit what is saved, and assign the submission to Audun."""
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        scores = submission_json_writer(asked.compiled)
        by = site.people["ana"].id
        submitted = store.submit(
            session, number, by=by, at=NOON, edition=asked.edition, consent="counted", scores=scores
        )
        if not store.auditors_of(session, 2026).get(number):
            store.assign_auditor(session, number, auditor=site.people["audun"].id, by=site.people["stella"].id, at=NOON)
        return store.submission(session, submitted)


def test_a_file_is_added_once_and_two_answers_rest_on_it(site: Site) -> None:
    number = begin(site)
    assert add(site).status_code == 302
    rest(site, number, item="training  REGISTER 2026", part="sheet Morocco")
    rest(site, number, "r2.code", "sale", **PICKED, part="sheet Spain", note="See the last column.")
    (item,) = items(site)
    assert (item.uses, item.latest.file_name, item.kind) == (2, "register.csv", "file")
    page = site.client("ana").get(f"/assessments/{number}/code").text
    assert "sheet Morocco" in page and "See the last column." in page and f"/files/{item.latest.id}" in page
    assert '<option value="Training register 2026">' in page
    shown, alone = (site.client("ana").get(where).text for where in (LIBRARY, f"{LIBRARY}/{item.id}"))
    assert "Used by 2 answers" in shown and "2 answers rest on it" in alone
    assert faults_of(shown) == faults_of(alone) == faults_of(page) == []
    with site.store() as session:
        assert store.answer_sheet(session, number, _edition(site), on=TODAY).evidenced == {"r1.code", "r2.code"}


def _edition(site: Site) -> Any:
    with site.app.app_context():
        return editions()["walk-2026"].edition


def test_an_unknown_name_is_pointed_out_and_the_answer_is_saved(site: Site) -> None:
    number = begin(site)
    page = rest(site, number, item="Nothing like it", part="page 4").text
    assert "Nothing of this name is in your library" in page and 'value="Nothing like it"' in page
    assert 'value="page 4"' in page
    with site.store() as session:
        kept = store.saved_answers(session, number)["r1.code"]
    assert (kept.text, kept.evidence) == ("stricter", ())


def test_the_same_item_twice_is_stored_once_unless_it_is_another_part(site: Site) -> None:
    number = begin(site)
    add(site)
    for part in ("page 1", "Page  1", "page 2"):
        rest(site, number, **PICKED, part=part)
    assert items(site)[0].uses == 2


def test_evidence_typed_beside_two_answers_is_in_the_library_once(site: Site) -> None:
    number = begin(site)
    quoted = {"passage": "No child works for us.", "document": "Code 2025", "page": "4"}
    rest(site, number, **quoted)
    rest(site, number, "r2.code", "sale", **quoted, link="https://a.example/code")
    assert [(item.kind, item.uses) for item in items(site)] == [("link", 1), ("passage", 2)]
    # the name by which it can be picked again
    rest(site, number, "r1.practice", "40", item="Code 2025, page 4: No child works for us.")
    assert [(item.kind, item.uses) for item in items(site)] == [("link", 1), ("passage", 3)]


@pytest.mark.parametrize(
    ("kind", "fields", "title"),
    [
        ("link", {"link": "https://a.example/code", "title": ""}, "https://a.example/code"),
        ("passage", {"document": "Report 2025", "passage": "All is counted.", "page": "44"}, "Report 2025"),
    ],
)
def test_links_and_passages_are_added_too(site: Site, kind: str, fields: Mapping[str, str], title: str) -> None:
    assert add(site, **{"kind": kind, **fields}).status_code == 302
    (item,) = items(site)
    assert (item.kind, item.details.title) == (kind, title)
    for where in (f"{LIBRARY}?add={kind}", f"{LIBRARY}/{item.id}", f"{LIBRARY}?show={kind}s", f"{LIBRARY}?show=unused"):
        page = site.client("ana").get(where)
        assert page.status_code == 200 and faults_of(page.text) == [], where


def test_a_long_library_has_pages_with_every_filter(sqlite_site: Site) -> None:
    with sqlite_site.store() as session, session.begin():
        for rule in (f"Rule {number:02}" for number in range(25)):
            add_item(session, 1, ItemDetails(rule), Quotation("Code", passage=rule), by=None, at=NOON)
    ana = sqlite_site.client("ana")
    first, second = (ana.get(f"{LIBRARY}?show=passages&page={page}").text for page in (1, 2))
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second
    found = [set(re.findall(r"Rule \d\d", page)) for page in (first, second)]
    assert [len(rules) for rules in found] == [20, 5]
    assert len(found[0] | found[1]) == 25
    assert ana.get(f"{LIBRARY}?show=passages&page=3").status_code == 404


def test_faults_are_pointed_out_and_what_was_typed_stays(site: Site) -> None:
    client = site.client("ana")
    wrong = {"title": "", "dated": "2999-01-01", "expires": "2020-01-01", "seen_by": "nobody", "public_url": "data:a.b"}
    page = add(site, **wrong, rule_text="code").text
    for said in ("Give it a title", "This date is in the future", "This day has passed", "Say who may see it"):
        assert said in page
    assert "Enter an address that begins with https://" in page and 'value="2020-01-01"' in page
    assert faults_of(page) == []
    for kind, said in (("link", "Give the address"), ("passage", "Quote the sentence"), ("file", "Choose a file.")):
        fields = {"kind": kind, "seen_by": "everyone", "title": "Kept"}
        answer = post(client, LIBRARY, fields=fields).text
        assert said in answer, kind
    assert items(site) == []


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.txt", "The file is empty"),
        (b"MZ\0\0", "code.pdf.exe", "two endings"),
        (b"\x89PNG\r\n\x1a\n\0\0", "scan.pdf", "Pictures are never accepted"),
        (b"PK\3\4rubbish", "a.docx", "The file is damaged"),
    ],
)
def test_a_refused_file_is_not_stored_and_the_title_stays(site: Site, content: bytes, name: str, said: str) -> None:
    page = add(site, content=content, name=name).text
    assert said in page and 'value="Training register 2026"' in page
    assert items(site) == []


def test_two_gigabytes_are_refused_before_they_are_read(site: Site) -> None:
    client = site.client("ana")
    sent = {"csrf_token": new_token(client), "kind": "file", "file": (io.BytesIO(REGISTER), "a.csv")}
    declared = {"CONTENT_LENGTH": str(2_000_000_000)}
    page = client.post(LIBRARY, data=sent, content_type="multipart/form-data", environ_overrides=declared)
    assert page.status_code == 413 and "This file is too large" in page.text
    assert items(site) == []


def test_file_names_cannot_reach_other_folders(site: Site) -> None:
    add(site, name="..\\..\\etc/pass\u202ewd;x.txt")
    (item,) = items(site)
    assert item.latest.file_name == "passwdx.txt"
    add(site, name="سجل التدريب.csv", title="Arabic")
    arabic = items(site)[0].latest
    headers = site.client("ana").get(f"/files/{arabic.id}").headers
    assert headers["Content-Disposition"].startswith("attachment; filename=file.csv; filename*=UTF-8''%D8")


def test_a_file_is_sent_as_a_download_and_nothing_in_it_runs(site: Site) -> None:
    add(site, content="<b>é</b>".encode(), name="notes.txt")
    response = site.client("ana").get(f"/files/{items(site)[0].latest.id}")
    assert response.data == "<b>é</b>".encode()
    headers = response.headers
    assert headers["Content-Disposition"] == "attachment; filename=notes.txt"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"


def test_a_full_disk_refuses_the_file_and_gives_the_text_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: FolderStorage, _content: bytes) -> str:
        raise FileStorageFailed("no space left")

    monkeypatch.setattr(FolderStorage, "put", full)
    page = add(site)
    assert "could not be kept" in page.text and 'value="Training register 2026"' in page.text
    assert items(site) == []


def test_an_interrupted_upload_adds_no_item_and_can_be_repeated(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_given: object, **_named: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr("compliance.web.company.evidence_pages.add_item", killed)
        add(site)
    assert items(site) == []
    assert add(site).status_code == 302 and len(items(site)) == 1


def test_replacing_an_item_keeps_its_history_and_what_was_submitted(site: Site) -> None:
    number = begin(site)
    add(site)
    rest(site, number)
    submitted, (item,) = submit(site, number), items(site)
    before = submitted.sheet
    where = f"{LIBRARY}/{item.id}"
    replaced = send_form(site, where, "jon", b"new\n", "register-2.txt", do="replace", seen="1", dated="2026-03-01")
    assert replaced.status_code == 302
    late = send_form(site, where, "ana", b"newer\n", "register-3.txt", do="replace", seen="1")
    assert late.status_code == 200 and "Somebody else replaced this meanwhile" in late.text
    (item,) = items(site)
    assert (item.latest.number, item.latest.by, item.latest.file_name, item.uses) == (2, "Jon", "register-2.txt", 1)
    page = site.client("ana").get(where).text
    assert "Version 1" in page and "Version 2" in page and "/files/1" in page and "/files/2" in page
    with site.store() as session:
        (now_rests,) = store.evidence_of(session, number)["r1.code"]
        frozen = store.latest_submission(session, number)
        (then,) = store.submitted_answers(frozen)["r1.code"].evidence
    assert frozen.sheet == before and now_rests.version == 2 and then.version == 1
    assert then.rests_on.digest != now_rests.rests_on.digest  # type: ignore[union-attr]
    auditor = site.client("audun")
    assert auditor.get("/files/1").data == REGISTER
    assert auditor.get("/files/2").status_code == 404, "it was never submitted"


def test_evidence_of_a_closed_year_stays_when_it_is_replaced(site: Site) -> None:
    number = begin(site)
    add(site)
    rest(site, number)
    with site.store() as session, session.begin():
        session.execute(text("UPDATE period SET closed_at = '2026-12-31 12:00:00'"))
    send_form(site, f"{LIBRARY}/1", "ana", b"new\n", "b.txt", do="replace", seen="1")
    with site.store() as session:
        (piece,) = store.evidence_of(session, number)["r1.code"]
    assert piece.version == 1


def test_evidence_counts_no_longer_from_its_day_of_expiry_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    number = begin(site)
    expires = TODAY + timedelta(days=20)
    add(site, expires=expires.isoformat())
    rest(site, number)
    due = site.client("ana").get(LIBRARY).text
    assert "Needs a look" in due and "In 20 days" in due and "One answer loses its evidence" in due
    with site.store() as session:
        evidenced = [
            store.answer_sheet(session, number, _edition(site), on=day).evidenced
            for day in (expires - timedelta(days=1), expires)
        ]
    assert evidenced == [{"r1.code"}, frozenset()]
    with site.store() as session, session.begin():
        session.execute(update(LibraryItemRow).values(expires=TODAY))
    page = site.client("ana").get(f"/assessments/{number}/code").text
    assert "this no longer counts as evidence" in page and "on the company’s own word" in page
    assert "Expired on" in site.client("ana").get(LIBRARY).text
    frozen = submit(site, number)
    with site.store() as session:
        assert store.submitted_sheet(session, frozen, _edition(site)).evidenced == {"r1.code"}, (
            "the time of the tests is long before"
        )
    assert "Nothing of this name" in rest(site, number, "r2.code", "sale").text, "it is no longer offered"


def test_a_mail_reminds_once_of_each_expiry(site: Site) -> None:
    add(site, "jon", expires=(TODAY + timedelta(days=30)).isoformat())
    add(site, title="Later", expires=(TODAY + timedelta(days=31)).isoformat())
    assert remind_of_expiry(site.app) and not remind_of_expiry(site.app)
    mails = [mail for mail in outbox(site) if mail.kind == "evidence-expires"]
    assert {mail.to for mail in mails} == {"ana@example.org", "jon@example.org"}
    assert all("Training register 2026" in mail.text and "Later" not in mail.text for mail in mails)
    where = f"{LIBRARY}/1"
    later = (TODAY + timedelta(days=10)).isoformat()
    assert save(site, where, {"do": "details", **DETAILS, "expires": later}).status_code == 302
    assert remind_of_expiry(site.app), "there is another reminder for a new date"


def test_withdrawn_evidence_no_longer_counts_and_the_withdrawal_can_be_reversed(site: Site) -> None:
    number = begin(site)
    add(site)
    rest(site, number)
    save(site, f"{LIBRARY}/1", {"do": "withdraw"})
    with site.store() as session:
        assert store.answer_sheet(session, number, _edition(site), on=TODAY).evidenced == frozenset()
    assert "Withdrawn" in site.client("ana").get(LIBRARY).text
    save(site, f"{LIBRARY}/1", {"do": "restore"})
    with site.store() as session:
        assert store.answer_sheet(session, number, _edition(site), on=TODAY).evidenced == {"r1.code"}
    assert save(site, f"{LIBRARY}/1", {"do": "burn"}).status_code == 400


def test_restricted_evidence_is_hidden_from_colleagues_everywhere(site: Site) -> None:
    number = begin(site)
    add(site, seen_by="few")
    rest(site, number)
    submit(site, number)
    (item,) = items(site)
    ana, jon = site.client("ana"), site.client("jon")
    for where in (f"{LIBRARY}/{item.id}", f"/files/{item.latest.id}"):
        assert jon.get(where).status_code == 404
    assert "Training register" not in jon.get(LIBRARY).text
    for where in ("code", "check", "scorecard", "board"):
        for _look in range(2):  # what was rendered for one of them is not shown to the other
            whole, page = (who.get(f"/assessments/{number}/{where}").text for who in (ana, jon))
            assert "Training register" not in page and "register.csv" not in page, where
            assert "Training register" in whole or where in ("scorecard", "board"), where
    assert "A document that you may not see" in jon.get(f"/assessments/{number}/code").text
    sent = {"r2.code#version": "0", "r2.code": "sale", "r2.code#item": "Training register 2026"}
    assert "Nothing of this name is in your library" in save(site, f"/assessments/{number}/code", sent, "jon").text
    assert site.client("audun").get(f"/files/{item.latest.id}").status_code == 200
    shown = site.client("audun").get(f"/audit/{number}/code").text
    assert "Training register 2026" in shown and "register.csv" in shown


def test_restricted_evidence_is_seen_by_the_person_who_added_it_and_by_owners(site: Site) -> None:
    add(site, "jon", seen_by="few")
    (item,) = items(site)
    for who in ("ana", "jon"):
        assert site.client(who).get(f"/files/{item.latest.id}").status_code == 200
        assert "Training register 2026" in site.client(who).get(LIBRARY).text


@pytest.mark.parametrize("who", ["olga", "audun", "ada", "stella"])
def test_nobody_outside_the_company_sees_anything_of_its_library(site: Site, who: str) -> None:
    add(site)
    for where in (LIBRARY, f"{LIBRARY}/1", "/files/1"):
        assert site.client(who).get(where).status_code == 404, where
    assert send_form(site, LIBRARY, who, kind="file", **DETAILS).status_code == 404
    assert send_form(site, f"{LIBRARY}/1", who, do="withdraw").status_code == 404
    assert len(items(site)) == 1 and items(site)[0].withdrawn_at is None


def test_an_item_of_another_company_cannot_be_used(site: Site) -> None:
    add(site)
    other = begin(site, "olga")
    sent = {"r1.code#version": "0", "r1.code": "stricter", "r1.code#item": "Training register 2026"}
    assert "Nothing of this name" in save(site, f"/assessments/{other}/code", sent, "olga").text
    with site.store() as session, pytest.raises(store.NotFound):
        library_item(session, 2, 1)


def test_texts_that_set_rules_have_a_kind_a_language_and_a_public_address(site: Site) -> None:
    address = "https://a.example/code.pdf"
    add(site, rule_text="code", language="fr", published="yes", public_url=address)
    details = items(site)[0].details
    assert (details.rule_text, details.language, details.published, details.public_url) == ("code", "fr", True, address)
    page = site.client("ana").get(f"{LIBRARY}?show=texts").text
    assert "Training register 2026" in page
    assert save(site, f"{LIBRARY}/1", {"do": "details", **DETAILS, "rule_text": ""}).status_code == 302
    assert items(site)[0].details.public_url == ""


def test_every_change_of_a_library_is_in_the_audit_trail(site: Site) -> None:
    add(site)
    send_form(site, f"{LIBRARY}/1", "ana", b"new\n", "b.txt", do="replace", seen="1")
    save(site, f"{LIBRARY}/1", {"do": "withdraw"})
    with site.store() as session:
        noted = store.history(session, "organisation/1/evidence/1")
        assert store.verify_trail(session) is None
    assert ["Training register" in each.after for each in noted] == [True, True, False]
    assert noted[2].after == "withdrawn"
