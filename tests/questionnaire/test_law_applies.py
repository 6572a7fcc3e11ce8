"""Whether a law binds a company: compared with many cases worked out by hand, and never guessed."""

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from compliance.narrative.legal_basis import binding_force
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.conditions_and_law import ApplicabilityRule, Instrument, Predicate, Provision
from compliance.questionnaire.countries import countries, country_groups
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.law import MOST_CUSTOMER_COUNTRIES, CompanyFacts, applicability, company_facts
from compliance.questionnaire.vocabulary import FIELD_FACTS, SECTOR_MODULES
from tests.support.examples import tries
from tests.support.paths import GOLDEN

CASES = GOLDEN / "law_applies.csv"
COUNTRIES = {"hq": "about.headquarters", "works_in": "about.operations", "customers_in": "about.customers"}
DAY = date(2026, 11, 26)
NEED = ["AUS", "BRA", "CAN", "CHE", "DEU", "FRA", "GBR", "MYS", "NOR", "POL", "USA"]


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sheet_of(case: dict[str, str]) -> AnswerSheet:
    blank = case["blank"].split()
    answers = {question: tuple(case[fact].split()) for fact, question in COUNTRIES.items() if fact not in blank}
    profile: dict[str, str | float] = {
        module: "yes" if module in case["yes"].split() else "no" for module in SECTOR_MODULES
    }
    profile |= {"size": case["size"], "minors_served": case["minors_served"]}
    return AnswerSheet(profile={fact: value for fact, value in profile.items() if fact not in blank}, answers=answers)


def of_companies(edition: Edition) -> list[Provision]:
    return [provision for provision in edition.provisions.values() if provision.authority == "company"]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case['provision']} {case['day']} {case['told']}")
def test_each_case_has_the_verdict_worked_out_by_hand(edition: Edition, case: dict[str, str]) -> None:
    provision, day = edition.provisions[case["provision"]], date.fromisoformat(case["day"])
    facts = company_facts(edition, sheet_of(case), day)
    found = applicability(edition.instrument_of[provision.id], provision, facts)
    assert (found.outcome, str(found.start or "")) == (case["told"], case["from"])
    assert case["says"] in binding_force(edition, provision, facts).reason


def test_the_cases_cover_every_law_before_and_after_each_of_its_dates(edition: Edition) -> None:
    days: dict[str, set[str]] = {}
    for case in cases():
        days.setdefault(edition.instrument_of[case["provision"]].id, set()).add(case["day"])
    assert set(days) == {edition.instrument_of[provision.id].id for provision in of_companies(edition)}
    for instrument in edition.instruments:
        for rule in instrument.rules:
            after = rule.end + timedelta(days=1) if rule.end else None
            for turn in filter(None, (rule.start, after)):
                assert {str(turn), str(turn - timedelta(days=1))} <= days[instrument.id], (instrument.id, rule.id, turn)


def test_every_rule_decides_at_least_one_case(edition: Edition) -> None:
    decided = set()
    for case in cases():
        provision = edition.provisions[case["provision"]]
        instrument = edition.instrument_of[provision.id]
        rule = applicability(
            instrument, provision, company_facts(edition, sheet_of(case), date.fromisoformat(case["day"]))
        ).rule
        decided.add((instrument.id, rule.id if rule else ""))
    assert {(i.id, rule.id) for i in edition.instruments for rule in i.rules} - decided == set()


# ── Never guessed


def drawn(draw: random.Random) -> AnswerSheet:
    """A random company that has answered everything."""
    answers = {
        "about.headquarters": (draw.choice(NEED),),
        "about.operations": tuple(sorted(draw.sample(NEED, draw.randint(1, 3)))),
        "about.customers": tuple(sorted(draw.sample(NEED, draw.randint(1, 4)))),
    }
    profile: dict[str, str | float] = {fact: draw.choice(values) for fact, values in FIELD_FACTS.items()}
    return AnswerSheet(profile=profile, answers=answers)


def blanked(sheet: AnswerSheet, draw: random.Random) -> AnswerSheet:
    share = draw.random()
    return replace(
        sheet,
        profile={fact: value for fact, value in sheet.profile.items() if draw.random() > share},
        answers={question: value for question, value in sheet.answers.items() if draw.random() > share},
    )


def filled(sheet: AnswerSheet, draw: random.Random) -> Iterator[AnswerSheet]:
    """Complete companies that agree with an incomplete sheet."""
    for _ in range(20):
        whole = drawn(draw)
        yield replace(sheet, profile={**whole.profile, **sheet.profile}, answers={**whole.answers, **sheet.answers})


