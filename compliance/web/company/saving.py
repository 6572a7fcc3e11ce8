"""Saving a page: every good answer in one go, before anything is said about the others."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from flask import flash

from compliance.languages.speaking import gettext as _
from compliance.store import (
    Change,
    Conflict,
    Evidenced,
    Kept,
    Link,
    Quotation,
    add_evidence,
    answers_view,
    evidence_of,
    remove_evidence,
    save_answers,
)
from compliance.web.company.blueprint import Opened, with_answers
from compliance.web.database import db, now
from compliance.web.question_forms import Sent, is_flag
from compliance.web.signing_in import me


@dataclass(frozen=True)
class Outcome:
    """What became of a page: the assessment as it now stands, and what is left to mend."""

    opened: Opened
    sent: Mapping[str, Sent]
    conflicts: Mapping[str, Conflict]

    @property
    def faulty(self) -> Mapping[str, Sent]:
        """What was sent and needs mending, by question id."""
        return {question: sent for question, sent in self.sent.items() if sent.errors}

    @property
    def is_clean(self) -> bool:
        """Everything is saved, and nothing is left to say."""
        return not self.faulty and not self.conflicts

    @property
    def kept_everything(self) -> bool:
        """Whatever is to be mended, all that was written is on disk."""
        errors = [sentence for sent in self.sent.values() for sentence in sent.errors.values()]
        return not self.conflicts and all(is_flag(sentence) for sentence in errors)


def save_page(opened: Opened, sent: Sequence[Sent]) -> Outcome:
    """Keep what can be kept. Raise PeriodClosed."""
    number, by, at = opened.assessed.id, me().id, now()
    changes = [Change(s.id, s.text, s.reason, s.seen, word=s.word) for s in sent if s.keeps]
    saved = save_answers(db(), number, changes, by=by, at=at)
    there = evidence_of(db(), number) if any(s.rests_on for s in sent) else {}
    for s in sent:
        for piece in s.rests_on:
            dated = replace(piece, accessed=piece.accessed or at.date()) if isinstance(piece, Link) else piece
            if _is_there(dated, s, there.get(s.id, ())):
                question = opened.edition.questions[s.id].ask
                flash(_("“%(question)s”: this evidence was already there; it is kept once.", question=question))
            else:
                add_evidence(db(), number, s.id, dated, by=by, at=at)
        for evidence_id in _removable(opened, s):
            remove_evidence(db(), number, evidence_id, by=by, at=at)
    db().commit()
    conflicts = {c.wanted.question: c for c in saved.conflicts}
    if conflicts or any(s.errors for s in sent):  # the page is shown again, as everything now stands
        kept = dict(answers_view(db(), number))
    else:
        kept = opened.kept | {
            s.id: Kept(s.id, s.text, s.reason, saved.versions[s.id], "", None, word=s.word) for s in sent
        }
    return Outcome(with_answers(opened.assessed, opened.asked, kept), {s.id: s for s in sent}, conflicts)


def _is_there(piece: Quotation | Link, sent: Sent, there: Sequence[Evidenced]) -> bool:
    """Whether the answer rests on this very piece already, and it is not just being taken away."""
    return any(_read(each.rests_on) == _read(piece) for each in there if each.id not in sent.removed)


def _read(piece: Quotation | Link) -> tuple[object, ...]:
    """A piece of evidence, whatever its spaces."""
    return tuple(" ".join(said.split()) if isinstance(said, str) else said for said in astuple(piece))


def _removable(opened: Opened, sent: Sent) -> list[int]:
    """Evidence of this very question: what a colleague took away meanwhile, or never was here, is left alone."""
    kept = opened.kept.get(sent.id)
    return [piece.id for piece in kept.evidence if piece.id in sent.removed] if kept else []
