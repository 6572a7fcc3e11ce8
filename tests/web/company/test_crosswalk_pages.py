"""The answers in the order of a standard: for the readers of the scorecard, and to download as table and text."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from compliance import store
from compliance.narrative.crosswalk_report import TABLE_COLUMNS
from compliance.questionnaire.faults import EditionFaults
from compliance.scoring.serialisation import submission_json_writer
from compliance.web.edition_registry import editions
from tests.support.page_lint import faults_of
from tests.support.sites import EDITIONS, NOON, Site, begin, half_answered, make_site, send, settle

WHERE = "/assessments/1/crosswalk/made"
START = "It is no statement of conformity."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Ana answered and submitted, Audun reviews it, and then she changed an answer."""
    site = half_answered(tmp_path_factory.mktemp("crosswalk"), code="intent")
    ana = site.people["ana"].id
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        scores = submission_json_writer(asked.compiled)
        store.submit(session, 1, by=ana, at=NOON, edition=asked.edition, consent="counted", scores=scores)
        store.assign_auditor(session, 1, auditor=site.people["audun"].id, by=site.people["stella"].id, at=NOON)
        seen = store.saved_answers(session, 1)["r1.code"].version
        changed = store.save_answers(session, 1, [store.AnswerEdit("r1.code", "stricter", seen=seen)], by=ana, at=NOON)
        assert not changed.conflicts
    yield site
    site.close()


def page(site: Site, where: str = WHERE, who: str = "ana") -> str:
    response = site.client(who).get(where)
    assert response.status_code == 200, where
    assert faults_of(response.text) == []
    return response.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("who", ["ana", "jon", "audun"])
def test_the_scorecard_links_to_it(site: Site, who: str) -> None:
    assert f'href="{WHERE}"' in page(site, "/assessments/1/scorecard", who)
    text = words(page(site, who=who))
    order = (
        *("Example Travel 01: a start for a report by MS", START, "Points: 2. With an answer beside them: 2."),
        *("M-1 (para. 3): Which law is followed", "To add Give the number of countries.", "Standards are named"),
        *("What closes it Write it in the code.", "M-2: Which law is followed abroad", "What closes it: see M-1"),
        *("Version: The first", "It belongs to nobody.", "Nothing is left out."),
    )
    places = [text.find(part) for part in order]
    assert -1 not in places and places == sorted(places), dict(zip(order, places, strict=True))


@pytest.mark.parametrize("who", [None, "olga", "ada", "stella"])
@pytest.mark.parametrize("where", [WHERE, f"{WHERE}/table.csv", f"{WHERE}/start.md"])
def test_nobody_else_can_read_it(site: Site, who: str | None, where: str) -> None:
    assert site.client(who).get(where).status_code == (302 if who is None else 404)


@pytest.mark.parametrize("standard", ["nothing", "esrs", "MADE"])
def test_a_standard_without_a_crosswalk_for_the_edition_is_not_found(site: Site, standard: str) -> None:
    for where in ("", "/table.csv", "/start.md"):
        assert site.client("ana").get(f"/assessments/1/crosswalk/{standard}{where}").status_code == 404


def test_evidence_is_beside_its_answer(site: Site) -> None:
    assert "“We obey.” Code 2025" in words(page(site))


def test_a_draft_shows_the_present_answers(site: Site) -> None:
    now = page(site, f"{WHERE}?as=draft")
    assert "The stricter one" in now and "The stricter one" not in page(site)
    assert f"{WHERE}/start.md?as=draft" in now
    assert "The stricter one" in site.client("ana").get(f"{WHERE}/start.md?as=draft").text


def test_the_table_and_the_text_say_what_the_page_says(site: Site) -> None:
    table, text = (site.client("ana").get(f"{WHERE}/{name}") for name in ("table.csv", "start.md"))
    assert (table.mimetype, text.mimetype) == ("text/csv", "text/markdown")
    names = [response.headers["Content-Disposition"] for response in (table, text)]
    assert names == [f'attachment; filename="made-Example_Travel_01-2026.{ending}"' for ending in ("csv", "md")]
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert tuple(rows[0]) == TABLE_COLUMNS and START in text.text
    shown = words(page(site))
    for row in rows:
        assert row["answer"] in shown and row["title"] in shown and row["ask"] in shown
        assert row["answer"] in text.text


def test_untranslated_text_is_marked_as_english_on_the_page_but_not_in_a_file(site: Site) -> None:
    assert re.search(r'lang="en"[^>]*>[^<]*Which law is followed', page(site, f"/fr{WHERE}"))
    plain = site.client("ana").get(f"/fr{WHERE}/start.md").text
    assert "Which law is followed" in plain and not re.search("[\ufdd0-\ufdd2]", plain)


def test_without_a_crosswalk_the_scorecard_has_no_link(tmp_path: Path) -> None:
    (tmp_path / "crosswalks").mkdir()
    edition = tmp_path / "walk"
    edition.mkdir()
    (edition / "edition.yaml").write_bytes((EDITIONS / "walk" / "edition.yaml").read_bytes())
    site = settle(make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=[edition]))
    begin(site)
    send(site, "/assessments/1/code", r1__code="intent")
    assert "/crosswalk/" not in page(site, "/assessments/1/scorecard?as=draft")
    site.close()


def test_a_faulty_crosswalk_prevents_the_start_and_its_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "crosswalks" / "made.yaml").write_text("id: made\n", encoding="utf-8")
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "edition.yaml").write_bytes((EDITIONS / "walk" / "edition.yaml").read_bytes())
    with pytest.raises(EditionFaults, match=r"made\.yaml:1: a crosswalk needs `title`"):
        make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=[tmp_path / "walk"])
