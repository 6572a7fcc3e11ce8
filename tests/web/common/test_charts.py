"""What scores, charts and gaps say in words, and that drawings agree with their numbers."""

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from compliance.disclosure.published import ScoreRange, Suppressed
from compliance.web.presenters.sector_charts import MedianWithQuartiles
from tests.support.rendering import GAP, bands, provision, render, row, words

STANDING = SimpleNamespace(
    title="Hotels",
    n=32,
    href="",
    note="",
    claimed=MedianWithQuartiles(ScoreRange(42, 55), ScoreRange(32, 42), ScoreRange(55, 65)),
    evidenced=MedianWithQuartiles(ScoreRange(31, 31), ScoreRange(28, 28), ScoreRange(47, 47)),
)
TAKING_PART = SimpleNamespace(title="Hotels", registered=64, submitted=32, scored=29, unscored=3, silent=32, rest=35)
BANDS = [
    SimpleNamespace(band=band, title=band.title, count=n, part=100 * n / 11, held=None, held_part=0.0, held_words="")
    for band, n in zip(bands(), (6, 11, 9, 7), strict=True)
]
FAILURES = [SimpleNamespace(title="The higher standard", href="#g1")]
CAP = SimpleNamespace(by_points=bands()[2], failures=FAILURES, critical=True)
CHARTS = {
    "cap scale": "{{ score.cap_scale('a', name, row, bands, cap, 100, rtl) }}",
    "how to read one": "{{ score.read_one(rtl) }}",
    "rows": "{{ company_charts.rows([row], 100, rtl) }}",
    "interval": "{{ company_charts.interval(row, 100, rtl) }}",
    "levels": "{{ company_charts.levels('b', [row, row], name, 'finding', 'table', 100, rtl) }}",
    "bases": "{{ sector_charts.bases([standing], 'table', 100, rtl) }}",
    "participation": "{{ sector_charts.participation([part], 'table', rtl) }}",
    "bands": "{{ sector_charts.bands(columns, 'table', 33, rtl) }}",
    "shares": "{{ sector_charts.shares([{'rows': [share], 'order': ''}], 'table', 'Requirement', rtl) }}",
}


def held_down() -> Any:
    return SimpleNamespace(**{**vars(row()), "band": bands()[1]})


def share_row(title: str, low: float, high: float, said: str) -> Any:
    law = [provision()]
    known = {"title": title, "href": "", "note": "", "provisions": law, "how_many": said}
    return SimpleNamespace(**known, low=low, high=high, is_exact=low == high)


