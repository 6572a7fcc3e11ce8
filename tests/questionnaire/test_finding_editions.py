"""Editions are found by id, folder or file, and come with law, languages and countries."""

import pytest

from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition_folder import edition_paths, editions_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import find_edition
from tests.support.paths import EDITIONS


def test_an_edition_can_be_given_as_an_id_a_folder_or_a_file() -> None:
    by_id = find_edition("child-protection-2026")
    assert find_edition(str(editions_folder() / "child-protection-2026")) == by_id
    assert find_edition(str(EDITIONS / "hdi-2021.yaml")).id == "hdi-2021"


def test_an_edition_is_found_from_a_folder_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(editions_folder() / "law")
    assert find_edition("../child-protection-2026") == find_edition("child-protection-2026")


def test_an_unknown_edition_is_reported_with_similar_ids() -> None:
    with pytest.raises(EditionFaults, match="did you mean `child-protection-2026`"):
        find_edition("child-protection-2025")
    with pytest.raises(EditionFaults, match=r"has no edition\.yaml"):
        find_edition(str(EDITIONS))


def test_a_folder_of_editions_lists_them_all() -> None:
    files = sorted(path.stem for path in EDITIONS.glob("*.yaml"))
    assert [path.stem for path in edition_paths(EDITIONS)] == files and {"egalite-fr", "hdi-2021"} < set(files)
    assert editions_folder() / "child-protection-2026" in edition_paths(editions_folder())


def test_the_tool_s_edition_refers_only_to_law_in_the_catalogue() -> None:
    edition = find_edition("child-protection-2026")
    named = {provision for requirement in edition.requirements for provision in requirement.law}
    assert named and named <= set(edition.provisions)
    assert all(requirement.law for requirement in edition.requirements)


def test_countries_have_a_name_and_a_region() -> None:
    assert countries()["NAM"].name == "Namibia"
    assert len(countries()) > 190
    assert all(len(code) == 3 and country.name for code, country in countries().items())
    assert [code for code, country in countries().items() if not country.region] == ["ATA"]
