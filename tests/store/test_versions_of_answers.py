"""Every version of an answer is stored with the save that wrote it, and can be saved again later."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, SavedAnswer
from compliance.store.answer_versions import answer_version, answer_versions, not_known_since, restoring
from tests.support.examples import examples
from tests.support.stores import NOON, World, hand_in, made_edition, save

NAMES = ("Ana", "Ben")
QUESTIONS = ("q1", "q2", "words")
NUMBERS = count(1)


def versions(session: Session, world: World, question: str = "q1") -> list[tuple[str, str, str]]:
    """Return text, word and author of each version of an answer, newest first."""
    return [(v.text, v.word, v.by) for v in answer_versions(session, world.assessment, question, most=50)]


def test_each_save_adds_a_version_and_a_blank_is_one_too(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "o1")).versions["q1"]
    seen = save(session, world, AnswerEdit("q1", "", word="not-known", seen=seen), by=world.colleague).versions["q1"]
    save(session, world, AnswerEdit("q1", "", seen=seen))
    assert versions(session, world) == [("", "", "Ana"), ("", "not-known", "Ben"), ("o1", "", "Ana")]
    assert versions(session, world, "q2") == [("o1", "", "Ana")]


def test_an_edit_that_was_not_saved_is_not_a_version(session: Session, world: World) -> None:
    seen = save(session, world, AnswerEdit("q1", "o1")).versions["q1"]
    save(session, world, AnswerEdit("q1", "o2"), by=world.colleague)  # stale
    save(session, world, AnswerEdit("q1", "o1", seen=seen))  # nothing new
    session.commit()
    save(session, world, AnswerEdit("q1", "o0", seen=seen))
    session.rollback()
    assert versions(session, world) == [("o1", "", "Ana")]


def test_restoring_writes_a_new_version_and_a_colleagues_later_answer_is_not_written_over(
    session: Session, world: World
) -> None:
    first = save(session, world, AnswerEdit("q1", "n/a", "No staff")).versions["q1"]
    second = save(session, world, AnswerEdit("q1", "o2", seen=first), by=world.colleague).versions["q1"]
    old = answer_version(session, world.assessment, "q1", first)
    assert save(session, world, restoring(old, seen=second)).conflicts == ()
    now = store.saved_answers(session, world.assessment)["q1"]
    assert (now.text, now.reason) == ("n/a", "No staff") and now.version > second
    assert [v.text for v in answer_versions(session, world.assessment, "q1", most=9)] == ["n/a", "o2", "n/a"]
    [conflict] = save(session, world, restoring(old, seen=second), AnswerEdit("q1", "o0", seen=second)).conflicts
    assert (conflict.kept.by, conflict.kept.text) == ("Ana", "n/a")
    assert store.verify_trail(session) is None


def test_a_version_of_another_answer_is_not_found(session: Session, world: World) -> None:
    number = save(session, world, AnswerEdit("q1", "o1")).versions["q1"]
    for assessment, question, version in (
        (world.assessment, "q2", number),
        (world.assessment, "q1", number + 1),
        (world.assessment + 1, "q1", number),
    ):
        with pytest.raises(store.NotFound):
            answer_version(session, assessment, question, version)


def test_long_histories_can_be_read_in_pages(session: Session, world: World) -> None:
    seen = 0
    for number in range(12):
        seen = save(session, world, AnswerEdit("words", str(number), seen=seen)).versions["words"]
    found, before = [], None
    while page := answer_versions(session, world.assessment, "words", most=5, before=before):
        found += [version.text for version in page]
        before = page[-1].version
    assert found == [str(number) for number in reversed(range(12))]


# ── Whom to ask


def test_the_person_to_ask_is_stored_only_with_not_known_yet(session: Session, world: World) -> None:
    edit = AnswerEdit("q1", "", word="not-known", ask_whom=" Legal, Ms Sørensen ")
    seen = save(session, world, edit, AnswerEdit("q2", "", word="elsewhere", ask_whom="Legal")).versions["q1"]
    kept = store.saved_answers(session, world.assessment)
    assert [kept[q].ask_whom for q in ("q1", "q2")] == ["Legal, Ms Sørensen", ""]
    [conflict] = save(session, world, AnswerEdit("q1", "", word="not-known"), by=world.colleague).conflicts
    assert conflict.kept.ask_whom == "Legal, Ms Sørensen", "another name is another answer"
    save(session, world, AnswerEdit("q1", "o1", ask_whom="Legal", seen=seen))
    assert store.saved_answers(session, world.assessment)["q1"].ask_whom == ""
    assert [v.ask_whom for v in answer_versions(session, world.assessment, "q1", most=9)] == ["", "Legal, Ms Sørensen"]


def test_the_person_to_ask_is_neither_submitted_nor_judged_nor_in_the_trail(session: Session, world: World) -> None:
    plain = AnswerEdit("q1", "", word="not-known")
    save(session, world, plain)
    digest = store.answer_digest(store.saved_answers(session, world.assessment)["q1"])
    save(session, world, AnswerEdit("q1", "", word="not-known", ask_whom="Sørensen", seen=1))
    kept = store.saved_answers(session, world.assessment)["q1"]
    assert kept.ask_whom == "Sørensen" and store.answer_digest(kept) == digest
    frozen = store.submission(session, hand_in(session, world.assessment, by=world.company.id))
    assert "rensen" not in frozen.sheet
    assert store.submitted_answers(frozen)["q1"].ask_whom == ""
    told = store.history(session, store.answer_subject(world.assessment, "q1"))
    assert len(told) == 2 and "rensen" not in repr(told)
    assert told[1].before == told[0].after != told[1].after, "that it changed is told"


def test_the_database_refuses_a_person_to_ask_beside_an_answer(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    session.commit()
    with pytest.raises(DBAPIError, match="ck_answer_ask_whom"):
        session.execute(text("UPDATE answer SET ask_whom = 'Legal'"))
    session.rollback()


def test_the_time_that_an_answer_is_not_known_starts_when_it_last_became_so(session: Session, world: World) -> None:
    def at(hour: int, **said: str) -> None:
        seen = store.saved_answers(session, world.assessment)
        version = seen["q1"].version if "q1" in seen else 0
        edit = AnswerEdit("q1", said.pop("text", ""), seen=version, **said)
        moment = NOON + timedelta(hours=hour)
        store.save_answers(session, world.assessment, [edit], by=world.company.id, at=moment)

    at(0, word="not-known")
    at(1, text="o1")
    at(2, word="not-known")
    at(3, word="not-known", ask_whom="Legal")
    save(session, world, AnswerEdit("q2", "o1"), AnswerEdit("q3", "", word="not-counted"))
    assert not_known_since(session, world.assessment) == {"q1": NOON + timedelta(hours=2)}
    at(4, text="o2")
    assert not_known_since(session, world.assessment) == {}


# ── Comparison with a model


@dataclass
class Model:
    """The acknowledged versions of each question, with their authors."""

    told: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)
    seen: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in NAMES})
    now: dict[str, int] = field(default_factory=dict)


#: Person, question, action, and what is said: value, word, whom to ask.
Step: TypeAlias = tuple[str, str, str, tuple[str, str, str]]

SAID = st.sampled_from(
    [("o0", "", ""), ("o1", "", ""), ("", "", ""), ("", "not-known", ""), ("", "not-known", "Legal")]
)
STEP = st.tuples(st.sampled_from(NAMES), st.sampled_from(QUESTIONS), st.sampled_from(["save", "look", "restore"]), SAID)


def test_after_random_saves_and_restores_by_two_people_the_versions_are_those_acknowledged(
    session: Session, world: World
) -> None:
    @examples(40)
    @given(steps=st.lists(STEP, min_size=5, max_size=25))
    def follow(steps: list[Step]) -> None:
        _follow(session, world, steps)

    follow()
    assert store.verify_trail(session) is None


def _follow(session: Session, world: World, steps: list[Step]) -> None:
    company = world.company.organisation_id
    assert company is not None
    number = store.assessment_for(session, company, edition=f"drawn-{next(NUMBERS)}", year=2026, at=NOON).id
    people, model = {"Ana": world.company.id, "Ben": world.colleague.id}, Model()
    for place, (who, question, what, (value, word, whom)) in enumerate(steps):
        if what == "look":
            model.seen[who] = dict(model.now)
            continue
        seen, told = model.seen[who].get(question, 0), model.told.setdefault(question, [])
        edit = AnswerEdit(question, value, word=word, ask_whom=whom, seen=seen)
        if what == "restore":
            past = answer_versions(session, number, question, most=100)
            if not past:
                continue
            edit = restoring(past[place % len(past)], seen=seen)
        when = NOON + timedelta(minutes=place)
        result = store.save_answers(session, number, [edit], by=people[who], at=when)
        said = (edit.text, edit.word, edit.ask_whom, who)
        stands = told[-1][:3] if told else ("", "", "")
        if stands == said[:3]:
            assert result.conflicts == ()
        elif seen != model.now.get(question, 0):
            [conflict] = result.conflicts
            assert (conflict.kept.text, conflict.kept.word, conflict.kept.ask_whom) == stands
        else:
            assert result.conflicts == ()
            told.append(said)
            model.now[question] = result.versions[question]
        if result.versions:
            model.seen[who][question] = model.now.get(question, 0)
        _compare(session, number, model)


def _compare(session: Session, number: int, model: Model) -> None:
    for question, told in model.told.items():
        found = answer_versions(session, number, question, most=100)
        assert [(v.text, v.word, v.ask_whom, v.by) for v in reversed(found)] == told
        numbers = [v.version for v in found]
        assert numbers == sorted(set(numbers), reverse=True)
    kept = store.saved_answers(session, number)
    stands = {q: told[-1] for q, told in model.told.items() if told and any(told[-1][:2])}
    assert {q: (k.text, k.word, k.ask_whom, k.by) for q, k in kept.items()} == stands


# ── Data of earlier versions


def test_answers_of_an_earlier_version_get_the_version_that_stands_and_survive_the_way_back(database_url: str) -> None:
    engine = store.open_database(database_url)
    store.upgrade(engine, "0014")
    when = "'2026-03-31 12:00:00.000000'"
    with engine.begin() as connection:
        for row in (
            "organisation (id, name, demonstration, registered_at, status, website_domain, lei, counts_apart) "
            f"VALUES (1, 'Example', '0', {when}, 'confirmed', '', '', '0')",
            "period (year, opens) VALUES (2026, '2026-01-01')",
            "assessment (id, organisation_id, edition_id, period_year, voice, saves, created_at) "
            f"VALUES (1, 1, 'made', 2026, 'self', 3, {when})",
            f"answer (assessment_id, question, value, reason, version, at) VALUES (1, 'q1', 'n/a', 'None', 2, {when})",
            "answer (assessment_id, question, value, word, title, reason, version, at) "
            f"VALUES (1, 'q2', '', 'elsewhere', 'Child policy', '', 3, {when})",
        ):
            connection.execute(text(f"INSERT INTO {row}"))
    store.upgrade(engine)
    at = datetime.fromisoformat("2026-03-31T12:00:00+00:00")
    kept = [
        SavedAnswer("q1", "n/a", "None", 2, "", at),
        SavedAnswer("q2", "", "", 3, "", at, word="elsewhere", title="Child policy"),
    ]
    with Session(engine) as session:
        assert [answer_versions(session, 1, q, most=9) for q in ("q1", "q2")] == [(kept[0],), (kept[1],)]
        save_again = AnswerEdit("q1", "o1", seen=2)
        store.save_answers(session, 1, [save_again], by=None, at=at)
        session.commit()
        assert [v.text for v in answer_versions(session, 1, "q1", most=9)] == ["o1", "n/a"]
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
        rows = connection.execute(text("SELECT question, value, title FROM answer ORDER BY question")).all()
    assert rows == [("q1", "o1", None), ("q2", "", "Child policy")]
    assert not {"answer_version", "question_comment"} & {*inspect(engine).get_table_names()}
    engine.dispose()


def test_a_sheet_is_read_as_before(session: Session, world: World) -> None:
    save(session, world, AnswerEdit("q1", "o1"), AnswerEdit("q2", "", word="not-known", ask_whom="Legal"))
    sheet = store.answer_sheet(session, world.assessment, made_edition(), on=NOON.date())
    assert sheet.answers == {"q1": "o1"} and sheet.words["q2"].title == ""
