"""The quick check: a first look for anybody, without an account, and the way from it into a full assessment."""

from compliance.web.quick import going_on, results, walking
from compliance.web.quick.blueprint import bp

__all__ = ["bp", "going_on", "results", "walking"]
