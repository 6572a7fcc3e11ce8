"""Pages about many companies: lists read no long texts and take few statements, and a job computes figures."""

import re
import threading
from collections.abc import Iterator
from dataclasses import astuple
from random import Random

import pytest
from flask.testing import FlaskClient

from compliance import store
from compliance.publication import preview_closing
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.serialisation import submission_json_writer
from compliance.scoring.standing import record_from_json, recorded_standing
from compliance.store.review_lists import reviews_among
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import editions
from compliance.web.review_queue import keep_reviews, unkept_assessments
from compliance.web.steward import periods
from tests.support.examples import tries
from tests.support.many_companies import add_many
from tests.support.page_lint import faults_of
from tests.support.published import published_snapshot
from tests.support.sites import NOON, YEAR, Site, answers, begin, post, save
from tests.support.stores import statements
from tests.web.public.test_public_pages import text_of

CLOSE, PREVIEW = f"/steward/periods/{YEAR}/close", f"/steward/periods/{YEAR}/preview"
#: Columns with long texts, which a list never reads.
LONG = re.compile(r"\b(?:submission|submission_\d)\.(?:sheet|scores)\b|\bsign_off\.card\b|\bkept_scorecards\b")
#: Addresses of files, which are made from submissions, a few at a time.
FILES = ("/audit.xlsx", "/audit.zip", "/steward/trail.csv")


@pytest.fixture
def submitted(sqlite_site: Site) -> Site:
    """A site on which Ana's company has submitted, so that there is something to copy."""
    number = begin(sqlite_site)
    save(sqlite_site, f"/assessments/{number}/code", answers(r1__code="stricter", r2__code="sale"))
    submit(sqlite_site, number)
    return sqlite_site


