"""`compliance benchmark`: companies set beside those alike, and beside the need of the countries they work in."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap

import click

from compliance.benchmark.desk import Desk, DeskGroup, compare
from compliance.benchmark.ground import MOVES
from compliance.commands.answers import each_answered, refuse_overwriting, unknown_company
from compliance.commands.benchmark_report import figures_of, groups_of, report
from compliance.commands.failure import Failure
from compliance.commands.grouping import labels_of
from compliance.commands.leagues import Leagues, draw_leagues, league_lines, setting_of
from compliance.commands.progress import begun
from compliance.commands.tables import ENDINGS, ending_of, write_report
from compliance.commands.terminal import in_blocks, screen_width
from compliance.commands.words import TAKES, counted
from compliance.findings.comparison import (
    desk_sentences,
    group_words,
    need_sentence,
    participation_sentence,
    position_sentence,
)
from compliance.findings.standing import BASES as BASIS_WORDS
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import OVERALL
from compliance.questionnaire.editions import find_edition
from compliance.scoring.columns import BASES, Basis
from compliance.scoring.plan import compile_edition


@click.command(epilog=TAKES)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--by", default="", metavar="LABELS", help="What companies are grouped by: sector, size, region, joined by commas."
)
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What comes first.")
@click.option("--company", help="One company, to be shown where it stands.")
@click.option("--draws", type=int, help="Rank the companies of each group, and draw so often how sure that is: 1000.")
@click.option("--seed", type=int, default=1, show_default=True, help="Where the draws begin: the same seed, the same.")
@click.option("--vary", metavar="MOVES", help=f"What is drawn: {','.join(MOVES)}, some or (without this option) all.")
@click.option("--why", is_flag=True, help="Also which of these moves ranks most (takes the extra `analysis`).")
@click.option("--out", type=click.Path(path_type=Path), help=f"A file to write: {', '.join(ENDINGS)}.")
def benchmark(
    edition: str,
    answers: Path,
    by: str,
    basis: Basis,
    company: str | None,
    draws: int | None,
    seed: int,
    vary: str | None,
    why: bool,
    out: Path | None,
) -> None:
    """Compare the companies of an answers file: median, quartiles and spread of each group, claimed beside evidenced.

    Where not all of a group are asked the same, the same figures stand beside them over what all are asked. The
    figures are for the desk: they have not passed the rules for what is published. With --draws the companies of each
    group are ranked too, with the range of ranks that each takes and the tie groups, none of which can be told from
    its first; with --company beside it, that one alone.
    """
    ending_of(out)
    setting = setting_of(draws, seed, vary, why=why)
    refuse_overwriting(out, answers)
    made = find_edition(edition)
    labels = labels_of(made, by)
    if (company is not None or setting is not None) and made.form == "quick":
        option = "--draws" if setting is not None else "--company"
        raise Failure(f"{option}: {made.id} is a quick form, a first look, which ranks nobody")
    names: list[str] = []
    try:
        desk = compare(compile_edition(made), _passing(each_answered(made, answers), names), labels, company)
    except KeyError:  # the labels are those that `labels_of` lets through
        raise unknown_company(str(company), names, answers) from None
    if basis not in desk.bases:
        raise Failure(f"--basis {basis}: {answers} has no verdict of an auditor, in a column #verdict")
    drawn = None if setting is None else draw_leagues(desk, basis, company, setting, why=why)
    if out is not None:
        write_report(report(desk, list(_sentences(desk, basis, company)), basis, company, drawn), out)
        click.echo(
            f"{out}: {counted(len(names), 'company')} compared"
            if len(names) == 1
            else f"{out}: {len(names)} companies compared"
        )
    for line in _screen(desk, basis, company, drawn):
        click.echo(line)


def _passing(sheets: Iterable[AnswerSheet], names: list[str]) -> Iterator[AnswerSheet]:
    """The same sheets, none of which is kept; only whose they are."""
    for sheet in sheets:
        names.append(sheet.company)
        yield sheet
    begun("comparing", len(names))


# ── On the screen


def _screen(desk: Desk, basis: Basis, company: str | None, drawn: Leagues | None) -> Iterator[str]:
    others = [other for other in desk.bases if other != basis]
    heads = (_("Companies"), _("With a score"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Spread"))
    medians = (_("Median, %(basis)s", basis=_(BASIS_WORDS[other]).lower()) for other in others)
    head = ("", *heads, _("Median, asked of all"), *medians)
    yield _("%(basis)s, the whole", basis=_(BASIS_WORDS[basis]))
    yield from in_blocks(head, [_screen_row(desk, group, basis, others) for group in groups_of(desk)])
    if any(group.has_few_beside(basis) for group in groups_of(desk)):
        yield _("* not for publication")
    if drawn is not None:
        yield from league_lines(desk, drawn)
    yield ""
    for sentence in _sentences(desk, basis, company):
        yield from wrap(sentence, screen_width())


def _screen_row(desk: Desk, group: DeskGroup, basis: Basis, others: list[Basis]) -> list[str]:
    digits = desk.plan.edition.round
    star = " *" if group.has_few_beside(basis) else ""
    side = group.sides[basis]
    figures = figures_of(side.figures.get(OVERALL))
    common = figures_of((side.figures if side.common is None else side.common).get(OVERALL))[1]
    medians = [figures_of(group.sides[other].figures.get(OVERALL))[1] for other in others]
    return [
        group_words(group.labels) + star,
        formats.number(group.companies),
        formats.number(side.scored),
        *("" if figure is None else formats.number(figure, digits) for figure in (*figures, common, *medians)),
    ]


def _sentences(desk: Desk, basis: Basis, company: str | None) -> Iterator[str]:
    edition = desk.plan.edition
    if company is not None:
        for group in groups_of(desk):
            if group.positions is not None:
                among, title = group.positions[basis], group_words(group.labels)
                yield position_sentence(edition, company, title, desk.company_scores[basis], among)
    for each in BASES:
        judged = each in desk.bases
        said = need_sentence(edition, desk.need[each]) if judged else _("No auditor has judged yet.")
        yield _("%(name)s: %(value)s", name=_(BASIS_WORDS[each]), value=said)
    yield from filter(None, (participation_sentence(edition, desk.need[basis]),))
    if any(group.sides[basis].common is not None for group in groups_of(desk)):
        yield _("“Asked of all” is over the questions alone that every company of the group is asked.")
    yield from desk_sentences()
