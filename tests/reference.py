"""The arithmetic once more, written from the rules alone: one sheet, plain numbers, no arrays, None for off.

The engine is held against it on random editions. Slow and short on purpose.
"""

import math
from typing import Any

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.edition import AllOf, AnyOf, Edition, Node, Not, Question


def evaluate(edition: Edition, sheet: AnswerSheet) -> dict[str, tuple[Any, Any, Any, Any]]:
    """Score, worst, best (shares) and coverage of every node and scored question; None = none. Claimed."""
    state: dict[str, tuple[float, float]] = {}
    out: dict[str, tuple[Any, Any, Any, Any]] = {}

    def true(c: Any) -> float:
        if c is None:
            return 1
        if isinstance(c, Not):
            return 1 - true(c.part)
        if isinstance(c, AllOf | AnyOf):
            return (min if isinstance(c, AllOf) else max)(true(p) for p in c.parts)
        if c.id.startswith("profile."):
            asked, gate, value, question = 1.0, 1.0, sheet.profile.get(c.id[8:]), None
        else:
            (asked, gate), value, question = state[c.id], sheet.answers.get(c.id), edition.questions[c.id]
        if isinstance(value, NotApplicable):
            return 0
        if value is None:
            return min(asked, gate, 0.5)
        chosen = value if isinstance(value, tuple) else (value,)
        if c.at_least is not None:
            has = value if isinstance(value, float) else sum(o.points for o in question.options if o.id in chosen)
            return min(asked, gate, float(has >= c.at_least))
        texts = [float(v) for v in c.values] if isinstance(value, float) else list(c.values)
        return min(asked, gate, float(any(v in texts for v in chosen)))

    def ends(q: Question) -> tuple[float, float]:
        gains = [o.points for o in q.options]
        if q.range:
            return 0.0, 1.0
        low, high = (
            (min(gains), max(gains))
            if q.kind == "one"
            else (sum(p for p in gains if p < 0), sum(p for p in gains if p > 0))
        )
        return min(0.0, low / q.full), min(high, q.full) / q.full

    def worth(q: Question, value: Any) -> float:
        if q.range:
            x, a, b = (math.log(v) if q.log else v for v in (value, *q.range))
            s = (x - a) / (b - a)
            return max(0.0, min(1.0, s)) if q.clip else s
        chosen = value if isinstance(value, tuple) else (value,)
        return min(sum(o.points for o in q.options if o.id in chosen), q.full) / q.full

    def join(rule: str, pairs: list[tuple[float, Any]]) -> Any:
        on = [(w, s) for w, s in pairs if s is not None]
        if not on:
            return None
        total = sum(w for w, _ in on)
        if rule == "min":
            return min(s for _, s in on)
        if rule == "geometric":
            return 0.0 if any(s <= 0 for _, s in on) else math.exp(sum(w * math.log(s) for w, s in on) / total)
        return sum(w * s for w, s in on) / total

    def points(p: Node | Question) -> float:
        return (p.full if p.scored else 0.0) if isinstance(p, Question) else sum(points(c) for c in p.parts)

    def visit(p: Node | Question, above: float) -> Any:
        asked = min(above, true(p.asked_when))
        if isinstance(p, Question):
            gate = true(p.counts_when)
            state[p.id] = asked, gate
            return question(p, asked, gate, sheet.answers.get(p.id)) if p.scored else None
        parts = [(points(c) if p.combine == "sum" else c.weight, visit(c, asked)) for c in p.parts]
        parts = [(w, r) for w, r in parts if r is not None]
        if not parts:
            return None
        now, worst, best = (join(p.combine, [(w, r[k]) for w, r in parts]) for k in range(3))
        worst = min((v for v in (worst, now) if v is not None), default=None)
        best = max((v for v in (best, now) if v is not None), default=None)
        coverage, counted = (join("mean", [(w, r[k]) for w, r in parts]) for k in (3, 4))
        shown = now
        if p.min_coverage is not None and coverage is not None:
            shown = now if counted >= p.min_coverage - 1e-9 else None
            counted = 0.0 if shown is None else 1.0
        out[p.id] = shown, worst, best, coverage
        return shown if edition.blank == "drop" else now, worst, best, coverage, counted

    def question(q: Question, asked: float, gate: float, answer: Any) -> Any:
        least, most = ends(q)
        blank, na = answer is None, isinstance(answer, NotApplicable)
        s = least if blank else None if na else worth(q, answer)
        now = None if na or (blank and gate == 1 and edition.blank == "drop") else s if gate == 1 else min(s, 0.0)
        worst = least if na or blank else s if gate == 1 else min(s, 0.0)
        best = None if na else (most if blank else s) if gate > 0 else min(most if blank else s, 0.0)
        coverage: Any = float((not na and not blank) or (blank and gate == 0))
        if asked < 1:
            now, coverage = None, None
            worst, best = (least, 1.0) if asked else (None, None)
        out[q.id] = now, worst, best, coverage
        return now, worst, best, coverage, coverage

    visit(edition.root, 1)
    return out
