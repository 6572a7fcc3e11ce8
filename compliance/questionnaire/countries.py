"""Countries by their ISO 3166 alpha-3 code, with the name people read and the region for peer groups."""

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


@cache
def countries() -> Mapping[str, Country]:
    """Every country by alpha-3 code, in order of name."""
    path = carried("questionnaires") / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Country(row["alpha3"], row["name"], row["region"]) for row in csv.DictReader(file)]
    return MappingProxyType({country.alpha3: country for country in sorted(rows, key=lambda country: country.name)})
