"""Item quality in words: what was observed about a question, and what its author should do about it."""

from collections.abc import Iterable, Iterator, Sequence

from compliance.languages import formats
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.narrative.answer_wording import quoted_answer
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.scoring.numeric import TOLERANCE
from compliance.statistics.correlation import InternalConsistency, RankCorrelation
from compliance.statistics.inter_rater import BOOTSTRAP_RESAMPLES, Agreement, RaterComparison
from compliance.statistics.item_analysis import (
    RELIABLE,
    TENTATIVE,
    ItemAnalysis,
    ItemReview,
    ItemStatistics,
    ReviewFlag,
)
from compliance.statistics.thresholds import MIN_UNITS

#: Decimals of every coefficient.
COEFFICIENT_DECIMALS = 2


def item_review_headline(analysis: ItemAnalysis, reviews: Sequence[ItemReview]) -> str:
    """Return the headline: the number of questions that an author should review."""
    if analysis.companies < MIN_UNITS:
        return _("Too few companies to say anything about single questions")
    if not reviews:
        return _("No question stands out")
    return ngettext(
        "One question to review, out of %(all)s",
        "%(num)s questions to review, out of %(all)s",
        len(reviews),
        all=formats.number(len(analysis.questions)),
    )


def too_few_companies_sentence(companies: int) -> str:
    """Return a sentence that there are too few companies to analyse, or "" if there are enough."""
    if companies >= MIN_UNITS:
        return ""
    return ngettext(
        "Only one company has a score; with fewer than %(least)s, one company’s answers could be mistaken for an "
        "effect of the question.",
        "Only %(num)s companies have a score; with fewer than %(least)s, one company’s answers could be mistaken "
        "for an effect of the question.",
        companies,
        least=formats.number(MIN_UNITS),
    )


def companies_without_score_sentence(analysis: ItemAnalysis) -> str:
    """Return a sentence on companies without a score, which are in no figure, or "" if there are none."""
    if not analysis.without_score:
        return ""
    return _(
        "Without a score, so not in any figure here: %(n)s. A company that gives up half-way leaves "
        "everything after that blank.",
        n=formats.number(analysis.without_score),
    )


def flags_with_remedies(review: ItemReview) -> tuple[tuple[ReviewFlag, str, str], ...]:
    """Return each flag of a question, with what was observed and what an author should do about it."""
    return tuple((flag, _flag_words(review, flag), _remedy_words(review, flag)) for flag in review.flags)


def _flag_words(review: ItemReview, flag: ReviewFlag) -> str:
    item, agreement = review.statistics, review.agreement
    if flag in ("blank", "na"):
        return _nonresponse_words(item, flag)
    if flag == "alike":
        return _unanimity_words(item)
    if flag == "against":
        assert item.item_rest is not None
        return _(
            "The better the answer, the lower the score for the rest of its theme (%(numbers)s).",
            numbers=correlation_words(item.item_rest),
        )
    assert agreement is not None
    if flag == "applies":
        return _(
            "Readers differ on whether it applies at all (%(numbers)s).",
            numbers=agreement_words(agreement.applicability),
        )
    numbers = agreement_words(agreement.answers)
    if flag == "tentative":
        return _("It is not certain enough whether two readers agree (%(numbers)s).", numbers=numbers)
    return _("Two readers of the same company often answer differently (%(numbers)s).", numbers=numbers)


def _nonresponse_words(item: ItemStatistics, flag: ReviewFlag) -> str:
    share = formats.percent((item.blank if flag == "blank" else item.na) / item.asked)
    n = formats.number(item.asked)
    if flag == "blank":
        return _("%(share)s of those asked left it blank (n = %(n)s).", share=share, n=n)
    return _("%(share)s of those asked say that it does not apply (n = %(n)s).", share=share, n=n)


def _unanimity_words(item: ItemStatistics) -> str:
    assert item.mode is not None
    value, companies = item.mode
    return _(
        "%(share)s give the same answer: %(answer)s (n = %(n)s).",
        share=formats.percent(companies / item.answered),
        answer=quoted_answer(item.question, value),
        n=formats.number(item.answered),
    )


def _remedy_words(review: ItemReview, flag: ReviewFlag) -> str:
    if flag == "alike":
        earns = review.statistics.distribution is not None and review.statistics.distribution.median > TOLERANCE
        if earns:
            return _("Check whether this answer is too easy to choose, and split it where companies differ.")
        return _(
            "If it is true of the companies, it is a finding: keep the question. If not, check whether the answer "
            "is too broad, and split it."
        )
    return {
        "apart": _(
            "Look at the companies on which readers differ, and find the words that each reader relied on. Make "
            "the options more precise, then try them on two people."
        ),
        "tentative": _(
            "Look at the companies on which readers differ, and say in the help what decides the answer. Have more "
            "companies read twice."
        ),
        "applies": _("Say in the question whom it concerns, or add a condition."),
        "against": _(
            "Check whether the points run in the right direction, and whether the question contains a "
            "“not” or asks two things."
        ),
        "blank": _("Ask for something that a company can look up, and say in the help where to find it."),
        "na": _(
            "Add a condition so that only companies it concerns are asked, or word it so that every company can answer."
        ),
    }[flag]


