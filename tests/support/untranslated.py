"""Copies of the catalogues and of editions in which some texts are not translated."""

import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from compliance.languages import interface_messages, sources
from compliance.questionnaire.edition_folder import edition_path, editions_folder
from tests.support.invented_languages import catalogues_in


def forms_of(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


@contextmanager
def catalogues_without(folder: Path, *messages: str, new: Collection[str] = ()) -> Iterator[None]:
    """Use the tool's catalogues without translations of some messages, and with new messages added."""
    shutil.copytree(interface_messages.TRANSLATIONS, folder)
    for path in folder.rglob("*.po"):
        code = path.parts[-3]
        with path.open("rb") as file:
            found = read_po(file, locale=code)
        gone = {message.id for message in found if set(messages) & set(forms_of(message))}
        assert len(gone) == len(messages), messages
        for message in found:
            if message.id in gone:
                message.string = tuple("" for _ in message.string) if isinstance(message.string, tuple) else ""
        for one in new:
            found.add(one)
        path.write_bytes(sources.catalogue_text(code, found))
    with catalogues_in(folder):
        yield


def edition_without(name: str, folder: Path, *ids: str) -> Path:
    """Return the folder of a copy of an edition, with the law, without the texts of these ids in any language."""
    place = folder / name
    shutil.copytree(edition_path(name), place)
    shutil.copytree(editions_folder() / "law", place / "law")
    for path in place.rglob("locales/*.yaml"):
        text = path.read_text(encoding="utf-8")
        for one in ids:
            text = re.sub(rf"(?m)^{re.escape(one)}:.*\n(?:  .*\n)*", "", text)
        path.write_text(text, encoding="utf-8")
    return place
