"""The foundations of the tests: databases of both kinds are real and empty, and nothing is skipped unnoticed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import PostgresCluster, SqliteFolder
from tests.support.examples import SHARE
from tests.support.paths import ROOT

SKIPPING = """
import pytest
from tests.conftest import *

@pytest.mark.skip(reason="only to see what happens")
def test_skipped(): pass

def test_runs(): pass
"""


#: Without slow plugins, as in pyproject.toml, which a run in another folder does not read.
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:schemathesis", "-p", "no:anyio")


def run_pytest(folder: Path, *arguments: str, require_all: bool) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    (folder / "test_inner.py").write_text(SKIPPING, encoding="utf-8")
    return subprocess.run(
        [*PYTEST, "-p", "no:cacheprovider", "--rootdir", folder, *arguments, folder],
        env=os.environ | {"ARTICLE34_REQUIRE_ALL": "1" if require_all else "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


#: Options of a run, by what it is. `make test`, which is one with workers, tries only that.
RUNS = {"alone": (), "with workers": ("-n", "1")} if SHARE >= 1 else {"with workers": ("-n", "1")}


@pytest.mark.parametrize("arguments", RUNS.values(), ids=RUNS)
def test_a_skip_fails_the_run_if_everything_is_required(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run = run_pytest(tmp_path, *arguments, require_all=True)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "only to see what happens. With ARTICLE34_REQUIRE_ALL=1 nothing may be skipped." in run.stdout


def test_a_skip_does_not_fail_the_run_by_default(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, require_all=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_missing_program_fails_its_tests_if_everything_is_required(tmp_path: Path) -> None:
    (tmp_path / "test_program.py").write_text("def test_book(soffice): pass\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    for require_all, expected in (("1", "1 error"), ("", "1 skipped")):
        run = subprocess.run(
            [*PYTEST, "-ra", "--rootdir", tmp_path, tmp_path],
            env={"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "ARTICLE34_REQUIRE_ALL": require_all},
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in run.stdout
        assert "soffice is not installed (Debian package libreoffice-calc)" in run.stdout


def test_each_test_database_is_empty_and_separate(databases: SqliteFolder | PostgresCluster) -> None:
    first, second = databases.empty(), databases.empty()
    with_a_table = sa.create_engine(first)
    with with_a_table.begin() as connection:
        connection.execute(sa.text("CREATE TABLE provision (id TEXT)"))
        connection.execute(sa.text("INSERT INTO provision VALUES ('crc-34')"))
    with_a_table.dispose()
    assert tables(second) == []
    assert tables(databases.copy_of(first)) == ["provision"]


def test_postgresql_is_a_real_server(postgres_cluster: PostgresCluster) -> None:
    engine = sa.create_engine(postgres_cluster.empty())
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version()")).scalar_one().startswith("PostgreSQL ")
    engine.dispose()


def tables(url: str) -> list[str]:
    engine = sa.create_engine(url)
    names = sa.inspect(engine).get_table_names()
    engine.dispose()
    return names
