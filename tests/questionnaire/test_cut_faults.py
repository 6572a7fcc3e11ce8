"""Faults of a cut are reported with file, line and advice."""

from pathlib import Path

import pytest

from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from tests.support.cut_editions import CUT, PARENT, written


def faults(folder: Path, cut: str, *, parent: str = PARENT) -> list[str]:
    """The faults of a cut, each with its file and line."""
    written(folder, "whole-1", parent)
    path = written(folder, "texts-1", cut)
    with pytest.raises(EditionFaults) as caught:
        load_edition(path)
    return [str(fault).removeprefix(f"{folder}/") for fault in caught.value.faults]


KEEP = "id: c\ncut_of: whole-1\n"


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ("id: c\nkeep: {aspect: code}\n", "texts-1/edition.yaml:1: a cut needs `cut_of`"),
        ("id: c\ncut_of: whole-1\n", "texts-1/edition.yaml:1: a cut needs `keep`"),
        (
            "id: c\ncut_of: whole-2\nkeep: {aspect: code}\n",
            "texts-1/edition.yaml:2: there is no edition `whole-2`; did you mean `whole-1`?",
        ),
        (KEEP + "keep: code\n", "texts-1/edition.yaml:3: `keep` takes lenses with the values that are kept"),
        (KEEP + "keep: {aspekt: code}\n", "3: there is no lens `aspekt`; did you mean `aspect`?"),
        (KEEP + "keep: {aspect: coed}\n", "3: `coed` is no value of the lens `aspect` (code, practice); did you mean"),
        (KEEP + "keep: {requirements: [r1, r9]}\n", "3: `r9` is no requirement of `whole-1`: delete it"),
        (KEEP + "keep: {aspect: []}\n", "3: `aspect: []` is nothing: name at least one"),
        (
            KEEP + "keep: {aspect: code, requirements: [r2]}\n",
            "3: no scored question of `whole-1` is all of this, so nothing is kept: change `keep`",
        ),
        (CUT.replace("reports: 4", "r2: 4"), "7: `r2` is not kept, so that it has no weight here: delete it"),
        (CUT.replace("reports: 4", "report: 4"), "7: `whole-1` has no node or question `report`; did you mean `repor"),
        (CUT.replace("reports: 4", "reports: -4"), "7: the weight of `reports` is a number above 0"),
        (CUT.replace("{reports: 4}", "[reports]"), "7: `weights` takes ids of nodes or questions with their weights"),
        (CUT.replace("critical_cap: thin\n", ""), "1: `r1` is kept and critical, which needs `critical_cap`"),
        (CUT.replace("cap: thin", "cap: thick"), "6: `thick` is none of the bands (thin, full); did you mean `thin`?"),
        (CUT + "blank: drop\n", "8: a cut takes `blank` from the edition that it is a cut of: delete it"),
        (CUT + "parts: [{id: q}]\n", "8: a cut takes `parts` from the edition that it is a cut of: delete it"),
        (CUT + "themes: {a: 1}\n", "8: `themes` takes a list of {id, title, weight, requirements}"),
        (CUT + "themes: [{id: a, requirements: [r1]}]\n", "8: `r3` is kept and stands in no theme: put it into one"),
        (CUT + "themes: [{id: a, requirements: [r1, r2, r3]}]\n", "8: `r2` is no requirement that is kept"),
        (CUT + "themes: [{id: a, requirements: [r1, r3]}, {id: b, requirements: [r3]}]\n", "8: `r3` stands in two"),
        (CUT + "themes: [{id: r1, requirements: [r1, r3]}]\n", "8: `r1` is there already: give the theme another id"),
        (CUT + "themes: [{title: A, requirements: [r1, r3]}]\n", "8: a theme of a cut needs `id`"),
        (CUT + "critical: [r1]\n", "8: `critical` takes requirements with their shares: {r1: 0.4}"),
        (CUT + "critical: {r2: 0.4}\n", "8: `r2` is no requirement that is kept"),
        (CUT + "critical: {r1: 0}\n", "8: the critical share of `r1` is a number above 0, and 1 at most"),
        (CUT + "keeps: {}\n", "8: a cut has no key `keeps`; did you mean `keep`?"),
    ],
)
def test_each_fault_of_a_cut_is_reported_with_its_place_and_remedy(tmp_path: Path, cut: str, expected: str) -> None:
    found = faults(tmp_path, cut)
    assert len(found) == 1 and expected in found[0], found


def test_a_condition_on_a_question_that_is_left_out_is_a_fault_in_its_own_line(tmp_path: Path) -> None:
    found = faults(tmp_path, CUT.replace("aspect: code", "aspect: practice"))
    line = PARENT.splitlines().index(next(text for text in PARENT.splitlines() if "counts_when" in text)) + 1
    said = f"`r1.practice` is kept in the cut {tmp_path}/texts-1/edition.yaml and looks at `r1.code`, which is not"
    remedy = "keep both, or neither, or let it look at a question that is kept"
    assert found == [f"whole-1/edition.yaml:{line}: {said}: {remedy}"]


def test_a_quick_cut_must_ask_everybody_the_same(tmp_path: Path) -> None:
    why = "texts-1/edition.yaml:8: a quick form asks everybody the same, one choice a question"
    assert faults(tmp_path, CUT + "form: quick\n") == [
        f"{why}: `about.codes` has `options` to choose one of, and no `na`",
        f"{why}: `r3.code` has no `asked_when`",
    ]


def test_a_cut_of_a_cut_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "whole-1", PARENT)
    written(tmp_path, "texts-1", CUT)
    path = written(tmp_path, "texts-2", CUT.replace("cut_of: whole-1", "cut_of: texts-1"))
    with pytest.raises(EditionFaults, match="yaml:3: `texts-1` is a cut itself, and there is no cut of a cut"):
        load_edition(path)


def test_faults_of_the_whole_edition_are_reported_with_its_own_lines(tmp_path: Path) -> None:
    assert faults(tmp_path, CUT, parent=PARENT.replace("critical: 0.5", "critical: 5")) == [
        "whole-1/edition.yaml:20: `critical` takes a share from 0 to 1, not `5`"
    ]


def test_a_file_of_parts_beside_a_cut_is_a_fault(tmp_path: Path) -> None:
    written(tmp_path, "whole-1", PARENT)
    path = written(tmp_path, "texts-1", CUT)
    (path / "more.yaml").write_text("id: more\nparts: [{id: q}]\n", encoding="utf-8")
    with pytest.raises(EditionFaults, match=r"more\.yaml: a cut has no parts of its own: delete this file"):
        load_edition(path)
