"""The improvement plan: the least effort that takes one sheet to its next band, and what-if calculations.

Belongs here: what may be answered instead, the effort of a change, the solver and the search. May use SciPy.
Does not: the score itself; whatever is proposed is scored by `scoring.score` before anybody sees it.
Start with `plan.improve`, then `problem`; `sheet_milp` is exact, `search` is the heuristic.
"""
