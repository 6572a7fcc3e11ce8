"""Docstrings are true: columns and their types, examples, and which modules are loaded."""

import doctest
import inspect
import io
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from compliance import frames
from compliance.frames import EditionTables, comparison_frames, edition_tables, score_frames
from tests.frames.test_published_frames import write_publication
from tests.support.closed_worlds import worlds
from tests.support.paths import EDITIONS, ROOT


def documented(function: object, nth: int = 0) -> dict[str, str]:
    """The columns in the nth list of a docstring, with their types."""
    lists = re.split(r"\n\n(?!- )", inspect.getdoc(function) or "")
    found = [re.findall(r"^- (\w+) \((\w+)\): \w", text, re.M) for text in lists]
    return dict([columns for columns in found if columns][nth])


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(kind) for name, kind in frame.dtypes.items()}


def test_every_frame_has_the_columns_and_types_that_its_function_documents(
    edition: EditionTables, before: pd.DataFrame, answers: pd.DataFrame
) -> None:
    company = answers.index[0]
    steps, moved, sample = (documented(frames.change, nth) for nth in range(3))
    steps_of_groups = {name: kind for name, kind in steps.items() if name != "not_compared"}
    peers = documented(frames.compare)
    for frame, columns, index in (
        (edition.questions, documented(EditionTables.questions), ["question"]),
        (edition.requirements, documented(EditionTables.requirements), ["requirement"]),
        (frames.score(edition, answers), documented(frames.score), ["company", "node"]),
        (frames.scorecard(edition, answers, company), documented(frames.scorecard), ["part"]),
        (frames.compare(edition, answers), peers, ["node"]),
        (
            frames.compare(edition, answers, ["size", "region"], company=company),
            peers | documented(frames.compare, 1),
            ["size", "region", "node"],
        ),
        (frames.change(edition, before, answers), steps, ["company"]),
        (frames.change(edition, before, answers, per="requirement"), moved, ["company", "requirement"]),
        (frames.change(edition, answers, answers, per="requirement"), moved, ["company", "requirement"]),
        (frames.change(edition, before, answers, per="group"), steps_of_groups | sample, ["group"]),
        (frames.change(edition, before, answers, per="group", by="size"), steps_of_groups | sample, ["size"]),
        (frames.rank(edition, answers, draws=100), documented(frames.rank), ["company"]),
        (frames.rank(edition, answers, "size", draws=100), documented(frames.rank), ["size", "company"]),
    ):
        assert types(frame) == columns
        assert list(frame.index.names) == index
        assert frame.index.is_unique
        assert {str(frame.index.get_level_values(name).dtype) for name in index} == {"str"}


@pytest.mark.parametrize("module", [edition_tables, score_frames, comparison_frames])
def test_docstring_examples_give_the_results_they_show(module: ModuleType) -> None:
    table = re.search(r"\n    (company .*?)\n\n", str(frames.__doc__), re.S)
    assert table
    answers = pd.read_fwf(io.StringIO(table[1].replace("\n    ", "\n")))
    assert list(answers["company"]) == ["Aster", "Birch", "Cedar"]
    edition = frames.read_edition(EDITIONS / "example-1.yaml")
    result = doctest.testmod(
        module, extraglobs={"edition": edition, "answers": answers}, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert result.attempted and not result.failed


def test_every_public_function_has_an_example_and_says_what_it_raises() -> None:
    functions = [getattr(frames, name) for name in frames.__all__ if inspect.isfunction(getattr(frames, name))]
    assert len(functions) == 8
    for function in functions:
        said = inspect.getdoc(function) or ""
        assert f"{function.__name__}(" in said, function
        assert "\nRaise " in said, function


def test_the_example_in_the_readme_runs_unchanged(
    answers: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.search(r"\n    from compliance import frames\n(?:    .*\n)+", readme)
    assert lines
    answers.to_csv(tmp_path / "answers.csv")
    write_publication(tmp_path / "publication", next(worlds(1)))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(textwrap.dedent(lines[0]), names)  # noqa: S102  # what it says is ours
    assert len(names["scores"]) > len(names["figures"]) > 0
    for name in ("company", "node", "score", "worst", "best", "coverage", "band", "rank"):
        assert name in lines[0] and name in names["scores"].reset_index().columns


def test_importing_frames_loads_neither_web_nor_database_libraries() -> None:
    program = "import compliance.frames, sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "pandas" in loaded and not loaded & {"flask", "jinja2", "sqlalchemy", "werkzeug", "wtforms"}


def test_the_import_error_without_pandas_says_how_to_install_it() -> None:
    program = "import sys; sys.modules['pandas'] = None\nimport compliance.frames"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert 'ImportError: compliance.frames needs pandas: pip install "article34[analysis]"' in run.stderr
