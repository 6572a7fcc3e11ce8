"""Sentences on pages that depend on a status: which message is shown, and with which values.

Templates pass numbers, dates and words that are already formatted, and print the result. Values in messages are
escaped. Sentences that workbooks and commands also use are in `compliance.narrative`.
"""

from collections.abc import Iterable
from datetime import datetime

from markupsafe import Markup

from compliance.disclosure.published import PublishedCell
from compliance.disclosure.published_reading import PointState
from compliance.languages.formats import long_date, number
from compliance.narrative.published_counts import published_count_words
from compliance.questionnaire.answers import BLANK_WORDS, NOT_COUNTED, NOT_KNOWN_YET
from compliance.questionnaire.portions import AskedCounts
from compliance.scoring.numeric import rounded
from compliance.web.page_text import listed, own
from compliance.web.page_text import said as _
from compliance.web.page_text import said_many as ngettext

_SPACE = Markup(" ")


def _bold(text: str) -> Markup:
    return Markup("<b>{}</b>").format(text)


# ── Scores


def cap_sentence(
    score: float, by_points: str, reached: str, count: int, which: Markup, *, critical: bool = True, decimals: int = 0
) -> Markup:
    """Return why the band is lower than points alone would give. `which`: links to the `count` standards not met.

    `critical`: whether all of them are critical requirements; `decimals`: of the score as shown.
    """
    would_be = _would_be(score, by_points, decimals)
    if not critical:
        held = ngettext(
            "The band is limited to %(band)s because one minimum standard is not met: %(which)s.",
            "The band is limited to %(band)s because %(num)s minimum standards are not met: %(which)s.",
            count,
            band=reached,
            which=which,
        )
        return _bold(would_be) + Markup("\n") + held
    because = ngettext(
        "The band is limited to %(band)s because one critical requirement is not met: %(which)s.",
        "The band is limited to %(band)s because %(num)s critical requirements are not met: %(which)s.",
        count,
        band=reached,
        which=which,
    )
    return _bold(would_be) + Markup("\n") + because


def _would_be(score: float, by_points: str, decimals: int) -> Markup:
    if decimals:
        return _("A score of %(score)s would normally mean %(band)s.", score=number(score, decimals), band=by_points)
    points = int(rounded(score, 0))
    return ngettext(
        "One point would normally mean %(band)s.",
        "%(num)s points would normally mean %(band)s.",
        points,
        band=by_points,
    )


def scale_description(band: str, by_points: str, *, critical: bool = True) -> Markup | str:
    """Return a score's band and, if it is capped, the band by points alone ("": not capped), for screen readers."""
    if not by_points:
        return band
    if not critical:
        return _(
            "%(band)s. On points alone it would be %(by_points)s, but a minimum standard that is not met limits it.",
            band=band,
            by_points=by_points,
        )
    return _(
        "%(band)s. On points alone it would be %(by_points)s, but a critical requirement that is not met limits it.",
        band=band,
        by_points=by_points,
    )


def score_heading(score: str, interval: str, *, closed: bool) -> Markup:
    """Return the heading with the score of a closed year, or so far. `score` "": there is none."""
    if not score:
        return _("No score") if closed else _("No score yet")
    if closed:
        return _("Score of your answers: %(score)s, %(interval)s", score=score, interval=interval)
    return _("Score so far: %(score)s, %(interval)s", score=score, interval=interval)


def score_now(score: str, interval: str) -> Markup:
    """Return the score so far, shown next to the save buttons. `score` "": there is none."""
    if not score:
        return _("No score yet.")
    return _("Score so far: %(score)s, %(interval)s.", score=_bold(score), interval=interval)


def standing_sentence(words: Markup, *, has_score: bool, submitted: bool) -> Markup:
    """Return the score of the present answers, or as submitted. `words`: the score with its interval."""
    if submitted:
        return (
            _("As submitted: %(score)s.", score=words)
            if has_score
            else _("As submitted, there is no score: too little was answered.")
        )
    return (
        _("As it stands: %(score)s.", score=words)
        if has_score
        else _("At present there is no score: too little is answered.")
    )


def peer_median_sentence(median: str, low: str, high: str) -> Markup:
    """Return the median of a peer group, with its middle half unless `low` is ""."""
    if not low:
        return _("Median %(median)s.", median=median)
    return _("Median %(median)s, the middle half from %(low)s to %(high)s.", median=median, low=low, high=high)


# ── Questionnaires


def questions_told(counts: AskedCounts) -> Markup:
    """Return how many questions there are, for readers whose company is not known yet."""
    questions = ngettext("one question", "%(num)s questions", counts.everybody)
    requirements = ngettext("one requirement", "%(num)s requirements", counts.requirements)
    sentences = [
        _(
            "At most %(questions)s on %(requirements)s, after a page about your company.",
            questions=questions,
            requirements=requirements,
        )
    ]
    if counts.modules:
        sentences.append(
            ngettext(
                "One more is only for some kinds of business.",
                "Another %(num)s are only for some kinds of business.",
                counts.modules,
            )
        )
    if counts.by_choice:
        sentences.append(
            ngettext(
                "One more is optional and does not change any other score.",
                "Another %(num)s are optional and do not change any other score.",
                counts.by_choice,
            )
        )
    return _SPACE.join(sentences)


