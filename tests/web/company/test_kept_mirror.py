"""The mirror is rendered once and kept, and rendered again when anything shown in it changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from compliance.questionnaire.schema import HEADQUARTERS_QUESTION
from compliance.web import caches
from tests.support.examples import SHARE
from tests.support.sites import EDITIONS, PROFILE, Site, begin, copy_of, make_site, save, settle
from tests.web.company import test_suggestions_by_meaning
from tests.web.company.test_document_reading import LIBRARY, add, mark, send
from tests.web.company.test_new_versions import replaced
from tests.web.company.test_suggestions_by_meaning import work

encoder = test_suggestions_by_meaning.encoder

TEXT = b"# Rules\n\nNobody buys the sale of a child.\n\nWe forbid exploitation in travel.\n\nPupils stay out of it.\n"
#: A requirement, and a provision that may bind companies in Europe; a theme with questions for large companies, which
#: move the questions after them to another page.
EUROPEAN = ("title: The board is told\n        expects: The board is told.\n        law: [", "esrs-s2-1-17, ")
IN_CHARGE = "  - id: people\n    title: Who is in charge\n    parts:\n"
ADDED = """      - id: r0
        title: Guests are told
        expects: Guests are told.
        gap: reach
        prevention: primary
        asked_when: {profile.size: large}
        closes: Tell them.
        parts:
"""
QUESTIONS = "".join(
    f"          - {{id: r0.{each}, aspect: practice, ask: Told {each}?, options: yes-no}}\n" for each in "abcd"
)
VIEWS = ("", "?theme=code", "?theme=people", "?show=whole")


def make_walk(folder: Path) -> Site:
    """A site whose edition has a question on the first page of a theme or, for large companies, on the second."""
    walk = (EDITIONS / "walk" / "edition.yaml").read_text()
    board, law = EUROPEAN
    edition = folder / "walk"
    edition.mkdir()
    changed = walk.replace(IN_CHARGE, IN_CHARGE + ADDED + QUESTIONS).replace(board, board + law)
    changed = changed.replace("about.home", HEADQUARTERS_QUESTION)
    (edition / "edition.yaml").write_text(changed)
    return settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder, EDITIONS=[edition]))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_walk(tmp_path)
    yield site
    site.close()


@pytest.fixture(scope="module")
def answered_before(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A closed site on which Ana has begun and answered a question, to be copied for each change."""
    site = make_walk(tmp_path_factory.mktemp("answered"))
    number = begin(site)
    saved(site, f"/assessments/{number}/profile", PROFILE)
    saved(site, f"/assessments/{number}/code", {"r2.code#version": "0", "r2.code": ["sale"]})
    site.close()
    return site


@pytest.fixture
def answered_site(answered_before: Site, tmp_path: Path) -> Iterator[Site]:
    site = copy_of(answered_before, tmp_path, EDITIONS=[tmp_path / "walk"])
    yield site
    site.close()


def saved(site: Site, where: str, fields: Mapping[str, Any]) -> None:
    assert save(site, where, fields).status_code == 302


def ticked(site: Site, number: int, _item: int) -> None:
    saved(site, f"/assessments/{number}/code", {"r2.code#version": "2", "r2.code": ["sale", "travel"]})


def answered_with_less(site: Site, number: int, _item: int) -> None:
    saved(site, f"/assessments/{number}/code", {"r1.code#version": "0", "r1.code": "intent"})


def marked(site: Site, number: int, item: int) -> None:
    mark(site, number, item, anchor="s1.2.1", option="travel")


def dismissed(site: Site, number: int, item: int) -> None:
    for anchor in ("s1.1.1", "s1.2.1"):
        mark(site, number, item, anchor=anchor, option=["sale", "travel", "online"], do="dismiss")


def called_otherwise(site: Site, _number: int, item: int) -> None:
    send(site, f"{LIBRARY}/{item}", {"do": "details", "title": "Our code", "seen_by": "everyone", "rule_text": "code"})


def another_document(site: Site, _number: int, _item: int) -> None:
    add(site, b"# Suppliers\n\nSuppliers do not employ children.\n", "suppliers.txt", title="Suppliers")


def another_version(site: Site, number: int, item: int) -> None:
    marked(site, number, item)
    replaced(site, item, TEXT.replace(b"forbid", b"do not want"), "code.txt")


