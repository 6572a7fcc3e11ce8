"""The figures that a closing freezes: sealed, reproducible for the same companies, and quotable one by one."""

import hashlib
import json
import re
import tracemalloc
from dataclasses import replace
from datetime import date

import pytest

from compliance.disclosure.aggregates import Contribution, contributions_from_json, contributions_to_json
from compliance.disclosure.closing import make_snapshot, named_rankings
from compliance.disclosure.company_table import RegisteredCompany, load_companies
from compliance.disclosure.figure_rows import FIGURES, FigureRow, figure_rows
from compliance.disclosure.published import NamedRanking, PublishedCell, ScoreRange, Suppressed
from compliance.disclosure.snapshot import PublishedSnapshot, sealed_text, snapshot_from_json, snapshot_to_json
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from tests.support.examples import SHARE
from tests.support.factories import edition, node, number, sheet
from tests.support.paths import DATA
from tests.support.sector_companies import MADE, entry, rank, record
from tests.support.two_periods import Part, both, close

DAY = date(2025, 12, 15)
SNAPSHOTS = DATA / "snapshots"


def entries() -> list[RegisteredCompany]:
    """Hotels: 12 with a score (2 named), 6 silent. Foods: 4 with a score."""
    scored = [entry("named" if i < 2 else "counted", record(a=i * 7.0, b=50.0), name=f"H{i:02}") for i in range(12)]
    nonrespondents = [entry(scores=None, name=f"S{i}") for i in range(6)]
    foods = [entry(scores=record(a=77.0, b=77.0), sector="foods", name=f"F{i}") for i in range(4)]
    return [*scored, *nonrespondents, *foods]


def read_back(text: str) -> PublishedSnapshot:
    """Read the figures of a text that is stored with its digest."""
    return snapshot_from_json(text, sha256(text))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def snapshot() -> PublishedSnapshot:
    return make_snapshot(MADE, 2025, entries(), DAY)


