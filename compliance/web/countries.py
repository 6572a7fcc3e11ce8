"""The need classes of countries: public, with what each rests on, its source and its year."""

from flask import render_template

from compliance.languages.formats import country_name
from compliance.questionnaire.need import MARKET_WEIGHT, WEIGHTS, coverage_by_need, need_of
from compliance.web.access import public
from compliance.web.method import bp
from compliance.web.need_shapes import class_name, class_shapes, sign_shapes

#: Countries of three classes, and the share of each that a measure reaches.
EXAMPLE = {"KHM": 0.2, "DEU": 1.0, "CHL": 1.0}


@bp.get("/countries")
@public
def countries() -> str:
    """Every country by its class."""
    weights = {code: WEIGHTS[need_of(code).need_class] for code in EXAMPLE}
    return render_template(
        "method/countries.html",
        classes=class_shapes(),
        signs=sign_shapes(),
        market_weight=MARKET_WEIGHT,
        example=[(country_name(c), class_name(need_of(c).need_class), weights[c], EXAMPLE[c]) for c in EXAMPLE],
        covered=coverage_by_need(EXAMPLE),
        plain=sum(EXAMPLE.values()) / len(EXAMPLE),
    )
