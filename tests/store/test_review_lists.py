"""Lists of reviews: the state of each, every row on one page in any order, and figures that equal the engine's."""

from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy import Engine, insert, text, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import list_pages
from compliance.store.list_pages import ListPage, PageRequest
from compliance.store.models import Assessment
from compliance.store.review_lists import (
    ListedReview,
    ReviewQuery,
    all_reviews,
    review_orders,
    reviews_among,
    reviews_overview,
    reviews_page,
)
from compliance.store.review_models import ReviewProgress, SignOff
from compliance.store.submission_figures import (
    REVIEW_STATES,
    ReviewFigures,
    keep_review,
    saves_of,
    unkept_reviews,
)
from compliance.store.trail_check import TrailDifference, trail_difference
from tests.support.examples import tries
from tests.support.stores import NOON, World, hand_in, made_edition, save, sign_off, statements

NOTHING = ReviewFigures(asked=9, judged=0, can_be_signed=False, score=None, worst=None, best=None, band=None)
SOME = ReviewFigures(asked=9, judged=3, can_be_signed=False, score=31.5, worst=20.0, best=80.0, band="low")
ENOUGH = ReviewFigures(asked=9, judged=3, can_be_signed=True, score=31.5, worst=20.0, best=80.0, band="low")


def add_review(session: Session, world: World, draw: Random, number: int) -> int:
    """Add an assigned submission, with or without due date, score, verdicts and sign-off. Return its assessment."""
    name = f"{draw.choice(('Ábaco', 'alpha', 'Alpha', 'Ω'))} {draw.randrange(3)}"
    company = store.add_organisation(session, name, at=NOON, status="confirmed")
    assessment = store.assessment_for(session, company, edition="made", year=2026, at=NOON).id
    overall = {"score": draw.choice((None, 12.5, 12.5, 50.0, 1 / 3)), "worst": 0.0, "best": 100.0, "band": "low"}
    scores = f'{{"claimed": {{"standings": {{"overall": {_json(overall)}}}}}}}'
    submitted = [  # all before any sign-off, after which a submission needs a reopening
        store.submit(
            session, assessment, by=None, at=NOON + timedelta(minutes=number), edition=made_edition(),
            consent="counted", scores=lambda _sheet: scores,
        )
        for _again in range(draw.choice((1, 1, 2)))
    ]  # fmt: skip
    for submission in submitted:
        if draw.random() < 0.3:
            revoked = {"revoked_at": NOON, "revoked_why": "Page 4."} if draw.random() < 0.5 else {"revoked_why": ""}
            standing = {"assessment_id": assessment, "submission_id": submission, "by": world.auditor.id, "at": NOON}
            said = {"name": "Audun", "statement": "I did.", "card": "{}", "digest": "d" * 64, "revoked_at": None}
            standing_ones = update(SignOff).where(SignOff.assessment_id == assessment, SignOff.revoked_at.is_(None))
            session.execute(standing_ones.values(revoked_at=NOON, revoked_why="replaced"))
            session.execute(insert(SignOff).values({**standing, **said, **revoked}))
    due = draw.choice((None, *(date(2026, 6, day) for day in (1, 1, 2))))
    store.assign_auditor(session, assessment, auditor=world.auditor.id, by=None, at=NOON, due=due)
    if kept := draw.choice((None, NOTHING, SOME, ENOUGH)):
        keep_review(session, assessment, submitted[-1], kept, saves=saves_of(session, assessment))
    return assessment


def _json(standing: dict[str, object]) -> str:
    return str(standing).replace("'", '"').replace("None", "null")


def walked(session: Session, wanted: ReviewQuery, order: str) -> list[ListPage[ListedReview]]:
    pages = [reviews_page(session, wanted, PageRequest(order=order), {})]
    while pages[-1].later:
        pages.append(reviews_page(session, wanted, PageRequest(order=order, after=pages[-1].later), {}))
    return pages


@pytest.mark.parametrize("order", [*review_orders({})])
def test_every_review_is_on_one_page_in_order_forwards_and_backwards(
    session: Session, world: World, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_pages, "PAGE_ROWS", 3)
    for seed in range(tries(20)):
        draw = Random(seed)
        added = {add_review(session, world, draw, number) for number in range(draw.randrange(8))}
        wanted = ReviewQuery(world.auditor.id)
        everything = {one.assessment_id for one in all_reviews(session, wanted, {})}
        pages = walked(session, wanted, order)
        rows = [row for page in pages for row in page.rows]
        assert added <= everything and sorted(row.assessment_id for row in rows) == sorted(everything)
        assert rows == sorted(rows, key=_KEYS[order]) or order == "name"  # the database has its own order of letters
        back = [pages[-1]]
        while back[-1].earlier:
            request = PageRequest(order=order, before=back[-1].earlier)
            back.append(reviews_page(session, wanted, request, {}))
        assert [page.rows for page in reversed(back)] == [page.rows for page in pages]


def _due(row: ListedReview) -> tuple[bool, date]:
    return row.state == "signed", row.due or date.max


def _score(row: ListedReview) -> tuple[float, int]:
    return -(-1 if row.claimed.score is None else row.claimed.score), -row.submission


_KEYS = {"due": _due, "latest": lambda row: -row.submission, "score": _score, "name": lambda _row: 0}


