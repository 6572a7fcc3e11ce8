"""The method and the law: public, whole, and of the very edition that is asked."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from compliance.benchmark.thresholds import MIN_COMPANIES, QUARTILES_FROM
from compliance.questionnaire.edition import Edition, Node, Question
from compliance.scoring.types import Floats  # noqa: F401
from compliance.web.access import public
from compliance.web.editions import newest_edition
from compliance.web.frame import place
from compliance.web.kept_editions import kept_edition

bp = Blueprint("method", __name__)
place("public", "method.index", _l("How it is scored"))
place("public", "method.law", _l("The law"))
