"""Rank ranges and tie groups for `compliance benchmark`: drawn, and on the screen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

from compliance.benchmark.desk import Desk, DeskGroup
from compliance.benchmark.ground import MOVES, Moves
from compliance.benchmark.moved import Moved, what_moves
from compliance.benchmark.ranks import MOST_RANKS, League, Range, Setting, Watch, leagues, range_of_one
from compliance.commands.failure import Failure
from compliance.commands.progress import watched
from compliance.commands.terminal import aligned, screen_width
from compliance.commands.words import counted
from compliance.findings.comparison import group_words
from compliance.findings.ranking import (
    compared_sentence,
    moved_sentences,
    one_range_sentence,
    range_words,
    reading_sentences,
    setting_sentence,
    without_score_sentence,
)
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.faults import did_you_mean, either
from compliance.scoring.columns import Basis
from compliance.scoring.score import Scores
from compliance.scoring.types import Codes, Floats

#: With fewer draws, 90 of 100 is too coarse.
FEWEST_DRAWS = 100
#: Companies of each league table on the screen; a file has them all.
MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class GroupLeague:
    """One group of companies, ranked; or one company in it."""

    group: DeskGroup
    same: bool  # all of them are asked the same
    league: League | None  # None: one company alone was asked for
    ranked: int  # companies with a score
    range: Range | None  # of the one company; None: it has no score, or all were asked for
    moved: Moved | None  # None: nobody asked


@dataclass(frozen=True, slots=True)
class Leagues:
    """Every group ranked, by one basis."""

    setting: Setting
    basis: Basis
    company: str | None
    groups: tuple[GroupLeague, ...]
    shares: tuple[Floats, Floats, Floats]  # score, worst and best of every company, on the edition's scale


def setting_of(draws: int | None, seed: int, vary: str | None, *, why: bool) -> Setting | None:
    """What --draws, --seed and --vary ask for; None: no draws. Raise Failure for what cannot be drawn."""
    if draws is None:
        for option in (["--vary"] if vary is not None else []) + (["--why"] if why else []):
            raise Failure(f"{option}: ranks are drawn with --draws only: add --draws 1000")
        return None
    if draws < FEWEST_DRAWS:
        raise Failure(f"--draws {draws}: what holds in 90 of 100 draws takes {FEWEST_DRAWS} of them at least")
    if seed < 0:
        raise Failure(f"--seed {seed}: a seed is a whole number from 0 upwards")
    if why:
        _refuse_without_salib()
    return Setting(draws, seed, _moves_of(vary))


def _moves_of(vary: str | None) -> Moves:
    if vary is None:
        return Moves()
    asked = [name.strip() for name in vary.split(",") if name.strip()]
    for name in asked:
        if name not in MOVES:
            hint = did_you_mean(name, MOVES) or f": name some of {either(MOVES)}, joined by commas"
            raise Failure(f"--vary {name}: that does not move{hint}")
    if not asked:
        raise Failure(f"--vary: name some of {either(MOVES)}, joined by commas")
    return Moves.only(*(move for move in MOVES if move in asked))


def _refuse_without_salib() -> None:
    try:
        import SALib.analyze.sobol  # noqa: F401  # only whether it is there
    except ImportError as missing:
        raise Failure(
            "--why: which doubt moves ranks most is worked out with SALib: "
            'pip install "compliance[analysis]", or make extras where the project lies'
        ) from missing


def draw_leagues(desk: Desk, basis: Basis, company: str | None, setting: Setting, *, why: bool) -> Leagues:
    """Rank the companies of every group, or of all together where nothing is grouped by; or one company in its groups.

    Raise Failure for more companies than can be ranked at a time.
    """
    scores = desk.scores[basis]
    groups = [group for group in desk.groups or (desk.together,) if company is None or group.positions is not None]
    members = [group.sides[basis].members for group in groups]
    names = {name: position for position, name in enumerate(scores.columns.companies)}
    one = None if company is None else names[company]
    _refuse_too_many(sum(map(len, members)) if one is None else 0, setting.draws)
    if one is None:
        tables: Sequence[League | None] = leagues(scores, members, setting, _watch("ranking"))
        ranges: Sequence[Range | None] = [None] * len(groups)
    else:
        tables = [None] * len(groups)
        ranges = [range_of_one(scores, who, one, setting, _watch("ranking")) for who in members]
    found = [
        GroupLeague(
            group=group,
            same=group.sides[basis].common is None,
            league=table,
            ranked=group.sides[basis].scored,
            range=range_,
            moved=_moved(scores, who, setting, one) if why else None,
        )
        for group, who, table, range_ in zip(groups, members, tables, ranges, strict=True)
    ]
    overall, scale = scores.overall, desk.plan.edition.scale
    return Leagues(
        setting, basis, company, tuple(found), (overall.score * scale, overall.worst * scale, overall.best * scale)
    )


def _moved(scores: Scores, who: Codes, setting: Setting, one: int | None) -> Moved | None:
    if one is not None and scores.overall.score[one] != scores.overall.score[one]:  # NaN: it has no score
        return None
    return what_moves(scores, who, setting.seed, setting.moves, company=one, watch=_watch("what moves ranks"))


def _watch(doing: str) -> Watch:
    return lambda blocks: watched(blocks, doing, "block of draws", "blocks of draws")


def _refuse_too_many(ranked: int, draws: int) -> None:
    if ranked * draws > MOST_RANKS:
        most = MOST_RANKS // ranked
        remedy = f"draw {most} times at most" if most >= FEWEST_DRAWS else "name one of them with --company"
        drawn = f"{draws} draws of {counted(ranked, 'company', 'companies')}"
        raise Failure(f"--draws {draws}: {drawn} are more than fit in memory: {remedy}")


# ── On the screen


def league_lines(desk: Desk, drawn: Leagues) -> Iterator[str]:
    """The league table of each group, tie groups parted by an empty line; then how to read them."""
    for found in drawn.groups:
        if found.league is not None:
            yield ""
            yield _("Ranks: %(group)s", group=group_words(found.group.labels))
            yield from _table_lines(desk, drawn, found.league)
        for sentence in _group_sentences(drawn, found):
            yield from wrap(sentence, screen_width())
    yield ""
    for sentence in league_sentences(drawn):
        yield from wrap(sentence, screen_width())


def league_sentences(drawn: Leagues) -> tuple[str, ...]:
    """What was drawn, and how ranks are read."""
    return (setting_sentence(drawn.setting), *reading_sentences())


def _table_lines(desk: Desk, drawn: Leagues, league: League) -> Iterator[str]:
    digits = desk.plan.edition.round
    head = ("", _("Score"), _("Least"), _("Most"), _("Rank range"), _("Tie group"))
    shown = league.places[:MOST_SHOWN]
    rows = [
        (
            place.company,
            *(formats.number(float(shares[place.position]), digits) for shares in drawn.shares),
            range_words(place.range),
            formats.number(place.tie),
        )
        for place in shown
    ]
    lines = list(aligned(head, rows))
    of_head = len(lines) - len(rows)
    yield from lines[:of_head]
    for tie, lines_of_tie in groupby(zip(shown, lines[of_head:], strict=True), key=lambda pair: pair[0].tie):
        if tie > 1:
            yield ""
        yield from (line for _place, line in lines_of_tie)
    if len(league.places) > len(shown):
        more = formats.number(len(league.places) - len(shown))
        yield _("and %(more)s more: --out writes them all", more=more)


def _group_sentences(drawn: Leagues, found: GroupLeague) -> Iterator[str]:
    if found.league is None:
        assert drawn.company is not None
        yield one_range_sentence(drawn.company, group_words(found.group.labels), found.range, found.ranked)
    elif said := without_score_sentence(found.league.without_score):
        yield said
    if found.league is None or found.league.places:
        yield compared_sentence(same=found.same)
    if found.moved is not None:
        yield from moved_sentences(found.moved, drawn.company)
