"""Everything that a company gave, as one file for its owners to take along."""

from flask.typing import ResponseReturnValue

from compliance.store.given_data import data_of_company
from compliance.web.access_control import readers
from compliance.web.accounts import own_company, require
from compliance.web.company.blueprint import bp
from compliance.web.database import db
from compliance.web.given_data import zipped_data
from compliance.web.responses import file_download


@bp.get("/companies/<int:organisation_id>/data.zip")
@readers("company")
def company_data(organisation_id: int) -> ResponseReturnValue:
    """Answers, evidence with its files, people and submissions of a company. Raise NotFound, or NotAllowed."""
    own_company(organisation_id)
    require("manage", organisation_id)
    return file_download("company-data.zip", zipped_data(data_of_company(db(), organisation_id)), "application/zip")