def chart(name: str, rtl: bool = False, **changed: Any) -> str:
    share = share_row("The child gets remedy", 25.0, 25.0, "8 of 32, 25 %")
    known = {
        "name": "Example Hotels 07",
        "row": row(note="", shown=None),
        "bands": bands(),
        "cap": CAP,
        "standing": STANDING,
    }
    known |= {"part": TAKING_PART, "columns": BANDS, "share": share, "rtl": rtl}
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
            (57.0, 57.3, "no range"),
            (52.0, None, "at least 52"),
            (None, None, ""),
        ],
    )
    def test_says_how_far_it_is_open(self, worst: float | None, best: float | None, said: str) -> None:
        assert words(render("{{ score.between(worst, best) }}", worst=worst, best=best)) == said

    def test_of_more_decimals_lies_within_its_interval_as_printed(self) -> None:
        below = row(score=49.7, worst=49.7, best=53.9, decimals=1)
        assert words(render("{{ score.words(row) }}", row=below)) == "49.7 , between 49.7 and 53.9"

    def test_of_a_level_lies_within_its_interval_as_printed(self) -> None:
        below = row(score=49.7, worst=49.7, best=53.9, decimals=1, title="Everyone")
        assert "Everyone 49.7 49.7 53.9" in words(chart("levels", row=below))

    def test_names_what_holds_it_down(self) -> None:
        said = words(render("{{ score.cap_sentence(row, cap) }}", row=held_down(), cap=CAP))
        assert said.startswith("57 points would normally mean Substantial. The band is limited to Partial")
        assert "because one critical requirement is not met: The higher standard" in said

    @pytest.mark.parametrize(
        ("score", "decimals", "begins"),
        [
            (59.6, 1, "A score of 59.6 would normally mean Substantial."),
            (1234.0, 0, "1,234 points would normally mean Substantial."),
        ],
    )
    def test_beside_what_holds_it_down_is_the_score_as_shown(self, score: float, decimals: int, begins: str) -> None:
        held = SimpleNamespace(**{**vars(held_down()), "score": score, "decimals": decimals})
        assert words(render("{{ score.cap_sentence(row, cap) }}", row=held, cap=CAP)).startswith(begins)

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_has_a_colour_for_every_band_and_prints_its_word(self, count: int) -> None:
        chips = [render("{{ score.band(band) }}", band=band) for band in bands(count)]
        assert [words(chip) for chip in chips] == [band.title for band in bands(count)]
        assert len({re.search(r'<svg[^>]*class="([\w-]+)"', chip)[1] for chip in chips}) == count
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
        assert 'class="score-mark"' not in html

    def test_a_level_without_a_score_says_so_in_the_drawing_and_in_the_table(self) -> None:
        assert chart("levels", row=row(score=None)).count("no score") == 4

    def test_silence_is_drawn_as_large_as_it_is(self) -> None:
        assert re.search(r'x="50%"[^>]*width="50%"[^>]*class="silent"', chart("participation"))
        assert "Silent: 32." in words(chart("participation"))

    def test_small_counts_are_words(self) -> None:
        few = Suppressed.FEW
        hidden = SimpleNamespace(
            title="Hotels", registered=24, submitted=few, scored=few, unscored=few, silent=17, rest=few
        )
        assert words(chart("participation", part=hidden)).count("fewer than 5") == 5
        columns = [SimpleNamespace(**{**vars(BANDS[0]), "count": "few"})]
        assert "fewer than 5" in words(chart("bands", columns=columns))

    def test_a_withheld_median_is_a_dot_and_the_word(self) -> None:
        none = MedianWithQuartiles(None, None, None)
        hidden = SimpleNamespace(**{**vars(STANDING), "claimed": none, "evidenced": none, "n": "withheld"})
        assert "not shown, to protect companies" in words(chart("bases", standing=hidden))
        assert "· withheld" in words(chart("bases", standing=hidden))
        assert "<circle" not in chart("bases", standing=hidden)

    def test_claimed_is_a_ring_and_evidenced_a_dot_in_the_middle_of_ranges_that_are_said(self) -> None:
        html = chart("bases")
        assert re.search(r'cx="48.5%"[^>]*class="ring"', html) and re.search(r'cx="31%"[^>]*class="accent dot"', html)
        assert "Hotels 32 companies 31 claimed 42–55" in words(html)
        assert words(html).endswith("Hotels 32 31 28 47 42–55 32–42 55–65")

    def test_a_bar_of_companies_is_as_long_as_its_count(self) -> None:
        lengths = [float(w) for w in re.findall(r'width="([\d.]+)%"[^>]*class="fill"', chart("bands"))]
        assert [length / lengths[1] for length in lengths] == pytest.approx([6 / 11, 1, 9 / 11, 7 / 11], abs=0.01)

    def test_companies_held_down_are_the_pale_end_of_their_band(self) -> None:
        held = SimpleNamespace(
            band=bands()[1], title="Partial", count=17, part=100.0, held=6, held_part=35.0, held_words="11 by points."
        )
        html = chart("bands", columns=[held])
        assert re.search(r'width="100%"[^>]*class="pale"', html) and re.search(r'width="65%"[^>]*class="fill"', html)
        assert "Partial 17 11 by points." in words(html) and words(html).endswith("Partial 17 6 33")

    def test_a_known_share_is_solid_and_a_bounded_one_dashed_to_its_bound(self) -> None:
        assert re.search(r'width="25%"[^>]*class="ink"', chart("shares")) and "hollow dashed" not in chart("shares")
        html = chart("shares", share=share_row("Few", 0.0, 18.0, "fewer than 5 of 23, at most 18 %"))
        assert re.search(r'x="0%"[^>]*width="18%"[^>]*class="hollow dashed"', html) and 'class="ink"' not in html

    def test_what_is_not_known_of_an_order_is_said_above_the_rows(self) -> None:
        rows = [share_row(name, 0.0, 18.0, "fewer than 5") for name in ("A", "B")]
        said = "Some of these rows could change places"
        source = "{{ sector_charts.shares(blocks, 'table', 'Requirement') }}"
        assert words(render(source, blocks=[{"rows": rows, "order": said}])).count(said) == 1
        assert said not in words(render(source, blocks=[{"rows": [row], "order": ""} for row in rows]))


