"""The audit trail: every change, the latest first, and on request whether the hash chain is unbroken."""

from collections.abc import Mapping

from flask import render_template, request

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import trail_head
from compliance.store.audit_trail import latest_events
from compliance.store.models import TrailKind
from compliance.store.trail_check import TrailDifference, trail_difference
from compliance.web.access_control import readers
from compliance.web.database import db
from compliance.web.forms import small_number
from compliance.web.steward.blueprint import bp

ENTRIES_PER_PAGE = 50
#: What the trail calls what was changed.
TRAIL_KIND_LABELS: Mapping[TrailKind, str] = {
    "answer": N_("answer"),
    "carried": N_("answer carried over"),
    "profile": N_("profile"),
    "evidence": N_("evidence"),
    "comment": N_("comment"),
    "determination": N_("verdict"),
    "assignment": N_("assignment"),
    "delegation": N_("question assigned to a colleague"),
    "interest": N_("declared interest"),
    "sign-off": N_("sign-off"),
    "reopening": N_("reopening"),
    "workbook": N_("workbook"),
    "role": N_("role"),
    "person": N_("person"),
    "period": N_("period"),
    "snapshot": N_("published figures"),
    "correction": N_("correction"),
    "submission": N_("submission"),
    "consent": N_("consent"),
    "portions": N_("portions chosen"),
    "mail": N_("mail settings"),
    "job": N_("job"),
    "organisation": N_("company"),
    "membership": N_("membership"),
    "group": N_("group of companies"),
    "invitation": N_("invited companies"),
    "export": N_("export of answers"),
    "reading": N_("desk reading"),
    "state": N_("rows after an upgrade"),
    "erasure": N_("deletion"),
}
#: Entries whose words belong to a company: the trail says that they changed, not what they say.
CONFIDENTIAL_KINDS: frozenset[TrailKind] = frozenset(
    {"answer", "carried", "profile", "evidence", "comment", "determination", "delegation", "interest", "reopening"}
)


@bp.get("/steward/trail")
@readers("steward")
def trail() -> str:
    """Every change, the latest first, and on request whether the chain is whole."""
    before = small_number(request.args.get("before"))
    lines = latest_events(db(), most=ENTRIES_PER_PAGE, before=before)
    checked = request.args.get("check") == "yes"
    return render_template(
        "steward/trail.html",
        lines=lines,
        unsaid=CONFIDENTIAL_KINDS,
        kind_label=_kind_label,
        head=trail_head(db()),
        checked=checked,
        difference=_difference_words(trail_difference(db())) if checked else "",
        older=lines[-1].number if lines and lines[-1].number > 1 else None,
        is_first=before is None,
    )


def _difference_words(found: TrailDifference | None) -> str:
    """The first difference in a sentence; "" if there is none."""
    if found is None:
        return ""
    about = {"number": str(found.entry or ""), "rows": found.rows}
    if found.kind == "entry":
        return _("Entry %(number)s is not as it was written.", **about)
    if found.kind == "signature":
        return _("What was signed as entry %(number)s is not that entry, or its signature is false.", **about)
    if found.kind == "edition":
        return _("The copy of the edition with the digest %(rows)s was altered.", **about)
    if found.kind == "unknown":
        return _("No entry records %(rows)s.", **about)
    if found.kind == "removed":
        return _("Rows that entry %(number)s records are gone: %(rows)s.", **about)
    return _("%(rows)s: the rows are not as entry %(number)s recorded them.", **about)


def _kind_label(kind: TrailKind) -> str:
    return _(TRAIL_KIND_LABELS[kind])
