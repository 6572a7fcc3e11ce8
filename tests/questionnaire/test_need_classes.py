"""Need classes of countries: the rule, its counts and signs, and reach weighted by need."""

from collections import Counter
from dataclasses import replace

import pytest

from compliance.questionnaire.countries import (
    NEED_CLASSES,
    NEED_SIGN_IDS,
    CountryFacts,
    all_lower_need,
    classify_need,
    countries,
    country_facts,
    country_need,
    country_needs,
    coverage_by_need,
    need_signs,
)

#: A country about which everything is known and good.
GOOD = CountryFacts(
    "AAA",
    opsc_un=True,
    opsc_us=True,
    palermo=True,
    exploitation_law=True,
    trafficking_law=True,
    advancement="Moderate Advancement",
    goods=0,
    births=99.0,
    births_year=2022,
)


def test_every_country_has_facts_and_a_class() -> None:
    assert country_needs().keys() == country_facts().keys() == countries().keys()
    classes = Counter(need.need_class for need in country_needs().values())
    assert classes == {"high": 62, "elevated": 63, "lower": 16, "unknown": 108}


def test_members_of_the_united_nations_are_classed_by_their_treaty_records() -> None:
    members = [code for code, facts in country_facts().items() if facts.opsc_un is not None]
    assert len(members) == 193
    classes = Counter(country_need(code).need_class for code in members)
    assert classes == {"high": 51, "elevated": 63, "lower": 16, "unknown": 63}


def test_every_sign_occurs_as_often_as_the_facts_say() -> None:
    signs = Counter(sign.id for need in country_needs().values() for sign in need.signs)
    assert signs == {"L1": 38, "L2": 24, "L3": 23, "L4": 18, "K1": 55, "K2": 45, "K3": 40, "K4": 35, "K5": 1}
    assert [code for code, need in country_needs().items() if any(s.id == "K5" for s in need.signs)] == ["CMR"]


def test_every_sign_names_its_source_and_its_year() -> None:
    signs = [sign for need in country_needs().values() for sign in need.signs]
    assert all(sign.sources and sign.year and sign.id in NEED_SIGN_IDS for sign in signs)
    assert {bool(sign.figure) for sign in signs if sign.id in ("K3", "K4")} == {True}
    cameroon = next(sign for sign in country_need("CMR").signs if sign.id == "K5")
    assert cameroon.sources == ("un-treaties", "us-labor")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (GOOD, "lower"),
        (replace(GOOD, exploitation_law=False), "high"),
        (replace(GOOD, trafficking_law=False), "elevated"),
        (replace(GOOD, trafficking_law=False, palermo=False), "high"),
        (replace(GOOD, palermo=False, goods=5), "high"),
        (replace(GOOD, goods=5), "elevated"),
        (replace(GOOD, goods=4), "lower"),
        (replace(GOOD, births=74.9), "elevated"),
        (replace(GOOD, births=75.0), "lower"),
        (replace(GOOD, births=None), "lower"),
        (replace(GOOD, least_developed=True), "elevated"),
        (replace(GOOD, opsc_un=False, opsc_us=False), "elevated"),
        (replace(GOOD, opsc_un=False), "elevated"),  # the sources disagree
        (replace(GOOD, opsc_un=None, opsc_us=False), "elevated"),
        (replace(GOOD, opsc_un=None), "lower"),  # only one source, which is favourable
        (replace(GOOD, advancement="Minimal Advancement - Efforts Made but Continued Law"), "elevated"),
        (replace(GOOD, advancement="No Advancement"), "elevated"),
        (replace(GOOD, advancement="No Assessment"), "unknown"),
        (replace(GOOD, advancement="Significant Advancement"), "lower"),
    ],
)
def test_a_class_follows_from_the_signs(facts: CountryFacts, expected: str) -> None:
    assert classify_need(facts) == expected


@pytest.mark.parametrize("fact", ["exploitation_law", "trafficking_law", "palermo"])
def test_an_unknown_fact_is_neither_a_sign_nor_favourable(fact: str) -> None:
    facts = replace(GOOD, **{fact: None})
    assert need_signs(facts) == ()
    assert classify_need(facts) == "unknown"


def test_a_country_without_facts_is_unknown() -> None:
    assert classify_need(CountryFacts("AAA")) == country_need("ZZZ").need_class == "unknown"
    assert set(NEED_CLASSES) == {need.need_class for need in country_needs().values()}


def test_not_available_does_not_mean_no() -> None:
    tokelau = country_facts()["TKL"]
    assert tokelau.palermo is None and tokelau.opsc is None and tokelau.exploitation_law is False


def test_reach_counts_most_where_need_is_highest() -> None:
    assert [country_need(code).need_class for code in ("KHM", "DEU", "CHL")] == ["high", "unknown", "lower"]
    shares = {"KHM": 0.2, "DEU": 1.0, "CHL": 1.0}
    assert coverage_by_need(shares) == pytest.approx(0.60)
    assert sum(shares.values()) / 3 == pytest.approx(0.73, abs=0.005)


def test_a_market_of_demand_never_weighs_less() -> None:
    shares = {"CHL": 0.0, "DEU": 1.0}
    assert coverage_by_need(shares) == pytest.approx(2 / 3)
    assert coverage_by_need(shares, markets={"CHL", "DEU"}) == pytest.approx(1 / 2)
    assert coverage_by_need({"KHM": 0.0, "DEU": 1.0}, markets={"KHM"}) == pytest.approx(2 / 5), "a high need stays high"


@pytest.mark.parametrize("shares", [{}, {"KHM": 1.2}, {"KHM": -0.1}, {"KHM": float("nan")}])
def test_invalid_shares_give_no_coverage(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"country|share"):
        coverage_by_need(shares)


def test_only_a_company_whose_countries_are_all_lower_is_all_lower() -> None:
    assert all_lower_need(["CHL", "CRI"])
    assert not all_lower_need(["CHL", "DEU"]), "unknown is never low"
    assert not all_lower_need([])
