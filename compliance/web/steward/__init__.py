"""The steward's pages: periods, publication and corrections, people, auditors' assignments, item quality, trail.

They show no company's answers. Start with `periods`.
"""
