"""The steward's pages: periods, their closing, who audits what, organisations, and the trail."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import count

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from compliance.benchmark.snapshot import Snapshot
from compliance.languages.speaking import N_
from compliance.languages.speaking import gettext as _
from compliance.languages.words import Words, word
from compliance.publishing import close_and_publish, would_publish
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.store import (
    AlreadyThere,
    Submitted,
    Year,
    companies,
    each_latest_submission,
    open_period,
    period,
    periods,
    silent_companies,
    trail_head,
    verify_trail,
)
from compliance.store.trail_pages import latest_entries
from compliance.web.access import readers
from compliance.web.database import db, now
from compliance.web.editions import newest_edition
from compliance.web.kept_editions import kept_edition
from compliance.web.sector_figures import band_rows, bases_row, taking
from compliance.web.signing_in import me

bp = Blueprint("steward", __name__)

FIRST_YEAR, LAST_YEAR = 1990, 2999
TRAIL_PAGE = 50
#: What the trail calls what was changed.
WHAT: Words = {
    "answer": N_("answer"),
    "profile": N_("profile"),
    "evidence": N_("evidence"),
    "determination": N_("verdict"),
    "assignment": N_("assignment"),
    "role": N_("role"),
    "person": N_("person"),
    "period": N_("period"),
    "snapshot": N_("published figures"),
    "correction": N_("correction"),
    "submission": N_("submission"),
    "consent": N_("consent"),
}
#: Entries whose words belong to a company: the trail says that they changed, not what they say.
UNSAID = frozenset({"answer", "carried", "profile", "evidence", "determination"})


@dataclass(frozen=True, slots=True)
class HandedIn:
    """How many did what in a period. For the steward alone: nothing is withheld here."""

    submitted: int
    silent: int
    consents: Counter[str]
    others: int  # submitted to another edition, so not set beside these


@bp.get("/steward")
@readers("steward")
def index() -> str:
    """Periods, and where else to go."""
    return _home()


@bp.post("/steward/periods")
@readers("steward")
def begin_period() -> str | Response:
    """Open a period."""
    text = request.form.get("year", "").strip()
    if not (text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        return _home(text, _("Write a year, as in %(year)s.", year=now().year))
    try:
        open_period(db(), int(text), opens=date(int(text), 1, 1), by=me().id, at=now())
    except AlreadyThere:
        return _home(text, _("There is a period %(year)s already.", year=text))
    db().commit()
    flash(_("The period %(year)s is open. Companies can begin to answer.", year=text))
    return redirect(url_for("steward.index"))


@bp.get("/steward/periods/<int:year>/close")
@readers("steward")
def closing(year: int) -> str:
    """What closing would publish, before it is done. Raise NotFound."""
    return _closing(period(db(), year))


@bp.post("/steward/periods/<int:year>/close")
@readers("steward")
def close(year: int) -> str | Response:
    """Close a period for good and publish its figures. Raise NotFound or PeriodClosed."""
    if request.form.get("sure") != "yes":
        return _closing(period(db(), year), _("Tick that you have looked at it. Closing cannot be undone."))
    close_and_publish(db(), edition_of(_without_content(year)), year, by=me().id, at=now())
    db().commit()
    flash(_("The period %(year)s is closed, and its figures are published.", year=year))
    return redirect(url_for("sectors.index", period=year))


@bp.get("/steward/organisations")
@readers("steward")
def organisations() -> str:
    """Every registered organisation."""
    return render_template("steward/organisations.html", companies=companies(db()))


@bp.get("/steward/trail")
@readers("steward")
def trail() -> str:
    """Every change, the latest first, and on request whether the chain is whole."""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    lines = latest_entries(db(), most=TRAIL_PAGE, before=before)
    checked = request.args.get("check") == "yes"
    return render_template(
        "steward/trail.html",
        lines=lines,
        unsaid=UNSAID,
        what=partial(word, WHAT),
        head=trail_head(db()),
        checked=checked,
        broken=verify_trail(db()) if checked else None,
        older=lines[-1].number if lines and lines[-1].number > 1 else None,
        is_first=before is None,
    )


def _home(year: str | None = None, error: str = "") -> str:
    opened = periods(db())
    offered = str(_next_year(opened)) if year is None else year
    return render_template("steward/index.html", periods=opened, year=offered, error=error)


def _next_year(opened: Sequence[Year]) -> int:
    """The first year from this one on that has no period: what is most likely opened next."""
    taken = {period.year for period in opened}
    return next(year for year in count(now().year) if year not in taken)


def _closing(chosen: Year, error: str = "") -> str:
    if chosen.closed_at is not None:
        return render_template("steward/closed.html", period=chosen)
    submitted = _without_content(chosen.year)
    edition = edition_of(submitted)
    snapshot = would_publish(db(), edition, chosen.year, as_of=now().date())
    return render_template(
        "steward/close.html",
        period=chosen,
        edition=edition,
        snapshot=snapshot,
        counts=_handed_in(submitted, edition, len(silent_companies(db(), chosen.year))),
        sectors=[
            (group, taking(group), bases_row(group.figure(OVERALL), group.sector), band_rows(edition, group))
            for group in snapshot.sectors
        ],
        named=_named(snapshot),
        error=error,
    )


def _without_content(year: int) -> tuple[Submitted, ...]:
    """What was handed in to be counted: sheets and scores, which are long, pass by and are not held."""
    return tuple(replace(one, sheet="", scores="") for one in each_latest_submission(db(), year))


def edition_of(submitted: tuple[Submitted, ...]) -> Edition:
    """The questionnaire of a period as it was last submitted to, which is kept for good; else the one asked now."""
    asked = newest_edition().edition
    same = [one for one in submitted if one.edition_id == asked.id]
    latest = max(same, key=lambda one: one.id, default=None)
    return kept_edition(latest.edition_digest).edition if latest else asked


def _handed_in(submitted: tuple[Submitted, ...], edition: Edition, silent: int) -> HandedIn:
    same = [one for one in submitted if one.edition_digest == edition.digest]
    return HandedIn(len(same), silent, Counter(one.consent for one in same), len(submitted) - len(same))


def _named(snapshot: Snapshot) -> list[str]:
    return sorted(named.company for group in snapshot.sectors for named in group.named)
