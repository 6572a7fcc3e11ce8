"""What is known about a company on a day, in the words in which the law asks for it. What is blank stays unknown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import country_groups
from compliance.questionnaire.edition import PROFILE, Edition
from compliance.questionnaire.joints import Term
from compliance.questionnaire.routing import NO, OPEN, YES
from compliance.questionnaire.steering import HEADQUARTERS, PEER_GROUP, is_one_country

OPERATIONS, CUSTOMERS = "about.operations", "about.customers"
#: Facts that are countries, by their key, with the question that asks for them.
COUNTRY_FACTS: Mapping[str, str] = {
    "hq": HEADQUARTERS,
    "works_in": OPERATIONS,
    "works_only_in": OPERATIONS,
    "customers_in": CUSTOMERS,
}
MODULES = (
    "travel",
    "lodging",
    "transport",
    "platform",
    "telecom",
    "finance",
    "media",
    "goods",
    "extraction",
    "construction",
    "farming",
    "recruiting",
    "guards",
    "grants",
)
#: Facts that are fields of the profile, with the values that the law tells apart. Another value counts as unknown.
FIELD_FACTS: Mapping[str, tuple[str, ...]] = {
    "size": ("1-9", "10-49", "50-249", "250-4999", "5000-up"),
    "minors_served": ("no", "yes", "unknown"),
    **dict.fromkeys(MODULES, ("no", "yes")),
}
#: Whoever has customers in many countries names so many, the largest: what is not among them is then not known.
CUSTOMERS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """One company on one day: by fact its values, without those that are not known."""

    day: date
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, fact: str) -> tuple[str, ...]:
        """The values of a fact; none where it is not known."""
        return dict(self.known).get(fact, ())

    def holds(self, term: Term) -> int:
        """Whether a term of the law holds: NO, OPEN where it is not known, or YES."""
        values, wanted = self.of(term.id), members(term.values)
        if not values:
            return OPEN
        if term.id == "works_only_in":
            return YES if wanted.issuperset(values) else NO
        if not wanted.isdisjoint(values):
            return YES
        return OPEN if term.id == "customers_in" and len(values) >= CUSTOMERS_NAMED else NO

    def asks(self, term: Term) -> str:
        """The question, or the profile field as `profile.<field>`, that would say whether a term holds."""
        return COUNTRY_FACTS.get(term.id) or PROFILE + term.id


def facts_of(edition: Edition, sheet: AnswerSheet, day: date) -> Facts:
    """What the profile and the countries of a sheet say about its company."""
    known: dict[str, tuple[str, ...]] = {}
    for fact, question in COUNTRY_FACTS.items():
        answer = sheet.answers.get(question) if question in edition.questions else None
        if isinstance(answer, tuple) and (fact != "hq" or is_one_country(answer)):
            known[fact] = answer
    for fact, values in FIELD_FACTS.items():
        value = "yes" if sheet.profile.get(PEER_GROUP) == fact else sheet.profile.get(fact)
        if value in values:
            known[fact] = (str(value),)
    return Facts(day, tuple(known.items()))


def members(values: tuple[str, ...]) -> frozenset[str]:
    """The values with every group of countries written out."""
    groups = country_groups()
    return frozenset().union(*(groups.get(value, frozenset((value,))) for value in values))
