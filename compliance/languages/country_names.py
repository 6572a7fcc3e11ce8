"""Country names that people type, in the language of the page, in English or as ISO 3166 codes, read as codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from babel.core import get_global

from compliance.languages.formats import country_name, sort_key
from compliance.languages.interface_messages import current_language, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.countries import countries

#: Common names and codes that are not in ISO 3166.
_ALSO = {
    "uk": "GBR",
    "great britain": "GBR",
    "england": "GBR",
    "scotland": "GBR",
    "us": "USA",
    "america": "USA",
    "uae": "ARE",
    "emirates": "ARE",
    "holland": "NLD",
    "ivory coast": "CIV",
    "burma": "MMR",
    "viet nam": "VNM",
    "russian federation": "RUS",
    "republic of korea": "KOR",
    "drc": "COD",
    "czech republic": "CZE",
    "turkey": "TUR",
    "swaziland": "SWZ",
    "macedonia": "MKD",
    "cape verde": "CPV",
}
_SEPARATORS = re.compile(r"[,;\n،؛、，]+")
#: Suggesting the nearest name takes time, so it is limited to this number of names, with this number of letters.
_MOST_GUESSED, _LONGEST_GUESSED = 5, 60


@dataclass(frozen=True, slots=True)
class TypedCountries:
    """Typed names that were read: the known codes, each once, and the unknown names as typed."""

    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """A message about unknown names, each with the nearest known one, or "" if all are known."""
        told = [_no_such_country(name) for name in self.unknown[:_MOST_GUESSED]]
        if more := len(self.unknown) - len(told):
            told.append(ngettext("One more name is not known.", "%(num)s more names are not known.", more))
        return " ".join(told)


def read_country_names(typed: str) -> TypedCountries:
    """Return the countries in a list separated by commas, semicolons or line ends."""
    names = dict.fromkeys(name for part in _SEPARATORS.split(typed) if (name := part.strip()))
    codes = {name: _codes(current_language()).get(_key(name), "") for name in names}
    known = tuple(dict.fromkeys(code for code in codes.values() if code))
    return TypedCountries(known, tuple(name for name, code in codes.items() if not code))


def _no_such_country(name: str) -> str:
    near = get_close_matches(_key(name), _codes(current_language()), 1, 0.7) if len(name) <= _LONGEST_GUESSED else []
    if not near:
        return _("No country is called “%(name)s”.", name=name)
    country = country_name(_codes(current_language())[near[0]])
    return _("No country is called “%(name)s”. Did you mean %(country)s?", name=name, country=country)


def _key(name: str) -> str:
    letters = re.sub(r"[\W_]+", " ", sort_key(name)).strip()
    return letters.removeprefix("the ").replace(" and ", " ").replace("saint ", "st ")


@cache
def _codes(_language: str) -> Mapping[str, str]:
    """Return codes by every known spelling, in the form of `_key`. One cache entry for each language."""
    found = {_key(name): code for name, code in _ALSO.items()}
    for alpha3, country in countries().items():
        found |= {_key(spelling): alpha3 for spelling in (alpha3, country.name, country_name(alpha3))}
        for alpha2 in get_global("territory_aliases").get(alpha3, ()):
            found.setdefault(_key(alpha2), alpha3)
    return found
