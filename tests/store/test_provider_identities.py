"""Identities at a single sign-on provider are stored once, exported to the person, and erased with the person."""

from sqlalchemy.orm import Session

from compliance import store
from compliance.store.erasures import erase_person
from compliance.store.given_data import data_of_person
from compliance.store.second_factors import has_identity, keep_identity, person_of_identity, reset_second_factor
from compliance.store.trail_check import trail_difference
from tests.support.stores import NOON, World

HERE, THERE = "https://id.example.org", "https://id.example.net"


def test_a_person_has_one_subject_of_a_provider_until_it_is_reset(session: Session, world: World) -> None:
    ana, ben = world.company.id, world.colleague.id
    assert keep_identity(session, ana, HERE, "7", at=NOON) and keep_identity(session, ana, HERE, "7", at=NOON)
    assert not keep_identity(session, ana, HERE, "8", at=NOON)
    assert (person_of_identity(session, HERE, "7"), person_of_identity(session, HERE, "8")) == (ana, None)
    assert person_of_identity(session, THERE, "7") is None, "another provider may call somebody else so"
    assert keep_identity(session, ben, THERE, "7", at=NOON)
    assert has_identity(session, ben, THERE) and not has_identity(session, ben, HERE) and has_identity(session, ben)
    reset_second_factor(session, ana, reason="a new account there", by=world.steward.id, at=NOON)
    assert person_of_identity(session, HERE, "7") is None
    assert keep_identity(session, ana, HERE, "8", at=NOON)
    session.commit()
    assert trail_difference(session) is None


def test_an_identity_at_another_provider_replaces_the_earlier_one(session: Session, world: World) -> None:
    ana = world.company.id
    keep_identity(session, ana, HERE, "7", at=NOON)
    assert keep_identity(session, ana, THERE, "a", at=NOON)
    assert (person_of_identity(session, HERE, "7"), person_of_identity(session, THERE, "a")) == (None, ana)
    said = [(event.before, event.after) for event in store.history(session, f"person/{ana}/single-sign-on")]
    assert said == [("none", HERE), (HERE, THERE)]
    session.commit()
    assert trail_difference(session) is None


def test_an_identity_is_exported_to_its_person_and_erased_with_them(session: Session, world: World) -> None:
    ben = world.colleague.id
    keep_identity(session, ben, HERE, "7", at=NOON)
    assert [row["subject"] for row in data_of_person(session, ben)["provider_identity"]] == ["7"]
    erase_person(session, ben, by=world.steward.id, at=NOON)
    session.commit()
    assert not has_identity(session, ben)
    assert trail_difference(session) is None
