"""A score in words: its interval, coverage and band, on each basis.

Also the number of decimals with which scores and differences are printed, so that a reader sees a difference exactly
if there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compliance.languages import formats
from compliance.languages.formats import number, percent
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.languages.labels import BASIS_LABELS
from compliance.narrative.aggregation_notation import NOTATION
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import Edition, MinimumStandard, Node, Question
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import rounded
from compliance.scoring.progress import Progress
from compliance.scoring.scorecard import Scorecard, Standing, make_scorecard
from compliance.scoring.standing import ScoreWithBounds


def basis_phrase(basis: Basis) -> str:
    """Return a phrase for the answers that a score is computed from."""
    return {
        "claimed": _("worked out from all answers"),
        "evidenced": _("worked out from the answers that rest on evidence"),
        "verified": _("worked out from what an auditor found"),
    }[basis]


#: How many more decimals are tried if two numbers would wrongly look the same or different, or one would look like 0.
_MORE_DECIMALS = 4


def decimals_of_points(digits: int) -> int:
    """Return decimals for points within a score of `digits` decimals: one more, so that small points are seen."""
    return max(2, digits + 1)


def decimals_apart(before: float, after: float, digits: int) -> int:
    """Return decimals, at least `digits`, with which two scores look the same only if their difference rounds to 0."""
    return next((d for d in range(digits, digits + _MORE_DECIMALS) if _are_told_apart(before, after, d)), digits)


def _are_told_apart(before: float, after: float, digits: int) -> bool:
    return (rounded(after - before, digits) == 0) == (rounded(before, digits) == rounded(after, digits))


def decimals_between(before: float, after: float, digits: int) -> int:
    """Return decimals, at least `digits`, with which two different scores look different."""
    return next((d for d in range(digits, digits + _MORE_DECIMALS) if rounded(before, d) != rounded(after, d)), digits)


def decimals_seen(value: float, digits: int) -> int:
    """Return decimals, at least `digits`, with which a value other than 0 does not look like 0."""
    return next((d for d in range(digits, digits + _MORE_DECIMALS) if rounded(value, d)), digits)


def standing_words(card: Scorecard, node: str) -> str:
    """Return `64.6, between 50.0 and 80.0; 98 % covered; Substantial`, or why there is no score on this basis."""
    if card.basis == "verified" and not card.sheet.verdicts:
        return _("No auditor has given a verdict yet.")
    standing, digits = card.nodes[node], card.edition.round
    if standing.coverage is None:
        return _("Not asked of this company.")
    covered = formats.percent(standing.coverage)
    if standing.score is None:
        return _("No score: too little is covered (%(covered)s).", covered=covered)
    said = _(
        "%(score)s, between %(worst)s and %(best)s; %(covered)s covered",
        score=formats.number(standing.score, digits),
        worst=formats.number(standing.worst or 0.0, digits),
        best=formats.number(standing.score if standing.best is None else standing.best, digits),
        covered=covered,
    )
    return formats.semicolon_list((said, standing.band.title or standing.band.id)) if standing.band else said


def by_choice_words(title: str, standing: ScoreWithBounds) -> str:
    """Return the score of optional questions: `Deeper, optional: 31 (20 to 45). It does not change any other score.`"""
    if standing.score is None:
        return _("%(portion)s, optional: no score yet. It does not change any other score.", portion=title)
    return _(
        "%(portion)s, optional: %(score)s (%(worst)s to %(best)s). It does not change any other score.",
        portion=title,
        score=number(standing.score),
        worst=number(standing.score if standing.worst is None else standing.worst),
        best=number(standing.score if standing.best is None else standing.best),
    )


def progress_words(progress: Progress) -> str:
    """Return coverage in counts: `180 of 187 questions answered.`"""
    return ngettext(
        "%(answered)s of one question answered.",
        "%(answered)s of %(num)s questions answered.",
        progress.asked,
        answered=progress.answered,
    )


def reviewed_words(progress: Progress) -> str:
    """Return on how many questions an auditor has given a verdict, or that there is no verdict yet."""
    if not progress.judged:
        return _("No auditor has given a verdict yet.")
    return ngettext(
        "An auditor has given a verdict on %(judged)s of one question.",
        "An auditor has given a verdict on %(judged)s of %(num)s questions.",
        progress.asked,
        judged=progress.judged,
    )


@dataclass(frozen=True, slots=True)
class ScorecardsByBasis:
    """Scorecards of the same answers on each basis. Verified is None before the first verdict."""

    claimed: Scorecard
    evidenced: Scorecard
    verified: Scorecard | None

    @property
    def each(self) -> tuple[Scorecard, ...]:
        """The existing scorecards, claimed first."""
        return tuple(card for card in (self.claimed, self.evidenced, self.verified) if card is not None)


@dataclass(frozen=True, slots=True)
class StandingByBasis:
    """Standing of one node or lens value on each basis. None: the scorecard of that basis does not have it."""

    claimed: Standing | None
    evidenced: Standing | None
    verified: Standing | None

    def not_shown(self, digits: int = 0) -> float:
        """Return the evidence gap, or 0: points claimed without evidence, computed from the scores as shown."""
        return _points_above(self.claimed, self.evidenced, digits)

    def not_claimed(self, digits: int = 0) -> float:
        """Return the declaration gap, or 0: points that an auditor found and that were not claimed."""
        return _points_above(self.verified, self.claimed, digits)


def scorecards_by_basis(compiled: CompiledEdition, sheet: AnswerSheet, *, gaps: bool = True) -> ScorecardsByBasis:
    """Return the scorecards of one sheet. `gaps`: see `make_scorecard`."""
    return ScorecardsByBasis(
        make_scorecard(compiled, sheet, "claimed", gaps=gaps),
        make_scorecard(compiled, sheet, "evidenced", gaps=gaps),
        make_scorecard(compiled, sheet, "verified", gaps=gaps) if sheet.verdicts else None,
    )


def basis_word(basis: Basis) -> str:
    """Return the title of a basis."""
    return _(BASIS_LABELS[basis])


def node_by_basis(cards: ScorecardsByBasis, node: str) -> StandingByBasis:
    """Return a node's standing on each basis."""
    return _by_basis(cards, lambda card: card.nodes.get(node))


