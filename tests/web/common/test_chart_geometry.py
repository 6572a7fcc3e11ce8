"""The positions of the marks of charts, computed in Python before anything is drawn."""

from dataclasses import astuple

import pytest

from compliance.web.presenters import chart_marks, charts, group_charts
from compliance.web.presenters.chart_marks import BarMark, DotMark, LabelMark, LineMark, Marks


def bars(marks: Marks) -> dict[str, tuple[float, float]]:
    """Start and end of each bar, by its kind."""
    return {mark.kind: (mark.x, mark.x + mark.width) for mark in marks if isinstance(mark, BarMark)}


def dots(marks: Marks) -> dict[str, float]:
    return {mark.kind: mark.x for mark in marks if isinstance(mark, DotMark)}


def labels(marks: Marks) -> dict[str, LabelMark]:
    return {mark.text: mark for mark in marks if isinstance(mark, LabelMark)}


def lines(marks: Marks, kind: str) -> list[tuple[float, ...]]:
    return [astuple(mark)[:4] for mark in marks if isinstance(mark, LineMark) and mark.kind == kind]


class TestAMark:
    @pytest.mark.parametrize(
        ("mark", "mirrored"),
        [
            (LineMark(10, 1, 30, 2, "axis"), LineMark(90, 1, 70, 2, "axis")),
            (BarMark(10, 30, 1, 2, "fill"), BarMark(60, 30, 1, 2, "fill")),
            (DotMark(10, 1, 6, "ring"), DotMark(90, 1, 6, "ring")),
            (LabelMark(10, 1, "57", "large", "end", -8), LabelMark(90, 1, "57", "large", "end", 8)),
        ],
    )
    def test_is_turned_round_for_text_from_right_to_left_and_back(
        self, mark: chart_marks.Mark, mirrored: chart_marks.Mark
    ) -> None:
        assert mark.mirrored == mirrored
        assert mirrored.mirrored == mark

    @pytest.mark.parametrize(("score", "x"), [(-3.0, 0), (50.0, 50), (104.0, 100)])
    def test_stays_on_the_chart(self, score: float, x: float) -> None:
        assert dots(charts.interval(charts.score_place(score, None, None, 100))) == {"ink dot": x}


class TestAScore:
    def test_is_placed_in_per_cent_of_the_scale(self) -> None:
        assert astuple(charts.score_place(3.0, 2.0, None, 5)) == (60, 40, None)

    def test_as_a_bar_is_solid_to_the_least_and_pale_to_the_most(self) -> None:
        marks = charts.score_bar(charts.score_place(57.0, 52.0, 65.0, 100))
        assert bars(marks) == {"fill": (0, 52), "pale": (52, 65)}
        assert lines(marks, "score-mark") == [(57, 0.25, 57, 1.65)]

    @pytest.mark.parametrize("best", [52.0, None])
    def test_without_a_range_has_no_pale_end(self, best: float | None) -> None:
        assert bars(charts.score_bar(charts.score_place(52.0, 52.0, best, 100))) == {"fill": (0, 52)}

    def test_that_is_missing_is_no_mark_at_0(self) -> None:
        nothing = charts.score_place(None, None, None, 100)
        assert charts.score_bar(nothing) == charts.grid(1.9)
        assert dots(charts.interval(nothing)) == {} and lines(charts.interval(nothing), "whisker") == []

    def test_as_a_whisker_reaches_from_the_least_to_the_most(self) -> None:
        marks = charts.verified_score(charts.score_place(57.0, 52.0, 65.0, 100))
        assert dots(marks) == {"fill dot": 57}
        across, *stops = lines(marks, "whisker")
        assert across == (52, 0.95, 65, 0.95) and [stop[0] for stop in stops] == [52, 65]


class TestTheScaleOfBands:
    def test_gives_every_band_its_width(self) -> None:
        segments = charts.band_segments(["Low", "Middle", "High"], [0, 40, 75], 1, 100)
        assert [bars(segment.bar)["fill"] for segment in segments] == [(0, 39.5), (40, 74.5), (75, 99.5)]
        assert [[mark.text for mark in segment.labels if isinstance(mark, LabelMark)] for segment in segments] == [
            ["Low", "0"], ["Middle", "40"], ["High", "75"],
        ]  # fmt: skip

    def test_names_only_the_band_reached_where_one_is_narrow(self) -> None:
        segments = charts.band_segments(["Low", "Middle", "High"], [0, 40, 90], 2, 100)
        named = [
            labels(segment.labels).get(title)
            for segment, title in zip(segments, ("Low", "Middle", "High"), strict=True)
        ]
        assert [label and label.kind for label in named] == [None, None, "strong"]
        assert named[2] and (named[2].x, named[2].anchor) == (100, "end"), "it would extend beyond the edge"

    def test_draws_the_line_of_a_cap_where_the_next_band_begins(self) -> None:
        marks = charts.cap_line(2.5, 5, "stops here")
        assert lines(marks, "accent-line dashed") == [(49.75, 0.4, 49.75, 3.9)]
        assert labels(marks)["stops here"].anchor == "end"
        near = labels(charts.cap_line(1, 5, "stops here"))["stops here"]
        assert (near.anchor, near.shift) == ("start", 8), "there is no room before it"

    @pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
    def test_colours_bands_in_order_each_its_own(self, steps: int) -> None:
        colours = [charts.BAND_CLASSES.index(charts.band_class(step, steps)) for step in range(1, steps + 1)]
        assert colours == sorted(set(colours)) and colours[0] == 0


