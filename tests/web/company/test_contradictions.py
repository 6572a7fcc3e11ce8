"""Answers that contradict each other are pointed out beside them, and nothing is blocked."""

from pathlib import Path

import pytest

from tests.support.page_lint import faults_of
from tests.support.sites import Site, begin, kept, make_site, save, send, settle
from tests.web.public.test_public_pages import text_of


@pytest.fixture
def number(site: Site) -> int:
    """A begun assessment of Ana's company."""
    return begin(site)


def test_contradictory_answers_are_pointed_out_and_can_be_submitted_all_the_same(site: Site, number: int) -> None:
    where = f"/assessments/{number}/code"
    send(site, where, r1__code="stricter", r1__practice="40")
    assert "does not fit the others" not in site.client("ana").get(where).text
    changed = {"r1.code": "silent", "r1.code#version": "1", "r1.practice": "40", "r1.practice#version": "1"}
    assert save(site, where, changed).headers["Location"] == f"{where}#remarks"
    for address in (where, f"/assessments/{number}/check"):
        page = site.client("ana").get(address).text
        assert faults_of(page) == []
        remark = text_of(page.partition("One answer that does not fit the others")[2])
        assert (
            "In how many countries was it trained? “40 %” Which law does your code follow? “Nothing is said”" in remark
        )
        for question in ("r1.practice", "r1.code"):
            assert f'href="/assessments/{number}/code#at-{question}"' in page
        assert "The first answer earns nothing unless the other one changes." in remark
    assert kept(site, number)["r1.practice"] == "40"
    again = {name: "2" if name == "r1.code#version" else value for name, value in changed.items()}
    assert save(site, where, again).headers["Location"] == f"/assessments/{number}/people", "nothing is blocked"
    assert "One answer does not fit the others." in site.client("ana").get(f"/assessments/{number}").text


def test_answering_no_to_the_main_sector_is_pointed_out_at_once(tmp_path: Path) -> None:
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=None))
    number = begin(site)
    where = f"/assessments/{number}/profile"
    chosen = {"profile.sector": "lodging", "profile.lodging": "no"}
    fields = chosen | {f"{name}#version": "0" for name in chosen}
    assert save(site, where, fields).headers["Location"] == f"{where}#remarks"
    page = site.client("ana").get(where).text
    assert faults_of(page) == []
    assert "You answered “no” for your main sector." in page
    assert f'href="{where}#p-sector"' in page and f'href="{where}#p-lodging"' in page
    assert save(site, where, chosen | {f"{name}#version": "1" for name in chosen}).headers["Location"] != where
    site.close()
