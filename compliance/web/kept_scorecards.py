"""Scorecards computed after the last save, so that a look only reads them.

A worker computes them beside the pages, as soon as a change of an assessment is committed. A look that comes before
the worker, or finds what other code computed, computes for itself and has them kept for the next one. They are found by
the digest of all that they rest on: what is shown is always what scoring gives now.
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
    """The scorecards of these answers of an assessment: as they are kept, or computed now, if need be without gaps."""
    text = kept_scorecards(db(), assessment_id, results_digest(compiled.edition, sheet))
    if text is None:
        tell_changed({assessment_id})
        return scorecards_by_basis(compiled, sheet, gaps=gaps)
    claimed, evidenced, *verified = scorecards_from_json(compiled.edition, sheet, text)
    return ScorecardsByBasis(claimed, evidenced, verified[0] if verified else None)


class WaitingScorecards:
    """The assessments that changed in this process since their scorecards were computed.

    `then`: what else is worked out after a change, of one assessment, in the same context.
    """

    def __init__(self, app: Flask, then: Callable[[int], None] = lambda _assessment_id: None) -> None:
        self._app, self._then = app, then
        self._waiting: dict[int, None] = {}

    def add(self, assessment_ids: Collection[int]) -> None:
        """Have the scorecards of these assessments computed; of one that waits already, once."""
        self._waiting |= dict.fromkeys(assessment_ids)

    def compute_next(self) -> bool:
        """Compute and keep those of one assessment, in a context of its own; False if none waits."""
        try:
            assessment_id, _ = self._waiting.popitem()
        except KeyError:
            return False
        with self._app.app_context():
            for state, compiled, sheet in list(_scored(assessment_id)):
                digest = results_digest(compiled.edition, sheet)
                if kept_scorecards(db(), assessment_id, digest) is None:
                    cards = scorecards_to_json(scorecards_by_basis(compiled, sheet).each)
                    db().rollback()  # nothing was changed: the lock that a write takes is not held while computing
                    keep_scorecards(db(), assessment_id, state, digest, cards, at=now())
                    db().commit()
            self._then(assessment_id)
        return True


def _draft(assessment_id: int, edition: Edition) -> AnswerSheet:
    """The answers as they stand, without verdicts, which are on what was submitted."""
    return replace(answer_sheet(db(), assessment_id, edition, on=now().date()), verdicts={})


def _scored(assessment_id: int) -> Iterator[tuple[str, CompiledEdition, AnswerSheet]]:
    """What of an assessment has scorecards: its answers as they stand, and as they were submitted, if they were."""
    try:
        assessed = assessment(db(), assessment_id)
        asked = edition_by_id(assessed.edition_id).asked_with(assessed.chosen_portions)
        yield "draft", asked.compiled, _draft(assessment_id, asked.edition)
    except NotFound:  # this installation does not ask that edition any more
        pass
    try:
        submitted = latest_submission(db(), assessment_id)
        asked = edition_submitted(submitted)
        yield "submitted", asked.compiled, submitted_sheet(db(), submitted, asked.edition)
    except NotFound:
        pass
