"""A condition in words: when a question is asked, and when its answer counts."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from compliance.questionnaire.edition import PROFILE, AllOf, AnyOf, Condition, Edition, Not, Term
from compliance.web.labels import SECTORS

PROFILE_FIELDS: Mapping[str, LazyString] = {
    "sector": _l("sector"),
    "size": _l("people working for the company"),
    "children": _l("contact with children"),
    "minors_served": _l("serves people under 18"),
    "staff_travel": _l("staff travel"),
    "consumer_marketing": _l("advertises to consumers"),
    "migrant_labour": _l("migrant workers"),
    "tiers": _l("known levels of the value chain"),
}

PROFILE_VALUES: Mapping[str, LazyString] = {
    "yes": _l("yes"),
    "no": _l("no"),
    "unknown": _l("not known"),
    "none": _l("none"),
    "sometimes": _l("sometimes"),
    "regular": _l("regularly"),
    "in-care": _l("children in its care"),
    "direct": _l("direct partners only"),
    "two": _l("two levels"),
    "three-up": _l("three levels or more"),
    "5000-up": _l("5000 and more"),
}


def condition_words(edition: Edition, condition: Condition) -> str:
    """A condition as part of a sentence that begins with "if"."""
    match condition:
        case Term():
            return _profile_words(condition) if condition.id.startswith(PROFILE) else _question_words(edition, condition)
        case AllOf(parts):
            return _(" and ").join(condition_words(edition, part) for part in parts)
        case AnyOf(parts):
            return _(" or ").join(condition_words(edition, part) for part in parts)
        case Not(part):
            return _("not (%(condition)s)", condition=condition_words(edition, part))


def _profile_words(term: Term) -> str:
    field = term.id.removeprefix(PROFILE)
    name = PROFILE_FIELDS.get(field) or SECTORS.get(field) or field
    if term.at_least is not None:
        return _("%(field)s: at least %(number)s", field=name, number=f"{term.at_least:g}")
    words = SECTORS if field == "sector" else PROFILE_VALUES
    return _("%(field)s: %(values)s", field=name, values=_(" or ").join(str(words.get(v, v)) for v in term.values))


def _question_words(edition: Edition, term: Term) -> str:
    question = edition.questions[term.id]
    if term.at_least is not None:
        return _("the answer to “%(ask)s” is at least %(number)s", ask=question.ask, number=f"{term.at_least:g}")
    options = (question.option(value) for value in term.values)
    chosen = _(" or ").join(f"“{option.text or option.id}”" for option in options if option)
    return _("the answer to “%(ask)s” is %(chosen)s", ask=question.ask, chosen=chosen)
