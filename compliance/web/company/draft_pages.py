"""The draft of a desk reading of one's own company, to which its owners and approvers may reply."""

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.store import NotFound
from compliance.store.reading_hearings import heard_reading
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company, require
from compliance.web.company.blueprint import bp
from compliance.web.database import db
from compliance.web.desk_drafts import answer_draft


@bp.route("/companies/<int:organisation_id>/drafts/<int:reading_id>", methods=["GET", "POST"], defaults={"page": 0})
@bp.route("/companies/<int:organisation_id>/drafts/<int:reading_id>/<int:page>", methods=["GET", "POST"])
@readers("company")
def draft(organisation_id: int, reading_id: int, page: int) -> str | tuple[str, int] | BaseResponse:
    """Show a page of the draft, or save the reply that is posted. Raise NotFound, or NotAllowed."""
    own_company(organisation_id)
    require("submit", organisation_id)
    reading = heard_reading(db(), reading_id)
    if reading.organisation_id != organisation_id or reading.state not in ("hearing", "published"):
        raise NotFound(f"no draft {reading_id} of company {organisation_id}")

    def address(number: int) -> str:
        return url_for("company.draft", organisation_id=organisation_id, reading_id=reading_id, page=number)

    return answer_draft(reading, address, page, person_id=me().id, name=me().person.name)