def test_figures_are_read_back_from_json_exactly(snapshot: PublishedSnapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert read_back(text) == snapshot
    assert snapshot_to_json(read_back(text)) == text


def test_withheld_is_read_back_as_withheld_and_zero_as_zero(snapshot: PublishedSnapshot) -> None:
    back = read_back(snapshot_to_json(snapshot))
    assert back.sector("foods").participation.scored is Suppressed.FEW
    assert back.sector("hotels").participation.without_score == 0
    assert not isinstance(back.sector("hotels").participation.without_score, Suppressed)


def test_the_order_of_the_companies_does_not_matter(snapshot: PublishedSnapshot) -> None:
    assert make_snapshot(MADE, 2025, reversed(entries()), DAY) == snapshot


def test_a_changed_figure_breaks_the_seal(snapshot: PublishedSnapshot) -> None:
    data = json.loads(snapshot_to_json(snapshot))
    data["sectors"][0]["figures"][0]["claimed"]["median"][0] += 1
    with pytest.raises(ValueError, match="not those that were sealed"):
        snapshot_from_json(json.dumps(data), snapshot.seal)


def test_the_seal_is_the_sha256_of_the_stored_text(snapshot: PublishedSnapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert sealed_text(text) == text and sha256(text) == snapshot.seal
    assert json.loads(text)["format"] == 3 and json.loads(text)["licence"] == "CC-BY-4.0"


SEALS = {
    1: "4a1664cefd1e99a0c6f379fcbf9c000a2a97382c737866e4ff384c9f21870fac",
    2: "6911622ac6733cc47d8cf4d029864fa1364a2e96f3c5b691ab55f0b5dec1aa74",
}


@pytest.mark.parametrize("number", SEALS)
def test_figures_sealed_in_an_earlier_format_are_read_and_delivered_as_sealed(
    snapshot: PublishedSnapshot, number: int
) -> None:
    kept = (SNAPSHOTS / f"format-{number}.json").read_text(encoding="utf-8").removesuffix("\n")
    read = read_back(kept)
    for was, today in zip((read.together, *read.sectors), (snapshot.together, *snapshot.sectors), strict=True):
        assert (was.sector, was.participation) == (today.sector, today.participation)
        assert was.requirements == today.requirements
        assert [named.company for named in was.named] == [named.company for named in today.named]
        assert (was.ranking, was.embargoed, was.breakdowns) == (None, 0, ())  # there were none of these yet
    overall = read.sector("hotels").figure("overall")
    assert (overall.n, overall.claimed.median) == (12, ScoreRange(44, 44))  # a single number, in whole points
    assert read.together.bands[0].count == 12  # bands were counted over all sectors, too
    assert read.seal == SEALS[number] == sha256(sealed_text(kept))


def test_a_changed_figure_breaks_a_seal_of_the_first_format_even_with_its_digest_adjusted() -> None:
    kept = (SNAPSHOTS / "format-1.json").read_text(encoding="utf-8").removesuffix("\n")
    with pytest.raises(ValueError, match="the figures for 2025 are not those that were sealed"):
        read_back(kept.replace('"median":44', '"median":45'))


@pytest.mark.parametrize("number", [4, 0, "2", None])
def test_an_unknown_format_is_refused_with_advice(snapshot: PublishedSnapshot, number: object) -> None:
    text = json.dumps(json.loads(snapshot_to_json(snapshot)) | {"format": number})
    with pytest.raises(ValueError, match="reads formats up to 3: update it"):
        read_back(text)


def test_the_seal_covers_edition_period_and_date(snapshot: PublishedSnapshot) -> None:
    others = [
        make_snapshot(MADE, 2024, entries(), DAY),
        make_snapshot(MADE, 2025, entries(), date(2025, 12, 16)),
        make_snapshot(replace(MADE, digest="another"), 2025, entries(), DAY),
    ]
    assert len({snapshot.seal, *(other.seal for other in others)}) == 4
    assert re.fullmatch("[0-9a-f]{64}", snapshot.seal)


def test_nothing_of_a_company_that_did_not_agree_is_in_the_file(snapshot: PublishedSnapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert [e.company for e in entries() if f'"{e.company}"' in text] == ["H00", "H01"]
    assert "77" not in re.sub(r'"(seal|digest)":"[^"]*"', "", text)  # what the four of Foods score


def test_the_citation_names_period_edition_date_and_seal(snapshot: PublishedSnapshot) -> None:
    seal = f"{snapshot.seal[:4]} {snapshot.seal[4:8]}"
    assert snapshot.citation == f"Article 34, 2025, edition made, as of 2025-12-15, seal {seal}"


def test_figures_of_a_draft_edition_say_so_permanently(snapshot: PublishedSnapshot) -> None:
    draft = make_snapshot(replace(MADE, draft=True), 2025, entries(), DAY)
    assert "edition made (draft), as of" in draft.citation
    assert read_back(snapshot_to_json(draft)) == draft
    assert draft.seal != snapshot.seal


def test_rows_distinguish_suppressed_figures_from_zero(snapshot: PublishedSnapshot) -> None:
    rows = list(figure_rows(snapshot))
    assert {row.sector for row in rows} == {"all", "hotels", "foods"}
    cells = {(r.sector, r.figure, r.of, r.basis): (r.value, r.n) for r in rows}
    assert cells["hotels", "without_score", "", ""] == (0, 18)
    assert cells["hotels", "silent", "", ""] == (6, 18)
    assert cells["foods", "registered", "", ""] == (Suppressed.FEW, Suppressed.FEW)
    assert cells["foods", "median", "overall", "claimed"] == (Suppressed.NOT_SHOWN, Suppressed.NOT_SHOWN)
    assert cells["hotels", "meets_half", "r2", "claimed"] == (Suppressed.NEARLY_ALL, 12)
    assert cells["hotels", "score", "H01", "claimed"] == (29, 1)  # (7 + 50) / 2 = 28.5


@pytest.mark.parametrize(
    ("figure", "value", "n", "bounds"),
    [
        ("meets_half", 7, 12, (7, 7)),
        ("meets_half", 0, 12, (0, 0)),
        ("meets_half", Suppressed.FEW, 12, (0, 4)),
        ("meets_half", Suppressed.FEW, 3, (0, 3)),
        ("meets_half", Suppressed.NEARLY_ALL, 12, (8, 12)),
        ("meets_half", Suppressed.NOT_SHOWN, 12, (None, None)),
        ("registered", Suppressed.FEW, Suppressed.FEW, (0, 4)),
        ("silent", Suppressed.NEARLY_ALL, Suppressed.NOT_SHOWN, (None, None)),
        ("median", 50, 12, (None, None)),
        ("median", Suppressed.NOT_SHOWN, 12, (None, None)),
    ],
)
def test_a_count_is_bounded_only_by_what_is_published_about_it(
    figure: str, value: PublishedCell, n: PublishedCell, bounds: tuple[int | None, int | None]
) -> None:
    assert FigureRow(period=2025, sector="hotels", figure=figure, value=value, n=n).bounds == bounds


def test_every_figure_has_a_unit(snapshot: PublishedSnapshot) -> None:
    ranked = make_snapshot(MADE, 2025, entries(), DAY, rank_named=lambda _sectors: {"hotels": LEAGUE})
    assert {row.figure for row in figure_rows(ranked)} <= FIGURES.keys()


def test_rows_of_one_sector_are_the_same_as_among_all_rows(snapshot: PublishedSnapshot) -> None:
    everything = list(figure_rows(snapshot))
    for sector in ("all", "hotels", "foods"):
        assert list(figure_rows(snapshot, sector)) == [row for row in everything if row.sector == sector]
    with pytest.raises(KeyError):
        list(figure_rows(snapshot, "mines"))


def test_rows_of_regions_and_sizes_have_their_own_columns() -> None:
    europe = {f"h{i}": (Part(10.0 * i), None) for i in range(8)}
    asia = {f"a{i}": (Part(10.0 * i, region="Asia"), None) for i in range(3)}
    rows = list(figure_rows(close({**europe, **asia}, 0).snapshot, "hotels"))
    medians = {
        (r.region, r.size): (r.value, r.n)
        for r in rows
        if (r.figure, r.of, r.basis) == ("median", "overall", "claimed")
    }
    assert medians["", ""] == (ScoreRange(15, 25), 11)
    assert (
        medians["Asia", ""]
        == medians["Africa", ""]
        == medians["Europe", ""]
        == (Suppressed.NOT_SHOWN, Suppressed.NOT_SHOWN)
    )
    assert medians["", "small"] == (ScoreRange(15, 25), 11)
    assert {r.size for r in rows} == {"", "small", "large"}


def test_rows_say_on_how_many_companies_figures_rest() -> None:
    world = {**{f"h{i}": (Part(10.0 * i),) * 2 for i in range(8)}, "new": (None, Part(40.0))}
    rows = list(figure_rows(both(world)[1].snapshot, "hotels"))
    assert [(r.value, r.n) for r in rows if r.figure == "in_figures"] == [(8, 9)]
    assert {r.n for r in rows if r.figure == "median" and r.of == "overall" and not r.region + r.size} == {8}


def test_a_snapshot_from_before_regions_and_waiting_keeps_its_seal(snapshot: PublishedSnapshot) -> None:
    text = snapshot_to_json(snapshot)
    assert '"cuts"' not in text and '"waiting"' not in text
    assert read_back(text).seal == snapshot.seal


def test_no_record_stays_in_memory_once_it_is_counted() -> None:
    text, companies = json.dumps(record(a=40.0, b=60.0)), 4000 if SHARE >= 1 else 1000
    tracemalloc.start()
    load_companies(MADE, (entry(scores=json.loads(text), name=str(i)) for i in range(companies)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < companies * len(text) / 2


# ── Ranks of named companies

LEAGUE = NamedRanking(
    draws=1000,
    seed=34,
    factors=("weights", "na"),
    companies=(
        rank("H01", 1, 2, 1),
        rank("H00", 1, 2, 1),
    ),
)


def test_ranks_of_named_companies_are_sealed_and_read_back() -> None:
    ranked = make_snapshot(MADE, 2025, entries(), DAY, rank_named=lambda _sectors: {"hotels": LEAGUE})
    back = read_back(snapshot_to_json(ranked))
    assert back == ranked and back.sector("hotels").ranking == LEAGUE
    assert back.sector("foods").ranking is None and back.together.ranking is None
    data = json.loads(snapshot_to_json(ranked))
    next(group for group in data["sectors"] if group["sector"] == "hotels")["league"]["places"][0]["first"] = 2
    with pytest.raises(ValueError, match="not those that were sealed"):
        snapshot_from_json(json.dumps(data), ranked.seal)


def test_figures_sealed_before_ranks_had_ranges_stay_as_they_were(snapshot: PublishedSnapshot) -> None:
    data = json.loads(snapshot_to_json(snapshot))
    assert not any("league" in group for group in (data["together"], *data["sectors"]))


def test_rows_have_rank_ranges_and_their_method() -> None:
    ranked = make_snapshot(MADE, 2025, entries(), DAY, rank_named=lambda _sectors: {"hotels": LEAGUE})
    rows = [row for row in figure_rows(ranked, "hotels") if "rank" in row.figure or "tie" in row.figure]
    assert {(row.basis, row.n) for row in rows} == {("verified", 2)}
    assert [(row.figure, row.of, row.value) for row in rows] == [
        ("rank_draws", "weights+na", 1000),
        ("rank_seed", "weights+na", 34),
        *(
            (figure, company, value)
            for company in ("H01", "H00")
            for figure, value in (("rank_from", 1), ("rank_to", 2), ("tie_group", 1))
        ),
    ]


def test_places_are_read_back_unchanged_with_each_cell_once() -> None:
    places = {
        "7": Contribution(sector="hotels", region="Asia", size="", need="high", size_together="large", classes=(3, 0)),
        "3": Contribution(sector="hotels", region="Asia", size="", need="high", size_together="large", classes=(2, 2)),
        "5": Contribution(sector="", region="", size="", named_in="hotels", classes=(7, 1)),
    }  # fmt: skip
    text = contributions_to_json(places)
    assert contributions_from_json(text) == places
    assert text == (
        '{"cells":[["","","","","","hotels"],["hotels","Asia","","high","large",""]],'
        '"companies":{"3":[1,2,2],"5":[0,7,1],"7":[1,3,0]}}'
    )
    assert [places[company].is_named for company in ("3", "5")] == [False, True]


def test_places_of_earlier_versions_are_read_without_classes() -> None:
    """At first the number of the cell was stored with a score, later alone."""
    cells = '{"cells":[["","",""],["hotels","Asia",""]],"companies":{"3":1,"5":%s}}'
    places = {
        "3": Contribution(sector="hotels", region="Asia", size=""),
        "5": Contribution(sector="", region="", size=""),
    }  # fmt: skip
    assert contributions_from_json(cells % "0") == contributions_from_json(cells % "[0,0.5]") == places


def judged(name: str, points: float) -> AnswerSheet:
    return replace(sheet(name, q=points), verdicts={"q": "confirmed"})


def test_verified_companies_of_a_sector_are_ranked_among_themselves_and_a_single_one_is_not() -> None:
    made = edition(node("t", number("q")))
    sheets = {
        "hotels": [judged("Low", 10.0), judged("High", 90.0), judged("Level", 10.0), sheet("Only claims", q=99.0)],
        "foods": [judged("Alone", 50.0), sheet("Only claims", q=99.0)],
    }
    rank_named = named_rankings(compile_edition(made), sheets)
    assert list(rank_named) == ["hotels"]
    league = rank_named["hotels"]
    assert (league.draws, league.seed, league.factors) == (1000, 34, ("weights", "blanks", "na", "mean"))
    assert league.basis == "verified"
    assert league.companies == (
        rank("High", 1, 1, 1), rank("Level", 2, 2, 2), rank("Low", 2, 2, 2),
    )  # fmt: skip
    assert named_rankings(compile_edition(made), {}) == {}
    assert named_rankings(compile_edition(made), {"foods": sheets["foods"]}) == {}
