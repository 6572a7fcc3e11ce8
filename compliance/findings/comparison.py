"""Companies compared, in sentences: where one stands, who takes part, and whether score goes with need."""

from collections.abc import Mapping

from compliance.benchmark.desk import Need
from compliance.benchmark.need import MIN_COMPANIES, Association, asks_where
from compliance.benchmark.peers import REGION, UNSAID, Position
from compliance.benchmark.thresholds import MIN_COMPANIES as MIN_PUBLISHED
from compliance.languages import formats
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _
from compliance.languages.words import REGIONS, field_words, lens_title, lens_word, sector_title, value_words, word
from compliance.questionnaire.edition import OVERALL, Edition
from compliance.questionnaire.need import NEED_CLASSES, NeedClass

NEED_WORDS: Mapping[NeedClass, str] = {
    "high": N_("High need"),
    "elevated": N_("Elevated need"),
    "unknown": N_("Unknown need"),
    "lower": N_("Lower need"),
}
_LABELS: Mapping[str, str] = {"sector": N_("Sector"), "size": N_("Size"), REGION: N_("Region of the headquarters")}


def label_title(name: str) -> str:
    """What companies are grouped by, as a heading."""
    return word(_LABELS, name) if name in _LABELS else field_words(name)


def label_words(name: str, value: str) -> str:
    """One label of a group; who did not say is said to be so."""
    if value == UNSAID:
        return _("Not said")
    if name == REGION:
        return word(REGIONS, value)
    return sector_title(value) if name == "sector" else value_words(name, value)


def group_words(labels: Mapping[str, str]) -> str:
    """A group by its labels: `Hotels and lodging, Europe`; without labels, all companies."""
    return formats.listed(label_words(name, value) for name, value in labels.items()) or _("All companies")


def part_words(edition: Edition, part: str) -> str:
    """What a figure is of: the whole, a node, or `lens:value`."""
    if part == OVERALL:
        return _("The whole")
    if part in edition.nodes:
        return edition.nodes[part].title or part
    lens, _colon, value = part.partition(":")
    return _("%(name)s: %(value)s", name=lens_title(lens), value=lens_word(value))


def position_sentence(edition: Edition, company: str, group: str, score: float | None, among: Position | None) -> str:
    """Where one company stands among the others of a group that have a score."""
    if score is None or among is None:
        return _("%(company)s has no score, so it stands nowhere among its peers.", company=company)
    return _(
        "%(company)s, %(score)s, among the others of “%(group)s” that have a score: "
        "above it %(above)s, level with it %(level)s, below it %(below)s.",
        company=company,
        group=group,
        score=formats.number(score, edition.round),
        above=formats.number(among.above),
        level=formats.number(among.level),
        below=formats.number(among.below),
    )


def need_sentence(edition: Edition, need: Need) -> str:
    """Whether responsibility sits where it is needed; a direction is named only where the interval leaves out 0."""
    found = need.association
    if not asks_where(edition):
        return _("The edition does not ask in which countries companies work, so need and score cannot be compared.")
    if found is None and need.known < MIN_COMPANIES:
        return ngettext(
            "Need and score are both known of one company only; with fewer than %(least)s nothing is said of them.",
            "Need and score are both known of %(num)s companies; with fewer than %(least)s nothing is said of them.",
            need.known,
            least=MIN_COMPANIES,
        )
    if found is None:
        return _("The need of the countries, or the score, is the same for all companies: they cannot go together.")
    return f"{_direction(found)} ({_numbers(found)})."


def _direction(found: Association) -> str:
    if found.high < 0:
        return _(
            "Responsibility sits where it is least needed: "
            "the higher the need of the countries that companies work in, the lower their scores"
        )
    if found.low > 0:
        return _("The higher the need of the countries that companies work in, the higher their scores")
    return _(
        "Whether scores go with the need of the countries that companies work in cannot be told from these figures"
    )


def _numbers(found: Association) -> str:
    return _(
        "rank correlation %(rho)s, 95 %% interval from %(low)s to %(high)s, n = %(n)s",
        rho=formats.number(found.rho, 2),
        low=formats.number(found.low, 2),
        high=formats.number(found.high, 2),
        n=formats.number(found.n),
    )


def participation_sentence(edition: Edition, need: Need) -> str:
    """How many companies work where, by need class, each once in each class it works in; "" if nobody was asked."""
    if not asks_where(edition):
        return ""
    counts = formats.listed_apart(
        _(
            "%(class)s: %(companies)s, with a score %(scored)s",
            **{"class": _(NEED_WORDS[which])},
            companies=formats.number(need.companies[which]),
            scored=formats.number(need.scored[which]),
        )
        for which in NEED_CLASSES
    )
    return _(
        "Companies by the need of the countries they work in, each counted once in each class: %(counts)s. "
        "Who did not answer at all is in no answers file.",
        counts=counts,
    )


def desk_sentences() -> tuple[str, ...]:
    """What every reader of these figures has to know before passing them on."""
    return (
        _("For the desk: nothing here has passed the rules for what is published."),
        _(
            "A group in which fewer than %(least)s companies have a score is not for publication in any form: "
            "its figures show what single companies score.",
            least=MIN_PUBLISHED,
        ),
    )
