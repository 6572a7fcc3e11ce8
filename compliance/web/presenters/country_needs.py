"""View models of countries: lists by region, and need classes.

A need class is always shown with year and source, and never as a measure of how much exploitation there is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from compliance.languages.formats import comma_list, country_name, short_decimal, sort_key
from compliance.languages.interface_messages import current_language, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import REGION_LABELS, label_of
from compliance.narrative.need_classes import (
    NEED_CLASS_TEXTS,
    NEED_SIGN_TEXTS,
    need_class_title,
    need_sign_source_words,
    need_sign_words,
    source_titles,
    year_range_words,
)
from compliance.questionnaire.answers import Answer
from compliance.questionnaire.countries import (
    NEED_CLASSES,
    NEED_SIGN_IDS,
    NEED_WEIGHTS,
    CountryNeed,
    NeedClass,
    NeedSign,
    NeedSignId,
    all_lower_need,
    countries,
    country_need,
    country_needs,
)
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, Edition, Question


@dataclass(frozen=True, slots=True)
class CountryView:
    """A country by its ISO 3166 alpha-3 code and its name in the language of the page."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RegionView:
    """A region with its countries."""

    title: str
    countries: tuple[CountryView, ...]


@dataclass(frozen=True, slots=True)
class CountryChoiceView:
    """The choice of countries: a single one is typed; for several, countries that the company named can be ticked."""

    single: bool
    names: str  # the text in the field for typing
    known: tuple[CountryView, ...]
    earlier: tuple[tuple[str, str], ...]  # earlier lists to copy countries from: id, question
    chosen: int  # number of countries


@dataclass(frozen=True, slots=True)
class ClassifiedCountryView:
    """A country in a need class, with its signs as a list in words."""

    code: str
    name: str
    signs: str


@dataclass(frozen=True, slots=True)
class NeedClassView:
    """A need class with its rule, weight and countries."""

    id: NeedClass
    title: str
    rule: str
    weight: str
    countries: tuple[ClassifiedCountryView, ...]


@dataclass(frozen=True, slots=True)
class NeedSignView:
    """A sign of need: its meaning, its sources and years, and the number of countries that have it."""

    name: str
    of_law: bool
    says: str
    sources: str
    years: str
    count: int


@dataclass(frozen=True, slots=True)
class SourcedSignView:
    """A sign of one country, with its source."""

    says: str
    source: str


