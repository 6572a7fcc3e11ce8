"""Making the snapshot of a period: memory per company, and how time grows with the number of companies.

Run: python -m tests.benchmarks.public_snapshot [COMPANIES …]   (default 1000 10000 100000)
Companies are invented one after the other and share a few hundred records, so that only counting is measured. Two
periods are closed: time is measured for the first, memory for the second. Prints ratios within one run. Single times
mean nothing on a busy machine.
"""

import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import date

import numpy as np

from compliance.disclosure.aggregates import Contribution, contributions_from_json, contributions_to_json
from compliance.disclosure.closing import ClosedPeriod, close_figures
from compliance.disclosure.company_table import RegisteredCompany, load_companies
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import ScoreRecord
from tests.support.factories import bands, edition, node, number, profile, sheet

SECTORS = tuple(f"sector{i:02}" for i in range(14))
SIZES = ("1-9", "10-49", "50-249", "250-4999", "5000-up")
REGIONS = ("Africa", "Americas", "Asia", "Europe", "Oceania")
CONSENTS = ("counted", "counted", "counted", "counted", "counted", "counted", "counted", "named", "private", "counted")
THEMES, REQUIREMENTS = 6, 40
#: Number of records that companies share, as making one takes far longer than counting it.
RECORDS = 500
DAY = date(2026, 12, 15)


def the_edition() -> Edition:
    """Return an edition of six themes with forty requirements, each with law, and with sectors and sizes."""
    requirements = [
        node(f"r{r}", number(f"q{r}"), expects="…", law=(f"crc-{r}", "crc-34")) for r in range(REQUIREMENTS)
    ]
    themes = (node(f"t{t}", *requirements[t::THEMES]) for t in range(THEMES))
    return edition(*themes, bands=bands(a=0, b=25, c=50, d=75), profile=profile(sector=SECTORS, size=SIZES))


def the_records(made: Edition) -> list[ScoreRecord]:
    """Return score records at all levels."""
    rng = np.random.default_rng(1)
    levels = rng.uniform(0, 100, RECORDS)
    sheets = [sheet(**{q: float(np.clip(rng.normal(level, 15), 0, 100)) for q in made.questions}) for level in levels]
    return score_records(compile_edition(made), sheets)


def stream(records: list[ScoreRecord], companies: int, period: int) -> Iterator[RegisteredCompany]:
    """Yield companies of a period. Nine in ten take part, not always the same ones."""
    rng = np.random.default_rng(2)
    for i in range(companies):
        sector, size, region, consent, own = (int(x) for x in rng.integers(0, (14, 5, 5, 10, RECORDS)))
        record = records[own] if rng.random(2)[period] < 0.9 else None
        name, consents = f"Example {i:06}", CONSENTS[consent]
        yield RegisteredCompany(
            company=name,
            sector=SECTORS[sector],
            consent=consents,
            scores=record,
            id=str(i),
            region=REGIONS[region],
            size=SIZES[size],
        )


def close(
    made: Edition, records: list[ScoreRecord], companies: int, period: int, *neighbours: dict[str, Contribution]
) -> ClosedPeriod:
    """Close one period."""
    entries = stream(records, companies, period)
    return close_figures(made, 2025 + period, entries, DAY, neighbours=neighbours)


def timed(made: Edition, records: list[ScoreRecord], companies: int) -> tuple[float, dict[str, Contribution]]:
    """Return CPU seconds for closing the first period, and its contributions, read back from JSON."""
    begin = time.process_time()
    closing = close(made, records, companies, 0)
    return time.process_time() - begin, contributions_from_json(contributions_to_json(closing.contributions))


def peak_of(made: Edition, records: list[ScoreRecord], companies: int, kept: dict[str, Contribution]) -> int:
    """Return the peak of allocated bytes while the second period is closed, without the contributions to the first."""
    tracemalloc.start()
    close(made, records, companies, 1, kept)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main(sizes: list[int]) -> None:
    """Print a line for each number of companies."""
    made = the_edition()
    records = the_records(made)
    text = len(json.dumps(records[0]))
    ledger = load_companies(made, stream(records, 1000, 1)).table
    print(f"one record as text: {text:,} bytes; in columns: {ledger.nbytes / len(ledger.ids):,.0f} bytes")
    before: tuple[int, float] | None = None
    for companies in sizes:
        seconds, kept = timed(made, records, companies)
        peak = peak_of(made, records, companies, kept)
        grown = (
            "" if before is None else f"; ×{companies / before[0]:.1f} companies took ×{seconds / before[1]:.1f} time"
        )
        share = f"1/{companies * text / peak:,.0f} of all records as text"
        each = f"peak {peak / companies:,.0f} bytes each ({peak / 2**20:,.1f} MiB, {share})"
        print(f"{companies:>9,} companies: {each}{grown}", flush=True)
        before = companies, seconds


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000, 10_000, 100_000])
