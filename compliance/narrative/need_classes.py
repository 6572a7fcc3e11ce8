"""Need of countries in words: need classes, the signs behind them with year and source, need beside score.

A class never measures how much exploitation there is, and unknown is never low.
"""

from collections.abc import Iterable, Mapping

from compliance.languages import formats
from compliance.languages.formats import comma_list, number, percent, semicolon_list
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.countries import NEED_CLASSES, FactSource, NeedClass, NeedSign, NeedSignId
from compliance.questionnaire.edition import Edition
from compliance.statistics.correlation import RankCorrelation
from compliance.statistics.internal_comparison import NeedAndScore, asks_countries_of_operation
from compliance.statistics.thresholds import MIN_PAIRS

NEED_WORDS: Mapping[NeedClass, str] = {
    "high": N_("High need"),
    "elevated": N_("Elevated need"),
    "unknown": N_("Unknown need"),
    "lower": N_("Lower need"),
}


def need_and_score_sentence(edition: Edition, need: NeedAndScore) -> str:
    """Whether responsibility sits where it is needed; a direction is named only where the interval leaves out 0."""
    found = need.association
    if not asks_countries_of_operation(edition):
        return _("The edition does not ask in which countries companies work, so need and score cannot be compared.")
    if found is None and need.known < MIN_PAIRS:
        return ngettext(
            "Need and score are both known of one company only; with fewer than %(least)s nothing is said of them.",
            "Need and score are both known of %(num)s companies; with fewer than %(least)s nothing is said of them.",
            need.known,
            least=MIN_PAIRS,
        )
    if found is None:
        return _("The need of the countries, or the score, is the same for all companies: they cannot go together.")
    return f"{_direction(found)} ({_correlation_words(found)})."


def _direction(found: RankCorrelation) -> str:
    if found.high < 0:
        return _(
            "Responsibility sits where it is least needed: "
            "the higher the need of the countries that companies work in, the lower their scores"
        )
    if found.low > 0:
        return _("The higher the need of the countries that companies work in, the higher their scores")
    return _(
        "Whether scores go with the need of the countries that companies work in cannot be told from these figures"
    )


def _correlation_words(found: RankCorrelation) -> str:
    return _(
        "rank correlation %(rho)s, 95 %% interval from %(low)s to %(high)s, n = %(n)s",
        rho=formats.number(found.rho, 2),
        low=formats.number(found.low, 2),
        high=formats.number(found.high, 2),
        n=formats.number(found.n),
    )


def companies_by_need_sentence(edition: Edition, need: NeedAndScore) -> str:
    """How many companies work where, by need class, each once in each class it works in; "" if nobody was asked."""
    if not asks_countries_of_operation(edition):
        return ""
    counts = formats.semicolon_list(
        _(
            "%(class)s: %(companies)s, with a score %(scored)s",
            **{"class": _(NEED_WORDS[which])},
            companies=formats.number(need.companies[which]),
            scored=formats.number(need.scored[which]),
        )
        for which in NEED_CLASSES
    )
    return _(
        "Companies by the need of the countries they work in, each counted once in each class: %(counts)s. "
        "Who did not answer at all is in no answers file.",
        counts=counts,
    )


#: Of each class its name and the rule that gives it.
NEED_CLASS_TEXTS: Mapping[NeedClass, tuple[str, str]] = {
    "high": (
        N_("High need"),
        N_(
            "National law on sexual exploitation of children falls short; or two signs of law speak; "
            "or one of law and one of conditions."
        ),
    ),
    "elevated": (N_("Elevated need"), N_("Any other sign speaks.")),
    "unknown": (
        N_("Unknown"),
        N_("No sign speaks, and not enough is known. Unknown is never low: it counts like elevated need."),
    ),
    "lower": (N_("Lower need"), N_("Everything of law is known and good, effort was made, and no sign speaks.")),
}
#: Of each sign a short name and what it says.
NEED_SIGN_TEXTS: Mapping[NeedSignId, tuple[str, str]] = {
    "L1": (
        N_("law on exploitation"),
        N_("National law on commercial sexual exploitation of children does not conform to international standards."),
    ),
    "L2": (
        N_("law on trafficking"),
        N_("National law on child trafficking does not conform to international standards."),
    ),
    "L3": (
        N_("Optional Protocol"),
        N_("Not a party to the Optional Protocol on the sale of children."),
    ),
    "L4": (N_("Palermo Protocol"), N_("Not a party to the Palermo Protocol on trafficking in persons.")),
    "K1": (N_("little effort"), N_("No or minimal advancement, in the assessment of the year.")),
    "K2": (N_("least developed"), N_("On the list of least developed countries.")),
    "K3": (N_("births registered"), N_("Fewer than 75 %% of births are registered.")),
    "K4": (N_("goods"), N_("Five or more goods are listed as made by children.")),
    "K5": (N_("sources disagree"), N_("The sources disagree on whether it is a party to the Optional Protocol.")),
}
_SOURCE_TITLES: Mapping[FactSource, str] = {
    "un-treaties": N_("treaty records of the United Nations"),
    "us-labor": N_("United States Department of Labor, Findings on the Worst Forms of Child Labor"),
    "un-ldc": N_("list of the United Nations"),
    "world-bank": N_("World Bank, World Development Indicators"),
}


def need_class_title(named: NeedClass) -> str:
    """What a class is called."""
    return _(NEED_CLASS_TEXTS[named][0])


def need_sign_words(sign: NeedSign) -> str:
    """A sign of need with its figure and year."""
    name = _(NEED_SIGN_TEXTS[sign.id][0])
    if sign.id == "K3":
        return _("%(name)s: %(share)s (%(year)s)", name=name, share=percent((sign.figure or 0) / 100), year=sign.year)
    return _("%(name)s: %(value)s", name=name, value=number(sign.figure)) if sign.figure is not None else name


def source_titles(named: Iterable[FactSource]) -> str:
    """The titles of the sources that are named, joined, with a capital at the start."""
    words = semicolon_list(_(_SOURCE_TITLES[source]) for source in _SOURCE_TITLES if source in set(named))
    return words[:1].upper() + words[1:]


def year_range_words(years: set[int]) -> str:
    """A single year, or the first and the last."""
    first, last = min(years), max(years)
    return str(first) if first == last else _("%(low)s to %(high)s", low=first, high=last)


def need_sign_source_words(sign: NeedSign) -> str:
    """Who says so, of which year, and the figure if there is one."""
    source = comma_list([source_titles(sign.sources), *([sign.year] if sign.year else [])])
    if sign.figure is None:
        return source
    figure = percent(sign.figure / 100) if sign.id == "K3" else number(sign.figure)
    return _("%(name)s: %(value)s", name=source, value=figure)
