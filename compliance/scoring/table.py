"""The long table: a row per company and node, lens values as `lens:value`, scores on the edition's scale.

A quick form is a first look: it ranks nobody.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.bands import NO_BAND, bands_of, overall_bands
from compliance.scoring.columns import Columns
from compliance.scoring.lenses import lens_groups
from compliance.scoring.plan import Plan
from compliance.scoring.ranks import NO_RANK, ranks_of
from compliance.scoring.rounding import shown
from compliance.scoring.score import Scores, score_blocks
from compliance.scoring.types import BEST, COVERAGE, SCORE, WORST, Codes, Floats

#: Of so many companies the texts are made together: enough to be quick, and too few to be felt.
_AT_ONCE = 256
#: So many companies are scored together for the table, which has a line for every node of each.
_BLOCK = 2048


class Row(NamedTuple):
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


class _Line(NamedTuple):
    node: str
    rows: Floats  # score as reported, worst, best, coverage: a row a company
    bands: Codes


def score_rows(scores: Scores) -> Iterator[Row]:
    """Every row, company by company in the order of the sheets; the cap is on the whole."""
    lines = list(_lines(scores))
    ranks = np.stack([ranks_of(scores.plan.edition, line.rows[:, SCORE]) for line in lines])
    return _rows(scores, lines, ranks)


def long_table(plan: Plan, columns: Columns) -> Iterator[Row]:
    """The same of many companies, scored twice: a block at a time for their ranks, then to be written.

    What is held of all companies is one rank for each of their rows, in eight bytes.
    """
    ranks = _all_ranks(plan, columns) if plan.edition.form == "full" else None
    for where, scores in score_blocks(plan, columns, _BLOCK):
        lines = list(_lines(scores))
        nobody = np.full((len(lines), where.stop - where.start), NO_RANK)
        yield from _rows(scores, lines, nobody if ranks is None else ranks[:, where])


def _all_ranks(plan: Plan, columns: Columns) -> Codes:
    """The rank of every company in every line; the scores make room for their ranks line by line."""
    shares = np.empty((0, 0))
    for where, scores in score_blocks(plan, columns, _BLOCK):
        of_block = [line.rows[:, SCORE] for line in _lines(scores)]
        if not len(shares):
            shares = np.empty((len(of_block), len(columns.companies)))
        for of_all, of_these in zip(shares, of_block, strict=True):
            of_all[where] = of_these
    ranks = shares.view(np.int64)
    for of_line, rank in zip(shares, ranks, strict=True):
        rank[:] = ranks_of(plan.edition, of_line)
    return ranks


def _rows(scores: Scores, lines: Sequence[_Line], ranks: Codes) -> Iterator[Row]:
    companies = scores.columns.companies
    for start in range(0, len(companies), _AT_ONCE):
        here = slice(start, start + _AT_ONCE)
        texts = [
            _texts(scores.plan.edition, line, here, ranks_of_line[here])
            for line, ranks_of_line in zip(lines, ranks, strict=True)
        ]
        for company, of_company in zip(companies[here], zip(*texts, strict=True), strict=True):
            for line, row in zip(lines, of_company, strict=True):
                yield Row(company, line.node, *row)


def _texts(edition: Edition, line: _Line, here: slice, ranks: Codes) -> Iterator[tuple[str, ...]]:
    """The cells of one line, company by company: score to what is shown of it."""
    score, worst, best = ((line.rows[here, number] * edition.scale).tolist() for number in (SCORE, WORST, BEST))
    bands = {NO_BAND: "", **{position: band.id for position, band in enumerate(edition.bands)}}
    is_ranked = edition.form == "full"
    return zip(
        map(_full, score),
        map(_full, worst),
        map(_full, best),
        map(_full, line.rows[here, COVERAGE].tolist()),
        (bands[band] for band in line.bands[here].tolist()),
        (str(rank) if is_ranked and rank != NO_RANK else "" for rank in ranks.tolist()),
        (shown(points, edition.round) for points in score),
        strict=True,
    )


def _lines(scores: Scores) -> Iterator[_Line]:
    edition = scores.plan.edition
    for node in edition.nodes:
        result = scores.results.get(node)
        if result is None:  # no scored question below
            yield _line(edition, node, np.full((len(scores.columns.companies), COVERAGE + 1), np.nan))
            continue
        rows = result.rows.copy()
        rows[:, SCORE] = result.score
        line = _line(edition, node, rows)
        yield line._replace(bands=overall_bands(scores).capped[SCORE]) if node == OVERALL else line
    for lens, groups in lens_groups(scores).items():
        for value, group in groups.items():
            yield _line(edition, f"{lens}:{value}", np.column_stack([*group.value, group.coverage]))


def _line(edition: Edition, node: str, rows: Floats) -> _Line:
    return _Line(node, rows, bands_of(edition, rows[:, SCORE]))


def _full(number: float) -> str:
    return "" if math.isnan(number) else number_text(number)
