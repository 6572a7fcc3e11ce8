"""Two answers to one question, of which somebody has to choose one, in words."""

from dataclasses import dataclass

from compliance.languages.formats import date_and_time
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.answer_wording import saved_answer_words
from compliance.questionnaire.edition import Edition
from compliance.store import AnswerEdit, EditConflict, SavedAnswer
from compliance.web.database import now


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Two answers to choose from, in words."""

    sentence: str
    theirs: str
    yours: str


def conflict_view(edition: Edition, conflict: EditConflict) -> ConflictView:
    """Two answers to choose from, in words."""
    kept, wanted = conflict.kept, conflict.wanted
    who, when = kept.by or _("Somebody"), date_and_time(kept.at, now().date()) if kept.at else ""
    return ConflictView(
        sentence=_(
            "%(who)s saved a different answer at %(time)s while you were editing. Both are kept: choose one.",
            who=who,
            time=when,
        ),
        theirs=_said(edition, kept, wanted.question),
        yours=_said(edition, wanted, wanted.question),
    )


def _said(edition: Edition, answer: SavedAnswer | AnswerEdit, question: str) -> str:
    words = saved_answer_words(edition, question, answer.text, answer.reason, answer.word, answer.title)
    return _("%(answer)s. Whom to ask: %(whom)s", answer=words, whom=answer.ask_whom) if answer.ask_whom else words
