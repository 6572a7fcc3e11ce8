"""Scoring: the arithmetic of `questionnaires/README.md`, for one answer sheet or a million.

Here: coding answers, aggregation, coverage, bands, attribution and the scorecard. Pure, with NumPy, and orjson for
numbers as text.
Not here: what a company could improve (`improvement`), comparisons (`statistics`), words (`narrative`).
Start with `compiled_edition`, then `score.score`. Other rooms mostly read `scorecard`.
"""
