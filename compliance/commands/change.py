"""`compliance change`: why scores moved from one period to the next, of companies and of groups."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import click

from compliance.benchmark.change import Change, GroupChange
from compliance.benchmark.panel import Crossing, Panel, compare_periods
from compliance.benchmark.periods import Period, code_periods
from compliance.benchmark.thresholds import MIN_COMPANIES
from compliance.commands.answers import each_answered, refuse_overwriting, say_names_alike
from compliance.commands.failure import Failure
from compliance.commands.grouping import labels_of
from compliance.commands.progress import begun
from compliance.commands.tables import ENDINGS, Report, ending_of, write_report
from compliance.commands.terminal import in_blocks, screen_width
from compliance.commands.words import TAKES, counted
from compliance.findings.change import carrying_sentence, change_sentence, group_sentence, signed, why_words
from compliance.findings.comparison import desk_sentences, group_words, label_title, label_words
from compliance.findings.standing import BASES as BASIS_WORDS
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import edition_path, find_edition, rules_between
from compliance.questionnaire.loader import load_edition
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.plan import compile_edition
from compliance.workbook.tables import Cell, Column, Table

#: What a change consists of, in the order in which it is told.
_STEPS = ("answers", "evidence", "method")


@click.command(epilog=TAKES)
@click.argument("edition")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--old-edition", metavar="EDITION", help="What BEFORE answers, if it is another edition.")
@click.option("--by", default="", metavar="LABELS", help="Groups: sector, size, region, joined by commas.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@click.option("--out", type=click.Path(path_type=Path), help=f"A file to write: {', '.join(ENDINGS)}.")
def change(
    edition: str, before: Path, after: Path, old_edition: str | None, by: str, basis: Basis, out: Path | None
) -> None:
    """Say why scores moved from the answers file BEFORE to the answers file AFTER, whose edition is EDITION.

    A change is what answers did, then evidence and verification, then method, then, of a group, sample; they add up
    to it. Beside it stands like for like: the questions of both periods, weighed as they are now. Companies are the
    same if their names are.
    """
    ending_of(out)
    refuse_overwriting(out, before, after)
    path = edition_path(edition)
    new = load_edition(path)
    old = new if old_edition is None else find_edition(old_edition)
    _refuse_what_compares_with_nothing(old, new, basis)
    labels = tuple(dict.fromkeys((*labels_of(new, by), *labels_of(old, by))))
    was, now = (
        Period(compile_edition(made), each_answered(made, file)) for made, file in ((old, before), (new, after))
    )
    crossing = Crossing(old, new, rules_between(old, new, path))
    periods = code_periods(was, now, crossing.carry, basis)
    if basis == "verified" and not periods.has_verdicts:
        raise Failure(f"--basis {basis}: neither file has a verdict of an auditor, in a column #verdict")
    say_names_alike(before, periods.before.claimed.companies, after, periods.after.claimed.companies)
    begun("comparing", len(periods.before.claimed.companies) + len(periods.after.claimed.companies))
    panel = compare_periods(periods, crossing.left_behind(), labels)
    if out is not None:
        write_report(_report(panel, basis), out)
        click.echo(f"{out}: {counted(len(panel.companies), 'company', 'companies')} compared")
    for line in _screen(panel, basis, with_companies=out is None):
        click.echo(line)


def _refuse_what_compares_with_nothing(old: Edition, new: Edition, basis: Basis) -> None:
    if old.form != new.form:
        quick = old if old.form == "quick" else new
        raise Failure(f"{quick.id} is a quick form, a first look, which is never set beside a full one")
    if basis == "verified" and old.digest != new.digest:
        why = f"a verdict judges an answer to the edition it was given on, so none carries from {old.id} to {new.id}"
        raise Failure(f"--basis verified: {why}: compare claimed or evidenced")


# ── On the screen


def _screen(panel: Panel, basis: Basis, *, with_companies: bool) -> Iterator[str]:
    digits = panel.after.round
    steps = (_("Before"), _("After"), _("Answers"), _("Evidence"), _("Method"))
    yield _("%(basis)s, median", basis=_(BASIS_WORDS[basis]))
    yield from in_blocks(
        ("", *steps, _("Sample"), _("In both"), _("Came"), _("Left")),
        [_screen_group(name, group, digits) for name, group in _groups(panel)],
        begins=(len(steps) + 2,),  # what adds up stands in one line, and who is counted below it
    )
    if any(group.stayed < MIN_COMPANIES for _name, group in _groups(panel)):
        yield _("* not for publication")
    if with_companies:
        yield from ("", _(BASIS_WORDS[basis]))
        rows = [[one.company, *_screen_figures(one, digits)] for one in panel.companies]
        yield from in_blocks(("", *steps), rows)
    yield ""
    for sentence in _sentences(panel):
        yield from wrap(sentence, screen_width())


def _groups(panel: Panel) -> tuple[tuple[str, GroupChange], ...]:
    named = [(group_words(dict(zip(panel.by, key, strict=True))), group) for key, group in panel.groups]
    return ((group_words({}), panel.together), *named)


def _screen_group(name: str, group: GroupChange, digits: int) -> list[str]:
    sample = "" if group.sample is None else signed(group.sample, digits)
    counts = (formats.number(count) for count in (group.stayed, group.came, group.left))
    star = " *" if group.stayed < MIN_COMPANIES else ""
    return [name + star, *_screen_figures(group, digits), sample, *counts]


def _screen_figures(moved: Change | GroupChange, digits: int) -> list[str]:
    headlines = ("" if points is None else formats.number(points, digits) for points in (moved.before, moved.after))
    return [*headlines, *("" if points is None else signed(points, digits) for points in _steps(moved))]


def _steps(moved: Change | GroupChange) -> tuple[float | None, ...]:
    return (moved.answers, moved.evidence, moved.method)


def _sentences(panel: Panel) -> Iterator[str]:
    yield group_sentence(group_words({}), panel.together, panel.after.round)
    yield carrying_sentence(panel)
    yield from desk_sentences()


# ── As a file


def _report(panel: Panel, basis: Basis) -> Report:
    about: dict[str, Cell] = {
        "edition": panel.after.id,
        "edition_digest": panel.after.digest,
        "old_edition": panel.before.id,
        "old_edition_digest": panel.before.digest,
        "basis": basis,
        "by": "|".join(panel.by),
        "statistic": panel.together.statistic,
    }
    return Report(
        title=_("Why scores moved"),
        said=(panel.after.title, *_sentences(panel)),
        about=about,
        flat=_flat(panel),
        tables=(_groups_table(panel), _companies_table(panel), _requirements_table(panel), _left_table(panel)),
        parts=_parts(panel),
        digits=panel.after.round,
    )


def _step_columns() -> tuple[Column, ...]:
    return (
        Column("before", _("Before"), "score", 9),
        Column("after", _("After"), "score", 9),
        Column("change", _("Change"), "points", 9),
        Column("answers", _("Answers"), "points", 9),
        Column("evidence", _("Evidence and verification"), "points", 12),
        Column("method", _("Method"), "points", 9),
    )


def _like_columns() -> tuple[Column, ...]:
    return (
        Column("like_before", _("Like for like, before"), "score", 11),
        Column("like_after", _("Like for like, after"), "score", 11),
    )


def _figures(moved: Change | GroupChange) -> tuple[float | None, ...]:
    change = None if moved.before is None or moved.after is None else moved.after - moved.before
    return (moved.before, moved.after, change, *_steps(moved))


def _groups_table(panel: Panel) -> Table:
    columns = (
        Column("group", _("Group"), "name", 40),
        *_step_columns(),
        Column("sample", _("Sample"), "points", 9),
        *_like_columns(),
        Column("stayed", _("In both"), "count", 9),
        Column("came", _("Came"), "count", 9),
        Column("left", _("Left"), "count", 9),
        Column("said", _("In words"), "text", 70),
    )
    rows = [
        (name, *_figures(group), group.sample, group.like_before, group.like_after,
         group.stayed, group.came, group.left, group_sentence(name, group, panel.after.round))
        for name, group in _groups(panel)
    ]  # fmt: skip
    return Table("groups", _("Groups"), _("Groups, by their median"), columns, rows)


def _companies_table(panel: Panel) -> Table:
    columns = (
        Column("company", _("Company"), "name", 32),
        *(Column(name, label_title(name), "text", 22) for name in panel.by),
        *_step_columns(),
        *_like_columns(),
        Column("not_carried", _("Questions in no like for like"), "count", 13),
        Column("said", _("In words"), "text", 70),
    )
    rows = [
        (one.company, *_label_words(panel, one), *_figures(one), one.like_before, one.like_after,
         len(one.not_carried), change_sentence(one, panel.after.round))
        for one in panel.companies
    ]  # fmt: skip
    return Table("companies", _("Companies"), _("Companies"), columns, rows)


def _label_words(panel: Panel, one: Change) -> tuple[str, ...]:
    return tuple(label_words(name, value) for name, value in zip(panel.by, panel.labels[one.company], strict=True))


def _requirements_table(panel: Panel) -> Table:
    columns = (
        Column("company", _("Company"), "name", 32),
        Column("title", _("Requirement"), "text", 60),
        Column("id", _("Id"), "id", 18),
        Column("points", _("Points of the whole"), "points", 11),
    )
    rows = [
        (one.company, panel.after.nodes[requirement].title or requirement, requirement, points)
        for one in panel.companies
        for requirement, points in sorted(one.moved, key=lambda moved: -abs(moved[1]))
    ]
    note = _("What each requirement gave or took, like for like, the most first.")
    return Table("requirements", _("Requirements"), _("Where it moved"), columns, rows, (note,))


def _left_table(panel: Panel) -> Table:
    columns = (
        Column("question", _("Question"), "text", 60),
        Column("id", _("Id"), "id", 18),
        Column("companies", _("Companies"), "count", 11),
        Column("why", _("Why"), "text", 70),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            panel.after.questions[one.question].ask,
            one.question,
            one.companies,
            _not_compared(panel, one.question),
        )
        for one in panel.uncompared
    ]
    rows += [
        (_asked_before(panel.before, one.left.question), one.left.question, one.companies, why_words(one.left))
        for one in panel.left
    ]
    return Table("carried", _("Carried"), _("What could not be carried"), columns, rows, (carrying_sentence(panel),))


def _not_compared(panel: Panel, question: str) -> str:
    if question in panel.before.questions:
        return _("Asked now; what was answered before settles it not, or it hangs on something that was not carried.")
    return _("Asked now, and not before; or it was called otherwise, and no answer settles it.")


def _asked_before(edition: Edition, question: str) -> str:
    return edition.questions[question].ask if question in edition.questions else question


#: The columns of the one table; `kind` says which of them a row has.
_KEYS = ("kind", "company", "part", "before", "after", "change", *_STEPS, "sample", "like_before", "like_after",
         "stayed", "came", "left", "companies", "why")  # fmt: skip


def _flat(panel: Panel) -> Table:
    """Groups, companies, requirements of each company, then what could not be carried: one row each."""
    keys = (_KEYS[0], *panel.by, *_KEYS[1:])
    rows = [[row.get(key) for key in keys] for row in _flat_rows(panel)]
    return Table("changes", "Changes", "", tuple(Column(key, key) for key in keys), rows)


def _flat_rows(panel: Panel) -> Iterator[Mapping[str, Cell]]:
    for key, group in (((), panel.together), *panel.groups):
        labels = dict(zip(panel.by, key or ("all",) * len(panel.by), strict=True))
        yield {"kind": "group", **labels, "part": "overall", **_group_figures(group)}
    for one in panel.companies:
        labels = dict(zip(panel.by, panel.labels[one.company], strict=True))
        yield {"kind": "company", **labels, "company": one.company, "part": "overall", **_own_figures(one)}
        for requirement, points in one.moved:
            yield {"kind": "requirement", **labels, "company": one.company, "part": requirement, "change": points}
    for asked in panel.uncompared:
        yield {"kind": "not-compared", "part": asked.question, "companies": asked.companies,
               "why": _not_compared(panel, asked.question)}  # fmt: skip
    for left in panel.left:
        yield {"kind": "not-carried", "part": left.left.question, "companies": left.companies,
               "why": why_words(left.left)}  # fmt: skip


def _own_figures(moved: Change | GroupChange) -> dict[str, Cell]:
    keys = ("before", "after", "change", *_STEPS)
    figures: dict[str, Cell] = dict(zip(keys, _figures(moved), strict=True))
    return {**figures, "like_before": moved.like_before, "like_after": moved.like_after}


def _group_figures(group: GroupChange) -> dict[str, Cell]:
    counts = {"stayed": group.stayed, "came": group.came, "left": group.left}
    return {**_own_figures(group), "sample": group.sample, **counts}


def _parts(panel: Panel) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {
        "groups": [
            {"labels": dict(zip(panel.by, key, strict=False)), **_group_figures(group)}
            for key, group in (((), panel.together), *panel.groups)
        ],
        "companies": [
            {
                "company": one.company,
                "labels": dict(zip(panel.by, panel.labels[one.company], strict=True)),
                **_own_figures(one),
                "said": change_sentence(one, panel.after.round),
                "requirements": [{"id": requirement, "points": points} for requirement, points in one.moved],
                "not_compared": list(one.not_carried),
            }
            for one in panel.companies
        ],
        "not_compared": [{"question": one.question, "companies": one.companies} for one in panel.uncompared],
        "not_carried": [
            {
                "question": one.left.question,
                "to": one.left.target,
                "companies": one.companies,
                "why": one.left.why,
                "said": why_words(one.left),
            }
            for one in panel.left
        ],
    }