@dataclass(frozen=True, slots=True)
class CompanyCountryView:
    """A company's country with its need class and signs; without signs, the rule of the class."""

    code: str
    name: str
    need: str
    signs: tuple[SourcedSignView, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class CompanyNeedsView:
    """A company's countries by need; see `parts/need.html`."""

    summary: str
    gist: str
    countries: tuple[CompanyCountryView, ...]
    all_lower: bool


def region_views() -> tuple[RegionView, ...]:
    """Return every country by region, both in alphabetical order. Countries without a region come last."""
    return _region_views(current_language())


@cache
def _region_views(_language: str) -> tuple[RegionView, ...]:
    regions: dict[str, list[CountryView]] = {}
    for country in countries().values():
        regions.setdefault(country.region, []).append(CountryView(country.alpha3, country_name(country.alpha3)))
    order = sorted(regions, key=lambda region: (not region, sort_key(label_of(REGION_LABELS, region))))
    return tuple(
        RegionView(
            label_of(REGION_LABELS, region), tuple(sorted(regions[region], key=lambda country: sort_key(country.name)))
        )
        for region in order
    )


def country_choice_view(
    edition: Edition, answers: Mapping[str, Answer], question: Question, chosen: Iterable[str], unread: str
) -> CountryChoiceView | None:
    """Return the choice of a question about countries; None for any other question.

    `chosen`: codes of the countries chosen; `unread`: typed names that were not recognised.
    """
    if question.kind != "countries":
        return None
    lists = [each for each in edition.questions.values() if each.kind == "countries"]
    own = [code for code in chosen if code in countries()]
    single = question.id == HEADQUARTERS_QUESTION
    if single:
        return CountryChoiceView(True, comma_list(filter(None, [*map(country_name, own), unread])), (), (), len(own))
    given = (answers.get(each.id) for each in lists)
    known = {*own, *(code for codes in given if isinstance(codes, tuple) for code in codes)}
    earlier = lists[: lists.index(question)]
    return CountryChoiceView(
        single=False,
        names=unread,
        known=tuple(
            sorted((CountryView(code, country_name(code)) for code in known), key=lambda one: sort_key(one.name))
        ),
        earlier=tuple((each.id, each.ask) for each in earlier if each.id != HEADQUARTERS_QUESTION),
        chosen=len(own),
    )


def all_countries() -> tuple[CountryView, ...]:
    """Return every country, by region, as suggestions while typing."""
    return tuple(country for region in region_views() for country in region.countries)


def need_class_views() -> list[NeedClassView]:
    """Return every need class with its countries, by name, and the signs of each."""
    by_class: dict[NeedClass, list[CountryNeed]] = {named: [] for named in NEED_CLASSES}
    for code in countries():
        by_class[country_need(code).need_class].append(country_need(code))
    return [
        NeedClassView(
            id=named,
            title=need_class_title(named),
            rule=_(NEED_CLASS_TEXTS[named][1]),
            weight=short_decimal(NEED_WEIGHTS[named]),
            countries=tuple(_country_view(need) for need in sorted(needs, key=_by_name)),
        )
        for named, needs in by_class.items()
    ]


def _by_name(need: CountryNeed) -> str:
    return sort_key(country_name(need.alpha3))


def _country_view(need: CountryNeed) -> ClassifiedCountryView:
    signs = comma_list(need_sign_words(sign) for sign in need.signs)
    return ClassifiedCountryView(need.alpha3, country_name(need.alpha3), signs)


def need_sign_views() -> list[NeedSignView]:
    """Return every sign that any country has, with its sources, years and number of countries."""
    found = _signs_found()
    return [
        NeedSignView(
            name=_(NEED_SIGN_TEXTS[named][0]),
            of_law=signs[0].is_of_law,
            says=_(NEED_SIGN_TEXTS[named][1]),
            sources=source_titles({source for sign in signs for source in sign.sources}),
            years=year_range_words({sign.year for sign in signs if sign.year}),
            count=len(signs),
        )
        for named in NEED_SIGN_IDS
        if (signs := found.get(named))
    ]


@cache
def _signs_found() -> Mapping[NeedSignId, list[NeedSign]]:
    found: dict[NeedSignId, list[NeedSign]] = {}
    for need in country_needs().values():
        for sign in need.signs:
            found.setdefault(sign.id, []).append(sign)
    return found


def company_needs_view(answers: Iterable[Answer | None]) -> CompanyNeedsView | None:
    """Return the need of the countries in these answers, highest need first; None if there are no countries."""
    codes = {code for answer in answers if isinstance(answer, tuple) for code in answer}
    if not codes:
        return None
    needs = sorted(map(country_need, codes), key=lambda n: (NEED_CLASSES.index(n.need_class), _by_name(n)))
    counts = Counter(need.need_class for need in needs)
    return CompanyNeedsView(
        summary=ngettext("What is known about your country", "What is known about your %(num)s countries", len(needs)),
        gist=comma_list(
            _("%(name)s: %(value)s", name=need_class_title(named), value=counts[named])
            for named in NEED_CLASSES
            if counts[named]
        ),
        countries=tuple(_country_with_sources_view(need) for need in needs),
        all_lower=all_lower_need(codes),
    )


def _country_with_sources_view(need: CountryNeed) -> CompanyCountryView:
    return CompanyCountryView(
        code=need.alpha3,
        name=country_name(need.alpha3),
        need=need_class_title(need.need_class),
        signs=tuple(
            SourcedSignView(_(NEED_SIGN_TEXTS[sign.id][1]), need_sign_source_words(sign)) for sign in need.signs
        ),
        rule="" if need.signs else _(NEED_CLASS_TEXTS[need.need_class][1]),
    )
