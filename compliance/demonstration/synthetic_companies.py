"""Synthetic companies and their answers, drawn from seeded random numbers.

Answers are better on the code than on practice, better on practice than on proof, and worst on pre-primary prevention,
so that every lens shows a pattern. Some companies submit too little for a score, some nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

import numpy as np

from compliance.disclosure.company_table import Consent
from compliance.questionnaire.answers import Answer, AnswerSheet, AnswerValue, NotApplicable
from compliance.questionnaire.countries import is_high_need, need_group
from compliance.questionnaire.edition import (
    ASPECT_LENS,
    HEADQUARTERS_QUESTION,
    NONE_OF_THESE,
    OPERATIONS_QUESTION,
    PEER_GROUP_FIELD,
    Edition,
    Question,
)
from compliance.questionnaire.places import DATED_BOX, NO_PLACE, PLANNED_BOX
from compliance.questionnaire.profile_fields import ProfileField
from compliance.questionnaire.routing import YES, counted_sheet, route_questions
from compliance.scoring.compiled_edition import normalised_score
from compliance.store import Link, Quotation

#: scored: submits; sparse: submits too few answers for a score; silent: begins, and does not submit.
TakesPart: TypeAlias = Literal["scored", "sparse", "silent"]


@dataclass(frozen=True, slots=True)
class DemoSector:
    """A sector of the demonstration. Numbers count companies; `quality` is roughly a share of full marks."""

    id: str
    name: str  # "Foods": its companies are "Example Foods 01", "Example Foods 02" …
    companies: int
    quality: float
    nonrespondents: tuple[int, ...]  # in each closed period, oldest first
    sparse: int
    private: int
    named: int


SECTORS = (
    DemoSector("lodging", "Hotels", 32, 0.54, nonrespondents=(8, 7), sparse=0, private=1, named=4),
    DemoSector("travel", "Tours", 24, 0.60, nonrespondents=(6, 5), sparse=0, private=1, named=3),
    DemoSector("platform", "Apps", 18, 0.48, nonrespondents=(2, 1), sparse=5, private=1, named=2),
    DemoSector("goods", "Clothing", 17, 0.44, nonrespondents=(5, 5), sparse=0, private=1, named=2),
    DemoSector("farming", "Foods", 14, 0.34, nonrespondents=(6, 5), sparse=1, private=0, named=1),
    DemoSector("transport", "Coaches", 11, 0.42, nonrespondents=(5, 5), sparse=0, private=0, named=0),
    DemoSector("guards", "Guards", 4, 0.34, nonrespondents=(1, 1), sparse=0, private=0, named=0),
)
#: The company whose member signs in as company@demo.example.
SIGN_IN_COMPANY = "Example Hotels 07"
CLOSED_PERIODS = 2


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """One invented company."""

    number: int  # among all companies, from 0
    name: str
    sector: DemoSector
    consent: Consent
    participation: tuple[TakesPart, ...]  # one for each closed period, oldest first


def demo_companies(seed: int) -> tuple[DemoCompany, ...]:
    """Return all companies, in the order of sectors and names."""
    companies: list[DemoCompany] = []
    for position, sector in enumerate(SECTORS):
        order = _order(sector, np.random.default_rng([seed, position]))
        for number in range(sector.companies):
            place = order.index(number)
            participation = tuple(_participation_of(sector, place, period) for period in range(CLOSED_PERIODS))
            companies.append(
                DemoCompany(len(companies), _name(sector, number), sector, _consent(sector, place), participation)
            )
    return tuple(companies)


def _order(sector: DemoSector, rng: np.random.Generator) -> list[int]:
    """Return a random order. The first become nonrespondents, the last are named; the sign-in company comes last."""
    order = [int(i) for i in rng.permutation(sector.companies)]
    return sorted(order, key=lambda number: _name(sector, number) == SIGN_IN_COMPANY)


def _participation_of(sector: DemoSector, place: int, period: int) -> TakesPart:
    first = max(sector.nonrespondents)
    if place < sector.nonrespondents[period]:
        return "silent"
    return "sparse" if first <= place < first + sector.sparse else "scored"


def _consent(sector: DemoSector, place: int) -> Consent:
    before = max(sector.nonrespondents) + sector.sparse
    if before <= place < before + sector.private:
        return "private"
    return "named" if place >= sector.companies - sector.named else "counted"


def _name(sector: DemoSector, number: int) -> str:
    return f"Example {sector.name} {number + 1:02}"


#: How far a company's answers are above or below its quality, by lens value.
QUALITY_BY_LENS: Mapping[str, Mapping[str, float]] = {
    "aspect": {"code": 0.16, "practice": -0.02, "proof": -0.10},
    "prevention": {"pre-primary": -0.22, "primary": 0.05, "secondary": -0.04, "tertiary": 0.08},
    "gap": {"framing": 0.05, "reach": -0.14, "accountability": 0.0},
}
#: How far answers to critical requirements are above it, as companies deal with those first.
QUALITY_OF_CRITICAL = 0.15
BETTER_EACH_YEAR = 0.05
HOME_COUNTRIES = ("CHL", "DEU", "FRA", "GBR", "JPN", "KEN", "MEX", "NLD", "PHL", "THA", "USA", "ZAF")
OTHER_COUNTRIES = (
    "BRA",
    "CHN",
    "COL",
    "DOM",
    "EGY",
    "ESP",
    "GHA",
    "IDN",
    "IND",
    "ITA",
    "KHM",
    "MAR",
    "PER",
    "POL",
    "TUR",
    "VNM",
)
WITHOUT_HIGH_NEED = tuple(code for code in OTHER_COUNTRIES if need_group((code,)) != "high")
LOWER_NEED = ("CHL", "JOR", "OMN")
NO_HIGH_NEED = "Every country we work, buy or sell in is one of lower need: Chile, Jordan and Oman."
NO_SUCH_THING = "What this question is about does not exist in our company: looked at by the management this year."
#: Profile values are as frequent as listed here. In other fields all values are equally frequent.
PROFILE_FREQUENCIES: Mapping[str, tuple[str, ...]] = {
    "size": ("1-9", "10-49", "50-249", "50-249", "250-4999", "250-4999", "5000-up"),
    "children": ("none", "sometimes", "sometimes", "sometimes", "sometimes", "regular"),
}
INVENTED_NOTE = "Invented for the demonstration."
PASSAGES: Mapping[str, tuple[tuple[str, int, str], ...]] = {
    "code": (
        ("Code of conduct", 6, "Nobody bound by this code may exploit a child sexually, in any form and in any place."),
        ("Code of conduct", 4, "A child is every person under 18. Where local law asks for less, this code applies."),
        ("Supplier code", 3, "Partners keep this rule, let us check that they do, and pass it on to theirs."),
    ),
    "practice": (
        ("Yearly plan", 12, "The measure is carried out in the places listed in the annex and reviewed each autumn."),
        ("Board minutes", 2, "The board took note of the report and decided the budget for the coming year."),
    ),
    "proof": (
        ("Training register", 1, "Dated list of sessions and numbers of people, by country."),
        ("Review report", 9, "The records were checked by the internal audit department."),
    ),
}


@dataclass(frozen=True, slots=True)
class SyntheticAnswers:
    """The answers of a company in one period."""

    sheet: AnswerSheet
    evidence: Mapping[str, Quotation | Link] = field(default_factory=dict)


def synthetic_answers(
    edition: Edition, company: DemoCompany, *, year: int, period: int, keep: float, seed: int
) -> SyntheticAnswers:
    """Answer the main part of an edition. `keep`: the share of questions reached before stopping, in file order."""
    rng = np.random.default_rng([seed, company.number, period])
    traits = np.random.default_rng([seed, company.number])  # the same in every period
    quality = company.sector.quality + BETTER_EACH_YEAR * period + float(traits.normal(0, 0.22))
    shows, skips, spared = float(traits.beta(2.5, 1.2)), min(float(traits.beta(1, 14)), 0.3), traits.random() < 0.08
    if traits.random() < 0.08:
        shows = 0.0
    profile = _profile(edition, company, traits)
    questions = [question for question in edition.questions.values() if not edition.is_by_choice(question)]
    reached = {q.id for q in questions[: round(keep * len(questions))]}
    moods = {theme.id: float(rng.normal(0, 0.08)) for theme in edition.root.parts}
    theme_of = {q.id: theme.id for theme in edition.root.parts for q in _questions(edition, theme.id)}
    given: dict[str, Answer] = {}
    for question in questions:
        level = quality + moods[theme_of[question.id]] + float(rng.normal(0, 0.12)) + _quality_offset(edition, question)
        skipped = question.scored and rng.random() < skips
        if question.id in reached and not skipped:
            given[question.id] = _answer(question, level, spared, rng, year)
    if not spared:  # no company moves from one year to the next
        given.update({q: codes for q, codes in _own_countries(seed, company).items() if q in given})
    given = _place_by_place(edition, given)
    sheet = _as_asked(edition, AnswerSheet(company.name, profile, given))
    evidence = _evidence(edition, sheet, shows, rng, year)
    return SyntheticAnswers(AnswerSheet(company.name, profile, sheet.answers, frozenset(evidence)), evidence)


def _own_countries(seed: int, company: DemoCompany) -> dict[str, tuple[str, ...]]:
    """Return a company's headquarters and countries. Half the companies work in no high-need country except at home."""
    home = HOME_COUNTRIES[int(np.random.default_rng([seed, company.number, 34]).integers(len(HOME_COUNTRIES)))]
    rng = np.random.default_rng([seed, company.number, 35])
    reachable = OTHER_COUNTRIES if rng.random() < 0.5 else WITHOUT_HIGH_NEED
    others = rng.choice(reachable, size=int(rng.integers(1, 6)), replace=False)
    return {HEADQUARTERS_QUESTION: (home,), OPERATIONS_QUESTION: tuple(sorted({home, *map(str, others)}))}


