"""Statistical disclosure control: what may be published about a period without disclosing a company's answers.

Belongs here: the company table and its aggregates, suppression and its audit, the published snapshot. Does not
belong: sentences and layout (`narrative`, `web`), storage (`store`; `compliance.publication` connects the two).
Start with `closing`, through which everything published passes, then `score_classes` and `suppression`. What is
promised against whom, and why it holds, is in `README.md`.
"""
