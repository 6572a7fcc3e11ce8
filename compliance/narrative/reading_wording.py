"""Sentences about a desk reading: what documents say, by kind. Scores less than ten points apart are called level.

Scores below LEAST_SHOWN are not shown as numbers. A range is always shown. Kinds of document are neither compared nor
added up.
"""

from collections.abc import Iterable

from compliance.disclosure.published_reading import KindResult, ReadingContent, ReadPoint
from compliance.languages.formats import and_list, comma_list, long_date, number
from compliance.languages.interface_messages import gettext as _
from compliance.languages.interface_messages import ngettext
from compliance.questionnaire.desk_reading import counted_words
from compliance.questionnaire.edition import Band, Edition
from compliance.scoring.numeric import rounded

#: Lower scores are given in words.
LEAST_SHOWN = 15
#: Scores with a smaller difference are level.
LEVEL_WITHIN = 10
#: Within this distance of the limit of a band, both bands are named.
NEAR_LIMIT = 3


def kind_title(edition: Edition, kind: str) -> str:
    """Return the title of a kind of document."""
    return edition.document_titles.get(kind) or kind


def shown_points(score: float | None) -> int | None:
    """Return a score in whole points, or None below LEAST_SHOWN or without a score."""
    return None if score is None or score < LEAST_SHOWN else int(rounded(score, 0))


def shown_score(score: float | None) -> str:
    """Return a score in whole points, or in words below LEAST_SHOWN or without a score."""
    if score is None:
        return _("no score")
    points = shown_points(score)
    return _("below %(least)s", least=number(LEAST_SHOWN)) if points is None else number(points)


def shown_range(result: KindResult) -> str:
    """Return the range of a kind's score: `40 to 55`, `below 15 to 22`, `below 15`."""
    if result.worst is None or result.best is None:
        return _("no range")
    least, most = shown_score(result.worst), shown_score(result.best)
    return least if result.best < LEAST_SHOWN else _("%(least)s to %(most)s", least=least, most=most)


def reading_lead(edition: Edition, result: KindResult) -> str:
    """Return a sentence on how many points the documents of a kind say, refer elsewhere for, and are silent on."""
    if not result.points:
        return _("%(kind)s: no questions apply to it.", kind=kind_title(edition, result.kind))
    parts = [
        *([_("says %(count)s", count=number(result.said))] if result.said else []),
        *([_("refers to other documents for %(count)s", count=number(result.referred))] if result.referred else []),
        *([_("is silent on %(count)s", count=number(result.silent))] if result.silent else []),
    ]
    return ngettext(
        "%(kind)s: of the one point drawn from children’s law, it %(parts)s.",
        "%(kind)s: of %(num)s points drawn from children’s law, it %(parts)s.",
        result.points,
        kind=kind_title(edition, result.kind),
        parts=and_list(parts),
    )


def score_headline(edition: Edition, results: Iterable[KindResult]) -> str:
    """Return each kind of document with its score, in the order of `results`, which is not an order of merit."""
    return comma_list(
        _("%(kind)s: %(score)s", kind=kind_title(edition, result.kind), score=shown_score(result.score))
        for result in results
    )


def band_sentence(edition: Edition, result: KindResult) -> str:
    """Return a sentence on the band of a kind, or on both bands near a limit, or "" without a score."""
    titles = {band.id: band.title or band.id for band in edition.bands}
    if result.score is None or result.band not in titles:
        return ""
    by_points = _band_by_points(edition, result.score)
    if by_points is not None and by_points.id != result.band:
        return _(
            "Band: %(band)s, and no higher, because a requirement that every code has to meet is not met.",
            band=titles[result.band],
        )
    near = [
        (below, above)
        for below, above in zip(edition.bands, edition.bands[1:], strict=False)
        if abs(result.score - above.at) <= NEAR_LIMIT
    ]
    for below, above in near:
        return _("Band: at the limit between %(below)s and %(above)s.", below=titles[below.id], above=titles[above.id])
    return _("Band: %(band)s.", band=titles[result.band])


def _band_by_points(edition: Edition, score: float) -> Band | None:
    return next((band for band in reversed(edition.bands) if score >= band.at), None)


def silence_headline(edition: Edition, result: KindResult) -> str:
    """Return how many points are not in the documents of a kind, without a full stop."""
    title = kind_title(edition, result.kind)
    if not result.silent:
        return _("%(kind)s: no point is missing", kind=title)
    return ngettext(
        "%(kind)s: one of %(points)s points is not in the text",
        "%(kind)s: %(num)s of %(points)s points are not in the text",
        result.silent,
        kind=title,
        points=number(result.points),
    )


