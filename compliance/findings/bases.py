"""Claimed beside evidenced beside verified: how a part stands on each basis, and where they part from each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compliance.findings.standing import BASES
from compliance.languages.formats import number, percent
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.columns import Basis
from compliance.scoring.plan import Plan
from compliance.scoring.rounding import rounded
from compliance.scoring.scorecard import Scorecard, Standing, make_scorecard


@dataclass(frozen=True, slots=True)
class Cards:
    """The same answers on each basis; verified only once an auditor has judged something."""

    claimed: Scorecard
    evidenced: Scorecard
    verified: Scorecard | None

    @property
    def each(self) -> tuple[Scorecard, ...]:
        """Those there are, claimed first."""
        return tuple(card for card in (self.claimed, self.evidenced, self.verified) if card is not None)


@dataclass(frozen=True, slots=True)
class Beside:
    """How one node or lens value stands on each basis. None: it is nowhere on that basis."""

    claimed: Standing | None
    evidenced: Standing | None
    verified: Standing | None

    def not_shown(self, digits: int = 0) -> float:
        """The evidence gap: points claimed and not shown, by the scores as people see them; 0 where there are none."""
        return _above(self.claimed, self.evidenced, digits)

    def not_claimed(self, digits: int = 0) -> float:
        """The declaration gap: points that an auditor found shown, and that were not claimed."""
        return _above(self.verified, self.claimed, digits)


def cards_of(plan: Plan, sheet: AnswerSheet) -> Cards:
    """The scorecards of one sheet, whatever there is."""
    return Cards(
        make_scorecard(plan, sheet, "claimed"),
        make_scorecard(plan, sheet, "evidenced"),
        make_scorecard(plan, sheet, "verified") if sheet.verdicts else None,
    )


def basis_word(basis: Basis) -> str:
    """What a basis is called."""
    return _(BASES[basis])


def node_beside(cards: Cards, node: str) -> Beside:
    """A node on each basis."""
    return _beside(cards, lambda card: card.nodes.get(node))


def lens_beside(cards: Cards, lens: str, value: str) -> Beside:
    """A lens value on each basis."""
    return _beside(cards, lambda card: card.lenses.get(lens, {}).get(value))


def beside_words(beside: Beside) -> str:
    """What stands beside a claimed score: how much it covers, and the score on each other basis with the same."""
    claimed = None if beside.claimed is None else beside.claimed.coverage
    said = [] if claimed is None else [_("%(covered)s covered.", covered=percent(claimed))]
    named: Sequence[tuple[Basis, Standing | None]] = (("evidenced", beside.evidenced), ("verified", beside.verified))
    said += [_standing_words(basis_word(basis), standing) for basis, standing in named if standing]
    return " ".join(words for words in said if words)


def apart_words(beside: Beside, digits: int = 0) -> str:
    """What is claimed and not shown, and what is shown and not claimed; empty where the bases agree."""
    said = []
    if points := beside.not_shown(digits):
        said.append(_("Claimed, not shown: %(points)s.", points=number(points, digits)))
    if points := beside.not_claimed(digits):
        said.append(_("Shown by an auditor, not claimed: %(points)s.", points=number(points, digits)))
    return " ".join(said)


def _beside(cards: Cards, pick: Callable[[Scorecard], Standing | None]) -> Beside:
    return Beside(pick(cards.claimed), pick(cards.evidenced), pick(cards.verified) if cards.verified else None)


def _standing_words(basis: str, standing: Standing) -> str:
    if standing.coverage is None:
        return ""
    covered = percent(standing.coverage)
    if standing.score is None:
        return _("%(basis)s: no score, %(covered)s covered.", basis=basis, covered=covered)
    return _("%(basis)s: %(score)s, %(covered)s covered.", basis=basis, score=number(standing.score), covered=covered)


def _above(more: Standing | None, less: Standing | None, digits: int) -> float:
    """By how much one score stands above the other, as people see both with so many decimals."""
    if more is None or less is None or more.score is None or less.score is None:
        return 0.0
    return max(0.0, rounded(more.score, digits) - rounded(less.score, digits))
