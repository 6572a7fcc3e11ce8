"""The columns of the sheets *Review*, *Choices* and *Calculation* of a scorecard, and groups of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.languages.interface_messages import N_
from compliance.questionnaire.edition import Node, Question
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import BEST, COVERAGE, SCORE, WORST
from compliance.workbook.columns import ColumnSpec, SheetColumn


class ReviewColumn(SheetColumn):
    """The columns of *Review*. A returned scorecard is read by their headings, never by their order.

    `review_words` and `scorecard_import` decide which ones are required. LINE is hidden, and identifies a row even if
    rows were sorted.
    """

    ID = ColumnSpec(N_("Id"), 18, "start")
    TEXT = ColumnSpec(N_("Question"), 52, "start")
    ANSWER = ColumnSpec(N_("Answer"), 14, "centre")
    WORDS = ColumnSpec(N_("The answer in words"), 34, "inset")
    STATE = ColumnSpec(N_("State"), 15, "inset")
    POINTS = ColumnSpec(N_("Points"), 7)
    # Translators: of so many points; the heading stands beside "Points".
    FULL_MARKS = ColumnSpec(N_("out of"), 6)
    REASON = ColumnSpec(N_("Reason, or remark"), 26, "inset")
    EVIDENCE = ColumnSpec(N_("Evidence"), 32, "start")
    # Translators: heading of a column of links that open the evidence; each shows the name of its site.
    LINK = ColumnSpec(N_("Link"), 14, "start")
    DETERMINATION = ColumnSpec(N_("Determination"), 17, "start")
    # Translators: the answer that an auditor finds true instead of the one given.
    ADJUSTED = ColumnSpec(N_("Adjusted answer"), 20, "start")
    COMMENT = ColumnSpec(N_("Auditor’s comment"), 30, "start")
    # Translators: heading of a column of dates: when the auditor will look at this again.
    NEXT_REVIEW = ColumnSpec(N_("Next review"), 12, "start")
    WORD = ColumnSpec(N_("Why it is blank"), 18, "start")
    # Translators: heading of a hidden column that says which line of the questionnaire a row is.
    LINE = ColumnSpec(N_("Line id"), 6, "start", hidden=True)
    # Translators: heading of a hidden column by which it is seen that a locked cell of the row was changed.
    SEAL = ColumnSpec(N_("Seal"), 6, "start", hidden=True)


class ChoiceColumn(SheetColumn):
    """The columns of *Choices*: the options of every question, and n/a if it may be answered."""

    # The headings differ from those of *Review*, which identify that sheet.
    QUESTION = ColumnSpec(N_("Of the question"), 22, "start")
    # Translators: heading of a hidden column of ids of answers to choose.
    OPTION = ColumnSpec(N_("Option"), 16, "start")
    TEXT = ColumnSpec(N_("In words"), 60, "start")
    POINTS = ColumnSpec(N_("Points"))
    # Translators: heading of a hidden column with the lines of a drop-down list.
    OFFERED = ColumnSpec(N_("In the list"), 60, "start")
    # Translators: heading of a hidden column with 1 beside each answer that is chosen.
    CHOSEN = ColumnSpec(N_("Is chosen"))
    # Translators: heading of a hidden column with 1 beside each answer that an auditor found true, or left as it is.
    CHOSEN_VERIFIED = ColumnSpec(N_("Is chosen, verified"))
    #: Independent of the options: the words of determinations, each with its code.
    WORD = ColumnSpec(N_("Word"), 30, "start")
    CODE = ColumnSpec(N_("Code"))


class CalculationColumn(SheetColumn):
    """The columns of a part on *Calculation*; those of the lenses follow.

    To insert one, insert its line here and its formula in `score_formulas`. A figure that is computed alike for the
    score, its worst, its best and the coverage has a column for each; a `Track` names the columns of one of them.
    """

    ID = ColumnSpec(N_("Part"), 22, "start")
    RULE = ColumnSpec(N_("Combined by, or kind"), 30, "start")
    WEIGHT = ColumnSpec(N_("Weight"), 11)
    COUNTED_WEIGHT = ColumnSpec(N_("Weight to divide by"), 11)
    LEAST = ColumnSpec(N_("Minimum"))
    MOST = ColumnSpec(N_("Maximum"))
    FULL_MARKS = ColumnSpec(N_("Full marks"))
    VERDICT = ColumnSpec(N_("Verdict"))
    ANSWER = ColumnSpec(N_("Answer as read"))
    CREDIT = ColumnSpec(N_("Credit"))
    JUDGED = ColumnSpec(N_("Verdicts"))
    STATE = ColumnSpec(N_("State"))
    ENTERED = ColumnSpec(N_("Points or number"))
    ASKED = ColumnSpec(N_("Asked"))
    GATE = ColumnSpec(N_("Counts"))
    AGGREGATED = ColumnSpec(N_("Earned, or combined"))
    SCORE = ColumnSpec(N_("Score"))
    WORST = ColumnSpec(N_("At worst"))
    BEST = ColumnSpec(N_("At best"))
    REPORTED = ColumnSpec(N_("Reported"))
    COVERAGE = ColumnSpec(N_("Coverage"))
    COUNTED_PARTS = ColumnSpec(N_("Coverage for the minimum"))
    COUNTED = ColumnSpec(N_("Counts as covered"))
    AVAILABLE_WEIGHT = ColumnSpec(N_("Weight included"))
    AVAILABLE_WEIGHT_WORST = ColumnSpec(N_("Weight included at worst"))
    AVAILABLE_WEIGHT_BEST = ColumnSpec(N_("Weight included at best"))
    ASKED_WEIGHT = ColumnSpec(N_("Weight asked"))
    LOGARITHM = ColumnSpec(N_("Logarithm of score"))
    LOGARITHM_WORST = ColumnSpec(N_("Logarithm at worst"))
    LOGARITHM_BEST = ColumnSpec(N_("Logarithm at best"))
    EFFECTIVE_WEIGHT = ColumnSpec(N_("Share of overall"))
    EFFECTIVE_WEIGHT_WORST = ColumnSpec(N_("Share at worst"))
    EFFECTIVE_WEIGHT_BEST = ColumnSpec(N_("Share at best"))
    EFFECTIVE_WEIGHT_COVERAGE = ColumnSpec(N_("Share of coverage"))
    CONTRIBUTION = ColumnSpec(N_("Contribution to overall"))
    CONTRIBUTION_WORST = ColumnSpec(N_("Contribution at worst"))
    CONTRIBUTION_BEST = ColumnSpec(N_("Contribution at best"))
    CONTRIBUTION_COVERAGE = ColumnSpec(N_("Contribution to coverage"))
    BLANKS = ColumnSpec(N_("Blanks"))
    CRITICAL_FAILS = ColumnSpec(N_("Critical failures"))
    CRITICAL_FAILS_WORST = ColumnSpec(N_("Critical failures at worst"))
    CRITICAL_FAILS_BEST = ColumnSpec(N_("Critical failures at best"))
    HIGHEST_BAND = ColumnSpec(N_("Highest band"))
    HIGHEST_BAND_WORST = ColumnSpec(N_("Highest band at worst"))
    HIGHEST_BAND_BEST = ColumnSpec(N_("Highest band at best"))
    PLACES = ColumnSpec(N_("Places"))
    TICKED = ColumnSpec(N_("Places ticked"))
    HIGH_NEED = ColumnSpec(N_("Priority countries"))
    TICKED_HIGH_NEED = ColumnSpec(N_("Priority countries ticked"))


@dataclass(frozen=True, slots=True)
class Track:
    """The columns of one of the four figures that are computed from the answers up to the whole."""

    figure: int  # SCORE, WORST, BEST or COVERAGE of `scoring.numeric`
    value: CalculationColumn
    available_weight: CalculationColumn
    effective_weight: CalculationColumn
    contribution: CalculationColumn


@dataclass(frozen=True, slots=True)
class ScoreTrack(Track):
    """The columns of one of three scores: as it is, at worst, or at best."""

    logarithm: CalculationColumn
    critical_fails: CalculationColumn
    highest_band: CalculationColumn


_C = CalculationColumn
SCORE_TRACKS = (
    ScoreTrack(
        SCORE, _C.SCORE, _C.AVAILABLE_WEIGHT, _C.EFFECTIVE_WEIGHT, _C.CONTRIBUTION, _C.LOGARITHM, _C.CRITICAL_FAILS,
        _C.HIGHEST_BAND,
    ),
    ScoreTrack(
        WORST, _C.WORST, _C.AVAILABLE_WEIGHT_WORST, _C.EFFECTIVE_WEIGHT_WORST, _C.CONTRIBUTION_WORST,
        _C.LOGARITHM_WORST, _C.CRITICAL_FAILS_WORST, _C.HIGHEST_BAND_WORST,
    ),
    ScoreTrack(
        BEST, _C.BEST, _C.AVAILABLE_WEIGHT_BEST, _C.EFFECTIVE_WEIGHT_BEST, _C.CONTRIBUTION_BEST,
        _C.LOGARITHM_BEST, _C.CRITICAL_FAILS_BEST, _C.HIGHEST_BAND_BEST,
    ),
)  # fmt: skip
COVERAGE_TRACK = Track(
    COVERAGE, _C.COVERAGE, _C.ASKED_WEIGHT, _C.EFFECTIVE_WEIGHT_COVERAGE, _C.CONTRIBUTION_COVERAGE
)  # fmt: skip
TRACKS = (*SCORE_TRACKS, COVERAGE_TRACK)
#: Columns that only questions of places fill. They are last, and hidden if there are no such questions.
PLACES_COLUMNS = (_C.PLACES, _C.TICKED, _C.HIGH_NEED, _C.TICKED_HIGH_NEED)
#: Columns of the score as reported, at worst and at best.
REPORTED_COLUMNS = (_C.REPORTED, _C.WORST, _C.BEST)


#: Columns that a basis does not use, and that are hidden there.
UNUSED_COLUMNS: Mapping[Basis, tuple[CalculationColumn, ...]] = {
    "claimed": (_C.VERDICT, _C.CREDIT, _C.JUDGED),
    "evidenced": (_C.VERDICT, _C.ANSWER, _C.JUDGED, *PLACES_COLUMNS),
    "verified": (),
}
#: Columns of all parts, also of questions without a score, and of nodes with only such questions.
OF_EVERY_PART = (_C.VERDICT, _C.ANSWER, _C.STATE, _C.ENTERED, _C.ASKED, _C.GATE)
#: Columns with the same content as evidenced and as claimed: evidence changes no answer, only its credit.
AS_CLAIMED: Mapping[type, frozenset[CalculationColumn]] = {
    Node: frozenset({_C.ASKED, _C.BLANKS}),
    Question: frozenset({*OF_EVERY_PART, _C.AGGREGATED, _C.BLANKS}),
}
