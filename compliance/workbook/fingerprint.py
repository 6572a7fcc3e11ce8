"""The fingerprint of a scorecard workbook: which answers to which edition it was made of, when and for whom.

It stands twice: in the custom properties of the file, which a program may drop, and as one line of text on *Method*,
whose sheet may be deleted. A returned workbook is known by either, and refused where they do not agree.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import quoted
from compliance.questionnaire.edition import Edition
from compliance.workbook.reader import BookReading, UnreadableWorkbook
from compliance.workbook.scorecard_layout import COMPANY_CELL, EDITION_ID_CELL
from compliance.workbook.writer import clean

#: Raised whenever *Review* is laid out otherwise: workbooks of another format are refused.
FORMAT = "3"
_PROPERTY_PREFIX = "article34."
_BEGINNING = '{"article34": '
_LONGEST_PROPERTY = 255  # characters
_METHOD_ROWS = 200  # of *Method* and other sheets, in which it is looked for
_NEW_COPY = N_("restore it, or start from a new scorecard")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a scorecard workbook says of itself; all texts are plain, and empty where it is not known."""

    edition: str = ""  # its id
    digest: str = ""  # of the edition
    company: str = ""
    assessment: str = ""  # its id in the installation
    submission: str = ""  # which of its submissions, as of when, ISO 8601
    period: str = ""
    law_as_of: str = ""  # ISO 8601
    voice: str = ""
    downloaded_by: str = ""
    downloaded_at: str = ""  # ISO 8601
    download: str = ""  # the id of the download in the installation
    format: str = FORMAT

    @property
    def properties(self) -> Mapping[str, str]:
        """The custom properties of the file; a text too long for one is left to the sheet."""
        return {_PROPERTY_PREFIX + name: text for name, text in asdict(self).items() if _fits(text)}

    @property
    def line(self) -> str:
        """The line of text on *Method*."""
        said = {name: text for name, text in asdict(self).items() if text}
        return _BEGINNING + json.dumps(said) + "}"


def _fits(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_PROPERTY and text.isprintable()


def _fingerprints(properties: Mapping[str, str], texts: Iterable[str]) -> list[Fingerprint]:
    """The fingerprints that stand in the properties of a file and in texts of its cells; of the latter the first."""
    found = {name.removeprefix(_PROPERTY_PREFIX): text for name, text in properties.items() if _is_ours(name)}
    line = next((text for text in texts if text.startswith(_BEGINNING)), "")
    return [_made_of(said) for said in (_parsed(line), found) if said]


def has_fingerprint(book: BookReading) -> bool:
    """True if the properties of a workbook say that it is a scorecard."""
    return any(map(_is_ours, book.properties))


def _is_ours(name: str) -> bool:
    return name.startswith(_PROPERTY_PREFIX)


def _parsed(line: str) -> Mapping[str, object]:
    try:
        said = json.loads(line or "{}").get("article34", {})
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _made_of(said: Mapping[str, object]) -> Fingerprint:
    known = {field.name for field in fields(Fingerprint)}
    return Fingerprint(**{name: text for name, text in said.items() if name in known and isinstance(text, str)})


def found_fingerprints(book: BookReading, review: str) -> list[Fingerprint]:
    """What a workbook says of itself, on *Method* and in its properties; of older ones, two cells of *Method*.

    `review`: its sheet with the answers. Raise UnreadableWorkbook if it says nothing, or two things.
    """
    place = book.named_place(EDITION_ID_CELL)
    sheets = [sheet for sheet in book.sheets if sheet != review]
    marks: list[Fingerprint] = []
    for sheet in sorted(sheets, key=lambda sheet: place is None or sheet != place[0]):
        texts = [cell.text for row in book.rows(sheet, _METHOD_ROWS) for cell in row if cell.text]
        if marks := _fingerprints({}, texts):
            if not {marks[0].edition, marks[0].digest} <= {*texts, ""}:
                raise UnreadableWorkbook(
                    _(
                        "sheet %(sheet)s: the id or the digest of its edition was changed: %(remedy)s",
                        sheet=sheet,
                        remedy=_(_NEW_COPY),
                    )
                )
            break
    marks += _fingerprints(book.properties, ())
    if len({(mark.assessment, mark.submission, mark.digest, mark.download) for mark in marks}) > 1:
        raise UnreadableWorkbook(
            _(
                "its sheet %(sheet)s is that of another scorecard than its properties: %(remedy)s",
                sheet=_("Method"),
                remedy=_(_NEW_COPY),
            )
        )
    if not marks and place and place[0] in book.sheets:
        below = [row[place[2] - 1].text if len(row) >= place[2] else "" for row in book.rows(place[0], place[1] + 2)]
        shown = [*below[place[1] - 1 :], "", "", ""]
        marks = [Fingerprint(shown[0], shown[2], format="")]
    if not marks:
        raise UnreadableWorkbook(
            _(
                "it is a scorecard, and its sheet %(sheet)s, which says of which edition, is gone or damaged: "
                "%(remedy)s",
                sheet=_("Method"),
                remedy=_(_NEW_COPY),
            )
        )
    return marks


def check_edition(edition: Edition, marks: Sequence[Fingerprint]) -> None:
    """Raise UnreadableWorkbook if a workbook is of another edition or digest."""
    for mark in marks:
        if mark.edition != edition.id:
            raise UnreadableWorkbook(
                _(
                    "this scorecard answers the edition %(edition)s, and %(named)s was named",
                    edition=mark.edition,
                    named=edition.id,
                )
            )
        if mark.digest != edition.digest:
            raise UnreadableWorkbook(
                _(
                    "this scorecard was made of another version of %(edition)s (digest %(digest)s, and that of the "
                    "edition named is %(named)s): start from a new scorecard",
                    edition=edition.id,
                    digest=mark.digest[:12] or _("none"),
                    named=edition.digest[:12],
                )
            )
    if marks[0].format != FORMAT:
        raise UnreadableWorkbook(
            _(
                "this scorecard was made by another version of this program, which laid it out differently: take a new "
                "scorecard, and copy the determinations into it"
            )
        )


def checked_company(book: BookReading, mark: Fingerprint, sheet: str, above: Sequence[str]) -> str:
    """The name of the company, which stands above the headings. Raise UnreadableWorkbook if it was changed."""
    place = book.named_place(COMPANY_CELL)
    if not mark.company:
        row = list(book.rows(place[0], place[1]))[-1] if place and place[0] in book.sheets else []
        return row[place[2] - 1].text if place and len(row) >= place[2] else ""
    if clean(mark.company) not in above:
        raise UnreadableWorkbook(
            _(
                "sheet %(sheet)s: the name above the headings is no longer that of the company, %(company)s: write it "
                "as it was, or start from a new scorecard",
                sheet=sheet,
                company=quoted(mark.company),
            )
        )
    return mark.company
