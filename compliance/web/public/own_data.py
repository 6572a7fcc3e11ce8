"""What is kept about whoever is signed in, as a file to be taken along."""

from flask import Blueprint, Response

from compliance.store.given_data import data_of_person
from compliance.web.access_control import signed_in
from compliance.web.accounts import me
from compliance.web.database import db
from compliance.web.given_data import rows_as_json
from compliance.web.responses import download

bp = Blueprint("own_data", __name__)


@bp.get("/account/data.json")
@signed_in
def own_data() -> Response:
    """Everything about oneself, and where and when one did something."""
    return download("my-data.json", rows_as_json(data_of_person(db(), me().id)), "application/json")
