"""What a process does that saves until it is killed."""

import os
import threading
from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from compliance import store
from tests.support.stores import NOON


def save_without_end(engine: Engine, assessment: int, round_number: int) -> None:
    """Save pages of three new answers, and acknowledge each page once it is committed."""
    turn = 0
    while True:
        turn += 1
        page = [store.AnswerEdit(f"r{round_number}.{turn}.{part}", f"{turn}") for part in "abc"]
        with Session(engine) as session, session.begin():
            store.save_answers(session, assessment, page, by=None, at=NOON)
        lines = "".join(f"{assessment} {change.question} {change.text}\n" for change in page)
        os.write(1, lines.encode())  # one write, so that no line is torn between threads


def save_until_killed(arguments: Sequence[str]) -> None:
    """Start a thread for each assessment, so that a save is always under way. Arguments: URL, round, assessments."""
    url, round_number, *assessments = arguments
    engine = store.open_database(url)
    for assessment in assessments:
        threading.Thread(target=save_without_end, args=(engine, int(assessment), int(round_number))).start()
