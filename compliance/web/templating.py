"""What every template can use: filters, labels for ids, and the context of `base.html`.

The context has the navigation, the person signed in, the languages of this page, and whether the data are invented.
"""

import math
from collections.abc import Callable, MutableMapping
from datetime import date
from functools import cache, partial
from types import FunctionType
from typing import Any

from flask import Flask, current_app, g, get_template_attribute, request, url_for
from flask.templating import Environment as FlaskEnvironment
from flask_babel import Babel
from flask_security import current_user
from jinja2 import Environment
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from compliance.languages import formats, labels
from compliance.languages.formats import long_date, percent
from compliance.languages.glossary import definition
from compliance.languages.interface_messages import (
    LANGUAGE_NAMES,
    N_,
    SOURCE_LANGUAGE,
    current_language,
    has_unreviewed,
    offered_languages,
    text_direction,
    translated_share,
)
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.published_counts import published_count_words, score_range_words
from compliance.narrative.score_wording import progress_words, reviewed_words
from compliance.web.access_control import PUBLIC, readers_of
from compliance.web.caches import cached_fragment, cached_macro
from compliance.web.demonstration import is_demonstration
from compliance.web.edition_registry import editions
from compliance.web.page_text import listed, of_edition, own, said, said_many
from compliance.web.picture_files import draws_png
from compliance.web.presenters import charts, group_charts, status_sentences
from compliance.web.presenters.chart_marks import drawn_marks
from compliance.web.urls import canonical_url, home_urls_by_language, public_url, urls_by_language


class PageContext(Context):
    """Jinja's context, except that it calls macros and plain functions directly.

    Jinja asks of everything that a template calls, some hundred times on a page, whether it wants to be passed the
    context, which takes longer than most of these calls themselves.
    """

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Return the result of a call in a template."""
        if type(called) is Macro:
            args = (self.eval_ctx, *args)
        elif type(called) is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)  # passed by Jinja for callables that want the context
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class PageEnvironment(FlaskEnvironment):
    """Flask's environment, except that a template without globals of its own, as all of ours, shares the environment's.

    Jinja chains the globals of both for each template. When one template imports another, it compares their chains name
    by name in Python, for each import on each page, which takes a tenth of the time of a page.
    """

    context_class = PageContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the globals of a template."""
        return super().make_globals(d) if d else self.globals


def init_i18n(app: Flask) -> None:
    """Make the app and the libraries that it uses speak the language of the page."""
    Babel(app, locale_selector=current_language)  # for the messages of WTForms
    add_text_filters(app.jinja_env)


def add_text_filters(environment: Environment) -> None:
    """Give templates their messages, and their filters for numbers, days, shares and lists."""
    environment.filters.update(
        shown=formats.number,
        plain=formats.short_decimal,
        percent=formats.percent,
        day=formats.long_date,
        moment=formats.date_and_time,
        listed=listed,
        listed_apart=partial(listed, apart=True),
        own=own,
        of_edition=of_edition,
        answered=progress_words,
        reviewed=reviewed_words,
    )
    environment.globals.update(
        _=said,
        gettext=said,
        ngettext=said_many,
        comma=formats.comma,
        semicolon=formats.semicolon,
        own=own,
        marks=charts,
        group_marks=group_charts,
        sentences=status_sentences,
        drawn_marks=drawn_marks,
    )


#: The navigation, in its order: role (`public`: everybody), endpoint and label of each page.
NAVIGATION = (
    ("company", "company.mine", N_("Questionnaire")),
    ("auditor", "audit.index", N_("Audit")),
    ("advocate", "advocate.index", N_("Start")),
    ("steward", "steward.index", N_("Steward")),
    ("public", "sectors.index", N_("Sectors")),
    ("public", "company_readings.index", N_("Companies")),
    ("public", "method.index", N_("Method")),
    ("public", "method.law", N_("Law")),
    ("public", "method.countries", N_("Countries")),
)
_PLACES = frozenset(place for _who, place, _words in NAVIGATION)
#: Pages that are shown under another entry of the navigation than the first of their blueprint.
_PARENT_ENDPOINT = {"method.instrument": "method.law"}
#: Open Graph names a language with a country.
_OPEN_GRAPH_LOCALES = {"en": "en_GB", "fr": "fr_FR", "es": "es_ES", "ar": "ar_AR"}


def init_page_context(app: Flask) -> None:
    """Give every template the context of `base.html`."""
    app.jinja_env.globals.update(draws_png=draws_png, public_url=public_url, cached_macro=cached_macro)
    app.context_processor(_page_context)


def _page_context() -> dict[str, Any]:
    known = {
        "lang": current_language(),
        "dir": text_direction(current_language()),
        "home_url": url_for("about.home"),
        "sign_in_url": url_for("security.login"),
        **_languages(),
    }
    if g.get("plain_frame"):
        return known
    return {**known, "demonstration": is_demonstration(), "navigation": _navigation(), **_signed_in_links()}


