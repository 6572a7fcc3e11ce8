"""The long table: a row per company and node, lens values as `lens:value`, scores on the edition's scale.

A quick form is a first look: it ranks nobody.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from compliance.questionnaire.answers import number_text
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.bands import NO_BAND, bands_of, overall_bands
from compliance.scoring.lenses import lens_groups
from compliance.scoring.ranks import NO_RANK, ranks_of
from compliance.scoring.rounding import shown
from compliance.scoring.score import Scores
from compliance.scoring.types import BEST, SCORE, WORST, Codes, Floats


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
    score: Floats
    worst: Floats
    best: Floats
    coverage: Floats
    bands: Codes
    ranks: Codes


def score_rows(scores: Scores) -> Iterator[Row]:
    """Every row, company by company in the order of the sheets; the cap is on the whole."""
    edition, lines = scores.plan.edition, list(_lines(scores))
    ranked = edition.form == "full"
    for i, company in enumerate(scores.columns.companies):
        for line in lines:
            band, rank = int(line.bands[i]), int(line.ranks[i])
            yield Row(
                company,
                line.node,
                _full(line.score[i] * edition.scale),
                _full(line.worst[i] * edition.scale),
                _full(line.best[i] * edition.scale),
                _full(line.coverage[i]),
                "" if band == NO_BAND else edition.bands[band].id,
                str(rank) if ranked and rank != NO_RANK else "",
                shown(float(line.score[i]) * edition.scale, edition.round),
            )


def _lines(scores: Scores) -> Iterator[_Line]:
    edition = scores.plan.edition
    nothing = np.full(len(scores.columns.companies), np.nan)
    for node in edition.nodes:
        result = scores.results.get(node)
        if result is None:  # no scored question below
            yield _line(scores, node, nothing, nothing, nothing, nothing)
            continue
        line = _line(scores, node, result.score, result.worst, result.best, result.coverage)
        yield line._replace(bands=overall_bands(scores).capped[SCORE]) if node == OVERALL else line
    for lens, groups in lens_groups(scores).items():
        for value, group in groups.items():
            yield _line(
                scores, f"{lens}:{value}", group.value[SCORE], group.value[WORST], group.value[BEST], group.coverage
            )


def _line(scores: Scores, node: str, score: Floats, worst: Floats, best: Floats, coverage: Floats) -> _Line:
    edition = scores.plan.edition
    return _Line(node, score, worst, best, coverage, bands_of(edition, score), ranks_of(edition, score))


def _full(number: float) -> str:
    return "" if np.isnan(number) else number_text(float(number))
