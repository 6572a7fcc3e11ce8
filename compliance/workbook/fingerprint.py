"""The fingerprint of a workbook, scorecard or questionnaire: what it was made from, when and for whom.

It is written twice: into the custom properties of the file, which a program may drop, and as one line of text on a
sheet (*Method* of a scorecard), which may be deleted. Either identifies a returned workbook; if they differ, it is
refused.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Self

from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.questionnaire.csv_table import quoted
from compliance.questionnaire.edition import Edition
from compliance.workbook.cell_texts import clean
from compliance.workbook.reader import BookReading, UnreadableWorkbook
from compliance.workbook.scorecard_layout import COMPANY_CELL, EDITION_ID_CELL

#: Raised whenever the layout of *Review* changes: workbooks of another format are refused.
FORMAT = "3"
_LONGEST_PROPERTY = 255  # characters
_METHOD_ROWS = 200  # rows of *Method* and other sheets in which the line is searched for
_NEW_COPY = N_("restore it, or start from a new scorecard")


@dataclass(frozen=True, slots=True)
class WorkbookMark:
    """The fingerprint of a kind of workbook. All fields are plain text, empty where unknown."""

    #: The name of this kind in the properties and in the line.
    kind: ClassVar[str]

    @property
    def properties(self) -> Mapping[str, str]:
        """Custom properties of the file. A text that is too long for one is only on the sheet."""
        return {f"{self.kind}.{name}": text for name, text in asdict(self).items() if _fits(text)}

    @property
    def line(self) -> str:
        """The line of text on a sheet."""
        said = {name: text for name, text in asdict(self).items() if text}
        return _beginning(self.kind) + json.dumps(said) + "}"

    @classmethod
    def is_property(cls, name: str) -> bool:
        """Tell whether a custom property belongs to this kind of workbook."""
        return name.startswith(f"{cls.kind}.")

    @classmethod
    def found_in(cls, properties: Mapping[str, str], texts: Iterable[str]) -> list[Self]:
        """Return the marks in the texts of cells (only the first counts) and in the properties of a file."""
        found = {name.removeprefix(f"{cls.kind}."): text for name, text in properties.items() if cls.is_property(name)}
        line = next((text for text in texts if text.startswith(_beginning(cls.kind))), "")
        return [cls._made_of(said) for said in (_parsed(line, cls.kind), found) if said]

    @classmethod
    def _made_of(cls, said: Mapping[str, object]) -> Self:
        known = {field.name for field in fields(cls)}
        return cls(**{name: text for name, text in said.items() if name in known and isinstance(text, str)})


@dataclass(frozen=True, slots=True)
class Fingerprint(WorkbookMark):
    """The fingerprint of a scorecard workbook."""

    kind: ClassVar[str] = "article34"

    edition: str = ""  # its id
    digest: str = ""  # of the edition
    company: str = ""
    assessment: str = ""  # its id in the installation
    submission: str = ""  # time of the submission, ISO 8601
    period: str = ""
    law_as_of: str = ""  # ISO 8601
    voice: str = ""
    downloaded_by: str = ""
    downloaded_at: str = ""  # ISO 8601
    download: str = ""  # the id of the download in the installation
    format: str = FORMAT


@dataclass(frozen=True, slots=True)
class QuestionnaireMark(WorkbookMark):
    """The fingerprint of a questionnaire workbook."""

    kind: ClassVar[str] = "article34-questionnaire"

    edition: str = ""  # its id
    digest: str = ""  # of the edition
    company: str = ""
    assessment: str = ""  # its id in the installation; empty: written by a command
    organisation: str = ""  # the id of the company there
    period: str = ""
    language: str = ""
    downloaded_by: str = ""
    downloaded_at: str = ""  # ISO 8601
    format: str = ""


def _fits(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_PROPERTY and text.isprintable()


def _beginning(kind: str) -> str:
    return f'{{"{kind}": '


def has_fingerprint(book: BookReading) -> bool:
    """Tell whether the properties of a workbook say that it is a scorecard."""
    return any(map(Fingerprint.is_property, book.properties))


def _parsed(line: str, kind: str) -> Mapping[str, object]:
    try:
        said = json.loads(line or "{}").get(kind, {})
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def found_fingerprints(book: BookReading, review: str) -> list[Fingerprint]:
    """Return the fingerprints on *Method* and in the properties; for an older workbook, one of two cells of *Method*.

    `review`: the sheet with the answers. Raise UnreadableWorkbook if there is no fingerprint, or if two disagree.
    """
    place = book.named_place(EDITION_ID_CELL)
    sheets = [sheet for sheet in book.sheets if sheet != review]
    marks: list[Fingerprint] = []
    for sheet in sorted(sheets, key=lambda sheet: place is None or sheet != place[0]):
        texts = [cell.text for row in book.rows(sheet, _METHOD_ROWS) for cell in row if cell.text]
        if marks := Fingerprint.found_in({}, texts):
            if not {marks[0].edition, marks[0].digest} <= {*texts, ""}:
                raise UnreadableWorkbook(
                    _(
                        "sheet %(sheet)s: the id or the digest of its edition was changed: %(remedy)s",
                        sheet=sheet,
                        remedy=_(_NEW_COPY),
                    )
                )
            break
    marks += Fingerprint.found_in(book.properties, ())
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
                "it is a scorecard, but its sheet %(sheet)s, which names the edition, is missing or damaged: "
                "%(remedy)s",
                sheet=_("Method"),
                remedy=_(_NEW_COPY),
            )
        )
    return marks


def check_edition(edition: Edition, marks: Sequence[Fingerprint]) -> None:
    """Raise UnreadableWorkbook if a workbook has another edition, digest or format."""
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
    """Return the name of the company, which is above the headings. Raise UnreadableWorkbook if it was changed."""
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
