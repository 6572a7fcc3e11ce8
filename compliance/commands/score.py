"""`compliance score` and `compliance scorecard`: scores of all companies as CSV; one company's live workbook."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import click

from compliance.atomic_write import atomic_write
from compliance.commands.answer_files import company_sheet, read_columns, refuse_overwriting
from compliance.commands.output_files import checked_ending, write_rows
from compliance.commands.shared_options import ANSWERS_EPILOG, as_read, day_option, document_option, localised_edition
from compliance.commands.terminal import announce_work, counted, silence_solver
from compliance.improvement.plan import improve
from compliance.languages.interface_messages import SOURCE_LANGUAGE
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import ScoreRow, long_table
from compliance.workbook.returned_scorecard import ReturnedScorecard
from compliance.workbook.scorecard_data import AssessmentMetadata
from compliance.workbook.scorecard_workbook import scorecard_workbook


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The CSV file to write.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@document_option
def score(edition: str, answers: Path, out: Path, basis: Basis, document: str | None) -> None:
    """Score an answers file: a row for each company and node, lens values as lens:value.

    Scores are on the edition's scale; an empty cell means that there is none. With --document, each row of ANSWERS is
    what one document of that kind says; a company is scored without it, by all its documents together.
    """
    checked_ending(out, (".csv",))
    refuse_overwriting(out, answers)
    whole = find_edition(edition)
    compiled = compile_edition(as_read(whole, document))
    columns = read_columns(compiled.edition, answers, basis)
    announce_work("scoring", len(columns.companies))
    write_rows(out, ScoreRow._fields, long_table(compiled, columns))
    scored = f"{out}: {counted(len(columns.companies), 'sheet')} scored"
    click.echo(scored if document is None else f"{scored}, {_questions_read(whole, compiled.edition, document)}")


def _questions_read(edition: Edition, narrowed: Edition, kind: str) -> str:
    asked, all_of_them = (sum(q.scored for q in each.questions.values()) for each in (narrowed, edition.main))
    return f"read as {edition.document_titles.get(kind, kind)}: {asked} of {counted(all_of_them, 'question')}"


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--company", required=True, help="The company, as the answers file calls it.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .xlsx file to write.")
@day_option
@document_option
@click.option("--language", default=SOURCE_LANGUAGE, show_default=True, help="The language it is in, by its code.")
def scorecard(
    edition: str, answers: Path, company: str, out: Path, day: date, document: str | None, language: str
) -> None:
    """Write one company's scorecard as a workbook that follows every changed answer.

    ANSWERS may also be such a workbook, in any language, after somebody worked in it: comments, evidence and columns of
    one's own come along.
    """
    checked_ending(out, (".xlsx",))
    refuse_overwriting(out, answers)
    with localised_edition(edition, language) as whole:
        asked = as_read(whole, document)
        came_back: list[ReturnedScorecard] = []
        sheet = company_sheet(asked, answers, company, came_back.append)
        compiled = compile_edition(asked)
        with silence_solver():
            way = improve(compiled, sheet) if asked.bands else None
        metadata = replace(_kept_beside(came_back), today=day, improvement_plan=way)
        content = scorecard_workbook(compiled, sheet, metadata, language=language)
    with atomic_write(out, binary=True) as file:
        file.write(content)
    click.echo(f"{out}: scorecard of {company}")


def _kept_beside(came_back: Sequence[ReturnedScorecard]) -> AssessmentMetadata:
    """What stands beside the answers of a scorecard that came back, if they are from one."""
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
            assessment=mark.assessment,
            submission=mark.submission,
            downloaded_by=mark.downloaded_by,
            downloaded_at=mark.downloaded_at,
            download=mark.download,
        )
    return AssessmentMetadata()
