"""Headlines that say what was found: small rules over a scorecard. A difference that rounding hides is none."""

from collections.abc import Mapping, Sequence

from compliance.languages.formats import all_of, listed, number
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.languages.words import lens_word
from compliance.questionnaire.edition import OVERALL
from compliance.scoring.rounding import TOLERANCE, rounded
from compliance.scoring.scorecard import Scorecard, Standing

#: Two scores that are nearer than this, in points of 100, are not told apart in a headline.
APART = 5.0
#: The least coverage with which something is compared in a headline.
ENOUGH = 0.5
EARLY, LATE = ("pre-primary", "primary"), "tertiary"


def themes_headline(card: Scorecard) -> str:
    """The strongest and the weakest theme; several, if they are level."""
    scored = [(_points(card, t), card.edition.nodes[t.id].title or t.id) for t in card.themes if _comparable(card, t)]
    if len(scored) < 2:
        return _("Too little is answered to compare the themes")
    best, worst = max(scored)[0], min(scored)[0]
    left_out = [_lower(card.edition.nodes[t.id].title or t.id) for t in card.themes if _is_silent(t)]
    if best - worst < APART:
        return _level(_("No theme stands out: they score %(range)s", range=_range(worst, best)), left_out)
    names = {"best": _named_at(best, scored), "worst": _named_at(worst, scored)}
    if not left_out:
        return _("Strongest: %(best)s. Weakest: %(worst)s", **names)
    words = _("Of what is answered, strongest: %(best)s; weakest: %(worst)s.", **names)
    return f"{words} {_too_blank(left_out)}"


def _named_at(points: float, scored: Sequence[tuple[float, str]]) -> str:
    """All that stand there: of those that are level none is named alone."""
    return all_of(_lower(title) for here, title in scored if abs(here - points) <= TOLERANCE)


def widest_gap_headline(card: Scorecard) -> str:
    """Which of the three failings is the widest; several, if they are not apart."""
    scores = _scores(card, "gap")
    if len(scores) < 2:
        return _("Too little is answered to compare the three gaps")
    least = min(scores.values())
    widest = [lens_word(value) for value, points in scores.items() if points - least < APART]
    left_out = _left_out(card, "gap")
    if len(widest) == len(scores):
        range_ = _range(least, max(scores.values()))
        return _level(_("No gap is clearly the widest: they score %(range)s", range=range_), left_out)
    return f"{_widest_of_answered(widest)} {_too_blank(left_out)}" if left_out else widest_words(widest)


def widest_words(widest: Sequence[str]) -> str:
    """The widest gap, or the two that are not apart."""
    if len(widest) > 1:
        return _("%(first)s and %(second)s are the widest gaps", first=widest[0], second=widest[1].lower())
    return _("%(gap)s is the widest gap", gap=widest[0])


def _widest_of_answered(widest: Sequence[str]) -> str:
    if len(widest) > 1:
        return _(
            "%(first)s and %(second)s are the widest gaps of what is answered.",
            first=widest[0],
            second=widest[1].lower(),
        )
    return _("%(gap)s is the widest gap of what is answered.", gap=widest[0])


def levels_headline(card: Scorecard) -> str:
    """Whether it acts before harm, or mostly after it."""
    scores, silent = _scores(card, "prevention"), silent_values(card, "prevention")
    if len(silent) < len(card.lenses.get("prevention", {})) and not silent.isdisjoint((*EARLY, LATE)):
        return _too_blank(_left_out(card, "prevention"))
    early = [scores[level] for level in EARLY if level in scores]
    if LATE not in scores or not early:
        return _("Too little is answered to compare the levels")
    before = sum(early) / len(early)
    if scores[LATE] - before >= APART:
        return _("Acts after harm more than before it")
    if before - scores[LATE] >= APART:
        return _("Acts before harm more than after it")
    return _("Acts before harm about as much as after it: %(before)s and %(after)s points",
             before=number(before), after=number(scores[LATE]))  # fmt: skip


