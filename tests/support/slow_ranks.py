"""A second implementation of rank intervals, from their definition alone: one company, draw and sheet at a time.

Each draw makes its own edition, with other weights and perhaps another rule of aggregation at the root, and its own
answer sheets, in which blanks and refused N/A are answered. The engine scores each of them like any other sheet.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerSheet, NotApplicable
from compliance.questionnaire.edition import Edition, Node, Option, Question
from compliance.questionnaire.routing import counted_sheet
from compliance.scoring.compiled_edition import CompiledEdition, compile_edition
from compliance.scoring.score import score
from compliance.statistics.ranking import RankInterval, SimulationSettings
from compliance.statistics.uncertainty_model import WEIGHT_NOISE, random_streams, uniform_numbers

DRAWN = "drawn"


def chance(seed: int, purpose: str, name: str, draw: int) -> float:
    return float(uniform_numbers(random_streams(seed, purpose, [name]), np.array([draw]))[0, 0])


def drawn_edition(compiled: CompiledEdition, setting: SimulationSettings, draw: int) -> Edition:
    """Return the edition of one draw. A sum is written as the equivalent mean, so that its weights can be varied."""
    edition, moves = compiled.edition, setting.factors

    def part(old: Node | Question, weight: float) -> Node | Question:
        if moves.weights:
            weight *= 1 + WEIGHT_NOISE * (2 * chance(setting.seed, "weights", old.id, draw) - 1)
        if isinstance(old, Question):
            return replace(old, weight=weight)
        return replace(node(old), weight=weight)

    def node(old: Node) -> Node:
        weights = compiled.weights[old.id]
        combine = "mean" if old.combine == "sum" else old.combine
        return replace(old, parts=tuple(part(p, weights.get(p.id, 1.0)) for p in old.parts), combine=combine)

    root = node(edition.root)
    if moves.mean and edition.root.combine in ("mean", "geometric") and chance(setting.seed, "mean", "", draw) < 0.5:
        root = replace(root, combine="geometric" if edition.root.combine == "mean" else "mean")
    return replace(edition, root=root)


def with_options(
    compiled: CompiledEdition, edition: Edition, sheet: AnswerSheet, seed: int, draw: int, at: Set[str]
) -> CompiledEdition:
    """Return the compiled edition in which the questions `at` have an option with the points drawn for this company."""
    along = chance(seed, "blanks", sheet.company, draw)
    ends = score(compiled, [sheet]).results

    def part(old: Node | Question) -> Node | Question:
        if isinstance(old, Node):
            return replace(old, parts=tuple(map(part, old.parts)))
        if old.id not in at:
            return old
        worst, best = (float(end[0]) for end in (ends[old.id].worst, ends[old.id].best))
        earned = compiled.points_ranges[old.id].least if old.id in sheet.answers else worst + along * (best - worst)
        if old.range is not None:  # as a question with options, so that a share can be chosen
            return replace(old, range=None, kind="one", options=(Option(DRAWN, earned, ""),), full=1.0, log=False)
        old = replace(old, kind="one", places="") if old.places else old
        drawn = Option(DRAWN, earned * old.unit_points, "")
        if old.only_deducts:  # as one choice: the points of several options would change the meaning of a share of 1
            return replace(old, kind="one", options=(drawn, Option("all", -old.unit_points, ""), *old.options))
        return replace(old, options=(drawn, *old.options))

    return compile_edition(replace(edition, root=part(edition.root)))


def drawn_score(compiled: CompiledEdition, sheet: AnswerSheet, setting: SimulationSettings, draw: int) -> float:
    """Return the overall share of one company in one draw."""
    moves, edition = setting.factors, drawn_edition(compiled, setting, draw)
    sheet = counted_sheet(compiled.edition, sheet)
    refused = moves.na and chance(setting.seed, "na", sheet.company, draw) < 0.5
    ends = score(compiled, [sheet]).results
    at = {
        question
        for question in compiled.points_ranges
        if not np.isnan(ends[question].worst[0])  # it is asked
        and (moves.blanks if question not in sheet.answers else refused and is_na(sheet.answers[question]))
    }
    made = with_options(compiled, edition, sheet, setting.seed, draw, at)
    drawn = {q: (DRAWN,) if compiled.edition.questions[q].kind == "many" else DRAWN for q in at}
    return float(score(made, [replace(sheet, answers={**sheet.answers, **drawn})]).overall.score[0])


def is_na(answer: Answer) -> bool:
    return isinstance(answer, NotApplicable)


def ranks(shares: Sequence[float]) -> list[int]:
    return [1 + sum(other > own + 1e-9 for other in shares) for own in shares]


def ranks_by_draw(
    compiled: CompiledEdition, sheets: Sequence[AnswerSheet], setting: SimulationSettings
) -> list[list[int]]:
    """Return the ranks, a row for each draw and a column for each sheet. Every sheet has to have a score."""
    return [ranks([drawn_score(compiled, sheet, setting, draw) for sheet in sheets]) for draw in range(setting.draws)]


def range_of(over_draws: Sequence[int]) -> RankInterval:
    """Return the smallest ranks that 5 % and 95 % of the draws do not exceed."""
    first, last = (
        next(rank for rank in sorted(over_draws) if 100 * sum(r <= rank for r in over_draws) >= part * len(over_draws))
        for part in (5, 95)
    )
    return RankInterval(first, last)


def tie_groups(over_draws: Sequence[Sequence[int]]) -> list[int]:
    """Return the tie group of each company. `over_draws`: each company's ranks, in the order of scores."""
    groups, first = [1], over_draws[0]
    for own in over_draws[1:]:
        stays_before = sum(a < b for a, b in zip(first, own, strict=True))
        if 100 * stays_before >= 90 * len(own):
            first = own
            groups.append(groups[-1] + 1)
        else:
            groups.append(groups[-1])
    return groups
