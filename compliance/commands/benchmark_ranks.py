"""Ranks of `compliance benchmark --draws`: rank intervals, tie groups and sensitivity, simulated and reported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from compliance.commands import CommandError
from compliance.commands.report import Row, attributes, keyed_table
from compliance.commands.terminal import aligned_table, counted, paragraphs, with_progress
from compliance.disclosure.published import UNCERTAINTY_FACTOR_LABELS
from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.narrative.peer_comparison import (
    grouping_label,
    grouping_value_label,
    how_to_read_ranks,
    peer_group_title,
    rank_interval_sentence,
    rank_interval_words,
    rank_sensitivity_sentences,
    ranking_basis_sentence,
    simulation_sentence,
    unranked_sentence,
)
from compliance.package_data import how_to_install
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import Codes, Floats
from compliance.scoring.score import Scores
from compliance.statistics.internal_comparison import ComparedGroup, InternalComparison
from compliance.statistics.ranking import (
    FEWEST_DRAWS,
    MAX_RANKS,
    RankedCompany,
    Ranking,
    RankInterval,
    SimulationSettings,
    rank_interval_of_one,
    rankings,
)
from compliance.statistics.sensitivity import SensitivityAnalysis, SobolIndices, analyse_sensitivity
from compliance.statistics.simulation import ProgressHook
from compliance.statistics.uncertainty_model import UNCERTAINTY_FACTORS, FactorSelection
from compliance.workbook.report_tables import ReportColumn, ReportTable, ReportValue

#: How many companies of each ranking are shown on the screen. A file has all of them.
MOST_RANKED_SHOWN = 40


@dataclass(frozen=True, slots=True)
class GroupRanks:
    """The ranks of a group of companies, or the rank of one company in it."""

    group: ComparedGroup
    asked_alike: bool  # all companies are asked the same questions
    ranking: Ranking | None  # None: only one company was asked for
    ranked: int  # companies with a score
    rank_range: RankInterval | None  # of the company asked for; None: it has no score, or all were asked for
    sensitivity: SensitivityAnalysis | None  # None: --why was not given, or the company asked for has no score

    @property
    def indices(self) -> tuple[SobolIndices, ...]:
        """The Sobol indices of each uncertainty factor. Empty without a sensitivity analysis."""
        return () if self.sensitivity is None else self.sensitivity.indices


@dataclass(frozen=True, slots=True)
class RankReport:
    """The ranks of every group on one basis."""

    setting: SimulationSettings
    basis: Basis
    company: str | None
    groups: tuple[GroupRanks, ...]
    score_bounds: tuple[Floats, Floats, Floats]  # score, worst and best of every company, on the edition's scale


def simulation_settings(draws: int | None, seed: int, vary: str | None, *, why: bool) -> SimulationSettings | None:
    """Return the settings from --draws, --seed and --vary, or None without --draws. Raise CommandError if invalid."""
    if draws is None:
        for option in (["--vary"] if vary is not None else []) + (["--why"] if why else []):
            raise CommandError(f"{option}: ranks are drawn with --draws only: add --draws 1000")
        return None
    if draws < FEWEST_DRAWS:
        raise CommandError(f"--draws {draws}: what holds in 90 of 100 draws takes {FEWEST_DRAWS} of them at least")
    if seed < 0:
        raise CommandError(f"--seed {seed}: a seed is a whole number from 0 upwards")
    if why:
        _refuse_without_salib()
    return SimulationSettings(draws=draws, seed=seed, factors=_varied_factors(vary))


def _varied_factors(vary: str | None) -> FactorSelection:
    if vary is None:
        return FactorSelection()
    asked = [name.strip() for name in vary.split(",") if name.strip()]
    for name in asked:
        if name not in UNCERTAINTY_FACTORS:
            hint = (
                did_you_mean(name, UNCERTAINTY_FACTORS)
                or f": name some of {one_of(UNCERTAINTY_FACTORS)}, joined by commas"
            )
            raise CommandError(f"--vary {name}: that does not move{hint}")
    if not asked:
        raise CommandError(f"--vary: name some of {one_of(UNCERTAINTY_FACTORS)}, joined by commas")
    return FactorSelection.only(*(move for move in UNCERTAINTY_FACTORS if move in asked))


def _refuse_without_salib() -> None:
    try:
        import SALib.analyze.sobol  # noqa: F401  # only to see whether it is installed
    except ImportError as missing:
        raise CommandError(
            f"--why: which doubt moves ranks most is worked out with SALib: {how_to_install('analysis')}"
        ) from missing


def rank_groups(
    comparison: InternalComparison, basis: Basis, company: str | None, setting: SimulationSettings, *, why: bool
) -> RankReport:
    """Rank the companies of each group, or all together without groups. With `company`, rank only it in its groups.

    Raise CommandError if more companies are to be ranked than fit in memory.
    """
    scores = comparison.scores[basis]
    groups = [
        group for group in comparison.groups or (comparison.together,) if company is None or group.positions is not None
    ]
    members = [group.by_basis[basis].members for group in groups]
    names = {name: position for position, name in enumerate(scores.columns.companies)}
    one = None if company is None else names[company]
    _refuse_too_many(sum(map(len, members)) if one is None else 0, setting.draws)
    if one is None:
        tables: Sequence[Ranking | None] = rankings(scores, members, setting, _draw_progress("ranking"))
        ranges: Sequence[RankInterval | None] = [None] * len(groups)
    else:
        tables = [None] * len(groups)
        ranges = [rank_interval_of_one(scores, who, one, setting, _draw_progress("ranking")) for who in members]
    found = [
        GroupRanks(
            group=group,
            asked_alike=group.by_basis[basis].on_common_questions is None,
            ranking=table,
            ranked=group.by_basis[basis].scored,
            rank_range=range_,
            sensitivity=_rank_sensitivity(scores, who, setting, one) if why else None,
        )
        for group, who, table, range_ in zip(groups, members, tables, ranges, strict=True)
    ]
    overall, scale = scores.overall, comparison.compiled.edition.scale
    return RankReport(
        setting, basis, company, tuple(found), (overall.score * scale, overall.worst * scale, overall.best * scale)
    )


def _rank_sensitivity(
    scores: Scores, who: Codes, setting: SimulationSettings, one: int | None
) -> SensitivityAnalysis | None:
    if one is not None and scores.overall.score[one] != scores.overall.score[one]:  # NaN: it has no score
        return None
    return analyse_sensitivity(
        scores, who, setting.seed, setting.factors, company=one, watch=_draw_progress("what moves ranks")
    )


def _draw_progress(doing: str) -> ProgressHook:
    return lambda blocks: with_progress(blocks, doing, "block of draws", "blocks of draws")


def _refuse_too_many(ranked: int, draws: int) -> None:
    if ranked * draws > MAX_RANKS:
        most = MAX_RANKS // ranked
        remedy = f"draw {most} times at most" if most >= FEWEST_DRAWS else "name one of them with --company"
        drawn = f"{draws} draws of {counted(ranked, 'company', 'companies')}"
        raise CommandError(f"--draws {draws}: {drawn} are more than fit in memory: {remedy}")


# ── On the screen


def rank_lines(comparison: InternalComparison, drawn: RankReport) -> Iterator[str]:
    """Yield the ranking of each group, with an empty line between tie groups, then how to read it."""
    for found in drawn.groups:
        if found.ranking is not None:
            yield ""
            yield _("Ranks: %(group)s", group=peer_group_title(comparison.compiled.edition, found.group.labels))
            yield from _table_lines(comparison, drawn, found.ranking)
        yield from paragraphs(_group_sentences(comparison, drawn, found))
    yield ""
    yield from paragraphs(rank_sentences(drawn))


def rank_sentences(drawn: RankReport) -> tuple[str, ...]:
    """Return sentences about the simulation, and how to read ranks."""
    return (simulation_sentence(drawn.setting), *how_to_read_ranks())


def _table_lines(comparison: InternalComparison, drawn: RankReport, ranking: Ranking) -> Iterator[str]:
    digits = comparison.compiled.edition.round
    head = ("", _("Score"), _("Minimum"), _("Maximum"), _("Rank range"), _("Tie group"))
    shown = ranking.companies[:MOST_RANKED_SHOWN]
    rows = [
        (
            place.company,
            *(formats.number(bound, digits) for bound in _score_bounds(drawn, place).values()),
            rank_interval_words(place.interval),
            formats.number(place.tie_group),
        )
        for place in shown
    ]
    lines = list(aligned_table(head, rows))
    of_head = len(lines) - len(rows)
    yield from lines[:of_head]
    for tie, lines_of_tie in groupby(zip(shown, lines[of_head:], strict=True), key=lambda pair: pair[0].tie_group):
        if tie > 1:
            yield ""
        yield from (line for _place, line in lines_of_tie)
    if len(ranking.companies) > len(shown):
        more = formats.number(len(ranking.companies) - len(shown))
        yield _("and %(more)s more: --out writes them all", more=more)


def _group_sentences(comparison: InternalComparison, drawn: RankReport, found: GroupRanks) -> Iterator[str]:
    if found.ranking is None:
        assert drawn.company is not None
        title = peer_group_title(comparison.compiled.edition, found.group.labels)
        yield rank_interval_sentence(drawn.company, title, found.rank_range, found.ranked)
    elif said := unranked_sentence(found.ranking.without_score):
        yield said
    if found.ranking is None or found.ranking.companies:
        yield ranking_basis_sentence(same=found.asked_alike)
    if found.sensitivity is not None:
        yield from rank_sensitivity_sentences(found.sensitivity, drawn.company)


def rank_tables(comparison: InternalComparison, drawn: RankReport) -> tuple[ReportTable, ...]:
    """Return a table of rank ranges and tie groups, and one of the sensitivity of ranks if it was asked for."""
    has_indices = any(found.indices for found in drawn.groups)
    return (_ranks_table(comparison, drawn), *((_sensitivity_table(comparison, drawn),) if has_indices else ()))


def label_columns(comparison: InternalComparison) -> tuple[ReportColumn, ...]:
    """Return the columns that name a group: one for each label, or a single one without groups."""
    columns = tuple(
        ReportColumn(f"by_{name}", grouping_label(comparison.compiled.edition, name), "name", 30)
        for name in comparison.by
    )
    return columns or (ReportColumn("by_", _("Group"), "name", 30),)


def label_cells(comparison: InternalComparison, group: ComparedGroup) -> Row:
    """Return the cells of `label_columns` for a group."""
    if group.labels:
        edition = comparison.compiled.edition
        return {f"by_{name}": grouping_value_label(edition, name, value) for name, value in group.labels.items()}
    first, *others = (column.key for column in label_columns(comparison))
    return {first: _("All companies"), **dict.fromkeys(others, "")}


def _ranks_table(comparison: InternalComparison, drawn: RankReport) -> ReportTable:
    columns = (
        *label_columns(comparison),
        ReportColumn("company", _("Company"), "name", 30),
        ReportColumn("score", _("Score"), "score", 9),
        ReportColumn("least", _("Minimum"), "score", 9),
        ReportColumn("most", _("Maximum"), "score", 9),
        ReportColumn("rank_from", _("Rank range from"), "count", 11),
        ReportColumn("rank_to", _("Rank range to"), "count", 11),
        ReportColumn("tie_group", _("Tie group"), "count", 9),
        ReportColumn("keeps", _("Stays ahead of the next, share of draws"), "share", 16),
        ReportColumn("rank", _("Rank as scored (read with its range)"), "count", 16),
    )
    rows = [
        {**label_cells(comparison, found.group), **row} for found in drawn.groups for row in _company_rows(drawn, found)
    ]
    # One sentence for the whole table: separate ones for the groups could contradict each other.
    notes = [*rank_sentences(drawn), ranking_basis_sentence(same=all(found.asked_alike for found in drawn.groups))]
    for found in drawn.groups:
        notes += [] if found.sensitivity is None else rank_sensitivity_sentences(found.sensitivity, drawn.company)
    return keyed_table(_("Ranks"), _("Rank ranges and tie groups"), columns, rows, tuple(dict.fromkeys(notes)))


def _company_rows(drawn: RankReport, found: GroupRanks) -> Iterator[Row]:
    """Yield a row for each company. Missing keys are empty cells."""
    if found.ranking is None:
        if found.rank_range is not None:
            yield {"company": drawn.company, "rank_from": found.rank_range.first, "rank_to": found.rank_range.last}
        return
    for place in found.ranking.companies:
        yield {
            "company": place.company,
            **_score_bounds(drawn, place),
            "rank_from": place.interval.first,
            "rank_to": place.interval.last,
            "tie_group": place.tie_group,
            "keeps": place.stays_ahead,
            "rank": place.rank,
        }
    for company in found.ranking.without_score:
        yield {"company": company}


def _score_bounds(drawn: RankReport, place: RankedCompany) -> dict[str, float]:
    keys = ("score", "least", "most")
    return {key: float(bound[place.position]) for key, bound in zip(keys, drawn.score_bounds, strict=True)}


def _sensitivity_table(comparison: InternalComparison, drawn: RankReport) -> ReportTable:
    columns = (
        *label_columns(comparison),
        ReportColumn("move", _("What varies"), "text", 40),
        ReportColumn("alone", _("Alone, share of variance"), "share", 14),
        ReportColumn("alone_within", _("Margin (±)"), "share", 10),
        ReportColumn("in_all", _("In total, share of variance"), "share", 14),
        ReportColumn("in_all_within", _("Margin (±)"), "share", 10),
    )
    rows = [
        {
            **label_cells(comparison, found.group),
            **_indices_row(indices),
            "move": _(UNCERTAINTY_FACTOR_LABELS[indices.factor]),
        }
        for found in drawn.groups
        for indices in found.indices
    ]
    return keyed_table(_("What moves ranks"), _("What moves ranks most"), columns, rows)


def _indices_row(indices: SobolIndices) -> dict[str, ReportValue]:
    return {
        "move": indices.factor,
        "alone": indices.first_order,
        "alone_within": indices.first_order_margin,
        "in_all": indices.total_order,
        "in_all_within": indices.total_order_margin,
    }


# ── For programs


def figure_row(figure: str, of: ReportValue, basis: Basis, value: ReportValue, n: int | None, over: str = "all") -> Row:
    """Return one figure of the CSV table. `over`: the questions it is computed over. `n`: the number of companies."""
    return {"figure": figure, "of": of, "basis": basis, "over": over, "value": value, "n": n}


def rank_csv_rows(drawn: RankReport, nowhere: Row) -> Iterator[Row]:
    """Yield one figure per row. `nowhere`: the labels of all companies together."""
    for found in drawn.groups:
        labels = found.group.labels or nowhere
        for row in _company_rows(drawn, found):
            for figure in ("rank_from", "rank_to", "tie_group", "keeps") if "rank_from" in row else ("no_rank",):
                value = row.get(figure)
                if value is not None or figure == "no_rank":
                    yield {**labels, **figure_row(figure, row["company"], drawn.basis, value, found.ranked)}
        for indices in found.indices:
            for figure, value in (("moves_alone", indices.first_order), ("moves_in_all", indices.total_order)):
                yield {**labels, **figure_row(figure, indices.factor, drawn.basis, value, found.ranked)}


def ranks_json(drawn: RankReport) -> Mapping[str, Any]:
    """Return all ranks and the settings of their simulation, for JSON."""
    setting = drawn.setting
    return {
        "draws": setting.draws,
        "seed": setting.seed,
        "vary": list(setting.factors.names()),
        "basis": drawn.basis,
        "node": OVERALL,
        "groups": [_group_json(drawn, found) for found in drawn.groups],
    }


def _group_json(drawn: RankReport, found: GroupRanks) -> Mapping[str, Any]:
    ranking, interval, moved = found.ranking, found.rank_range, found.sensitivity
    return {
        "labels": dict(found.group.labels),
        "ranked": found.ranked,
        "asked_the_same": found.asked_alike,
        "range": None if interval is None else [interval.first, interval.last],
        "places": None if ranking is None else [_place_json(drawn, place) for place in ranking.companies],
        "without_score": [] if ranking is None else list(ranking.without_score),
        "moves": None
        if moved is None
        else {**attributes(moved, "draws", "output"), "shares": [_indices_row(indices) for indices in moved.indices]},
    }


def _place_json(drawn: RankReport, place: RankedCompany) -> Mapping[str, Any]:
    return {
        "company": place.company,
        "score": _score_bounds(drawn, place)["score"],
        "rank_range": [place.interval.first, place.interval.last],
        "tie_group": place.tie_group,
        "stays_before_next": place.stays_ahead,
        "rank_as_scored": place.rank,
    }
