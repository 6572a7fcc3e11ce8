"""Rank ranges and tie groups as tables for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from compliance.benchmark.desk import Desk
from compliance.benchmark.ranks import Place
from compliance.commands.leagues import GroupLeague, Leagues, league_sentences
from compliance.findings.comparison import label_title, label_words
from compliance.findings.ranking import MOVE_WORDS, compared_sentence, moved_sentences
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import OVERALL
from compliance.workbook.tables import Cell, Column, Table


def league_tables(desk: Desk, drawn: Leagues) -> tuple[Table, ...]:
    """Every company with its rank range and tie group; and what moves ranks, if that was asked."""
    moved = [found for found in drawn.groups if found.moved is not None and found.moved.shares]
    return (_ranks_table(desk, drawn), *((_moves_table(desk, moved),) if moved else ()))


def _labels(desk: Desk) -> tuple[Column, ...]:
    columns = tuple(Column(name, label_title(name), "name", 30) for name in desk.by)
    return columns or (Column("group", _("Group"), "name", 30),)


def _label_cells(found: GroupLeague) -> tuple[Cell, ...]:
    labels = found.group.labels
    return tuple(label_words(name, value) for name, value in labels.items()) or (_("All companies"),)


def _ranks_table(desk: Desk, drawn: Leagues) -> Table:
    columns = (
        *_labels(desk),
        Column("company", _("Company"), "name", 30),
        Column("score", _("Score"), "score", 9),
        Column("least", _("Least"), "score", 9),
        Column("most", _("Most"), "score", 9),
        Column("rank_from", _("Rank range from"), "count", 11),
        Column("rank_to", _("Rank range to"), "count", 11),
        Column("tie_group", _("Tie group"), "count", 9),
        Column("stays_before_next", _("Stays before the next, share of draws"), "share", 16),
        Column("rank", _("Rank as scored, never to be read alone"), "count", 16),
    )
    rows = [(*_label_cells(found), *cells) for found in drawn.groups for cells in _company_cells(drawn, found)]
    # one sentence for the whole table: said of each group, the two would contradict each other
    notes = [*league_sentences(drawn), compared_sentence(same=all(found.same for found in drawn.groups))]
    for found in drawn.groups:
        notes += [] if found.moved is None else moved_sentences(found.moved, drawn.company)
    return Table("ranks", _("Ranks"), _("Rank ranges and tie groups"), columns, rows, tuple(dict.fromkeys(notes)))


def _company_cells(drawn: Leagues, found: GroupLeague) -> Iterator[tuple[Cell, ...]]:
    if found.league is None:
        if found.range is not None:
            yield (drawn.company, None, None, None, found.range.first, found.range.last, None, None, None)
        return
    for place in found.league.places:
        scores = (float(shares[place.position]) for shares in drawn.shares)
        yield (place.company, *scores, *_place_cells(place))
    for company in found.league.without_score:
        yield (company, *[None] * 8)


def _place_cells(place: Place) -> tuple[Cell, ...]:
    return place.range.first, place.range.last, place.tie, place.keeps, place.scored


def _moves_table(desk: Desk, moved: Sequence[GroupLeague]) -> Table:
    columns = (
        *_labels(desk),
        Column("move", _("What varies"), "text", 40),
        Column("alone", _("By itself, share of the variance"), "share", 14),
        Column("alone_within", _("Give or take"), "share", 10),
        Column("in_all", _("In all, share of the variance"), "share", 14),
        Column("in_all_within", _("Give or take"), "share", 10),
    )
    rows = [
        (*_label_cells(found), _(MOVE_WORDS[s.move]), s.alone, s.alone_within, s.in_all, s.in_all_within)
        for found in moved
        for s in (found.moved.shares if found.moved else ())
    ]
    return Table("moves", _("What moves ranks"), _("What moves ranks most"), columns, rows)


def flat_league_rows(drawn: Leagues, all_of: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    """One figure a row: labels (`all_of` where there are none), figure, of, basis, over, value, n."""
    for found in drawn.groups:
        labels = tuple(found.group.labels.values()) or tuple(all_of)
        ranked, basis = found.ranked, drawn.basis
        for cells in _company_cells(drawn, found):
            company, *_scores, first, last, tie, keeps, _rank = cells
            for figure, value in (("rank_from", first), ("rank_to", last), ("tie_group", tie), ("keeps", keeps)):
                if value is not None:
                    yield (*labels, figure, company, basis, "all", value, ranked)
            if first is None:
                yield (*labels, "no_rank", company, basis, "all", None, ranked)
        for share in found.moved.shares if found.moved else ():
            yield (*labels, "moves_alone", share.move, basis, "all", share.alone, ranked)
            yield (*labels, "moves_in_all", share.move, basis, "all", share.in_all, ranked)


def plain_leagues(drawn: Leagues) -> Mapping[str, Any]:
    """For programs."""
    setting = drawn.setting
    return {
        "draws": setting.draws,
        "seed": setting.seed,
        "vary": list(setting.moves.names()),
        "basis": drawn.basis,
        "node": OVERALL,
        "groups": [_plain_group(drawn, found) for found in drawn.groups],
    }


def _plain_group(drawn: Leagues, found: GroupLeague) -> Mapping[str, Any]:
    moved = found.moved
    return {
        "labels": dict(found.group.labels),
        "ranked": found.ranked,
        "asked_the_same": found.same,
        "range": None if found.range is None else [found.range.first, found.range.last],
        "places": None if found.league is None else [_plain_place(drawn, place) for place in found.league.places],
        "without_score": [] if found.league is None else list(found.league.without_score),
        "moves": None
        if moved is None
        else {"draws": moved.draws, "output": moved.output, "shares": [asdict(share) for share in moved.shares]},
    }


def _plain_place(drawn: Leagues, place: Place) -> Mapping[str, Any]:
    return {
        "company": place.company,
        "score": float(drawn.shares[0][place.position]),
        "rank_range": [place.range.first, place.range.last],
        "tie_group": place.tie,
        "stays_before_next": place.keeps,
        "rank_as_scored": place.scored,
    }
