"""Every sentence about published figures is true of the scores behind them, in random worlds.

Twenty worlds that are always the same meet every kind of sentence; `make soak` closes 200.
"""

import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from itertools import combinations

import pytest

from compliance.disclosure.published import MetShare, ScoreRange, Suppressed
from compliance.narrative import (
    invitation_findings,
    requirement_heat,
    sector_change,
    sector_comparisons,
    sector_participation,
    sector_scores,
    sector_shares,
)
from compliance.narrative.published_counts import ShareBounds, settled_blocks, share_bounds
from compliance.narrative.sector_findings import overview_findings, sector_findings
from compliance.narrative.sector_shares import ProvenOrder
from compliance.narrative.sentence import Sentence, sentences_in
from compliance.questionnaire.edition import OVERALL
from tests.support.closed_worlds import EDITION, World, worlds
from tests.support.examples import tries

FEWEST_WORLDS = 20
WORLDS = max(FEWEST_WORLDS, tries(20))
#: The least number of sentences of each kind. The random worlds are fixed, so it cannot change by chance.
LEAST = 20 if WORLDS >= 200 else 1
MODULES = (
    sector_change,
    sector_scores,
    sector_comparisons,
    sector_participation,
    sector_shares,
    invitation_findings,
    requirement_heat,
)


def kinds() -> dict[str, type[Sentence]]:
    """Every kind of sentence that the pages of sectors can say."""
    found = (kind for module in MODULES for _name, kind in inspect.getmembers(module, inspect.isclass))
    return {k.__name__: k for k in found if issubclass(k, Sentence) and k is not Sentence}


def said(world: World) -> Iterator[Sentence]:
    """All sentences of the overview, of the page of each sector, and of its brief."""
    yield from sentences_in(overview_findings(EDITION, world.snapshot))
    yield from sentences_in(requirement_heat.requirement_heat(EDITION, world.snapshot))
    yield from sentences_in(sector_change.need_headline(EDITION, world.snapshot.together, ("gap:reach", OVERALL)))
    for group in world.snapshot.sectors:
        found = sector_findings(EDITION, world.snapshot, group)
        yield from sentences_in(found)
        yield from sentences_in(sector_shares.most_often_missing(group.sector, found.requirements.found))
        for listing in (*found.law.values(), found.requirements):
            rows = (*listing.found.settled.below, *listing.found.settled.half_or_more, *listing.found.rest)
            yield from (sector_shares.ShareMeeting(group.sector, row) for row in rows)


@pytest.fixture(scope="module")
def closed() -> tuple[World, ...]:
    return tuple(worlds(WORLDS))


def test_every_sentence_is_true_of_the_scores_behind_it(closed: tuple[World, ...]) -> None:
    met: Counter[str] = Counter()
    for number, world in enumerate(closed):
        for sentence in said(world):
            met[type(sentence).__name__] += 1
            assert sentence.words()
            assert sentence.holds(world), (number, sentence)
    print(f"{len(closed)} closings, sentences by kind:", dict(sorted(met.items())))
    assert {kind: met[kind] for kind in kinds() if met[kind] < LEAST} == {}


def test_a_kind_without_a_predicate_cannot_be_made() -> None:
    class Unproven(Sentence):
        def words(self) -> str:
            return "Most hotels do well."

    with pytest.raises(TypeError, match="holds"):
        Unproven()  # type: ignore[abstract]
    assert kinds() and all("holds" in vars(kind) for kind in kinds().values())


def test_a_false_statement_of_each_kind_is_noticed(closed: tuple[World, ...]) -> None:
    """A check that is always true proves nothing, so each kind of sentence must be false in some other world."""
    noticed: set[str] = set()
    for world, other in combinations(closed[:FEWEST_WORLDS], 2):
        for sentence in said(world):
            if type(sentence).__name__ not in noticed:
                try:
                    if not sentence.holds(other):
                        noticed.add(type(sentence).__name__)
                except LookupError:
                    continue  # it is about something that does not exist there
    assert set(kinds()) - noticed == set()


def misstated(sentence: Sentence[World]) -> Iterator[Sentence[World]]:
    """The same statement with one wrong number, or with high and low exchanged."""
    for field in fields(sentence):
        number = getattr(sentence, field.name)
        if isinstance(number, int) and not isinstance(number, bool) and field.name not in ("period", "since"):
            yield replace(sentence, **{field.name: number + 1})
        if isinstance(number, ScoreRange):
            further = number.high - number.low + 2
            yield replace(sentence, **{field.name: ScoreRange(number.low + further, number.high + further)})
    if isinstance(sentence, sector_comparisons.LowestMedians):
        yield replace(sentence, lowest=sentence.others, others=sentence.lowest)
    elif isinstance(sentence, sector_comparisons.ThemeExtremes | sector_comparisons.BreakdownExtremes):
        yield replace(sentence, highest=sentence.lowest, lowest=sentence.highest)
    elif isinstance(sentence, ProvenOrder) and len(sentence.blocks) > 1:
        yield replace(sentence, blocks=sentence.blocks[::-1])
    elif isinstance(sentence, sector_shares.CountBelowHalf) and sentence.below:
        yield replace(sentence, half_or_more=sentence.below)
    elif isinstance(sentence, sector_shares.MostOftenMissing):
        yield replace(sentence, rows=sentence.others, others=sentence.rows)
    elif isinstance(sentence, sector_scores.MediansFromHalf) and sentence.reached:
        yield replace(sentence, reached=())


