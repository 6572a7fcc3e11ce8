"""Options shared by commands: --on (day), --by (grouping), --document, --language; the end of their help."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import click

from compliance.commands import CommandError
from compliance.languages.interface_messages import SOURCE_LANGUAGE, has_unreviewed, in_language, offered_languages
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.edition_cuts import narrow_to_document
from compliance.questionnaire.edition_folder import edition_path
from compliance.questionnaire.faults import did_you_mean, one_of
from compliance.questionnaire.loader import find_edition

#: The end of the help of commands that read answers: what EDITION and answers files may be.
ANSWERS_EPILOG = (
    "An EDITION is an id, a folder with edition.yaml or a .yaml file. Answers are a .csv, .xlsx or .ods file with a "
    "row for each company and a column for each question, or a scorecard that came back."
)

_Command = TypeVar("_Command", bound=Callable[..., Any])


def day_option(command: _Command) -> _Command:
    """Add `--on` to a command, whose parameter `day` is that day or today."""
    said = "For which day it is judged whether law binds the company; today, if none is named."
    return click.option("--on", "day", metavar="DAY", callback=_parse_day, help=said)(command)


def _parse_day(_context: click.Context, _option: click.Parameter, written: str | None) -> date:
    """Return the day that is named, or today. Raise BadParameter if it is not a date."""
    if written is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written} is no day: write year-month-day, as in 2026-11-26") from None


def document_option(command: _Command) -> _Command:
    """Add `--document` to a command: the kind of document that each row of answers was read from."""
    said = "Read each row as one document of this kind: only what such a document can answer is asked."
    return click.option("--document", metavar="KIND", help=said)(command)


def as_read(edition: Edition, kind: str | None) -> Edition:
    """Return the edition narrowed to a kind of document, or as it is for None. Raise CommandError if unknown."""
    if kind is None:
        return edition
    if kind not in edition.documents:
        hint = did_you_mean(kind, edition.documents) or f": it has {one_of(edition.documents)}"
        raise CommandError(f"--document {kind}: {edition.id} has no such kind of document{hint}")
    return narrow_to_document(edition, kind)


def grouping_labels(edition: Edition, by: str) -> tuple[str, ...]:
    """Return the labels in text such as `sector,size`. Raise CommandError for one that the edition does not have."""
    from compliance.statistics.peer_groups import grouping_fields  # here: not every command has statistics

    known = grouping_fields(edition)
    labels = tuple(dict.fromkeys(name.strip() for name in by.split(",") if name.strip()))
    for name in labels:
        if name not in known:
            hint = did_you_mean(name, known) or f": name some of {one_of(known)}, joined by commas"
            raise CommandError(f"--by {name}: companies of {edition.id} cannot be grouped by that{hint}")
    return labels


@contextmanager
def localised_edition(name: str, code: str) -> Iterator[Edition]:
    """Provide an edition in a language, and make it the current language meanwhile.

    If the translation is a draft, or texts stay in the edition's own language, a line on stderr says so. Raise
    CommandError for a language that the tool does not offer, or EditionFaults.
    """
    if code != SOURCE_LANGUAGE and code not in offered_languages():
        message = "there is no such language, or too little of it is translated"
        raise CommandError(f"--language {code}: {message}: {one_of(offered_languages())}")
    edition = find_edition(name) if code == SOURCE_LANGUAGE else _edition_in(name, code)
    if edition.translation == "draft" or has_unreviewed(code):
        click.echo(f"{code}: a draft; nobody has read it over yet", err=True)
    with in_language(code):
        yield edition


def _edition_in(name: str, code: str) -> Edition:
    from compliance.questionnaire.edition_companions import edition_in_languages  # here: few editions are translated

    languages = edition_in_languages(edition_path(name))
    own = next(iter(languages.values()))
    if code not in languages:
        click.echo(f"{own.id}: it is not offered in {code}, so its own texts stand in {own.language}", err=True)
    return languages.get(code, own)
