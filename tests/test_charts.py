"""What a score, a chart and a gap must say in words, and that a drawing means what the numbers mean."""

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.rendering import GAP, bands, provision, render, row, words

STANDING = SimpleNamespace(title="Hotels", median=49.0, low=38.0, high=60.0, scored=32, registered=64)
TAKING_PART = SimpleNamespace(title="Hotels", registered=64, submitted=32, scored=29, unscored=3, silent=32, rest=35)
COLUMNS = [
    SimpleNamespace(band=b, count=n, start=b.at, end=b.at + 25) for b, n in zip(bands(), (6, 11, 9, 7), strict=True)
]
CAP = SimpleNamespace(by_points=bands()[2], failures=[SimpleNamespace(title="The higher standard", href="#g1")])
CHARTS = {
    "cap scale": "{{ score.cap_scale('a', name, row, bands, cap, 100, rtl) }}",
    "how to read one": "{{ score.read_one(rtl) }}",
    "rows": "{{ company_charts.rows([row], 100, rtl) }}",
    "interval": "{{ company_charts.interval(row, 100, rtl) }}",
    "levels": "{{ company_charts.levels('b', [row, row], name, 'finding', 'table', 100, rtl) }}",
    "standings": "{{ sector_charts.standings([standing], 'table', 100, rtl) }}",
    "participation": "{{ sector_charts.participation([part], 'table', rtl) }}",
    "distribution": "{{ sector_charts.distribution('c', columns, name, 'finding', 'table', 49.0, 100, rtl) }}",
    "shares": "{{ sector_charts.shares([share], 'table', 'Requirement', 'Meet half', rtl) }}",
}


def held_down() -> Any:
    return SimpleNamespace(**{**vars(row()), "band": bands()[1]})


def chart(name: str, rtl: bool = False, **changed: Any) -> str:
    share = SimpleNamespace(title="The child gets remedy", count=8, total=32, provisions=[provision()])
    known = {
        "name": "Example Hotels 07",
        "row": row(note="", shown=None),
        "bands": bands(),
        "cap": CAP,
        "standing": STANDING,
    }
    known |= {"part": TAKING_PART, "columns": COLUMNS, "share": share, "rtl": rtl}
    return render(CHARTS[name], **{**known, **changed})


class TestAScore:
    def test_stands_with_its_interval_and_its_band_in_words(self) -> None:
        assert words(render("{{ score.score(row) }}", row=row())) == "57 of 100, between 52 and 65 Substantial"

    def test_that_is_missing_is_said_and_is_not_zero(self) -> None:
        said = words(render("{{ score.score(row, 100, 'Too little is answered.') }}", row=row(score=None)))
        assert said == "No score Too little is answered."

    @pytest.mark.parametrize(
        ("worst", "best", "said"),
        [
            (52.0, 65.0, "between 52 and 65"),
            (57.0, 57.3, "nothing open"),
            (52.0, None, "at least 52"),
            (None, None, ""),
        ],
    )
    def test_says_how_far_it_is_open(self, worst: float | None, best: float | None, said: str) -> None:
        assert words(render("{{ score.between(worst, best) }}", worst=worst, best=best)) == said

    def test_of_more_decimals_lies_within_its_interval_as_printed(self) -> None:
        below = row(score=49.7, worst=49.7, best=53.9, decimals=1)
        assert words(render("{{ score.words(row) }}", row=below)) == "49.7 , between 49.7 and 53.9"

    def test_names_what_holds_it_down(self) -> None:
        said = words(render("{{ score.cap_sentence(row, cap) }}", row=held_down(), cap=CAP))
        assert said.startswith("57 points would be Substantial. The band stops at Partial")
        assert "because one critical requirement is not met: The higher standard" in said

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_has_a_colour_for_every_band_and_prints_its_word(self, count: int) -> None:
        chips = [render("{{ score.band(band) }}", band=band) for band in bands(count)]
        assert [words(chip) for chip in chips] == [band.title for band in bands(count)]
        assert len({re.search(r'<svg[^>]*class="(\w+)"', chip)[1] for chip in chips}) == count
        assert [chip.count('class="fill"') for chip in chips] == list(range(1, count + 1))

    def test_without_a_band_says_so(self) -> None:
        assert words(render("{{ score.band(none) }}")) == "no band"


