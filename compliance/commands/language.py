"""The language of what a command says of an edition: its sentences, and the edition's own texts."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from compliance.commands.failure import Failure
from compliance.languages.catalogues import SOURCE, draft, offered
from compliance.languages.speaking import speaking
from compliance.questionnaire.edition import Edition
from compliance.questionnaire.editions import edition_in_languages, edition_path, find_edition
from compliance.questionnaire.faults import either


@contextmanager
def spoken(name: str, code: str) -> Iterator[Edition]:
    """The edition of that name in a language, which is spoken meanwhile.

    What is a draft, or stands in the edition's own language, is said on stderr. Raise Failure for a language in which
    the tool does not speak; raise EditionFaults.
    """
    if code != SOURCE and code not in offered():
        message = "there is no such language, or too little of it is translated"
        raise Failure(f"--language {code}: {message}: {either(offered())}")
    edition = find_edition(name) if code == SOURCE else _translated(name, code)
    if edition.translation == "draft" or draft(code):
        click.echo(f"{code}: a draft; nobody has read it over yet", err=True)
    with speaking(code):
        yield edition


def _translated(name: str, code: str) -> Edition:
    languages = edition_in_languages(edition_path(name))
    own = next(iter(languages.values()))
    if code not in languages:
        click.echo(f"{own.id}: it is not offered in {code}, so its own texts stand in {own.language}", err=True)
    return languages.get(code, own)
