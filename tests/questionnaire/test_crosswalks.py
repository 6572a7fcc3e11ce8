"""Crosswalks: faults in their files, and what ours say beside the law that requirements rest on."""

import re
from pathlib import Path

import pytest

from compliance.questionnaire.crosswalk import (
    Crosswalk,
    crosswalks_folder,
    load_crosswalks,
    read_crosswalks,
)
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_companions import checked_crosswalks
from compliance.questionnaire.edition_folder import editions_folder
from compliance.questionnaire.faults import EditionFaults, FaultCollector
from compliance.questionnaire.glossary import load_glossary
from compliance.questionnaire.loader import find_edition
from tests.support.guide import guide_file
from tests.support.paths import EDITIONS

OURS = editions_folder() / "crosswalks"
SOUND = """id: made
title: A standard
version: The first
editions: [example-1]
as_of: '2026-11-27'
source: A page
licence: Nobody's
points:
- id: M-1
  title: What is expected in other countries
  requirements: [reach.higher]
- id: M-2
  title: Who may use the channel
  provision: para. 3
  open: Name the channels.
  requirements: [acc.channel, reach.higher]
"""
#: A change of the valid file, and the fault that is reported, with its line.
BROKEN = {
    "requirement": (("[acc.channel, ", "[acc.chanel, "), "16: `acc.chanel` is no requirement of `example-1`; did you"),
    "question": (("[reach.higher]", "[reach.higher.code]"), "11: `reach.higher.code` is no requirement of `example-1`"),
    "theme": (("[reach.higher]", "[acc]"), "11: `acc` is no requirement of `example-1`"),
    "edition": (("[example-1]", "[example-9]"), "4: there is no edition `example-9`: name one that lies beside"),
    "point twice": (("id: M-2", "id: M-1"), "12: the point `M-1` stands twice: join the two"),
    "nothing beside": (("[reach.higher]", "[]"), "11: no requirement stands beside this point"),
    "requirement twice": (("acc.channel, reach", "reach.higher, reach"), "16: `reach.higher` stands twice"),
    "another file": (("id: made", "id: other"), "1: the file of `other` must be called other.yaml"),
    "key": (("provision:", "paragraph:"), "14: a point has no key `paragraph`"),
    "no source": (("source: A page\n", ""), "1: a crosswalk needs `source`"),
    "day": (("'2026-11-27'", "soon"), "5: `as_of` takes a day as year-month-day, not `soon`"),
    "no point": ((SOUND[SOUND.index("- id: M-1") :], "  []"), "9: `points` takes a list of points, at least one"),
    "no list": (("[reach.higher]", "reach.higher"), "11: `requirements` takes a list"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of crosswalks, beside the edition to which they refer."""
    (tmp_path / "example-1.yaml").write_bytes((EDITIONS / "example-1.yaml").read_bytes())
    (tmp_path / "crosswalks").mkdir()
    (tmp_path / "crosswalks" / "made.yaml").write_text(SOUND, encoding="utf-8")
    return tmp_path / "crosswalks"


def test_a_valid_file_is_read_as_written(folder: Path) -> None:
    faults = FaultCollector()
    (made,) = checked_crosswalks(folder, faults)
    assert faults.faults == []
    assert (made.id, made.short, made.editions, made.left_out) == ("made", "A standard", ("example-1",), "")
    first, second = made.points
    assert (first.id, first.requirements, first.provision, first.open) == ("M-1", ("reach.higher",), "", "")
    assert (second.provision, second.open) == ("para. 3", "Name the channels.")


@pytest.mark.parametrize("name", BROKEN)
def test_a_fault_is_reported_with_file_line_and_remedy(folder: Path, name: str) -> None:
    (before, after), said = BROKEN[name]
    assert before in SOUND
    (folder / "made.yaml").write_text(SOUND.replace(before, after, 1), encoding="utf-8")
    faults = FaultCollector()
    checked_crosswalks(folder, faults)
    assert [fault for fault in map(str, faults.faults) if f"{folder / 'made.yaml'}:{said}" in fault], faults.faults


def test_a_file_that_is_not_yaml_is_a_fault_and_not_a_crash(folder: Path) -> None:
    (folder / "made.yaml").write_text("points: [", encoding="utf-8")
    with pytest.raises(EditionFaults, match=r"made\.yaml:"):
        load_crosswalks(folder)


def test_for_an_edition_that_does_not_load_its_own_faults_are_reported(folder: Path) -> None:
    (folder.parent / "example-1.yaml").write_text("id: example-1\n", encoding="utf-8")
    faults = FaultCollector()
    checked_crosswalks(folder, faults)
    assert faults.faults and all(fault.file.endswith("example-1.yaml") for fault in faults.faults)


def test_without_editions_at_hand_names_are_not_checked(folder: Path) -> None:
    (folder / "made.yaml").write_text(SOUND.replace("reach.higher", "somewhere"), encoding="utf-8")
    faults = FaultCollector()
    assert len(read_crosswalks(folder, faults)) == 1 and faults.faults == []


def test_the_crosswalks_beside_an_edition_come_before_those_of_the_tool(folder: Path, tmp_path: Path) -> None:
    assert crosswalks_folder(folder.parent / "example-1.yaml") == folder
    assert crosswalks_folder(editions_folder() / "child-protection-2026") == OURS
    alone = tmp_path / "elsewhere" / "alone.yaml"
    assert crosswalks_folder(alone) == OURS


def test_the_crosswalk_in_the_guide_is_sound(folder: Path) -> None:
    (folder / "made.yaml").unlink()
    (folder / "esrs.yaml").write_text(guide_file("crosswalks/esrs.yaml"), encoding="utf-8")
    faults = FaultCollector()
    (shown,) = checked_crosswalks(folder, faults)
    assert faults.faults == [] and len(shown.points) == 2


# ── The tool's own crosswalks


@pytest.fixture(scope="module")
def ours() -> dict[str, Crosswalk]:
    return {crosswalk.id: crosswalk for crosswalk in load_crosswalks(OURS)}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return find_edition("child-protection-2026")


def test_the_tool_s_crosswalks_are_about_its_edition_and_cuts(ours: dict[str, Crosswalk], edition: Edition) -> None:
    assert all(crosswalk.is_about(edition) for crosswalk in ours.values())
    assert ours["esrs"].is_about(find_edition("child-protection-core-2026"))
    assert not ours["esrs"].is_about(find_edition("child-protection-quick"))


def test_requirements_based_on_a_criterion_of_the_code_are_beside_it(
    ours: dict[str, Crosswalk], edition: Edition
) -> None:
    beside = {(point.id, each) for point in ours["the-code"].points for each in point.requirements}
    rests = {
        (provision.removeprefix("thecode-"), requirement.id)
        for requirement in edition.requirements
        for provision in requirement.law
        if re.fullmatch(r"thecode-\d", provision)
    }
    assert len(rests) > 10 and sorted(rests - beside) == []


@pytest.mark.parametrize(
    ("provision", "crosswalk", "points"),
    [
        ("gri-408-1", "gri", {"408-1"}),
        ("esrs-s1-17-104", "esrs", {"S1-17_08"}),
        ("esrs-s2-1-18", "esrs", {"S2-1_05", "S2-1_06"}),
        ("esrs-s2-3-25-to-29", "esrs", {"S2-3_02", "S2-3_06"}),
        ("esrs-s2-11-b", "esrs", {"S2.SBM-3_04"}),
    ],
)
def test_requirements_based_on_a_paragraph_are_beside_its_point(
    ours: dict[str, Crosswalk], edition: Edition, provision: str, crosswalk: str, points: set[str]
) -> None:
    beside = {each for p in ours[crosswalk].points if p.id in points for each in p.requirements}
    rests = {requirement.id for requirement in edition.requirements if provision in requirement.law}
    assert rests and sorted(rests - beside) == []


def test_points_are_written_as_in_their_standard(ours: dict[str, Crosswalk]) -> None:
    forms = {"esrs": r"(S[1-4](\.SBM-3|-\d+)|GOV-\d|IRO-1)_\d\d", "gri": r"[23]-\d+|4\d\d-\d", "the-code": "[1-6]"}
    strange = [p.id for name, form in forms.items() for p in ours[name].points if not re.fullmatch(form, p.id)]
    assert strange == []
    assert [point.id for point in ours["the-code"].points] == list("123456")


def test_a_datapoint_names_its_paragraph(ours: dict[str, Crosswalk]) -> None:
    strange = [p.id for p in ours["esrs"].points if not re.match(r"(ESRS 2|S[1-4]) (para\.|paras|AR) \d", p.provision)]
    assert strange == []
    apart = [p.id for p in ours["esrs"].points if p.id[0] == "S" and p.id[:2] != p.provision[:2]]
    assert apart == []


def test_no_text_of_the_tool_contains_a_word_to_avoid(ours: dict[str, Crosswalk]) -> None:
    glossary = load_glossary(editions_folder() / "glossary.yaml")
    texts = [text for one in ours.values() for text in (one.version, one.left_out, one.licence, one.source)]
    texts += [text for one in ours.values() for point in one.points for text in (point.title, point.open)]
    assert [found for text in texts for found in glossary.avoided(text, "en")] == []
