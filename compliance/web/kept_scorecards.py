"""Scorecards computed after the last save, so that requests only read them.

A worker computes them in the background, as soon as a change of an assessment is committed. A request that comes
before the worker, or finds what other code computed, computes them itself and has them kept for the next one. They are
found by the digest of everything that affects them, so what is shown is always what scoring would return now.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from flask import Flask

from compliance.narrative.score_wording import ScorecardsByBasis, scorecards_by_basis
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.kept_scorecards import results_digest, scorecards_from_json, scorecards_to_json
from compliance.store import NotFound, answer_sheet, assessment, latest_submission, submitted_sheet
from compliance.store.assessments import keep_scorecards, kept_scorecards
from compliance.web.database import db, now, tell_changed
from compliance.web.edition_registry import edition_by_id, edition_submitted


def scorecards_of(
    assessment_id: int, compiled: CompiledEdition, sheet: AnswerSheet, *, gaps: bool = True
) -> ScorecardsByBasis:
    """Return the scorecards of these answers: as kept, or computed now, with gaps only if `gaps` is true."""
    text = kept_scorecards(db(), assessment_id, results_digest(compiled.edition, sheet))
    if text is None:
        tell_changed({assessment_id})
        return scorecards_by_basis(compiled, sheet, gaps=gaps)
    claimed, evidenced, *verified = scorecards_from_json(compiled.edition, sheet, text)
    return ScorecardsByBasis(claimed, evidenced, verified[0] if verified else None)


class WaitingScorecards:
    """The assessments that changed in this process since their scorecards were computed.

    `then`: a function called for each assessment after its scorecards, in the same context.
    """

    def __init__(self, app: Flask, then: Callable[[int], None] = lambda _assessment_id: None) -> None:
        self._app, self._then = app, then
        self._waiting: dict[int, None] = {}

    def add(self, assessment_ids: Collection[int]) -> None:
        """Have the scorecards of these assessments computed, each once even if it is waiting already."""
        self._waiting |= dict.fromkeys(assessment_ids)

    def compute_next(self) -> bool:
        """Compute and keep the scorecards of one assessment, in a context of its own, or return False if none waits."""
        try:
            assessment_id, _ = self._waiting.popitem()
        except KeyError:
            return False
        with self._app.app_context():
            for state, compiled, sheet in list(_scored(assessment_id)):
                digest = results_digest(compiled.edition, sheet)
                if kept_scorecards(db(), assessment_id, digest) is None:
                    cards = scorecards_to_json(scorecards_by_basis(compiled, sheet).each)
                    db().rollback()  # nothing has changed: ends the transaction, so that no lock is held
                    keep_scorecards(db(), assessment_id, state, digest, cards, at=now())
                    db().commit()
            self._then(assessment_id)
        return True


def _draft(assessment_id: int, edition: Edition) -> AnswerSheet:
    """Return the current answers, without verdicts, which are about the submission."""
    return replace(answer_sheet(db(), assessment_id, edition, on=now().date()), verdicts={})


def _scored(assessment_id: int) -> Iterator[tuple[str, CompiledEdition, AnswerSheet]]:
    """Yield the parts of an assessment that have scorecards: its current answers, and its submission if any."""
    try:
        assessed = assessment(db(), assessment_id)
        asked = edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)
        yield "draft", asked.compiled, _draft(assessment_id, asked.edition)
    except NotFound:  # this installation no longer serves that edition
        pass
    try:
        submitted = latest_submission(db(), assessment_id)
        asked = edition_submitted(submitted)
        yield "submitted", asked.compiled, submitted_sheet(db(), submitted, asked.edition)
    except NotFound:
        pass
