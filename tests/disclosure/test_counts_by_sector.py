"""Counts by sector with their totals: subtraction reveals nothing that is suppressed. Naively, it would reveal much."""

import json

import pytest

from compliance.disclosure.snapshot import snapshot_to_json
from tests.support.closed_worlds import World, worlds
from tests.support.count_attacks import Json, with_every_total, worked_out_counts
from tests.support.examples import tries


def content(world: World) -> Json:
    found: Json = json.loads(snapshot_to_json(world.snapshot))
    return found


def true_counts(world: World) -> dict[tuple[str, str], int]:
    return {
        (group.sector, share.id): world.meeting(group.sector, share.id)
        for group in world.snapshot.sectors
        for share in (*group.requirements, *group.provisions)
    }


@pytest.fixture(scope="module")
def closed() -> tuple[World, ...]:
    return tuple(worlds(tries(20)))


def test_no_suppressed_count_follows_from_the_other_sectors_and_the_total(closed: tuple[World, ...]) -> None:
    assert [worked_out_counts(content(world)) for world in closed] == [[]] * len(closed)


def test_totals_that_are_never_withheld_reveal_counts(closed: tuple[World, ...]) -> None:
    assert any(worked_out_counts(with_every_total(content(world), true_counts(world))) for world in closed)


def row(total: object, *meeting: object) -> Json:
    """One requirement, asked of eleven companies in each sector."""
    share = {"id": "r", "n": 11}
    sectors = [
        {"sector": f"s{i}", "requirements": [{**share, "meeting": m}], "provisions": []} for i, m in enumerate(meeting)
    ]
    together = {"requirements": [{"id": "r", "n": 11 * len(meeting), "meeting": total}], "provisions": []}
    return {"together": together, "sectors": sectors}


def test_the_attacker_subtracts_what_is_shown() -> None:
    assert worked_out_counts(row(9, 6, "few")) == [("s1", "r")]
    assert worked_out_counts(row("withheld", 6, "few")) == []
    assert worked_out_counts(row(11, "few", "nearly-all")) == [], "0 to 4 and 7 to 11 both stay open to five numbers"
    assert worked_out_counts(row(15, "few", "nearly-all", 5)) == [("s0", "r"), ("s1", "r")]
