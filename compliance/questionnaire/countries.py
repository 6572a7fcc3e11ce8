"""Countries by their ISO 3166 alpha-3 code: the name people read, the region for peer groups, the groups law names."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from compliance.carried import carried


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory."""

    alpha3: str
    name: str
    region: str
    groups: tuple[str, ...] = ()  # unions of States whose law reaches it: EU


@cache
def countries() -> Mapping[str, Country]:
    """Every country by alpha-3 code, in order of name."""
    path = carried("questionnaires") / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Country(row["alpha3"], row["name"], row["region"], tuple(row["groups"].split()))
            for row in csv.DictReader(file)
        ]
    return MappingProxyType({country.alpha3: country for country in sorted(rows, key=lambda country: country.name)})


@cache
def country_groups() -> Mapping[str, frozenset[str]]:
    """The countries of every group that law names, by the name of the group."""
    found: dict[str, set[str]] = {}
    for country in countries().values():
        for group in country.groups:
            found.setdefault(group, set()).add(country.alpha3)
    return MappingProxyType({group: frozenset(codes) for group, codes in found.items()})
