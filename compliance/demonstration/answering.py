"""What an invented company answers: stronger in words than in deeds, in deeds than in proof, weak at the roots."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from compliance.demonstration.cast import Actor
from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable, Value
from compliance.questionnaire.edition import NONE_OF_THESE, Edition, ProfileField, Question
from compliance.questionnaire.routing import YES, route
from compliance.questionnaire.steering import HEADQUARTERS
from compliance.scoring.plan import share
from compliance.store import Link, Quotation

#: How far above or below a company's own quality its answers lie, by what they are about.
LEANING: Mapping[str, Mapping[str, float]] = {
    "aspect": {"code": 0.16, "practice": -0.02, "proof": -0.10},
    "prevention": {"pre-primary": -0.22, "primary": 0.05, "secondary": -0.04, "tertiary": 0.08},
    "gap": {"framing": 0.05, "reach": -0.14, "accountability": 0.0},
}
BETTER_EACH_YEAR = 0.05
HOME = ("CHL", "DEU", "FRA", "GBR", "JPN", "KEN", "MEX", "NLD", "PHL", "THA", "USA", "ZAF")
ABROAD = (
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
LOWER_NEED = ("CHL", "JOR", "OMN")
NO_HIGH_NEED = "Every country we work, buy or sell in is one of lower need: Chile, Jordan and Oman."
NO_SUCH_THING = "What this question is about does not exist in our company: looked at by the management this year."
#: Profile answers as often as they stand here; every other field has each of its values equally often.
USUAL: Mapping[str, tuple[str, ...]] = {
    "size": ("1-9", "10-49", "50-249", "50-249", "250-4999", "250-4999", "5000-up"),
    "children": ("none", "sometimes", "sometimes", "sometimes", "sometimes", "regular"),
}
WORDS = "Invented for the demonstration."
PASSAGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "code": (
        ("Code of conduct", "Nobody bound by this code may exploit a child sexually, in any form and in any place."),
        ("Code of conduct", "A child is every person under 18. Where local law asks for less, this code applies."),
        ("Supplier code", "Partners keep this rule, let us check that they do, and pass it on to theirs."),
    ),
    "practice": (
        ("Yearly plan", "The measure is carried out in the places listed in the annex and reviewed each autumn."),
        ("Board minutes", "The board took note of the report and decided the budget for the coming year."),
    ),
    "proof": (
        ("Training register", "Dated list of sessions and numbers of people, by country."),
        ("Review report", "The records were checked by the internal audit department."),
    ),
}


@dataclass(frozen=True, slots=True)
class Work:
    """What a company put into one period's questionnaire."""

    sheet: AnswerSheet
    evidence: Mapping[str, Quotation | Link] = field(default_factory=dict)


def answer(edition: Edition, actor: Actor, *, year: int, period: int, keep: float, seed: int) -> Work:
    """Fill in a questionnaire; `keep` is the share of questions got to before stopping, in file order."""
    rng = np.random.default_rng([seed, actor.number, period])
    traits = np.random.default_rng([seed, actor.number])  # the same in every period
    quality = actor.sector.quality + BETTER_EACH_YEAR * period + float(traits.normal(0, 0.22))
    shows, skips, spared = float(traits.beta(2.5, 1.2)), min(float(traits.beta(1, 14)), 0.3), traits.random() < 0.08
    if traits.random() < 0.08:
        shows = 0.0
    profile = _profile(edition, actor, traits)
    questions = list(edition.questions.values())
    reached = {q.id for q in questions[: round(keep * len(questions))]}
    moods = {theme.id: float(rng.normal(0, 0.08)) for theme in edition.root.parts}
    theme_of = {q.id: theme.id for theme in edition.root.parts for q in _questions(edition, theme.id)}
    given: dict[str, Answer] = {}
    for question in questions:
        level = quality + moods[theme_of[question.id]] + float(rng.normal(0, 0.12)) + _leaning(question)
        skipped = question.scored and rng.random() < skips
        if question.id in reached and not skipped:
            given[question.id] = _answer(question, level, spared, rng, year)
    if HEADQUARTERS in given and not spared:  # nobody moves from one year to the next
        given[HEADQUARTERS] = (HOME[int(np.random.default_rng([seed, actor.number, 34]).integers(len(HOME)))],)
    sheet = _as_asked(edition, AnswerSheet(actor.name, profile, given))
    evidence = _evidence(edition, sheet, shows, rng, year)
    return Work(AnswerSheet(actor.name, profile, sheet.answers, frozenset(evidence)), evidence)


