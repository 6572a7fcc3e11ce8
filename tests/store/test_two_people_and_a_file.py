"""Two people and a workbook with one questionnaire, in any order: everything reported as saved is in the database.

Each step is a transaction, like a request. The model knows the rules and not the database. After each step it is
compared with every answer, every version of each, the delegations, and the latest submission.
"""

import itertools
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit, SavedAnswer
from compliance.store.answer_versions import answer_version, answer_versions, restoring
from compliance.store.assessments import read_sheet
from compliance.store.delegations import DelegatedTo, delegate, delegations_of
from compliance.store.reopenings import answer_reopening, ask_to_reopen, open_reopening
from compliance.store.workbooks import apply_questionnaire, record_questionnaire, returned_questionnaire
from compliance.web.returned_questionnaires import QuestionnaireComparison
from compliance.workbook.questionnaire_lines import NOTHING_STATED, StatedAnswer, stated_answers
from compliance.workbook.three_way import compare_sides
from tests.support.examples import examples
from tests.support.sayings import BLANK, PAGE, QUESTIONS, SAYING, SAYINGS, Said
from tests.support.stores import NOON, World, begin, made_edition, sign_off

PARTS = ("theme", "q1")
PEOPLE = ("ana", "ben")
EVERYTHING_OPEN = 2100  # the year of the first run; each run has its own year and assessment


PERSON = st.sampled_from(PEOPLE)
SIDES = st.fixed_dictionaries({question: st.sampled_from(["web", "workbook"]) for question in QUESTIONS})


@dataclass(frozen=True)
class Kept:
    """An answer in the model."""

    said: Said = BLANK
    version: int = 0
    by: str = ""


@dataclass(frozen=True)
class File:
    """A downloaded workbook: what it showed, and what it says now."""

    shown: Mapping[str, StatedAnswer]
    says: Mapping[str, StatedAnswer]
    number: int