def expected(kept: ReviewFigures | None, signed: str) -> str:
    """Return the state of a review from its verdicts and its sign-off, such as "latest revoked" or "latest stands"."""
    of, _, standing = signed.partition(" ")
    if standing == "stands":
        return "signed" if of == "latest" else "again"
    if signed == "latest revoked":
        return "revoked"
    if kept is None or not kept.judged:
        return "to-do"
    return "ready" if kept.can_be_signed else "in-review"


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_state_of_a_review_follows_from_its_verdicts_and_its_latest_sign_off(
    session: Session, world: World, is_kept: bool
) -> None:
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=None, at=NOON)
    earlier = hand_in(session, world.assessment, by=None)
    latest = hand_in(session, world.assessment, by=None, hours=1)
    seen = set()
    signs = ("", "latest stands", "earlier stands", "latest revoked", "earlier revoked")
    for kept, signed in product((None, NOTHING, SOME, ENOUGH), signs):
        if signed:
            sign_off(session, world.assessment, latest if "latest" in signed else earlier, by=world.auditor.id)
        if "revoked" in signed:
            session.execute(text("UPDATE sign_off SET revoked_at = at, revoked_why = 'Page 4.'"))
        if kept is not None and is_kept:
            keep_review(session, world.assessment, latest, kept, saves=saves_of(session, world.assessment))
        unkept = {latest: kept} if kept is not None and not is_kept else {}
        found = reviews_among(session, [world.assessment], unkept)[world.assessment]
        state = expected(kept, signed)
        assert (found.submission, found.state, found.was_signed) == (latest, state, bool(signed)), (kept, signed)
        assert found.progress == (kept if is_kept else None)
        overview = reviews_overview(session, world.auditor.id, unkept)
        assert {name: count for name, count in overview.states.items() if count} == {state: 1}
        assert overview.judged == bool(kept and kept.judged)
        for wanted in REVIEW_STATES:
            page = reviews_page(
                session, ReviewQuery(world.auditor.id, states=[wanted]), PageRequest(order="due"), unkept
            )
            assert page.found == (wanted == state)
        seen.add(state)
        session.execute(text("DELETE FROM sign_off"))
        session.execute(text("DELETE FROM review_progress"))
    assert seen == set(REVIEW_STATES)


def test_stored_results_of_a_review_expire_with_every_verdict_and_every_submission(
    session: Session, world: World
) -> None:
    of_all = Assessment.id.is_not(None)
    save(session, world, store.AnswerEdit("q1", "o1"))
    first = hand_in(session, world.assessment, by=None)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=None, at=NOON)
    assert unkept_reviews(session, of_all) == {}  # there is no verdict
    store.record_determination(session, world.assessment, "q1", verdict="confirmed", by=world.auditor.id, at=NOON)
    assert unkept_reviews(session, of_all) == {first: world.assessment}
    saves = saves_of(session, world.assessment)
    assert keep_review(session, world.assessment, first, SOME, saves=saves)
    assert unkept_reviews(session, of_all) == {}
    store.record_determination(session, world.assessment, "q1", verdict="not-shown", by=world.auditor.id, at=NOON)
    assert unkept_reviews(session, of_all) == {first: world.assessment}
    # Computed before that verdict, and saved too late.
    assert not keep_review(session, world.assessment, first, SOME, saves=saves)
    assert unkept_reviews(session, of_all) == {first: world.assessment}
    second = hand_in(session, world.assessment, by=None, hours=1)
    assert unkept_reviews(session, of_all) == {second: world.assessment}


def test_lists_of_reviews_read_no_long_columns_and_need_the_same_number_of_statements(
    engine: Engine, session: Session, world: World
) -> None:
    draw, counts, wanted = Random(1), [], ReviewQuery(world.auditor.id)
    for number in range(12):
        add_review(session, world, draw, number)
        if number in (1, 11):
            session.commit()
            with statements(engine) as sent:
                reviews_page(session, wanted, PageRequest(order="due"), {})
                reviews_overview(session, world.auditor.id, {})
                reviews_among(session, [row.assessment_id for row in all_reviews(session, wanted, {})], {})
                unkept_reviews(session, Assessment.id.is_not(None))
            counts.append(len(sent))
            for statement in sent:
                assert not any(name in statement for name in ("submission.sheet", "submission.scores", "sign_off.card"))
    assert counts[0] == counts[1]


def test_the_trail_vouches_for_the_scores_that_lists_show(session: Session, world: World) -> None:
    add_review(session, world, Random(0), 1)
    session.commit()
    assert trail_difference(session) is None
    [number] = [row.submission for row in all_reviews(session, ReviewQuery(world.auditor.id), {})]
    tamper = text("UPDATE submission SET claimed_score = 99.5")
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER submission_frozen_update"))
    else:
        session.execute(text("ALTER TABLE submission DISABLE TRIGGER submission_frozen"))
    session.execute(tamper)
    found = trail_difference(session)
    assert isinstance(found, TrailDifference) and found.rows == f"submission/{number}"


def test_no_results_are_stored_for_an_assessment_that_does_not_exist(session: Session, world: World) -> None:
    assert not keep_review(session, 999, 1, SOME, saves=0)
    assert session.query(ReviewProgress).count() == 0
