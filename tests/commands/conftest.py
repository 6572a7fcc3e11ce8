"""What the tests of commands share."""

from pathlib import Path

import pytest

from tests.commands.benchmark_files import HEADER, MADE, ROWS
from tests.support.sites import prepare_installation


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An edition and an answers file, for `compliance benchmark`."""
    made, answers = tmp_path / "made.yaml", tmp_path / "answers.csv"
    made.write_text(MADE, encoding="utf-8")
    answers.write_text(HEADER + ROWS, encoding="utf-8")
    return made, answers


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation of its own, with an empty database and no settings of this machine."""
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("MAIL_SERVER", raising=False)
    prepare_installation(tmp_path)
    return tmp_path