def hidden(site: Site, _number: int, item: int) -> None:
    send(site, f"{LIBRARY}/{item}", {"do": "details", "title": "Code 2026", "seen_by": "few", "rule_text": "code"})


def large(site: Site, number: int, _item: int) -> None:
    saved(site, f"/assessments/{number}/profile", {"profile.size#version": "1", "profile.size": "large"})


def outside_europe(site: Site, number: int, _item: int) -> None:
    typed = {f"{HEADQUARTERS_QUESTION}#version": "0", f"{HEADQUARTERS_QUESTION}#names": "Kenya"}
    saved(site, f"/assessments/{number}/profile", typed)


def renamed(site: Site, _number: int, _item: int) -> None:
    change(site, "UPDATE organisation SET name = 'Another Name' WHERE id = 1")


def closed(site: Site, _number: int, _item: int) -> None:
    change(site, "UPDATE period SET closed_at = '2026-06-01 00:00:00'")


def change(site: Site, statement: str) -> None:
    with site.store() as session, session.begin():
        session.execute(text(statement))


def suggested_by_meaning(site: Site, _number: int, _item: int) -> None:
    assert work(site) == 1


Change = Callable[[Site, int, int], None]


def some_views(views: Sequence[str], changes: int) -> list[Sequence[str]]:
    """For each of so many changes, the views to look at: all or, in `make test`, another in turn and the last.

    The last is one that every change changes.
    """
    *others, last = views
    return [views if SHARE >= 1 else (others[number % len(others)], last) for number in range(changes)]


def looks(site: Site, number: int, who: str = "ana", language: str = "", *, views: Sequence[str] = VIEWS) -> list[str]:
    """The main part of each view of the mirror. This is what is kept."""
    shown = (site.client(who).get(f"{language}/assessments/{number}/mirror{view}") for view in views)
    return [answer.text.partition("<main")[2].partition("</main>")[0] for answer in shown]


CHANGES: Sequence[Change] = (
    *(ticked, answered_with_less, marked, dismissed, called_otherwise, another_document, another_version),
    *(large, outside_europe, renamed, suggested_by_meaning),
)


@pytest.mark.parametrize(("changed", "views"), [*zip(CHANGES, some_views(VIEWS, len(CHANGES)), strict=True)])
@pytest.mark.usefixtures("encoder")
def test_every_change_is_shown_by_the_next_page_as_if_nothing_had_been_kept(
    answered_site: Site, changed: Change, views: Sequence[str]
) -> None:
    site, number = answered_site, 1
    item = add(site, TEXT, "code.txt")
    before = looks(site, number, views=views)
    assert all(before) and looks(site, number, views=views) == before
    changed(site, number, item)
    after = looks(site, number, views=views)
    caches.empty_caches(site.app)
    assert after == looks(site, number, views=views)
    assert after[-1] != before[-1], "the change is one that the mirror shows"


def test_a_second_look_is_asked_for_until_the_year_is_closed(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    another_version(site, number, item)
    assert "Second look." in looks(site, number)[-1]
    closed(site, number, item)
    assert "Second look." not in "".join(looks(site, number))


def test_each_language_and_each_reader_has_its_own_mirror(site: Site) -> None:
    number, item = begin(site), add(site, TEXT, "code.txt")
    marked(site, number, item)
    everyone = looks(site, number)
    assert looks(site, number, "jon") == everyone
    for language in ("/ar", "/fr"):
        translated = looks(site, number, language=language)
        assert all(ours != theirs for ours, theirs in zip(everyone, translated, strict=True))
    hidden(site, number, item)
    assert "exploitation in travel" in looks(site, number)[-1]
    assert "exploitation in travel" not in "".join(looks(site, number, "jon"))


def test_a_changed_edition_is_shown_with_its_new_texts(site: Site, tmp_path: Path) -> None:
    """Its texts change, as after a restart, without anybody saving something. What was kept before is left there."""
    number = begin(site)
    before = looks(site, number)
    folder = tmp_path / "walk" / "edition.yaml"
    folder.write_text(folder.read_text().replace("title: Every form is named", "title: No form is left out"))
    again = make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=[folder.parent])
    again.people = site.people
    again.app.extensions[caches.CACHES] = site.app.extensions[caches.CACHES]
    after = looks(again, number)
    again.close()
    assert "No form is left out" in after[-1] and "Every form is named" not in "".join(after) and before != after