def _languages() -> dict[str, Any]:
    """Return the links to this page in other languages, and how far its language is translated and reviewed.

    On a page that failed, or that must not repeat its own address (`g.leads_home`), the links lead to the home page, so
    that nobody can tell from them whether there is something at that address.
    """
    untold = g.get("failed") or g.get("leads_home")
    leads = home_urls_by_language() if untold else urls_by_language()
    others = [code for code in offered_languages() if code != current_language()]
    public = PUBLIC in (readers_of(current_app, request.endpoint) or ()) if request.endpoint else False
    return {
        "own_name": LANGUAGE_NAMES[current_language()],
        "languages": [{"lang": code, "label": LANGUAGE_NAMES[code], "url": leads[code]} for code in others],
        "is_addressed": bool(current_app.config["ADDRESS"]),
        "locale": _OPEN_GRAPH_LOCALES.get(current_language(), current_language()),
        "locales": [_OPEN_GRAPH_LOCALES.get(code, code) for code in offered_languages()],
        "canonical": canonical_url(current_language()) if public and not untold else "",
        "alternates": _alternates() if public and others and not untold else [],
        "translation_draft": _is_draft(),
        "translated": percent(math.floor(100 * share) / 100) if (share := _translated_share()) < 1 else "",
        "in_english": leads[SOURCE_LANGUAGE],
    }


def _is_draft() -> bool:
    """Tell if a text in this language waits for review: one of the pages, or one of a questionnaire."""
    return has_unreviewed(current_language()) or any(
        asked.edition.translation == "draft" for asked in editions().values()
    )


def _translated_share() -> float:
    """Return the share that is translated: of the pages, or of the questionnaire with the lowest share."""
    return min((translated_share(current_language()), *(asked.edition.translated for asked in editions().values())))


def _alternates() -> list[tuple[str, str]]:
    """Return the addresses of a public page by language, for search engines. The default is English."""
    return [
        *((code, canonical_url(code)) for code in offered_languages()),
        ("x-default", canonical_url(SOURCE_LANGUAGE)),
    ]


def _navigation() -> Markup:
    """Return the navigation, drawn once for everybody with the same roles on pages of the same section."""
    visitor = current_user._get_current_object()
    roles = visitor.roles_held if visitor.is_authenticated else frozenset()
    here = _places_here(request.endpoint or "")

    def draw() -> str:
        known = current_app.view_functions
        shown = [each for each in NAVIGATION if each[0] in ("public", *roles) and each[1] in known]
        links = [{"label": _(words), "url": url_for(place), "current": place in here} for _who, place, words in shown]
        return str(get_template_attribute("parts/around.html", "navigation")(links))

    return cached_fragment(draw, "navigation", roles, here)


@cache
def _places_here(endpoint: str) -> frozenset[str]:
    """Return the entries of the navigation to mark as current: that of the page, or of its reader's section."""
    section = _PARENT_ENDPOINT.get(endpoint, endpoint)
    of_reader = {
        place
        for place in _PLACES
        if place.endswith((".index", ".mine")) and place.partition(".")[0] == endpoint.rpartition(".")[0]
    }
    return frozenset({section} & _PLACES or of_reader)


def _signed_in_links() -> dict[str, Any]:
    if g.get("for_everybody"):  # this link leads people signed in to their start page, and others to signing in
        return {"for_everybody": True, "sign_in_url": url_for("account.start")}
    if not current_user.is_authenticated:
        return {}
    person = current_user.person
    label = _("%(name)s, %(organisation)s", name=person.name, organisation=person.organisation)
    alone = len(person.memberships) != 1
    return {
        "user": {"label": person.name if alone else label, "url": url_for("account.mine")},
        "sign_out_url": url_for("security.logout"),
    }


def add_id_labels(environment: Environment) -> None:
    """Give every template the labels of ids."""
    environment.filters["score_range"] = score_range_words
    environment.filters["role_words"] = _label_function(labels.ROLE_LABELS)
    environment.globals.update(
        cell_words=published_count_words,
        lens_title=labels.lens_label,
        lens_word=labels.lens_value_label,
        lens_note=labels.lens_note,
        effort_words=labels.effort_label,
        cited=labels.localised_citation,
        mark=_label_function(labels.WORDING_MARK_LABELS),
        known=_label_function(labels.SOURCE_MARK_LABELS),
        role=_label_function(labels.ROLE_LABELS),
        consent=_label_function(labels.CONSENT_LABELS),
        voice=_label_function(labels.VOICE_LABELS),
        law_body=_label_function(labels.LAW_BODY_LABELS),
        authority=_label_function(labels.AUTHORITY_LABELS),
        definition=definition,
        authority_note=_label_function(labels.AUTHORITY_NOTES),
        iso_day=lambda text: long_date(date.fromisoformat(text)),
    )


def _label_function(table: labels.Labels) -> Callable[[str], str]:
    return partial(labels.label_of, table)