@pytest.mark.parametrize("seed", range(tries(60)))
def test_a_certain_verdict_holds_whatever_the_blanks_turn_out_to_be(edition: Edition, seed: int) -> None:
    draw = random.Random(seed)
    sheet = blanked(drawn(draw), draw)
    day = date(2026, 1, 1) + timedelta(days=draw.randrange(1500))
    could_be = list(filled(sheet, draw))
    for provision in of_companies(edition):
        instrument = edition.instrument_of[provision.id]
        told = applicability(instrument, provision, company_facts(edition, sheet, day))
        if told.outcome == "may":
            continue
        for whole in could_be:
            found = applicability(instrument, provision, company_facts(edition, whole, day))
            assert (found.outcome, found.start) == (told.outcome, told.start), (provision.id, sheet, whole)


def test_no_law_certainly_binds_a_company_about_which_nothing_is_known(edition: Edition) -> None:
    facts = company_facts(edition, AnswerSheet(), DAY)
    told = {p.id: applicability(edition.instrument_of[p.id], p, facts).outcome for p in of_companies(edition)}
    assert {law for law, outcome in told.items() if outcome != "may"} == {"eu-2021-1232"}, "it has expired"
    assert told["eu-2021-1232"] == "not"


LATER = ApplicabilityRule("later", "binds", "From then on all are bound.", start=date(2027, 7, 1))
TODAY = {
    "may": ApplicabilityRule("german", "binds", "Germany.", Predicate("hq", ("DEU",)), end=date(2027, 6, 30)),
    "not": ApplicabilityRule("german", "not", "Not in Germany.", Predicate("hq", ("DEU",)), end=date(2027, 6, 30)),
}


@pytest.mark.parametrize("unknown", TODAY)
def test_a_law_that_may_bind_today_is_not_described_only_by_its_future_date(unknown: str) -> None:
    otherwise = ApplicabilityRule("others", "not" if unknown == "may" else "binds", "Others.", end=date(2027, 6, 30))
    act = Instrument(
        *("act", "Act", "Act", "Somebody", 2026, "In force.", "2026-11-26", ""),
        provisions=(),
        rules=(TODAY[unknown], otherwise, LATER),
    )
    provision = Provision("act-1", "act", "s. 1", "company", "Companies look.", "C")
    blank = applicability(act, provision, CompanyFacts(DAY))
    assert (blank.outcome, blank.start, blank.missing) == ("may", None, ("about.headquarters",))
    known = {code: applicability(act, provision, CompanyFacts(DAY, (("hq", (code,)),))) for code in ("DEU", "FRA")}
    bound, unbound = ("DEU", "FRA") if unknown == "may" else ("FRA", "DEU")
    assert (known[bound].outcome, known[bound].start) == ("binds", None)
    assert (known[unbound].outcome, known[unbound].start) == ("binds", LATER.start)


def test_with_twenty_or_more_countries_of_customers_others_are_unknown(edition: Edition) -> None:
    named = tuple(sorted(country_groups()["EU"])[:MOST_CUSTOMER_COUNTRIES])
    few = {"about.headquarters": ("PRT",), "about.operations": ("PRT",), "about.customers": named[:-1]}
    provision = edition.provisions["usc-18-1591"]

    def told(customers: tuple[str, ...]) -> str:
        sheet = AnswerSheet(answers={**few, "about.customers": customers})
        return applicability(edition.instrument_of[provision.id], provision, company_facts(edition, sheet, DAY)).outcome

    assert (told(named[:-1]), told(named)) == ("not", "may")


def test_a_value_that_the_law_does_not_distinguish_counts_as_unknown(edition: Edition) -> None:
    sheet = AnswerSheet(profile={"size": "small", "sector": "goods"})
    facts = company_facts(edition, sheet, DAY)
    assert (facts.of("size"), facts.of("goods")) == ((), ("yes",))


def test_a_law_without_rules_may_bind_and_says_that_this_was_not_worked_out(edition: Edition) -> None:
    instruments = tuple(replace(instrument, rules=(), reach="") for instrument in edition.instruments)
    bare = replace(edition, instruments=instruments)
    provision = bare.provisions["lksg-5"]
    told = binding_force(bare, provision, company_facts(bare, AnswerSheet(), DAY))
    assert (told.label, told.reason) == (
        "May bind you",
        "It has not been worked out yet which companies it applies to.",
    )
    assert binding_force(bare, provision, None).label == "Binds companies"


def test_only_law_that_binds_companies_is_judged(edition: Edition) -> None:
    facts = company_facts(edition, AnswerSheet(), DAY)
    labels = {
        binding_force(edition, provision, facts).label
        for provision in edition.provisions.values()
        if provision.authority != "company"
    }
    assert labels == {"Binds States", "Guides States", "Expected of business", "A proposal, not in force"}


def test_every_law_that_binds_companies_says_which(edition: Edition) -> None:
    silent = [p.id for p in of_companies(edition) if not edition.instrument_of[p.id].reach_of(p)]
    assert silent == []


def test_the_union_has_27_members() -> None:
    assert len(country_groups()["EU"]) == 27 and country_groups()["EU"] <= set(countries())
