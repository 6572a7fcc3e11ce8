"""The improvement plan: the least effort that takes one sheet to its next band, and what-if calculations.

Belongs here: possible new answers, the effort of a change, the solver and the search. May use SciPy. Does not belong:
the score itself. Every proposal is scored by `scoring.score` before anybody sees it. Start with `plan.improve`, then
`problem`; `sheet_milp` is exact, `search` is the heuristic.
"""
