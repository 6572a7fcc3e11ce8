"""Companies that work together learn no other score more precisely than to a tenth of the scale. Naively, they do."""

import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compliance.disclosure.closing import close_figures
from compliance.disclosure.company_table import RegisteredCompany
from compliance.disclosure.published import Figure, ScoreRange
from compliance.disclosure.score_classes import NO_CLASS, score_classes
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.serialisation import score_records
from tests.support.closed_worlds import DAY, QUESTIONS
from tests.support.closed_worlds import EDITION as FULL
from tests.support.closed_worlds import PLAN as FULL_PLAN
from tests.support.coalitions import attacked_sector, coalition_size, with_company
from tests.support.examples import examples, tries
from tests.support.factories import bands, edition, node, one
from tests.support.outsider import Publication, is_open, is_worked_out
from tests.support.two_periods import BASES, EDGES, EDITION, Panel, Part, both, close, published, published_naively

#: 3 in `make test`, 20 in CI, 200 in `make soak`.
SECTORS = tries(20)


def insiders(panel: Panel, together: tuple[str, ...]) -> dict[str, dict[str, float]]:
    return {name: part.scores for name in together if (part := panel[name][1])}


def others(panel: Panel, together: tuple[str, ...]) -> list[str]:
    return [name for name in panel if name not in together]


def is_given_away(publications: list[Publication], panel: Panel, together: tuple[str, ...]) -> bool:
    known = insiders(panel, together)
    return any(is_worked_out(publications, name, basis, known) for name in others(panel, together) for basis in BASES)


@pytest.mark.parametrize(("companies", "size"), [(5, 3), (6, 3), (7, 3), (8, 4), (9, 4), (10, 5), (20, 10), (21, 10)])
def test_the_coalition_that_is_withstood_is_half_of_the_companies_and_at_least_three(companies: int, size: int) -> None:
    assert coalition_size(companies) == size


def test_no_coalition_bounds_anybody_to_less_than_a_tenth() -> None:
    begin, naive, attacked, shown = time.perf_counter(), 0, 0, 0
    for seed in range(SECTORS):
        panel, together = attacked_sector(np.random.default_rng(seed))
        publications, known = published(panel), insiders(panel, together)
        shown += any(isinstance(p.content["sectors"][0]["participation"]["scored"], int) for p in publications)
        for name in others(panel, together):
            for basis in BASES:
                attacked += 1
                assert is_open(publications, name, basis, known), (seed, name, basis)
        naive += is_given_away(published_naively(panel), panel, together)
    print(
        f"{SECTORS} sectors, {shown} with figures: {attacked} scores attacked, none bounded to less than a tenth. "
        f"Shown naively, {naive} sectors give somebody away. {time.perf_counter() - begin:.0f} s"
    )
    assert naive > SECTORS / 2


# ── Why: a score is in every figure by its class only


@pytest.mark.parametrize(("scale", "starts", "edges"), [
    (100, (0, 25, 50, 75), (0, 15, 25, 35, 50, 60, 75, 85, 100)),
    (100, (0,), (0, 15, 25, 35, 45, 55, 65, 75, 85, 100)),
    (100, (0, 7, 12, 15, 95), (0, 12, 25, 35, 45, 55, 65, 75, 85, 100)),
    (10, (0, 5), (0, 1.5, 2.5, 3.5, 5, 6, 7, 8, 9, 10)),
])  # fmt: skip
def test_no_class_is_narrower_than_a_tenth_and_bands_begin_at_edges(
    scale: float, starts: tuple[float, ...], edges: tuple[float, ...]
) -> None:
    made = edition(node("t", one("q")), scale=scale, bands=bands(**{f"b{i}": at for i, at in enumerate(starts)}))
    classes = score_classes(made)
    assert classes.edges == pytest.approx(edges)
    scores = np.linspace(0, scale, 20_001)
    found = classes.classes_of(scores)
    assert set(np.diff(found).tolist()) <= {0, 1}
    for number in range(len(edges) - 1):
        inside = scores[found == number]
        assert inside.max() - inside.min() >= scale / 10 - 2 * scale / 20_000
    assert classes.classes_of(np.array([np.nan])).tolist() == [NO_CLASS]


