"""The messages of the sources, extracted once in a process, as this takes seconds."""

from copy import deepcopy
from functools import cache

from babel.messages.catalog import Catalog

from compliance.languages.sources import extract_messages


def source_messages() -> Catalog:
    """Return a copy, which may be changed, of the messages that `extract_messages` finds."""
    return deepcopy(_extracted())


@cache
def _extracted() -> Catalog:
    return extract_messages()
