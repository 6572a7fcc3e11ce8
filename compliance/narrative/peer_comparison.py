"""Companies compared with their peers, in words: position, score against need, rank intervals, sensitivity of ranks."""

from collections.abc import Mapping, Sequence

from compliance.disclosure.published import UNCERTAINTY_FACTOR_LABELS, NamedRanking
from compliance.languages import formats
from compliance.languages.interface_messages import N_, ngettext
from compliance.languages.interface_messages import gettext as _
from compliance.languages.labels import (
    REGION_LABELS,
    label_of,
    lens_label,
    lens_value_label,
    profile_field_label,
    profile_value_label,
)
from compliance.narrative.item_review import correlation_words
from compliance.narrative.need_classes import NEED_WORDS
from compliance.questionnaire.countries import NEED_CLASSES
from compliance.questionnaire.edition import OVERALL, PEER_GROUP_FIELD, SIZE_FIELD, Edition
from compliance.statistics.correlation import RankCorrelation
from compliance.statistics.internal_comparison import NeedAndScore, asks_countries_of_operation
from compliance.statistics.peer_groups import NOT_STATED, REGION, Position
from compliance.statistics.ranking import SETTLED_SHARE, RankInterval, SimulationSettings
from compliance.statistics.sensitivity import SensitivityAnalysis
from compliance.statistics.thresholds import MIN_CONTRIBUTORS, MIN_PAIRS
from compliance.statistics.uncertainty_model import WEIGHT_NOISE

_GROUPING_LABELS: Mapping[str, str] = {
    PEER_GROUP_FIELD: N_("Sector"),
    SIZE_FIELD: N_("Size"),
    REGION: N_("Region of the headquarters"),
}


def grouping_label(edition: Edition, name: str) -> str:
    """Return the heading of a field that companies are grouped by."""
    return label_of(_GROUPING_LABELS, name) if name in _GROUPING_LABELS else profile_field_label(edition, name)


def grouping_value_label(edition: Edition, name: str, value: str) -> str:
    """Return the label of a group's value, including companies that did not state theirs."""
    if value == NOT_STATED:
        return _("Not stated")
    if name == REGION:
        return label_of(REGION_LABELS, value)
    return profile_value_label(edition, name, value)


def peer_group_title(edition: Edition, labels: Mapping[str, str]) -> str:
    """Return the title of a group by its labels, `Hotels and lodging, Europe`, or of all companies without labels."""
    titles = (grouping_value_label(edition, name, value) for name, value in labels.items())
    return formats.comma_list(titles) or _("All companies")


def part_title(edition: Edition, part: str) -> str:
    """Return the title of the part that a figure is about: the whole, a node, or `lens:value`."""
    if part == OVERALL:
        return _("Overall score")
    if part in edition.nodes:
        return edition.nodes[part].title or part
    lens, _colon, value = part.partition(":")
    return _("%(name)s: %(value)s", name=lens_label(edition, lens), value=lens_value_label(edition, lens, value))


def position_sentence(edition: Edition, company: str, group: str, score: float | None, among: Position | None) -> str:
    """Return a sentence on a company's position among the other companies of its group that have a score."""
    if score is None or among is None:
        return _("%(company)s has no score, so it has no place among its peers.", company=company)
    return _(
        "%(company)s, %(score)s, among the other companies in “%(group)s” that have a score: %(above)s above it, "
        "%(level)s level with it, %(below)s below it.",
        company=company,
        group=group,
        score=formats.number(score, edition.round),
        above=formats.number(among.above),
        level=formats.number(among.tied),
        below=formats.number(among.below),
    )


def internal_use_sentences() -> tuple[str, ...]:
    """Return the warnings that these figures are for internal use."""
    return (
        _("For internal use only: nothing here has been checked against the rules for publication."),
        _(
            "A group in which fewer than %(least)s companies have a score must not be published in any form: its "
            "figures show what single companies score.",
            least=MIN_CONTRIBUTORS,
        ),
    )


# ── Score against need


def need_and_score_sentence(edition: Edition, need: NeedAndScore) -> str:
    """Return a sentence on score against need. It names a direction only if the interval excludes 0."""
    found = need.correlation
    if not asks_countries_of_operation(edition):
        return _("The edition does not ask in which countries companies work, so need and score cannot be compared.")
    if found is None and need.pairs < MIN_PAIRS:
        return ngettext(
            "Need and score are both known for only one company; at least %(least)s are needed to say "
            "anything about them.",
            "Need and score are both known for only %(num)s companies; at least %(least)s are needed to "
            "say anything about them.",
            need.pairs,
            least=MIN_PAIRS,
        )
    if found is None:
        return _(
            "The need of the countries, or the score, is the same for all companies, so no link between them "
            "can be measured."
        )
    return f"{_direction(found)} ({correlation_words(found)})."


def _direction(found: RankCorrelation) -> str:
    if found.high < 0:
        return _(
            "Responsibility sits where it is least needed: "
            "the higher the need of the countries that companies work in, the lower their scores"
        )
    if found.low > 0:
        return _("The higher the need of the countries that companies work in, the higher their scores")
    return _(
        "These figures do not show whether scores rise or fall with the need of the countries that companies work in"
    )


def companies_by_need_sentence(edition: Edition, need: NeedAndScore) -> str:
    """Return the number of companies by need class, each once in every class it works in, or "" if nobody was asked."""
    if not asks_countries_of_operation(edition):
        return ""
    counts = formats.semicolon_list(
        _(
            "%(class)s: %(companies)s, %(scored)s with a score",
            **{"class": _(NEED_WORDS[which])},
            companies=formats.number(need.companies[which]),
            scored=formats.number(need.scored[which]),
        )
        for which in NEED_CLASSES
    )
    return _(
        "Companies by the need of the countries they work in, each counted once in each class: %(counts)s. A "
        "company that did not answer at all is not in any answers file.",
        counts=counts,
    )


