"""The demonstration is invented, plausible, the same every time, and fills only an empty database."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.orm import Session

from compliance import store
from compliance.demonstration.desk_readings import BEING_DECIDED, BEING_READ, KIND, code_document, demo_files
from compliance.demonstration.library_files import DROPPED, MOVED, REWORDED, example_codes
from compliance.demonstration.seeding import SEED, SIGN_INS, seed_demonstration
from compliance.demonstration.synthetic_companies import SECTORS, SIGN_IN_COMPANY, demo_companies, synthetic_answers
from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.disclosure.snapshot import snapshot_to_json
from compliance.documents.extraction import extract
from compliance.publication import preview_closing, sign_offs_beside_names
from compliance.questionnaire.answer_parser import read_answer
from compliance.questionnaire.answers import Adjusted, AnswerSheet, NotApplicable, Verdict, write_answer
from compliance.questionnaire.desk_reading import kind_questions
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.routing import YES, result_in, route_questions
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.scorecard import make_scorecard
from compliance.scoring.serialisation import score_records
from compliance.scoring.verified_card import review_coverage, signed_score
from compliance.store.assignments import due_dates
from compliance.store.desk_answers import agreed_reading
from compliance.store.desk_models import ReadCompanyRow
from compliance.store.desk_readings import desk_readings
from compliance.store.document_passages import passage_marks
from compliance.store.evidence_library import library_of
from compliance.store.independence import ended_assignments
from compliance.store.list_pages import PageRequest, interests_page
from compliance.store.models import Base
from compliance.store.read_companies import read_companies
from compliance.store.reopenings import latest_reopenings
from compliance.store.review_lists import ReviewQuery, all_reviews
from compliance.store.submission_figures import REVIEW_STATES, ReviewFigures
from tests.support.card_records import record_scores
from tests.support.demonstrations import fill_first_period_once, seed_first_period
from tests.support.examples import SHARE
from tests.support.published import published_snapshot
from tests.support.sites import EDITIONS

NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(demonstrated_file: str) -> Iterator[Engine]:
    """The demonstration that tests of pages share. Tests must not write to it."""
    engine = store.open_database(demonstrated_file)
    yield engine
    engine.dispose()


@pytest.fixture
def filled_before(request: pytest.FixtureRequest, shared_folder: Path) -> Iterator[Engine]:
    """A demonstration to compare with one that is filled again. Tests must not write to it."""
    if SHARE >= 1:
        yield request.getfixturevalue("filled")
        return
    engine = store.open_database(fill_first_period_once(shared_folder))
    yield engine
    engine.dispose()


@pytest.fixture
def session(filled: Engine) -> Iterator[Session]:
    with Session(filled) as session:
        yield session


def test_there_are_120_companies_in_seven_sectors_and_one_sector_has_four() -> None:
    sizes = Counter(actor.sector.id for actor in demo_companies(SEED))
    assert sizes.total() == 120
    assert len(sizes) == 7
    assert sizes["guards"] == 4
    assert all(actor.name.startswith("Example ") for actor in demo_companies(SEED))


def test_every_company_is_marked_as_invented(session: Session) -> None:
    assert len(store.companies(session)) == 126
    assert all(company.demonstration for company in store.companies(session))
    assert all(published_snapshot(session, year).demonstration for year in (2024, 2025))


def test_companies_of_every_status_exist_and_only_the_120_regular_ones_are_counted(session: Session) -> None:
    statuses = Counter(company.status for company in store.companies(session))
    assert statuses == {"confirmed": 121, "pending": 3, "refused": 1, "merged": 1}
    assert store.counting_companies(session) == {
        c.id for c in store.companies(session) if c.name in {actor.name for actor in demo_companies(SEED)}
    }
    [group] = store.company_groups(session)
    assert [c.name for c in group.companies] == ["Example Hotels 08", "Example Hotels 08 Resorts"] and group.named
    [request] = store.join_requests(session, state="open")
    assert request.organisation == SIGN_IN_COMPANY


def test_two_periods_are_closed_and_the_current_year_is_open(session: Session) -> None:
    assert [(p.year, p.closed_at is not None) for p in store.periods(session)] == [
        (2026, False),
        (2025, True),
        (2024, True),
    ]


def test_the_four_sign_ins_have_their_roles(session: Session) -> None:
    for email in SIGN_INS:
        member = store.login_account(session, email=email)
        assert member.roles == {email.partition("@")[0]}
    assert store.login_account(session, email="company@demo.example").organisation == SIGN_IN_COMPANY


def test_the_company_that_signs_in_has_two_submissions_and_a_draft(session: Session, edition: Edition) -> None:
    member = store.login_account(session, email="company@demo.example")
    assert member.organisation_id is not None
    latest, *earlier = store.assessments_of(session, member.organisation_id)
    assert (latest.year, latest.submitted_at) == (2026, None)
    assert all(a.submitted_at is not None for a in earlier)
    assert len(earlier) == 2
    sheet = store.answer_sheet(session, latest.id, edition, on=NOW.date())
    asked = [q for q, at in route_questions(edition, sheet).items() if at.asked == YES]
    assert 0.2 < len(sheet.answers) / len(asked) < 0.8


def test_the_auditor_has_assessments_of_both_closed_periods_and_the_open_one(session: Session) -> None:
    auditor = store.login_account(session, email="auditor@demo.example").id
    years = Counter(s.year for s in store.assessments_for_auditor(session, auditor))
    assert set(years) == {2024, 2025, 2026}
    assert years[2025] >= 5


def test_some_companies_are_silent_some_private_some_unscored_and_some_without_evidence(
    session: Session, edition: Edition
) -> None:
    submitted = store.latest_submissions(session, 2025)
    sheets = [store.submitted_sheet(session, s, edition) for s in submitted]
    cards = score_records(compile_edition(edition), sheets)
    assert len(store.nonrespondents(session, 2025)) >= 20
    assert Counter(s.consent for s in submitted).keys() == {"private", "counted", "named"}
    assert 5 <= sum(c["claimed"]["standings"]["overall"]["score"] is None for c in cards) <= 15
    assert 3 <= sum(not sheet.evidenced for sheet in sheets) <= 20


def test_a_private_company_is_not_counted_as_registered(session: Session) -> None:
    registered = {s.id: s.companies for s in SECTORS}
    private = Counter(s.sector for s in store.latest_submissions(session, 2025) if s.consent == "private")
    assert private["goods"] == 1
    goods = published_snapshot(session, 2025).sector("goods").participation
    assert goods.registered == registered["goods"] - 1


def test_the_code_of_the_company_that_signs_in_has_marked_passages_and_a_second_version(session: Session) -> None:
    member = store.login_account(session, email="company@demo.example")
    assert member.organisation_id is not None
    (code,) = (item for item in library_of(session, member.organisation_id) if item.details.rule_text == "code")
    latest, *_earlier = store.assessments_of(session, member.organisation_id)
    marks = passage_marks(session, latest.id)
    answers = store.saved_answers(session, latest.id)
    assert code.latest.number == 2 and {mark.number for mark in marks} == {1, 2}
    assert len({mark.words for mark in marks}) >= 12
    assert all(mark.option in answers[mark.question].text.split("|") for mark in marks), (
        "marks are only for ticked options"
    )
    assert {mark.later.state for mark in marks if mark.later} >= {"unchanged", "reworded", "gone"}
    assert any(mark.needs_look for mark in marks)


def test_the_stored_text_of_each_example_code_is_the_text_extracted_from_its_file() -> None:
    assert [extract(content, "application/pdf") for content, _text in example_codes()] == [
        document for _content, document in example_codes()
    ]
    (first, second) = (document.text for _content, document in example_codes())
    assert all(old in first and new in second and old not in second for old, new in REWORDED.items())
    assert DROPPED in first and DROPPED not in second and MOVED[0] in first and MOVED[0] in second


def test_the_code_scores_at_least_the_overall_median_and_reach_is_the_weakest_gap(session: Session) -> None:
    together = published_snapshot(session, 2025).together
    figures = {figure.id: figure.claimed.median for figure in together.figures}
    median = {of: cell for of, cell in figures.items() if isinstance(cell, ScoreRange)}
    assert median.keys() == figures.keys()
    assert median["prevention:pre-primary"].is_below(median["overall"])
    assert median["code"].middle >= median["overall"].middle
    gaps = ("gap:framing", "gap:reach", "gap:accountability")
    assert min(gaps, key=lambda gap: median[gap].middle) == "gap:reach"
    evidenced = together.figure("overall").evidenced.median
    assert isinstance(evidenced, ScoreRange) and evidenced.is_below(median["overall"])


def test_the_median_company_scores_highest_for_its_code_and_lowest_for_proof(
    session: Session, edition: Edition
) -> None:
    sheets = [store.submitted_sheet(session, one, edition) for one in store.latest_submissions(session, 2025)]
    cards = [card["claimed"]["standings"] for card in score_records(compile_edition(edition), sheets)]
    scores = {aspect: [card[f"aspect:{aspect}"]["score"] for card in cards] for aspect in edition.aspects}
    middle = {aspect: median(score for score in found if score is not None) for aspect, found in scores.items()}
    assert middle["code"] > middle["practice"] > middle["proof"]


def test_the_small_sector_is_listed_but_its_figures_are_suppressed(session: Session) -> None:
    guards = published_snapshot(session, 2025).sector("guards")
    assert guards.participation.registered == Suppressed.FEW
    assert not guards.shows_scores
    assert guards.sector not in published_snapshot(session, 2025).together.sectors


def test_the_trail_of_the_demonstration_is_intact(session: Session) -> None:
    assert store.verify_trail(session) is None


def test_the_demonstration_can_only_fill_an_empty_database(filled: Engine, edition: Edition) -> None:
    with Session(filled) as session, session.begin(), pytest.raises(store.AlreadyExists):
        seed_demonstration(session, edition, password_hash="invented", at=NOW)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_the_demonstration_is_the_same_every_time_and_in_both_kinds_of_database(
    engine: Engine, edition: Edition, filled_before: Engine
) -> None:
    """`filled_before` is on SQLite, the other on PostgreSQL. Below a share of 1, it is the first period, shortened."""
    with Session(engine) as session, session.begin():
        if SHARE < 1:
            seed_first_period(session, password_hash="invented")
        else:
            seed_demonstration(session, edition, password_hash="invented", at=NOW)
    with Session(engine) as session, Session(filled_before) as before:
        years = store.published_years(session)
        assert years == ((2024,) if SHARE < 1 else (2025, 2024))
        assert published_snapshot(session, years[0]).together.shows_scores
        for year in years:
            assert snapshot_to_json(published_snapshot(session, year)) == snapshot_to_json(
                published_snapshot(before, year)
            )


def test_only_questions_that_are_asked_and_whose_gates_are_open_are_answered(edition: Edition) -> None:
    for actor in demo_companies(SEED)[::7]:
        work = synthetic_answers(edition, actor, year=2025, period=1, keep=1.0, seed=SEED)
        routes = route_questions(edition, work.sheet)
        assert all(min(routes[q].asked, routes[q].counts) == YES for q in work.sheet.answers)
        assert work.sheet.evidenced <= work.sheet.answers.keys()
        reasons = [a.reason for a in work.sheet.answers.values() if isinstance(a, NotApplicable)]
        assert all(reasons)


def test_scoring_companies_together_gives_the_same_records_as_scoring_each_alone(edition: Edition) -> None:
    compiled = compile_edition(edition)
    sheets = [
        synthetic_answers(edition, actor, year=2025, period=1, keep=0.6, seed=SEED).sheet
        for actor in demo_companies(SEED)[::10]
    ]
    singles = [
        record_scores([make_scorecard(compiled, sheet, "claimed"), make_scorecard(compiled, sheet, "evidenced")])
        for sheet in sheets
    ]
    assert score_records(compiled, sheets) == singles


def test_companies_choose_their_own_places_and_every_kind_of_result_occurs() -> None:
    made = load_edition(EDITIONS / "places" / "edition.yaml")
    question, results = made.questions["trained"], Counter[str]()
    for company in demo_companies(SEED):
        answers = synthetic_answers(made, company, year=2026, period=0, keep=1.0, seed=SEED).sheet.answers
        if isinstance(answers.get("trained"), tuple):
            assert read_answer(question, write_answer(answers["trained"])) == answers["trained"]
            found = result_in(question, answers)
            assert found is not None and found.gone == ()
            results[found.option] += 1
    assert results.keys() >= {"none", "some", "most", "all"}, results


def states_of(session: Session, edition: Edition, year: int) -> dict[str, list[str]]:
    """The companies whose reviews are in each state, in a period."""
    auditor = {member.email: member.id for member in store.members(session)}["auditor@demo.example"]
    mine = store.assessments_for_auditor(session, auditor, year=year)
    sheets, verdicts = store.judged_sheets(session, mine, lambda _one: edition), dict[int, ReviewFigures]()
    for one in mine:
        if one.assessment_id in sheets:
            coverage = review_coverage(edition, sheets[one.assessment_id])
            counts = (coverage.asked, coverage.judged, coverage.can_be_signed)
            verdicts[one.id] = ReviewFigures(*counts, score=None, worst=None, best=None, band=None)
    states = defaultdict[str, list[str]](list)
    for review in all_reviews(session, ReviewQuery(auditor, year=year), verdicts):
        states[review.state].append(review.organisation)
    return states


def test_reviews_of_the_open_year_are_in_every_state_and_one_is_overdue(session: Session, edition: Edition) -> None:
    assert states_of(session, edition, NOW.year).keys() == set(REVIEW_STATES)
    auditor = {member.email: member.id for member in store.members(session)}["auditor@demo.example"]
    todo = states_of(session, edition, NOW.year)["to-do"]
    numbers = {one.organisation: one.assessment_id for one in store.latest_submissions(session, NOW.year)}
    due = due_dates(session, auditor)
    assert any((day := due[numbers[name]]) is not None and day < NOW.date() for name in todo)


def test_the_auditor_declared_an_interest_and_therefore_lost_an_assignment(session: Session) -> None:
    auditor = {member.email: member.id for member in store.members(session)}["auditor@demo.example"]
    [interest] = interests_page(session, auditor, PageRequest()).rows
    [ended] = ended_assignments(session, auditor=auditor)
    assert (ended.organisation, ended.tie.kind) == (interest.organisation, "interest")


def test_sectors_show_verified_scores_of_named_companies_each_with_its_sign_off(session: Session) -> None:
    for year in store.published_years(session):
        snapshot = published_snapshot(session, year)
        verified = {group.sector: [one for one in group.named if one.verified] for group in snapshot.sectors}
        assert sum(len(named) > 1 for named in verified.values()) >= 2
        for sector, named in verified.items():
            beside = sign_offs_beside_names(session, snapshot, sector)
            assert {one.company for one in named} <= beside.keys()
            for one in named:
                overall = signed_score(beside[one.company].card)
                assert one.verified is not None and overall.score is not None
                assert abs(one.verified.score - overall.score) <= 1  # published as a whole number


def test_a_sign_off_after_closing_is_shown_beside_the_name_but_not_in_the_figures(session: Session) -> None:
    snapshot = published_snapshot(session, NOW.year - 1)
    [lead] = [one for one in snapshot.sector("lodging").named if one.company == SIGN_IN_COMPANY]
    signed = sign_offs_beside_names(session, snapshot, "lodging")[SIGN_IN_COMPANY]
    assert lead.verified is None
    closed_at = store.period(session, NOW.year - 1).closed_at
    assert signed.stands and closed_at is not None and signed.at > closed_at


def test_verdicts_are_of_every_kind(session: Session, edition: Edition) -> None:
    submitted = store.latest_submissions(session, NOW.year)
    judged = store.judged_sheets(session, submitted, lambda _one: edition)
    kinds = {type(verdict) if isinstance(verdict, Adjusted) else verdict for verdict in _verdicts(judged)}
    assert kinds == {Adjusted, "confirmed", "not-shown"}


def test_the_previous_year_has_one_requested_one_open_and_one_submitted_correction(session: Session) -> None:
    people = {member.email: member.id for member in store.members(session)}
    mine = store.assessments_for_auditor(session, people["auditor@demo.example"], year=NOW.year - 1)
    found = latest_reopenings(session, [one.assessment_id for one in mine])
    of = {one.assessment_id: one for one in mine}
    assert sorted(one.state for one in found.values()) == ["asked", "done", "open"]
    [asked] = (of[one.assessment_id] for one in found.values() if one.state == "asked")
    assert asked.organisation == SIGN_IN_COMPANY
    [done] = (one for one in found.values() if one.state == "done")
    latest, first = store.submissions_of(session, done.assessment_id)
    assert (latest.consent, first.id) == ("named", done.submission_id)
    assert latest.at > store.published(session, NOW.year - 1).created_at
    assert latest.sheet != first.sheet


def _verdicts(judged: Mapping[int, AnswerSheet]) -> Iterator[Verdict]:
    for sheet in judged.values():
        yield from sheet.verdicts.values()


def test_readings_of_published_texts_do_not_affect_figures_made_from_companies_own_answers(
    session: Session, edition: Edition
) -> None:
    """Two of the companies with readings are registered too. The figures are the same without any reading."""
    with session.begin_nested() as undone:
        for registered, read in zip(sorted(store.counting_companies(session)), read_companies(session), strict=False):
            session.execute(
                update(ReadCompanyRow).where(ReadCompanyRow.id == read.id).values(organisation_id=registered)
            )
        beside = snapshot_to_json(preview_closing(session, edition, 2026, as_of=NOW.date()))
        for trigger in ("published_reading_frozen_delete", "reading_correction_frozen_delete"):
            session.execute(text(f"DROP TRIGGER {trigger}"))  # otherwise, published readings cannot be deleted
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("read_", "reading_", "desk_", "published_reading")):
                session.execute(table.delete())
        assert read_companies(session) == ()
        assert snapshot_to_json(preview_closing(session, edition, 2026, as_of=NOW.date())) == beside
        undone.rollback()
    assert len(read_companies(session)) >= 2


def test_one_company_is_being_read_and_another_waits_for_the_advocate_to_decide(
    session: Session,
) -> None:
    states = {each.company.name: each.state for each in desk_readings(session)}
    assert states.items() >= {BEING_READ: "reading", BEING_DECIDED: "deciding"}.items()
    assert all(company.demonstration for company in read_companies(session))
    code = load_edition(editions_folder() / "child-protection-code-2026")
    (reading,) = [each for each in desk_readings(session) if each.company.name == BEING_DECIDED]
    asked = kind_questions(code, KIND, size=reading.size, sector=reading.company.sector)
    found = agreed_reading(session, reading.id, {KIND: asked})
    assert (len(found.kinds[KIND].differences), len(found.undecided)) == (4, 3)
    assert [round(each.seconds / 60) for each in found.readers.values()][:2] == [71, 84]


def test_the_stored_text_of_the_invented_codes_is_what_the_file_reader_extracts() -> None:
    for content in demo_files()[::3]:  # reading each takes a process one second
        assert extract(content, "text/plain") == code_document(content)
