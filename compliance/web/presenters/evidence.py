"""The evidence of an answer as pages and files show it, earlier answers, and documents that were quoted before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import gettext as _
from compliance.store import EvidenceItem, Link, Quotation, SavedAnswer


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence, its dates in words; the fields of the other kind are empty."""

    kind: Literal["quotation", "link"]
    id: int
    passage: str = ""
    document: str = ""
    page: str = ""
    dated: str = ""
    link: str = ""
    opened: str = ""


def evidence_view(piece: EvidenceItem) -> EvidenceView:
    """A quotation or a link, its dates in words."""
    rests_on = piece.rests_on
    if isinstance(rests_on, Quotation):
        return EvidenceView(
            "quotation",
            piece.id,
            passage=rests_on.passage,
            document=rests_on.document,
            page=rests_on.page,
            dated=long_date(rests_on.dated) if rests_on.dated else "",
        )
    opened = long_date(rests_on.accessed) if rests_on.accessed else ""
    return EvidenceView("link", piece.id, link=rests_on.url, opened=opened)


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What was answered in an earlier period to a question that is blank now."""

    year: int
    text: str  # in the spelling of `write_answer`; "": it is no answer to the question as it is asked now
    reason: str
    words: str
    typed: bool  # in somebody's own words
    changed: bool  # the question is asked in other words now
    evidence: tuple[EvidenceItem, ...] = ()

    @property
    def pieces(self) -> list[EvidenceView]:
        """Its evidence, each piece under its place, by which it is sent."""
        return [replace(evidence_view(piece), id=place) for place, piece in enumerate(self.evidence)]


def documents_quoted(kept: Mapping[str, SavedAnswer]) -> list[str]:
    """Titles of the documents quoted so far, to offer while typing."""
    pieces = (piece.rests_on for k in kept.values() for piece in k.evidence)
    return sorted({rests_on.document for rests_on in pieces if isinstance(rests_on, Quotation)})


def evidence_in_words(kept: SavedAnswer) -> str:
    """All the evidence of an answer in one text, a line each."""
    lines = []
    for piece in kept.evidence:
        rests_on = piece.rests_on
        if isinstance(rests_on, Link):
            lines.append(" ".join(part for part in (rests_on.url, _dated(rests_on.accessed)) if part))
        else:
            place = comma_list(p for p in (rests_on.document, _page(rests_on.page), _dated(rests_on.dated)) if p)
            passage = _("“%(words)s”", words=rests_on.passage) if rests_on.passage else ""
            lines.append(f"{passage} {place}".strip())
    return "\n".join(lines)


def _page(page: str) -> str:
    return _("page %(page)s", page=page) if page else ""


def _dated(when: object) -> str:
    return f"({when})" if when else ""


def evidence_words(piece: EvidenceItem) -> str:
    """A quotation or a link in a line, for a file or paper."""
    on = piece.rests_on
    if isinstance(on, Link):
        return on.url
    passage = _("“%(words)s”", words=on.passage) if on.passage else ""
    page = _("page %(page)s", page=on.page) if on.page else ""
    return " ".join(part for part in (passage, comma_list(said for said in (on.document, page) if said)) if part)
