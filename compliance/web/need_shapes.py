"""Need classes in words: never without year and source, never as a measure of how much exploitation there is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from compliance.languages.formats import country_name, listed, listed_apart, number, percent, plain, sort_key
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import Answer
from compliance.questionnaire.countries import countries
from compliance.questionnaire.need import (
    NEED_CLASSES,
    SIGNS,
    WEIGHTS,
    Need,
    NeedClass,
    Sign,
    SignId,
    Source,
    all_lower,
    need_classes,
    need_of,
)
from compliance.web.shapes import Shape

#: Of each class its name and the rule that gives it.
CLASSES: Mapping[NeedClass, tuple[str, str]] = {
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
_SIGNS: Mapping[SignId, tuple[str, str]] = {
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
_SOURCES: Mapping[Source, str] = {
    "un-treaties": N_("treaty records of the United Nations"),
    "us-labor": N_("United States Department of Labor, Findings on the Worst Forms of Child Labor"),
    "un-ldc": N_("list of the United Nations"),
    "world-bank": N_("World Bank, World Development Indicators"),
}


def class_shapes() -> list[Shape]:
    """Every class with its countries, in order of name, and the signs of each."""
    by_class: dict[NeedClass, list[Need]] = {named: [] for named in NEED_CLASSES}
    for code in countries():
        by_class[need_of(code).need_class].append(need_of(code))
    return [
        {
            "id": named,
            "title": class_name(named),
            "rule": _(CLASSES[named][1]),
            "weight": plain(WEIGHTS[named]),
            "countries": [_short_shape(need) for need in sorted(needs, key=_by_name)],
        }
        for named, needs in by_class.items()
    ]


def class_name(named: NeedClass) -> str:
    """What a class is called."""
    return _(CLASSES[named][0])


def _by_name(need: Need) -> str:
    return sort_key(country_name(need.alpha3))


def _short_shape(need: Need) -> Shape:
    return {
        "code": need.alpha3,
        "name": country_name(need.alpha3),
        "signs": listed(_short(sign) for sign in need.signs),
    }


def _short(sign: Sign) -> str:
    name = _(_SIGNS[sign.id][0])
    if sign.id == "K3":
        return _("%(name)s: %(share)s (%(year)s)", name=name, share=percent((sign.figure or 0) / 100), year=sign.year)
    return _("%(name)s: %(value)s", name=name, value=number(sign.figure)) if sign.figure is not None else name


def sign_shapes() -> list[Shape]:
    """Every sign: what it says, on whose word, of which year, and of how many countries."""
    found = _speaking()
    return [
        {
            "name": _(_SIGNS[named][0]),
            "of_law": signs[0].is_of_law,
            "says": _(_SIGNS[named][1]),
            "sources": _sources({source for sign in signs for source in sign.sources}),
            "years": _years({sign.year for sign in signs if sign.year}),
            "count": len(signs),
        }
        for named in SIGNS
        if (signs := found.get(named))
    ]


@cache
def _speaking() -> Mapping[SignId, list[Sign]]:
    found: dict[SignId, list[Sign]] = {}
    for need in need_classes().values():
        for sign in need.signs:
            found.setdefault(sign.id, []).append(sign)
    return found


def _sources(named: Iterable[Source]) -> str:
    words = listed_apart(_(_SOURCES[source]) for source in _SOURCES if source in set(named))
    return words[:1].upper() + words[1:]


def _years(years: set[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else _("%(low)s to %(high)s", low=first, high=last)


def own_needs(answers: Iterable[Answer | None]) -> Shape | None:
    """The classes of the countries that a company named, those of highest need first; None while it named none."""
    codes = {code for answer in answers if isinstance(answer, tuple) for code in answer}
    if not codes:
        return None
    needs = sorted(map(need_of, codes), key=lambda n: (NEED_CLASSES.index(n.need_class), _by_name(n)))
    counts = Counter(need.need_class for need in needs)
    return {
        "summary": ngettext("What is known of your country", "What is known of your %(num)s countries", len(needs)),
        "gist": listed(
            _("%(name)s: %(value)s", name=class_name(named), value=counts[named])
            for named in NEED_CLASSES
            if counts[named]
        ),
        "countries": [_long_shape(need) for need in needs],
        "all_lower": all_lower(codes),
    }


def _long_shape(need: Need) -> Shape:
    return {
        "code": need.alpha3,
        "name": country_name(need.alpha3),
        "need": class_name(need.need_class),
        "signs": [{"says": _(_SIGNS[sign.id][1]), "source": _source_of(sign)} for sign in need.signs],
        "rule": "" if need.signs else _(CLASSES[need.need_class][1]),
    }


def _source_of(sign: Sign) -> str:
    """Who says so, of which year, and the figure if there is one."""
    source = listed([_sources(sign.sources), *([sign.year] if sign.year else [])])
    if sign.figure is None:
        return source
    figure = percent(sign.figure / 100) if sign.id == "K3" else number(sign.figure)
    return _("%(name)s: %(value)s", name=source, value=figure)
