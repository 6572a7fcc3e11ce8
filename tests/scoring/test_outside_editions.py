"""Editions by authors who only read the guide, whether minimal, long or in other scripts, are scored as they are."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from compliance.cli import main
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.loader import load_edition
from compliance.scoring.attribution import effective_weights, losses
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.score import score
from compliance.scoring.scorecard import make_scorecard

LONG = "a-question-that-says-in-its-id-all-that-it-asks." * 4 + "end"

#: By description: the edition, the answers, and the score shown and band of each company.
EDITIONS = {
    "one question and nothing else": (
        "id: e\nparts: [{id: q, options: yes-no}]",
        "company,q\nÄrger & Söhne 株式会社,yes",
        {"Ärger & Söhne 株式会社": ("100.0", "")},
    ),
    "a scale of one, without bands": (
        "id: e\nscale: 1\nround: 2\nparts: [{id: t, parts: [{id: a, range: [0, 10]}, {id: b, range: [3, 1]}]}]",
        "company,a,b\nA,7,1",
        {"A": ("0.85", "")},
    ),
    "a scale of ten, bands without titles, a long id, other scripts": (
        f"id: e\ntitle: 评估 🙂\nscale: 10\nbands: [{{id: low, from: 0}}, {{id: high, from: 7.5}}]\n"
        f"parts: [{{id: {LONG}, ask: ¿Cuántos?, range: [5, 0]}}]",
        f"company,{LONG}\nA,1\nB,2",
        {"A": ("8.0", "high"), "B": ("6.0", "low")},
    ),
    "points below zero, and a blank that is no better": (
        "id: e\nparts: [{id: q, options: [{id: bad, points: -2}, {id: fine, points: 1}]}]",
        "company,q\nA,fine\nB,bad\nC,",
        {"A": ("100.0", ""), "B": ("-200.0", ""), "C": ("-200.0", "")},
    ),
    "sums in sums": (
        "id: e\ncombine: sum\nparts: [{id: s, combine: sum, parts: [{id: a, range: [0, 4], max: 4}, {id: t,"
        " combine: sum, parts: [{id: b, range: [0, 10], max: 10}, {id: c, kind: many, max: 2, options:"
        " [{id: p, points: 1}, {id: r, points: 1}]}]}]}, {id: d, range: [0, 5], max: 5}]",
        "company,a,b,c,d\nA,4,5,p|r,5",
        {"A": ("76.2", "")},  # 4 + 5 + 2 + 5 of 21
    ),
    "numbers as ids, of questions and of options": (
        "id: e\nparts: [{id: 1, options: [{id: 0, points: 0}, {id: 1, points: 1}, {id: 2, points: 2}]}]",
        "company,1\nA,1\nB,0",
        {"A": ("50.0", ""), "B": ("0.0", "")},
    ),
    "bands from the highest down": (
        "id: e\nbands: [{id: high, from: 50}, {id: low, from: 10}]\nparts: [{id: q, range: [0, 100]}]",
        "company,q\nA,60\nB,20\nC,5",
        {"A": ("60.0", "high"), "B": ("20.0", "low"), "C": ("5.0", "")},
    ),
    "three hundred questions, all of which must be answered": (
        "id: e\nmin_coverage: 1\nparts: [{id: t, parts: ["
        + ", ".join(f"{{id: q{n}, range: [0, 2]}}" for n in range(300))
        + "]}]",
        "company," + ",".join(f"q{n}" for n in range(300)) + "\nA" + ",1" * 300 + "\nB" + ",1" * 299 + ",",
        {"A": ("50.0", ""), "B": ("", "")},
    ),
}


@pytest.mark.parametrize("what", EDITIONS)
def test_an_edition_from_outside_is_checked_and_scored(what: str, tmp_path: Path) -> None:
    text, rows, expected = EDITIONS[what]
    edition, answers, out = tmp_path / "e.yaml", tmp_path / "answers.csv", tmp_path / "scores.csv"
    edition.write_text(text + "\n", encoding="utf-8")
    answers.write_text(rows + "\n", encoding="utf-8")
    for command in (["check", str(edition)], ["score", str(edition), str(answers), "--out", str(out)]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        found = {
            row["company"]: (row["shown"], row["band"]) for row in csv.DictReader(file) if row["node"] == "overall"
        }
    assert found == expected


def test_a_draft_with_only_text_questions_has_no_score_and_no_losses(tmp_path: Path) -> None:
    edition = tmp_path / "e.yaml"
    edition.write_text(
        "id: e\nbands: [{id: low, from: 0}]\nparts: [{id: q}, {id: t, parts: [{id: r}]}]\n", encoding="utf-8"
    )
    compiled, sheet = compile_edition(load_edition(edition)), AnswerSheet("A", {}, {"q": "words"})
    overall = make_scorecard(compiled, sheet).overall
    assert (overall.score, overall.worst, overall.best, overall.coverage, overall.band) == (
        None,
        None,
        None,
        None,
        None,
    )
    scores = score(compiled, [sheet])
    assert set(losses(scores)) == set(effective_weights(scores)) == {"overall"}
