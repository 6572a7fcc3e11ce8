"""The notebook runs from the first cell to the last with the files of the demonstration, as its introduction says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.web.settings import make_secrets
from tests.support.demonstrations import CLOSED, demonstrate
from tests.support.notebooks import notebook, run_notebook
from tests.support.paths import ROOT

NOTEBOOK = ROOT / "compliance" / "frames" / "analysis.ipynb"


@pytest.fixture
def folder(demonstrated_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which the notebook is opened, with the files of the demonstration in a folder of their own."""
    monkeypatch.setenv("ARTICLE34_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'copy.db'}")
    (tmp_path / "copy.db").write_bytes(Path(demonstrated_file.removeprefix("sqlite:///")).read_bytes())
    (tmp_path / "instance").mkdir()
    make_secrets(tmp_path / "instance", {})
    site = demonstrate(f"sqlite:///{tmp_path / 'copy.db'}", tmp_path / "instance")
    data = tmp_path / "opened" / "demonstration"
    for year in (CLOSED - 1, CLOSED):
        done = CliRunner().invoke(main, ["export", str(year), "--out", str(data)])
        assert done.exit_code == 0, done.output
    for name in ("datapackage.json", "figures.csv"):
        (data / name).write_bytes(site.client().get(f"/publications/{CLOSED}/{name}").data)
    site.close()
    monkeypatch.chdir(tmp_path / "opened")
    yield tmp_path / "opened"


def test_the_notebook_runs_on_the_demonstration_and_writes_nothing(folder: Path) -> None:
    there = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    shown: dict[str, Any] = {}
    names: dict[str, Any] = {}
    for cell, value, names in run_notebook(notebook(NOTEBOOK)):  # noqa: B007  # the names of the last cell
        shown[cell] = value
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == there
    tables = {cell: value for cell, value in shown.items() if isinstance(value, pd.DataFrame | pd.Series)}
    assert len(tables) >= 12 and all(len(table) for table in tables.values())
    assert shown["score"]["rank"].is_monotonic_increasing and shown["scorecard"]["loss"].is_monotonic_decreasing
    moved = names["moved"]
    assert (moved["change"] - moved[["answers", "evidence", "method"]].sum(axis=1)).abs().max() < 1e-9
    assert (names["ranks"]["rank_from"] <= names["ranks"]["rank_to"]).all()
    whole = shown["published"]
    assert (whole["at_least"].isna() == whole["suppressed"].notna()).all() and whole["suppressed"].notna().any()
    assert "Article 34" in shown["citation"][0]


def test_the_notebook_is_stored_without_outputs_in_notebook_format_4_5() -> None:
    stored = notebook(NOTEBOOK)
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    code = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert NOTEBOOK.stat().st_size < 20_000
