"""The messages of the sources, extracted once in a run, as this takes seconds."""

import pickle
from pathlib import Path

from babel.messages.catalog import Catalog

from compliance.languages.sources import extract_messages
from tests.support.demonstrations import made_once


def source_messages(shared_folder: Path) -> Catalog:
    """Return a copy, which may be changed, of the messages that `extract_messages` finds."""

    def write(path: Path) -> None:
        path.write_bytes(pickle.dumps(extract_messages()))

    found: Catalog = pickle.loads(made_once(shared_folder, "source-messages", write).read_bytes())  # noqa: S301  # ours
    return found
