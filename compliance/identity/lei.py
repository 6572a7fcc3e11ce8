"""Legal entity identifiers: twenty characters of ISO 17442, the last two of which check the others."""

import re

_FORM = re.compile("[A-Z0-9]{18}[0-9]{2}")


def normalised_lei(text: str) -> str:
    """An LEI as it is compared and kept: in capitals, without spaces and hyphens."""
    return re.sub(r"[\s\-‐‑–]", "", text).upper()


def is_lei(text: str) -> bool:
    """Whether a normalised text is an LEI: its form, and its check digits by ISO 7064, MOD 97-10."""
    if not _FORM.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1
