"""Whatever happens around a company, pages with kept parts are the same as pages rendered with nothing kept.

Other tests change one thing and look again. In these, people of every role read the pages in two languages, while
answers, evidence, names, roles, verdicts, periods and days change in any order.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from compliance import store
from compliance.publication import close_and_publish
from compliance.questionnaire.schema import HEADQUARTERS_QUESTION
from compliance.store.evidence_models import LibraryItemRow
from compliance.store.models import Organisation, Person
from compliance.store.reopenings import open_reopening
from compliance.web import database, kept_scorecards
from compliance.web.caches import empty_caches
from compliance.web.database import call_after_changes
from compliance.web.edition_registry import editions
from compliance.web.kept_scorecards import WaitingScorecards
from compliance.web.presenters import scorecard
from tests.support import sites
from tests.support.examples import tries
from tests.support.sites import NOON, YEAR, Site, make_site, save
from tests.web.auditor.test_audit_pages import assign
from tests.web.auditor.test_sign_off import judge, sign
from tests.web.company import test_kept_mirror
from tests.web.company.test_document_reading import LIBRARY, mark, send
from tests.web.company.test_kept_fragments import begun, versions
from tests.web.company.test_kept_mirror import change
from tests.web.company.test_roles_at_every_post import MEMBERS, colleagues

site = test_kept_mirror.site
LANGUAGES = ("", "/ar")
#: Pages of an assessment, those of them that its auditor can read too, and public pages.
OWN = ("", "/scorecard", "/scorecard?as=draft", "/board", "/board?as=draft", "/check", "/code", "/people", "/mirror",
       "/mirror?theme=code", "/mirror?show=whole")  # fmt: skip
AUDITED = ("/scorecard", "/board")
PUBLIC = ("/", "/sectors", "/sectors/travel", "/companies")
EARLIER_YEAR = YEAR - 1
#: Pages, by reader and address.
Read: TypeAlias = dict[tuple[str, str], str]


class Clock:
    """The clock of the pages, which a test can set forward."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self, _zone: object) -> datetime:
        return self.moment