def test_the_attacker_knows_the_classes() -> None:
    assert score_classes(EDITION).edges == EDGES


SCORES = st.floats(0, 100).map(lambda score: round(score, 2))
PARTS = st.builds(
    Part,
    score=SCORES,
    sector=st.sampled_from(["hotels", "hotels", "foods"]),
    region=st.sampled_from(["Europe", "Europe", "Asia"]),
    size=st.sampled_from(["small", "large"]),
    need=st.sampled_from(["high", "other", ""]),
    consent=st.sampled_from(["counted", "counted", "named"]),
)


@examples(60)
@given(st.lists(st.tuples(PARTS, st.booleans(), st.booleans()), min_size=5, max_size=24), st.data())
def test_moving_a_score_within_its_class_changes_nothing_published(
    parts: list[tuple[Part, bool, bool]], data: st.DataObject
) -> None:
    """This holds for every company that is not named and any others, so whatever the others know about each other."""
    panel: Panel = {
        f"{i}": (part if before else None, part if after else None) for i, (part, before, after) in enumerate(parts)
    }
    unnamed = [str(i) for i, (part, _before, _after) in enumerate(parts) if part.consent != "named"]
    assume(unnamed)
    target = data.draw(st.sampled_from(unnamed))
    classes = score_classes(EDITION)
    own = parts[int(target)][0].score or 0.0
    number = int(classes.classes_of(np.array([own]))[0])
    low, high = classes.edges[number], classes.edges[number + 1]
    moved = with_company(panel, target, score=data.draw(st.floats(low, high - 0.1)))
    assert [c.snapshot for c in both(moved)] == [c.snapshot for c in both(panel)]


def figures_of(sheets: list[AnswerSheet]) -> list[Figure]:
    """The figures of a sector with this number of companies."""
    records = score_records(FULL_PLAN, sheets)
    entries = [
        RegisteredCompany(company=f"Example {i}", sector="travel", consent="counted", scores=record, id=str(i))
        for i, record in enumerate(records)
    ]
    return list(close_figures(FULL, 2025, entries, DAY).snapshot.sector("travel").figures)


@pytest.mark.parametrize("honest", [1, 2])
def test_four_or_three_invented_companies_cannot_infer_other_scores_from_medians(honest: int) -> None:
    """Two with no points and two with all points, confirmed like real ones, beside one or two honest companies."""
    rng = np.random.default_rng(34)
    mine = AnswerSheet("Honest", {}, {q: float(rng.integers(20, 80)) for q in QUESTIONS}, frozenset(QUESTIONS[::2]))
    extremes = [0.0, 100.0, 0.0, 100.0][: 5 - honest]
    invented = [
        AnswerSheet(f"I{i}", {}, dict.fromkeys(QUESTIONS, at), frozenset(QUESTIONS)) for i, at in enumerate(extremes)
    ]
    (record,) = score_records(FULL_PLAN, [mine])
    figures = figures_of([mine] * honest + invented)
    assert len(figures) > 8
    for figure in figures:
        for basis, spread in (("claimed", figure.claimed), ("evidenced", figure.evidenced)):
            assert isinstance(spread.median, ScoreRange)
            assert spread.median.high - spread.median.low >= 10
            assert spread.median.low <= record[basis]["standings"][figure.id]["score"] <= spread.median.high


def test_no_sector_of_ten_loses_its_median() -> None:
    alike = close({f"h{i}": (Part(50.0 + i / 10), None) for i in range(10)}, 0).snapshot.sector("hotels")
    assert alike.figure("overall").claimed.median == ScoreRange(50, 60)
