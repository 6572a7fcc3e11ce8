"""What is computed and rendered once is never stale: every page shows the present state, whoever opened it first."""

import re
from random import Random
from time import monotonic, sleep

import pytest
from sqlalchemy import delete, func, select

from compliance import store
from compliance.store.work_models import KeptScorecards
from compliance.web import kept_scorecards
from compliance.web.background import Workers
from compliance.web.caches import empty_caches
from compliance.web.database import call_after_changes
from compliance.web.kept_scorecards import WaitingScorecards
from tests.support.examples import tries
from tests.support.sites import Site, answer_half, begin, post, save, save_profile

PAGES = ("scorecard", "scorecard?as=draft", "board", "board?as=draft", "check", "code", "people", "profile", "")


@pytest.fixture
def waiting(site: Site) -> WaitingScorecards:
    """The queue of a worker that works only when the test tells it to."""
    waiting = WaitingScorecards(site.app)
    call_after_changes(site.app, waiting.add)
    return waiting


def compute_all(waiting: WaitingScorecards) -> None:
    while waiting.compute_next():
        pass


def forget(site: Site) -> None:
    """Discard everything that was computed or rendered."""
    empty_caches(site.app)
    with site.store() as session, session.begin():
        session.execute(delete(KeptScorecards))


def kept_count(site: Site) -> int:
    with site.store() as session:
        return session.scalar(select(func.count()).select_from(KeptScorecards)) or 0


def shown(site: Site, number: int, page: str) -> str:
    response = site.client("ana").get(f"/assessments/{number}/{page}".rstrip("/"))
    assert response.status_code == 200
    return re.sub(r'name="csrf_token" value="[^"]*"', "", response.text)


def random_change(rng: Random, site: Site, number: int) -> None:
    """Somebody saves a page, adds or removes evidence, changes the profile, or submits."""
    what = rng.choice(["code", "code", "people", "profile", "evidence", "submit"])
    if what == "profile":
        save_profile(site, number, size=rng.choice(["small", "large"]))
    elif what == "submit":
        post(site.client("ana"), f"/assessments/{number}/check", consent="counted", role="Owner", confirmed="yes")
    else:
        with site.store() as session:
            versions = {i: kept.version for i, kept in store.saved_answers(session, number).items()}
        given = {"r1.code": rng.choice(["intent", "silent", "n/a", ""]), "r1.practice": str(rng.randrange(100))}
        given |= {"r1.code#reason": "We have none."} if given["r1.code"] == "n/a" else {}
        if what == "evidence":
            given |= {"r1.practice#document": f"Register {rng.randrange(3)}", "r1.practice#passage": "All of them."}
        fields = {**given, **{f"{i}#version": str(versions.get(i, 0)) for i in ("r1.code", "r1.practice")}}
        save(site, f"/assessments/{number}/code", fields)


@pytest.mark.parametrize("seed", range(tries(20)))
def test_a_page_with_kept_parts_is_the_same_as_one_rendered_afresh(
    site: Site, waiting: WaitingScorecards, seed: int
) -> None:
    rng, number = Random(seed), answer_half(site, code="intent")
    for _ in range(6):
        random_change(rng, site, number)
        if rng.random() < 0.7:
            compute_all(waiting)
        page = rng.choice(PAGES)
        looks = [shown(site, number, page) for _ in range(2)]
        forget(site)
        assert looks == [shown(site, number, page)] * 2


def test_after_a_save_scorecards_are_computed_before_anybody_opens_them(
    site: Site, waiting: WaitingScorecards, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = answer_half(site, code="intent")
    compute_all(waiting)

    def never(*_: object) -> None:
        raise AssertionError("computed at the look")

    monkeypatch.setattr(kept_scorecards, "scorecards_by_basis", never)
    assert site.client("ana").get(f"/assessments/{number}/scorecard").status_code == 200
    save(site, f"/assessments/{number}/people", {"r3.practice": "", "r3.practice#version": "0"})
    assert site.client("ana").get(f"/assessments/{number}/scorecard").status_code == 200  # nothing had changed


def test_a_page_opened_first_computes_the_scorecard_and_keeps_it_for_the_next(
    site: Site, waiting: WaitingScorecards
) -> None:
    number = answer_half(site, code="intent")
    compute_all(waiting)
    forget(site)
    assert site.client("ana").get(f"/assessments/{number}/scorecard").status_code == 200
    assert waiting.compute_next() and not waiting.compute_next()
    assert kept_count(site) == 1


def test_an_assessment_already_in_the_queue_is_computed_once(site: Site, waiting: WaitingScorecards) -> None:
    number = begin(site)
    waiting.add([number, number])
    waiting.add([number])
    assert [waiting.compute_next() for _ in range(2)] == [True, False]


def test_a_worker_in_the_process_computes_after_a_save(site: Site) -> None:
    number = answer_half(site, code="intent")
    workers = Workers(site.app)
    assert kept_count(site) == 0
    save_profile(site, number, size="large")
    until = monotonic() + 20
    while not kept_count(site) and monotonic() < until:
        sleep(0.02)
    workers.stop()
    assert kept_count(site) == 1