def levels_sentence(card: Scorecard) -> str:
    """The level that stands lowest, in a sentence."""
    scores = _scores(card, "prevention")
    if len(scores) < 2:
        return ""
    lowest = min(scores, key=lambda level: scores[level])
    if max(scores.values()) - scores[lowest] < APART:
        return _("No level stays far behind the others.")
    points, left_out = number(scores[lowest]), _left_out(card, "prevention")
    if lowest == "pre-primary":
        return _("Root causes, where harm can be kept from happening at all, stand at %(points)s.", points=points)
    if left_out:
        words = _("Of what is answered, “%(level)s” stays furthest behind, at %(points)s.",
                  level=lens_word(lowest), points=points)  # fmt: skip
        return f"{words} {_too_blank(left_out)}."
    return _("“%(level)s” stays furthest behind, at %(points)s.", level=lens_word(lowest), points=points)


def silent_values(card: Scorecard, lens: str) -> frozenset[str]:
    """The values of a lens that are asked about, and too little of it is answered to say how they stand."""
    return frozenset(value for value, standing in card.lenses.get(lens, {}).items() if _is_silent(standing))


def shown_headline(claimed: Scorecard, evidenced: Scorecard, node: str = OVERALL) -> str:
    """How many points of a node rest on nothing but the claim."""
    said, shown = claimed.nodes[node].score, evidenced.nodes[node].score
    if said is None or shown is None:
        return _("Without a score, nothing is claimed or shown")
    points = int(rounded(said, 0) - rounded(shown, 0))
    if points <= 0 and said - shown > TOLERANCE:
        return _("Less than one point is claimed, not yet shown")
    if points <= 0:
        return _("Everything claimed is shown")
    return ngettext("One point is claimed, not yet shown", "%(num)s points are claimed, not yet shown", points)


def gaps_headline(first: int, all_of_them: int) -> str:
    """How many gaps stand below. The first are not always the dearest: those that cap the band come before them."""
    if not all_of_them:
        return _("No gap is left")
    if first == all_of_them:
        return ngettext("One gap is left", "%(num)s gaps are left", all_of_them)
    return ngettext(
        "The gap to close first, of %(all)s", "The %(num)s gaps to close first, of %(all)s", first, all=all_of_them
    )


def _range(low: float, high: float) -> str:
    """From one score to another; one number if both are shown alike."""
    return number(low) if low == high else _("%(low)s to %(high)s", low=number(low), high=number(high))


def _level(words: str, left_out: Sequence[str]) -> str:
    """A finding that nothing stands out, and what it leaves out."""
    return f"{words}. {_too_blank(left_out)}" if left_out else words


def _scores(card: Scorecard, lens: str) -> Mapping[str, float]:
    groups = card.lenses.get(lens, {})
    return {value: _points(card, standing) for value, standing in groups.items() if _comparable(card, standing)}


def _left_out(card: Scorecard, lens: str) -> list[str]:
    silent = silent_values(card, lens)
    return [lens_word(value) for value in card.lenses.get(lens, {}) if value in silent]


def _is_silent(standing: Standing) -> bool:
    """Whether it is asked, and too little of it is answered to compare it."""
    return standing.coverage is not None and standing.coverage < ENOUGH


def _too_blank(names: Sequence[str]) -> str:
    """What a comparison leaves out, by name: silence is said, and earns no finding."""
    return _("Too little is answered on: %(names)s", names=listed(names))


def _comparable(card: Scorecard, standing: Standing) -> bool:
    """Whether enough is answered to say how it stands beside others: a blank is no weakness, and no finding."""
    enough = standing.coverage is not None and standing.coverage >= ENOUGH
    return card.overall.score is not None and standing.score is not None and enough


def _points(card: Scorecard, standing: Standing) -> float:
    """A score as people see it: a whole number of 100."""
    assert standing.score is not None
    return rounded(100 * standing.score / card.edition.scale, 0)


def _lower(title: str) -> str:
    """A title inside a sentence, unless it begins with a word in capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
