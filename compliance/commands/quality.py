"""`compliance questions`: how each question does its work, and which of them to write anew."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

import click

from compliance.benchmark.quality import QuestionQuality, quality_of, themes_of
from compliance.benchmark.readings import read_twice
from compliance.benchmark.rewriting import to_rewrite
from compliance.commands.answers import coded, refuse_overwriting, say_names_alike
from compliance.commands.failure import Failure
from compliance.commands.language import spoken
from compliance.commands.progress import begun
from compliance.commands.quality_report import Found, report, sentences
from compliance.commands.tables import ENDINGS, ending_of, write_report
from compliance.commands.terminal import in_blocks, screen_width
from compliance.commands.words import TAKES, counted
from compliance.findings.quality import DECIMALS, consistency_words, headline, seen_and_done, theme_words
from compliance.languages import formats
from compliance.languages.speaking import gettext as _
from compliance.languages.speaking import ngettext
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.faults import did_you_mean, either
from compliance.scoring.plan import Plan, compile_edition

#: A terminal shows so many questions to look at again; a file has them all.
MOST_SHOWN = 10
#: And the figures of so many questions.
MOST_ROWS = 50


@click.command("questions", epilog=TAKES)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option(
    "--second", type=click.Path(path_type=Path), help="Answers of another reader, or voice, for the same companies."
)
@click.option("--theme", metavar="ID", help="The questions of one theme only.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the resamples behind the intervals.")
@click.option("--language", default="en", show_default=True, help="In which language, by its code: fr, es, ar.")
@click.option("--out", type=click.Path(path_type=Path), help=f"A file to write: {', '.join(ENDINGS)}.")
def questions(
    edition: str, answers: Path, second: Path | None, theme: str | None, seed: int, language: str, out: Path | None
) -> None:
    """Show how each question does its work, and which to write anew: for authors, over an answers file.

    Who could answer it, what they answered, whether it goes with its theme; with --second, how far two readers of the
    same company agree (Krippendorff's alpha). On the screen stand the ten gravest; a file has every question. Answers
    are looked at as claimed.
    """
    ending_of(out)
    refuse_overwriting(out, answers, *([second] if second else []))
    if seed < 0:
        raise Failure(f"--seed {seed}: name 0 or a whole number above it")
    with spoken(edition, language) as made:
        plan = compile_edition(made)
        found = _find(plan, answers, second, _known(made, theme), seed)
        if out is not None:
            write_report(report(found), out)
            click.echo(f"{out}: {counted(len(found.quality.questions), 'question')} looked at")
            return
        for line in _screen(found):
            click.echo(line)


def _known(edition: Edition, theme: str | None) -> str | None:
    known = themes_of(edition)
    if theme is not None and theme not in known:
        hint = did_you_mean(theme, known) or f": name one of {either(known)}"
        raise Failure(f"--theme {theme}: {edition.id} has no such theme{hint}")
    return theme


def _find(plan: Plan, answers: Path, second: Path | None, theme: str | None, seed: int) -> Found:
    edition = plan.edition
    columns = coded(edition, answers, "claimed")
    readings = None
    if second is not None:
        if second.exists() and answers.exists() and second.samefile(answers):
            raise Failure(f"--second {second}: this is the answers file itself: name what somebody else answered")
        others = coded(edition, second, "claimed")
        say_names_alike(answers, columns.companies, second, others.companies)
        if not set(columns.companies) & set(others.companies):
            raise Failure(f"--second {second}: no company in it is in {answers} too: write their names alike in both")
        readings = read_twice(plan, columns, others, seed)
    begun("looking at the questions", len(columns.companies))
    quality = quality_of(plan, columns, theme)
    return Found(edition, quality, readings, to_rewrite(quality, readings), seed)


# ── On the screen


def _screen(found: Found) -> Iterator[str]:
    width = screen_width()
    yield headline(found.quality, found.looks)
    for sentence in sentences(found):
        yield from wrap(sentence, width)
    for look in found.looks[:MOST_SHOWN]:
        yield ""
        yield from wrap(f"{look.quality.question.ask} [{look.quality.question.id}]", width)
        for _sign, seen, done in seen_and_done(look):
            yield from wrap(f"{seen} {done}", width, initial_indent="  - ", subsequent_indent="    ")
    if more := len(found.looks[MOST_SHOWN:]):
        yield ""
        yield ngettext("One more is in a file (--out).", "%(num)s more are in a file (--out).", more)
    yield ""
    yield _("Themes")
    for theme, consistency in found.quality.themes.items():
        said = _("%(name)s: %(value)s", name=theme_words(found.edition, theme), value=consistency_words(consistency))
        yield from wrap(said, width, initial_indent="  ", subsequent_indent="    ")
    yield ""
    if len(found.quality.questions) > MOST_ROWS:
        yield from wrap(
            _("The figures of every question are in a file (--out), or of one theme here (--theme)."), width
        )
    else:
        yield from _every_question(found)


def _every_question(found: Found) -> Iterator[str]:
    head = [_("Question"), _("Put to"), _("Answered"), _("Blank"), _("N/A"), _("Median"), _("Fit")]
    if found.readings is not None:
        head += [_("Read twice"), _("Alpha")]
    yield from in_blocks(head, [_screen_row(found, each) for each in found.quality.questions.values()])


def _screen_row(found: Found, each: QuestionQuality) -> list[str]:
    shares = [each.of_put(count) for count in (each.answered, each.blank, each.na)]
    row = [
        each.question.id,
        formats.number(each.put),
        *("" if share is None else formats.percent(share) for share in shares),
        "" if each.worths is None else formats.percent(each.worths.median),
        "" if each.fit is None else formats.number(each.fit.rho, DECIMALS),
    ]
    reading = found.reading(each.question.id)
    if reading is not None:
        alpha = reading.answers.alpha
        row += [formats.number(reading.answers.n), "" if alpha is None else formats.number(alpha, DECIMALS)]
    return row
