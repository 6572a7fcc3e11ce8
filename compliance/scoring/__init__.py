"""Scoring: the arithmetic of `questionnaires/README.md`, for one answer sheet or a million.

Belongs here: coding answers, aggregation, coverage, bands, attribution and the scorecard. Pure; NumPy, and orjson for
numbers as text.
Does not: what a company could do better (`improvement`), comparisons (`statistics`), words (`narrative`).
Start with `compiled_edition`, then `score.score`; `scorecard` is what everybody else reads.
"""
