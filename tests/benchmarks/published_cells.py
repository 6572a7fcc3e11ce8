"""What disclosure control costs: cells shown and withheld, and headlines, in both closed years of the demonstration.

Run: python -m tests.benchmarks.published_cells
The only time printed is that of closing both years, to compare two commits on one machine.
"""

import time
from collections import Counter
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from compliance import publication, store
from compliance.demonstration import seeding
from compliance.disclosure.figure_rows import figure_rows
from compliance.disclosure.published import Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.narrative.sector_findings import sector_findings
from compliance.questionnaire.edition import Edition
from compliance.web.edition_registry import newest_edition
from tests.support.sites import make_site

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: The headlines of a sector page.
HEADLINES = ("headline", "nonresponse", "evidence", "bands", "gaps", "levels", "themes", "regions", "sizes")


def closed_years(edition: Edition, folder: Path) -> tuple[list[PublishedSnapshot], float]:
    """Close both years, and return the snapshots and the CPU seconds of closing."""
    engine = store.open_database(f"sqlite:///{folder / 'demo.db'}")
    store.upgrade(engine)
    spent: list[float] = []
    found: list[PublishedSnapshot] = []
    original = publication.close_and_publish

    def timed(*args: object, **named: object) -> PublishedSnapshot:
        begin = time.process_time()
        found.append(original(*args, **named))  # type: ignore[arg-type]
        spent.append(time.process_time() - begin)
        return found[-1]

    seeding.close_and_publish = timed  # type: ignore[assignment]
    with Session(engine) as session, session.begin():
        seeding.seed_demonstration(session, edition, password_hash="", at=AT)
    engine.dispose()
    return found, sum(spent)


def count_cells(snapshot: PublishedSnapshot) -> tuple[Counter[str], Counter[str]]:
    """Count the cells shown, and all cells, by kind."""
    shown: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for row in figure_rows(snapshot):
        part = "all sectors" if row.sector == "all" else "sector"
        part = next((f"{kind}, {part}" for kind in ("region", "size", "need") if getattr(row, kind)), part)
        key = f"{part}: {row.figure}"
        every[key] += 1
        shown[key] += not isinstance(row.value, Suppressed)
    return shown, every


def main() -> None:
    """Print a line for each kind of cell and of headline."""
    with TemporaryDirectory() as folder:
        site = make_site(f"sqlite:///{folder}/site.db", Path(folder), EDITIONS=None)
        with site.app.test_request_context():
            edition = newest_edition().edition
            snapshots, seconds = closed_years(edition, Path(folder))
            shown: Counter[str] = Counter()
            every: Counter[str] = Counter()
            said: Counter[str] = Counter()
            groups = 0
            for snapshot in snapshots:
                some, all_ = count_cells(snapshot)
                shown.update(some)
                every.update(all_)
                for group in snapshot.sectors:
                    groups += group.shows_scores
                    found = sector_findings(edition, snapshot, group)
                    names = {field.name for field in fields(found)}
                    said.update(name for name in HEADLINES if name in names and getattr(found, name) is not None)
                print([(g.sector, str(g.contributors), str(g.participation.nonrespondents)) for g in snapshot.sectors])
        site.close()
    for key in sorted(every):
        print(f"{key:32} {shown[key]:5} of {every[key]:5}")
    print(f"all cells {sum(shown.values())} of {sum(every.values())}; sectors with figures {groups}")
    print("headlines:", {name: said[name] for name in HEADLINES}, sum(said.values()))
    print(f"closing both years: {seconds:.2f} s")


if __name__ == "__main__":
    main()
