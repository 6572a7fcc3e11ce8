"""A second implementation of the arithmetic, from the rules alone: one sheet, plain numbers, None for no score.

The engine is compared with it on random editions. It is short, and slow on purpose.
"""

from collections.abc import Mapping
from math import exp, log
from typing import Any

from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import AllOf, AnyOf, Not
from compliance.questionnaire.countries import country_need
from compliance.questionnaire.edition import Edition, Node, Question


def evaluate(edition: Edition, sheet: AnswerSheet) -> dict[str, tuple[Any, Any, Any, Any]]:
    """Return claimed score, worst, best (shares) and coverage of every node and scored question. Each can be None."""
    asked = edition.questions
    given = {i: of_places(asked[i], sheet.answers, a) for i, a in sheet.answers.items() if i in asked}
    given |= {q.id: sheet.answers[q.places] for q in edition.places_questions if is_na(sheet.answers.get(q.places))}
    state: dict[str, Any] = {}  # by id: whether it is asked and counts
    out: dict[str, Any] = {}  # by id: its results

    def true(c: Any) -> float:
        if c is None or isinstance(c, Not):
            return 1 if c is None else 1 - true(c.part)
        if isinstance(c, AllOf | AnyOf):
            return (min if isinstance(c, AllOf) else max)(map(true, c.parts))
        q, here = edition.questions.get(c.id), min(state.get(c.id, (1.0, 1.0)))
        value = given.get(c.id) if q else sheet.profile.get(c.id[len("profile.") :])
        if value is None or isinstance(value, NotApplicable):
            return min(here, 0.5) if value is None else 0
        if c.at_least is not None:
            return min(here, float((points(q, value) if q and q.options else value) >= c.at_least))
        return min(here, float(any(v == type(v)(w) for v in chosen(value) for w in c.values)))

    def chosen(value: Any) -> Any:
        return value if isinstance(value, tuple) else (value,)

    def points(q: Question, value: Any) -> float:
        return sum(o.points for o in q.options if o.id in chosen(value))

    def worth(q: Question, value: Any) -> float:
        if not q.range:
            return min(points(q, value), q.full) / unit(q)
        x, start, end = (log(v) if q.log else v for v in (value, *q.range))
        return max(0.0, min(1.0, (x - start) / (end - start))) if q.clip else (x - start) / (end - start)

    def ends(q: Question) -> tuple[float, float]:
        some = [o.points for o in q.options] or [0.0, 1.0]
        some = some if q.kind != "many" else [sum(sign(p, 0.0) for p in some) for sign in (min, max)]
        return min(0.0, min(some) / unit(q)), min(max(some), q.full) / unit(q)

    def node(n: Node, parts: Any, k: int) -> Any:
        on = [(p, r[k]) for p, r in parts if r and r[k] is not None and not p.prerequisite and unit(p)]
        earning = [p for p, _ in on if full(p)]
        if n.combine == "sum" and any(full(p) for p in n.parts if not p.prerequisite):
            had = sum(map(full, earning)) if n.max is None else min(sum(map(full, earning)), n.max)
            raw = sum(unit(p) * s for p, s in on) / had if had else None
            raw = raw if raw is None or n.max is None else min(raw, 1.0)
        else:
            raw = join(n.combine, [(unit(p) if n.combine == "sum" else p.weight, s) for p, s in on])
        return max(raw, 0.0) if n.floor and raw is not None else raw

    def join(rule: str, pairs: list[tuple[float, Any]]) -> Any:
        on = [(w, s) for w, s in pairs if s is not None]
        if rule == "mean" or rule == "sum" or not on:
            return sum(w * s for w, s in on) / sum(w for w, _ in on) if on else None
        least = min(s for _, s in on)
        return least if rule == "min" else 0.0 if least <= 0 else exp(join("mean", [(w, log(s)) for w, s in on]))

    def full(p: Node | Question) -> float:
        if isinstance(p, Question):
            return p.full if p.scored else 0.0
        return p.max or sum(full(c) for c in p.parts if not c.prerequisite)

    def unit(p: Node | Question) -> float:
        if full(p) or (isinstance(p, Question) and not p.scored):
            return full(p)
        if isinstance(p, Node):
            return sum(unit(c) for c in p.parts if not c.prerequisite)
        return -(sum if p.kind == "many" else min)(min(o.points, 0.0) for o in p.options)

    def visit(p: Node | Question, above: float) -> Any:
        asked = min(above, true(p.asked_when))
        if isinstance(p, Question):
            state[p.id] = asked, true(p.counts_when)
            return question(p, *state[p.id], given.get(p.id)) if p.scored else None
        parts = [(c, visit(c, asked)) for c in p.parts]
        now, worst, best = (node(p, parts, k) for k in range(3))
        worst, best = (f((v for v in (x, now) if v is not None), default=None) for f, x in ((min, worst), (max, best)))
        weights = [(unit(c) if p.combine == "sum" else c.weight, r) for c, r in parts if not c.prerequisite and unit(c)]
        coverage, counted = (join("mean", [(w, r[k]) for w, r in weights if r]) for k in (3, 4))
        shown = now if p.min_coverage is None or (counted or 0) >= p.min_coverage - 1e-9 else None
        counted = counted if p.min_coverage is None or coverage is None else float(shown is not None)
        out[p.id] = shown, worst, best, coverage
        return shown if edition.blank == "drop" else now, worst, best, coverage, counted

    def question(q: Question, asked: float, gate: float, answer: Any) -> Any:
        (least, most), blank, na = ends(q), answer is None, isinstance(answer, NotApplicable)
        s = least if blank or na else worth(q, answer)
        worst = s if blank or na or gate == 1 else min(s, 0.0)
        now = None if na or (blank and gate == 1 and edition.blank == "drop") else s if gate == 1 else min(s, 0.0)
        best = None if na else min(most if blank else s, 1.0 if gate > 0 else 0.0)
        answered = now, worst, best, float((not na and not blank) or (blank and gate == 0))
        answered = answered if q.full else (*answered[:3], None)
        out[q.id] = answered if asked == 1 else (None, least, float(q.full > 0), None) if asked else (None,) * 4
        return *out[q.id], out[q.id][3]

    visit(edition.root, 1)
    scored = {n.id for n in edition.nodes.values() if n is edition.root or any(q.scored for q in n.questions())}
    return {part: found for part, found in out.items() if part in edition.questions or part in scored}


def is_na(answer: Any) -> bool:
    return isinstance(answer, NotApplicable)


def of_places(q: Question, answers: Mapping[str, Any], answer: Any) -> Any:
    """Return the option in which an answer about places results, by counting, or any other answer unchanged."""
    here = answers.get(q.places)
    if not q.places or is_na(answer) or not here or is_na(here):
        return None if q.places and not here and not is_na(answer) else answer
    need = [place for place in here if country_need(place).need_class == "high"]
    n, t, h, th = len(here), sum(p in answer for p in here), len(need), sum(p in answer for p in need)
    ids = [o.id for o in q.options]
    if t == n:
        return "dated" if "+dated" in answer and "dated" in ids else "all"
    if t > n / 2 and (h == 0 or th > h / 2):
        return "most"
    return "some" if t else "planned" if "+planned" in answer and "planned" in ids else "none"
