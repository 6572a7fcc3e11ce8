"""The words of a sign-off: the statement that an auditor signs, and the verified result with the share reviewed."""

from compliance.languages.formats import number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.score_wording import reviewed_words
from compliance.questionnaire.edition import Edition
from compliance.scoring.bands import decimals_to_show
from compliance.scoring.progress import Progress
from compliance.scoring.verified_card import ReviewCoverage, SignedScore


def signed_result_words(edition: Edition, said: SignedScore) -> str:
    """Return the overall verified result, and how many questions have a verdict."""
    reviewed = reviewed_words(Progress(said.coverage.asked, 0, 0, said.coverage.judged))
    if said.score is None:
        return " ".join([_("Too little has a verdict for a verified score."), reviewed])
    digits = decimals_to_show(edition, said.score)
    score, scale = number(said.score, digits), number(edition.scale)
    worst, best = (score if bound is None else number(bound, digits) for bound in (said.worst, said.best))
    if worst == best:
        result = _("Verified: %(score)s of %(scale)s, no range.", score=score, scale=scale)
    else:
        result = _(
            "Verified: %(score)s of %(scale)s, between %(worst)s and %(best)s.",
            score=score,
            scale=scale,
            worst=worst,
            best=best,
        )
    band = next((band.title or band.id for band in edition.bands if band.id == said.band), "")
    return " ".join([result, *([_("Band: %(band)s.", band=band)] if band else []), reviewed])


def statement_words(coverage: ReviewCoverage, *, company: str, year: int) -> str:
    """Return the statement that an auditor signs, which says no more than was done."""
    first = ngettext(
        "I have reviewed %(judged)s of the %(num)s question that counts for %(company)s in %(year)s.",
        "I have reviewed %(judged)s of the %(num)s questions that count for %(company)s in %(year)s.",
        coverage.asked,
        judged=coverage.judged,
        company=company,
        year=year,
    )
    critical = [_("I gave a verdict on every answer to a critical requirement.")] if coverage.critical else []
    rest = [
        _("My verdicts are what the evidence I was given supports."),
        _("I do not vouch for answers without a verdict."),
        _("I have no interest in this company that keeps me from judging it."),
    ]
    return " ".join([first, *critical, *rest])
