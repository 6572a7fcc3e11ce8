"""Headlines of one scorecard: strongest theme, widest CSR gap, levels of prevention, integration, peers.

Scores less than five points of 100 apart count as level. Parts less than half covered are left out: a blank is not a
weakness.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from compliance.disclosure.published import ScoreRange
from compliance.languages.formats import and_list, comma_list, distinct_percents, number, percent
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import lens_value_label
from compliance.questionnaire.edition import ASPECT_LENS, GAP_LENS, OVERALL, PREVENTION_LENS, Edition
from compliance.scoring.integration import (
    INTEGRATED_BREADTH,
    INTEGRATED_JOINED,
    INTEGRATED_LEVEL,
    ISOLATED,
    TERTIARY,
    Integration,
    IntegrationReading,
    Integrations,
)
from compliance.scoring.numeric import TOLERANCE, rounded
from compliance.scoring.scorecard import Scorecard, Standing

#: Scores with a smaller difference, in points of 100, count as level in a headline.
MIN_DIFFERENCE = 5.0
#: The lowest coverage of parts that headlines compare.
COMPARABLE_COVERAGE = 0.5
BEFORE_HARM, AFTER_HARM = ("pre-primary", "primary"), TERTIARY


def themes_headline(card: Scorecard) -> str:
    """Return a headline on the strongest and the weakest theme, or several if they have the same score."""
    scored = [
        (_points_of_100(card, t), card.edition.nodes[t.id].title or t.id) for t in card.themes if _comparable(card, t)
    ]
    if _is_alone(card.themes):
        return _single_part(scored)
    if len(scored) < 2:
        return _("Too little is answered to compare the themes")
    left_out = [_lower(card.edition.nodes[t.id].title or t.id) for t in card.themes if _is_uncovered(t)]
    return _extremes(scored, left_out, N_("No theme stands out: they score %(range)s"))


def aspects_headline(card: Scorecard) -> str:
    """Return a headline on the strongest and the weakest of what the code says, what is done and what shows it."""
    scored = [
        (points, lens_value_label(card.edition, ASPECT_LENS, aspect))
        for aspect, points in _scores(card, ASPECT_LENS).items()
    ]
    if _is_alone(card.lenses.get(ASPECT_LENS, {}).values()):
        return _single_part(scored)
    if len(scored) < 2:
        return _("Too little is answered to compare what is said, done and shown")
    left_out = [_lower(name) for name in _uncovered_words(card, ASPECT_LENS)]
    return _extremes(scored, left_out, N_("Said, done and shown are about level: they score %(range)s"))


def _is_alone(parts: Iterable[Standing]) -> bool:
    """Tell whether the company is asked about one of these parts, or none, which leaves nothing to compare."""
    return sum(part.coverage is not None for part in parts) < 2


def _single_part(scored: Sequence[tuple[float, str]]) -> str:
    """Return a headline on the only theme, aspect or gap that the company is asked about."""
    if not scored:
        return _("Too little is answered for a score")
    [(points, title)] = scored
    return _("%(part)s scores %(score)s", part=title, score=number(points))


def _extremes(scored: Sequence[tuple[float, str]], left_out: Sequence[str], level: str) -> str:
    """Return a headline with the highest and the lowest titles. `level`: the message if none stands out."""
    best, worst = max(scored)[0], min(scored)[0]
    if best - worst < MIN_DIFFERENCE:
        return _nothing_stands_out(_(level, range=_score_range(worst, best)), left_out)
    names = {"best": _named_at(best, scored), "worst": _named_at(worst, scored)}
    if not left_out:
        return _("Strongest: %(best)s. Weakest: %(worst)s", **names)
    words = _("Of what is answered, strongest: %(best)s; weakest: %(worst)s.", **names)
    return f"{words} {_too_blank(left_out)}"


def _named_at(points: float, scored: Sequence[tuple[float, str]]) -> str:
    """Return the titles of all themes with a score, so that none of several equal ones is named alone."""
    return and_list(_lower(title) for here, title in scored if abs(here - points) <= TOLERANCE)


def widest_gap_headline(card: Scorecard) -> str:
    """Return a headline on the widest CSR gap, or several if they are level."""
    scores = _scores(card, GAP_LENS)
    if _is_alone(card.lenses.get(GAP_LENS, {}).values()):
        return _single_part([(points, lens_value_label(card.edition, GAP_LENS, gap)) for gap, points in scores.items()])
    if len(scores) < 2:
        return _("Too little is answered to compare the gaps")
    least = min(scores.values())
    widest = [
        lens_value_label(card.edition, GAP_LENS, value)
        for value, points in scores.items()
        if points - least < MIN_DIFFERENCE
    ]
    left_out = _uncovered_words(card, GAP_LENS)
    if len(widest) == len(scores):
        range_ = _score_range(least, max(scores.values()))
        return _nothing_stands_out(_("No gap is clearly the widest: they score %(range)s", range=range_), left_out)
    return f"{_widest_of_answered(widest)} {_too_blank(left_out)}" if left_out else widest_words(widest)


def widest_words(widest: Sequence[str]) -> str:
    """Return a headline naming the widest gap, or the two that are level."""
    if len(widest) > 1:
        return _("%(first)s and %(second)s are the widest gaps", first=widest[0], second=widest[1].lower())
    return _("%(gap)s is the widest gap", gap=widest[0])


def _widest_of_answered(widest: Sequence[str]) -> str:
    if len(widest) > 1:
        return _(
            "%(first)s and %(second)s are the widest gaps in what is answered.",
            first=widest[0],
            second=widest[1].lower(),
        )
    return _("%(gap)s is the widest gap in what is answered.", gap=widest[0])


def levels_headline(card: Scorecard) -> str:
    """Return a headline on whether a company acts before harm, or mostly after it."""
    scores, uncovered = _scores(card, PREVENTION_LENS), uncovered_values(card, PREVENTION_LENS)
    if len(uncovered) < len(card.lenses.get(PREVENTION_LENS, {})) and not uncovered.isdisjoint(
        (*BEFORE_HARM, AFTER_HARM)
    ):
        return _too_blank(_uncovered_words(card, PREVENTION_LENS))
    early = [scores[level] for level in BEFORE_HARM if level in scores]
    if AFTER_HARM not in scores or not early:
        return _("Too little is answered to compare the levels")
    before = sum(early) / len(early)
    if scores[AFTER_HARM] - before >= MIN_DIFFERENCE:
        return _("Acts more after harm than before it")
    if before - scores[AFTER_HARM] >= MIN_DIFFERENCE:
        return _("Acts more before harm than after it")
    return _("Action before and after harm is about level: %(before)s and %(after)s points",
             before=number(before), after=number(scores[AFTER_HARM]))  # fmt: skip


def levels_sentence(card: Scorecard) -> str:
    """Return a sentence on the lowest level of prevention, or "" if there are fewer than two to compare."""
    scores = _scores(card, PREVENTION_LENS)
    if len(scores) < 2:
        return ""
    least = min(scores.values())
    if max(scores.values()) - least < MIN_DIFFERENCE:
        return _("No level is far behind the others.")
    lowest = [level for level, score in scores.items() if score - least <= TOLERANCE]
    points, left_out = number(least), _uncovered_words(card, PREVENTION_LENS)
    if lowest == ["pre-primary"]:
        return _("Root causes, where harm can be prevented altogether, score %(points)s.", points=points)
    names = [lens_value_label(card.edition, PREVENTION_LENS, level) for level in lowest]
    words = _furthest_behind(names, points, of_answered=bool(left_out))
    return f"{words} {_too_blank(left_out)}." if left_out else words


def _furthest_behind(names: Sequence[str], points: str, *, of_answered: bool) -> str:
    """Return a sentence on the lowest level, or on all that have the same score."""
    if len(names) > 1:
        levels = and_list(_("“%(words)s”", words=name) for name in names)
        if of_answered:
            return _(
                "Of what is answered, %(levels)s are furthest behind, at %(points)s.", levels=levels, points=points
            )
        return _("%(levels)s are furthest behind, at %(points)s.", levels=levels, points=points)
    if of_answered:
        return _("Of what is answered, “%(level)s” is furthest behind, at %(points)s.", level=names[0], points=points)
    return _("“%(level)s” is furthest behind, at %(points)s.", level=names[0], points=points)


def uncovered_values(card: Scorecard, lens: str) -> frozenset[str]:
    """Return the values of a lens that are asked about, but with too little answered to compare them."""
    return frozenset(value for value, standing in card.lenses.get(lens, {}).items() if _is_uncovered(standing))


def evidence_gap_headline(claimed: Scorecard, evidenced: Scorecard, node: str = OVERALL) -> str:
    """Return a headline on the points of a node that are claimed without evidence."""
    said, shown = claimed.nodes[node].score, evidenced.nodes[node].score
    if said is None or shown is None:
        return _("Without a score, claims and evidence cannot be compared")
    points = int(rounded(said, 0) - rounded(shown, 0))
    if points <= 0 and said - shown > TOLERANCE:
        return _("Less than one point is claimed without evidence")
    if points <= 0:
        return _("Every point claimed has evidence")
    return ngettext("One point is claimed without evidence", "%(num)s points are claimed without evidence", points)


def gaps_headline(first: int, all_of_them: int) -> str:
    """Return a headline on the number of gaps listed. Gaps that cap the band come before costlier ones."""
    if not all_of_them:
        return _("No gap is left")
    if first == all_of_them:
        return ngettext("One gap is left", "%(num)s gaps are left", all_of_them)
    return ngettext(
        "The gap to close first, of %(all)s", "The %(num)s gaps to close first, of %(all)s", first, all=all_of_them
    )


def first_gaps_sentence(first: int, lost: float, missing: float) -> str:
    """Return how many of the missing points the gaps that are listed first account for."""
    return ngettext(
        "It accounts for %(lost)s of the %(missing)s missing points.",
        "Together they account for %(lost)s of the %(missing)s missing points.",
        first,
        lost=number(lost, 1),
        missing=number(missing, 1),
    )


def _score_range(low: float, high: float) -> str:
    """Return a range of scores, or a single number if both ends are equal."""
    return number(low) if low == high else _("%(low)s to %(high)s", low=number(low), high=number(high))


def _nothing_stands_out(words: str, left_out: Sequence[str]) -> str:
    """Return a finding that nothing stands out, and what it leaves out."""
    return f"{words}. {_too_blank(left_out)}" if left_out else words


def _scores(card: Scorecard, lens: str) -> Mapping[str, float]:
    groups = card.lenses.get(lens, {})
    return {value: _points_of_100(card, standing) for value, standing in groups.items() if _comparable(card, standing)}


def _uncovered_words(card: Scorecard, lens: str) -> list[str]:
    uncovered = uncovered_values(card, lens)
    return [lens_value_label(card.edition, lens, value) for value in card.lenses.get(lens, {}) if value in uncovered]


def _is_uncovered(standing: Standing) -> bool:
    """Tell whether a part is asked about, but with too little answered to compare it."""
    return standing.coverage is not None and standing.coverage < COMPARABLE_COVERAGE


def _too_blank(names: Sequence[str]) -> str:
    """Return a sentence naming the parts that a comparison leaves out because too little is answered."""
    return _("Too little is answered on: %(names)s", names=comma_list(names))


def _comparable(card: Scorecard, standing: Standing) -> bool:
    """Tell whether enough is answered for a comparison: a blank is neither a weakness nor a finding."""
    enough = standing.coverage is not None and standing.coverage >= COMPARABLE_COVERAGE
    return card.overall.score is not None and standing.score is not None and enough


def _points_of_100(card: Scorecard, standing: Standing) -> float:
    """Return a score as a whole number of points of 100."""
    assert standing.score is not None
    return rounded(100 * standing.score / card.edition.scale, 0)


def _lower(title: str) -> str:
    """Return a title for use inside a sentence: with a small first letter, unless it begins with capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


