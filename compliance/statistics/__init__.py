"""Statistics over many companies: how a company compares, how certain that is, and how well the questions work.

Belongs here: figures for people who hold the answers, including those on single companies. Nothing may be published
before it has passed `compliance.disclosure`. Does not belong: scoring, sentences, layout, the database. Start with
`peer_groups`, then `ranking`; `item_analysis` looks at the questions, `score_change` at two periods.
"""
