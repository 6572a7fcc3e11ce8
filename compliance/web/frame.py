"""What the page around every page shows: where one can go, who is signed in, whether this is a demonstration."""

from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l
from flask_security import current_user

from compliance.store import companies
from compliance.web.database import db
from compliance.web.text import direction
from compliance.web.translation import gettext as _
from compliance.web.translation import language

#: Where one can go: whose page it is (`public`: everybody's), its endpoint, its name. In the order of the navigation.
PLACES = (
    ("company", "company.mine", _l("Questionnaire")),
    ("auditor", "audit.index", _l("Audit")),
    ("steward", "steward.index", _l("Steward")),
    ("public", "sectors.index", _l("Sectors")),
    ("public", "method.index", _l("Method")),
    ("public", "method.law", _l("Law")),
)
#: Pages that belong to another one's place than the first of their blueprint.
_SECTIONS = {"method.instrument": "method.law", "method.countries": "method.index"}
_DEMONSTRATION = "article34_demonstration"


def put_up_frame(app: Flask) -> None:
    """Give every template what `base.html` reads."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    known = {"lang": language(), "dir": direction(), "sign_in_url": url_for("security.login")}
    if g.get("plain_frame"):
        return known
    return {**known, "demonstration": is_demonstration(), "navigation": _navigation(), **_visitor()}


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
        {"label": words, "url": url_for(endpoint), "current": _is_here(endpoint)}
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
