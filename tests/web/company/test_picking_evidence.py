"""Evidence picked by its name in the library is the item of that name."""

from collections.abc import Mapping

import pytest

from compliance import store
from compliance.store import AssessmentSummary
from compliance.store.evidence_library import LibraryItem, withdraw_item
from compliance.web.accounts import me
from compliance.web.company import question_pages
from compliance.web.database import db
from compliance.web.presenters.evidence import names_to_pick
from tests.support.sites import NOON, Site, begin, kept
from tests.web.company.test_evidence_library import DETAILS, add, items, rest, send_form


def test_of_items_whose_names_differ_only_in_case_the_one_picked_is_used(site: Site) -> None:
    number = begin(site)
    for title in ("Training register", "TRAINING REGISTER"):
        add(site, title=title)
    rest(site, number, item="TRAINING REGISTER")
    used = {item.details.title: item.uses for item in items(site)}
    assert used == {"TRAINING REGISTER": 1, "Training register": 0}
    rest(site, number, item="Training register (#1)")
    assert [item.uses for item in items(site)] == [1, 1]


def test_items_of_a_company_merged_into_this_one_are_offered_and_can_be_picked(site: Site) -> None:
    send_form(site, "/companies/2/evidence", "olga", kind="file", **DETAILS)
    with site.store() as session, session.begin():
        store.merge_company(session, 2, into=1, seen="confirmed", reason="They are one.", by=None, at=NOON)
    number = begin(site)
    assert '<option value="Training register 2026">' in site.client("ana").get(f"/assessments/{number}/code").text
    assert rest(site, number).status_code == 302
    assert [(item.details.title, item.uses) for item in items(site)] == [("Training register 2026", 1)]


def test_an_item_that_a_colleague_withdraws_during_the_save_is_named_at_its_field(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawn_meanwhile(assessed: AssessmentSummary) -> Mapping[str, LibraryItem]:
        found = names_to_pick(assessed)
        for item in found.values():
            withdraw_item(db(), item, withdrawn=True, by=me().id, at=NOON)
        return found

    number = begin(site)
    add(site)
    monkeypatch.setattr(question_pages, "names_to_pick", withdrawn_meanwhile)
    page = rest(site, number)
    assert page.status_code == 200 and "Nothing of this name is in your library." in page.text
    assert kept(site, number) == {"r1.code": "stricter"}
