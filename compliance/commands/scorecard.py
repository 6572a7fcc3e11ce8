"""`compliance scorecard`: the live workbook of one company, or of all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import tee
from pathlib import Path

import click

from compliance.atomic_write import atomic_write
from compliance.commands import CommandError
from compliance.commands.answer_files import answer_sheets, company_sheet, refuse_overwriting, refuse_stream
from compliance.commands.output_files import checked_ending
from compliance.commands.shared_options import ANSWERS_EPILOG, as_read, day_option, document_option, localised_edition
from compliance.commands.terminal import counted, silence_solver, with_progress
from compliance.improvement.plan import improve
from compliance.languages.interface_messages import SOURCE_LANGUAGE
from compliance.questionnaire.answers import AnswerSheet
from compliance.scoring.compiled_edition import compile_edition
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.scorecard_batch import ZippedScorecard, zip_scorecards
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import ScorecardTemplate


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", help="The company, as the answers file calls it; without one, all, into a .zip file.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx or .zip file to write.")
@day_option
@document_option
@click.option("--language", default=SOURCE_LANGUAGE, show_default=True, help="The language it is in, by its code.")
def scorecard(
    edition: str, answers: Path, company: str | None, out: Path, day: date, document: str | None, language: str
) -> None:
    """Write one company's scorecard as a workbook that follows every changed answer; or those of all companies.

    Without --company, --out is a .zip file with a scorecard for each company, and index.csv, a list of them. ANSWERS
    may also be such a workbook, in any language, after somebody worked in it: comments, evidence and added columns are
    kept.
    """
    _check_ending(company, out)
    refuse_overwriting(out, answers)
    with localised_edition(edition, language) as whole:
        asked = as_read(whole, document)
        compiled = compile_edition(asked)
        template, came_back = ScorecardTemplate(compiled, language), list[ReturnedScorecard]()

        def beside(sheet: AnswerSheet) -> AssessmentMetadata:
            with silence_solver():
                way = improve(compiled, sheet) if asked.bands else None
            return replace(_kept_beside(came_back), today=day, improvement_plan=way)

        if company is not None:
            one = company_sheet(asked, answers, company, came_back.append)
            content = template.workbook(one, beside(one))
            with atomic_write(out, binary=True) as file:
                file.write(content)
            click.echo(f"{out}: scorecard of {company}")
            return
        refuse_stream(answers)
        companies = sum(1 for _sheet in answer_sheets(asked, answers))  # reports every fault before hours of work
        sheets, named = tee(answer_sheets(asked, answers, came_back.append, again=True))
        contents = template.workbooks((sheet, partial(beside, sheet)) for sheet in sheets)
        cards = (ZippedScorecard(s.company, asked.id, content) for content, s in zip(contents, named, strict=True))
        with atomic_write(out, binary=True) as file:
            file.writelines(zip_scorecards(with_progress(cards, f"writing {out}", "scorecard", of=companies)))
    click.echo(f"{out}: {counted(companies, 'scorecard')}")


def _check_ending(company: str | None, out: Path) -> None:
    """Raise CommandError if the ending of --out does not fit one company (.xlsx) or all companies (.zip)."""
    ending = checked_ending(out, (".xlsx", ".zip"))
    if company is None and ending != ".zip":
        raise CommandError(f"--out {out}: for every company, name a .zip file; or name one company with --company")
    if company is not None and ending != ".xlsx":
        raise CommandError(f"--out {out}: for one company, name an .xlsx file; without --company, a .zip file has all")


def _kept_beside(came_back: Sequence[ReturnedScorecard]) -> AssessmentMetadata:
    """Return the comments, evidence and other metadata of a scorecard that came back, or empty metadata."""
    for returned in came_back:
        mark = returned.fingerprint
        return AssessmentMetadata(
            period=mark.period,
            law_as_of=mark.law_as_of,
            voice=mark.voice,
            reasons=returned.reasons,
            evidence=returned.evidence,
            comments=returned.comments,
            next_reviews={
                question: verdict.next_review for question, verdict in returned.verdicts.items() if verdict.next_review
            },
            own_columns=returned.own_columns,
            passages=returned.passages.lines if returned.passages else (),
            assessment=mark.assessment,
            submission=mark.submission,
            downloaded_by=mark.downloaded_by,
            downloaded_at=mark.downloaded_at,
            download=mark.download,
        )
    return AssessmentMetadata()