def lens_value_by_basis(cards: ScorecardsByBasis, lens: str, value: str) -> StandingByBasis:
    """Return a lens value's standing on each basis."""
    return _by_basis(cards, lambda card: card.lenses.get(lens, {}).get(value))


def other_bases_words(beside: StandingByBasis) -> str:
    """Return the coverage of a claimed score, and score and coverage on each other basis that covers anything."""
    claimed = None if beside.claimed is None else beside.claimed.coverage
    said = [] if claimed is None else [_("%(covered)s covered.", covered=percent(claimed))]
    named: Sequence[tuple[Basis, Standing | None]] = (("evidenced", beside.evidenced), ("verified", beside.verified))
    said += [_on_basis_words(basis_word(basis), standing) for basis, standing in named if standing]
    return " ".join(words for words in said if words)


def evidence_and_declaration_gap_words(beside: StandingByBasis, digits: int = 0) -> str:
    """Return words for the evidence gap and the declaration gap, or "" if there are none."""
    said = []
    if points := beside.not_shown(digits):
        said.append(_("Claimed without evidence: %(points)s.", points=number(points, digits)))
    if points := beside.not_claimed(digits):
        said.append(_("Found by an auditor, not claimed: %(points)s.", points=number(points, digits)))
    return " ".join(said)


def _by_basis(cards: ScorecardsByBasis, pick: Callable[[Scorecard], Standing | None]) -> StandingByBasis:
    return StandingByBasis(pick(cards.claimed), pick(cards.evidenced), pick(cards.verified) if cards.verified else None)


def _on_basis_words(basis: str, standing: Standing) -> str:
    if not standing.coverage:
        return ""  # where nothing is answered or judged, there is no score to speak of: a blank is not a zero
    covered = percent(standing.coverage)
    if standing.score is None:
        return _("%(basis)s: no score, %(covered)s covered.", basis=basis, covered=covered)
    return _("%(basis)s: %(score)s, %(covered)s covered.", basis=basis, score=number(standing.score), covered=covered)


def _points_above(more: Standing | None, less: Standing | None, digits: int) -> float:
    """Return by how much one score as shown, with `digits` decimals, exceeds the other, or 0."""
    if more is None or less is None or more.score is None or less.score is None:
        return 0.0
    return max(0.0, rounded(more.score, digits) - rounded(less.score, digits))


