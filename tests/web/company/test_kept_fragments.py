"""Gaps and given answers are rendered once and kept, and rendered again when anything shown in them changes."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from jinja2 import meta

from compliance import store
from compliance.questionnaire.schema import HEADQUARTERS_QUESTION
from compliance.web import caches
from compliance.web.presenters import scorecard
from tests.support.paths import ROOT
from tests.support.sites import PROFILE, Site, begin, copy_of, make_site, post, save
from tests.web.company import test_kept_mirror
from tests.web.company.test_document_reading import add
from tests.web.company.test_kept_mirror import (
    TEXT,
    Change,
    another_version,
    called_otherwise,
    closed,
    hidden,
    large,
    marked,
    outside_europe,
    saved,
    some_views,
    ticked,
)

site = test_kept_mirror.site
VIEWS = ("scorecard", "scorecard?as=draft", "board", "check")


@pytest.fixture(autouse=True)
def one_gap_is_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show only one gap as a card and the others as lines, as the edition of these tests has few gaps."""
    monkeypatch.setattr(scorecard, "FIRST_GAPS", 1)


def looks(
    site: Site,
    number: int,
    who: str = "ana",
    language: str = "",
    *,
    views: Sequence[str] = VIEWS,
    kept: bool = True,
) -> list[str]:
    """The main part of each view, without the tokens of its forms. If not `kept`, nothing kept before is used."""
    mains = []
    for view in views:
        if not kept:
            caches.empty_caches(site.app)
        main = site.client(who).get(f"{language}/assessments/{number}/{view}").text.partition("<main")[2]
        mains.append(re.sub(r'name="csrf_token" value="[^"]*"', "", main.partition("</main>")[0]))
    return mains


def versions(site: Site, number: int, *questions: str) -> dict[str, str]:
    """The versions of answers that a page would show."""
    with site.store() as session:
        kept = store.saved_answers(session, number)
    return {f"{question}#version": str(kept[question].version if question in kept else 0) for question in questions}


def begun(site: Site) -> tuple[int, int]:
    """The numbers of an assessment with gaps, and of the document that an answer rests on."""
    number, item = begin(site), add(site, TEXT, "code.txt")
    saved(site, f"/assessments/{number}/profile", PROFILE)
    about_code = {"r1.code": "intent", "r1.code#item": "Code 2026", "r1.practice": "40", "r2.code": ["sale"]}
    saved(
        site,
        f"/assessments/{number}/code",
        {**about_code, **versions(site, number, "r1.code", "r1.practice", "r2.code")},
    )
    nobody = {f"r4.{part}": "no" for part in ("code", "practice", "proof")}
    rests_on = {
        "r4.code#item": "Code 2026"
    }  # of the gap shown as a card; it earns nothing, so the score stays the same
    saved(site, f"/assessments/{number}/people", {**nobody, **rests_on, **versions(site, number, *nobody)})
    marked(site, number, item)
    return number, item


@pytest.fixture(scope="module")
def begun_before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, int, int]:
    """What `begun` begins on a site that is closed, with Ana and Jon signed in, to be copied for each change."""
    site = test_kept_mirror.make_walk(tmp_path_factory.mktemp("begun"))
    number, item = begun(site)
    site.client("jon")
    site.close()
    return site, number, item


@pytest.fixture
def begun_site(begun_before: tuple[Site, int, int], tmp_path: Path) -> Iterator[tuple[Site, int, int]]:
    before, number, item = begun_before
    site = copy_of(before, tmp_path, EDITIONS=[tmp_path / "walk"])
    yield site, number, item
    site.close()


def answered_with_less(site: Site, number: int, _item: int) -> None:
    saved(site, f"/assessments/{number}/code", {"r1.practice": "10", **versions(site, number, "r1.practice")})


def answered_by_another(site: Site, number: int, _item: int) -> None:
    answer = {"r4.code": "yes", **versions(site, number, "r4.code")}
    assert save(site, f"/assessments/{number}/people", answer, who="jon").status_code == 302


def submitted(site: Site, number: int, _item: int) -> None:
    saved(
        site,
        f"/assessments/{number}/profile",
        {f"{HEADQUARTERS_QUESTION}#version": "0", f"{HEADQUARTERS_QUESTION}#names": "France"},
    )
    sent = post(site.client("ana"), f"/assessments/{number}/check", consent="counted", role="Owner", confirmed="yes")
    assert sent.status_code == 302


CHANGES: Sequence[Change] = (
    *(ticked, answered_with_less, answered_by_another, called_otherwise, another_version),
    *(hidden, large, outside_europe, submitted, closed),
)


@pytest.mark.parametrize(("changed", "views"), [*zip(CHANGES, some_views(VIEWS, len(CHANGES)), strict=True)])
def test_every_change_is_shown_by_the_next_page_as_if_nothing_had_been_kept(
    begun_site: tuple[Site, int, int], changed: Change, views: Sequence[str]
) -> None:
    site, number, item = begun_site
    before = [looks(site, number, who, views=views) for who in ("ana", "jon")]
    assert all(before[0]) and looks(site, number, views=views) == before[0]
    changed(site, number, item)
    after = [looks(site, number, who, views=views) for who in ("ana", "jon")]
    assert after == [looks(site, number, who, views=views, kept=False) for who in ("ana", "jon")]
    assert after != before, "the change is one that the pages show"


def test_each_language_has_its_own_fragments(site: Site) -> None:
    number, _item = begun(site)
    in_english = looks(site, number)
    for language in ("/ar", "/fr"):
        translated = looks(site, number, language=language)
        assert all(ours != theirs for ours, theirs in zip(in_english, translated, strict=True))
        assert translated == looks(site, number, language=language, kept=False)


def test_a_changed_edition_is_shown_with_its_new_texts(site: Site, tmp_path: Path) -> None:
    """Its texts change, as after a restart, without anybody saving something. What was kept before is left there."""
    number, _item = begun(site)
    assert "Every form is named" in looks(site, number)[0]
    folder = tmp_path / "walk" / "edition.yaml"
    folder.write_text(folder.read_text().replace("title: Every form is named", "title: No form is left out"))
    again = make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=[folder.parent])
    again.people = site.people
    again.app.extensions[caches.CACHES] = site.app.extensions[caches.CACHES]
    after = looks(again, number)
    again.close()
    assert "No form is left out" in after[0] and "Every form is named" not in "".join(after)


def test_fragments_read_nothing_about_the_page_around_them(site: Site) -> None:
    """Such templates are rendered without anything about the reader or the address of the page."""
    sources = (ROOT / "compliance" / "web").rglob("*.py")
    alone = {name for path in sources for name in re.findall(r'drawn_alone\(\s*"([^"]+)"', path.read_text())}
    assert {"company/scorecard.html", "company/board.html", "company/mirror.html"} <= alone
    with site.app.test_request_context("/"):
        around: dict[str, object] = {}
        site.app.update_template_context(around)
    assert {"lang", "navigation", "demonstration"} <= set(around)
    for name in alone:
        parsed = site.app.jinja_env.parse((ROOT / "templates" / name).read_text())
        assert meta.find_undeclared_variables(parsed) & set(around) <= {"dir"}, name
