"""Statistics over many companies: how one compares, how certain that is, and how well the questions work.

Belongs here: figures for whoever holds the answers, single companies included. Nothing may be published
before it has passed `compliance.disclosure`. Does not belong: scoring, sentences, layout, the database.
Start with `peer_groups`, then `ranking`; `item_analysis` looks at the questions, `score_change` at two periods.
"""
