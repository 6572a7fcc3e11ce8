"""Scores as plain data: the JSON record that is kept with a submission for good, and the long table for CSV.

The record holds unrounded figures as computed at the time; its keys are persisted and must not change. The long
table has a row per company and node, lens values as `lens:value`. A quick form is a first look and ranks nobody.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import AnswerSheet, number_text
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.attribution import effective_weights, scores_by_lens, scores_by_provision
from compliance.scoring.bands import NO_BAND, NO_RANK, band_at, bands_of, ranks_of
from compliance.scoring.coded_answers import Basis, CodedAnswers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import BEST, COVERAGE, SCORE, WORST, Codes, Floats, Triple, number_or_none, shown
from compliance.scoring.score import OverallBands, Scores, overall_bands, score, score_blocks
from compliance.scoring.standing import BasisRecord, ScoreRecord, StandingRecord, record_to_json

RECORDED_BASES: tuple[Basis, ...] = ("claimed", "evidenced")


def score_records(
    compiled: CompiledEdition, sheets: Sequence[AnswerSheet], bases: Sequence[Basis] = RECORDED_BASES
) -> list[ScoreRecord]:
    """The records to be kept with the submissions of these sheets, in their order."""
    records: list[ScoreRecord] = [{} for _ in sheets]
    for basis in bases:
        of_company = _record_writer(score(compiled, sheets, basis))
        for company, record in enumerate(records):
            record[basis] = of_company(company)
    return records


def _record_writer(scores: Scores) -> Callable[[int], BasisRecord]:
    edition, weights, overall = scores.compiled.edition, effective_weights(scores), overall_bands(scores)
    standings = {}
    for node in edition.nodes:
        if node in scores.results:
            result = scores.results[node]
            standings[node] = _standing(edition, result.reported, result.coverage, weights[node][SCORE])
    standings[edition.root.id] = _with_bands(standings[edition.root.id], edition, overall.capped[SCORE])
    groups = {
        f"{lens}:{key}": group
        for lens, groups_of_lens in scores_by_lens(scores).items()
        for key, group in groups_of_lens.items()
    }
    groups |= {f"law:{provision}": group for provision, group in scores_by_provision(scores).items()}
    standings |= {key: _standing(edition, g.value, g.coverage, g.weight) for key, g in groups.items()}
    return lambda company: {
        "standings": {key: of_company(company) for key, of_company in standings.items()},
        "by_points": _by_points(edition, overall, company),
        "failed": [requirement for requirement, fails in overall.failed.items() if fails[SCORE, company]],
    }


def _standing(edition: Edition, triple: Triple, coverage: Floats, weight: Floats) -> Callable[[int], StandingRecord]:
    bands = bands_of(edition, triple[SCORE])
    return lambda company: {
        "score": number_or_none(triple[SCORE, company], edition.scale),
        "worst": number_or_none(triple[WORST, company], edition.scale),
        "best": number_or_none(triple[BEST, company], edition.scale),
        "coverage": number_or_none(coverage[company]),
        "weight": float(weight[company]),
        "band": _band_id(edition, bands[company]),
    }


def _with_bands(
    standing: Callable[[int], StandingRecord], edition: Edition, bands: Codes
) -> Callable[[int], StandingRecord]:
    return lambda company: {**standing(company), "band": _band_id(edition, bands[company])}


def _by_points(edition: Edition, bands: OverallBands, company: int) -> str | None:
    by_points, band = (_band_id(edition, codes[SCORE, company]) for codes in (bands.by_points, bands.capped))
    return None if band is None or by_points == band else by_points


def _band_id(edition: Edition, position: int) -> str | None:
    band = band_at(edition, position)
    return None if band is None else band.id


#: Of so many companies the texts are made together: enough to be quick, and too few to be felt.
_TEXT_BATCH = 256
#: So many companies are scored together for the table, which has a line for every node of each.
_TABLE_BLOCK = 2048


class ScoreRow(NamedTuple):
    """Texts ready to write; empty = none. `shown` is the score as displayed, the rest is at full precision."""

    company: str
    node: str
    score: str
    worst: str
    best: str
    coverage: str
    band: str
    rank: str
    shown: str


class NodeFigures(NamedTuple):
    """The figures of one node, or value of a lens, over all companies. Scores are shares of full marks; NaN = none."""

    node: str
    rows: Floats  # score as reported, worst, best, coverage: a row a company
    bands: Codes  # of the whole, under its cap


def score_rows(scores: Scores) -> Iterator[ScoreRow]:
    """Every row, company by company in the order of the sheets; the cap is on the whole."""
    lines = list(node_figures(scores))
    ranks = np.stack([ranks_of(scores.compiled.edition, line.rows[:, SCORE]) for line in lines])
    return _rows(scores, lines, ranks)


def long_table(compiled: CompiledEdition, columns: CodedAnswers) -> Iterator[ScoreRow]:
    """The rows of many companies, scored twice: a block at a time for their ranks, then to be written.

    What is held of all companies is one rank for each of their rows, in eight bytes.
    """
    ranks = _all_ranks(compiled, columns) if compiled.edition.form == "full" else None
    for here, scores in score_blocks(compiled, columns, _TABLE_BLOCK):
        lines = list(node_figures(scores))
        unranked = np.full((len(lines), here.stop - here.start), NO_RANK)
        yield from _rows(scores, lines, unranked if ranks is None else ranks[:, here])


def _all_ranks(compiled: CompiledEdition, columns: CodedAnswers) -> Codes:
    """The rank of every company in every line; the scores make room for their ranks line by line."""
    shares = np.empty((0, 0))
    for here, scores in score_blocks(compiled, columns, _TABLE_BLOCK):
        of_block = [line.rows[:, SCORE] for line in node_figures(scores)]
        if not len(shares):
            shares = np.empty((len(of_block), len(columns.companies)))
        for of_all, of_these in zip(shares, of_block, strict=True):
            of_all[here] = of_these
    ranks = shares.view(np.int64)
    for of_line, rank in zip(shares, ranks, strict=True):
        rank[:] = ranks_of(compiled.edition, of_line)
    return ranks


def _rows(scores: Scores, lines: Sequence[NodeFigures], ranks: Codes) -> Iterator[ScoreRow]:
    companies = scores.columns.companies
    for start in range(0, len(companies), _TEXT_BATCH):
        here = slice(start, start + _TEXT_BATCH)
        texts = [
            _texts(scores.compiled.edition, line, here, ranks_of_line[here])
            for line, ranks_of_line in zip(lines, ranks, strict=True)
        ]
        for company, of_company in zip(companies[here], zip(*texts, strict=True), strict=True):
            for line, row in zip(lines, of_company, strict=True):
                yield ScoreRow(company, line.node, *row)


def _texts(edition: Edition, line: NodeFigures, here: slice, ranks: Codes) -> Iterator[tuple[str, ...]]:
    """The cells of one line, company by company: score to what is shown of it."""
    score, worst, best = ((line.rows[here, number] * edition.scale).tolist() for number in (SCORE, WORST, BEST))
    bands = {NO_BAND: "", **{position: band.id for position, band in enumerate(edition.bands)}}
    is_ranked = edition.form == "full"
    return zip(
        map(_full_precision, score),
        map(_full_precision, worst),
        map(_full_precision, best),
        map(_full_precision, line.rows[here, COVERAGE].tolist()),
        (bands[band] for band in line.bands[here].tolist()),
        (str(rank) if is_ranked and rank != NO_RANK else "" for rank in ranks.tolist()),
        (shown(points, edition.round) for points in score),
        strict=True,
    )


def node_figures(scores: Scores) -> Iterator[NodeFigures]:
    """The figures of every node in file order, then of every value of each lens as `lens:value`."""
    edition = scores.compiled.edition
    for node in edition.nodes:
        result = scores.results.get(node)
        if result is None:  # no scored question below
            yield _figures_of(edition, node, np.full((len(scores.columns.companies), COVERAGE + 1), np.nan))
            continue
        line = _figures_of(edition, node, np.column_stack([*result.reported, result.coverage]))
        yield line._replace(bands=overall_bands(scores).capped[SCORE]) if node == OVERALL else line
    for lens, groups in scores_by_lens(scores).items():
        for value, group in groups.items():
            yield _figures_of(edition, f"{lens}:{value}", np.column_stack([*group.value, group.coverage]))


def _figures_of(edition: Edition, node: str, rows: Floats) -> NodeFigures:
    return NodeFigures(node, rows, bands_of(edition, rows[:, SCORE]))


def _full_precision(number: float) -> str:
    return "" if math.isnan(number) else number_text(number)


def submission_json_writer(compiled: CompiledEdition) -> Callable[[AnswerSheet], str]:
    """The function that `store.submit` calls for the scores it keeps: claimed and evidenced, as JSON."""
    return lambda sheet: record_to_json(score_records(compiled, [sheet])[0])
