"""Closing a period: disclosure control, the ranking of named companies, and the sealed snapshot.

Everything published passes through `apply_disclosure_control`.

Only the named companies of a sector that an auditor verified are ranked, among themselves: a claim that nobody checked
gives no rank, and nothing follows about companies that are not named. The number of draws and the seed are fixed and
published, so that the draws can be repeated from the answers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

import numpy as np

from compliance.disclosure.aggregates import (
    BREAKDOWN_KINDS,
    TOGETHER_KINDS,
    BreakdownCell,
    Contribution,
    aggregate_by_sector,
    aggregate_together,
)
from compliance.disclosure.company_table import (
    ReducedCompany,
    RegisteredCompany,
    load_companies,
    published_scores,
)
from compliance.disclosure.equivalence_classes import assign_cells
from compliance.disclosure.invitations import InvitationFigures
from compliance.disclosure.period_change import LastPublication, with_changes
from compliance.disclosure.published import NamedCompany, NamedRank, NamedRanking
from compliance.disclosure.snapshot import PublishedSnapshot, seal_of, snapshot_to_json
from compliance.disclosure.suppression import PublishableFigures, suppress
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.countries import NEED_GROUPS, countries
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, OPERATIONS_QUESTION, OVERALL, SIZE_FIELD, Edition
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.score import score
from compliance.scoring.scorecard import Scorecard
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import BasisRecord, ScoreRecord, StandingRecord
from compliance.statistics.ranking import SimulationSettings, rankings


@dataclass(frozen=True, slots=True)
class DisclosureDecision:
    """What may be shown of a period, and what the next closing has to know about it."""

    figures: PublishableFigures
    contributions: Mapping[str, Contribution]  # by company; kept, never published
    demonstration: bool  # whether some companies are invented


def apply_disclosure_control(
    edition: Edition,
    period: int,
    entries: Iterable[RegisteredCompany | ReducedCompany],
    neighbours: Sequence[Mapping[str, Contribution]] = (),
    last: LastPublication | None = None,
) -> DisclosureDecision:
    """Decide what may be shown of a period. Everything published passes through here, in any order of entries.

    `neighbours`: the contributions to the nearest published periods before and after. `last`: the publication before,
    whose contributions are among them.
    """
    loaded, values_by_kind = load_companies(edition, entries), breakdown_values(edition)
    cells = assign_cells(loaded.table, period, neighbours, values_by_kind)
    parts, together = (
        [BreakdownCell(kind, value) for kind in kinds for value in values_by_kind.get(kind, ())]
        for kinds in (BREAKDOWN_KINDS, TOGETHER_KINDS)
    )
    disclosed = suppress(
        edition, aggregate_by_sector(edition, loaded, cells, parts), aggregate_together(loaded, cells, together)
    )
    if last is not None:
        sectors = with_changes(edition, disclosed.sectors, loaded.table, cells, last)
        disclosed = replace(disclosed, sectors=sectors)
    return DisclosureDecision(disclosed, cells.contributions(loaded.table), loaded.demonstration)


def breakdown_values(edition: Edition) -> Mapping[str, tuple[str, ...]]:
    """Return regions and sizes for breakdowns of sectors, and groups by need, if the edition asks for them.

    Sizes are divided only into smaller and larger, with ids joined by "+": finer groups would be too small to show.
    """
    regions = sorted({country.region for country in countries().values()} - {""})
    size = edition.profile.get(SIZE_FIELD)
    values_by_kind = {
        "region": tuple(regions) if HEADQUARTERS_QUESTION in edition.questions else (),
        "size": _smaller_and_larger(size.values) if size else (),
        "need": NEED_GROUPS if OPERATIONS_QUESTION in edition.questions else (),
    }
    return {kind: values for kind, values in values_by_kind.items() if values}


def _smaller_and_larger(sizes: Sequence[str]) -> tuple[str, ...]:
    half = (len(sizes) + 1) // 2
    return tuple("+".join(part) for part in (sizes[:half], sizes[half:]) if part)


#: The simulation behind published ranks.
PUBLIC_SIMULATION = SimulationSettings(draws=1000, seed=34)
#: The basis of published ranks.
RANKED_BASIS: Basis = "verified"


def named_rankings(
    compiled: CompiledEdition, sheets: Mapping[str, Sequence[AnswerSheet]]
) -> Mapping[str, NamedRanking]:
    """Rank the named companies of each sector by their verified scores. `sheets`: of named companies, by sector.

    Sectors with fewer than two verified scores are left out.
    """
    all_sheets = [sheet for of_sector in sheets.values() for sheet in of_sector]
    if len(all_sheets) < 2 or not compiled.points_ranges:
        return {}
    ends = np.cumsum([len(of_sector) for of_sector in sheets.values()])
    groups = [np.arange(end - len(of), end) for end, of in zip(ends, sheets.values(), strict=True)]
    ranked = rankings(score(compiled, all_sheets, RANKED_BASIS), groups, PUBLIC_SIMULATION)
    return {
        sector: NamedRanking(
            draws=PUBLIC_SIMULATION.draws,
            seed=PUBLIC_SIMULATION.seed,
            factors=PUBLIC_SIMULATION.factors.names(),
            companies=tuple(
                NamedRank(company=p.company, first=p.interval.first, last=p.interval.last, tie_group=p.tie_group)
                for p in ranking.companies
            ),
            basis=RANKED_BASIS,
        )
        for sector, ranking in zip(sheets, ranked, strict=True)
        if len(ranking.companies) > 1
    }


#: Ranks the companies published by name, given all contributions, by sector. Sectors with too few are left out.
RankNamed: TypeAlias = Callable[[Mapping[str, Contribution]], Mapping[str, NamedRanking]]


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """The frozen results of closing a period."""

    snapshot: PublishedSnapshot  # public
    contributions: Mapping[str, Contribution]  # by company; for the next closing, never published


def _no_rankings(_places: Mapping[str, Contribution]) -> Mapping[str, NamedRanking]:
    return {}


def make_snapshot(
    edition: Edition,
    period: int,
    entries: Iterable[RegisteredCompany],
    as_of: date,
    *,
    demonstration: bool = False,
    rank_named: RankNamed = _no_rankings,
) -> PublishedSnapshot:
    """Return the snapshot of a period without neighbouring periods: see `close_figures`."""
    return close_figures(edition, period, entries, as_of, demonstration=demonstration, rank_named=rank_named).snapshot


def close_figures(
    edition: Edition,
    period: int,
    entries: Iterable[RegisteredCompany | ReducedCompany],
    as_of: date,
    *,
    neighbours: Sequence[Mapping[str, Contribution]] = (),
    last: LastPublication | None = None,
    demonstration: bool = False,
    rank_named: RankNamed = _no_rankings,
    count_invited: Callable[[], InvitationFigures] = InvitationFigures,
) -> ClosedPeriod:
    """Count, decide what may be shown given what is published of the neighbouring periods, and seal it.

    Entries are streamed, and their order does not matter. `rank_named` ranks the companies published by name, by
    sector, once these are decided (see `named_rankings`). `count_invited` is called after the last entry (see
    `publish_invitations`). `last`: see `apply_disclosure_control`.
    """
    decision = apply_disclosure_control(edition, period, entries, neighbours, last)
    named_ranks = rank_named(decision.contributions)
    snapshot = PublishedSnapshot(
        edition=edition.id,
        digest=edition.digest,
        title=edition.title,
        draft=edition.draft,
        period=period,
        as_of=as_of,
        demonstration=demonstration or decision.demonstration,
        together=decision.figures.together,
        sectors=tuple(replace(group, ranking=named_ranks.get(group.sector)) for group in decision.figures.sectors),
        invitations=count_invited(),
    )
    return ClosedPeriod(replace(snapshot, seal=seal_of(snapshot_to_json(snapshot))), decision.contributions)


def preview_named_company(
    company: str, claimed: Scorecard, evidenced: Scorecard, verified: Scorecard | None = None
) -> NamedCompany | None:
    """Return what would be published about a company that agrees to be named, or None without a score."""
    if claimed.overall.score is None:
        return None
    record: ScoreRecord = {"claimed": _overall_record(claimed), "evidenced": _overall_record(evidenced)}
    judged: ScoreRecord | None = {"verified": _overall_record(verified)} if verified else None
    return published_scores(claimed.edition, company, record, judged)


def _overall_record(card: Scorecard) -> BasisRecord:
    """Return the part of a scorecard that is published by name, as a record: the overall score."""
    whole = card.overall
    standing: StandingRecord = {
        "score": whole.score,
        "worst": whole.worst,
        "best": whole.best,
        "coverage": whole.coverage,
        "weight": whole.weight,
        "band": whole.band.id if whole.band else None,
    }
    by_points = card.cap.by_points.id if card.cap else None
    return {"standings": {OVERALL: standing}, "by_points": by_points, "failed": [part.id for part in card.failed]}


def verified_record(compiled: CompiledEdition, sheet: AnswerSheet) -> ScoreRecord | None:
    """Return the record of the scores from an auditor's verdicts, or None without verdicts."""
    return score_records(compiled, [sheet], ["verified"])[0] if sheet.verdicts else None
