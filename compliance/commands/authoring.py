"""`compliance new-edition`, `diff`, `translate`, `publish`: the commands for authors of questionnaires.

An edition is named by id, folder or file. Each command says what to do next.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from compliance.authoring.drafts import clone_edition, describe_difference, publish_edition
from compliance.authoring.translation_jobs import ImportCounts, export_job, import_job, open_job
from compliance.commands.output_files import checked_ending
from compliance.questionnaire.edition_difference import compare_editions
from compliance.questionnaire.edition_folder import PUBLISHED_FILE, edition_file, edition_path
from compliance.questionnaire.loader import find_edition, load_edition


@click.command("new-edition")
@click.argument("new_id", metavar="NEW-ID")
@click.option("--from", "source", required=True, metavar="EDITION", help="The edition to begin from.")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), help="Where it will lie, else beside it.")
def new_edition(new_id: str, source: str, to: Path | None) -> None:
    """Begin a draft from another edition: every file copied, comments too, under the id NEW-ID."""
    draft = clone_edition(edition_path(source), new_id, to)
    for line in _next_steps(draft, new_id, source):
        click.echo(line)


@click.command()
@click.argument("old")
@click.argument("new")
def diff(old: str, new: str) -> None:
    """Say in words what changed from edition OLD to edition NEW, and what that does to comparability."""
    before, after = find_edition(old), find_edition(new)
    for line in describe_difference(before, after, compare_editions(before, after)):
        click.echo(line)


@click.command()
@click.argument("edition")
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish(edition: str, yes: bool) -> None:
    """Publish an edition: its digest is kept, and it never changes again."""
    path = edition_path(edition)
    if not yes:
        click.confirm(f"{load_edition(path).id} never changes again once it is published. Publish it?", abort=True)
    published, where = publish_edition(path)
    click.echo(f"{where}: {published.id} is published, digest {published.digest}")
    click.echo("Keep that file with the edition. From now on a change is a new edition: compliance new-edition")


@click.command()
@click.argument("edition")
@click.argument("language")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The .xlsx file to write.")
@click.option("--from", "back", type=click.Path(path_type=Path, dir_okay=False), help="The .xlsx file that came back.")
def translate(edition: str, language: str, out: Path | None, back: Path | None) -> None:
    """Give a translator a workbook of every text, or take it back into the file of the language.

    EDITION is an id or a folder, or `law` for the law. LANGUAGE is a code: fr, es, ar, pt-BR. If anything in the
    workbook is wrong, every fault is listed and nothing is taken back.
    """
    if (out is None) == (back is None):
        raise click.UsageError("say --out FILE.xlsx to write a workbook, or --from FILE.xlsx to take one back")
    checked_ending(out, (".xlsx",))
    work = open_job(edition, language)
    if out is not None:
        click.echo(export_job(work, out))
    elif back is not None:
        click.echo(f"{work.file}: {_import_counts(import_job(work, back))}")


def _import_counts(taken: ImportCounts) -> str:
    removed = f", {taken.removed} removed" if taken.removed else ""
    counts = f"{taken.new} new, {taken.changed} changed, {taken.unchanged} unchanged{removed}, {taken.missing} missing"
    return counts if not taken.missing else f"{counts}; the language is offered when none is missing"


def _next_steps(draft: Path, new_id: str, source: str) -> Iterator[str]:
    yield f"{draft}: a draft, for now the same as {source} but for its id"
    yield "Next:"
    yield f"  1. Give it its own title in {edition_file(draft)}, and change what you came to change."
    yield "     A question that comes to ask something else gets a new id; ids are never used again."
    yield f"  2. compliance check {draft}"
    yield f"  3. compliance preview {draft}"
    yield f"  4. compliance diff {source} {draft}"
    yield f"  5. compliance publish {draft}    (writes its digest into {PUBLISHED_FILE}; it never changes again)"
    yield f"An installation asks the last edition by id, drafts too: until {new_id} is to be asked, keep it elsewhere."
