"""Typed names of countries become codes; an unknown name is reported with the nearest one, and never guessed."""

import pytest

from compliance.languages.country_names import read_country_names
from compliance.languages.formats import country_name
from compliance.languages.interface_messages import in_language
from compliance.questionnaire.countries import countries


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_every_country_is_recognised_by_its_name_its_english_name_and_its_code(language: str) -> None:
    with in_language(language):
        for code, country in countries().items():
            for typed in (country_name(code), country.name, country.name.upper(), code, code.lower()):
                assert read_country_names(typed).codes == (code,), typed


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", ()),
        (" , ;\n ,", ()),
        ("Portugal, Morocco,Dominican Republic", ("PRT", "MAR", "DOM")),
        ("the Netherlands; UK\nde\r\nVIET NAM.", ("NLD", "GBR", "DEU", "VNM")),
        ("Cote d'Ivoire، Bosnia & Herzegovina", ("CIV", "BIH")),
        ("Portugal, PRT, portugal", ("PRT",)),
    ],
)
def test_a_list_is_read_whatever_separates_its_items(typed: str, codes: tuple[str, ...]) -> None:
    assert read_country_names(typed).codes == codes
    assert read_country_names(typed).fault == ""


def test_an_unknown_name_is_reported_with_the_nearest_country() -> None:
    read = read_country_names("Portugl, Morocco, Xyzzy")
    assert (read.codes, read.unknown) == (("MAR",), ("Portugl", "Xyzzy"))
    assert read.fault == ("No country is called “Portugl”. Did you mean Portugal? No country is called “Xyzzy”.")
    with in_language("fr"):
        assert "Allemagne" in read_country_names("Alemagne").fault


def test_an_unknown_name_is_reported_as_it_was_typed() -> None:
    read = read_country_names("Chile., ../etc/hosts, .")
    assert (read.codes, read.unknown) == (("CHL",), ("../etc/hosts", "."))


def test_a_long_list_of_unknown_names_gets_a_short_message() -> None:
    read = read_country_names(", ".join(f"qwxz{number}" for number in range(400)))
    assert len(read.unknown) == 400 and read.fault.endswith("395 more names are not known.")
