"""The auditor's pages: the submissions assigned to them, with claim, evidence and law, and the verdicts on them.

Start with `reviews`.
"""