def exact_score_words(score: float | None, least: int = 1) -> str:
    """Return a score with enough decimals to see how it rounds to a whole number: 62.46, not 62.5.

    `least`: the fewest decimals, which are those of the score as shown.
    """
    if score is None:
        return ""
    whole = rounded(score, 0)
    decimals = next((d for d in range(least, 6) if rounded(rounded(score, d), 0) == whole), 6)
    return number(score, decimals)


def would_be_verified_words(edition: Edition, before: ScoreWithBounds | None, after: ScoreWithBounds | None) -> str:
    """Return how the verified score would change. None: there is no verdict, so nothing is verified."""
    old, new = (None if bounds is None else bounds.score for bounds in (before, after))
    if after is None:
        return _("No verdict would be left, and so no verified score")
    if new is None or after.worst is None or after.best is None:
        return _("There would be no verified score yet: too little is reviewed")
    digits = max(decimals_to_show(edition, old), decimals_to_show(edition, new))
    said = {"after": number(new, digits), "low": number(after.worst, digits), "high": number(after.best, digits)}
    if old is None:
        return _("Verified would be %(after)s, between %(low)s and %(high)s", **said)
    if number(old, digits) == said["after"]:
        return _("Verified would stay at %(after)s, between %(low)s and %(high)s", **said)
    return _(
        "Verified would go from %(before)s to %(after)s, between %(low)s and %(high)s",
        before=number(old, digits),
        **said,
    )


def no_verdict_note() -> str:
    """Return the note shown instead of a verified score."""
    return _("No auditor has given a verdict yet.")


def part_title(part: Node | Question) -> str:
    """Return the title of a node, or the text of a question."""
    return (part.title or part.id) if isinstance(part, Node) else part.ask


def points_words(points: float) -> str:
    """Return a number of points as in an edition: "one point", "2.5 points"."""
    shown, whole = formats.short_decimal(points), round(points)
    if shown == formats.short_decimal(whole):
        return ngettext("one point", "%(num)s points", whole)
    return _("%(points)s points", points=shown)


def minimum_words(standard: MinimumStandard) -> str:
    """Return what a minimum standard needs, in points or as a share, as in the edition."""
    if standard.points is None:
        return formats.percent(standard.share)
    return points_words(standard.points)


def reached_words(standard: MinimumStandard, share: float | None) -> str:
    """Return what a part reaches, in the unit of its minimum standard. Without a score, that is 0."""
    if standard.points is None:
        return formats.distinct_percents(share or 0.0, standard.share)[0]
    return points_words((share or 0.0) * standard.part.unit_points)


def question_weight_words(compiled: CompiledEdition, question: Question) -> str:
    """Return a scored question's weight within its node, or "" if it is the only one or not in a plain mean."""
    above = compiled.edition.parents.get(question.id)
    if above is None or not NOTATION[above.combine].is_plain_mean or not compiled.has_plain_weights(above):
        return ""
    weights = compiled.weights[above.id]
    weight, total = weights.get(question.id, 0.0), sum(weights.values())
    if not weight or weight == total:
        return ""
    return _(
        "This question makes up %(share)s of “%(part)s”, as long as nothing of it drops out.",
        share=formats.percent(weight / total),
        part=formats.nested_quotes(part_title(above)),
    )


def standard_note(edition: Edition, standard: MinimumStandard) -> str:
    """Return a sentence for a company on how a minimum standard limits its band."""
    highest = edition.bands[standard.highest]
    part, held = part_title(standard.part), highest.title or highest.id
    if standard.band is not None:
        title = standard.band.title or standard.band.id
        return _("%(band)s requires %(needed)s of “%(part)s”.", band=title, needed=minimum_words(standard), part=part)
    if standard.part.prerequisite:
        return _(
            "Prerequisite. While “%(part)s” is not met, your band cannot be higher than %(band)s.", part=part, band=held
        )
    return _(
        "Critical. While “%(requirement)s” is below %(share)s, your band cannot be higher than %(band)s.",
        requirement=part,
        share=formats.percent(standard.share),
        band=held,
    )
