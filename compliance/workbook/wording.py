"""The words a workbook has for the ids of an edition."""

from collections.abc import Mapping

from compliance.questionnaire.edition import Edition

_LENSES: Mapping[str, str] = {
    "gap": "CSR gap",
    "prevention": "Prevention level",
    "aspect": "Aspect",
    "demand": "Demand",
    "audience": "Audience",
}
AUTHORITIES: Mapping[str, str] = {
    "company": "binds companies",
    "states": "binds states",
    "interpretation": "interprets a treaty",
    "expectation": "is expected of companies",
    "proposal": "is proposed",
}
MARKS: Mapping[str, str] = {
    "C": "read in a source",
    "P": "exists, detail not read",
    "M-high": "not read in a source",
    "M-med": "not read in a source",
}
DISCLAIMER = "Measured against law and standards; only some of them bind the company itself. Not legal advice."

NOT_JUDGED = "No auditor has judged yet."
_VOICES: Mapping[str, str] = {"self": "answered by the company", "desk": "assessed from what is published"}


def voice_words(voice: str) -> str:
    """Who answered, in words; what is no known id stands as it is."""
    return _VOICES.get(voice, voice)


def lens_title(lens: str) -> str:
    """What a lens is called."""
    return _LENSES.get(lens) or value_title(lens)


def value_title(value: str) -> str:
    """The value of a lens or profile field as a word: `pre-primary` is Pre-primary."""
    return (value[:1].upper() + value[1:]).replace("_", " ")


def provision_title(edition: Edition, provision_id: str) -> str:
    """A provision as a margin names it: `CRC art. 34`."""
    if provision_id not in edition.provisions:
        return provision_id
    return f"{edition.instrument_of[provision_id].short} {edition.provisions[provision_id].provision}"
