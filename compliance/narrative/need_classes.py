"""Need of countries in words: need classes, and the signs behind them with year and source.

A class does not measure how much exploitation there is, and unknown is not low.
"""

from collections.abc import Iterable, Mapping

from compliance.languages.formats import comma_list, number, percent, semicolon_list
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.countries import FactSource, NeedClass, NeedSign, NeedSignId

NEED_WORDS: Mapping[NeedClass, str] = {
    "high": N_("High need (priority)"),
    "elevated": N_("Elevated need"),
    "unknown": N_("Unknown need"),
    "lower": N_("Lower need"),
}

#: The name of each class, and the rule for it.
NEED_CLASS_TEXTS: Mapping[NeedClass, tuple[str, str]] = {
    "high": (
        N_("High need (priority)"),
        N_(
            "National law on sexual exploitation of children falls short; or two signs of law are present; or one "
            "of law and one of conditions."
        ),
    ),
    "elevated": (N_("Elevated need"), N_("Any other sign is present.")),
    "unknown": (
        N_("Unknown"),
        N_(
            "No sign is present, and not enough is known. Unknown is never treated as low: it counts like "
            "elevated need."
        ),
    ),
    "lower": (
        N_("Lower need"),
        N_("Everything about the law is known and good, effort was made, and no sign is present."),
    ),
}
#: The short name of each sign, and what it says.
NEED_SIGN_TEXTS: Mapping[NeedSignId, tuple[str, str]] = {
    "L1": (
        N_("law on exploitation falls short"),
        N_("National law on commercial sexual exploitation of children does not conform to international standards."),
    ),
    "L2": (
        N_("law on trafficking falls short"),
        N_("National law on child trafficking does not conform to international standards."),
    ),
    "L3": (
        N_("Optional Protocol"),
        N_("Not a party to the Optional Protocol on the sale of children."),
    ),
    "L4": (N_("Palermo Protocol"), N_("Not a party to the Palermo Protocol on trafficking in persons.")),
    "K1": (N_("little effort"), N_("No or minimal advancement, according to that year’s assessment.")),
    "K2": (N_("least developed country"), N_("On the list of least developed countries.")),
    "K3": (N_("births registered"), N_("Fewer than 75 %% of births are registered.")),
    "K4": (N_("goods made by children"), N_("Five or more goods are listed as made by children.")),
    "K5": (N_("sources disagree"), N_("The sources disagree on whether it is a party to the Optional Protocol.")),
}
_SOURCE_TITLES: Mapping[FactSource, str] = {
    "un-treaties": N_("United Nations treaty records"),
    "us-labor": N_("United States Department of Labor, Findings on the Worst Forms of Child Labor"),
    "un-ldc": N_("United Nations list of least developed countries"),
    "world-bank": N_("World Bank, World Development Indicators"),
}


def need_class_title(named: NeedClass) -> str:
    """Return the title of a need class."""
    return _(NEED_CLASS_TEXTS[named][0])


def need_sign_words(sign: NeedSign) -> str:
    """Return a sign of need, with its figure if it has one."""
    name = _(NEED_SIGN_TEXTS[sign.id][0])
    if sign.id == "K3":
        return _("%(name)s: %(share)s (%(year)s)", name=name, share=percent((sign.figure or 0) / 100), year=sign.year)
    return _("%(name)s: %(value)s", name=name, value=number(sign.figure)) if sign.figure is not None else name


def source_titles(named: Iterable[FactSource]) -> str:
    """Return the titles of some sources, joined, with a capital at the start."""
    words = semicolon_list(_(_SOURCE_TITLES[source]) for source in _SOURCE_TITLES if source in set(named))
    return words[:1].upper() + words[1:]


def year_range_words(years: set[int]) -> str:
    """Return a single year, or the first and the last."""
    first, last = min(years), max(years)
    return str(first) if first == last else _("%(low)s to %(high)s", low=first, high=last)


def need_sign_source_words(sign: NeedSign) -> str:
    """Return the source of a sign, with its year, and its figure if it has one."""
    source = comma_list([source_titles(sign.sources), *([sign.year] if sign.year else [])])
    if sign.figure is None:
        return source
    figure = percent(sign.figure / 100) if sign.id == "K3" else number(sign.figure)
    return _("%(name)s: %(value)s", name=source, value=figure)