# ── Rank intervals


_FACTOR_RANGES: Mapping[str, str] = {
    "weights": N_("every weight, up to %(percent)s more or less"),
    "blanks": N_("blanks, from the lowest to the highest value they could have"),
    "na": N_("“does not apply”, accepted or refused"),
    "mean": N_("the overall score, as a mean or as a geometric mean"),
}


def simulation_sentence(setting: SimulationSettings) -> str:
    """Return a sentence with all settings needed to repeat a simulation."""
    return draws_sentence(setting.draws, setting.seed, setting.factors.names())


def draws_sentence(draws: int, seed: int, moves: Sequence[str]) -> str:
    """Return a sentence on the number of draws, the seed, and what varies."""
    drawn = [_(_FACTOR_RANGES[move], percent=formats.percent(WEIGHT_NOISE)) for move in moves]
    return _(
        "%(draws)s draws from seed %(seed)s, in which these vary: %(moves)s.",
        draws=formats.number(draws),
        seed=seed,
        moves=formats.semicolon_list(drawn) or _("nothing"),
    )


def how_to_read_ranks() -> tuple[str, str]:
    """Return notes on how to read rank intervals and tie groups."""
    return (
        _("A rank range covers the ranks that a company takes in the middle 90 of 100 draws."),
        _(
            "A tie group begins with its first company and ends where that company stays ahead of the next in at "
            "least %(settled)s of 100 draws: no company in a group can be told apart from its first.",
            settled=formats.number(100 * SETTLED_SHARE),
        ),
    )


def ranking_basis_sentence(*, same: bool) -> str:
    """Return a sentence on what the ranking compares. `same`: all companies are asked the same questions."""
    if same:
        return _(
            "Companies are ranked within their group, by their scores as printed. All of them are asked the "
            "same questions."
        )
    return _(
        "Companies are ranked within their group, by their scores as printed. Not all of them are asked the same "
        "questions, so their scores rest on different ones."
    )


def named_ranking_sentences(ranking: NamedRanking) -> tuple[str, ...]:
    """Return notes on the ranks of a sector's named companies, and on their simulation."""
    return (
        _(
            "The companies that an auditor verified are ranked among themselves, by their verified scores. No "
            "other company affects these ranks. They may not all be asked the same questions."
        ),
        *how_to_read_ranks(),
        draws_sentence(ranking.draws, ranking.seed, ranking.factors),
    )


def rank_interval_words(range_: RankInterval) -> str:
    """Return a rank interval: `3`, or `3 to 5`."""
    first, last = formats.number(range_.first), formats.number(range_.last)
    return first if first == last else _("%(first)s to %(last)s", first=first, last=last)


def unranked_sentence(companies: Sequence[str]) -> str:
    """Return a sentence on companies without a rank, or "" if there are none."""
    if not companies:
        return ""
    return _("Without a score, and therefore without a rank: %(companies)s.", companies=formats.comma_list(companies))


def rank_interval_sentence(company: str, group: str, range_: RankInterval | None, ranked: int) -> str:
    """Return a sentence on the rank interval of one company in its group."""
    if range_ is None:
        return _("%(company)s has no score, so it has no rank.", company=company)
    return ngettext(
        "%(company)s is the only company in “%(group)s” that has a score; rank range: %(range)s.",
        "%(company)s, rank range among the %(num)s companies in “%(group)s” that have a score: %(range)s.",
        ranked,
        company=company,
        group=group,
        range=rank_interval_words(range_),
    )


def rank_sensitivity_sentences(moved: SensitivityAnalysis, company: str | None) -> tuple[str, ...]:
    """Return sentences on the sensitivity of all ranks, or of one company's rank."""
    if not moved.indices:
        return (_("Nothing that varies in the draws moves a rank."),)
    most, *others = moved.indices
    said = [
        _rank_shift_sentence(moved, company),
        _largest_factor_sentence(most.total_order, most.first_order, _(UNCERTAINTY_FACTOR_LABELS[most.factor])),
    ]
    if others:
        rest = formats.semicolon_list(
            _(
                "%(move)s %(all)s (alone %(alone)s)",
                move=_(UNCERTAINTY_FACTOR_LABELS[share.factor]),
                all=_variance_share_words(share.total_order),
                alone=_variance_share_words(share.first_order),
            )
            for share in others
        )
        said.append(_("After that: %(others)s.", others=rest))
    within = max(max(share.first_order_margin, share.total_order_margin) for share in moved.indices)
    said.append(
        _(
            "Sobol’ indices from %(draws)s draws, each accurate to within %(within)s.",
            draws=formats.number(moved.draws),
            within=formats.percent(within),
        )
    )
    return tuple(said)


def _rank_shift_sentence(moved: SensitivityAnalysis, company: str | None) -> str:
    if company is not None:
        return _(
            "The rank of %(company)s is %(rank)s on average over the draws.",
            company=company,
            rank=formats.number(moved.output, 1),
        )
    return _(
        "On average, a draw moves a company %(ranks)s ranks away from its rank as scored.",
        ranks=formats.number(moved.output, 1),
    )


def _largest_factor_sentence(in_all: float, alone: float, move: str) -> str:
    return _(
        "Ranks are moved most by %(move)s, with %(all)s of the variance in total and %(alone)s alone.",
        move=move,
        all=_variance_share_words(in_all),
        alone=_variance_share_words(alone),
    )


def _variance_share_words(share: float) -> str:
    """Return a share of variance as a percentage from 0 to 100, as estimates may lie slightly outside."""
    return formats.percent(min(max(share, 0.0), 1.0))