def _questions(edition: Edition, part: str) -> list[Question]:
    node = edition.nodes.get(part)
    return [edition.questions[part]] if node is None else list(node.questions())


def _leaning(question: Question) -> float:
    return sum(by_value.get(question.lenses.get(lens, ""), 0.0) for lens, by_value in LEANING.items())


def _profile(edition: Edition, actor: Actor, traits: np.random.Generator) -> dict[str, str | float]:
    sectors = edition.profile["sector"].values if "sector" in edition.profile else ()
    profile: dict[str, str | float] = {}
    for name, known in edition.profile.items():
        if name == "sector":
            profile[name] = actor.sector.id if actor.sector.id in known.values else known.values[-1]
        elif name in sectors:
            profile[name] = "yes" if name == actor.sector.id else "no"
        else:
            profile[name] = _any_value(known, traits)
    return profile


def _any_value(known: ProfileField, traits: np.random.Generator) -> str | float:
    if known.is_number:
        return float(traits.integers(1, 100))
    usual = tuple(value for value in USUAL.get(known.id, ()) if value in known.values) or known.values
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
        return float(5 * rng.integers(1, 60)) if question.kind == "number" else WORDS
    return _choice(question, level, rng)


def _choice(question: Question, level: float, rng: np.random.Generator) -> Value:
    if question.kind == "many":
        chosen = tuple(o.id for o in question.options if o.points > 0 and rng.random() < level)
        return chosen or (NONE_OF_THESE,)
    return min(question.options, key=lambda option: abs(share(question, option.id) - level)).id


def _countries(question: Question, spared: bool, rng: np.random.Generator) -> Value:
    if spared:
        return LOWER_NEED[:1] if question.id.endswith("headquarters") else LOWER_NEED
    home = HOME[int(rng.integers(len(HOME)))]
    if question.id.endswith("headquarters"):
        return (home,)
    others = rng.choice(ABROAD, size=int(rng.integers(1, 6)), replace=False)
    return tuple(sorted({home, *map(str, others)}))


def _as_asked(edition: Edition, sheet: AnswerSheet) -> AnswerSheet:
    """Only the questions that are asked, and behind no shut gate: nobody fills in the others."""
    routes = route(edition, sheet)
    kept = {q: a for q, a in sheet.answers.items() if min(routes[q].asked, routes[q].counts) == YES}
    return AnswerSheet(sheet.company, sheet.profile, kept)


def _evidence(
    edition: Edition, sheet: AnswerSheet, shows: float, rng: np.random.Generator, year: int
) -> dict[str, Quotation | Link]:
    """For some of the answers that earn something."""
    return {
        question_id: _piece(sheet.company, edition.questions[question_id], rng, year)
        for question_id, given in sheet.answers.items()
        if _earns(edition.questions[question_id], given) and rng.random() < shows
    }


def _earns(question: Question, given: Answer) -> bool:
    if not question.scored or question.evidence == "none" or isinstance(given, NotApplicable):
        return False
    return share(question, given) > 0


def _piece(company: str, question: Question, rng: np.random.Generator, year: int) -> Quotation | Link:
    passages = PASSAGES.get(question.lenses.get("aspect", "code"), PASSAGES["code"])
    document, passage = passages[int(rng.integers(len(passages)))]
    dated = date(year - 1, int(rng.integers(1, 13)), 1)
    if rng.random() < 0.15:
        slug = company.lower().replace(" ", "-")
        return Link(f"https://{slug}.example/{document.lower().replace(' ', '-')}", date(year, 2, 1), WORDS)
    return Quotation(f"{company}: {document}", str(int(rng.integers(1, 40))), dated, passage, WORDS)
