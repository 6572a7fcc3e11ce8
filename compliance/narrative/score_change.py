"""Score changes between two periods in words: answers, evidence and verification, method, then sample.

The components add up to the change. Answers that could not be mapped between editions are named, with the reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compliance.languages import formats
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.peer_comparison import internal_use_sentences, peer_group_title
from compliance.narrative.score_wording import decimals_apart
from compliance.narrative.sentence import Sentence
from compliance.questionnaire.answer_mapping import UnmappedAnswer, UnmappedReason
from compliance.questionnaire.edition import Edition
from compliance.scoring.numeric import rounded
from compliance.statistics.score_change import GroupChange, PeriodComparison, ScoreChange


def period_comparison_sentences(comparison: PeriodComparison) -> Iterator[str]:
    """Yield sentences on a comparison of two periods as a whole."""
    yield group_sentence(peer_group_title(comparison.after, {}), comparison.together, comparison.after.round)
    yield answer_mapping_sentence(comparison)
    yield from internal_use_sentences()


def not_compared_words(comparison: PeriodComparison, question: str) -> str:
    """Return the reason why a question of the later edition is not compared."""
    if question in comparison.before.questions:
        return _(
            "Asked now, but the earlier answer does not say enough, or it depends on something that was not "
            "carried over."
        )
    return _("Asked now but not before; or asked before under another name, and no earlier answer fits.")


def earlier_question_words(edition: Edition, question: str) -> str:
    """Return the text of a question of the earlier edition, or its id if the edition does not have it."""
    return edition.questions[question].ask if question in edition.questions else question


#: The components of a change add up to it within this tolerance, because of floating-point arithmetic.
SUM_TOLERANCE = 1e-6
_UNMAPPED_REASONS: Mapping[UnmappedReason, str] = {
    "gone": N_("This question is no longer asked."),
    "changed": N_("The answers to choose from are different now."),
    "open": N_("The earlier answer does not say enough for what is asked now."),
    "apart": N_("Two earlier answers lead to different answers to the same question."),
    "part": N_("The earlier answer covers only part of this, and answers on the rest are missing."),
}


def change_sentence(change: ScoreChange, digits: int) -> str:
    """Return a sentence on a company's change and its components, or that a score is missing."""
    name = change.company
    if change.before is None and change.after is None:
        return _("%(name)s has no score in either period.", name=name)
    if change.before is None:
        return _("%(name)s had no score before and now has %(after)s.", name=name, after=_number(change.after, digits))
    if change.after is None:
        return _("%(name)s had %(before)s and has no score now.", name=name, before=_number(change.before, digits))
    movement, components = movement_sentences(name, change, change.before, change.after, digits)
    said = f"{movement}: {components}."
    return " ".join((said, *_like_for_like(change, digits)))


def group_sentence(name: str, group: GroupChange, digits: int) -> str:
    """Return sentences on the change of a group's median, its components, and companies that entered or left."""
    who = _(
        "With a score in both periods: %(stayed)s; entered: %(came)s; left: %(left)s.",
        stayed=formats.number(group.matched),
        came=formats.number(group.entrants),
        left=formats.number(group.leavers),
    )
    if group.before is None or group.after is None:
        said = _("%(name)s: no company has a score in one of the periods.", name=name)
        return f"{said} {who}"
    movement, components = movement_sentences(
        _("%(name)s, the median", name=name), group, group.before, group.after, digits
    )
    if not group.matched:
        return f"{movement}. {_nobody_in_both_words()} {who}"
    sample = _("sample %(points)s", points=signed_points(group.sample or 0.0, movement.digits))
    said = f"{movement}: {formats.comma_list((components, sample))}."
    return " ".join((said, who, *_like_for_like(group, digits)))


def _nobody_in_both_words() -> str:
    return _(
        "No company has a score in both periods, so the whole change comes from the sample: companies are "
        "recognised by their names."
    )


def answer_mapping_sentence(comparison: PeriodComparison) -> str:
    """Return sentences on the mapping of earlier answers to the new edition."""
    if comparison.is_one_edition:
        return _("Both periods answer the same edition, so no part of a change comes from the method.")
    carried = " ".join((_mapped_words(comparison), *_rescaled_words(comparison)))
    count = len(comparison.uncompared)
    if not count:
        everything = _("Everything that is asked now is compared.")
        return f"{carried} {everything}"
    more = ngettext(
        "For at least one company, one question is not in the like-for-like figure; the change it causes "
        "counts as method.",
        "For at least one company, %(num)s questions are not in the like-for-like figure; the change they "
        "cause counts as method.",
        count,
    )
    return f"{carried} {more}"


def _mapped_words(comparison: PeriodComparison) -> str:
    return _(
        "The answers to %(old)s were carried over to %(new)s as far as they answer what is asked there.",
        old=comparison.before.id,
        new=comparison.after.id,
    )


