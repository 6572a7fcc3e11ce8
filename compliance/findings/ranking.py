"""How sure ranks are, in sentences: what was drawn, what a range and a tie group are, and what moves ranks most."""

from collections.abc import Mapping, Sequence

from compliance.benchmark.ground import WEIGHT_NOISE, Move
from compliance.benchmark.moved import Moved
from compliance.benchmark.published import NamedLeague
from compliance.benchmark.ranks import SETTLED, Range, Setting
from compliance.languages import formats
from compliance.languages.speaking import N_, ngettext
from compliance.languages.speaking import gettext as _

#: What is drawn, as a thing that moves ranks.
MOVE_WORDS: Mapping[Move, str] = {
    "weights": N_("the weights"),
    "blanks": N_("what is blank"),
    "na": N_("whether “not applicable” is accepted"),
    "mean": N_("whether the whole is a mean or a geometric mean"),
}
_DRAWN: Mapping[Move, str] = {
    "weights": N_("every weight, up to %(percent)s more or less"),
    "blanks": N_("what is blank, from the least to the most that it could be"),
    "na": N_("“not applicable”, accepted or refused"),
    "mean": N_("the whole, as a mean or as a geometric mean"),
}


def setting_sentence(setting: Setting) -> str:
    """What was drawn, how often, and from which seed: enough to draw it again."""
    return drawn_sentence(setting.draws, setting.seed, setting.moves.names())


def drawn_sentence(draws: int, seed: int, moves: Sequence[Move]) -> str:
    """The same, of figures that were kept."""
    drawn = [_(_DRAWN[move], percent=formats.percent(WEIGHT_NOISE)) for move in moves]
    return _(
        "%(draws)s draws from seed %(seed)s, in which these move: %(moves)s.",
        draws=formats.number(draws),
        seed=seed,
        moves=formats.listed_apart(drawn) or _("nothing"),
    )


def reading_sentences() -> tuple[str, str]:
    """How a league table is read."""
    return (
        _("A rank range holds the ranks that a company takes in the middle 90 of 100 draws."),
        _(
            "A tie group begins with its first company and ends where that one stays before the next in at least "
            "%(settled)s of 100 draws: none of a group can be told from its first.",
            settled=formats.number(100 * SETTLED),
        ),
    )


def compared_sentence(*, same: bool) -> str:
    """What the ranking compares."""
    if same:
        return _("Companies are ranked within their group, by their scores as printed. All of them are asked the same.")
    return _(
        "Companies are ranked within their group, by their scores as printed. Not all of them are asked the same, "
        "so their scores rest on different questions."
    )


def named_sentences(league: NamedLeague) -> tuple[str, ...]:
    """How to read the ranks of the named companies of a sector, and how they were drawn."""
    return (
        _(
            "The companies that an auditor verified are ranked among themselves, by their verified scores. Nobody else "
            "plays a part in it. Not all of them may be asked the same."
        ),
        *reading_sentences(),
        drawn_sentence(league.draws, league.seed, league.moves),
    )


def range_words(range_: Range) -> str:
    """The ranks of a range: `3`, or `3 to 5`."""
    first, last = formats.number(range_.first), formats.number(range_.last)
    return first if first == last else _("%(first)s to %(last)s", first=first, last=last)


def without_score_sentence(companies: Sequence[str]) -> str:
    """Who has no rank; empty if everybody has one."""
    if not companies:
        return ""
    return _("Without a score, and so without a rank: %(companies)s.", companies=formats.listed(companies))


def one_range_sentence(company: str, group: str, range_: Range | None, ranked: int) -> str:
    """Where one company stands in its group."""
    if range_ is None:
        return _("%(company)s has no score, and so no rank.", company=company)
    return ngettext(
        "%(company)s is the only company of “%(group)s” that has a score; rank range: %(range)s.",
        "%(company)s, rank range among the %(num)s companies of “%(group)s” that have a score: %(range)s.",
        ranked,
        company=company,
        group=group,
        range=range_words(range_),
    )


def moved_sentences(moved: Moved, company: str | None) -> tuple[str, ...]:
    """What moves ranks most, and by how much; of one company, what moves its rank."""
    if not moved.shares:
        return (_("Nothing that is drawn moves a rank."),)
    most, *others = moved.shares
    said = [_output_sentence(moved, company), _most_sentence(most.in_all, most.alone, _(MOVE_WORDS[most.move]))]
    if others:
        rest = formats.listed_apart(
            _(
                "%(move)s %(all)s (by itself %(alone)s)",
                move=_(MOVE_WORDS[share.move]),
                all=_part(share.in_all),
                alone=_part(share.alone),
            )
            for share in others
        )
        said.append(_("After that: %(others)s.", others=rest))
    within = max(max(share.alone_within, share.in_all_within) for share in moved.shares)
    said.append(
        _(
            "Sobol’ indices from %(draws)s draws, each known to within %(within)s.",
            draws=formats.number(moved.draws),
            within=formats.percent(within),
        )
    )
    return tuple(said)


def _output_sentence(moved: Moved, company: str | None) -> str:
    if company is not None:
        return _(
            "The rank of %(company)s is %(rank)s on average over the draws.",
            company=company,
            rank=formats.number(moved.output, 1),
        )
    return _(
        "A draw moves a company by %(ranks)s ranks on average from where it is scored.",
        ranks=formats.number(moved.output, 1),
    )


def _most_sentence(in_all: float, alone: float, move: str) -> str:
    return _(
        "What moves most: %(move)s, with %(all)s of the variance, by itself %(alone)s.",
        move=move,
        all=_part(in_all),
        alone=_part(alone),
    )


def _part(share: float) -> str:
    """An estimate may lie slightly outside of what it estimates."""
    return formats.percent(min(max(share, 0.0), 1.0))
