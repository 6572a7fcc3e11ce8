"""What the page around every page shows: where one can go, who is signed in, whether this is a demonstration."""

import math
from functools import partial
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_security import current_user

from compliance.languages.catalogues import OWN_NAMES, SOURCE, direction, draft, offered, translated_share
from compliance.languages.formats import percent
from compliance.languages.speaking import N_, language, speaking
from compliance.languages.speaking import gettext as _
from compliance.store import companies
from compliance.web.access import PUBLIC, readers_of
from compliance.web.addresses import address_in, canonical_in, home_in, suggested
from compliance.web.database import db
from compliance.web.editions import editions

#: Where one can go: whose page it is (`public`: everybody's), its endpoint, its name. In the order of the navigation.
PLACES = (
    ("company", "company.mine", N_("Questionnaire")),
    ("auditor", "audit.index", N_("Audit")),
    ("steward", "steward.index", N_("Steward")),
    ("public", "sectors.index", N_("Sectors")),
    ("public", "method.index", N_("Method")),
    ("public", "method.law", N_("Law")),
)
#: Pages that belong to another one's place than the first of their blueprint.
_SECTIONS = {"method.instrument": "method.law", "method.countries": "method.index"}
_DEMONSTRATION = "article34_demonstration"


def put_up_frame(app: Flask) -> None:
    """Give every template what `base.html` reads."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    known = {
        "lang": language(),
        "dir": direction(language()),
        "home_url": url_for("about.home"),
        "sign_in_url": url_for("security.login"),
        **_languages(),
    }
    if g.get("plain_frame"):
        return known
    return {**known, "demonstration": is_demonstration(), "navigation": _navigation(), **_visitor()}


def _languages() -> dict[str, Any]:
    """This page in the other languages, whether what stands on it is a draft, and how much of it is translated.

    A page that failed, or that must not repeat its own address (`g.leads_home`), leads to the first page instead:
    nobody can tell from it whether there is something at that address.
    """
    untold = g.get("failed") or g.get("leads_home")
    lead = home_in if untold else partial(address_in, choosing=True)
    others = [code for code in offered() if code != language()]
    links = {code: {"lang": code, "label": OWN_NAMES[code], "url": lead(code)} for code in others}
    public = PUBLIC in (readers_of(current_app, request.endpoint) or ()) if request.endpoint else False
    wanted = suggested()
    return {
        "own_name": OWN_NAMES[language()],
        "languages": list(links.values()),
        "canonical": canonical_in(language()) if public and not untold else "",
        "alternates": _alternates() if public and others and not untold else [],
        "suggestion": links[wanted] | {"words": _suggestion(wanted)} if wanted else None,
        "translation_draft": _is_draft(),
        "translated": percent(math.floor(100 * share) / 100) if (share := _translated_share()) < 1 else "",
        "in_english": lead(SOURCE),
    }


def _is_draft() -> bool:
    """Whether something on pages of this language waits for its review: their own words, or a questionnaire's."""
    return draft(language()) or any(asked.edition.translation == "draft" for asked in editions().values())


def _translated_share() -> float:
    """How much is translated: of the pages' own words, or of a questionnaire of which it is less."""
    return min((translated_share(language()), *(asked.edition.translated for asked in editions().values())))


def _alternates() -> list[tuple[str, str]]:
    """For search engines: the addresses of a public page by language; English for everybody else."""
    return [*((code, canonical_in(code)) for code in offered()), ("x-default", canonical_in(SOURCE))]


def _suggestion(code: str) -> str:
    with speaking(code):
        # Translators: name your own language in place of English. Its readers see this line on pages in English.
        return _("You can read this page in English.")


def is_demonstration() -> bool:
    """Whether the companies here are invented. Demonstration data only ever enter an empty database, so
    once there is any company the answer stands, and is not asked for again."""
    known: bool | None = current_app.extensions.get(_DEMONSTRATION)
    if known is None:
        there = companies(db())
        known = any(company.demonstration for company in there)
        if there:
            current_app.extensions[_DEMONSTRATION] = known
    return known


def _navigation() -> list[dict[str, Any]]:
    roles = current_user.roles_held if current_user.is_authenticated else frozenset()
    return [
        {"label": _(words), "url": url_for(endpoint), "current": _is_here(endpoint)}
        for who, endpoint, words in PLACES
        if (who == "public" or who in roles) and endpoint in current_app.view_functions
    ]


def _is_here(endpoint: str) -> bool:
    """The page itself, or one of the same reader's pages."""
    here = request.endpoint or ""
    section = _SECTIONS.get(here, here)
    return section == endpoint or (
        endpoint.endswith((".index", ".mine"))
        and section not in {place for _who, place, _words in PLACES}
        and request.blueprint == endpoint.partition(".")[0]
    )


def _visitor() -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {}
    person = current_user.person
    label = _("%(name)s, %(organisation)s", name=person.name, organisation=person.organisation)
    return {
        "user": {"label": label if person.organisation else person.name, "url": url_for("account.mine")},
        "sign_out_url": url_for("security.logout"),
    }
