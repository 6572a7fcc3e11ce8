"""What is sent to the evidence library twice, as by a second press of the button, is in it once."""

from threading import Thread

from compliance.store import Quotation
from compliance.store.evidence_library import ItemDetails, add_item
from tests.support.sites import NOON, Site
from tests.web.company.test_evidence_library import DETAILS, LIBRARY, add, items, send_form


def test_what_is_added_by_two_presses_of_the_button_is_in_the_library_once(site: Site) -> None:
    passage = {"kind": "passage", "document": "Code 2025", "passage": "No child works for us.", "seen_by": "everyone"}
    for fields in ({}, passage, {"kind": "link", "link": "https://a.example/code", "title": ""}):
        for _press in range(2):
            assert add(site, **fields).status_code == 302
    assert sorted(item.kind for item in items(site)) == ["file", "link", "passage"]
    add(site, "jon", **passage)  # what a colleague adds is theirs
    send_form(site, LIBRARY, "ana", b"country,trained\nMA,13\n", kind="file", **DETAILS)
    assert sorted(item.kind for item in items(site)) == ["file", "file", "link", "passage", "passage"]


def test_what_differs_in_a_day_alone_is_added(site: Site) -> None:
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
                second.join(wait)  # it cannot end before this transaction does
        if wait:
            second.join()

    press(0.3)
    assert [item.details.title for item in items(site)] == ["Code"]