INTEGRATION_LABELS: Mapping[IntegrationReading, str] = {
    "integrated": N_("Integrated"),
    "partly-joined": N_("Partly linked"),
    "isolated": N_("Isolated"),
    "reactive": N_("Reactive"),
}
_INTEGRATION_HEADLINES: Mapping[IntegrationReading, str] = {
    "integrated": N_("Integrated: it works at every level, and the measures are linked"),
    "partly-joined": N_("Partly linked: more than single measures, but not yet one whole"),
    "isolated": N_("Isolated: single measures that stand alone"),
    "reactive": N_("Reactive: most of what is done comes after harm"),
}


def integration_headline(integrations: Integrations) -> str:
    """Return the headline of the integration reading, or that too little is answered for one."""
    return (
        _(_INTEGRATION_HEADLINES[integrations.now.reading])
        if integrations.now
        else _("Too little is answered to say whether the measures are linked")
    )


def integration_sentence(edition: Edition, integrations: Integrations, uncovered: Collection[str] = ()) -> str:
    """Return the grounds of the integration reading, and what keeps it from being integrated, or "" without one.

    `uncovered`: levels with too little answered to say anything about them.
    """
    return _integration_grounds(edition, integrations.now, uncovered) if integrations.now else ""


def integration_label(integration: Integration) -> str:
    """Return the integration reading in a word or two."""
    return _(INTEGRATION_LABELS[integration.reading])


