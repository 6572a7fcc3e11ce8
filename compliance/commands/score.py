"""`compliance score`: the scores of all companies as CSV."""

from pathlib import Path

import click

from compliance.commands.answer_files import read_columns, refuse_overwriting
from compliance.commands.output_files import checked_ending, write_pieces
from compliance.commands.shared_options import ANSWERS_EPILOG, as_read, document_option
from compliance.commands.terminal import announce_work, counted
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.loader import find_edition
from compliance.scoring.coded_answers import BASES, Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.serialisation import ScoreRow, table_pieces


@click.command(epilog=ANSWERS_EPILOG)
@click.argument("edition")
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The CSV file to write.")
@click.option("--basis", type=click.Choice(BASES), default="claimed", show_default=True, help="What is counted.")
@document_option
def score(edition: str, answers: Path, out: Path, basis: Basis, document: str | None) -> None:
    """Score an answers file: a row for each company and node, lens values as lens:value.

    Scores are on the edition's scale; an empty cell means that there is no score. With --document, each row of ANSWERS
    is what one document of that kind says; without it, what all documents of a company say together.
    """
    checked_ending(out, (".csv",))
    refuse_overwriting(out, answers)
    whole = find_edition(edition)
    compiled = compile_edition(as_read(whole, document))
    columns = read_columns(compiled.edition, answers, basis)
    announce_work("scoring", len(columns.companies))
    write_pieces(out, ScoreRow._fields, table_pieces(compiled, columns), len(columns.companies))
    scored = f"{out}: {counted(len(columns.companies), 'sheet')} scored"
    click.echo(scored if document is None else f"{scored}, {_questions_read(whole, compiled.edition, document)}")


def _questions_read(edition: Edition, narrowed: Edition, kind: str) -> str:
    asked, all_of_them = (sum(q.scored for q in each.questions.values()) for each in (narrowed, edition.main))
    return f"read as {edition.document_titles.get(kind, kind)}: {asked} of {counted(all_of_them, 'question')}"
