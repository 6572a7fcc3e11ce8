"""Ranks of `compliance benchmark --draws`: rank intervals, tie groups and sensitivity, simulated and reported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Any

from compliance.commands import CommandError
from compliance.commands.terminal import aligned_table, counted, screen_width, with_progress
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
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.scoring.coded_answers import Basis
from compliance.scoring.numeric import Codes, Floats
from compliance.scoring.score import Scores
from compliance.statistics.internal_comparison import ComparedGroup, InternalComparison
from compliance.statistics.ranking import (
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

#: With fewer draws, 90 of 100 is too coarse.
FEWEST_DRAWS = 100
#: Companies of each league table on the screen; a file has them all.
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class GroupRanks:
    """One group of companies, ranked; or one company in it."""

    group: ComparedGroup
    same: bool  # all of them are asked the same
    league: Ranking | None  # None: one company alone was asked for
    ranked: int  # companies with a score
    range: RankInterval | None  # of the one company; None: it has no score, or all were asked for
    moved: SensitivityAnalysis | None  # None: nobody asked


@dataclass(frozen=True, slots=True)
class RankReport:
    """Every group ranked, by one basis."""

    setting: SimulationSettings
    basis: Basis
    company: str | None
    groups: tuple[GroupRanks, ...]
    shares: tuple[Floats, Floats, Floats]  # score, worst and best of every company, on the edition's scale


def simulation_settings(draws: int | None, seed: int, vary: str | None, *, why: bool) -> SimulationSettings | None:
    """What --draws, --seed and --vary ask for; None: no draws. Raise Failure for what cannot be drawn."""
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
        import SALib.analyze.sobol  # noqa: F401  # only whether it is there
    except ImportError as missing:
        raise CommandError(
            "--why: which doubt moves ranks most is worked out with SALib: "
            'pip install "compliance[analysis]", or make extras where the project lies'
        ) from missing


def rank_groups(
    desk: InternalComparison, basis: Basis, company: str | None, setting: SimulationSettings, *, why: bool
) -> RankReport:
    """Rank the companies of every group, or of all together where nothing is grouped by; or one company in its groups.

    Raise Failure for more companies than can be ranked at a time.
    """
    scores = desk.scores[basis]
    groups = [group for group in desk.groups or (desk.together,) if company is None or group.positions is not None]
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
            same=group.by_basis[basis].on_common_questions is None,
            league=table,
            ranked=group.by_basis[basis].scored,
            range=range_,
            moved=_rank_sensitivity(scores, who, setting, one) if why else None,
        )
        for group, who, table, range_ in zip(groups, members, tables, ranges, strict=True)
    ]
    overall, scale = scores.overall, desk.plan.edition.scale
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


def rank_lines(desk: InternalComparison, drawn: RankReport) -> Iterator[str]:
    """The league table of each group, tie groups parted by an empty line; then how to read them."""
    for found in drawn.groups:
        if found.league is not None:
            yield ""
            yield _("Ranks: %(group)s", group=peer_group_title(found.group.labels))
            yield from _table_lines(desk, drawn, found.league)
        for sentence in _group_sentences(drawn, found):
            yield from wrap(sentence, screen_width())
    yield ""
    for sentence in rank_sentences(drawn):
        yield from wrap(sentence, screen_width())


def rank_sentences(drawn: RankReport) -> tuple[str, ...]:
    """What was drawn, and how ranks are read."""
    return (simulation_sentence(drawn.setting), *how_to_read_ranks())


def _table_lines(desk: InternalComparison, drawn: RankReport, league: Ranking) -> Iterator[str]:
    digits = desk.plan.edition.round
    head = ("", _("Score"), _("Least"), _("Most"), _("Rank range"), _("Tie group"))
    shown = league.companies[:MOST_SHOWN]
    rows = [
        (
            place.company,
            *(formats.number(float(shares[place.position]), digits) for shares in drawn.shares),
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
    if len(league.companies) > len(shown):
        more = formats.number(len(league.companies) - len(shown))
        yield _("and %(more)s more: --out writes them all", more=more)


def _group_sentences(drawn: RankReport, found: GroupRanks) -> Iterator[str]:
    if found.league is None:
        assert drawn.company is not None
        yield rank_interval_sentence(drawn.company, peer_group_title(found.group.labels), found.range, found.ranked)
    elif said := unranked_sentence(found.league.without_score):
        yield said
    if found.league is None or found.league.companies:
        yield ranking_basis_sentence(same=found.same)
    if found.moved is not None:
        yield from rank_sensitivity_sentences(found.moved, drawn.company)


def rank_tables(desk: InternalComparison, drawn: RankReport) -> tuple[ReportTable, ...]:
    """Every company with its rank range and tie group; and what moves ranks, if that was asked."""
    moved = [found for found in drawn.groups if found.moved is not None and found.moved.indices]
    return (_ranks_table(desk, drawn), *((_sensitivity_table(desk, moved),) if moved else ()))


def _label_columns(desk: InternalComparison) -> tuple[ReportColumn, ...]:
    columns = tuple(ReportColumn(name, grouping_label(name), "name", 30) for name in desk.by)
    return columns or (ReportColumn("group", _("Group"), "name", 30),)


def _label_cells(found: GroupRanks) -> tuple[ReportValue, ...]:
    labels = found.group.labels
    return tuple(grouping_value_label(name, value) for name, value in labels.items()) or (_("All companies"),)


def _ranks_table(desk: InternalComparison, drawn: RankReport) -> ReportTable:
    columns = (
        *_label_columns(desk),
        ReportColumn("company", _("Company"), "name", 30),
        ReportColumn("score", _("Score"), "score", 9),
        ReportColumn("least", _("Least"), "score", 9),
        ReportColumn("most", _("Most"), "score", 9),
        ReportColumn("rank_from", _("Rank range from"), "count", 11),
        ReportColumn("rank_to", _("Rank range to"), "count", 11),
        ReportColumn("tie_group", _("Tie group"), "count", 9),
        ReportColumn("stays_before_next", _("Stays before the next, share of draws"), "share", 16),
        ReportColumn("rank", _("Rank as scored, never to be read alone"), "count", 16),
    )
    rows = [(*_label_cells(found), *cells) for found in drawn.groups for cells in _company_cells(drawn, found)]
    # one sentence for the whole table: said of each group, the two would contradict each other
    notes = [*rank_sentences(drawn), ranking_basis_sentence(same=all(found.same for found in drawn.groups))]
    for found in drawn.groups:
        notes += [] if found.moved is None else rank_sensitivity_sentences(found.moved, drawn.company)
    return ReportTable("ranks", _("Ranks"), _("Rank ranges and tie groups"), columns, rows, tuple(dict.fromkeys(notes)))


def _company_cells(drawn: RankReport, found: GroupRanks) -> Iterator[tuple[ReportValue, ...]]:
    if found.league is None:
        if found.range is not None:
            yield (drawn.company, None, None, None, found.range.first, found.range.last, None, None, None)
        return
    for place in found.league.companies:
        scores = (float(shares[place.position]) for shares in drawn.shares)
        yield (place.company, *scores, *_place_cells(place))
    for company in found.league.without_score:
        yield (company, *[None] * 8)


def _place_cells(place: RankedCompany) -> tuple[ReportValue, ...]:
    return place.interval.first, place.interval.last, place.tie_group, place.stays_ahead, place.rank


def _sensitivity_table(desk: InternalComparison, moved: Sequence[GroupRanks]) -> ReportTable:
    columns = (
        *_label_columns(desk),
        ReportColumn("move", _("What varies"), "text", 40),
        ReportColumn("alone", _("By itself, share of the variance"), "share", 14),
        ReportColumn("alone_within", _("Give or take"), "share", 10),
        ReportColumn("in_all", _("In all, share of the variance"), "share", 14),
        ReportColumn("in_all_within", _("Give or take"), "share", 10),
    )
    rows = [
        (
            *_label_cells(found),
            _(UNCERTAINTY_FACTOR_LABELS[s.factor]),
            s.first_order,
            s.first_order_margin,
            s.total_order,
            s.total_order_margin,
        )
        for found in moved
        for s in (found.moved.indices if found.moved else ())
    ]
    return ReportTable("moves", _("What moves ranks"), _("What moves ranks most"), columns, rows)


def rank_csv_rows(drawn: RankReport, all_of: Sequence[str]) -> Iterator[tuple[ReportValue, ...]]:
    """One figure a row: labels (`all_of` where there are none), figure, of, basis, over, value, n."""
    for found in drawn.groups:
        labels = tuple(found.group.labels.values()) or tuple(all_of)
        ranked, basis = found.ranked, drawn.basis
        for cells in _company_cells(drawn, found):
            company, *_scores, first, last, tie, keeps, _rank = cells
            for figure, value in (("rank_from", first), ("rank_to", last), ("tie_group", tie), ("keeps", keeps)):
                if value is not None:
                    yield (*labels, figure, company, basis, "all", value, ranked)
            if first is None:
                yield (*labels, "no_rank", company, basis, "all", None, ranked)
        for share in found.moved.indices if found.moved else ():
            yield (*labels, "moves_alone", share.factor, basis, "all", share.first_order, ranked)
            yield (*labels, "moves_in_all", share.factor, basis, "all", share.total_order, ranked)


def ranks_json(drawn: RankReport) -> Mapping[str, Any]:
    """For programs."""
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
    moved = found.moved
    return {
        "labels": dict(found.group.labels),
        "ranked": found.ranked,
        "asked_the_same": found.same,
        "range": None if found.range is None else [found.range.first, found.range.last],
        "places": None if found.league is None else [_place_json(drawn, place) for place in found.league.companies],
        "without_score": [] if found.league is None else list(found.league.without_score),
        "moves": None
        if moved is None
        else {"draws": moved.draws, "output": moved.output, "shares": [_sobol_json(share) for share in moved.indices]},
    }


def _sobol_json(indices: SobolIndices) -> Mapping[str, Any]:
    return {
        "move": indices.factor,
        "alone": indices.first_order,
        "alone_within": indices.first_order_margin,
        "in_all": indices.total_order,
        "in_all_within": indices.total_order_margin,
    }


def _place_json(drawn: RankReport, place: RankedCompany) -> Mapping[str, Any]:
    return {
        "company": place.company,
        "score": float(drawn.shares[0][place.position]),
        "rank_range": [place.interval.first, place.interval.last],
        "tie_group": place.tie_group,
        "stays_before_next": place.stays_ahead,
        "rank_as_scored": place.rank,
    }
