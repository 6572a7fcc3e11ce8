"""Corrections of published figures are added, listed, noted in the trail, and never changed. The figures stay."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from tests.support.stores import NOON, World


def publish(session: Session, year: int = 2026) -> None:
    store.close_period(session, year, by=None, at=NOON, snapshot=lambda: "{}")


def test_a_correction_is_listed_and_noted_and_leaves_the_figures_alone(session: Session, world: World) -> None:
    publish(session)
    before, later = store.published(session, 2026), NOON + timedelta(days=1)
    by = world.steward.id
    store.add_correction(session, 2026, what="Hotels: 22, not 23.", why="One was counted twice.", by=by, at=NOON)
    store.add_correction(session, 2026, what="The title.", why="A typing error.", by=by, at=later)
    session.commit()
    first, second = store.corrections(session, 2026)
    assert first == store.PublishedCorrection(2026, NOON, "Hotels: 22, not 23.", "One was counted twice.")
    assert (second.what, second.at) == ("The title.", later)
    assert store.corrections(session) == (first, second) and store.corrections(session, 2025) == ()
    assert store.published(session, 2026) == before
    (noted,) = store.history(session, "correction/1")
    assert (noted.what, len(noted.after), noted.who) == ("correction", 64, by), "the digest of the row"
    assert store.verify_trail(session) is None


def test_only_published_figures_can_be_corrected(session: Session, world: World) -> None:
    with pytest.raises(store.NotFound):
        store.add_correction(session, 2026, what="This.", why="That.", by=world.steward.id, at=NOON)
    assert store.corrections(session) == ()


@pytest.mark.parametrize("change", ["UPDATE correction SET what = 'else'", "DELETE FROM correction"])
def test_a_correction_is_frozen(session: Session, world: World, change: str) -> None:
    publish(session)
    store.add_correction(session, 2026, what="This.", why="That.", by=world.steward.id, at=NOON)
    session.commit()
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(change))
