"""Improvement: the least effort to reach a target."""
