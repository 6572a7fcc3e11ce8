"""Keys are explained in the README of questionnaires and in editors."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from compliance.commands.schema import json_schema
from compliance.questionnaire.edition_folder import edition_file, edition_paths, editions_folder, yaml_files
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.schema import FORMAT_KEYS, FORMAT_LEVELS, FormatLevel
from tests.support.paths import EDITIONS

LAW = editions_folder() / "law"
WHOLE = [*edition_paths(editions_folder()), *edition_paths(EDITIONS)]
OWN_FILES = [path for path in yaml_files(editions_folder() / "child-protection-2026") if path.stem != "edition"]

README = (editions_folder() / "README.md").read_text(encoding="utf-8")
SECTIONS: dict[FormatLevel, str] = {
    "edition": "Edition",
    "cut": "Cuts",
    "theme": "Cuts",
    "band": "Edition",
    "field": "Profile and lenses",
    "lens": "Profile and lenses",
    "table": "Tables of places",
    "node": "Node",
    "question": "Question",
    "option": "Question",
    "instrument": "Law",
    "provision": "Law",
    "rule": "Law",
    "crosswalk": "Crosswalks",
    "point": "Crosswalks",
}


@pytest.mark.parametrize("level", FORMAT_LEVELS)
def test_the_readme_explains_every_key_with_an_example(level: FormatLevel) -> None:
    section = README.split(f"\n### {SECTIONS[level]}\n")[1].split("\n### ")[0]
    for key in FORMAT_KEYS[level]:
        assert f"`{key.name}`" in section
        assert re.search(rf"`[^`]*\b{key.name}: [^`]+`", section), f"no example of {key.name}"


@pytest.mark.parametrize("level", ["edition", "cut", "node", "question"])
def test_the_readme_names_no_key_that_does_not_exist(level: FormatLevel) -> None:
    section = README.split(f"\n### {SECTIONS[level]}\n")[1].split("\n### ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {key.name for key in FORMAT_KEYS[level]}


def test_the_whole_edition_in_the_readme_loads(tmp_path: Path) -> None:
    (written,) = re.findall(r"^```yaml\n(id: .*?)^```", README, re.MULTILINE | re.DOTALL)
    (tmp_path / "small.yaml").write_text(written, encoding="utf-8")
    edition = load_edition(tmp_path / "small.yaml")
    assert len(edition.requirements) == 1 and edition.critical_cap


@pytest.mark.parametrize("level", FORMAT_LEVELS)
def test_every_key_has_a_meaning_and_no_key_is_listed_twice(level: FormatLevel) -> None:
    assert all(key.meaning for key in FORMAT_KEYS[level])
    assert len({key.name for key in FORMAT_KEYS[level]}) == len(FORMAT_KEYS[level])


@pytest.mark.parametrize("level", FORMAT_LEVELS)
def test_the_schema_has_every_key_and_its_meaning(level: FormatLevel) -> None:
    properties = json_schema()["$defs"][level]["properties"]
    assert list(properties) == [key.name for key in FORMAT_KEYS[level]]
    assert all(key.meaning in properties[key.name]["description"] for key in FORMAT_KEYS[level])


def slips(document: Any, part: str = "") -> list[str]:
    """The mistakes that an editor would underline."""
    return [error.message for error in _validator(part).iter_errors(document)]


@cache  # checking the schema takes longer than checking most documents
def _validator(part: str) -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    if part:
        schema = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(schema)


def written(path: Path) -> Any:
    """A file as an editor reads it."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # in a tenth of the time


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.stem)
def test_an_editor_underlines_nothing_in_an_edition_that_loads(path: Path) -> None:
    assert slips(written(edition_file(path))) == []


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.stem)
def test_an_editor_underlines_nothing_in_a_file_of_a_part(path: Path) -> None:
    assert slips(written(path), "part") == []


def test_an_editor_underlines_nothing_in_the_law() -> None:
    assert [slip for path in yaml_files(LAW) for slip in slips(written(path), "instrument")] == []


def test_an_editor_underlines_nothing_in_crosswalks() -> None:
    files = yaml_files(editions_folder() / "crosswalks")
    assert files and [slip for path in files for slip in slips(written(path), "crosswalk")] == []


@pytest.mark.parametrize(
    "slip",
    [
        {"titel": "Misspelt"},
        {"scale": 0},
        {"round": 12},
        {"combine": "harmonic"},
        {"parts": []},
        {"parts": [{"options": "yes-no"}]},
        {"parts": [{"id": "q", "weight": -1}]},
        {"parts": [{"id": "q", "options": []}]},
        {"parts": [{"id": "q", "asked_when": {"p": {"at_most": 3}}}]},
        {"parts": [{"id": "n", "expects": "x"}]},
        {"bands": [{"id": "low"}]},
        {"profile": {"size": {"title": "No values"}}},
        {"profile": {"size": {"values": ["small"], "notes": {"small": "Of a lens only"}}}},
        {"lenses": {"gap": {"values": "number"}}},
    ],
    ids=str,
)
def test_an_editor_underlines_a_mistake(slip: dict[str, Any]) -> None:
    sound = {"id": "made", "parts": [{"id": "q"}]}
    assert not slips(sound)
    assert slips({**sound, **slip})
