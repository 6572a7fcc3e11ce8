"""Minimum standards as formulas: whether a part falls short, the highest band that this allows, and its words."""

from functools import partial

from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.edition import MinimumStandard, Node, Question, minimum_share
from compliance.scoring.numeric import SCORE, Flags
from compliance.workbook import formulas as f
from compliance.workbook.formulas import MISSING, CachedValue, Formula, ValueOf
from compliance.workbook.scorecard_columns import SCORE_TRACKS, CalculationColumn, ScoreTrack
from compliance.workbook.scorecard_data import ScorecardData
from compliance.workbook.scorecard_layout import ScorecardLayout


def falls_short(layout: ScorecardLayout, part: Node | Question, track: ScoreTrack, share: float) -> Formula:
    """Return a test: a part is below a share. A blank one is, even if blanks drop out of the score."""
    value, blanks = layout.part_cell(part.id, track.value), layout.part_cell(part.id, CalculationColumn.BLANKS)
    is_blank = f"{blanks}>0" if track.figure == SCORE else "FALSE"
    return f.if_(f.is_missing(value), is_blank, f"{value}<{f.number_literal(share)}-{f.TOLERANCE}")


def critical_fails(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return a formula: 1 if a critical requirement or a prerequisite is not met, else 0; None for other parts."""
    share = minimum_share(part)
    if part.id not in data.bands.failed or share is None:
        return None
    return f.if_(falls_short(data.layout, part, track, share), "1", "0")


def highest_band(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> Formula | None:
    """Return the highest band, counted from 1, that a part's minimum standards allow; empty if all are met.

    Return None for a part without minimum standards.
    """
    limits = [
        (falls_short(data.layout, part, track, standard.share), str(standard.highest + 1))
        for standard, _fails in _standards_of(data, part)
    ]
    return f.cases(*limits, otherwise=MISSING) if limits else None


def highest_band_now(track: ScoreTrack, data: ScorecardData, part: Node | Question) -> CachedValue:
    """Return the present result of the formula of `highest_band`."""
    return next(
        (float(standard.highest + 1) for standard, fails in _standards_of(data, part) if fails[track.figure, 0]), ""
    )


def _standards_of(data: ScorecardData, part: Node | Question) -> list[tuple[MinimumStandard, Flags]]:
    """Return the minimum standards of a part with the companies that fail them, the lowest allowed band first."""
    own = ((standard, fails) for standard, fails in data.bands.unmet if standard.part.id == part.id)
    return sorted(own, key=lambda pair: pair[0].highest)


def critical_met(data: ScorecardData, requirement: Node) -> tuple[Formula, ValueOf]:
    """Return "met" or "not met" for a critical requirement or prerequisite: a formula, and what computes its value."""
    always = (standard for standard, _fails in data.bands.unmet if standard.band is None)
    return standard_met(data, next(standard for standard in always if standard.part.id == requirement.id))


def standard_met(data: ScorecardData, standard: MinimumStandard) -> tuple[Formula, ValueOf]:
    """Return "met" or "not met" for a minimum standard: a formula, and what computes its value."""
    part = standard.part
    value = data.layout.part_cell(part.id, CalculationColumn.SCORE)
    words = f.cases(
        (falls_short(data.layout, part, SCORE_TRACKS[0], standard.share), f.text_literal(_("not met"))),
        (f.is_missing(value), MISSING),
        otherwise=f.text_literal(_("met")),
    )
    return words, partial(_met_now, standard)


def _met_now(standard: MinimumStandard, data: ScorecardData) -> str:
    if any(fails[SCORE, 0] for known, fails in data.bands.unmet if known == standard):
        return _("not met")
    return "" if data.figure(standard.part.id, SCORE_TRACKS[0]) == "" else _("met")
