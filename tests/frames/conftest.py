"""Answers of the demonstration's hotels in two years, as the data frames of an analyst."""

import pandas as pd
import pytest

from compliance.demonstration.synthetic_companies import demo_companies, synthetic_answers
from compliance.frames import EditionTables, read_edition
from tests.support.answer_frames import frame_of

COMPANIES = 12


def hotels(edition: EditionTables, period: int) -> pd.DataFrame:
    """Return the answers of a few hotels, none of which stopped early, in one year, as a data frame."""
    companies = [company for company in demo_companies(seed=38) if company.sector.id == "lodging"][:COMPANIES]
    of_year = {"year": 2024 + period, "period": period, "keep": 1.0, "seed": 38}
    return frame_of(
        edition.edition, [synthetic_answers(edition.edition, company, **of_year).sheet for company in companies]
    )


@pytest.fixture(scope="session")
def edition() -> EditionTables:
    """The edition that the demonstration uses."""
    return read_edition("child-protection-2026")


@pytest.fixture(scope="session")
def before(edition: EditionTables) -> pd.DataFrame:
    """The answers of the year before."""
    return hotels(edition, 0)


@pytest.fixture(scope="session")
def answers(edition: EditionTables) -> pd.DataFrame:
    """The answers of the latest year."""
    return hotels(edition, 1)