class Desk(RuleBasedStateMachine):
    """One assessment, two people who answer it, and at most one workbook."""

    engine: Engine
    world: World
    years = itertools.count(EVERYTHING_OPEN)
    files = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        self.year, self.at = next(Desk.years), NOON
        self.ids = {"ana": self.world.company.id, "ben": self.world.colleague.id}
        with Session(self.engine) as session, session.begin():
            steward = self.world.steward.id
            store.open_period(session, self.year, opens=date(self.year, 1, 1), by=steward, at=NOON)
            self.number = begin(session, self.world.company, self.year)
        self.kept: dict[str, Kept] = {}
        self.versions: dict[str, list[tuple[Said, str]]] = {question: [] for question in QUESTIONS}
        self.newest = 0  # the highest version returned
        self.pages: dict[str, dict[str, int]] = {person: {} for person in PEOPLE}  # versions that each page shows
        self.posted: dict[str, list[AnswerEdit]] = {person: [] for person in PEOPLE}  # what each person sent last
        self.holders: dict[str, DelegatedTo] = {}
        self.file: File | None = None
        self.frozen: dict[int, dict[str, Said]] = {}  # submissions
        self.closed = self.signed = False
        self.reopening = ""  # asked, open

    # ── Pages

    @rule(person=PERSON)
    def open_the_page(self, person: str) -> None:
        self.pages[person] = {question: kept.version for question, kept in self.kept.items()}

    @rule(person=PERSON, said=PAGE)
    def save_a_page(self, person: str, said: Mapping[str, Said]) -> None:
        """Send all answers of a page with the versions that it showed, which are stale if somebody saved since."""
        seen = self.pages[person]
        self._send(person, [_edit(question, each, seen.get(question, 0)) for question, each in said.items()])

    @rule(person=PERSON, said=SAYING)
    def autosave_one_answer(self, person: str, said: tuple[str, Said]) -> None:
        self._send(person, [_edit(*said, self.pages[person].get(said[0], 0))])

    @rule(person=PERSON)
    def send_the_same_once_more(self, person: str) -> None:
        """Send a page again, as by a double click or after a lost response. Nothing is saved twice."""
        self._send(person, self.posted[person])

    @rule(person=PERSON, said=SAYING)
    def fail_before_the_commit(self, person: str, said: tuple[str, Said]) -> None:
        if self._saving():
            return
        question, each = said
        with Session(self.engine) as session:
            store.save_answers(session, self.number, [_edit(question, each, 0)], by=self.ids[person], at=self.at)
            session.rollback()

    @precondition(lambda self: any(self.versions.values()))
    @rule(person=PERSON, data=st.data(), fresh=st.booleans())
    def restore_an_earlier_answer(self, person: str, data: st.DataObject, fresh: bool) -> None:
        question = data.draw(st.sampled_from([question for question in QUESTIONS if self.versions[question]]))
        place = data.draw(st.integers(0, len(self.versions[question]) - 1))
        if fresh:
            self.open_the_page(person)
        with Session(self.engine) as session:
            number = self._rows(session, question)[place].version
            edit = restoring(
                answer_version(session, self.number, question, number), seen=self.pages[person].get(question, 0)
            )
        assert _said(edit) == self.versions[question][place][0]
        self._send(person, [edit])

    def _send(self, person: str, edits: Sequence[AnswerEdit]) -> None:
        self.posted[person] = list(edits)
        with self._step(self._saving()) as session:
            told = store.save_answers(session, self.number, edits, by=self.ids[person], at=self.at)
            session.commit()
            self._take(person, edits, told)

    def _take(self, person: str, edits: Sequence[AnswerEdit], told: store.SaveResult) -> None:
        """Compare the result of a save with the rules, and remember it."""
        before, conflicts = dict(self.kept), {c.wanted.question: c.kept for c in told.conflicts}
        assert told.versions.keys() | conflicts.keys() == {edit.question for edit in edits}
        assert not told.versions.keys() & conflicts.keys()
        for edit in edits:
            now, said = before.get(edit.question, Kept()), _said(edit)
            if said == now.said:
                assert told.versions[edit.question] == now.version
            elif edit.seen != now.version:
                assert _said(conflicts[edit.question]) == now.said
                assert conflicts[edit.question].version == now.version
                if self.versions[edit.question]:
                    assert conflicts[edit.question].by == self.versions[edit.question][-1][1].title()
                continue
            else:
                self._keep(edit.question, said, told.versions[edit.question], person)
            self.pages[person][edit.question] = told.versions[edit.question]
        self.newest = max([self.newest, *told.versions.values()])

    def _keep(self, question: str, said: Said, version: int, person: str) -> None:
        self.versions[question].append((said, person))
        if said == BLANK:
            assert version == 0
            self.kept.pop(question, None)
        else:
            assert version > self.newest
            self.kept[question] = Kept(said, version, person)

    # ── Delegations

    @rule(
        person=PERSON,
        part=st.sampled_from(PARTS),
        to=st.none() | PERSON,
        note=st.sampled_from(["", "By Friday."]),
        fresh=st.booleans(),
        only_own=st.booleans(),
    )
    def assign(self, person: str, part: str, to: str | None, note: str, fresh: bool, only_own: bool) -> None:
        before, holder = self.holders.get(part), self.holders.get(part) or self.holders.get("theme")
        wanted = DelegatedTo(self.ids[to], None, note) if to else None
        seen = before.person_id if before and fresh else None
        decided = wanted != before and seen != (before.person_id if before else None)
        not_theirs = only_own and wanted != before and (holder is None or holder.person_id != self.ids[person])
        refused = self._saving() or (store.AlreadyDecided if decided else store.NotFound if not_theirs else None)
        with self._step(refused) as session:
            more = {"theme": "theme", "only_own": only_own, "by": self.ids[person], "at": self.at}
            assert delegate(session, self.number, part, wanted, seen=seen, **more) is (wanted != before)
            session.commit()
            self.holders = {p: h for p, h in {**self.holders, part: wanted}.items() if h is not None}

    # ── The workbook

    @rule()
    def take_the_workbook_out(self) -> None:
        with Session(self.engine) as session:
            shown = stated_answers(read_sheet(session, self.number, made_edition(), on=self.at.date()).sheet)
        assert shown == {question: kept.said.stated() for question, kept in self.kept.items()}
        says = {question: shown.get(question, NOTHING_STATED) for question in QUESTIONS}
        self.file = File(shown, says, next(Desk.files))

    @precondition(lambda self: self.file is not None)
    @rule(said=SAYING)
    def fill_in_a_cell(self, said: tuple[str, Said]) -> None:
        assert self.file is not None
        question, each = said
        says = {**self.file.says, question: each.stated()}
        self.file = replace(self.file, says=says, number=next(Desk.files))

    @rule(person=PERSON, said=SAYING, data=st.data())
    def answer_on_both_sides(self, person: str, said: tuple[str, Said], data: st.DataObject) -> None:
        """Download the workbook, and answer one question both in it and on the web."""
        self.take_the_workbook_out()
        self.fill_in_a_cell((said[0], data.draw(SAYINGS[said[0]])))
        self.open_the_page(person)
        self.autosave_one_answer(person, said)

    @precondition(lambda self: self.file is not None)
    @rule(person=PERSON, sides=SIDES)
    def bring_the_workbook_back(self, person: str, sides: Mapping[str, Any]) -> None:
        """Upload the workbook. Changes without conflict are saved, and the chosen side of each conflict."""
        expected = self._brought(sides)
        with self._step(self._saving()) as session:
            edits = self._edits(session, sides)
            assert {edit.question: _said(edit) for edit in edits} == expected
            assert self._apply(session, person, edits)
            session.commit()
            told = store.saved_answers(session, self.number)
            for question, said in expected.items():
                self._keep(question, said, told[question].version if question in told else 0, person)
            self.newest = max([self.newest, *(each.version for each in told.values())])

    @precondition(lambda self: self.file is not None)
    @rule(sides=SIDES, said=SAYING)
    def bring_it_back_while_somebody_saves(self, sides: Mapping[str, Any], said: tuple[str, Said]) -> None:
        """Apply changes that were compared before somebody else saved: as a whole or not at all."""
        if self._saving():
            return
        with Session(self.engine) as session:
            edits = self._edits(session, sides)
        self.open_the_page("ben")
        self.autosave_one_answer("ben", said)
        now = {question: kept.version for question, kept in self.kept.items()}
        stale = [
            edit
            for edit in edits
            if edit.seen != now.get(edit.question, 0) and _said(edit) != self.kept.get(edit.question, Kept()).said
        ]
        with self._step(None) as session:
            applied = self._apply(session, "ana", edits)
            assert applied is not bool(stale)
            session.rollback()

    def _brought(self, sides: Mapping[str, Any]) -> dict[str, Said]:
        """Return what the workbook changes by the rules."""
        assert self.file is not None
        found = {}
        for question, says in self.file.says.items():
            base, web = self.file.shown.get(question, NOTHING_STATED), self.kept.get(question, Kept()).said.stated()
            if says not in (base, web) and (web == base or sides[question] == "workbook"):
                found[question] = Said(says.text, says.reason, says.word, says.title)
        return found

    def _edits(self, session: Session, sides: Mapping[str, Any]) -> list[AnswerEdit]:
        assert self.file is not None
        web = stated_answers(read_sheet(session, self.number, made_edition(), on=self.at.date()).sheet)
        changes = compare_sides(self.file.shown, web, self.file.says, NOTHING_STATED)
        here = SimpleNamespace(saved_answers=store.saved_answers(session, self.number))
        return QuestionnaireComparison(cast(Any, here), cast(Any, None), changes, (), (), ()).edits(sides)

    def _apply(self, session: Session, person: str, edits: Sequence[AnswerEdit]) -> bool:
        assert self.file is not None
        digest, who = f"{self.file.number:064}", {"by": self.ids[person], "at": self.at}
        record_questionnaire(session, self.number, digest=digest, file_name="answers.xlsx", **who)
        return apply_questionnaire(session, returned_questionnaire(session, self.number, digest), edits, (), **who)

    # ── Submitting, closing, signing, reopening

    @rule(person=PERSON)
    def submit(self, person: str) -> None:
        sealed = self.signed and self.reopening != "open"
        with self._step(self._saving() or (store.SubmissionSigned if sealed else None)) as session:
            how: dict[str, Any] = {"edition": made_edition(), "consent": "counted", "scores": lambda _sheet: "{}"}
            number = store.submit(session, self.number, by=self.ids[person], at=self.at, **how)
            session.commit()
            self.frozen[number] = {question: replace(kept.said, whom="") for question, kept in self.kept.items()}
            self.reopening = ""

    @precondition(lambda self: self.frozen and not self.closed and not self.signed)
    @rule(signs=st.booleans())
    def make_it_final(self, signs: bool) -> None:
        with self._step(None) as session:
            if signs:
                sign_off(session, self.number, max(self.frozen), by=self.world.auditor.id)
            else:
                by = self.world.steward.id
                store.close_period(session, self.year, by=by, at=self.at, snapshot=lambda: "{}")
            session.commit()
            self.signed, self.closed = self.signed or signs, self.closed or not signs

    @precondition(lambda self: self.frozen)
    @rule(person=PERSON, asks=st.booleans())
    def reopen(self, person: str, asks: bool) -> None:
        final = self.closed or self.signed
        refused = None if final and not self.reopening else store.AlreadyDecided if final else store.NothingToReopen
        with self._step(refused) as session:
            said = {"reason": "A figure is wrong.", "at": self.at}
            if asks:
                ask_to_reopen(session, self.number, by=self.ids[person], **said)
            else:
                open_reopening(session, self.number, by=self.world.steward.id, **said)
            session.commit()
            self.reopening = "asked" if asks else "open"

    @precondition(lambda self: self.reopening == "asked")
    @rule(opens=st.booleans())
    def answer_the_request(self, opens: bool) -> None:
        with self._step(None) as session:
            [asked, *_earlier] = store.reopenings.reopenings_of(session, self.number)
            who = {"by": self.world.steward.id, "at": self.at}
            answer_reopening(session, self.number, asked.id, refused_why="" if opens else "No.", **who)
            session.commit()
            self.reopening = "open" if opens else ""

    # ── The model and the database

    def _saving(self) -> type[Exception] | None:
        """Return the error that a save raises, or None if it succeeds."""
        return store.PeriodClosed if self.closed and self.reopening != "open" else None

    @contextmanager
    def _step(self, refused: type[Exception] | None) -> Any:
        self.at += timedelta(minutes=1)
        with Session(self.engine) as session:
            if refused is None:
                yield session
                return
            with pytest.raises(refused):
                yield session

    def _rows(self, session: Session, question: str) -> list[SavedAnswer]:
        return list(reversed(answer_versions(session, self.number, question, most=1000)))

    @invariant()
    def what_was_told_is_what_there_is(self) -> None:
        with Session(self.engine) as session:
            found = store.saved_answers(session, self.number)
            told = {q: Kept(_said(each), each.version, each.by.lower()) for q, each in found.items()}
            assert told == self.kept
            for question, said in self.versions.items():
                rows = self._rows(session, question)
                assert [(_said(row), row.by.lower()) for row in rows] == said
                numbers = [row.version for row in rows]
                assert numbers == sorted({*numbers})
            holders = delegations_of(session, self.number)
            assert {p: DelegatedTo(h.person_id, h.due, h.note) for p, h in holders.items()} == self.holders
            assert [each.id for each in store.submissions_of(session, self.number)] == sorted(self.frozen, reverse=True)
            if self.frozen:
                self._is_frozen(session, max(self.frozen))

    def teardown(self) -> None:
        """Check that no submission has changed."""
        with Session(self.engine) as session:
            for number in self.frozen:
                self._is_frozen(session, number)

    def _is_frozen(self, session: Session, number: int) -> None:
        sheet = store.submitted_answers(store.submission(session, number))
        assert {question: _said(each) for question, each in sheet.items()} == self.frozen[number]


def _edit(question: str, said: Said, seen: int) -> AnswerEdit:
    return AnswerEdit(question, said.text, said.reason, seen, word=said.word, title=said.title, ask_whom=said.whom)


def _said(answer: AnswerEdit | SavedAnswer) -> Said:
    return Said(answer.text, answer.reason, answer.word, answer.title, answer.ask_whom)


def test_everything_reported_as_saved_to_two_people_and_a_workbook_is_stored_in_any_order(
    engine: Engine, world: World
) -> None:
    class DeskThere(Desk):
        pass

    DeskThere.engine, DeskThere.world = engine, world
    # Hypothesis considers steps slow that are transactions.
    every = settings(examples(60), stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(DeskThere, settings=every)
    with Session(engine) as session:
        assert store.verify_trail(session) is None
