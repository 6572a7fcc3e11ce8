"""Exhaustive tables: one entry for each value of a literal type, or an import that fails and names what is missing."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

Key = TypeVar("Key", bound=str)
Entry = TypeVar("Entry")


def exhaustive_table(name: str, keys: Sequence[Key], entries: Mapping[Key, Entry]) -> Mapping[Key, Entry]:
    """The entries as a read-only table, in the order of the keys.

    Raise TypeError, naming the table and the keys, unless there is exactly one entry for each key.
    """
    missing, unknown = [key for key in keys if key not in entries], [key for key in entries if key not in keys]
    if missing or unknown:
        problems = [f"`{key}` has no entry: add one" for key in missing]
        problems += [f"`{key}` is unknown: delete its entry" for key in unknown]
        raise TypeError(f"{name}: {'; '.join(problems)}")
    return MappingProxyType({key: entries[key] for key in keys})