@dataclass
class World:
    """A company that answers, and the people who read its pages."""

    site: Site
    clock: Clock
    rng: Random
    number: int  # of its assessment
    item: int  # the document that an answer rests on

    def one_of(self, *choices: str) -> str:
        return self.rng.choice(choices)

    @property
    def is_submitted(self) -> bool:
        with self.site.store() as session:
            return bool(store.submissions_of(session, self.number))

    @contextmanager
    def changed(self) -> Iterator[Session]:
        """Make a change, unless it is refused in the present state."""
        try:
            with self.site.app.app_context(), self.site.store() as session, session.begin():
                yield session
        except store.StoreError:
            pass


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that shows noon until a test sets it forward."""
    clock = Clock()
    for room in (database, sites):
        monkeypatch.setattr(room, "datetime", clock)
    return clock


def make_world(site: Site, clock: Clock, rng: Random) -> World:
    with site.store() as session, session.begin():
        colleagues(session, site)
    number, item = begun(site)
    home = {f"{HEADQUARTERS_QUESTION}#version": "0", f"{HEADQUARTERS_QUESTION}#names": "France"}
    assert save(site, f"/assessments/{number}/profile", home).status_code == 302
    assign(site, number)
    return World(site, clock, rng, number, item)


# ── What happens


def answered(world: World) -> None:
    law, share = world.one_of("silent", "intent", "stricter", ""), world.one_of("0", "33", "100", "")
    posted(world, "code", {"r1.code": law, "r1.practice": share})


def answered_of_forms(world: World) -> None:
    posted(world, "code", {"r2.code": world.rng.sample(["sale", "travel", "online"], 2)})


def answered_of_people(world: World) -> None:
    posted(
        world, "people", {f"r{n}.{part}": world.one_of("yes", "no", "") for n in (4, 5) for part in ("code", "proof")}
    )


def shown(world: World) -> None:
    question = world.one_of("r4.code", "r4.practice")
    posted(world, "people", {question: "yes", f"{question}#item": "Code 2026"})


def quoted(world: World) -> None:
    rests_on = {"r1.practice#document": world.one_of("Register", "List"), "r1.practice#passage": "All <of> them."}
    posted(world, "code", rests_on)


def posted(world: World, page: str, fields: dict[str, object]) -> None:
    """Somebody saves a page, whether allowed to or not."""
    questions = {name.partition("#")[0] for name in fields}
    seen = versions(world.site, world.number, *questions)
    save(world.site, f"/assessments/{world.number}/{page}", {**fields, **seen}, world.one_of(*MEMBERS))


def described(world: World) -> None:
    said = {"profile.size": world.one_of("small", "large"), "profile.sector": world.one_of("travel", "goods")}
    posted(world, "profile", {**said, "profile.lodging": world.one_of("yes", "no")})


def renamed(world: World) -> None:
    who = world.site.people[world.one_of(*MEMBERS, "audun")].id
    table, number = world.rng.choice([(Organisation, 1), (Person, who)])
    name = world.one_of("A & B", "<i>Nobody</i>", "شركة مثال")
    with world.site.store() as session, session.begin():
        session.execute(update(table).where(table.id == number).values(name=name))


def given_another_role(world: World) -> None:
    with world.changed() as session:
        who, role = world.site.people[world.one_of("pat", "jon", "rea")].id, world.rng.choice([*MEMBERS.values()])
        store.change_member_role(session, 1, who, role, by=None, at=NOON)


def document_changed(world: World) -> None:
    said = {"title": world.one_of("Code 2026", "Our code"), "seen_by": world.one_of("few", "everyone")}
    send(world.site, f"{LIBRARY}/{world.item}", {"do": "details", "rule_text": "code", **said})


def document_expires(world: World) -> None:
    day = world.clock.moment.date() + timedelta(days=world.rng.randint(0, 3))
    with world.site.store() as session, session.begin():
        session.execute(update(LibraryItemRow).values(expires=day))


def days_passed(world: World) -> None:
    world.clock.moment += timedelta(days=world.rng.randint(1, 3))
    world.site._signed_in.clear()  # nobody stays signed in for that long


def marked(world: World) -> None:
    mark(world.site, world.number, world.item, anchor="s1.2.1", option="travel", do=world.one_of("mark", "dismiss"))


def submitted(world: World) -> None:
    consent = world.one_of("private", "counted", "named")
    given = {"consent": consent, "role": "Owner", "confirmed": "yes", "latest": "0"}
    save(world.site, f"/assessments/{world.number}/check", given)


def consented(world: World) -> None:
    save(world.site, f"/assessments/{world.number}/consent", {"consent": world.one_of("private", "counted")})


def judged(world: World) -> None:
    if world.is_submitted:
        with world.changed() as session:
            by, question = world.site.people["audun"].id, world.one_of("r1.practice", "r4.code", "r5.code")
            verdict = world.one_of("confirmed", "not-shown")
            store.record_determination(session, world.number, question, verdict=verdict, by=by, at=NOON)


def signed(world: World) -> None:
    if world.is_submitted:
        with world.changed():
            judge(world.site, world.number)
        with world.site.store() as session:
            (name,) = (one.name for one in store.members(session) if one.id == world.site.people["audun"].id)
        sign(world.site, world.number, name)


def reopened(world: World) -> None:
    with world.changed() as session:
        by = world.site.people["stella"].id
        open_reopening(session, world.number, reason="An answer was wrong.", by=by, at=NOON)


def closed(world: World) -> None:
    with world.changed() as session:
        year = world.rng.choice([YEAR, EARLIER_YEAR])
        close_and_publish(session, editions()["walk-2026"].edition, year, by=None, at=NOON)


OFTEN = (answered, answered_of_forms, answered_of_people, shown, quoted, submitted, judged, days_passed)
EVENTS: tuple[Callable[[World], None], ...] = (
    *(*OFTEN, *OFTEN, described, renamed, given_another_role, document_changed, document_expires, marked),
    *(consented, signed, reopened, closed),
)


# ── What people read


def looks(
    world: World, people: Sequence[str], pages: Sequence[str], *, kept: bool = True
) -> dict[tuple[str, str], str]:
    """What these people read on these pages in each language. If not `kept`, nothing kept before is used."""
    found = {}
    for who, page, language in product(people, pages, LANGUAGES):
        address = language + page if page in PUBLIC else f"{language}/assessments/{world.number}{page}"
        if not kept:
            empty_caches(world.site.app)
        found[who, address] = without_tokens(world.site.client(who).get(address).text)
    return found


def without_tokens(page: str) -> str:
    return re.sub(r'(name="csrf_token" value=|nonce=)"[^"]*"', "", page)


def drawn_anew(world: World, people: Sequence[str], pages: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> Read:
    """The same with nothing kept or computed before. What was kept stays there for later pages."""
    kept = dict(world.site.app.extensions)
    with monkeypatch.context() as without:
        without.setattr(kept_scorecards, "kept_scorecards", lambda *_: None)
        found = looks(world, people, pages, kept=False)
    empty_caches(world.site.app)
    world.site.app.extensions |= kept
    return found


@pytest.mark.parametrize("seed", range(tries(30)))
def test_each_reader_sees_the_present_state(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = Random(seed)
    world, waiting = make_world(site, clock, rng), WaitingScorecards(site.app)
    call_after_changes(site.app, waiting.add)
    monkeypatch.setattr(scorecard, "FIRST_GAPS", rng.choice((1, 5)))  # the others are lines
    people, pages = (*rng.sample([*MEMBERS], 2), "audun"), rng.sample([*OWN, *PUBLIC], 2)
    before = rng.sample([submitted, answered_of_forms, judged, described], rng.randint(0, 4))
    for event in (*before, *rng.choices(EVENTS, k=4)):
        event(world)
        while rng.random() < 0.5 and waiting.compute_next():
            pass
        if event not in before:
            assert looks(world, people, pages) == drawn_anew(world, people, pages, monkeypatch), event.__name__
        else:
            looks(world, people, pages)


def test_only_people_who_may_submit_are_offered_to_submit_again(site: Site, clock: Clock) -> None:
    world = make_world(site, clock, Random(0))
    handed_in(world)
    answered_of_forms(world)
    for page, people in (("scorecard", ("ana", "rea")), ("scorecard?as=draft", ("rea", "ana"))):
        found = {who: site.client(who).get(f"/assessments/{world.number}/{page}").text for who in people}
        assert all("One answer differs." in shown for shown in found.values())
        assert {who for who in people if "Submit again" in found[who]} == {"ana"}


def test_answers_submitted_again_unchanged_are_shown_with_their_present_evidence(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(site, clock, Random(0))
    change(site, "UPDATE library_item SET expires = '2026-04-02'")
    handed_in(world)
    test_kept_mirror.closed(site, world.number, world.item)
    clock.moment += timedelta(days=5)
    site._signed_in.clear()
    assert "One of them has no evidence." in looks(world, ["ana"], ["/check"])["ana", "/assessments/1/check"]
    reopened(world)
    handed_in(world)
    found = looks(world, ["ana"], ["/check"])
    assert "3 of them have no evidence." in found["ana", "/assessments/1/check"]
    assert found == drawn_anew(world, ["ana"], ["/check"], monkeypatch)


def test_a_gap_shows_new_evidence_although_no_answer_that_loses_points_changed(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(site, clock, Random(0))
    one_of_five = {"r4.practice": "yes", **versions(site, world.number, "r4.practice")}
    assert save(site, f"/assessments/{world.number}/people", one_of_five).status_code == 302
    before = looks(world, ["ana"], ["/scorecard"])
    rests_on = {**one_of_five, "r4.practice#item": "Code 2026", **versions(site, world.number, "r4.practice")}
    assert save(site, f"/assessments/{world.number}/people", rests_on).status_code == 302
    after = looks(world, ["ana"], ["/scorecard"])
    assert after == drawn_anew(world, ["ana"], ["/scorecard"], monkeypatch)
    assert all(gap_said(after[where]) != gap_said(said) for where, said in before.items())


def gap_said(page: str) -> str:
    """What the page says about the gap of the test above."""
    return page.partition('id="gap-r4"')[2].partition("</li>")[0].partition("</p>")[2]


def test_answers_submitted_again_are_shown_with_the_questions_as_worded_then(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The texts of the edition changed between two submissions of the same answers."""
    world = make_world(site, clock, Random(0))
    handed_in(world)
    folder = tmp_path / "walk" / "edition.yaml"
    folder.write_text(folder.read_text().replace("title: Every form is named", "title: No form is left out"))
    world.site = make_site(f"sqlite:///{tmp_path / 'article34.db'}", tmp_path, EDITIONS=[folder.parent])
    world.site.people = site.people
    for title in ("Every form is named", "No form is left out"):
        found = looks(world, ["ana", "audun"], AUDITED)
        assert all(title in page for (_who, where), page in found.items())
        assert found == drawn_anew(world, ["ana", "audun"], AUDITED, monkeypatch)
        handed_in(world)
    world.site.close()


def handed_in(world: World) -> None:
    with world.site.store() as session:
        latest = [one.id for one in store.submissions_of(session, world.number)][:1]
    given = {"consent": "counted", "role": "Owner", "confirmed": "yes", "latest": latest}
    assert save(world.site, f"/assessments/{world.number}/check", given).status_code == 302
