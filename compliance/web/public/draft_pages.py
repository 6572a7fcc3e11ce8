"""The page behind the secret link of a draft: the desk's findings, only for the company, without an account."""

from functools import partial

from flask import Blueprint, g, make_response, url_for
from werkzeug.wrappers import Response as BaseResponse

from compliance.store.reading_hearings import heard_reading, reading_of_token
from compliance.web.access_control import csrf_by_signed_address, public
from compliance.web.database import db
from compliance.web.desk_drafts import answer_draft
from compliance.web.urls import reads_query

bp = Blueprint("drafts", __name__)


@bp.route("/drafts/<token>", methods=["GET", "POST"], defaults={"page": 0})
@bp.route("/drafts/<token>/<int:page>", methods=["GET", "POST"])
@public
@csrf_by_signed_address
@reads_query("saved")
def draft(token: str, page: int) -> BaseResponse:
    """The draft, or one of its pages; with a post, the company replies. Raise NotFound for any other link."""
    g.leads_home = True  # the address is secret, so the page does not repeat it in its links to other languages
    reading = heard_reading(db(), reading_of_token(db(), token))
    response = make_response(answer_draft(reading, partial(_address, token), page, person_id=None))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _address(token: str, page: int) -> str:
    return url_for("drafts.draft", token=token, page=page)
