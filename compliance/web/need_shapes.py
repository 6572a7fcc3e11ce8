"""Need classes in words: never without year and source, never as a measure of how much exploitation there is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

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
from compliance.web.text import percent
from compliance.web.translation import gettext as _
from compliance.web.translation import ngettext

#: Of each class its name and the rule that gives it.
CLASSES: Mapping[NeedClass, tuple[LazyString, LazyString]] = {
    "high": (
        _l("High need"),
        _l(
            "National law on sexual exploitation of children falls short; or two signs of law speak; "
            "or one of law and one of conditions."
        ),
    ),
    "elevated": (_l("Elevated need"), _l("Any other sign speaks.")),
    "unknown": (
        _l("Unknown"),
        _l("No sign speaks, and not enough is known. Unknown is never low: it counts like elevated need."),
    ),
    "lower": (_l("Lower need"), _l("Everything of law is known and good, effort was made, and no sign speaks.")),
}
#: Of each sign a short name and what it says.
_SIGNS: Mapping[SignId, tuple[LazyString, LazyString]] = {
    "L1": (
        _l("law on exploitation"),
        _l("National law on commercial sexual exploitation of children does not conform to international standards."),
    ),
    "L2": (
        _l("law on trafficking"),
        _l("National law on child trafficking does not conform to international standards."),
    ),
    "L3": (
        _l("Optional Protocol"),
        _l("Not a party to the Optional Protocol on the sale of children."),
    ),
    "L4": (_l("Palermo Protocol"), _l("Not a party to the Palermo Protocol on trafficking in persons.")),
    "K1": (_l("little effort"), _l("No or minimal advancement, in the assessment of the year.")),
    "K2": (_l("least developed"), _l("On the list of least developed countries.")),
    "K3": (_l("births registered"), _l("Fewer than 75 % of births are registered.")),
    "K4": (_l("goods"), _l("Five or more goods are listed as made by children.")),
    "K5": (_l("sources disagree"), _l("The sources disagree on whether it is a party to the Optional Protocol.")),
}
_SOURCES: Mapping[Source, LazyString] = {
    "un-treaties": _l("treaty records of the United Nations"),
    "us-labor": _l("United States Department of Labor, Findings on the Worst Forms of Child Labor"),
    "un-ldc": _l("list of the United Nations"),
    "world-bank": _l("World Bank, World Development Indicators"),
}


def country_name(alpha3: str) -> str:
    """The name that people read."""
    known = countries().get(alpha3)
    return known.name if known else alpha3


def class_shapes() -> list[Shape]:
    """Every class with its countries, in order of name, and the signs of each."""
    by_class: dict[NeedClass, list[Need]] = {named: [] for named in NEED_CLASSES}
    for code in countries():
        by_class[need_of(code).need_class].append(need_of(code))
    return [
        {
            "id": named,
            "title": str(CLASSES[named][0]),
            "rule": str(CLASSES[named][1]),
            "weight": WEIGHTS[named],
            "countries": [_short_shape(need) for need in needs],
        }
        for named, needs in by_class.items()
    ]


def _short_shape(need: Need) -> Shape:
    return {
        "code": need.alpha3,
        "name": country_name(need.alpha3),
        "signs": ", ".join(_short(sign) for sign in need.signs),
    }


def _short(sign: Sign) -> str:
    name = str(_SIGNS[sign.id][0])
    if sign.id == "K3":
        return _("%(name)s: %(share)s (%(year)s)", name=name, share=percent((sign.figure or 0) / 100), year=sign.year)
    return _("%(name)s: %(count)s", name=name, count=int(sign.figure)) if sign.figure is not None else name


def sign_shapes() -> list[Shape]:
    """Every sign: what it says, on whose word, of which year, and of how many countries."""
    found = _speaking()
    return [
        {
            "name": str(_SIGNS[named][0]),
            "of_law": signs[0].is_of_law,
            "says": str(_SIGNS[named][1]),
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
    words = "; ".join(str(_SOURCES[source]) for source in _SOURCES if source in set(named))
    return words[:1].upper() + words[1:]


def _years(years: set[int]) -> str:
    first, last = min(years), max(years)
    return str(first) if first == last else _("%(first)s to %(last)s", first=first, last=last)


def own_needs(answers: Iterable[Answer | None]) -> Shape | None:
    """The classes of the countries that a company named, those of highest need first; None while it named none."""
    codes = {code for answer in answers if isinstance(answer, tuple) for code in answer}
    if not codes:
        return None
    needs = sorted(map(need_of, codes), key=lambda n: (NEED_CLASSES.index(n.need_class), country_name(n.alpha3)))
    counts = Counter(need.need_class for need in needs)
    return {
        "summary": ngettext("What is known of your country", "What is known of your %(num)s countries", len(needs)),
        "gist": ", ".join(f"{CLASSES[named][0]}: {counts[named]}" for named in NEED_CLASSES if counts[named]),
        "countries": [_long_shape(need) for need in needs],
        "all_lower": all_lower(codes),
    }


def _long_shape(need: Need) -> Shape:
    return {
        "code": need.alpha3,
        "name": country_name(need.alpha3),
        "need": str(CLASSES[need.need_class][0]),
        "signs": [{"says": str(_SIGNS[sign.id][1]), "source": _source_of(sign)} for sign in need.signs],
        "rule": "" if need.signs else str(CLASSES[need.need_class][1]),
    }


def _source_of(sign: Sign) -> str:
    """Who says so, of which year, and the figure if there is one."""
    source = _("%(source)s, %(year)s", source=_sources(sign.sources), year=sign.year)
    if sign.figure is None:
        return source
    figure = percent(sign.figure / 100) if sign.id == "K3" else str(int(sign.figure))
    return _("%(source)s: %(figure)s", source=source, figure=figure)
