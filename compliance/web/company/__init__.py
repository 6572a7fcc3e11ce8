"""The pages of a company: start a year, answer, check, submit, read the scorecard."""

from compliance.web.company import answering, check, consent, explaining, improving, profile, scorecard, start, tasks
from compliance.web.company.blueprint import bp

__all__ = ["answering", "bp", "check", "consent", "explaining", "improving", "profile", "scorecard", "start", "tasks"]
