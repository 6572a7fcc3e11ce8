"""The messages of the sources, extracted once in a process: that takes seconds."""

from copy import deepcopy
from functools import cache

from babel.messages.catalog import Catalog

from compliance.languages.sources import extract_messages


def source_messages() -> Catalog:
    """A copy of the messages, as `extract_messages` finds them: whoever takes them may change it."""
    return deepcopy(_extracted())


@cache
def _extracted() -> Catalog:
    return extract_messages()
