"""Canonical JSON of a loaded edition, and the digest by which it is known.

The JSON has the keys of the format, without those at their default, so that a
key added to the format later leaves every digest as it was. Option sets are
written out and lens values stand at every node and question that has them.
Law is named by provision id; translations are not part of it. Keys stand in
the order of the format, and what the author lists (parts, options, profile
fields, lenses) in the author's order, since that is the order people see.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from compliance.questionnaire.edition import (
    EDITION_DEFAULTS,
    NODE_DEFAULTS,
    QUESTION_DEFAULTS,
    AllOf,
    AnyOf,
    Condition,
    Edition,
    Node,
    Option,
    Predicate,
    Question,
)


def canonical_json(edition: Edition) -> str:
    """The whole edition as JSON that `edition_from_canonical` reads back."""
    return json.dumps(_edition(edition), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def edition_digest(canonical: str) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def _edition(edition: Edition) -> dict[str, Any]:
    keys = {
        "id": edition.id,
        "title": edition.title,
        "form": _unless(edition.form, EDITION_DEFAULTS["form"]),
        "scale": _unless(edition.scale, EDITION_DEFAULTS["scale"]),
        "round": _unless(edition.round, EDITION_DEFAULTS["round"]),
        "band_at": "exact" if edition.band_at is None else _unless(edition.band_at, edition.round),
        "rank_at": edition.rank_at,
        "blank": _unless(edition.blank, EDITION_DEFAULTS["blank"]),
        "bands": [{"id": band.id, "from": _number(band.at), "title": band.title} for band in edition.bands] or None,
        "critical_cap": edition.critical_cap or None,
        "joined": list(edition.joined) or None,
        "profile": {field.id: list(field.values) or "number" for field in edition.profile.values()} or None,
        "lenses": {name: list(values) for name, values in edition.lenses.items()} or None,
        "combine": _unless(edition.root.combine, NODE_DEFAULTS["combine"]),
        "min_coverage": _number(edition.root.min_coverage),
        "parts": [_part(part) for part in edition.root.parts],
    }
    return _without_defaults(keys)


def _part(part: Node | Question) -> dict[str, Any]:
    return _node(part) if isinstance(part, Node) else _question(part)


def _node(node: Node) -> dict[str, Any]:
    keys = {
        "id": node.id,
        "title": node.title,
        "combine": _unless(node.combine, NODE_DEFAULTS["combine"]),
        "weight": _unless(node.weight, NODE_DEFAULTS["weight"]),
        "weight_reason": node.weight_reason or None,
        "min_coverage": _number(node.min_coverage),
        "asked_when": _condition(node.asked_when),
        "expects": node.expects or None,
        "law": list(node.law) or None,
        "closes": node.closes or None,
        "effort": _unless(node.effort, NODE_DEFAULTS["effort"]),
        "critical": _number(node.critical),
        **node.lenses,
        "parts": [_part(part) for part in node.parts],
    }
    return _without_defaults(keys)


def _question(question: Question) -> dict[str, Any]:
    ends = question.range
    keys = {
        "id": question.id,
        "ask": question.ask,
        "help": question.help or None,
        "kind": question.kind,
        "options": [_option(option) for option in question.options] or None,
        "max": _number(question.full) if question.scored else None,
        "range": [_number(ends[0]), _number(ends[1])] if ends else None,
        "log": _unless(question.log, QUESTION_DEFAULTS["log"]),
        "clip": _unless(question.clip, QUESTION_DEFAULTS["clip"]),
        "unit": question.unit or None,
        "weight": _unless(question.weight, QUESTION_DEFAULTS["weight"]),
        "asked_when": _condition(question.asked_when),
        "counts_when": _condition(question.counts_when),
        "na": _unless(question.na, QUESTION_DEFAULTS["na"]),
        "evidence": _unless(question.evidence, QUESTION_DEFAULTS["evidence"]),
        **question.lenses,
    }
    return _without_defaults(keys)


def _option(option: Option) -> dict[str, Any]:
    return {"id": option.id, "points": _number(option.points), "text": option.text}


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    if isinstance(condition, Predicate):
        return {condition.id: _wanted(condition)}
    if isinstance(condition, AllOf | AnyOf):
        joint = "all" if isinstance(condition, AllOf) else "any"
        return {joint: [_condition(part) for part in condition.parts]}
    return {"not": _condition(condition.part)}


def _wanted(term: Predicate) -> dict[str, Any] | list[str]:
    return list(term.values) if term.at_least is None else {"at_least": _number(term.at_least)}


def _unless(value: Any, default: Any) -> Any:
    if value == default:
        return None
    return _number(value) if isinstance(value, float) else value


def _number(number: float | None) -> float | int | None:
    """The number, without a decimal point if it is whole."""
    return int(number) if number is not None and number.is_integer() and abs(number) < 1e15 else number


def _without_defaults(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}
