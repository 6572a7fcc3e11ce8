"""Conflicts of saving: two answers to one question, to choose from, in words."""

from dataclasses import dataclass

from compliance.languages.formats import date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import saved_answer_words
from compliance.questionnaire.edition import Edition
from compliance.store import AnswerEdit, EditConflict, SavedAnswer
from compliance.web.accounts import me
from compliance.web.database import now


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Two answers to choose from, in words."""

    sentence: str
    theirs: str
    yours: str
    is_own: bool  # both are by the same person, in two tabs


def conflict_view(edition: Edition, conflict: EditConflict) -> ConflictView:
    """Return the two answers of a conflict in words."""
    kept, wanted = conflict.kept, conflict.wanted
    when = date_and_time(kept.at, now().date()) if kept.at else ""
    is_own = conflict.by_id == me().id
    own = _("You saved a different answer at %(time)s in another tab. Both are kept: choose one.", time=when)
    other = _(
        "%(who)s saved a different answer at %(time)s while you were editing. Both are kept: choose one.",
        who=kept.by or _("Somebody"),
        time=when,
    )
    return ConflictView(
        sentence=own if is_own else other,
        theirs=_said(edition, kept, wanted.question),
        yours=_said(edition, wanted, wanted.question),
        is_own=is_own,
    )


def _said(edition: Edition, answer: SavedAnswer | AnswerEdit, question: str) -> str:
    words = saved_answer_words(edition, question, answer.text, answer.reason, answer.word, answer.title)
    return _("%(answer)s. Whom to ask: %(whom)s", answer=words, whom=answer.ask_whom) if answer.ask_whom else words
