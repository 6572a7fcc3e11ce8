"""The evidence of an answer as pages show it, and the documents that were quoted before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from compliance.languages.formats import long_date
from compliance.store import EvidenceItem, Quotation, SavedAnswer


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


def documents_quoted(kept: Mapping[str, SavedAnswer]) -> list[str]:
    """Titles of the documents quoted so far, to offer while typing."""
    pieces = (piece.rests_on for k in kept.values() for piece in k.evidence)
    return sorted({rests_on.document for rests_on in pieces if isinstance(rests_on, Quotation)})
