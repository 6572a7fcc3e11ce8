"""The types of rows that XLSForms have: what each becomes in an edition, or why it becomes nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from compliance.questionnaire.edition import Kind
from compliance.questionnaire.faults import did_you_mean

#: What a row does: open or close a group or repeat, ask, be left out, or be nothing that is known.
Role: TypeAlias = Literal["begin", "end", "question", "left", "unknown"]

_BEGIN_END = re.compile(r"(begin|end)[ _](group|lgroup|repeat|looped group|loop)(?: .*)?", re.IGNORECASE)
_OF_KOBO = re.compile(r"(?:begin|end)_(?:kobomatrix|score|rank)|score__row|rank__level", re.IGNORECASE)
_SELECT = re.compile(
    r"(?P<one>select[_ ]one(?: from)?|select1|add select one prompt using)\s+(?P<list>.+)|"
    r"(?P<many>select[_ ]multiple(?: from)?|select all that apply(?: from)?|add select multiple prompt using)\s+"
    r"(?P<lists>.+)",
    re.IGNORECASE,
)
_OR_OTHER = re.compile(r"\s(?:or[_ ]other|or specify other)$", re.IGNORECASE)
_KINDS: Mapping[str, Kind] = {
    "text": "text", "string": "text", "integer": "number", "int": "number", "decimal": "number", "range": "number",
    "percentage": "number", "date": "date",
}  # fmt: skip
WHOLE = ("integer", "int")

_PLACES = "geopoint geotrace geoshape gps location start-geopoint background-geopoint osm"
_FILES = "image photo audio video file background-audio"
_NOTED = "start end today deviceid username email phonenumber simserial subscriberid imei audit"
#: Why a type is not carried, and what to do, by type.
_LEFT: Mapping[str, tuple[str, str]] = {
    "note": ("a note", "an edition has no notes: move the sentence to the `help` of a question, or to `expects`"),
    **dict.fromkeys(
        ("calculate", "hidden", "xml-external", "csv-external"),
        ("a calculation", "an edition computes scores and nothing else: ask for the result, or leave it out"),
    ),
    **dict.fromkeys(
        _PLACES.split(), ("a place on a map", "ask for the country, or for the place in words, if it counts at all")
    ),
    **dict.fromkeys(
        _FILES.split(), ("a picture, recording or file", "answers are words and numbers: ask for what it shows")
    ),
    **dict.fromkeys(_NOTED.split(), ("noted by the device", "nothing: no question depends on it")),
    **dict.fromkeys(
        ("acknowledge", "trigger"), ("a box to tick before going on", "ask with the options `yes-no`, if it counts")
    ),
    **dict.fromkeys(("time", "datetime"), ("a time of day", "ask for the day, with `kind: date`")),
    "barcode": ("a code to scan", "ask for it as a text, if it counts"),
    "rank": ("an order of choices", "ask for the first choice, or for each choice apart"),
    **dict.fromkeys(
        ("select_one_from_file", "select_multiple_from_file", "select_one_external"),
        ("choices from a file beside the form", "write them out as `options`, or ask for a text"),
    ),
}


@dataclass(frozen=True, slots=True)
class RowType:
    """What one row is."""

    role: Role
    kind: Kind = "text"
    list_name: str = ""  # of the choices
    or_other: bool = False
    whole: bool = False  # a number without a fraction
    repeats: bool = False
    what: str = ""  # of what is left out: what it is,
    do: str = ""  # and what to do
    of_kobo: bool = False  # a type that only KoboToolbox knows


def row_type(written: str) -> RowType:
    """What the cell of the column `type` says."""
    text = " ".join(written.split())
    if bounds := _BEGIN_END.fullmatch(text):
        role: Role = "begin" if bounds[1].lower() == "begin" else "end"
        return RowType(role, repeats=bounds[2].lower() != "group")
    if _OF_KOBO.fullmatch(text.split(" ")[0]):
        return RowType("left", what="a table of KoboToolbox", do="write its questions out one by one", of_kobo=True)
    first = text.split(" ")[0].lower()
    if first in _LEFT:
        what, do = _LEFT[first]
        return RowType("left", what=what, do=do)
    if select := _SELECT.fullmatch(text):
        choices = select["list"] or select["lists"]
        name = _OR_OTHER.sub("", choices)
        if name.startswith("${"):
            what, do = "choices taken from other answers", "write them out as `options`"
            return RowType("left", what=what, do=do)
        return RowType("question", "one" if select["one"] else "many", name, name != choices)
    if text.lower() in _KINDS:
        return RowType("question", _KINDS[text.lower()], whole=text.lower() in WHOLE)
    return RowType("unknown")


def unknown_type(written: str) -> str:
    """What to say of a type that nobody knows."""
    known = [*_KINDS, *_LEFT, "select_one", "select_multiple", "begin_group", "end_group", "begin_repeat", "end_repeat"]
    hint = did_you_mean(written.split(" ")[0].lower(), known) or ": see xlsform.org for those there are"
    return f"the type `{written}` is unknown{hint}"
