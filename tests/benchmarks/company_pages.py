"""The pages of a company that show what its answers come to: with nothing kept, with scorecards kept, drawn before.

Paired: the three ways take turns, over the demonstration, and the least of each counts. Times are CPU per request, with
the bytes that are sent. Without workers, nothing is computed beside the pages.
"""

import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import delete

from compliance.store.work_models import KeptScorecards
from compliance.web.drawn_parts import forget_drawn
from compliance.web.kept_scorecards import WaitingScorecards
from compliance.web.serving import freeze_garbage_collector
from tests.support.demonstrations import demonstrate, fill_once
from tests.support.sites import Site

ROUNDS = 6
PAGES = (
    *("", "/profile", "/code", "/scorecard", "/board", "/check", "/mirror", "/mirror?theme=code"),
    *("/mirror?show=whole", "/start", "/questionnaire"),
)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = demonstrate(fill_once(Path(folder)), Path(folder))
        client = site.client("company")
        numbers = sorted({int(n) for n in re.findall(r'href="/assessments/(\d+)"', client.get("/assessments").text)})
        print(f"save: scorecards computed beside the pages, {computing(site, numbers):.0f} ms CPU an assessment")
        print(f"{'page':<34}{'computed':>10}{'kept':>8}{'drawn':>8}  ms CPU, bytes")
        freeze_garbage_collector()
        for where in (f"{code}/assessments/{numbers[-1]}{page}" for code in ("", "/ar") for page in PAGES):
            measure(site, client, numbers, where)
        site.close()


def computing(site: Site, numbers: Sequence[int]) -> float:
    """Milliseconds of CPU that a worker takes for an assessment."""
    waiting, began = WaitingScorecards(site.app), time.process_time()
    waiting.add(numbers)
    while waiting.compute_next():
        pass
    return 1000 * (time.process_time() - began) / len(numbers)


def measure(site: Site, client: FlaskClient, numbers: Sequence[int], where: str) -> None:
    """Print a line of the table."""
    client.get(where)
    ways: list[tuple[float, Callable[[], object]]] = [
        (9.0, lambda: (forget_cards(site), forget_drawn(site.app))),
        (9.0, lambda: (computing(site, numbers[-1:]), forget_drawn(site.app))),
        (9.0, lambda: client.get(where)),
    ]
    size = 0
    for _ in range(ROUNDS):
        for place, (least, prepare) in enumerate(ways):
            prepare()
            began = time.process_time()
            size = len(client.get(where, headers={"Accept-Encoding": "gzip, br"}).data)
            ways[place] = (min(least, time.process_time() - began), prepare)
    computed, kept, drawn = (1000 * least for least, _ in ways)
    print(f"{where:<34}{computed:>10.1f}{kept:>8.1f}{drawn:>8.1f}  {size:>7,}")


def forget_cards(site: Site) -> None:
    """Throw away what was computed."""
    with site.store() as session, session.begin():
        session.execute(delete(KeptScorecards))


if __name__ == "__main__":
    main()
