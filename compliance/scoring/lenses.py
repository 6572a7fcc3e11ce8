"""Lenses: the same questions grouped another way, by CSR gap, prevention level, aspect, audience, demand, law."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compliance.questionnaire.edition import Question
from compliance.scoring.descend import coverage_weights, effective_weights
from compliance.scoring.score import Scores
from compliance.scoring.types import BEST, SCORE, WORST, Floats, Triple


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a lens over all companies; NaN where nothing of it is on."""

    value: Triple  # score, worst, best
    coverage: Floats
    weight: Floats  # its part of the overall score: shown beside it, as it depends on what dropped out


def lens_groups(scores: Scores) -> dict[str, dict[str, Group]]:
    """Every value of every lens that the edition declares."""
    edition = scores.plan.edition
    weights, coverage = effective_weights(scores), coverage_weights(scores)
    scored = [question for question in edition.questions.values() if question.scored]
    return {
        lens: {
            value: _group(scores, [q.id for q in scored if q.lenses.get(lens) == value], weights, coverage)
            for value in values
        }
        for lens, values in edition.lenses.items()
    }


def law_groups(scores: Scores) -> dict[str, Group]:
    """Every provision that a requirement rests on. Groups overlap, as a requirement may rest on several."""
    weights, coverage = effective_weights(scores), coverage_weights(scores)
    resting: dict[str, list[str]] = {}
    for requirement in scores.plan.edition.requirements:
        for provision in requirement.law:
            resting.setdefault(provision, []).extend(_scored(requirement.questions()))
    return {provision: _group(scores, ids, weights, coverage) for provision, ids in resting.items()}


def _scored(questions: Iterable[Question]) -> list[str]:
    return [question.id for question in questions if question.scored]


def _group(
    scores: Scores, ids: Sequence[str], weights: Mapping[str, Floats], coverage_weight: Mapping[str, Floats]
) -> Group:
    companies = len(scores.columns.companies)
    total, weight = np.zeros((3, companies)), np.zeros((3, companies))
    covered, asked = np.zeros(companies), np.zeros(companies)
    for question_id in ids:
        result = scores.results[question_id]
        total += np.where(weights[question_id] > 0, weights[question_id] * result.value, 0.0)
        weight += weights[question_id]
        covered += np.where(coverage_weight[question_id] > 0, coverage_weight[question_id] * result.coverage, 0.0)
        asked += coverage_weight[question_id]
    value = np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 0)
    value[WORST] = np.fmin(value[WORST], value[SCORE])
    value[BEST] = np.fmax(value[BEST], value[SCORE])
    coverage = np.divide(covered, asked, out=np.full(companies, np.nan), where=asked > 0)
    return Group(value, coverage, weight[SCORE])