def _integration_grounds(edition: Edition, integration: Integration, uncovered: Collection[str]) -> str:
    """Return the grounds of the integration reading, and what keeps it from being integrated."""
    if integration.reading == "integrated":
        share = percent(integration.joined or 0.0)
        return _(
            "At every level, at least a third of the areas are at least half done, and the links between "
            "the measures score %(share)s.",
            share=share,
        )
    parts = [_breadth_words(integration)]
    if integration.reading == "reactive":
        parts.append(
            _("Of the areas at least half done, %(share)s act only after harm.", share=percent(integration.late))
        )
    parts += _weak_levels(edition, integration, uncovered)
    if integration.joined is None:
        parts.append(_("Nothing about the links between the measures is asked."))
    elif integration.joined < INTEGRATED_JOINED - TOLERANCE:
        share, wanted = distinct_percents(integration.joined, INTEGRATED_JOINED)
        parts.append(
            _(
                "The links between the measures score %(share)s; %(wanted)s is needed.",
                share=share,
                wanted=wanted,
            )
        )
    return " ".join(parts)


def _breadth_words(integration: Integration) -> str:
    filled, cells = integration.filled, len(integration.cells)
    if integration.breadth < ISOLATED - TOLERANCE:
        return ngettext(
            "%(filled)s of %(num)s area is at least half done, fewer than a quarter.",
            "%(filled)s of %(num)s areas are at least half done, fewer than a quarter.",
            cells,
            filled=filled,
        )
    if integration.breadth < INTEGRATED_BREADTH - TOLERANCE:
        return ngettext(
            "%(filled)s of %(num)s area is at least half done; %(wanted)s are needed.",
            "%(filled)s of %(num)s areas are at least half done; %(wanted)s are needed.",
            cells,
            filled=filled,
            wanted=percent(INTEGRATED_BREADTH),
        )
    return ngettext(
        "%(filled)s of %(num)s area is at least half done, enough to be integrated.",
        "%(filled)s of %(num)s areas are at least half done, enough to be integrated.",
        cells,
        filled=filled,
    )