class TestCharts:
    @pytest.mark.parametrize("rtl", [False, True])
    @pytest.mark.parametrize("name", CHARTS)
    def test_every_drawing_speaks_or_is_hidden_beside_its_words(self, name: str, rtl: bool) -> None:
        drawings = re.findall(r"<svg.*?</svg>", chart(name, rtl), flags=re.DOTALL)
        assert drawings
        for drawing in drawings:
            tree = ElementTree.fromstring(drawing)  # noqa: S314 (our own mark-up; it must be well-formed)
            assert "viewBox" not in tree.attrib
            if tree.get("role") == "img":
                assert tree.findtext("title")
                assert tree.findtext("desc")
            else:
                assert tree.get("aria-hidden") == "true"

    @pytest.mark.parametrize(
        "name", [n for n in CHARTS if n not in {"cap scale", "how to read one", "rows", "interval"}]
    )
    def test_numbers_follow_as_a_table(self, name: str) -> None:
        assert re.search(r"</svg>.*<details><summary>The numbers behind this chart.*<table", chart(name), re.DOTALL)

    @pytest.mark.parametrize("name", CHARTS)
    def test_zero_lies_at_the_start_edge_in_either_direction(self, name: str) -> None:
        def across(html: str) -> list[float]:
            found = re.findall(r'<(?:line|circle)[^>]*?(?:x1|cx)="([\d.]+)%"', html)
            boxes = re.findall(r'<rect x="([\d.]+)%"[^>]*?width="([\d.]+)%"', html)
            return sorted([*map(float, found), *(float(x) for x, _ in boxes), *(float(x) + float(w) for x, w in boxes)])

        mirrored = sorted(100 - x for x in across(chart(name, rtl=True)))
        assert across(chart(name)) == pytest.approx(mirrored, abs=0.02)

    def test_a_bar_is_solid_to_the_least_and_pale_to_the_most(self) -> None:
        assert re.search(r'x="0%"[^>]*width="52%"[^>]*class="fill"', chart("rows"))
        assert re.search(r'x="52%"[^>]*width="13%"[^>]*class="pale"', chart("rows"))

    def test_a_row_without_a_score_says_so_and_draws_no_mark(self) -> None:
        html = chart("rows", row=row(score=None))
        assert "no score" in words(html)
        assert 'class="now"' not in html

    def test_a_level_without_a_score_says_so_in_the_drawing_and_in_the_table(self) -> None:
        assert chart("levels", row=row(score=None)).count("no score") == 4

    def test_silence_is_drawn_as_large_as_it_is(self) -> None:
        assert re.search(r'x="50%"[^>]*width="50%"[^>]*class="silent"', chart("participation"))
        assert "Silent: 32." in words(chart("participation"))

    def test_small_counts_are_words(self) -> None:
        hidden = SimpleNamespace(
            title="Hotels", registered=24, submitted="few", scored="few", unscored="few", silent=17, rest="few"
        )
        assert words(chart("participation", part=hidden)).count("fewer than 5") == 5
        columns = [SimpleNamespace(band=bands()[0], count="few", start=0.0, end=100.0)]
        assert "fewer than 5" in words(chart("distribution", columns=columns))

    def test_a_withheld_median_is_a_dot_and_the_word(self) -> None:
        hidden = SimpleNamespace(title="Mining", median=None, low=None, high=None, scored="few", registered=6)
        assert "· withheld" in words(chart("standings", standing=hidden))
        assert 'class="now"' not in chart("standings", standing=hidden)

    def test_a_column_of_companies_is_as_high_as_its_count(self) -> None:
        heights = [float(h) for h in re.findall(r'height="([\d.]+)rem" class="fill"', chart("distribution"))]
        assert [h / heights[1] for h in heights] == pytest.approx([6 / 11, 1, 9 / 11, 7 / 11], abs=0.01)


