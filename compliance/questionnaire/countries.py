"""Countries by ISO 3166 alpha-3 code: name, region, the groups that law names, and the need for action.

The need class describes law and conditions on record, never how much exploitation there is. Unknown facts are not signs
of need, but not good news either: unknown is not low. `questionnaires/README.md` explains the rule.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from compliance.package_data import data_folder


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory."""

    alpha3: str
    name: str
    region: str
    groups: tuple[str, ...] = ()  # unions of states whose law applies there: EU


@cache
def countries() -> Mapping[str, Country]:
    """Return every country by alpha-3 code, in order of name."""
    path = data_folder("questionnaires") / "countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Country(row["alpha3"], row["name"], row["region"], tuple(row["groups"].split()))
            for row in csv.DictReader(file)
        ]
    return MappingProxyType({country.alpha3: country for country in sorted(rows, key=lambda country: country.name)})


@cache
def country_groups() -> Mapping[str, frozenset[str]]:
    """Return the countries of every group that law names, by the name of the group."""
    found: dict[str, set[str]] = {}
    for country in countries().values():
        for group in country.groups:
            found.setdefault(group, set()).add(country.alpha3)
    return MappingProxyType({group: frozenset(codes) for group, codes in found.items()})


NeedClass: TypeAlias = Literal["high", "elevated", "unknown", "lower"]
NEED_CLASSES: tuple[NeedClass, ...] = get_args(NeedClass)
#: L: gaps in the country's law. K: conditions that make the law harder to keep.
NeedSignId: TypeAlias = Literal["L1", "L2", "L3", "L4", "K1", "K2", "K3", "K4", "K5"]
NEED_SIGN_IDS: tuple[NeedSignId, ...] = get_args(NeedSignId)
FactSource: TypeAlias = Literal["un-treaties", "us-labor", "un-ldc", "world-bank"]

#: A country's weight when a company's reach over its countries becomes one number.
NEED_WEIGHTS: Mapping[NeedClass, int] = MappingProxyType({"high": 3, "elevated": 2, "unknown": 2, "lower": 1})
#: The least weight of a country of customers, users, payers, travellers or a headquarters: no market is excused.
MARKET_WEIGHT = 2

#: The years of the facts. Registered births have a year of their own for each country.
TREATIES_YEAR = LABOR_YEAR = 2022
LEAST_DEVELOPED_YEAR = 2026
FEW_BIRTHS, MANY_GOODS = 75.0, 5


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """The facts of one country, None if unknown. OPSC: Optional Protocol on the sale of children."""

    alpha3: str
    opsc_un: bool | None = None  # a party, according to the treaty records of the United Nations
    opsc_us: bool | None = None  # a party, according to the United States Department of Labor
    palermo: bool | None = None  # a party to the Palermo Protocol
    exploitation_law: bool | None = None  # its law on commercial sexual exploitation of children conforms
    trafficking_law: bool | None = None  # its law on child trafficking conforms
    advancement: str = ""  # the Department's assessment of the year, in its words; "": unknown
    goods: int | None = None  # number of goods on its list of goods made by children
    least_developed: bool = False  # on the list of the United Nations
    births: float | None = None  # registered births, per cent
    births_year: int | None = None

    @property
    def opsc(self) -> bool | Literal["conflict"] | None:
        """Whether it is a party, by all the sources that say so; "conflict" if they disagree, None if none does."""
        said = {status for status in (self.opsc_un, self.opsc_us) if status is not None}
        return "conflict" if len(said) > 1 else next(iter(said), None)


@dataclass(frozen=True, slots=True)
class NeedSign:
    """A fact that indicates need, with its sources and year."""

    id: NeedSignId
    sources: tuple[FactSource, ...]
    year: int | None
    figure: float | None = None  # per cent of registered births, or number of goods

    @property
    def is_of_law(self) -> bool:
        """True if the sign is about law rather than conditions."""
        return self.id.startswith("L")


@dataclass(frozen=True, slots=True)
class CountryNeed:
    """The need class of a country and the signs on which it rests."""

    alpha3: str
    need_class: NeedClass
    signs: tuple[NeedSign, ...] = ()


def classify_need(facts: CountryFacts) -> NeedClass:
    """Return the need class that follows from the facts of a country."""
    signs = need_signs(facts)
    law = [sign.id for sign in signs if sign.is_of_law]
    if "L1" in law or len(law) > 1 or (law and len(signs) > len(law)):
        return "high"
    if signs:
        return "elevated"
    return "lower" if _all_known_good(facts) else "unknown"


