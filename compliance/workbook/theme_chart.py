"""The chart of *Summary*: the score of each theme as a bar, with a line from the least to the most that it could be."""

from collections.abc import Sequence

from compliance.languages.interface_messages import gettext as _
from compliance.narrative.score_wording import part_title
from compliance.questionnaire.edition import Node
from compliance.workbook.cell_styles import BAND_COLOURS, INK, LINE, SANS, SOFT
from compliance.workbook.formulas import CellRange
from compliance.workbook.scorecard_data import ScorecardData, cached_score
from compliance.workbook.standing_cells import StandingColumn
from compliance.workbook.writer import SheetWriter

LAST_COLUMN = len(StandingColumn)  # of the table above
ERROR_BAR_PLUS, ERROR_BAR_MINUS = LAST_COLUMN + 1, LAST_COLUMN + 2  # the hidden columns of the lines' lengths
CHART_ROWS = 15


def to_best(theme_id: str, data: ScorecardData) -> float:
    """How far the best that a theme could be is above its score; 0 where there is no score."""
    now = data.claimed.nodes[theme_id]
    return 0.0 if now.score is None or now.best is None else now.best - now.score


def to_worst(theme_id: str, data: ScorecardData) -> float:
    """How far the least that it could be is below."""
    now = data.claimed.nodes[theme_id]
    return 0.0 if now.score is None or now.worst is None else now.score - now.worst


def insert_theme_chart(sheet: SheetWriter, data: ScorecardData, themes: Sequence[Node], first: int) -> None:
    """Each theme as a bar with its interval, below their rows, of which `first` is the first; 0 is at the start."""
    book, scale, last = sheet.book, data.edition.scale, first + len(themes) - 1
    chart = book.bar_chart()
    names, values, up, down = (
        f"={CellRange(sheet.cell(first, at), sheet.cell(last, at))}" for at in (0, 1, ERROR_BAR_PLUS, ERROR_BAR_MINUS)
    )
    font = {"name": book.font(SANS), "size": 9, "color": SOFT}
    chart.add_series({
        "name": _("Score, with the least and the most it could be"),
        "categories": names,
        "values": values,
        "categories_data": [part_title(theme) for theme in themes],  # what the cells hold now: they are made already
        "values_data": [cached_score(data.claimed.nodes[theme.id].score) for theme in themes],
        "fill": {"color": BAND_COLOURS[2]},
        "gap": 70,
        "y_error_bars": {
            "type": "custom", "plus_values": up, "minus_values": down,
            "plus_data": [to_best(theme.id, data) for theme in themes],
            "minus_data": [to_worst(theme.id, data) for theme in themes],
            "line": {"color": INK, "width": 1.25},
        },
    })  # fmt: skip
    title_font = {"name": book.font(SANS), "size": 10, "color": INK}
    chart.set_title(
        {
            "name": _("Each theme’s score, with the least and the most it could be"),
            "overlay": False,
            "name_font": title_font,
        }
    )
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": INK}, "major_tick_mark": "none"})
    grid = {"visible": True, "line": {"color": LINE}}
    ticks = {"min": 0, "max": scale, "major_unit": scale / 4, "num_font": font, "num_format": "0.##"}
    chart.set_x_axis(ticks | {"major_gridlines": grid, "line": {"none": True}, "reverse": book.is_right_to_left})
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 900, "height": 20 * CHART_ROWS})
    alt = _(
        "Each theme’s score as a bar, with a line from the least to the most it could be. The numbers are "
        "in the table above."
    )
    sheet.xlsx.insert_chart(last + 1, 0, chart, {"object_position": 1, "description": alt, "y_offset": 6})
