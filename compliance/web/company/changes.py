"""What was changed since an assessment was submitted: the submitted version counts until it is submitted again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance.store import Kept, Submitted, latest_submission, submitted_answers
from compliance.web.company.blueprint import Opened
from compliance.web.database import db


@dataclass(frozen=True, slots=True)
class Changed:
    """How an assessment differs from the submission that counts."""

    at: datetime  # of the submission
    questions: frozenset[str]  # whose answer or evidence is another now; profile fields as `profile.<field>`

    def among(self, ids: Iterable[str]) -> int:
        """How many of these differ."""
        return sum(1 for i in ids if i in self.questions)


def changed_in(here: Opened) -> Changed | None:
    """What was changed since it was submitted; None if nothing was submitted."""
    if here.assessed.submitted_at is None:
        return None
    return changed_since(latest_submission(db(), here.assessed.id), here.kept)


def changed_since(submitted: Submitted, kept: Mapping[str, Kept]) -> Changed:
    """What is kept that differs from what was submitted."""
    before = submitted_answers(submitted)
    differ = (i for i in {*before, *kept} if _said(before.get(i)) != _said(kept.get(i)))
    return Changed(submitted.at, frozenset(differ))


def _said(kept: Kept | None) -> tuple[object, ...]:
    """An answer, or the word of a blank, with what it rests on; nothing where all of it is empty."""
    if kept is None:
        return ()
    said = (kept.text, kept.word, kept.reason, *(piece.rests_on for piece in kept.evidence))
    return said if any(said) else ()