def _rescaled_words(comparison: PeriodComparison) -> tuple[str, ...]:
    """Return a sentence that earlier scores are rescaled, if the new edition has a different scale."""
    if comparison.before.scale == comparison.after.scale:
        return ()
    old, new = formats.short_decimal(comparison.before.scale), formats.short_decimal(comparison.after.scale)
    name = comparison.before.id
    return (
        _(
            "Scores of %(edition)s, from 0 to %(old)s, are shown from 0 to %(new)s here.",
            edition=name,
            old=old,
            new=new,
        ),
    )


def unmapped_words(unmapped: UnmappedAnswer) -> str:
    """Return the reason why an answer was not mapped, with the reason given by the mapping rule."""
    said = _(_UNMAPPED_REASONS[unmapped.why])
    return f"{said} {unmapped.because}" if unmapped.because else said


def signed_points(points: float, digits: int) -> str:
    """Return points with their sign, `+3.1`. Points that round to 0 have none."""
    shown = rounded(points, digits)
    return f"+{formats.number(points, digits)}" if shown > 0 else formats.number(shown + 0.0, digits)


@dataclass(frozen=True)
class ScoreMovement(Sentence[ScoreChange | GroupChange]):
    """Movement of a score or a median between two periods."""

    name: str
    before: float
    after: float
    digits: int

    @property
    def points(self) -> float:
        """The difference of the numbers as they are shown."""
        return rounded(rounded(self.after, self.digits) - rounded(self.before, self.digits), self.digits)

    def words(self) -> str:
        """State the direction, the difference and both ends."""
        values = {
            "name": self.name,
            "points": _number(abs(self.points), self.digits),
            "before": _number(self.before, self.digits),
            "after": _number(self.after, self.digits),
        }
        if self.points > 0:
            return _("%(name)s rose by %(points)s points, from %(before)s to %(after)s", **values)
        if self.points < 0:
            return _("%(name)s fell by %(points)s points, from %(before)s to %(after)s", **values)
        return _("%(name)s did not change (%(before)s before, %(after)s after)", **values)

    def holds(self, truth: ScoreChange | GroupChange) -> bool:
        """Tell whether both ends are the true ones, rounded, and the direction is true as far as rounding shows it."""
        if truth.before is None or truth.after is None:
            return False
        step = 10.0**-self.digits
        ends = abs(self.before - truth.before) <= step / 2 and abs(self.after - truth.after) <= step / 2
        way = truth.after - truth.before
        return ends and (way * self.points > 0 if self.points else abs(way) <= step)


@dataclass(frozen=True)
class ChangeComponents(Sentence[ScoreChange | GroupChange]):
    """Components of a change, without the sample."""

    answers: float
    evidence: float
    method: float
    digits: int

    def words(self) -> str:
        """State each component with its sign."""
        return _(
            "answers %(answers)s, evidence and verification %(evidence)s, method %(method)s",
            answers=signed_points(self.answers, self.digits),
            evidence=signed_points(self.evidence, self.digits),
            method=signed_points(self.method, self.digits),
        )

    def holds(self, truth: ScoreChange | GroupChange) -> bool:
        """Tell whether each component is true, and they add up (with the sample of a group) to the change."""
        parts = (truth.answers or 0.0, truth.evidence or 0.0, truth.method or 0.0)
        if truth.before is None or truth.after is None or parts != (self.answers, self.evidence, self.method):
            return False
        sample = (truth.sample or 0.0) if isinstance(truth, GroupChange) else 0.0
        return abs(truth.after - truth.before - sum(parts) - sample) < SUM_TOLERANCE


def movement_sentences(
    name: str, change: ScoreChange | GroupChange, before: float, after: float, digits: int
) -> tuple[ScoreMovement, ChangeComponents]:
    """Return sentences on the movement of a score or median, with enough decimals to tell its ends apart."""
    shown = decimals_apart(before, after, digits)
    parts = (change.answers or 0.0, change.evidence or 0.0, change.method or 0.0)
    return ScoreMovement(name, before, after, shown), ChangeComponents(*parts, shown)


def _like_for_like(change: ScoreChange | GroupChange, digits: int) -> tuple[str, ...]:
    """Return a sentence on the like-for-like movement, if it differs from the headline movement."""
    if change.like_for_like_before is None or change.like_for_like_after is None:
        return ()
    shown = decimals_apart(change.like_for_like_before, change.like_for_like_after, digits)
    before, after = _number(change.like_for_like_before, shown), _number(change.like_for_like_after, shown)
    if (before, after) == (_number(change.before, shown), _number(change.after, shown)):
        return ()
    return (
        _(
            "Like for like, over the questions of both periods with the weights they have now: from "
            "%(before)s to %(after)s.",
            before=before,
            after=after,
        ),
    )


def _number(points: float | None, digits: int) -> str:
    return formats.number(points or 0.0, digits)
