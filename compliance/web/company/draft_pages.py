"""The draft of what the desk read of one's company, for its owners and approvers, who may reply."""

from collections.abc import Iterable, Iterator

from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.languages.formats import long_date
from compliance.store import Membership, NotFound
from compliance.store.reading_hearings import heard_reading, readings_heard
from compliance.web.access_control import readers
from compliance.web.accounts import me, own_company, require
from compliance.web.company.blueprint import bp
from compliance.web.database import db
from compliance.web.desk_drafts import answer_draft
from compliance.web.page_text import own
from compliance.web.page_text import said as _
from compliance.web.presenters import WaitingTask


@bp.route("/companies/<int:organisation_id>/drafts/<int:reading_id>", methods=["GET", "POST"], defaults={"page": 0})
@bp.route("/companies/<int:organisation_id>/drafts/<int:reading_id>/<int:page>", methods=["GET", "POST"])
@readers("company")
def draft(organisation_id: int, reading_id: int, page: int) -> str | tuple[str, int] | BaseResponse:
    """The draft, or one of its pages; with a post, the company replies. Raise NotFound, or NotAllowed."""
    own_company(organisation_id)
    require("submit", organisation_id)
    reading = heard_reading(db(), reading_id)
    if reading.organisation_id != organisation_id or reading.state not in ("hearing", "published"):
        raise NotFound(f"no draft {reading_id} of company {organisation_id}")

    def address(number: int) -> str:
        return url_for("company.draft", organisation_id=organisation_id, reading_id=reading_id, page=number)

    return answer_draft(reading_id, address, page, person_id=me().id, name=me().person.name)


def drafts_waiting(companies: Iterable[Membership]) -> Iterator[WaitingTask]:
    """What was read in the documents that one's companies publish, while they may reply."""
    names = {one.organisation_id: own(one.organisation) for one in companies if one.may("submit")}
    for company, reading, until in readings_heard(db(), names.keys()) if names else ():
        words = _(
            "%(company)s: what it publishes was read. You can reply to the draft until %(day)s.",
            company=names[company],
            day=long_date(until),
        )
        yield WaitingTask(words, url_for("company.draft", organisation_id=company, reading_id=reading))
