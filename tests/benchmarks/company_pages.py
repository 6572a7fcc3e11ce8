"""The pages that show a company its results, in four states of the caches.

Computed: nothing is stored. Started: scorecards are stored, but no page is cached, as after a start of the process.
Saved: the first view after another answer was saved through the form of its page, in the language of the page, and a
worker has computed the scorecards. Drawn: viewed before.

The four states take turns, with the demonstration, and the least time of each counts. Times are CPU per request, with
the bytes sent. No workers run, so that nothing is computed beside the pages.
"""

import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from flask.testing import FlaskClient
from sqlalchemy import delete

from compliance.questionnaire.edition import Question
from compliance.store import assessment, saved_answers
from compliance.store.work_models import KeptScorecards
from compliance.web.caches import empty_caches
from compliance.web.edition_registry import edition_by_id
from compliance.web.kept_scorecards import WaitingScorecards
from compliance.web.serving import freeze_garbage_collector
from tests.support.demonstrations import demonstrate, fill_once
from tests.support.sites import Site, post

ROUNDS = 6
PAGES = (
    *("", "/profile", "/code", "/scorecard", "/board", "/check", "/mirror", "/mirror?theme=code"),
    *("/mirror?show=whole", "/start", "/questionnaire", "/explain"),
)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = demonstrate(fill_once(Path(folder)), Path(folder))
        client = site.client("company")
        numbers = sorted({int(n) for n in re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)})
        print(f"save: scorecards computed beside the pages, {computing(site, numbers):.0f} ms CPU an assessment")
        print(f"{'page':<34}{'computed':>10}{'started':>9}{'saved':>8}{'drawn':>8}  ms CPU, bytes")
        freeze_garbage_collector()
        for where in (f"{code}/assessments/{numbers[-1]}{page}" for code in ("", "/ar") for page in PAGES):
            measure(site, client, numbers, where)
        site.close()


def computing(site: Site, numbers: Sequence[int]) -> float:
    """Compute scorecards as a worker does, and return the milliseconds of CPU per assessment."""
    waiting, began = WaitingScorecards(site.app), time.process_time()
    waiting.add(numbers)
    while waiting.compute_next():
        pass
    return 1000 * (time.process_time() - began) / len(numbers)


def measure(site: Site, client: FlaskClient, numbers: Sequence[int], where: str) -> None:
    """Measure a page in each state, and print a line of the table."""
    client.get(where)
    ways: list[tuple[float, Callable[[], object]]] = [
        (9.0, lambda: (forget_cards(site), empty_caches(site.app))),
        (9.0, lambda: (computing(site, numbers[-1:]), empty_caches(site.app))),
        (9.0, lambda: (client.get(where), save_another(site, client, where, rng), computing(site, numbers[-1:]))),
        (9.0, lambda: client.get(where)),
    ]
    size, rng = 0, Random(where)
    for _ in range(ROUNDS):
        for place, (least, prepare) in enumerate(ways):
            prepare()
            began = time.process_time()
            size = len(client.get(where, headers={"Accept-Encoding": "gzip, br"}).data)
            ways[place] = (min(least, time.process_time() - began), prepare)
    computed, started, saved, drawn = (1000 * least for least, _ in ways)
    print(f"{where:<34}{computed:>10.1f}{started:>9.1f}{saved:>8.1f}{drawn:>8.1f}  {size:>7,}")


def save_another(site: Site, client: FlaskClient, where: str, rng: Random) -> None:
    """Save another option for a random single-choice question, and load the page that follows."""
    language, number = re.findall(r"^(/ar)?/assessments/(\d+)", where)[0]
    with site.app.app_context(), site.store() as session:
        edition = edition_by_id(assessment(session, int(number)).edition_id).edition
        kept = saved_answers(session, int(number))

    def has_one(question: Question) -> bool:
        given = kept[question.id].text if question.id in kept else ""
        return bool(given) and len(question.options) > 1 and not (question.is_multiple_choice or question.places)

    theme, question = rng.choice([(t, q) for t in edition.themes for q in t.questions() if has_one(q)])
    before, name = kept[question.id], question.id
    answer = rng.choice([option.id for option in question.options if option.id != before.text])
    fields = {f"{name}#version": str(before.version), name: answer, f"{name}#reason": before.reason}
    client.get(post(client, f"{language}/assessments/{number}/{theme.id}", fields=fields).headers["Location"])


def forget_cards(site: Site) -> None:
    """Delete the stored scorecards."""
    with site.store() as session, session.begin():
        session.execute(delete(KeptScorecards))


if __name__ == "__main__":
    main()