@pytest.fixture
def by_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a page leave figures to a job, as if there were too many companies."""
    monkeypatch.setattr(periods, "MOST_AT_ONCE", 0)


def submit(site: Site, number: int) -> int:
    with site.app.app_context(), site.store() as session, session.begin():
        asked = editions()["walk-2026"]
        scores = submission_json_writer(asked.compiled)
        return store.submit(session, number, by=None, at=now(), edition=asked.edition, consent="counted", scores=scores)


def add(site: Site, count: int) -> None:
    """Add companies, and store the results of verdicts, as a worker does."""
    with site.store() as session:
        add_many(session, count, year=YEAR, auditor=site.people["audun"].id, seed=count)
    with site.app.app_context():
        for assessment in unkept_assessments():
            keep_reviews(assessment)


def lists(site: Site) -> Iterator[tuple[str, str]]:
    """Every page of the steward and of auditors that is a list."""
    for rule in site.app.url_map.iter_rules():
        who = {"steward": "stella", "audit": "audun"}.get(rule.endpoint.partition(".")[0])
        if who and "GET" in (rule.methods or ()) and rule.arguments <= {"year"} and rule.rule not in FILES:
            yield who, rule.rule.replace("<int:year>", str(YEAR))
    yield from (("audun", f"/audit?{query}") for query in ("state=in-review", "find=oak", "order=score", "order=name"))
    yield from (("stella", f"/steward/assessments?{query}") for query in ("find=oak", "order=latest", "who=nobody"))


@pytest.mark.usefixtures("by_job")
def test_no_list_reads_long_texts_and_many_companies_take_as_many_statements_as_few(submitted: Site) -> None:
    taken: list[dict[str, int]] = []
    for count in (60, 60):
        add(submitted, count)
        taken.append({})
        for who, address in lists(submitted):
            client = submitted.client(who)
            with statements(store_engine(submitted.app)) as sent:
                assert client.get(address).status_code in (200, 404), address
            if address != "/steward/questions":  # it reads the last submissions, at most a thousand
                assert not [one for one in sent if LONG.search(one)], address
            taken[-1][address] = len(sent)
    few, many = taken
    assert {"/audit", "/steward/assessments", CLOSE, "/steward/companies"} <= few.keys()
    assert {address: count for address, count in many.items() if count > few[address]} == {}


def test_the_scores_in_a_list_are_those_of_the_engine(sqlite_site: Site) -> None:
    site = sqlite_site
    with site.app.app_context(), site.store() as session:
        asked = editions()["walk-2026"]
        writer = submission_json_writer(asked.compiled)
        options = {q.id: [o.id for o in q.options] for q in asked.edition.questions.values() if q.kind == "one"}
    number = begin(site)
    for seed in range(tries(20)):
        draw = Random(seed)
        with site.app.app_context(), site.store() as session, session.begin():
            kept = store.saved_answers(session, number)
            chosen = draw.sample(sorted(options), draw.randrange(len(options)))
            edits = [
                store.AnswerEdit(q, draw.choice(options[q]), seen=kept[q].version if q in kept else 0) for q in chosen
            ]
            store.save_answers(session, number, edits, by=site.people["ana"].id, at=NOON)
            store.submit(session, number, by=None, at=NOON, edition=asked.edition, consent="counted", scores=writer)
            listed = reviews_among(session, [number], {})[number]
            record = record_from_json(store.latest_submission(session, number).scores)
        for basis, shown in (("claimed", listed.claimed), ("evidenced", listed.evidenced)):
            standing = recorded_standing(record, "claimed" if basis == "claimed" else "evidenced", OVERALL)
            assert standing is not None
            assert astuple(shown) == tuple(standing[key] for key in ("score", "worst", "best", "band", "coverage"))


@pytest.mark.usefixtures("by_job")
def test_a_job_computes_the_figures_of_many_companies_and_the_page_says_when_they_are_outdated(
    submitted: Site,
) -> None:
    stella = submitted.client("stella")
    before = stella.get(CLOSE).text
    assert "There are no jobs to show." in stella.get("/steward/jobs").text
    assert "Compute the figures" in before and "Close and publish" not in before and faults_of(before) == []
    assert post(stella, PREVIEW).headers["Location"] == CLOSE
    page = stella.get(CLOSE).text
    assert "These figures were computed at" in page and "Close and publish" in page and faults_of(page) == []
    assert "has changed since" not in page
    jobs = text_of(stella.get("/steward/jobs").text)
    assert f"Compute what closing {YEAR} would publish" in jobs and "See the figures" in jobs
    submit(submitted, begin(submitted, "olga"))
    assert "has changed since" in stella.get(CLOSE).text
    post(stella, PREVIEW)
    assert "has changed since" not in stella.get(CLOSE).text


@pytest.mark.usefixtures("by_job")
def test_a_job_computes_the_same_as_a_page(submitted: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    stella = submitted.client("stella")
    post(stella, PREVIEW)
    by_job = stella.get(CLOSE).text.partition('id="preview"')[2].partition("</form>")[2]
    monkeypatch.setattr(periods, "MOST_AT_ONCE", 500)
    assert by_job.partition("<form")[0].strip() in stella.get(CLOSE).text


@pytest.mark.usefixtures("by_job")
def test_nothing_is_computed_for_a_period_that_is_closed(submitted: Site) -> None:
    stella = submitted.client("stella")
    assert post(stella, CLOSE, sure="yes").status_code == 302
    assert post(stella, PREVIEW).status_code == 409
    assert "Compute the figures" not in stella.get(CLOSE).text
    assert post(stella, "/steward/periods/1999/preview").status_code == 404


def test_nothing_is_lost_if_others_save_and_submit_during_a_closing(submitted: Site) -> None:
    numbers = {who: begin(submitted, who) for who in ("ana", "olga")}
    over, kept, faults = threading.Event(), dict[str, list[str]](ana=[], olga=[]), list[object]()

    def work(who: str, client: FlaskClient) -> None:
        try:
            for turn in range(200):
                value = ("intent", "stricter", "silent")[turn % 3]
                with submitted.store() as session:
                    seen = store.saved_answers(session, numbers[who]).get("r1.code")
                fields = {"r1.code#version": str(seen.version if seen else 0), "r1.code": value}
                answer = post(client, f"/assessments/{numbers[who]}/code", fields=fields)
                if answer.status_code == 409 or over.is_set():
                    return
                assert answer.status_code == 302, answer.text
                kept[who].append(value)
                if turn % 3 == 2:
                    submit(submitted, numbers[who])
        except store.PeriodClosed:
            return
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(who, submitted.client(who))) for who in numbers]
    for thread in threads:
        thread.start()
    stella = submitted.client("stella")
    post(stella, CLOSE, sure="yes")
    over.set()
    for thread in threads:
        thread.join()
    assert faults == []
    with submitted.app.app_context(), submitted.store() as session:
        assert store.period(session, YEAR).closed_at is not None
        asked = editions()["walk-2026"].edition
        assert published_snapshot(session, YEAR) == preview_closing(session, asked, YEAR, as_of=now().date())
        for who, number in numbers.items():
            if kept[who]:
                assert store.saved_answers(session, number)["r1.code"].text == kept[who][-1]
        assert store.verify_trail(session) is None
