"""An edition is identified by its digest, and its canonical JSON can be read back as the same edition."""

from pathlib import Path

import pytest

from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_folder import canonical_json, edition_digest
from compliance.questionnaire.loader import edition_from_canonical, find_edition, load_edition
from tests.support.paths import EDITIONS

NAMES = ["child-protection-2026", *sorted(str(path) for path in EDITIONS.glob("*.yaml"))]


@pytest.mark.parametrize("name", NAMES)
def test_the_canonical_json_gives_the_same_edition_back(name: str) -> None:
    edition = find_edition(name)
    again = edition_from_canonical(edition.canonical, edition.instruments)
    assert again == edition
    assert canonical_json(again) == edition.canonical
    assert edition.digest == edition_digest(edition.canonical)


def made(tmp_path: Path, text: str) -> Edition:
    path = tmp_path / "made.yaml"
    path.write_text(text, encoding="utf-8")
    return load_edition(path)


def test_yaml_style_and_comments_do_not_change_the_digest(tmp_path: Path) -> None:
    short = made(tmp_path, "id: made\nparts: [{id: q, options: yes-no}]\n")
    long = made(
        tmp_path,
        "# the same, with every default written out\nid: 'made'\nscale: 100\nblank: zero\ncombine: mean\nparts:\n"
        "  - id: q\n    weight: 1.0\n    kind: one\n    max: 1\n    na: never\n"
        "    options: [{id: yes, points: 1, text: Yes}, {id: no, points: 0, text: No}]\n",
    )
    assert short.digest == long.digest


@pytest.mark.parametrize("change", ["ask: Other words", "weight: 2", "na: reason", "counts_when: {p: 'yes'}"])
def test_every_change_of_texts_or_scores_changes_the_digest(tmp_path: Path, change: str) -> None:
    text = "id: made\nparts: [{id: p, options: yes-no}, {id: q, options: yes-no%s}]\n"
    assert made(tmp_path, text % "").digest != made(tmp_path, text % f", {change}").digest


def test_the_authors_order_is_kept(tmp_path: Path) -> None:
    text = "id: made\nprofile: {z: [b, a], a: number}\nlenses: {y: [d, c], x: [f]}\nparts: [{id: q}]\n"
    edition = made(tmp_path, text)
    again = edition_from_canonical(edition.canonical)
    assert list(again.profile) == ["z", "a"]
    assert again.profile["z"].values == ("b", "a")
    assert list(again.lenses.items()) == [("y", ("d", "c")), ("x", ("f",))]


def test_an_old_edition_can_be_read_although_its_law_is_no_longer_in_the_catalogue(tmp_path: Path) -> None:
    text = "id: made\nparts: [{id: r, expects: x, law: [crc-34], parts: [{id: q, options: yes-no}]}]\n"
    canonical = made(tmp_path, text).canonical
    assert edition_from_canonical(canonical).requirements[0].law == ("crc-34",)