def test_a_statement_with_a_wrong_number_is_noticed(closed: tuple[World, ...]) -> None:
    tried: Counter[str] = Counter()
    for world in closed[:FEWEST_WORLDS]:
        for sentence in said(world):
            for wrong in misstated(sentence):
                assert not wrong.holds(world), wrong
                tried[type(sentence).__name__] += 1
    assert len(tried) > len(kinds()) / 2


def as_if_few_were_none(shares_: list[MetShare]) -> list[MetShare]:
    """An earlier way to order shares, with "fewer than 5" as 0, and "all but at most 4" as all."""
    ends = {Suppressed.FEW: 0.0, Suppressed.NEARLY_ALL: 1.0}
    shown = [s for s in shares_ if not isinstance(s.n, Suppressed) and s.meeting != Suppressed.NOT_SHOWN]
    return sorted(shown, key=lambda s: ends[s.meeting] if s.meeting in ends else int(s.meeting) / int(s.n))


def test_ordering_suppressed_counts_as_if_they_were_zero_is_noticed(closed: tuple[World, ...]) -> None:
    wrong = 0
    for world in closed:
        for group in world.snapshot.sectors:
            ordered = [
                share_bounds(share, group.contributors) for share in as_if_few_were_none(list(group.requirements))
            ]
            order = ProvenOrder(group.sector, tuple((k,) for k in ordered if k is not None))
            wrong += bool(order.blocks) and not order.holds(world)
    assert wrong > 0


def test_shares_are_ordered_only_if_the_order_is_proven_and_are_otherwise_tied() -> None:
    few_of_23, exact, few_of_7 = (
        ShareBounds(id="a", n=23, least=0, most=4, asked_at_least=23),
        ShareBounds(id="b", n=20, least=6, most=6, asked_at_least=20),
        ShareBounds(id="c", n=7, least=0, most=4, asked_at_least=7),
    )
    assert settled_blocks([few_of_7, exact, few_of_23]) == ((few_of_23, exact, few_of_7),)
    assert settled_blocks([exact, few_of_23]) == ((few_of_23,), (exact,))
    nearly = ShareBounds(id="d", n=20, least=16, most=20, asked_at_least=20)
    assert settled_blocks([nearly, few_of_7, exact, few_of_23]) == ((few_of_23, exact, few_of_7), (nearly,))
    same = ShareBounds(id="e", n=10, least=3, most=3, asked_at_least=10)
    assert settled_blocks([same, exact]) == ((same, exact),)
    assert settled_blocks([]) == ()


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (MetShare(id="a", n=23, meeting=Suppressed.FEW), Fraction(0), Fraction(4, 23)),
        (MetShare(id="a", n=20, meeting=Suppressed.NEARLY_ALL), Fraction(4, 5), Fraction(1)),
        (MetShare(id="a", n=20, meeting=7), Fraction(7, 20), Fraction(7, 20)),
    ],
)
def test_a_suppressed_count_has_known_bounds(share: MetShare, low: Fraction, high: Fraction) -> None:
    found = share_bounds(share, contributors=40)
    assert found is not None and (found.low, found.high) == (low, high)


def test_if_up_to_four_were_not_asked_the_share_of_those_asked_has_two_bounds() -> None:
    """n is then the number of all companies in the figures: 10 of 23, of whom at least 19 were asked."""
    found = share_bounds(MetShare(id="a", n=23, meeting=10), contributors=23)
    assert found is not None and (found.low, found.high) == (Fraction(10, 23), Fraction(10, 19))
    asked = share_bounds(MetShare(id="a", n=23, meeting=10), contributors=23, always_asked=True)
    assert asked is not None and (asked.low, asked.high) == (Fraction(10, 23), Fraction(10, 23))
    few = share_bounds(MetShare(id="a", n=5, meeting=Suppressed.FEW), contributors=5)
    assert few is not None and few.high == 1


def test_a_withheld_count_has_no_bounds() -> None:
    assert share_bounds(MetShare(id="a", n=20, meeting=Suppressed.NOT_SHOWN), 20) is None
    assert share_bounds(MetShare(id="a", n=Suppressed.NOT_SHOWN, meeting=Suppressed.NOT_SHOWN), 20) is None


def test_the_number_of_requirements_below_half_counts_only_those_proven_to_be() -> None:
    low = [ShareBounds(id=name, n=23, least=0, most=4, asked_at_least=23) for name in "abcd"]
    unknown = ShareBounds(id="e", n=7, least=0, most=4, asked_at_least=7)
    found = sector_shares.shares_by_half("travel", [*((row.id, row) for row in low), ("e", unknown), ("f", None)])
    said = sector_shares.most_often_missing("travel", found)
    assert isinstance(said, sector_shares.SomeBelowHalf) and said.words().startswith("3 of the 4 requirements proven ")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ShareBounds(id="a", n=23, least=0, most=4, asked_at_least=23), "fewer than 5 of 23, at most 18 %"),
        (ShareBounds(id="a", n=32, least=6, most=6, asked_at_least=32), "6 of 32, 19 %"),
        (ShareBounds(id="a", n=23, least=5, most=5, asked_at_least=19), "5 of 23, at most 27 % of those asked"),
        (ShareBounds(id="a", n=23, least=19, most=23, asked_at_least=23), "all but at most 4 of 23, at least 82 %"),
    ],
)
def test_bounds_are_rounded_away_from_what_they_bound(row: ShareBounds, words: str) -> None:
    assert sector_shares.ShareMeeting("travel", row).words().replace("\N{NO-BREAK SPACE}", " ") == words
