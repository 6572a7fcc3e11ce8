"""How a score was made, a node a page: from the answers up to the band, for whoever may read the scorecard."""

from flask import abort, render_template, request

from compliance.questionnaire.edition import OVERALL
from compliance.scoring.columns import BASES, Basis
from compliance.web.access import readers
from compliance.web.company.blueprint import bp
from compliance.web.company.explained_shape import explained_shape
from compliance.web.company.scorecard import explained_addresses, is_draft, read_of


@bp.get("/assessments/<int:assessment_id>/explain", defaults={"node": OVERALL})
@bp.get("/assessments/<int:assessment_id>/explain/<node>")
@readers("company", "auditor")
def explained(assessment_id: int, node: str) -> str:
    """The worked example of one node. 404 if no scored question is below such a node."""
    read = read_of(assessment_id)
    wanted = _basis()
    basis = wanted if wanted != "verified" or read.sheet.verdicts else "claimed"
    try:
        shape = explained_shape(read.asked.plan, read.sheet, node, basis, read.facts)
    except KeyError:
        abort(404)
    return render_template(
        "company/explained.html",
        read=read,
        edition=read.asked.edition,
        node=read.asked.edition.nodes[node],
        above=read.asked.edition.parents.get(node),
        basis=basis,
        draft=is_draft(),
        leads=explained_addresses(read, basis if basis != "claimed" else None),
        **shape,
    )


def _basis() -> Basis:
    """The one that the address asks for."""
    wanted = request.args.get("basis", "claimed")
    return next((basis for basis in BASES if basis == wanted), None) or abort(404)