def correlation_words(correlation: RankCorrelation) -> str:
    """Return a rank correlation with its interval."""
    return _(
        "rank correlation %(rho)s, 95 %% interval from %(low)s to %(high)s, n = %(n)s",
        rho=formats.number(correlation.rho, COEFFICIENT_DECIMALS),
        low=formats.number(correlation.low, COEFFICIENT_DECIMALS),
        high=formats.number(correlation.high, COEFFICIENT_DECIMALS),
        n=formats.number(correlation.n),
    )


def agreement_words(agreement: Agreement) -> str:
    """Return Krippendorff's alpha with its interval, or why there is none."""
    n = formats.number(agreement.n)
    if agreement.alpha is None:
        if agreement.n < MIN_UNITS:
            return _("read twice: %(n)s; at least %(least)s are needed to say anything", n=n, least=MIN_UNITS)
        return _("all answers are the same, so agreement cannot be worked out; n = %(n)s", n=n)
    alpha = formats.number(agreement.alpha, COEFFICIENT_DECIMALS)
    if agreement.low is None or agreement.high is None:
        return _("alpha %(alpha)s, n = %(n)s", alpha=alpha, n=n)
    return _(
        "alpha %(alpha)s, 95 %% interval from %(low)s to %(high)s, n = %(n)s",
        alpha=alpha,
        low=formats.number(agreement.low, COEFFICIENT_DECIMALS),
        high=formats.number(agreement.high, COEFFICIENT_DECIMALS),
        n=n,
    )


def agreement_verdict(agreement: Agreement) -> str:
    """Return how reliable an alpha is (reliable, tentative, not reliable), or "" without an alpha."""
    if agreement.alpha is None:
        return ""
    if agreement.alpha >= RELIABLE - TOLERANCE:
        return _("reliable")
    return _("tentative") if agreement.alpha >= TENTATIVE - TOLERANCE else _("not reliable")


def internal_consistency_words(consistency: InternalConsistency) -> str:
    """Return a theme's alpha, with the requirements and companies that it rests on, or why there is none."""
    if consistency.alpha is None and len(consistency.used) < 2:
        return _("no two requirements have %(least)s companies in common", least=MIN_UNITS)
    if consistency.alpha is None:
        return _("no difference between companies")
    said = _(
        "alpha %(alpha)s over %(used)s requirements, with at least %(least)s companies for any two of them",
        alpha=formats.number(consistency.alpha, COEFFICIENT_DECIMALS),
        used=formats.number(len(consistency.used)),
        least=formats.number(consistency.min_pairs),
    )
    if consistency.left_out:
        return _(
            "%(said)s; left out for lack of companies in common: %(left_out)s",
            said=said,
            left_out=formats.comma_list(consistency.left_out),
        )
    return said


def theme_title(edition: Edition, theme: str) -> str:
    """Return the title of a theme, or of the overall score for editions without themes."""
    return _("Overall score") if theme == OVERALL else edition.nodes[theme].title or theme


def read_once_sentences(comparison: RaterComparison) -> Iterator[str]:
    """Yield sentences naming the companies that are in only one of the two readings."""
    if comparison.only_first:
        yield _("Only in the first file, so left out: %(names)s.", names=formats.comma_list(comparison.only_first))
    if comparison.only_second:
        yield _("Only in the second file, so left out: %(names)s.", names=formats.comma_list(comparison.only_second))


def inter_rater_sentences(comparison: RaterComparison, questions: Iterable[str]) -> Iterator[str]:
    """Yield sentences on the agreement of two readings, overall and by question, without naming companies."""
    yield ngettext("One company was read twice.", "%(num)s companies were read twice.", comparison.companies)
    whole = comparison.scores[OVERALL]
    verdict = agreement_verdict(whole)
    said = _("%(name)s: %(value)s", name=agreement_words(whole), value=verdict) if verdict else agreement_words(whole)
    yield _("On the overall score: %(said)s.", said=said)
    alphas = [comparison.questions[question].answers.alpha for question in questions]
    known = [alpha for alpha in alphas if alpha is not None]
    yield _(
        "Questions for which agreement can be worked out: %(known)s. Of these, reliable: %(reliable)s; tentative: "
        "%(tentative)s; not reliable: %(not_enough)s.",
        known=formats.number(len(known)),
        reliable=formats.number(sum(alpha >= RELIABLE - TOLERANCE for alpha in known)),
        tentative=formats.number(sum(TENTATIVE - TOLERANCE <= alpha < RELIABLE - TOLERANCE for alpha in known)),
        not_enough=formats.number(sum(alpha < TENTATIVE - TOLERANCE for alpha in known)),
    )


def how_to_read_item_statistics(*, twice: bool) -> Iterator[str]:
    """Yield notes on how to read the figures."""
    yield _(
        "A flag shows where to look, not what is wrong: read the answers before you change a word. A question that "
        "you change is a new question, and can no longer be compared."
    )
    yield _(
        "A theme is a list of what the law asks, not one trait measured many times. A low alpha is not a fault in "
        "a theme: a company may do one of these things without the others."
    )
    if twice:
        yield _(
            "Krippendorff’s alpha is 1 where readers agree and 0 where they agree no more often than by chance: "
            "from 0.8 it is reliable, from 0.667 tentative. Intervals come from %(draws)s resamples of the "
            "companies.",
            draws=formats.number(BOOTSTRAP_RESAMPLES),
        )
