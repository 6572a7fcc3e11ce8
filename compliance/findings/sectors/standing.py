"""Where sectors stand, claimed beside evidenced. A claim is called one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.benchmark.published import Group
from compliance.findings.sectors.cells import stated
from compliance.findings.sectors.truth import Sentence, Truth, agrees
from compliance.languages.formats import number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.languages.words import sector_title
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.columns import Basis


@dataclass(frozen=True, slots=True)
class Medians:
    """The published medians of the whole of one sector, in whole points; None: suppressed."""

    sector: str
    claimed: int | None
    evidenced: int | None


def medians(group: Group) -> Medians:
    """Of one sector."""
    overall = group.figure(OVERALL)
    return Medians(group.sector, stated(overall.claimed.median), stated(overall.evidenced.median))


@dataclass(frozen=True)
class ClaimedAndEvidenced(Sentence):
    """Both medians of a sector, as a title."""

    sector: str
    claimed: int
    evidenced: int
    scale: float

    def words(self) -> str:
        """The sector, what it claims and what it shows."""
        return _(
            "%(sector)s: %(claimed)s of %(scale)s claimed, %(evidenced)s with evidence on file",
            sector=sector_title(self.sector),
            claimed=number(self.claimed),
            scale=number(self.scale),
            evidenced=number(self.evidenced),
        )

    def holds(self, truth: Truth) -> bool:
        """Both are the true medians, rounded."""
        return _both_hold(self, truth)


@dataclass(frozen=True)
class OnlyPartShown(Sentence):
    """The evidenced median is below the claimed one."""

    sector: str
    claimed: int
    evidenced: int

    def words(self) -> str:
        """The two medians."""
        return _(
            "The median falls from %(claimed)s as claimed to %(evidenced)s on evidence",
            evidenced=number(self.evidenced),
            claimed=number(self.claimed),
        )

    def holds(self, truth: Truth) -> bool:
        """Both are the true medians, rounded, and the evidenced one is the lower."""
        claimed, evidenced = (truth.median(self.sector, OVERALL, basis) for basis in ("claimed", "evidenced"))
        return _both_hold(self, truth) and evidenced < claimed


@dataclass(frozen=True)
class MediansAgree(Sentence):
    """Both medians are the same in whole points."""

    sector: str
    claimed: int
    evidenced: int

    def words(self) -> str:
        """The one number."""
        return _("The claimed and the evidenced median are both %(score)s", score=number(self.claimed))

    def holds(self, truth: Truth) -> bool:
        """Both are the true medians, rounded."""
        return _both_hold(self, truth) and self.claimed == self.evidenced


def _both_hold(said: "ClaimedAndEvidenced | OnlyPartShown | MediansAgree", truth: Truth) -> bool:
    claimed = agrees(said.claimed, truth.median(said.sector, OVERALL, "claimed"))
    return claimed and agrees(said.evidenced, truth.median(said.sector, OVERALL, "evidenced"))


def sector_headline(group: Group, scale: float) -> Sentence | None:
    """A sector's title with both medians; None where they are suppressed."""
    found = medians(group)
    if found.claimed is None or found.evidenced is None:
        return None
    return ClaimedAndEvidenced(group.sector, found.claimed, found.evidenced, scale)


def evidence_headline(group: Group) -> Sentence | None:
    """How far the median falls when only evidence counts; None where it is suppressed."""
    found = medians(group)
    if found.claimed is None or found.evidenced is None or found.evidenced > found.claimed:
        return None
    kind = OnlyPartShown if found.evidenced < found.claimed else MediansAgree
    return kind(group.sector, found.claimed, found.evidenced)


# ── Sectors beside each other


@dataclass(frozen=True)
class PastHalf(Sentence):
    """In how many of the sectors shown the median is more than half of full marks."""

    basis: Basis
    past: tuple[str, ...]  # the published median is above half
    near: tuple[str, ...]  # it is half in whole points, and may be above or below
    shown: tuple[str, ...]
    half: float

    def words(self) -> str:
        """With the basis: a claim is called one."""
        named = {
            "count": number(len(self.past)),
            "all": number(len(self.shown)),
            "near": number(len(self.near)),
            "half": number(self.half),
        }
        if self.basis == "evidenced":
            if self.near:
                return _("On evidence, the median is above %(half)s in %(count)s of the %(all)s sectors shown "
                         "and at %(half)s in %(near)s", **named)  # fmt: skip
            if not self.past:
                return _("On evidence, the median reaches halfway in none of the %(all)s sectors shown", **named)
            return _("On evidence, the median is past halfway in %(count)s of the %(all)s sectors shown", **named)
        if self.near:
            return _("As claimed, the median is above %(half)s in %(count)s of the %(all)s sectors shown and "
                     "at %(half)s in %(near)s", **named)  # fmt: skip
        if not self.past:
            return _("As claimed, the median reaches halfway in none of the %(all)s sectors shown", **named)
        return _("As claimed, the median is past halfway in %(count)s of the %(all)s sectors shown", **named)

    def holds(self, truth: Truth) -> bool:
        """Of the sectors shown, just those called so are past halfway; those near may lie on either side."""
        true = {sector: truth.median(sector, OVERALL, self.basis) for sector in self.shown}
        settled = [sector for sector in self.shown if sector not in self.near]
        return all((true[sector] > self.half) == (sector in self.past) for sector in settled) and all(
            agrees(round(self.half), true[sector]) for sector in self.near
        )


