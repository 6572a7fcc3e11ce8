"""Answers about places in sentences: the counts, the resulting option, and what the next option needs."""

from collections.abc import Iterator

from compliance.languages.formats import and_list, comma_list, country_name, nested_quotes
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import option_label
from compliance.questionnaire.edition import Question
from compliance.questionnaire.places import PlacesResult, possible_steps


def places_counts(result: PlacesResult) -> str:
    """Return the counts: `3 of 5 countries, 1 of 2 priority countries`."""
    said = [_("%(ticked)s of %(all)s countries", ticked=str(len(result.ticked)), all=str(len(result.places)))]
    if need := len(result.high_need):
        ticked = str(len(result.ticked_high_need))
        said.append(_("%(ticked)s of %(all)s priority countries", ticked=ticked, all=str(need)))
    return comma_list(said)


def places_result_sentence(question: Question, result: PlacesResult) -> str:
    """Return a sentence on what was ticked, and what it counts as."""
    counts_as = _quoted_option(question, result.option)
    if len(result.places) == 1:
        return _("You have one country: this counts as %(result)s.", result=counts_as)
    ticked, places = str(len(result.ticked)), str(len(result.places))
    if not result.high_need:
        return _(
            "In %(ticked)s of your %(all)s countries: this counts as %(result)s.",
            ticked=ticked,
            all=places,
            result=counts_as,
        )
    return _(
        "In %(ticked)s of your %(all)s countries, and in %(ticked_need)s of your %(need)s priority countries: this "
        "counts as %(result)s.",
        ticked=ticked,
        all=places,
        ticked_need=str(len(result.ticked_high_need)),
        need=str(len(result.high_need)),
        result=counts_as,
    )


def places_remarks(question: Question, result: PlacesResult) -> tuple[str, ...]:
    """Return sentences on what the next option needs, which places are missing, and which ticks do not count."""
    return (*_next_words(question, result), *_gone_words(result))


def missing_places_words(result: PlacesResult, option: str) -> str:
    """Return which places are missing for an option, or "" if none is, or any one would do."""
    missing = result.missing if option != "some" else ()
    if option == "most" and 2 * len(result.ticked_high_need) <= len(result.high_need):
        missing = tuple(place for place in missing if place in result.high_need)
    return _("Missing: %(countries)s.", countries=comma_list(map(country_name, missing))) if missing else ""


def _next_words(question: Question, result: PlacesResult) -> Iterator[str]:
    possible = possible_steps([option.id for option in question.options], len(result.places))
    later = [option for option in possible[possible.index(result.option) + 1 :] if option != "planned"]
    if later:
        yield _needs(question, result, later[0])
        if said := missing_places_words(result, later[0]):
            yield said


def _needs(question: Question, result: PlacesResult, option: str) -> str:
    wanted = _quoted_option(question, option)
    if option == "some":
        return _("%(result)s needs at least one country.", result=wanted)
    if option == "all":
        return _("%(result)s needs every country.", result=wanted)
    if option == "dated":
        return _("%(result)s also needs a date for the next check.", result=wanted)
    if result.high_need:
        return _(
            "%(result)s needs more than half of all countries, and more than half of the priority countries.",
            result=wanted,
        )
    return _("%(result)s needs more than half of all countries.", result=wanted)


def _gone_words(result: PlacesResult) -> Iterator[str]:
    if result.gone:
        yield ngettext(
            "%(countries)s is no longer in your list: the tick is kept but does not count.",
            "%(countries)s are no longer in your list: the ticks are kept but do not count.",
            len(result.gone),
            countries=and_list(map(country_name, result.gone)),
        )


def _quoted_option(question: Question, option: str) -> str:
    return _("“%(words)s”", words=nested_quotes(option_label(question, option)))
