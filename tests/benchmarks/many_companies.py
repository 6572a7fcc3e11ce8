"""Pages of the steward, auditors and advocates with many companies, and closing a period while somebody saves.

Run: python -m tests.benchmarks.many_companies [companies] [--keep FOLDER] [--only PART-OF-ADDRESS]
The database is a SQLite file with the demonstration and copies of its submissions, and with readings of a quarter as
many companies. Printed for each page: seconds of CPU for the first and the second time, seconds by the clock,
statements, peak memory, and bytes. Printed for a save: the time alone, and during the closing, which runs in its own
process as on a server. With --submit, somebody submits twice a second meanwhile.
"""

import argparse
import os
import re
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import func, select

from compliance.scoring.serialisation import submission_json_writer
from compliance.store import PeriodClosed, submit
from compliance.store.desk_models import DeskReadingRow, ReadingCampaignRow
from compliance.store.invitation_models import InvitationListRow
from compliance.store.models import Assignment, Determination, Organisation
from compliance.store.review_models import SignOff
from compliance.web.background import Workers
from compliance.web.database import now, store_engine
from compliance.web.edition_registry import newest_edition
from compliance.web.review_queue import keep_reviews, unkept_assessments
from tests.support.demonstrations import YEAR, demonstrate, fill_once
from tests.support.many_companies import add_many, add_readings
from tests.support.sites import Site, post
from tests.support.stores import statements

COMPANIES = 200
#: Seconds between two saves during the closing.
BETWEEN_SAVES = 0.5
#: The number of other companies for each company with a reading.
READ = 4
_READERS = {"steward": "steward", "audit": "auditor", "advocate": "advocate", "desk": "advocate", "hearing": "advocate"}
#: Endpoints that are not pages.
_LEFT_OUT = ("audit.scorecards", "audit.workbook", "steward.invite_import")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("companies", type=int, nargs="?", default=COMPANIES)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the database for the next run")
    parser.add_argument("--only", default="", help="pages whose address has this in it; nothing is closed then")
    parser.add_argument("--closing", action="store_true", help="close the period only, without a look at pages")
    parser.add_argument("--submit", action="store_true", help="have somebody submit meanwhile, twice a second")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        site = demonstrate(fill_once(folder), folder)
        fill(site, asked.companies)
        if not asked.closing:
            measure_pages(site, asked.only)
        if not asked.only:
            measure_closing(site, submits=asked.submit)
        site.close()


def fill(site: Site, count: int) -> None:
    """Add the companies, unless an earlier run did."""
    with site.store() as session:
        if (session.scalar(select(func.count()).select_from(Organisation)) or 0) < count:
            began = time.perf_counter()
            print(add_many(session, count, year=YEAR, auditor=site.people["auditor"].id), end=" ")
            print(f"{time.perf_counter() - began:.0f} s")
        if (session.scalar(select(func.count()).select_from(DeskReadingRow)) or 0) < count // READ:
            add_readings(
                session, count // READ, readers=[site.people[who].id for who in ("advocate", "auditor", "steward")]
            )
    with site.app.app_context():  # as a worker does when it starts
        for assessment in unkept_assessments():
            keep_reviews(assessment)


def measure_pages(site: Site, only: str) -> None:
    """Measure the pages whose address contains `only`, and print a line for each."""
    print(f"{'page':<58}{'CPU s':>7}{'again':>7}{'s':>7}{'statements':>12}{'MB':>6}{'kB':>7}")
    for who, where in pages(site):
        if only in where:
            client = site.client(who)
            forget_peak()
            began = time.perf_counter()
            with statements(store_engine(site.app)) as sent:
                first, size, code = timed(client, where)
            took = time.perf_counter() - began
            again, _size, _code = timed(client, where)
            trouble = "" if code == 200 else f"  {code}"
            figures = f"{first:>7.2f}{again:>7.2f}{took:>7.2f}{len(sent):>12}{peak():>6.0f}{size / 1000:>7.0f}"
            print(f"{where:<58}{figures}{trouble}", flush=True)