# ── Assessments


def save_status(saved_at: str) -> Markup:
    """Return when a page of questions was last saved. `saved_at` "": never."""
    return _("Saved %(time)s.", time=saved_at) if saved_at else _("Nothing saved yet.")


def draft_status(*, submitted: bool, questions_changed: int) -> Markup:
    """Return what a scorecard of the present answers is: a draft, or how it differs from the submission."""
    if not submitted:
        return _("As it stands now: a draft, not submitted")
    if questions_changed:
        return _("As it stands now: changed since it was submitted")
    return _("As it stands now: the same as submitted")


def submission_sentence(at: datetime, name: str, role: str) -> Markup:
    """Return when an assessment was submitted and, if a name was attested, by whom."""
    if not name:
        return _("Submitted on %(day)s.", day=long_date(at))
    return _("Submitted on %(day)s by %(name)s, %(role)s.", day=long_date(at), name=own(name), role=own(role))


def _one_word_count(word: str, count: int) -> Markup:
    if word == NOT_KNOWN_YET:
        return ngettext("one not known yet", "%(num)s not known yet", count)
    if word == NOT_COUNTED:
        return ngettext("one could not be counted", "%(num)s could not be counted", count)
    return ngettext("one said in another document", "%(num)s said in another document", count)


def task_progress(
    answered: int, asked: int, unshown: int, changed: int, *, so_far: bool, words: Iterable[tuple[str, int]] = ()
) -> Markup:
    """Return how much of a theme is answered. `so_far`: more may be asked; `words`: number of blanks by reason."""
    if so_far:
        first = _("%(answered)s answered of %(asked)s asked so far", answered=answered, asked=asked)
    elif asked and answered == asked:
        first = ngettext("The one question is answered", "All %(num)s answered", asked)
    else:
        first = _("%(answered)s of %(asked)s answered", answered=answered, asked=asked)
    counted = dict(words)
    parts = [first, *(_one_word_count(word, counted[word]) for word in BLANK_WORDS if word in counted)]
    if unshown:
        parts.append(_("%(count)s without evidence", count=unshown))
    if changed:
        parts.append(ngettext("one changed since you submitted", "%(num)s changed since you submitted", changed))
    return listed(parts)


def task_status(status: str) -> Markup:
    """Return the status of a theme in words."""
    return {
        "complete": _("Complete"),
        "answered": _("Evidence to add"),
        "progress": _("In progress"),
        "new": _("Not started"),
        "owner": _("Needs an owner"),
    }[status]


# ── Sectors


def participation_note(
    registered: PublishedCell,
    scored: PublishedCell,
    unscored: PublishedCell,
    silent: PublishedCell,
    rest: PublishedCell,
) -> Markup:
    """Return who takes part, as far as counts are not suppressed. `rest`: without a score or silent, together."""
    if not isinstance(registered, int) and not isinstance(scored, int):
        return _("Too few companies: nothing is shown.")
    with_score = _("With a score: %(count)s.", count=_count(scored))
    if isinstance(rest, int) and not isinstance(silent, int):
        others = _("No score, or nothing submitted: %(count)s.", count=_count(rest))
        return with_score + _SPACE + _bold(others)
    too_little = _("Answered too little for a score: %(count)s.", count=_count(unscored))
    return _SPACE.join((with_score, too_little, _bold(_("Silent: %(count)s.", count=_count(silent)))))


def citation_note(resting: PublishedCell, registered: PublishedCell) -> Markup:
    """Return how many companies the cited scores and participation are about, as far as published."""
    if isinstance(resting, int) and isinstance(registered, int):
        return _(
            "Scores of %(n)s companies, claimed and evidenced; participation of %(registered)s registered.",
            n=_count(resting),
            registered=_count(registered),
        )
    if isinstance(resting, int):
        return _("Scores of %(n)s companies, claimed and evidenced.", n=_count(resting))
    if isinstance(registered, int):
        return _("Participation of %(registered)s registered companies, without scores.", registered=_count(registered))
    return _("Too few companies for scores.")


def invitation_note(answered: PublishedCell, silent: PublishedCell, unopened: PublishedCell, opened: bool) -> Markup:
    """Return how many invited companies answered, as far as published. `opened`: the number signed in is published."""
    if not isinstance(answered, int) and not isinstance(silent, int) and "withheld" in (answered, silent):
        return _("Not shown, to protect the identity of companies.")
    rest = (
        _("Silent: %(count)s, of which %(unopened)s never signed in.", count=_count(silent), unopened=_count(unopened))
        if opened
        else _("Silent: %(count)s.", count=_count(silent))
    )
    return _("Answered: %(count)s.", count=_count(answered)) + _SPACE + _bold(rest)


def _count(cell: PublishedCell) -> str:
    return published_count_words(cell)


def point_state_words(state: PointState) -> str:
    """Return the outcome of a point of a desk reading, in words."""
    words = {"said": _("Said"), "referred": _("Referred to another document"), "silent": _("Not in this text")}
    return words[state]