def test_claimed_and_evidenced_stand_each_in_a_row_and_nothing_is_called_withheld() -> None:
    known = {"note": "", "n": 12, "low": 40, "high": 70, "shown": None, "accent": False}
    rows = [SimpleNamespace(title=t, median=m, **known) for t, m in (("Claimed", 57), ("Evidenced", 38))]
    html = words(render("{{ sector_charts.spreads(rows, 'table', bases=true) }}", rows=rows))
    assert html.endswith(
        "Group Median Lower quartile Upper quartile Companies Claimed 57 40 70 12 Evidenced 38 40 70 12"
    )
    assert "withheld" in words(render("{{ sector_charts.spreads(rows, 'table') }}", rows=rows))


def test_a_heat_table_tells_withheld_from_no_score_and_prints_every_number() -> None:
    cells = [
        SimpleNamespace(score=None, band=None, withheld=True),
        SimpleNamespace(score=None, band=None, withheld=False),
        SimpleNamespace(score=74.0, band=bands()[2], withheld=False),
    ]
    columns = [SimpleNamespace(title=t, n=n) for t, n in (("All", 32), ("Large", "few"), ("Small", 9))]
    rows = [SimpleNamespace(title="Staff are trained", cells=cells)]
    html = render("{{ sector_charts.heat('Heat', 'Requirement', columns, rows) }}", columns=columns, rows=rows)
    assert words(html) == "Heat Requirement All 32 Large fewer than 5 Small 9 Staff are trained · withheld no score 74"


class TestAGap:
    def test_says_what_it_costs_what_it_is_measured_against_and_what_closes_it(self) -> None:
        said = words(render("{{ company_charts.gap_card(gap) }}", gap=GAP))
        assert said.startswith("4.1 points of 43 The higher standard Critical, caps the band Reach, everyone.")
        assert "Measured against CRC art. 34" in said
        assert said.endswith("What closes it Say that the stricter law applies.")

    def test_says_what_it_would_add_alone_where_that_is_known(self) -> None:
        gap = SimpleNamespace(**vars(GAP), gain=5.0)
        assert "Met alone, it would add 5.0." in words(render("{{ company_charts.gap_card(gap) }}", gap=gap))


def test_named_companies_stand_in_tie_groups_with_the_ranks_that_they_may_take() -> None:
    listed = [
        row("Ahead", 90.0, ranks="1", tie=1),
        row("Level", 60.0, ranks="2 to 3", tie=2),
        row("Also level", 55.0, ranks="2 to 3", tie=2),
    ]
    html = render("{{ sector_charts.named(listed, 'table') }}", listed=listed)
    blocks = re.findall(r'<ul class="(rows wide[^"]*)">(.*?)</ul>', html, re.DOTALL)
    assert [
        (kind, [name for name in ("Ahead", "Also level", "Level") if f">{name}<" in block]) for kind, block in blocks
    ] == [
        ("rows wide", []),  # the axis
        ("rows wide", ["Ahead"]),
        ("rows wide said", ["Also level", "Level"]),  # shaded
    ]
    assert "Ahead rank range 1 · " in words(html)
    lines = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    cells = [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line)] for line in lines]
    assert [[line[0], *line[-2:]] for line in cells] == [
        ["Company", "Rank range", "Tie group"],
        ["Ahead", "1", "1"],
        ["Level", "2 to 3", "2"],
        ["Also level", "2 to 3", "2"],
    ]


def test_named_companies_of_a_period_closed_before_ranks_were_drawn_have_none() -> None:
    html = render("{{ sector_charts.named([one], 'table') }}", one=row("Ahead", 90.0, ranks="", tie=0))
    assert "rank" not in html.lower() and "said" not in html
