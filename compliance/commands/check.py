"""`compliance check` and `compliance schema`: whether what authors wrote loads, and what editors need to know of it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from compliance.commands.failure import Failure
from compliance.commands.words import counted
from compliance.questionnaire.assembly import EDITION_FILE
from compliance.questionnaire.catalogue import load_law
from compliance.questionnaire.edition import OWN_LANGUAGE, Edition
from compliance.questionnaire.editions import (
    carries_faults,
    edition_path,
    edition_paths,
    locales_of,
    questionnaires_folder,
)
from compliance.questionnaire.faults import EditionFaults, Fault, Ledger
from compliance.questionnaire.loader import PUBLISHED_FILE, load_edition, published_digests
from compliance.questionnaire.locales import Locale, read_law_locales
from compliance.questionnaire.schema import json_schema


@click.command()
@click.argument("places", metavar="[FOLDER]...", nargs=-1)
def check(places: tuple[str, ...]) -> None:
    """Load law and editions and print a line for each; print every fault and exit 1 if there is one.

    FOLDER is an edition's folder, its .yaml file or its id, a folder of editions, or a folder of law.
    Without it, everything that comes with the tool is checked.
    """
    faults: list[Fault] = []
    for place in places or (str(questionnaires_folder()),):
        try:
            for line in _check(place, faults):
                click.echo(line)
        except EditionFaults as found:
            faults.extend(found.faults)
    if faults:
        raise Failure(f"{EditionFaults(faults)}\n{counted(len(set(faults)), 'fault')}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of editions and law files, for editors."""
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _check(place: str, faults: list[Fault]) -> Iterator[str]:
    """A line per law catalogue and edition in a place; faults are added to the list."""
    folder = Path(place)
    if folder.is_dir() and folder.name == "law":
        yield _law_line(folder, faults)
        return
    if folder.is_dir() and not (folder / EDITION_FILE).is_file() and (folder / "law").is_dir():
        try:
            yield _law_line(folder / "law", faults)
        except EditionFaults as wrong:
            faults.extend(wrong.faults)
    paths = edition_paths(folder) if folder.is_dir() else (edition_path(place),)
    if not paths:
        raise EditionFaults([Fault(place, 0, f"there is no edition here: no {EDITION_FILE}, no .yaml file")])
    if folder.is_dir() and folder not in paths:
        faults.extend(_withdrawn(folder, {path.name if path.is_dir() else path.stem for path in paths}))
    for path in paths:
        try:
            edition = load_edition(path)
        except EditionFaults as wrong:
            faults.extend(wrong.faults)
            continue
        locales = locales_of(edition, path)
        faults.extend(fault for locale in locales for fault in locale.faults)
        faults.extend(carries_faults(edition, path))
        yield _edition_line(edition, path, locales)


def _withdrawn(folder: Path, there: set[str]) -> Iterator[Fault]:
    """A fault for each edition that was published and is gone: what was published stays readable."""
    for edition_id in published_digests(folder, Ledger()):
        if edition_id not in there:
            message = f"`{edition_id}` is published and its folder {edition_id}/ is gone: put it back"
            yield Fault(str(folder / PUBLISHED_FILE), 0, message)


def _law_line(folder: Path, faults: list[Fault]) -> str:
    instruments = load_law(folder)
    provisions = sum(len(instrument.provisions) for instrument in instruments)
    locales = read_law_locales(instruments, folder)
    faults.extend(fault for locale in locales for fault in locale.faults)
    counts = (counted(len(instruments), "instrument"), counted(provisions, "provision"), _languages(locales))
    return f"law: {', '.join(counts)}"


def _edition_line(edition: Edition, path: Path, locales: Sequence[Locale]) -> str:
    """Id, what is in it, and whether it may still change."""
    law = {provision for requirement in edition.requirements for provision in requirement.law}
    published = edition.id in published_digests(path.resolve().parent, Ledger())
    counts = (
        counted(len(edition.themes), "theme"),
        counted(len(edition.requirements), "requirement"),
        counted(len(edition.questions), "question"),
        counted(len(law), "provision"),
        _languages(locales),
        *(("quick form",) if edition.form == "quick" else ()),
        "published" if published else "draft",
    )
    return f"{edition.id}: {', '.join(counts)}"


def _languages(locales: Sequence[Locale]) -> str:
    """Those that are complete, each with the word draft unless everything in it was reviewed."""
    complete = (locale for locale in locales if not locale.faults)
    states = (f"{locale.code} (draft)" if locale.state == "draft" else locale.code for locale in complete)
    return f"languages {' '.join((OWN_LANGUAGE, *states))}"
