"""Statistical disclosure control: what may be published about a period without disclosing a company's answers.

Here: the company table and its aggregates, suppression and its audit, the published snapshot. Not here: sentences and
layout (`narrative`, `web`), storage (`store`; `compliance.publication` connects the two).
Start with `closing`, through which everything published passes, then `score_classes` and `suppression`. `README.md`
says what is promised, against whom, and why it holds.
"""