def _questions(edition: Edition, part: str) -> list[Question]:
    node = edition.nodes.get(part)
    return [edition.questions[part]] if node is None else list(node.questions())


def _quality_offset(edition: Edition, question: Question) -> float:
    requirement = edition.requirement_of(question.id)
    critical = QUALITY_OF_CRITICAL if requirement is not None and requirement.critical is not None else 0.0
    return critical + sum(
        by_value.get(question.lenses.get(lens, ""), 0.0) for lens, by_value in QUALITY_BY_LENS.items()
    )


def _profile(edition: Edition, company: DemoCompany, traits: np.random.Generator) -> dict[str, str | float]:
    sectors = edition.profile[PEER_GROUP_FIELD].values if PEER_GROUP_FIELD in edition.profile else ()
    profile: dict[str, str | float] = {}
    for name, known in edition.profile.items():
        if name == PEER_GROUP_FIELD:
            profile[name] = company.sector.id if company.sector.id in known.values else known.values[-1]
        elif name in sectors:
            profile[name] = "yes" if name == company.sector.id else "no"
        else:
            profile[name] = _any_value(known, traits)
    return profile


def _any_value(known: ProfileField, traits: np.random.Generator) -> str | float:
    if known.is_number:
        return float(traits.integers(1, 100))
    usual = tuple(value for value in PROFILE_FREQUENCIES.get(known.id, ()) if value in known.values) or known.values
    return usual[int(traits.integers(len(usual)))]


