"""A process killed in the middle of saves loses nothing that it acknowledged, and leaves nothing half-saved."""

import os
import random
import time
from collections import Counter
from signal import SIGKILL

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from compliance import store
from tests.support.examples import tries
from tests.support.forked_servers import ForkedServer
from tests.support.saver import save_until_killed
from tests.support.stores import NOON, World

#: How often the saver is killed, after delays that are the same in every run.
KILLS = {"sqlite": tries(25), "postgresql": tries(8)}


def saved_until_killed(engine: Engine, round_number: int, assessments: list[int], after: float) -> list[str]:
    """Start a saver, kill it some seconds after its first acknowledgement, and return all it acknowledged."""
    url = engine.url.render_as_string(hide_password=False)
    saver = ForkedServer(url, str(round_number), *map(str, assessments), env=os.environ, program=save_until_killed)
    first = saver.output.readline()
    time.sleep(after)
    os.kill(saver.pid, SIGKILL)
    assert saver.exit_code() == -SIGKILL, "it ended before it was killed"
    rest = saver.output.read()
    saver.kill()
    return (first + rest).splitlines()


@pytest.mark.fault(
    "the process is killed",
    "many saves at once",
    "what was acknowledged is kept; no page of answers is half-saved; the trail is intact",
)
def test_kill_9_in_the_middle_of_saves_loses_no_acknowledged_answer(engine: Engine, world: World) -> None:
    with Session(engine) as session, session.begin():
        assessments = [
            store.assessment_for(session, company.id, edition=name, year=2026, at=NOON).id
            for company in store.companies(session)
            for name in ("first", "second", "third")
        ]
    moments = random.Random(34)
    acknowledged: set[str] = set()
    for round_number in range(KILLS[engine.dialect.name]):
        lines = saved_until_killed(engine, round_number, assessments, moments.uniform(0.0, 0.2))
        acknowledged.update(lines)
        with Session(engine) as session:
            rows = session.execute(text("SELECT assessment_id, question, value FROM answer")).all()
        kept = {f"{assessment} {question} {value}" for assessment, question, value in rows}
        assert acknowledged <= kept, sorted(acknowledged - kept)
    pages = Counter((assessment, question.rpartition(".")[0]) for assessment, question, _ in rows)
    assert set(pages.values()) == {3}, "a page was saved by halves"
    assert len(acknowledged) > 10 * KILLS[engine.dialect.name]
    with Session(engine) as session:
        assert store.verify_trail(session) is None
        noted = session.scalar(text("SELECT count(*) FROM trail WHERE what = 'answer'"))
    assert noted == len(rows), "an answer without its entry in the trail, or an entry without its answer"