def _weak_levels(edition: Edition, integration: Integration, uncovered: Collection[str]) -> list[str]:
    """Return a sentence on the levels with less than a third filled although enough is answered, or none."""
    weak = [
        _("“%(words)s”", words=lens_value_label(edition, PREVENTION_LENS, level))
        for level, (filled, cells) in integration.levels.items()
        if level not in uncovered and filled / cells < INTEGRATED_LEVEL - TOLERANCE
    ]
    return (
        [_("At %(levels)s, less than a third of the areas are at least half done.", levels=and_list(weak))]
        if weak
        else []
    )


def peer_median_headline(overall: Standing, median: ScoreRange) -> str:
    """Return a headline on a score above, in or below the range of its sector's median, or around it if unsettled."""
    if overall.score is None:
        return _("Half the companies in the sector reached %(median)s", median=number(median.low))
    worst, best = (int(rounded(overall.score if end is None else end, 0)) for end in (overall.worst, overall.best))
    if worst > median.high:
        return _("Above the median of its sector")
    if best < median.low:
        return _("Below the median of its sector")
    if worst == best and median.low == median.high:
        return _("At the median of its sector, in whole points")
    if median.low <= worst and best <= median.high:
        return _("In the range that contains the median of its sector")
    return _("Around the median of its sector, as long as its score can still change")