def agreement_headline(result: KindResult) -> str:
    """Return how often both readers agreed where either found something, without a full stop."""
    found = result.same + result.differed
    if not found:
        return _("Neither reader found anything")
    return ngettext(
        "The two readers agreed on %(same)s of the one point where either found something",
        "The two readers agreed on %(same)s of the %(num)s points where either found something",
        found,
        same=number(result.same),
    )


def agreement_sentences(result: KindResult) -> list[str]:
    """Return sentences on points where both readers found nothing, and on those that a third person decided."""
    sentences = []
    if result.nothing:
        sentences.append(
            ngettext(
                "On one more point both found nothing; it is not counted there.",
                "On %(num)s more points both found nothing; they are not counted there.",
                result.nothing,
            )
        )
    if result.differed:
        sentences.append(
            ngettext(
                "A third person decided the one point on which they differed.",
                "A third person decided the %(num)s points on which they differed.",
                result.differed,
            )
        )
    return sentences


def minutes_sentence(content: ReadingContent) -> str:
    """Return how long each reader took, or "" if that is not known."""
    first, second = content.minutes
    if not first or not second:
        return ""
    return _(
        "Time spent, judging by the pages they opened: first reader %(first)s, second reader %(second)s.",
        first=ngettext("one minute", "%(num)s minutes", first),
        second=ngettext("one minute", "%(num)s minutes", second),
    )


def searched_sentence(point: ReadPoint) -> str:
    """Return what a silence rests on. If it was decided, one reader may have found something; the reason follows."""
    words = comma_list(point.searched)
    if not words:
        if point.reason:
            return _("Two people read the whole text.")
        return _("Two people read the whole text, and found nothing.")
    if point.reason:
        said = _("Two people read the whole text. Readers who found nothing looked for: %(words)s.", words=words)
    else:
        said = _("Two people read the whole text, and found nothing. They looked for: %(words)s.", words=words)
    brackets = _("The number in brackets tells how many passages contain the word.")
    if any(map(counted_words, point.searched)):
        return f"{said} {brackets}"
    return said


def heard_sentences(content: ReadingContent) -> list[str]:
    """Return sentences on how the company was heard: when it got the draft, its deadline, its reply, what changed."""
    if content.sent is None or content.until is None:
        return [_("The company has not been told yet.")]
    whole = max(content.replies, key=lambda reply: reply.at, default=None)
    return [
        _(
            "The company was sent the draft on %(sent)s, with time to reply until %(until)s.",
            sent=long_date(content.sent),
            until=long_date(content.until),
        ),
        _("It replied on %(day)s.", day=long_date(whole.at)) if whole else _("It has not replied."),
        *(
            [_("It said on %(day)s that it had nothing more to add.", day=long_date(content.ended))]
            if content.ended
            else []
        ),
        ngettext(
            "One finding was changed after the draft was sent.",
            "%(num)s findings were changed after the draft was sent.",
            content.changed,
        )
        if content.changed
        else _("No finding was changed after the draft was sent."),
    ]


def version_sentence(edition: Edition, newer: KindResult, older: KindResult, version: int) -> str:
    """Return a comparison with an older version: level, or both scores, with a warning if their ranges overlap."""
    title = kind_title(edition, newer.kind)
    if newer.score is None or older.score is None:
        return _("%(kind)s: not compared, because one version has no score.", kind=title)
    if abs(newer.score - older.score) < LEVEL_WITHIN:
        return _(
            "%(kind)s: level with version %(version)s, with less than %(points)s points between them.",
            kind=title,
            version=version,
            points=number(LEVEL_WITHIN),
        )
    told = _(
        "%(kind)s: %(new)s, after %(old)s in version %(version)s.",
        kind=title,
        new=shown_score(newer.score),
        old=shown_score(older.score),
        version=version,
    )
    return " ".join([told, _("Their ranges overlap.")]) if _overlap(newer, older) else told


def _overlap(one: KindResult, other: KindResult) -> bool:
    bounds = (one.worst, one.best, other.worst, other.best)
    if None in bounds:
        return False
    low = max(one.worst or 0.0, other.worst or 0.0)
    return low <= min(one.best or 0.0, other.best or 0.0)