class TestLevels:
    def test_stand_side_by_side_and_a_single_one_in_the_middle(self) -> None:
        at = charts.score_place(50.0, None, None, 100)
        assert [dots(charts.level_column(at, i, 4, "A", "50").dot)["fill dot"] for i in range(4)] == [17, 40, 63, 86]
        assert dots(charts.level_column(at, 0, 1, "A", "50").dot) == {"fill dot": 50}

    def test_rise_with_their_score(self) -> None:
        heights = []
        for score in (0.0, 50.0, 100.0):
            (dot,) = charts.level_column(charts.score_place(score, None, None, 100), 0, 1, "A", "").dot
            assert isinstance(dot, DotMark)
            heights.append(dot.y)
        assert heights == pytest.approx([9.2, 5.2, 1.2])

    def test_print_their_score_above_the_interval(self) -> None:
        column = charts.level_column(charts.score_place(50.0, 40.0, 90.0, 100), 0, 1, "A", "50")
        assert labels(column.labels)["50"].y < 9.2 - 8 * 0.9

    def test_are_joined_where_both_have_a_score(self) -> None:
        joined = lines(charts.level_connectors([20.0, 40.0, None, 60.0, 80.0], 100), "connector")
        assert [(x0, x1) for x0, _, x1, _ in joined] == [(17, 34.25), (68.75, 86)]

    def test_without_a_score_say_so_on_the_axis(self) -> None:
        column = charts.level_column(charts.score_place(None, None, None, 100), 1, 4, "A", "no score")
        assert column.dot == () and column.interval == ()
        assert labels(column.labels)["no score"].kind == "muted"
        assert labels(column.labels)["A"].kind == "lowered", "every second title is lower if there is little room"


class TestManyCompanies:
    def test_a_ring_is_what_is_claimed_and_a_dot_what_is_evidenced(self) -> None:
        claimed, evidenced = group_charts.median_place(49, 38, 60, 100), group_charts.median_place(31, None, None, 100)
        marks = group_charts.medians(claimed, evidenced)
        assert dots(marks) == {"ring": 49, "accent dot": 31}
        assert lines(marks, "connector") == [(38, 0.7, 60, 0.7)]
        nothing = group_charts.median_place(None, None, None, 100)
        assert dots(group_charts.medians(nothing, nothing)) == {}

    def test_participation_is_as_long_as_its_counts(self) -> None:
        assert bars(group_charts.participation_bar(64, 29, 3, 32)) == {
            "silent": (50, 100), "fill": (0, 45.3125), "pale": (45.3125, 50),
        }  # fmt: skip

    def test_participation_outlines_what_is_not_shown(self) -> None:
        assert bars(group_charts.participation_bar(20, 10, "few", "withheld")) == {
            "hollow dashed": (50, 100), "fill": (0, 50),
        }  # fmt: skip
        assert bars(group_charts.participation_bar("few", "few", "few", "few")) == {"hollow dashed": (0, 100)}
        assert bars(group_charts.participation_bar(0, 0, 0, 0)) == {"hollow dashed": (0, 100)}

    def test_companies_held_down_are_the_pale_end_of_their_band(self) -> None:
        assert bars(group_charts.band_bar(17, 100.0, 35.0)) == {"pale": (0, 100), "fill": (0, 65)}
        assert bars(group_charts.band_bar("few", 0.0, 0.0)) == {"hollow dashed": (0, 100)}

    def test_a_share_is_solid_as_far_as_it_is_known(self) -> None:
        assert bars(group_charts.share_bar(25.0, 25.0, True)) == {"line": (0, 100), "ink": (0, 25)}
        assert bars(group_charts.share_bar(0.0, 18.0, False)) == {"line": (0, 100), "hollow dashed": (0, 18)}

    def test_peers_are_drawn_without_a_score_of_ones_own(self) -> None:
        nothing = charts.score_place(None, None, None, 100)
        marks = group_charts.peer_median(group_charts.median_place(40, 30, 60, 100), nothing, "median 40", "")
        assert bars(marks) == {"edge": (30, 60)} and list(labels(marks)) == ["median 40"] and dots(marks) == {}
        own = group_charts.peer_median(
            group_charts.median_place(40, None, None, 100), charts.score_place(57, 52, 65, 100), "", "57"
        )
        assert bars(own) == {} and dots(own) == {"accent dot": 57} and lines(own, "accent-line")[0][0] == 52
