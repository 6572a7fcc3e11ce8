"""Companies read from a file, to find repeated ones, even with other spaces or Unicode forms in their names."""

import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TypeAlias

#: What is known of a company beside its answers.
Profile: TypeAlias = tuple[tuple[str, str | float], ...]


class CompaniesSeen:
    """The companies read so far, each with its row and profile, to find those that occur twice."""

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}  # by name
        self._rows = array("L")
        self._profiles: list[Profile] = []
        self._different: dict[Profile, Profile] = {}  # companies with the same profile share it

    def first(self, company: str, profile: Profile, row: int) -> tuple[int, Mapping[str, str | float]]:
        """Return the row and profile of the first company with this name, which may be this one."""
        position = self._positions.setdefault(compared_name(company), len(self._rows))
        if position == len(self._rows):
            self._rows.append(row)
            self._profiles.append(self._different.setdefault(profile, profile))
        return self._rows[position], dict(self._profiles[position])

    def add_new(self, companies: Sequence[str], profiles: Sequence[Profile], first_row: int) -> bool:
        """Add companies in consecutive rows. Return False, and add none, if one of them occurs twice."""
        names = list(map(compared_name, companies))
        if len({*names}) < len(names) or not self._positions.keys().isdisjoint(names):
            return False
        self._positions.update(zip(names, count(len(self._rows)), strict=False))
        self._rows.extend(range(first_row, first_row + len(names)))
        self._profiles.extend(self._different.setdefault(profile, profile) for profile in profiles)
        return True


def compared_name(company: str) -> str:
    """Return a name as it is compared. If nothing changes, return the same object, so that it is held once."""
    alike = " ".join(unicodedata.normalize("NFC", company).split())
    return company if alike == company else alike
