"""Presenters of a scorecard: what a page shows of it, tested without a page."""

from dataclasses import replace

from flask import Flask

from compliance.narrative.score_wording import scorecards_by_basis
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.conditions_and_law import Instrument
from compliance.scoring.compiled_edition import compile_edition
from compliance.web.presenters.provisions import law_as_of
from compliance.web.presenters.scorecard import scorecard_view
from tests.support.factories import bands, edition, node, number

GAPS = ("framing", "reach", "accountability")


def test_an_unanswered_scorecard_has_an_interval_and_neither_score_nor_band() -> None:
    made = edition(
        *(node(f"t-{gap}", number(gap, lenses={"gap": gap})) for gap in GAPS),
        lenses={"gap": GAPS},
        bands=bands(low=0.0, high=60.0),
    )
    sheet = AnswerSheet("Example 1", {}, {"framing": 80.0, "reach": 0.0})
    with Flask(__name__).test_request_context():
        view = scorecard_view(scorecards_by_basis(compile_edition(made), sheet))
    for rows in (view.themes, view.csr_gaps):
        answered, zero, silent = rows
        assert (answered.score, zero.score, zero.band and zero.band.id) == (80, 0, "low")
        assert (silent.score, silent.band, silent.worst, silent.best) == (None, None, 0, 100)
        assert silent.unanswered and not zero.unanswered


def test_the_law_is_as_of_the_latest_day_of_its_catalogue() -> None:
    earlier = Instrument("a", "A", "A", "", 1990, "", "2025-12-31", "", ())
    made = edition(number("q"), instruments=(earlier, replace(earlier, id="b", as_of="2026-02-01")))
    assert law_as_of(made) == "2026-02-01"
    assert law_as_of(edition(number("q"))) == ""
