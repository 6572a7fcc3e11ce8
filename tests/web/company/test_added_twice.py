"""Evidence that is sent to the library twice, for example by pressing the button twice, is added once."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from compliance.store import Quotation, evidence_library
from compliance.store.evidence_library import ItemDetails, add_item
from tests.support.sites import NOON, Site
from tests.web.company.test_evidence_library import DETAILS, LIBRARY, add, items, send_form


def test_evidence_sent_by_two_presses_of_the_button_is_added_once(site: Site) -> None:
    passage = {"kind": "passage", "document": "Code 2025", "passage": "No child works for us.", "seen_by": "everyone"}
    for fields in ({}, passage, {"kind": "link", "link": "https://a.example/code", "title": ""}):
        for _press in range(2):
            assert add(site, **fields).status_code == 302
    assert sorted(item.kind for item in items(site)) == ["file", "link", "passage"]
    add(site, "jon", **passage)  # what a colleague adds is theirs
    send_form(site, LIBRARY, "ana", b"country,trained\nMA,13\n", kind="file", **DETAILS)
    assert sorted(item.kind for item in items(site)) == ["file", "file", "link", "passage", "passage"]


def test_evidence_that_differs_only_in_a_day_is_added(site: Site) -> None:
    link = {"kind": "link", "link": "https://a.example/code", "title": ""}
    for fields in ({}, link):
        for day in ("2026-01-31", "2026-02-28"):
            assert add(site, **fields, dated=day, opened=day).status_code == 302
    kept = sorted(str(item.latest.dated or item.latest.accessed) for item in items(site))
    assert kept == ["2026-01-31", "2026-01-31", "2026-02-28", "2026-02-28"]


def test_two_presses_at_the_same_time_add_it_once(site: Site) -> None:
    def press(wait: float) -> None:
        with site.store() as session, session.begin():
            second = Thread(target=press, args=(0,))
            add_item(session, 1, ItemDetails("Code"), Quotation("Code", "1"), by=site.people["ana"].id, at=NOON)
            if wait:
                second.start()
                second.join(wait)  # it cannot finish before this transaction does
        if wait:
            second.join()

    press(0.3)
    assert [item.details.title for item in items(site)] == ["Code"]


@contextmanager
def impatient(site: Site) -> Iterator[Session]:
    """A transaction that waits only briefly for others."""
    with site.store() as session:
        kind = session.get_bind().dialect.name
        short, usual = {
            "postgresql": ("SET lock_timeout = 100", "RESET lock_timeout"),
            "sqlite": ("PRAGMA busy_timeout = 100", "PRAGMA busy_timeout = 15000"),
        }[kind]
        session.execute(text(short))
        session.commit()
        try:
            with session.begin():
                yield session
        finally:
            session.execute(text(usual))


def test_colleagues_wait_for_each_other_and_companies_do_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, all writers wait for each other."""
    waited: list[str] = []
    new_items = evidence_library.new_items

    def meanwhile(session: Session, rows: list[dict[str, object]]) -> object:
        monkeypatch.setattr(evidence_library, "new_items", new_items)
        for who in ("jon", "olga"):
            try:
                with impatient(site) as other:
                    add(other, who)
            except OperationalError:
                waited.append(who)
        return new_items(session, rows)

    def add(session: Session, who: str) -> None:
        person = site.people[who]
        company, words = person.organisation_id or 0, Quotation("Code", "1")
        add_item(session, company, ItemDetails("Code"), words, by=person.id, at=NOON)

    monkeypatch.setattr(evidence_library, "new_items", meanwhile)
    with site.store() as session, session.begin():
        add(session, "ana")
    assert waited == {"postgresql": ["jon"], "sqlite": ["jon", "olga"]}[session.get_bind().dialect.name]
