"""Adding a rule of aggregation: importing a table without an entry for it fails with a message that names the rule."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import compliance
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.vocabulary import AGGREGATION_METHODS, AggregationMethod, exhaustive_table
from compliance.scoring.aggregation import ARITHMETIC

PACKAGE = Path(compliance.__file__).parent
RULES = "questionnaire/vocabulary.py"
ARITHMETIC_FILE = "scoring/aggregation.py"
NOTATION_FILE = "narrative/aggregation_notation.py"
EDITION = """\
id: largest
combine: max
parts:
  - {id: a, options: yes-no}
  - {id: b, options: yes-no}
"""
ANSWERS = "company,a,b\none,yes,no\n"
#: The entry for a new rule `max` in each table.
ENTRIES = {
    RULES: '"max": AggregationRule(),',
    ARITHMETIC_FILE: '"max": AggregationArithmetic(lambda _w, s: np.fmax.reduce(s), _minimum_loss_factors),',
    NOTATION_FILE: '"max": AggregationNotation("highest", "The highest part counts.", _lowest_of, "MAX({values})"),',
}


@pytest.fixture(scope="module")
def with_max(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package whose type of rules includes `max`."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "compliance", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "questionnaires", folder / "questionnaires")
    rules = folder / "compliance" / RULES
    written = rules.read_text().replace('"geometric", "min"]', '"geometric", "min", "max"]')
    assert written != rules.read_text()
    rules.write_text(written)
    (folder / "largest.yaml").write_text(EDITION)
    (folder / "answers.csv").write_text(ANSWERS)
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the copy."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)})


def score(folder: Path) -> subprocess.CompletedProcess[str]:
    """Score two answers, one with full marks and one with none, by `max`."""
    return python(folder, "-m", "compliance", "score", "largest.yaml", "answers.csv", "--out", "scores.csv")


def add_entry(folder: Path, file: str) -> None:
    """Add the entry for `max` to the table in a file, before the entry for `mean`."""
    path = folder / "compliance" / file
    written = re.sub(r'^( +)("mean": Agg)', rf"\1{ENTRIES[file]}\n\1\2", path.read_text(), flags=re.MULTILINE)
    assert written != path.read_text()
    path.write_text(written)


def test_each_table_names_the_rule_for_which_it_has_no_entry(with_max: Path) -> None:
    """Adding a rule takes changes to three files, and the error names the missing entry until all are made."""
    for file, table in (
        (RULES, "questionnaire.vocabulary.AGGREGATION_RULES"),
        (ARITHMETIC_FILE, "scoring.aggregation.ARITHMETIC"),
        (NOTATION_FILE, "narrative.aggregation_notation.NOTATION"),
    ):
        refused = python(with_max, "-c", "import compliance.commands.scorecard")
        assert refused.returncode
        assert refused.stderr.splitlines()[-1] == f"TypeError: {table}: `max` has no entry: add one"
        add_entry(with_max, file)
    scored = score(with_max)
    assert not scored.returncode, scored.stderr
    assert (with_max / "scores.csv").read_text().splitlines()[1].startswith("one,overall,100,")


def test_an_unknown_rule_is_a_fault_with_its_line(tmp_path: Path) -> None:
    """An unknown rule is never taken as a mean."""
    file = tmp_path / "largest.yaml"
    file.write_text(EDITION)
    with pytest.raises(EditionFaults) as faults:
        load_edition(file)
    assert str(faults.value) == f"{file}:2: `max` is no rule of combination: use mean, sum, geometric or min"


def test_a_table_has_exactly_one_entry_for_each_key() -> None:
    """A missing and a superfluous entry are both named."""
    assert dict(exhaustive_table("T", ("a", "b"), {"b": 2, "a": 1})) == {"a": 1, "b": 2}
    with pytest.raises(TypeError, match=r"^T: `b` has no entry: add one; `c` is unknown: delete its entry$"):
        exhaustive_table("T", ("a", "b"), {"a": 1, "c": 3})


@pytest.mark.parametrize("rule", AGGREGATION_METHODS)
def test_the_loss_of_a_node_is_divided_among_its_parts(rule: AggregationMethod) -> None:
    """1 - S is the sum of c (1 - s) for each rule, with zeros, full marks, ties and missing parts."""
    scores = [np.array(row) for row in ([0.0, 0.5, 1.0, np.nan], [0.2, 0.5, 1.0, 0.7], [0.9, np.nan, 1.0, 0.4])]
    weights, arithmetic = [1.0, 2.0, 0.5], ARITHMETIC[rule]
    of_node = arithmetic.score(weights, scores)
    factors = arithmetic.loss_factors(weights, scores, of_node)
    lost = sum(c * (1 - np.nan_to_num(s)) for c, s in zip(factors, scores, strict=True))
    np.testing.assert_allclose(lost, 1 - of_node, rtol=0, atol=1e-12)
    assert not any(c[np.isnan(s)].any() for c, s in zip(factors, scores, strict=True))


@pytest.mark.parametrize("rule", AGGREGATION_METHODS)
def test_weights_may_differ_from_row_to_row(rule: AggregationMethod) -> None:
    """Each row of a simulation's draws has exactly the result of that row's weights alone."""
    drawn = np.array([[1.0, 2.0], [0.75, 2.25], [1.25, 1.0]])
    scores = [np.array([[0.3, 1.0, np.nan, 0.0]] * 3), np.array([[0.8, 0.1, 0.5, 0.9]] * 3)]
    together = ARITHMETIC[rule].score([drawn[:, [0]], drawn[:, [1]]], scores)
    for row, weights in enumerate(drawn):
        alone = ARITHMETIC[rule].score(list(weights), [part[row] for part in scores])
        np.testing.assert_array_equal(together[row], alone)
