"""The start page of an advocate: tasks at the desk, the latest figures, and corrections to them."""

from collections.abc import Iterator

from flask import Blueprint, render_template, url_for

from compliance.disclosure.published import ALL_SECTORS
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.store import corrections
from compliance.web.access_control import readers
from compliance.web.advocate.waiting import waiting_tasks
from compliance.web.database import db
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext
from compliance.web.presenters import WaitingTask
from compliance.web.releases import latest_snapshot

bp = Blueprint("advocate", __name__)


@bp.get("/advocate")
@readers("advocate")
def index() -> str:
    """Show the user's tasks, and the latest published figures."""
    snapshot = latest_snapshot()
    return render_template(
        "advocate/start.html",
        tasks=list(_published(snapshot)) if snapshot else [],
        waiting=waiting_tasks(),
    )


def _published(snapshot: PublishedSnapshot) -> Iterator[WaitingTask]:
    year = str(snapshot.period)
    sectors = sum(1 for group in snapshot.sectors if group.sector != ALL_SECTORS)
    yield WaitingTask(
        ngettext(
            "The figures of %(year)s are published, for one sector.",
            "The figures of %(year)s are published, for %(num)s sectors.",
            sectors,
            year=year,
        )
        if sectors
        else _("The figures of %(year)s are published.", year=year),
        url_for("sectors.index"),
    )
    if corrected := len(corrections(db(), snapshot.period)):
        yield WaitingTask(
            ngettext(
                "There is one correction to the figures of %(year)s.",
                "There are %(num)s corrections to the figures of %(year)s.",
                corrected,
                year=year,
            ),
            url_for("publications.publication", year=year),
        )
