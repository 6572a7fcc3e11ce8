"""Scores as plain data: the JSON record that is kept with a submission for good, and the long table for CSV.

The record has unrounded figures as computed at the time. Its keys are persisted and must not change. The long table has
a row per company and node, with lens values as `lens:value`. Quick forms have no ranks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.csv_table import csv_cell
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.attribution import effective_weights, scores_by_lens, scores_by_provision
from compliance.scoring.bands import NO_BAND, NO_RANK, band_at, bands_of, ranks_of
from compliance.scoring.coded_answers import Basis, CodedAnswers
from compliance.scoring.compiled_edition import CompiledEdition
from compliance.scoring.numeric import (
    BEST,
    COVERAGE,
    SCORE,
    WORST,
    Codes,
    Floats,
    Triple,
    number_texts,
    numbers_or_none,
    rounded_all,
    shown,
    whole_number_texts,
)
from compliance.scoring.score import OverallBands, Scores, overall_bands, score, score_blocks
from compliance.scoring.standing import BasisRecord, ScoreRecord, StandingRecord, record_to_json

RECORDED_BASES: tuple[Basis, ...] = ("claimed", "evidenced")


def score_records(
    compiled: CompiledEdition, sheets: Sequence[AnswerSheet], bases: Sequence[Basis] = RECORDED_BASES
) -> list[ScoreRecord]:
    """Return the records of these sheets, in their order, to be kept with the submissions."""
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
    score, worst, best = (numbers_or_none(triple[row], edition.scale) for row in (SCORE, WORST, BEST))
    covered, weights = numbers_or_none(coverage), weight.tolist()
    bands = [_band_id(edition, position) for position in bands_of(edition, triple[SCORE]).tolist()]
    return lambda company: {
        "score": score[company],
        "worst": worst[company],
        "best": best[company],
        "coverage": covered[company],
        "weight": weights[company],
        "band": bands[company],
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


#: How many companies are scored together for the table, which has a row for every node of each.
_TABLE_BLOCK = 2048
#: How many rows become text together: enough to be fast, few enough to take little memory.
_LINES_AT_ONCE = 16_384
#: Up to this number of rows, all figures are held in memory, 36 bytes each.
_MOST_ROWS_HELD = 2_000_000


class ScoreRow(NamedTuple):
    """A row of the table as text; "" = none. `shown` is the score as displayed; the rest is at full precision."""

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
    """The figures of one node or lens value over all companies. Scores are shares of full marks; NaN = none."""

    node: str
    rows: Floats  # score as reported, worst, best and coverage, one row per company
    bands: Codes  # for the whole, the capped band


def score_rows(scores: Scores) -> Iterator[ScoreRow]:
    """Yield every row, company by company in the order of the sheets. The overall band is capped."""
    block = _TableBlock(scores.columns.companies, list(node_figures(scores)))
    ranks = np.stack([ranks_of(scores.compiled.edition, line.rows[:, SCORE]) for line in block.lines])
    for company, node, figures, *others in zip(*_text_columns(scores.compiled.edition, block, ranks), strict=True):
        yield ScoreRow(company, node, *figures.split(","), *others)


class _TableBlock(NamedTuple):
    """Some companies, and the figures of every node and lens value (line of the table) for them."""

    companies: Sequence[str]
    lines: Sequence[NodeFigures]

    def parts(self) -> Iterator["_TableBlock"]:
        """Yield smaller blocks of as many rows as become text together."""
        companies = max(1, _LINES_AT_ONCE // len(self.lines))
        for start in range(0, len(self.companies), companies):
            here = slice(start, start + companies)
            lines = [line._replace(rows=line.rows[here], bands=line.bands[here]) for line in self.lines]
            yield _TableBlock(self.companies[here], lines)


def table_pieces(
    compiled: CompiledEdition, columns: CodedAnswers, ranks: Codes | None = None
) -> Iterator[tuple[int, str]]:
    """Yield a CSV file with the rows of many companies, some companies at a time: their number, and their text.

    Companies are scored for their ranks, and again for writing, unless they are so few that all figures are held in
    memory. Otherwise only ranks are held, eight bytes for each row. `ranks`: ranks among more companies than these, if
    known, with a row for each line of the table and a column for each company.
    """
    edition, number = compiled.edition, len(columns.companies)
    held = None
    if ranks is None:
        rows = number * (len(edition.nodes) + sum(map(len, edition.lenses.values())))
        held = list(_table_blocks(compiled, columns)) if rows <= _MOST_ROWS_HELD else None
        ranks = _ranks(edition, _shares(number, held or _table_blocks(compiled, columns)))
    start = 0
    for block in held or _table_blocks(compiled, columns):
        for part in block.parts():
            stop = start + len(part.companies)
            cells = _text_columns(
                edition, part._replace(companies=[*map(csv_cell, part.companies)]), ranks[:, start:stop]
            )
            yield stop - start, "\n".join(map(",".join, zip(*cells, strict=True))) + "\n"
            start = stop


def ranked_shares(compiled: CompiledEdition, columns: CodedAnswers) -> Floats:
    """Return the scores to rank by, a row for each line of the table and a column for each company; NaN = none."""
    return _shares(len(columns.companies), _table_blocks(compiled, columns))


def _table_blocks(compiled: CompiledEdition, columns: CodedAnswers) -> Iterator[_TableBlock]:
    for _here, scores in score_blocks(compiled, columns, _TABLE_BLOCK):
        yield _TableBlock(scores.columns.companies, list(node_figures(scores)))


def _shares(number: int, blocks: Iterable[_TableBlock]) -> Floats:
    shares, start = np.empty((0, 0)), 0
    for block in blocks:
        if not len(shares):
            shares = np.empty((len(block.lines), number))
        stop = start + len(block.companies)
        for of_all, line in zip(shares, block.lines, strict=True):
            of_all[start:stop] = line.rows[:, SCORE]
        start = stop
    return shares


def _ranks(edition: Edition, shares: Floats) -> Codes:
    """Return the rank of every company in every line. To save memory, ranks overwrite `shares` line by line."""
    ranks = shares.view(np.int64)
    for of_line, rank in zip(shares, ranks, strict=True):
        rank[:] = ranks_of(edition, of_line)
    return ranks


def _text_columns(edition: Edition, block: _TableBlock, ranks: Codes) -> list[list[str]]:
    """Return columns of ScoreRow, by company and line. Score, worst, best and coverage are one column, with commas."""
    figures = np.stack([line.rows for line in block.lines], axis=1).reshape(-1, COVERAGE + 1)
    figures[:, :COVERAGE] *= edition.scale
    bands = {NO_BAND: "", **{position: band.id for position, band in enumerate(edition.bands)}}
    return [
        [company for company in block.companies for _line in block.lines],
        [line.node for line in block.lines] * len(block.companies),
        number_texts(figures),
        [bands[band] for band in np.stack([line.bands for line in block.lines], axis=1).ravel().tolist()],
        _rank_texts(ranks.T.ravel()) if edition.form == "full" else [""] * len(figures),
        _shown_texts(figures[:, SCORE], edition.round),
    ]


def _shown_texts(points: Floats, digits: int) -> list[str]:
    """Return `shown` of every score, computed once for each distinct one."""
    different, positions = np.unique(rounded_all(points, digits), return_inverse=True)
    texts = [shown(number, digits) for number in different.tolist()]
    return [texts[position] for position in positions.tolist()]


def _rank_texts(ranks: Codes) -> list[str]:
    texts = whole_number_texts(ranks)
    for position in np.flatnonzero(ranks == NO_RANK).tolist():
        texts[position] = ""
    return texts


def node_figures(scores: Scores) -> Iterator[NodeFigures]:
    """Yield the figures of every node in file order, then of every lens value as `lens:value`."""
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


def submission_json_writer(compiled: CompiledEdition) -> Callable[[AnswerSheet], str]:
    """Return the function that `store.submit` calls for the scores to keep: claimed and evidenced, as JSON."""
    return lambda sheet: record_to_json(score_records(compiled, [sheet])[0])
