"""The steward's pages: periods, publication and corrections, people, auditors' assignments, item quality, trail.

No company's answers are shown here. Start with `periods`.
"""
