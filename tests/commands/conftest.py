"""Fixtures for the tests of commands."""

import shutil
from pathlib import Path

import pytest

from tests.commands.benchmark_files import HEADER, MADE, ROWS
from tests.support.sites import make_site, prepare_installation, settle


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An edition and an answers file, for `compliance benchmark`."""
    made, answers = tmp_path / "made.yaml", tmp_path / "answers.csv"
    made.write_text(MADE, encoding="utf-8")
    answers.write_text(HEADER + ROWS, encoding="utf-8")
    return made, answers


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new installation, with an empty database and without this machine's settings."""
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("MAIL_SERVER", raising=False)
    prepare_installation(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with people, companies and an open period. Copy it."""
    folder = tmp_path_factory.mktemp("made")
    prepare_installation(folder)
    settle(make_site(f"sqlite:///{folder / 'article34.db'}", folder)).close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `made`, in a folder that has room for keys beside it, without this machine's settings."""
    shutil.copytree(made, tmp_path / "kept")
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "kept"))
    for name in ("DATABASE_URL", "MAIL_SERVER"):
        monkeypatch.delenv(name, raising=False)
    for name in ("RETENTION", "ERASURES", "TRAIL_KEY", "TRAIL_KEY_FILE"):
        monkeypatch.delenv(f"ARTICLE34_{name}", raising=False)
    return tmp_path / "kept"
