"""Every sentence about a number, on page, sheet and screen.

Here: words for scores, ranks, changes, gaps, counts and provisions, and the choice of which sentence is shown.
Not here: computing (`statistics`, `disclosure`), labels of ids (`languages`), addresses and layout (`web`).
No Flask, no database, no settings. Start with `scorecard_headlines`; for public pages with `sector_findings`.
"""
