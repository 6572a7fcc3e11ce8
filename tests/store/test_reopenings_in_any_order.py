"""Editing, submitting, closing, signing and reopening in any order, compared with a model of the rules."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from compliance import store
from compliance.store import AnswerEdit
from compliance.store.reopenings import reopenings_of, withdraw_reopening
from tests.store.test_reopenings import answer, ask, close, reopen, sign
from tests.support.examples import tries
from tests.support.stores import NOON, World, hand_in, save


@dataclass
class Model:
    """A model of the state of an assessment."""

    draft: str = "o1"
    closed: bool = False
    signed: bool = False
    unfinished: str = ""  # asked, open
    published: int = 0  # the submission that counts at the closing
    latest: int = 0

    @property
    def final(self) -> bool:
        return self.closed or self.signed

    @property
    def editable(self) -> bool:
        return not self.closed or self.unfinished == "open"


@pytest.mark.parametrize("seed", range(tries(30)))
def test_after_any_sequence_of_steps_what_is_allowed_and_what_counts_agree_with_the_model(
    session: Session, world: World, seed: int
) -> None:
    save(session, world, AnswerEdit("q1", "o1"))
    submitted = hand_in(session, world.assessment, by=world.company.id)
    store.assign_auditor(session, world.assessment, auditor=world.auditor.id, by=world.steward.id, at=NOON)
    draw, model = Random(seed), Model(published=submitted, latest=submitted)
    kept: dict[int, str] = {submitted: "o1"}
    steps = (
        "submit",
        "submit",
        "close",
        "ask",
        "open",
        "answer",
        "refuse",
        "withdraw",
        "edit",
        "edit",
        "sign",
        "revoke",
    )
    for step in range(24):
        what = draw.choice(steps)
        asked = [one.id for one in reopenings_of(session, world.assessment)]
        if what in ("answer", "refuse", "withdraw") and not asked:
            continue
        expected, before = _expected(what, model), session.begin_nested()
        refused: type[Exception] | None = None
        try:
            match what:
                case "edit":
                    value = draw.choice(("o0", "o1", "o2"))
                    seen = store.saved_answers(session, world.assessment)["q1"].version
                    save(session, world, AnswerEdit("q1", value, seen=seen))
                    model.draft = value
                case "submit":
                    number = hand_in(session, world.assessment, by=world.company.id, hours=step)
                    kept[number], model.latest, model.unfinished = model.draft, number, ""
                    model.published = model.published if model.closed else number
                case "close":
                    close(session, world, NOON + timedelta(hours=step))
                    model.closed = True
                case "ask":
                    ask(session, world)
                    model.unfinished = "asked"
                case "open":
                    reopen(session, world)
                    model.unfinished = "open"
                case "answer" | "refuse":
                    answer(session, world, asked[0], "No." if what == "refuse" else "")
                    model.unfinished = "open" if what == "answer" else ""
                case "withdraw":
                    withdraw_reopening(session, world.assessment, asked[0], by=world.colleague.id, at=NOON)
                    model.unfinished = ""
                case "sign" if not model.signed:
                    sign(session, world, model.latest)
                    model.signed = True
                case "revoke":
                    session.execute(text("DELETE FROM sign_off"))
                    model.signed = False
            before.commit()
        except store.StoreError as error:
            refused = type(error)
            before.rollback()
        assert refused is expected, (step, what)
        here = store.assessment(session, world.assessment)
        assert (here.closed, here.is_final) == (not model.editable, model.final)
        assert here.takes_submission == (model.editable and (not model.signed or model.unfinished == "open"))
        assert [one.id for one in store.latest_submissions(session, 2026)] == [model.published]
        assert store.latest_submission(session, world.assessment).id == model.latest
    for number, value in kept.items():
        assert store.submitted_answers(store.submission(session, number))["q1"].text == value
    for one in reopenings_of(session, world.assessment):
        assert (one.state == "done") == (one.followed_at is not None)
    assert store.verify_trail(session) is None


def _expected(what: str, model: Model) -> type[Exception] | None:
    """Return the error that a step raises, or None if it succeeds."""
    asking = [(not model.final, store.NothingToReopen), (bool(model.unfinished), store.AlreadyDecided)]
    answering = [(model.unfinished != "asked", store.AlreadyDecided)]
    saving = [(not model.editable, store.PeriodClosed)]
    rules: dict[str, list[tuple[bool, type[Exception]]]] = {
        "edit": saving,
        "submit": [*saving, (model.signed and model.unfinished != "open", store.SubmissionSigned)],
        "close": [(model.closed, store.PeriodClosed)],
        "ask": asking,
        "open": asking,
        "answer": answering,
        "refuse": answering,
        "withdraw": answering,
    }
    return next((error for applies, error in rules.get(what, []) if applies), None)
