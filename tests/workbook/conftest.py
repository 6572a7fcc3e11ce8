"""LibreOffice for tests of workbooks."""

from collections.abc import Callable, Mapping

import pytest

from tests.support.recalculation import Recalculator

Recalculate = Callable[[Mapping[str, bytes]], dict[str, bytes]]


@pytest.fixture(scope="session")
def recalculate(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Recalculate:
    """LibreOffice with one profile for all tests of a process: to make one takes longer than to start with it."""
    return Recalculator(soffice, tmp_path_factory.mktemp("recalculation"))