def past_half(found: Sequence[Medians], basis: Basis, scale: float) -> Sentence | None:
    """In how many of the sectors shown the median is past halfway; None where no sector is shown."""
    known = _known(found, basis)
    if not known:
        return None
    half = scale / 2
    return PastHalf(
        basis,
        tuple(sector for sector, median in known.items() if median > half),
        tuple(sector for sector, median in known.items() if median == half),
        tuple(known),
        half,
    )


@dataclass(frozen=True)
class NoneAbove(Sentence):
    """The highest evidenced median of the sectors shown."""

    sectors: tuple[str, ...]  # those that have it
    shown: tuple[str, ...]
    most: int

    def words(self) -> str:
        """The bound, and whose it is where one sector has it alone."""
        most = number(self.most)
        if len(self.sectors) == 1:
            return _(
                "Of the sectors shown, the highest median on evidence is %(most)s (%(sector)s).",
                most=most,
                sector=sector_title(self.sectors[0]),
            )
        return _("Of the sectors shown, the highest median on evidence is %(most)s.", most=most)

    def holds(self, truth: Truth) -> bool:
        """No sector shown lies above it, and a single one that is named lies above all others."""
        true = {sector: truth.median(sector, OVERALL, "evidenced") for sector in self.shown}
        highest = max(true.values())
        is_it = len(self.sectors) > 1 or all(true[self.sectors[0]] > true[s] for s in true if s not in self.sectors)
        return agrees(self.most, highest) and is_it


def none_above(found: Sequence[Medians]) -> Sentence | None:
    """The highest evidenced median of the sectors shown; None where no sector is shown."""
    known = _known(found, "evidenced")
    if not known:
        return None
    most = max(known.values())
    return NoneAbove(tuple(s for s, median in known.items() if median == most), tuple(known), most)


@dataclass(frozen=True)
class ShowLess(Sentence):
    """How many sectors show less than they claim, with the one that falls furthest as the example."""

    less: tuple[str, ...]
    shown: tuple[str, ...]
    example: Medians

    def words(self) -> str:
        """At least so many: where both are the same in whole points, one may still lie below the other."""
        named = {
            "sector": sector_title(self.example.sector),
            "evidenced": number(self.example.evidenced or 0),
            "claimed": number(self.example.claimed or 0),
        }
        if len(self.less) == len(self.shown):
            return _(
                "In each of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
                "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
                all=number(len(self.shown)),
                **named,
            )
        return ngettext(
            "In at least one of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
            "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
            "In at least %(num)s of the %(all)s sectors shown, the median on evidence is below the median as claimed. "
            "%(sector)s: %(claimed)s claimed, %(evidenced)s on evidence",
            len(self.less),
            all=number(len(self.shown)),
            **named,
        )

    def holds(self, truth: Truth) -> bool:
        """Each of them does, and the medians of the example are the true ones, rounded."""
        both = {s: [truth.median(s, OVERALL, b) for b in ("claimed", "evidenced")] for s in self.shown}
        true = both[self.example.sector]
        said = [self.example.claimed or 0, self.example.evidenced or 0]
        return all(both[s][1] < both[s][0] for s in self.less) and all(map(agrees, said, true))


def show_less(found: Sequence[Medians]) -> Sentence | None:
    """How many sectors show less than they claim; None where none does for certain."""
    known = [m for m in found if m.claimed is not None and m.evidenced is not None]
    less = [m for m in known if _drop(m) > 0]
    if not less:
        return None
    return ShowLess(tuple(m.sector for m in less), tuple(m.sector for m in known), max(less, key=_drop))


def _drop(found: Medians) -> int:
    return (found.claimed or 0) - (found.evidenced or 0)


def _known(found: Sequence[Medians], basis: Basis) -> Mapping[str, int]:
    values = {m.sector: m.claimed if basis == "claimed" else m.evidenced for m in found}
    return {sector: median for sector, median in values.items() if median is not None}
