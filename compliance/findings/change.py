"""How a score moved, in sentences: what answers did, then evidence and verification, then method, then sample."""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.benchmark.change import Change, GroupChange
from compliance.benchmark.panel import Panel
from compliance.findings.decimals import decimals_apart
from compliance.findings.sentence import Sentence
from compliance.languages import formats
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.mapping import Left, Why
from compliance.scoring.rounding import rounded

#: The parts of a change add up to it, but for what arithmetic with floating numbers loses.
ADDS_UP = 1e-6
_WHYS: Mapping[Why, str] = {
    "gone": N_("There is no such question any more."),
    "changed": N_("The question takes other answers now."),
    "open": N_("The answer does not settle what is asked now."),
    "apart": N_("Two answers settle the same question differently."),
    "part": N_("The answer settles a part only, and answers on the rest are missing."),
}


def change_sentence(change: Change, digits: int) -> str:
    """How one company moved, and by what; where it has no score, that it has none."""
    name = change.company
    if change.before is None and change.after is None:
        return _("%(name)s has no score in either period.", name=name)
    if change.before is None:
        return _("%(name)s had no score before; now it has %(after)s.", name=name, after=_number(change.after, digits))
    if change.after is None:
        return _("%(name)s had %(before)s and has no score now.", name=name, before=_number(change.before, digits))
    moved, by = moved_sentences(name, change, change.before, change.after, digits)
    said = f"{moved}: {by}."
    return " ".join((said, *_like_for_like(change, digits)))


def group_sentence(name: str, group: GroupChange, digits: int) -> str:
    """How the median of a group moved, by what, and who came and left."""
    who = _(
        "With a score in both periods: %(stayed)s; came: %(came)s; left: %(left)s.",
        stayed=formats.number(group.stayed),
        came=formats.number(group.came),
        left=formats.number(group.left),
    )
    if group.before is None or group.after is None:
        said = _("%(name)s: nobody has a score in one of the periods.", name=name)
        return f"{said} {who}"
    moved, by = moved_sentences(_("%(name)s, the median", name=name), group, group.before, group.after, digits)
    if not group.stayed:
        return f"{moved}. {_no_one_stayed()} {who}"
    sample = _("sample %(points)s", points=signed(group.sample or 0.0, moved.digits))
    said = f"{moved}: {formats.listed((by, sample))}."
    return " ".join((said, who, *_like_for_like(group, digits)))


def _no_one_stayed() -> str:
    return _("No company has a score in both periods, so all of it is sample: companies are known by their names.")


def carrying_sentence(panel: Panel) -> str:
    """What became of the old answers under the new edition."""
    if panel.is_one_edition:
        return _("Both periods answer the same edition, so nothing of a change is method.")
    carried = " ".join((_carried(panel), *_scales(panel)))
    count = len(panel.uncompared)
    if not count:
        everything = _("Everything that is asked now is compared.")
        return f"{carried} {everything}"
    more = ngettext(
        "One question is in no like-for-like figure of some company; what it moves is method.",
        "%(num)s questions are in no like-for-like figure of some company; what they move is method.",
        count,
    )
    return f"{carried} {more}"


def _carried(panel: Panel) -> str:
    return _(
        "The answers to %(old)s were carried to %(new)s as far as they settle what is asked there.",
        old=panel.before.id,
        new=panel.after.id,
    )


def _scales(panel: Panel) -> tuple[str, ...]:
    """That a headline before is not the number that was published, where the new edition counts in other points."""
    if panel.before.scale == panel.after.scale:
        return ()
    old, new = formats.plain(panel.before.scale), formats.plain(panel.after.scale)
    name = panel.before.id
    return (
        _(
            "Scores of %(edition)s, from 0 to %(old)s, are shown from 0 to %(new)s here.",
            edition=name,
            old=old,
            new=new,
        ),
    )


def why_words(left: Left) -> str:
    """Why an answer was not carried, with what the rule says of it."""
    said = _(_WHYS[left.why])
    return f"{said} {left.because}" if left.because else said


def signed(points: float, digits: int) -> str:
    """Points with their sign: `+3.1`; what rounds to nothing has none."""
    shown = rounded(points, digits)
    return f"+{formats.number(points, digits)}" if shown > 0 else formats.number(shown + 0.0, digits)


@dataclass(frozen=True)
class Moved(Sentence[Change | GroupChange]):
    """From where to where a score or a median went."""

    name: str
    before: float
    after: float
    digits: int

    @property
    def points(self) -> float:
        """What a reader subtracts: of the numbers as they are shown."""
        return rounded(rounded(self.after, self.digits) - rounded(self.before, self.digits), self.digits)

    def words(self) -> str:
        """The direction, the distance and both ends."""
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
        return _("%(name)s stayed where it was, from %(before)s to %(after)s", **values)

    def holds(self, truth: Change | GroupChange) -> bool:
        """Both ends are the true ones, rounded, and it truly went that way, if by more than rounding hides."""
        if truth.before is None or truth.after is None:
            return False
        step = 10.0**-self.digits
        ends = abs(self.before - truth.before) <= step / 2 and abs(self.after - truth.after) <= step / 2
        way = truth.after - truth.before
        return ends and (way * self.points > 0 if self.points else abs(way) <= step)


@dataclass(frozen=True)
class MovedBy(Sentence[Change | GroupChange]):
    """What a change is made of, beside the sample."""

    answers: float
    evidence: float
    method: float
    digits: int

    def words(self) -> str:
        """Each part with its sign."""
        return _(
            "answers %(answers)s, evidence and verification %(evidence)s, method %(method)s",
            answers=signed(self.answers, self.digits),
            evidence=signed(self.evidence, self.digits),
            method=signed(self.method, self.digits),
        )

    def holds(self, truth: Change | GroupChange) -> bool:
        """Each part is the true one, and with the sample of a group they add up to the whole change."""
        parts = (truth.answers or 0.0, truth.evidence or 0.0, truth.method or 0.0)
        if truth.before is None or truth.after is None or parts != (self.answers, self.evidence, self.method):
            return False
        sample = (truth.sample or 0.0) if isinstance(truth, GroupChange) else 0.0
        return abs(truth.after - truth.before - sum(parts) - sample) < ADDS_UP


def moved_sentences(
    name: str, change: Change | GroupChange, before: float, after: float, digits: int
) -> tuple[Moved, MovedBy]:
    """How a score or a median moved, and by what, with the decimals that tell its ends apart."""
    shown = decimals_apart(before, after, digits)
    parts = (change.answers or 0.0, change.evidence or 0.0, change.method or 0.0)
    return Moved(name, before, after, shown), MovedBy(*parts, shown)


def _like_for_like(moved: Change | GroupChange, digits: int) -> tuple[str, ...]:
    """Beside the headlines, where it is not the same as they are."""
    if moved.like_before is None or moved.like_after is None:
        return ()
    shown = decimals_apart(moved.like_before, moved.like_after, digits)
    before, after = _number(moved.like_before, shown), _number(moved.like_after, shown)
    if (before, after) == (_number(moved.before, shown), _number(moved.after, shown)):
        return ()
    return (
        _(
            "Like for like, over the questions of both periods as they are weighed now: from %(before)s to %(after)s.",
            before=before,
            after=after,
        ),
    )


def _number(points: float | None, digits: int) -> str:
    return formats.number(points or 0.0, digits)
