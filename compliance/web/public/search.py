"""The public search: questions, requirements and law of the current edition, and the glossary."""

from flask import Blueprint, render_template

from compliance.web.access_control import public
from compliance.web.edition_registry import newest_edition
from compliance.web.presenters.search_results import SearchLead, is_public, public_address, search_results
from compliance.web.urls import TYPED_KEY, reads_query

bp = Blueprint("search", __name__)


@bp.get("/search")
@public
@reads_query(TYPED_KEY)
def index() -> str:
    """The results of a search; without words, only the search box."""
    asked = newest_edition()
    found = search_results(asked, lambda entry: SearchLead(public_address(entry)), is_public)
    return render_template("search/index.html", edition=asked.complete, found=found)