def timed(client: FlaskClient, where: str) -> tuple[float, int, int]:
    """Request a page, and return seconds of CPU, bytes and status."""
    began = time.process_time()
    response = client.get(where)
    size = sum(len(piece) for piece in response.iter_encoded())
    response.close()
    return time.process_time() - began, size, response.status_code


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Yield person and address of each route of steward, auditors and advocates, and of some filtered lists."""
    with site.store() as session:
        one = {
            "year": YEAR,
            "organisation_id": session.scalar(select(func.max(Organisation.id))),
            "person_id": site.people["auditor"].id,
            "campaign_id": session.scalar(select(func.max(ReadingCampaignRow.id))),
            "reading_id": session.scalar(select(func.min(DeskReadingRow.id)).where(DeskReadingRow.state == "hearing")),
            "list_id": session.scalar(select(func.max(InvitationListRow.id))),
            "assessment_id": session.scalar(
                select(func.max(Assignment.assessment_id)).where(
                    Assignment.auditor_id == site.people["auditor"].id,
                    Assignment.assessment_id.in_(select(Determination.assessment_id)),
                )
            ),
        }
        signed = session.scalar(select(func.max(SignOff.assessment_id)))
    for rule in sorted(site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
        who = _READERS.get(rule.endpoint.partition(".")[0])
        if who and "GET" in (rule.methods or ()) and rule.arguments <= one.keys() and rule.endpoint not in _LEFT_OUT:
            values = {name: one[name] for name in rule.arguments}
            if rule.endpoint == "steward.sign_off":
                values = {"assessment_id": signed}
            if rule.endpoint == "steward.correct":
                values = {"year": YEAR - 1}
            where = rule.rule
            for name, value in values.items():
                where = re.sub(rf"<[^>]*\b{name}>", str(value), where)
            yield who, where
    for where in ("?state=in-review", "?state=to-do", "?find=oak", "?order=score", "?order=latest&find=pine+1"):
        yield "auditor", f"/audit{where}"
    for where in ("?find=oak", "?order=latest", "?who=nobody"):
        yield "steward", f"/steward/assessments{where}"
    for where in (
        "?kind=submission",
        f"?person={one['person_id']}",
        f"?company={one['organisation_id']}",
        "?since=2026-01-01",
    ):
        yield "steward", f"/steward/trail{where}"
    for where in ("?find=oak", "?order=latest", "?state=deciding"):
        yield "advocate", f"/desk{where}"


def measure_closing(site: Site, *, submits: bool) -> None:
    """Print how long closing takes, and a save alone and during the closing."""
    client, where, question = saver(site)
    alone = [one_save(client, where, question, number) for number in range(20)]
    # Settings of this site, for the process that runs the job.
    os.environ |= {name: site.app.config[name] for name in ("DATABASE_URL", "SECURITY_PASSWORD_SALT")}
    os.environ["ARTICLE34_INSTANCE"] = site.app.instance_path
    site.app.config["JOBS_APART"] = True
    workers = Workers(site.app)
    over, beside, submitted = threading.Event(), list[float](), list[int]()

    def go_on() -> None:
        number = len(alone)
        while not over.wait(BETWEEN_SAVES):
            if submits:
                submitted.extend(one_submission(site, int(where.split("/")[2])))
            beside.append(one_save(client, where, question, number))
            number += 1

    thread = threading.Thread(target=go_on)
    thread.start()
    steward, began = site.client("steward"), time.perf_counter()
    forget_peak()
    assert post(steward, f"/steward/periods/{YEAR}/close", sure="yes").status_code == 302
    while (state := job_state(steward)) == "busy":
        time.sleep(1)
    took = time.perf_counter() - began
    over.set()
    thread.join()
    workers.stop()
    of_job = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(
        f"closing {YEAR}: {state} after {took:.0f} s; its process {of_job:.0f} MB, this one {peak():.0f} MB", end="; "
    )
    print(f"{len(submitted)} submissions meanwhile")
    for name, times in (("alone", alone), ("beside the closing", beside)):
        if times:
            middle, most = 1000 * statistics.median(times), 1000 * max(times)
            print(f"a save {name}: {len(times)} times, median {middle:.0f} ms, most {most:.0f} ms")
    if beside:
        print(f"a save beside the closing: {statistics.median(beside) / statistics.median(alone):.2f} x alone")


def one_submission(site: Site, assessment: int) -> list[int]:
    """Submit an assessment again, as the page of its company does. Return its id, or [] if the period is closed."""
    with site.app.app_context(), site.store() as session, session.begin():
        served = newest_edition()
        scores = submission_json_writer(served.compiled)
        try:
            made = submit(
                session, assessment, by=None, at=now(), edition=served.edition, consent="counted", scores=scores
            )
        except PeriodClosed:
            return []
        return [made]


def job_state(client: FlaskClient) -> str:
    """Return "busy" or "done", as the page of jobs says."""
    return "busy" if "Reload this page" in client.get("/steward/jobs").text else "done"


def saver(site: Site) -> tuple[FlaskClient, str, str]:
    """Return a client that can save, the address of a form, and one of its fields."""
    client = site.client("company")
    numbers = re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)
    where = f"/assessments/{max(map(int, numbers))}/profile"
    return client, where, "profile.size"


def one_save(client: FlaskClient, where: str, field: str, number: int) -> float:
    """Return the seconds that saving a page takes, after it was loaded."""
    page = client.get(where).text
    versions = dict(re.findall(r'name="([\w.]+#version)" value="(\d+)"', page))
    began = time.perf_counter()
    response = post(client, where, fields={**versions, field: ("small", "medium")[number % 2]})
    took = time.perf_counter() - began
    assert response.status_code < 500, response.status
    return took


def forget_peak() -> None:
    """Reset the peak memory of this process."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """Return the peak memory of this process since `forget_peak`, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    main()
