"""How much the children of a country need companies to act: a class for each country, by one rule from public facts.

The class speaks of law and conditions on record, never of how much
exploitation there is. What is not known is never a sign, and never good news:
unknown is not low. The rule stands in words in `questionnaires/README.md`.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from compliance.carried import carried

NeedClass: TypeAlias = Literal["high", "elevated", "unknown", "lower"]
NEED_CLASSES: tuple[NeedClass, ...] = get_args(NeedClass)
#: L: what the law of the country lacks. K: conditions that make it harder to keep.
SignId: TypeAlias = Literal["L1", "L2", "L3", "L4", "K1", "K2", "K3", "K4", "K5"]
SIGNS: tuple[SignId, ...] = get_args(SignId)
Source: TypeAlias = Literal["un-treaties", "us-labor", "un-ldc", "world-bank"]

#: What a country weighs when a company's reach over its countries becomes one number.
WEIGHTS: Mapping[NeedClass, int] = MappingProxyType({"high": 3, "elevated": 2, "unknown": 2, "lower": 1})
#: The least that a market of customers, users, payers, travellers or a headquarters weighs: no market is excused.
MARKET_WEIGHT = 2

#: The years of the facts; births registered have a year for each country.
TREATIES_YEAR = LABOR_YEAR = 2022
LEAST_DEVELOPED_YEAR = 2026
FEW_BIRTHS, MANY_GOODS = 75.0, 5


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """What the sources say of one country; None = not known. OPSC: Optional Protocol on the sale of children."""

    alpha3: str
    opsc_un: bool | None = None  # a party, by the treaty records of the United Nations
    opsc_us: bool | None = None  # a party, by the United States Department of Labor
    palermo: bool | None = None  # a party to the Palermo Protocol
    exploitation_law: bool | None = None  # law on commercial sexual exploitation of children conforms
    trafficking_law: bool | None = None  # law on child trafficking conforms
    advancement: str = ""  # the Department's assessment of the year, in its words; empty = not known
    goods: int | None = None  # goods on its list of goods made by children
    least_developed: bool = False  # on the list of the United Nations
    births: float | None = None  # births registered, per cent
    births_year: int | None = None

    @property
    def opsc(self) -> bool | Literal["conflict"] | None:
        """A party or not, by all the sources that speak; "conflict" where they disagree."""
        said = {status for status in (self.opsc_un, self.opsc_us) if status is not None}
        return "conflict" if len(said) > 1 else next(iter(said), None)


@dataclass(frozen=True, slots=True)
class Sign:
    """A fact that speaks for need, with where and when it was true."""

    id: SignId
    sources: tuple[Source, ...]
    year: int | None
    figure: float | None = None  # per cent of births registered, or number of goods

    @property
    def is_of_law(self) -> bool:
        """Of law, and not of conditions."""
        return self.id.startswith("L")


@dataclass(frozen=True, slots=True)
class Need:
    """The class of a country and the signs it rests on."""

    alpha3: str
    need_class: NeedClass
    signs: tuple[Sign, ...] = ()


def need_class(facts: CountryFacts) -> NeedClass:
    """The class that the facts of a country give."""
    signs = signs_of(facts)
    law = [sign.id for sign in signs if sign.is_of_law]
    if "L1" in law or len(law) > 1 or (law and len(signs) > len(law)):
        return "high"
    if signs:
        return "elevated"
    return "lower" if _all_known_good(facts) else "unknown"


def signs_of(facts: CountryFacts) -> tuple[Sign, ...]:
    """The signs that speak, law first."""
    us_labor: tuple[Source, ...] = ("us-labor",)
    weak_effort = facts.advancement.startswith(("No Advancement", "Minimal"))
    few_births = facts.births is not None and facts.births < FEW_BIRTHS
    many_goods = facts.goods is not None and facts.goods >= MANY_GOODS
    found: tuple[tuple[bool, Sign], ...] = (
        (facts.exploitation_law is False, Sign("L1", us_labor, LABOR_YEAR)),
        (facts.trafficking_law is False, Sign("L2", us_labor, LABOR_YEAR)),
        (facts.opsc is False, Sign("L3", _sources_on_opsc(facts), TREATIES_YEAR)),
        (facts.palermo is False, Sign("L4", us_labor, LABOR_YEAR)),
        (weak_effort, Sign("K1", us_labor, LABOR_YEAR)),
        (facts.least_developed, Sign("K2", ("un-ldc",), LEAST_DEVELOPED_YEAR)),
        (few_births, Sign("K3", ("world-bank",), facts.births_year, facts.births)),
        (many_goods, Sign("K4", us_labor, LABOR_YEAR, facts.goods)),
        (facts.opsc == "conflict", Sign("K5", _sources_on_opsc(facts), TREATIES_YEAR)),
    )
    return tuple(sign for speaks, sign in found if speaks)


def _sources_on_opsc(facts: CountryFacts) -> tuple[Source, ...]:
    said: tuple[tuple[Source, bool | None], ...] = (("un-treaties", facts.opsc_un), ("us-labor", facts.opsc_us))
    return tuple(source for source, status in said if status is not None)


def _all_known_good(facts: CountryFacts) -> bool:
    law = (facts.exploitation_law, facts.trafficking_law, facts.palermo, facts.opsc)
    return all(fact is True for fact in law) and facts.advancement.startswith(("Moderate", "Significant"))


@cache
def country_facts() -> Mapping[str, CountryFacts]:
    """The facts of every country by alpha-3 code, from `questionnaires/country_facts.csv`."""
    path = carried("questionnaires") / "country_facts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["alpha3"]: _facts(row) for row in csv.DictReader(file)})


@cache
def need_classes() -> Mapping[str, Need]:
    """The class of every country, with its signs, by alpha-3 code."""
    facts = country_facts()
    return MappingProxyType({code: Need(code, need_class(fact), signs_of(fact)) for code, fact in facts.items()})


def need_of(alpha3: str) -> Need:
    """The class of one country; a code that no source speaks of is unknown."""
    return need_classes().get(alpha3, Need(alpha3, "unknown"))


def coverage_by_need(shares: Mapping[str, float], *, markets: Collection[str] = ()) -> float:
    """How far something reaches, 0 to 1, from the share of each country that it covers: the mean by need.

    `markets` are the countries of customers, users, payers, travellers and the
    headquarters, for what answers demand: each weighs at least 2. Raise
    ValueError without a country, or for a share beyond 0 to 1.
    """
    if not shares:
        raise ValueError("no country, so nothing to cover")
    if beyond := [code for code, share in shares.items() if not 0.0 <= share <= 1.0]:
        raise ValueError(f"a share is from 0 to 1: {', '.join(beyond)}")
    weights = {code: _weight(code, is_market=code in markets) for code in shares}
    return sum(weights[code] * share for code, share in shares.items()) / sum(weights.values())


def _weight(alpha3: str, *, is_market: bool) -> int:
    weight = WEIGHTS[need_of(alpha3).need_class]
    return max(weight, MARKET_WEIGHT) if is_market else weight


def all_lower(countries: Iterable[str]) -> bool:
    """Whether every country is known to be lower; of no country at all that is not known."""
    classes = [need_of(code).need_class for code in countries]
    return bool(classes) and all(found == "lower" for found in classes)


def _facts(row: Mapping[str, str]) -> CountryFacts:
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


#: "N/A" is no answer: it says neither.
_YES_NO: Mapping[str, bool] = {"Yes": True, "No": False}