def test_a_heat_table_tells_withheld_from_no_score_and_prints_every_number_with_its_n() -> None:
    cells = [
        SimpleNamespace(score=None, n=None, band=None, withheld=True),
        SimpleNamespace(score=None, n=None, band=None, withheld=False),
        SimpleNamespace(score=ScoreRange(60, 75), n=9, band=bands()[2], withheld=False),
    ]
    columns = [SimpleNamespace(title=t) for t in ("All", "Large", "Small")]
    rows = [SimpleNamespace(title="Staff are trained", cells=cells)]
    html = render("{{ sector_charts.heat('Heat', 'Requirement', columns, rows) }}", columns=columns, rows=rows)
    assert words(html) == "Heat Requirement All Large Small Staff are trained · withheld no score 60–75 of 9"


class TestAGap:
    def test_says_what_it_costs_what_it_is_measured_against_and_what_closes_it(self) -> None:
        said = words(render("{{ company_charts.gap_list([gap], '43') }}", gap=GAP))
        begins = "4.1 of 43 missing points The higher standard Critical, limits the band Reach, everyone."
        assert said.startswith(begins)
        assert "Measured against CRC art. 34" in said
        assert said.endswith("What closes it Say that the stricter law applies.")

    @pytest.mark.parametrize(
        ("csr_gap", "level", "said"),
        [
            ("Reach", "", "limits the band Reach. "),
            ("", "everyone", "limits the band Everyone. "),
            ("", "", "limits the band "),
        ],
    )
    def test_names_only_the_lenses_that_its_edition_has(self, csr_gap: str, level: str, said: str) -> None:
        gap = SimpleNamespace(**{**vars(GAP), "csr_gap": csr_gap, "level": level})
        assert f"{said}{GAP.effort}." in words(render("{{ company_charts.gap_list([gap], '43') }}", gap=gap))

    def test_says_what_it_would_add_alone_where_that_is_known(self) -> None:
        gap = SimpleNamespace(**vars(GAP), gain=5.0)
        said = words(render("{{ company_charts.gap_list([gap], '43') }}", gap=gap))
        assert "Meeting this alone would add 5.0." in said


def named_row(title: str, points: int, **more: Any) -> Any:
    score = SimpleNamespace(score=points, worst=points, best=points)
    known = {"claimed": score, "evidenced": score, "verified": score, "band": bands()[0], "cap": "", "ranks": "",
             "corrected": None, "withdrawn": None}  # fmt: skip
    return SimpleNamespace(title=title, **{**known, "tie": 0, **more})


def test_verified_companies_stand_in_tie_groups_with_the_ranks_that_they_may_take() -> None:
    listed = [
        named_row("Ahead", 90, ranks="1", tie=1),
        named_row("Level", 60, ranks="2 to 3", tie=2),
        named_row("Also level", 55, ranks="2 to 3", tie=2),
    ]
    html = render("{{ sector_charts.verified(listed, 'table') }}", listed=listed)
    blocks = re.findall(r'<ul class="(rows wide-titles[^"]*)">(.*?)</ul>', html, re.DOTALL)
    assert [
        (kind, [name for name in ("Ahead", "Also level", "Level") if f">{name}<" in block]) for kind, block in blocks
    ] == [
        ("rows wide-titles", []),  # the axis
        ("rows wide-titles", ["Ahead"]),
        ("rows wide-titles tinted", ["Also level", "Level"]),  # shaded
    ]
    assert "Ahead rank 1 · " in words(html)
    lines = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    cells = [[words(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", line)] for line in lines]
    assert [[line[0], line[-1]] for line in cells] == [
        ["Company", "Rank"], ["Ahead", "1"], ["Level", "2 to 3"], ["Also level", "2 to 3"],
    ]  # fmt: skip


def test_companies_that_nobody_verified_have_no_place_and_say_so() -> None:
    listed = [named_row("Ahead", 95, verified=None, evidenced=SimpleNamespace(score=0, worst=0, best=99))]
    said = words(render("{{ sector_charts.unverified(listed, 'table') }}", listed=listed))
    assert "not yet audited" in said and " 95 " in said and " 0 " in said and "rank" not in said.lower()


def test_a_cap_is_explained_in_words() -> None:
    capped = named_row("Capped", 54, cap="54 points would normally mean Substantial.", verified=None)
    for macro in ("unverified(listed, 'table')", "verified(listed, 'table')"):
        shown = [capped] if macro.startswith("un") else [named_row("Capped", 54, cap=capped.cap)]
        assert capped.cap in words(render("{{ sector_charts." + macro + " }}", listed=shown))