def need_signs(facts: CountryFacts) -> tuple[NeedSign, ...]:
    """Return the signs of need in the facts of a country, those of law first."""
    us_labor: tuple[FactSource, ...] = ("us-labor",)
    weak_effort = facts.advancement.startswith(("No Advancement", "Minimal"))
    few_births = facts.births is not None and facts.births < FEW_BIRTHS
    many_goods = facts.goods is not None and facts.goods >= MANY_GOODS
    found: tuple[tuple[bool, NeedSign], ...] = (
        (facts.exploitation_law is False, NeedSign("L1", us_labor, LABOR_YEAR)),
        (facts.trafficking_law is False, NeedSign("L2", us_labor, LABOR_YEAR)),
        (facts.opsc is False, NeedSign("L3", _sources_on_opsc(facts), TREATIES_YEAR)),
        (facts.palermo is False, NeedSign("L4", us_labor, LABOR_YEAR)),
        (weak_effort, NeedSign("K1", us_labor, LABOR_YEAR)),
        (facts.least_developed, NeedSign("K2", ("un-ldc",), LEAST_DEVELOPED_YEAR)),
        (few_births, NeedSign("K3", ("world-bank",), facts.births_year, facts.births)),
        (many_goods, NeedSign("K4", us_labor, LABOR_YEAR, facts.goods)),
        (facts.opsc == "conflict", NeedSign("K5", _sources_on_opsc(facts), TREATIES_YEAR)),
    )
    return tuple(sign for speaks, sign in found if speaks)


def _sources_on_opsc(facts: CountryFacts) -> tuple[FactSource, ...]:
    said: tuple[tuple[FactSource, bool | None], ...] = (("un-treaties", facts.opsc_un), ("us-labor", facts.opsc_us))
    return tuple(source for source, status in said if status is not None)


def _all_known_good(facts: CountryFacts) -> bool:
    law = (facts.exploitation_law, facts.trafficking_law, facts.palermo, facts.opsc)
    return all(fact is True for fact in law) and facts.advancement.startswith(("Moderate", "Significant"))


@cache
def country_facts() -> Mapping[str, CountryFacts]:
    """Return the facts of every country by alpha-3 code, from `questionnaires/country_facts.csv`."""
    path = data_folder("questionnaires") / "country_facts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["alpha3"]: _country_facts(row) for row in csv.DictReader(file)})


@cache
def country_needs() -> Mapping[str, CountryNeed]:
    """Return the need class of every country, with its signs, by alpha-3 code."""
    facts = country_facts()
    return MappingProxyType(
        {code: CountryNeed(code, classify_need(fact), need_signs(fact)) for code, fact in facts.items()}
    )


def country_need(alpha3: str) -> CountryNeed:
    """Return the need class of one country: unknown for a code that no source mentions."""
    return country_needs().get(alpha3, CountryNeed(alpha3, "unknown"))


def is_high_need(alpha3: str) -> bool:
    """Tell whether the country is in the class high: what readers see as a "high-need country"."""
    return alpha3 in _high_need_codes()


@cache
def _high_need_codes() -> frozenset[str]:
    return frozenset(code for code, need in country_needs().items() if need.need_class == "high")


def coverage_by_need(shares: Mapping[str, float], *, markets: Collection[str] = ()) -> float:
    """Return the mean of shares from 0 to 1, one for each country, weighted by need.

    `markets`: the countries of customers, users, payers, travellers and the headquarters, for questions about demand.
    Each weighs at least 2. Raise ValueError without a country, or for a share outside 0 to 1.
    """
    if not shares:
        raise ValueError("no country, so nothing to cover")
    if beyond := [code for code, share in shares.items() if not 0.0 <= share <= 1.0]:
        raise ValueError(f"a share is from 0 to 1: {', '.join(beyond)}")
    weights = {code: _need_weight(code, is_market=code in markets) for code in shares}
    return sum(weights[code] * share for code, share in shares.items()) / sum(weights.values())


def _need_weight(alpha3: str, *, is_market: bool) -> int:
    weight = NEED_WEIGHTS[country_need(alpha3).need_class]
    return max(weight, MARKET_WEIGHT) if is_market else weight


#: Companies by need: those that work in a high-need country, and those that do not.
NeedGroup: TypeAlias = Literal["high", "other"]
NEED_GROUPS: tuple[NeedGroup, ...] = get_args(NeedGroup)


def need_group(countries: Collection[str]) -> NeedGroup | Literal[""]:
    """Return the group of a company that works in these countries, or "" if it names none."""
    if not countries:
        return ""
    return "high" if any(map(is_high_need, countries)) else "other"


def all_lower_need(countries: Iterable[str]) -> bool:
    """Tell whether there is a country and every one is in the class lower."""
    classes = [country_need(code).need_class for code in countries]
    return bool(classes) and all(found == "lower" for found in classes)


def _country_facts(row: Mapping[str, str]) -> CountryFacts:
    return CountryFacts(
        alpha3=row["alpha3"],
        opsc_un=row["opsc_un"] == "state party" if row["opsc_un"] else None,
        opsc_us=_YES_NO.get(row["opsc_usdol"]),
        palermo=_YES_NO.get(row["palermo_usdol"]),
        exploitation_law=_YES_NO.get(row["exploitation_law_usdol"]),
        trafficking_law=_YES_NO.get(row["trafficking_law_usdol"]),
        advancement=row["advancement_usdol"],
        goods=int(row["goods_usdol"]) if row["goods_usdol"] else None,
        least_developed=row["least_developed_un"] == "yes",
        births=float(row["births_registered"]) if row["births_registered"] else None,
        births_year=int(row["births_registered_year"]) if row["births_registered_year"] else None,
    )


#: "N/A" is absent here: it says neither.
_YES_NO: Mapping[str, bool] = {"Yes": True, "No": False}
