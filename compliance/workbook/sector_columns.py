"""The columns of a sector's list: company, overall results on each basis, then themes, lenses and requirements."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_label, lens_value_label
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.coded_answers import Basis
from compliance.scoring.standing import NO_STANDING, ScoreRecord, StandingRecord, recorded_standing
from compliance.workbook.cell_styles import Style, decimals, percent
from compliance.workbook.streamed_rows import LinkedNumber, StreamedCell

_BASIS_HEADS: Mapping[Basis, tuple[str, str, str]] = {
    "claimed": (N_("Claimed"), N_("Claimed: coverage"), N_("Claimed: band")),
    "evidenced": (N_("Evidenced"), N_("Evidenced: coverage"), N_("Evidenced: band")),
    "verified": (N_("Verified"), N_("Verified: coverage"), N_("Verified: band")),
}
#: A format of days that is unambiguous everywhere.
DAY: Style = {"num_format": "yyyy-mm-dd", "align": "right"}


@dataclass(frozen=True, slots=True)
class SubmittedScorecard:
    """One submission: company, date, the scores stored with it, and the verified scores of today."""

    company: str
    sector: str
    size: str
    period: int
    record: ScoreRecord
    submitted: date | None = None
    voice: str = ""  # who answered, in words
    assessment: int = 0  # its number in the installation
    address: str = ""  # of its page there
    organisation: int = 0  # id of the company, as names are not unique


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column of the list."""

    heading: str
    cell: Callable[[SubmittedScorecard], StreamedCell]
    looks: tuple[str | Style, ...] = ("text",)
    width: float = 11.5
    group: str = ""  # heading above this column, the first of a group
    counted: bool = False  # a figure with statistics
    is_band: bool = False
    printed: bool = False  # a hundred columns on paper would be too small to read


def list_columns(edition: Edition, judged: Collection[str]) -> tuple[ListColumn, ...]:
    """Return all columns in order. `judged`: ids of questions with a verdict; their parts have a verified score."""
    printed = (replace(column, printed=True) for column in (*_company_columns(), *_overall_columns(edition)))
    return (*printed, *_part_columns(edition, frozenset(judged)))


def _company_columns() -> Iterator[ListColumn]:
    yield ListColumn(_("Company"), lambda line: line.company, ("text", "bold"), 34)
    yield ListColumn(_("Sector"), lambda line: line.sector, width=16)
    yield ListColumn(_("Size"), lambda line: line.size, width=13)
    yield ListColumn(_("Period"), lambda line: line.period, ("right", "plain"), 8)
    yield ListColumn(_("Submitted"), lambda line: line.submitted, ("right", DAY), 11)
    yield ListColumn(_("Source of the answers"), lambda line: line.voice, ("text", "inset"), 25)
    # Translators: heading of a column with the numbers of assessments, each a link to its page.
    yield ListColumn(_("Assessment"), _link, ("right", "plain", {"underline": 1}), 12)


def _link(line: SubmittedScorecard) -> StreamedCell:
    return LinkedNumber(line.assessment, line.address) if line.assessment else None


def _overall_columns(edition: Edition) -> Iterator[ListColumn]:
    digits = decimals(edition.round)
    for basis, (score, coverage, band) in _BASIS_HEADS.items():
        group = _("Overall score") if basis == "claimed" else ""
        yield _figure(_(score), basis, OVERALL, _score, ("bold", digits), group=group)
        if basis == "claimed":
            yield _figure(_("Claimed: at worst"), basis, OVERALL, lambda standing: standing["worst"], ("soft", digits))
            yield _figure(_("Claimed: at best"), basis, OVERALL, lambda standing: standing["best"], ("soft", digits))
        yield _figure(_(coverage), basis, OVERALL, lambda standing: standing["coverage"], (percent(),))
        if edition.bands:
            yield ListColumn(_(band), _band(edition, basis), ("centre",), 13, is_band=True)
    failed = _("Critical requirements not met, as claimed")
    yield ListColumn(failed, lambda line: len(line.record["claimed"]["failed"]), ("right", "plain"), 12)


def _figure(
    heading: str,
    basis: Basis,
    part: str,
    figure: Callable[[StandingRecord], float | None],
    looks: Sequence[str | Style],
    *,
    group: str = "",
) -> ListColumn:
    def cell(line: SubmittedScorecard) -> float | None:
        return figure(recorded_standing(line.record, basis, part) or NO_STANDING)

    return ListColumn(heading, cell, ("right", *looks), group=group, counted=True)


def _score(standing: StandingRecord) -> float | None:
    return standing["score"]


def _band(edition: Edition, basis: Basis) -> Callable[[SubmittedScorecard], str]:
    titles = {band.id: band.title for band in edition.bands}
    return lambda line: titles.get((recorded_standing(line.record, basis, OVERALL) or NO_STANDING)["band"] or "", "")


def _part_columns(edition: Edition, judged: frozenset[str]) -> Iterator[ListColumn]:
    """Yield columns of themes, values of the first two lenses, and requirements; of judged parts, also as verified."""
    themes = {theme.id: theme.title or theme.id for theme in edition.themes}
    lenses = {
        f"{lens}:{value}": _(
            "%(lens)s: %(value)s", lens=lens_label(edition, lens), value=lens_value_label(edition, lens, value)
        )
        for lens in list(edition.lenses)[:2]
        for value in edition.lenses[lens]
    }
    below = [part for part in edition.requirements if part.id not in themes]
    requirements = {part.id: f"{part.id} · {part.title}" if part.title else part.id for part in below}
    yield from _scores(edition, _("Themes, as claimed"), themes, "claimed")
    yield from _scores(edition, _("Lenses, as claimed"), lenses, "claimed")
    yield from _scores(edition, _("Themes, verified"), _with_verdict(edition, themes, judged), "verified")
    yield from _scores(edition, _("Requirements, as claimed"), requirements, "claimed")
    yield from _scores(edition, _("Requirements, verified"), _with_verdict(edition, requirements, judged), "verified")


def _with_verdict(edition: Edition, parts: Mapping[str, str], judged: frozenset[str]) -> dict[str, str]:
    """Return the parts with a judged question, each with a heading that names the basis."""
    return {
        part: _("%(part)s, verified", part=title)
        for part, title in parts.items()
        if any(question.id in judged for question in edition.nodes[part].questions())
    }


def _scores(edition: Edition, group: str, parts: Mapping[str, str], basis: Basis) -> Iterator[ListColumn]:
    digits = decimals(edition.round)
    for position, (part, heading) in enumerate(parts.items()):
        column = _figure(heading, basis, part, _score, (digits,), group="" if position else group)
        is_requirement = part in edition.nodes and part not in {theme.id for theme in edition.themes}
        yield replace(column, width=16) if is_requirement else column