def _answer(question: Question, level: float, spared: bool, rng: np.random.Generator, year: int) -> Answer:
    if question.na == "reason" and spared:
        return NotApplicable(NO_HIGH_NEED if question.kind == "number" else NO_SUCH_THING)
    if question.kind == "countries":
        return _countries(question, spared, rng)
    if question.kind == "date":
        return date(year, 6, 30).isoformat()
    if question.range is not None:
        start, end = question.range
        return float(round((start + (end - start) * min(max(level, 0.05), 1.0)) / 5) * 5) or start
    if not question.options:
        return float(5 * rng.integers(1, 60)) if question.kind == "number" else INVENTED_NOTE
    return _choice(question, level, rng)


def _choice(question: Question, level: float, rng: np.random.Generator) -> AnswerValue:
    if question.kind == "many":
        chosen = tuple(o.id for o in question.options if o.points > 0 and rng.random() < level)
        return chosen or (NONE_OF_THESE,)
    return min(question.options, key=lambda option: abs(normalised_score(question, option.id) - level)).id


def _place_by_place(edition: Edition, given: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the answers with ticks instead of results for questions of places. Without a list of places, drop them."""
    found = dict(given)
    for question in edition.places_questions:
        result, listed = found.pop(question.id, None), given.get(question.places)
        if isinstance(result, NotApplicable):
            found[question.id] = result
        elif isinstance(result, str) and isinstance(listed, tuple):
            found[question.id] = _ticks(result, listed)
    return found


def _ticks(result: str, places: tuple[str, ...]) -> tuple[str, ...]:
    """Return ticks that give a result, or one close to it if there are too few places."""
    boxes = {"planned": (PLANNED_BOX,), "dated": (*places, DATED_BOX), "all": places}
    if result not in ("some", "most"):
        return boxes.get(result, (NO_PLACE,))
    number = len(places) // 2 if result == "some" else len(places) - 1
    by_need = sorted(places, key=lambda place: not is_high_need(place))
    return tuple(sorted(by_need[: max(number, 1)]))


def _countries(question: Question, spared: bool, rng: np.random.Generator) -> AnswerValue:
    if spared:
        return LOWER_NEED[:1] if question.id.endswith("headquarters") else LOWER_NEED
    home = HOME_COUNTRIES[int(rng.integers(len(HOME_COUNTRIES)))]
    if question.id.endswith("headquarters"):
        return (home,)
    others = rng.choice(OTHER_COUNTRIES, size=int(rng.integers(1, 6)), replace=False)
    return tuple(sorted({home, *map(str, others)}))


def _as_asked(edition: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """Return a sheet without answers to questions that are not asked or have a shut gate."""
    routes = route_questions(edition, sheet)
    kept = {q: a for q, a in sheet.answers.items() if min(routes[q].asked, routes[q].counts) == YES}
    return AnswerSheet(sheet.company, sheet.profile, kept)


def _evidence(
    edition: Edition, sheet: AnswerSheet, shows: float, rng: np.random.Generator, year: int
) -> dict[str, Quotation | Link]:
    """Return evidence for some of the answers that earn points."""
    counted = counted_sheet(edition, sheet)
    return {
        question_id: _evidence_item(sheet.company, edition.questions[question_id], rng, year)
        for question_id in sheet.answers
        if _earns(edition.questions[question_id], counted.answers.get(question_id)) and rng.random() < shows
    }


def _earns(question: Question, given: Answer | None) -> bool:
    if not question.scored or question.evidence == "none" or given is None or isinstance(given, NotApplicable):
        return False
    return normalised_score(question, given) > 0


def _evidence_item(company: str, question: Question, rng: np.random.Generator, year: int) -> Quotation | Link:
    passages = PASSAGES.get(question.lenses.get(ASPECT_LENS, "code"), PASSAGES["code"])
    document, page, passage = passages[int(rng.integers(len(passages)))]
    if rng.random() < 0.15:
        slug = company.lower().replace(" ", "-")
        return Link(f"https://{slug}.example/{document.lower().replace(' ', '-')}", date(year, 2, 1), INVENTED_NOTE)
    return Quotation(f"{company}: {document}", str(page), date(year - 1, 9, 1), passage, INVENTED_NOTE)
