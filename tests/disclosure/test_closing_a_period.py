"""Closing a period: everything submitted counts, and nothing changes afterwards."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.disclosure.aggregates import contributions_from_json
from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.publication import UNSTATED_SECTOR, close_and_publish, preview_closing
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import submission_json_writer
from tests.support.card_records import record_scores
from tests.support.published import published_snapshot
from tests.support.sector_companies import MADE, rank

AT = datetime(2024, 6, 1, tzinfo=UTC)
PLAN = compile_edition(MADE)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for year in (2024, 2025):
            store.open_period(session, year, opens=date(year, 1, 1), by=None, at=AT)
        yield session


def company(session: Session, name: str) -> int:
    return store.add_organisation(session, name, at=AT, status="confirmed")


def begin(session: Session, organisation: int, year: int, *changes: tuple[str, str]) -> int:
    number = store.assessment_for(session, organisation, edition=MADE.id, year=year, at=AT).id
    seen = {question: kept.version for question, kept in store.saved_answers(session, number).items()}
    wanted = [store.AnswerEdit(question, text, seen=seen.get(question, 0)) for question, text in changes]
    assert not store.save_answers(session, number, wanted, by=None, at=AT).conflicts
    return number


def hand_in(
    session: Session, organisation: int, year: int, score: str, consent: str = "counted", edition: Edition = MADE
) -> int:
    changes = [("profile.sector", "hotels"), ("a", score), ("b", score)]
    number = begin(session, organisation, year, *changes)
    scores = submission_json_writer(PLAN)
    store.submit(session, number, by=None, at=AT, edition=edition, consent=consent, scores=scores)
    return number


def judge(session: Session, assessments: Iterable[int], verdict: str = "confirmed") -> None:
    """Give the same verdict on every answer, as an auditor."""
    judged = list(assessments)
    email = f"auditor-{judged[0]}@audit.example"
    auditor = store.add_person(
        session, email=email, name="Audun", password_hash=None, roles=["auditor"], by=None, at=AT
    ).id
    for assessment in judged:
        store.assign_auditor(session, assessment, auditor=auditor, by=None, at=AT)
        for question in ("a", "b"):
            store.record_determination(session, assessment, question, verdict=verdict, by=auditor, at=AT)


def test_a_submission_keeps_the_claimed_and_the_evidenced_scorecard() -> None:
    sheet = AnswerSheet("Example 1", {"sector": "hotels"}, {"a": 40.0, "b": 60.0}, frozenset({"a"}))
    cards = [make_scorecard(PLAN, sheet, "claimed"), make_scorecard(PLAN, sheet, "evidenced")]
    assert json.loads(submission_json_writer(PLAN)(sheet)) == record_scores(cards)
    assert [card.overall.score for card in cards] == [50.0, 20.0]


def test_closing_counts_the_latest_submissions_and_the_silent(session: Session) -> None:
    for i in range(6):
        organisation = company(session, f"Example {i}")
        hand_in(session, organisation, 2024, "10")
        hand_in(session, organisation, 2024, str(75 + 2 * i))
    for i in range(5):
        begin(session, company(session, f"Silent {i}"), 2024, ("profile.sector", "hotels"))
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    hotels = snapshot.sector("hotels")
    assert (hotels.participation.registered, hotels.participation.nonrespondents) == (11, 5)
    assert hotels.figure("overall").claimed.median == ScoreRange(75, 85), "80 is the limit of two classes"
    assert hotels.figure("overall").evidenced.median == ScoreRange(0, 15)
    assert published_snapshot(session, 2024) == snapshot


def test_nothing_is_published_before_and_nothing_changes_afterwards(session: Session) -> None:
    organisations = [company(session, f"Example {i}") for i in range(5)]
    for organisation in organisations:
        hand_in(session, organisation, 2024, "30")
    with pytest.raises(store.NotFound):
        published_snapshot(session, 2024)
    foreseen = preview_closing(session, MADE, 2024, as_of=AT.date())
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert snapshot == foreseen
    with pytest.raises(store.PeriodClosed):
        hand_in(session, organisations[0], 2024, "90")
    with pytest.raises(store.PeriodClosed):
        close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert published_snapshot(session, 2024) == snapshot


def test_a_private_company_stays_out_if_it_is_silent_later(session: Session) -> None:
    for i in range(5):
        organisation = company(session, f"Example {i}")
        for year in (2024, 2025):
            hand_in(session, organisation, year, "30")
    for i in range(6):
        hand_in(session, company(session, f"Hidden {i}"), 2024, "30", "private")
    assert close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels").participation.registered == 5
    later = close_and_publish(session, MADE, 2025, by=None, at=AT).sector("hotels").participation
    assert (later.registered, later.nonrespondents) == (5, 0)


def test_a_company_without_a_sector_is_shown_separately(session: Session) -> None:
    company(session, "Example 1")
    snapshot = close_and_publish(session, MADE, 2024, by=None, at=AT)
    assert [group.sector for group in snapshot.sectors] == [UNSTATED_SECTOR]
    assert snapshot.sector(UNSTATED_SECTOR).participation.registered == Suppressed.FEW


def test_closing_keeps_the_edition_even_if_nobody_submitted(session: Session) -> None:
    sealed = replace(MADE, digest="e" * 64, canonical='{"id":"made"}')
    snapshot = close_and_publish(session, sealed, 2024, by=None, at=AT)
    assert store.edition_json(session, snapshot.digest) == sealed.canonical
    close_and_publish(session, sealed, 2025, by=None, at=AT)  # kept once


def test_submissions_to_an_earlier_version_of_the_edition_are_in_no_figure(session: Session) -> None:
    before = replace(MADE, digest="b" * 64)
    for i in range(5):
        hand_in(session, company(session, f"Example {i}"), 2024, str(20 + 5 * i))
    for i in range(5):
        hand_in(session, company(session, f"Earlier {i}"), 2024, "90", edition=before)
    hotels = close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels")
    assert (hotels.participation.scored, hotels.figure("overall").claimed.median) == (5, ScoreRange(25, 35))


def test_only_verified_companies_are_published_as_rank_ranges(session: Session) -> None:
    of = {
        name: hand_in(session, company(session, name), 2024, score, consent)
        for name, score, consent in (
            ("Ahead", "90", "named"), ("Level", "50", "named"), ("Also level", "50", "named"),
            ("Claims most", "95", "named"), ("Unnamed", "99", "counted"),
        )
    }  # fmt: skip
    judge(session, (of[name] for name in ("Ahead", "Level", "Also level", "Unnamed")))
    group = close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels")
    league = published_snapshot(session, 2024).sector("hotels").ranking
    assert league is not None and league == group.ranking
    assert league.companies == (
        rank("Ahead", 1, 1, 1), rank("Also level", 2, 2, 2), rank("Level", 2, 2, 2),
    )  # fmt: skip
    assert (league.draws, league.seed, league.factors) == (1000, 34, ("weights", "blanks", "na", "mean"))
    assert [named.company for named in group.named] == ["Ahead", "Also level", "Claims most", "Level"]
    assert [named.verified and named.verified.score for named in group.named] == [90, 50, None, 50]


def test_unverified_claims_give_no_rank(session: Session) -> None:
    for name, score in (("Claims most", "95"), ("Claims less", "50")):
        hand_in(session, company(session, name), 2024, score, "named")
    group = close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels")
    assert group.ranking is None
    assert [(named.company, named.claimed.score) for named in group.named] == [("Claims less", 50), ("Claims most", 95)]
    assert [named.evidenced and named.evidenced.score for named in group.named] == [0, 0]


def test_answers_that_an_auditor_found_not_shown_are_published_as_such(session: Session) -> None:
    judge(session, [hand_in(session, company(session, "Boastful"), 2024, "90", "named")], verdict="not-shown")
    named = close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels").named[0]
    assert named.verified is not None
    assert (named.claimed.score, named.verified.score, named.verified.band) == (90, 0, "low")


def test_one_named_company_is_not_ranked(session: Session) -> None:
    hand_in(session, company(session, "Alone"), 2024, "90", "named")
    hand_in(session, company(session, "Unnamed"), 2024, "99", "counted")
    assert preview_closing(session, MADE, 2024, as_of=AT.date()).sector("hotels").ranking is None


def test_a_company_not_named_yet_is_not_ranked_under_the_name_of_another(session: Session) -> None:
    """Five of six agree in the second year and are still only counted, as their names would reveal the sixth."""
    six = [company(session, name) for name in ("Twin", "A", "B", "C", "D", "Sixth")]
    for organisation, score in zip(six, ("10", "20", "60", "80", "90", "30"), strict=True):
        hand_in(session, organisation, 2024, score)
    close_and_publish(session, MADE, 2024, by=None, at=AT)
    for organisation, score in zip(six, ("10", "20", "60", "80", "90", "30"), strict=True):
        hand_in(session, organisation, 2025, score, "counted" if score == "30" else "named")
    for organisation in six:
        judge(session, [a.id for a in store.assessments_of(session, organisation) if a.year == 2025])
    for name, score in (("Twin", "50"), ("Newcomer", "70")):  # two companies may have the same name
        judge(session, [hand_in(session, company(session, name), 2025, score, "named")])
    hotels = close_and_publish(session, MADE, 2025, by=None, at=AT).sector("hotels")
    assert [(named.company, named.claimed.score) for named in hotels.named] == [("Newcomer", 70), ("Twin", 50)]
    assert hotels.ranking is not None
    assert [place.company for place in hotels.ranking.companies] == ["Newcomer", "Twin"]


def scored(session: Session, organisations: Iterable[int], year: int) -> None:
    """Each company submits; their scores are 4 points apart."""
    for i, organisation in enumerate(organisations):
        hand_in(session, organisation, year, str(10 + 4 * i))


def test_a_newcomer_waits_and_the_next_closing_knows_the_cell_of_each_company(session: Session) -> None:
    organisations = [company(session, f"Example {i}") for i in range(7)]
    scored(session, organisations[:6], 2024)
    scored(session, organisations, 2025)
    assert close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels").embargoed == 0
    kept = contributions_from_json(store.published(session, 2024).places or "")
    assert {place.sector for place in kept.values()} == {"hotels"}
    assert kept.keys() == {str(organisation) for organisation in organisations[:6]}
    hotels = close_and_publish(session, MADE, 2025, by=None, at=AT).sector("hotels")
    assert (hotels.participation.scored, hotels.embargoed, hotels.contributors, hotels.figure("overall").n) == (
        7,
        1,
        6,
        6,
    )


def test_a_period_closed_late_is_compared_with_the_period_after_it(session: Session) -> None:
    organisations = [company(session, f"Example {i}") for i in range(7)]
    scored(session, organisations, 2024)
    scored(session, organisations[:6], 2025)
    close_and_publish(session, MADE, 2025, by=None, at=AT)
    assert close_and_publish(session, MADE, 2024, by=None, at=AT).sector("hotels").embargoed == 1


def test_for_periods_closed_before_places_were_stored_they_are_derived_from_submissions(session: Session) -> None:
    organisations = [company(session, f"Example {i}") for i in range(7)]
    scored(session, organisations[:6], 2024)
    scored(session, organisations, 2025)
    before = snapshot_to_json(preview_closing(session, MADE, 2024, as_of=AT.date()))
    store.close_period(session, 2024, by=None, at=AT, snapshot=lambda: before)
    assert store.published(session, 2024).places is None
    assert preview_closing(session, MADE, 2025, as_of=AT.date()).sector("hotels").embargoed == 1


def test_stored_places_are_frozen_and_never_published(session: Session) -> None:
    scored(session, [company(session, f"Example {i}") for i in range(6)], 2024)
    close_and_publish(session, MADE, 2024, by=None, at=AT)
    session.commit()
    assert '"places"' not in store.published(session, 2024).content
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("UPDATE snapshot SET places = NULL"))


def test_submissions_read_one_by_one_are_those_that_count(session: Session) -> None:
    scored(session, [company(session, f"Example {i}") for i in range(3)], 2024)
    hand_in(session, company(session, "Example twice"), 2024, "10")
    assert tuple(store.iter_latest_submissions(session, 2024)) == store.latest_submissions(session, 2024)
    assert tuple(store.iter_latest_submissions(session, 2025)) == ()
