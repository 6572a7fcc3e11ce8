"""Editions are found by id, folder or file, and come with law, languages and countries."""

from pathlib import Path

import pytest

from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import edition_paths, find_edition, questionnaires_folder
from compliance.questionnaire.faults import EditionFaults
from compliance.questionnaire.loader import load_edition
from compliance.questionnaire.locales import locale_faults, own_texts, read_locales

EDITIONS = Path(__file__).parent / "editions"


def test_an_edition_is_an_id_a_folder_or_a_file() -> None:
    by_id = find_edition("child-protection-2026")
    assert find_edition(str(questionnaires_folder() / "child-protection-2026")) == by_id
    assert find_edition(str(EDITIONS / "hdi-2021.yaml")).id == "hdi-2021"


def test_an_edition_that_does_not_exist_is_told_from_its_neighbours() -> None:
    with pytest.raises(EditionFaults, match="did you mean `child-protection-2026`"):
        find_edition("child-protection-2025")
    with pytest.raises(EditionFaults, match=r"has no edition\.yaml"):
        find_edition(str(EDITIONS))


def test_a_folder_of_editions_lists_them_all() -> None:
    assert [path.stem for path in edition_paths(EDITIONS)] == ["egalite-fr", "example-1", "hdi-2021", "worked-examples"]
    assert questionnaires_folder() / "child-protection-2026" in edition_paths(questionnaires_folder())


def test_our_edition_hangs_on_law_that_exists() -> None:
    edition = find_edition("child-protection-2026")
    named = {provision for requirement in edition.requirements for provision in requirement.law}
    assert named and named <= set(edition.provisions)
    assert all(requirement.law for requirement in edition.requirements)


def test_countries_have_a_name_and_a_region() -> None:
    assert countries()["NAM"].name == "Namibia"
    assert len(countries()) > 190
    assert all(len(code) == 3 and country.name for code, country in countries().items())
    assert [code for code, country in countries().items() if not country.region] == ["ATA"]


# ── Languages

FRENCH = """\
overall: {title: {text: Un code, state: reviewed}, bands: {low: {text: Faible, state: draft}}}
n: {title: {text: Thème, state: draft}}
q:
  ask: {text: Quoi ?, state: draft}
  options: {yes: {text: Oui, state: draft}, no: {text: Non, state: draft}}
"""


def bilingual(tmp_path: Path, french: str) -> Edition:
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales" / "fr.yaml").write_text(french, encoding="utf-8")
    (tmp_path / "edition.yaml").write_text(
        "id: made\ntitle: A code\nbands: [{id: low, from: 0, title: Low}]\n"
        "parts: [{id: n, title: Theme, parts: [{id: q, ask: What?, options: yes-no}]}]\n"
    )
    return load_edition(tmp_path)


def test_a_complete_language_is_offered(tmp_path: Path) -> None:
    edition = bilingual(tmp_path, FRENCH)
    assert edition.languages == ("en", "fr")
    assert locale_faults(edition, tmp_path) == ()
    (french,) = read_locales(edition, tmp_path)
    assert french.texts["q", "options", "yes"] == "Oui"
    assert set(french.texts) == set(own_texts(edition))


def test_an_incomplete_language_names_what_is_missing_and_does_not_stop_the_start(tmp_path: Path) -> None:
    edition = bilingual(tmp_path, FRENCH.replace(", no: {text: Non, state: draft}", "").replace("n: {", "# n: {"))
    assert edition.languages == ("en",)
    (fault,) = locale_faults(edition, tmp_path)
    assert fault.file.endswith("fr.yaml") and "missing for n, q" in fault.message


def test_translations_do_not_change_the_digest(tmp_path: Path) -> None:
    with_french = bilingual(tmp_path, FRENCH)
    (tmp_path / "locales" / "fr.yaml").unlink()
    assert load_edition(tmp_path).digest == with_french.digest


@pytest.mark.parametrize(
    ("slip", "message"),
    [
        ("p: {ask: {text: Quoi, state: draft}}", "the edition has no `p`"),
        ("q: [Quoi]", "each id has its fields"),
        ("q: {aks: {text: Quoi, state: draft}}", "`q` has no text `aks` to translate"),
        ("q: {options: {maybe: {text: Oui, state: draft}}}", "`q` has no text `options.maybe`"),
        ("q: {ask: Quoi}", "a text is written"),
        ("q: {ask: {text: Quoi, state: done}}", "a text is written"),
        ("[q]", "a language is written by id"),
    ],
)
def test_a_slip_in_a_language_is_a_fault_with_its_line(tmp_path: Path, slip: str, message: str) -> None:
    faults = locale_faults(bilingual(tmp_path, f"# French\n{slip}\n"), tmp_path)
    assert any(fault.line == 2 and message in fault.message for fault in faults)
