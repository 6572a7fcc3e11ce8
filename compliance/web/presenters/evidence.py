"""The evidence of answers on pages and in files, who may see it, names of library items, and earlier answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from flask import g, url_for
from flask_security import current_user

from compliance.languages.formats import comma_list, long_date
from compliance.languages.interface_messages import N_
from compliance.languages.interface_messages import gettext as _
from compliance.store import AssessmentSummary, EvidenceItem, Link, Membership, Quotation, SavedAnswer
from compliance.store.evidence import KeptFile
from compliance.store.evidence_library import ItemName, LibraryItem, hidden_items, items_to_pick, names_to_offer
from compliance.web.database import db, now

#: Roles in a company that see every item of its library. Others also see the items that they added.
SEE_ALL = frozenset({"owner", "approver"})
_NOT_FOR_YOU = N_("A document that you may not see")
#: How many library items are suggested while typing. Others can be typed in full.
MOST_OFFERED = 40

Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence, with its dates in words. The fields of other kinds are empty."""

    kind: Literal["quotation", "link", "file", "hidden"]
    id: int
    passage: str = ""
    document: str = ""  # title
    page: str = ""
    dated: str = ""
    link: str = ""
    opened: str = ""
    file_name: str = ""
    href: str = ""  # address of the file
    part: str = ""
    note: str = ""
    ended: str = ""  # why it no longer counts as evidence, as a sentence


def evidence_view(piece: EvidenceItem) -> EvidenceView:
    """Return the view of a piece of evidence; of a hidden one, only that it exists."""
    rests_on, ended = piece.rests_on, _ended(piece)
    if is_hidden(piece):
        return EvidenceView("hidden", piece.id, ended=ended)
    if isinstance(rests_on, Link):
        opened = long_date(rests_on.accessed) if rests_on.accessed else ""
        return EvidenceView(
            "link", piece.id, link=rests_on.url, opened=opened, part=rests_on.part, note=rests_on.note, ended=ended
        )
    dated = long_date(rests_on.dated) if rests_on.dated else ""
    if isinstance(rests_on, KeptFile):
        return EvidenceView(
            "file",
            piece.id,
            document=rests_on.title,
            dated=dated,
            file_name=rests_on.file_name,
            href=url_for("company.kept_file", version_id=piece.version),
            part=rests_on.part,
            note=rests_on.note,
            ended=ended,
        )
    return EvidenceView(
        "quotation",
        piece.id,
        passage=rests_on.passage,
        document=rests_on.document,
        page=rests_on.page,
        dated=dated,
        part=rests_on.part,
        note=rests_on.note,
        ended=ended,
    )


def sees_all(membership: Membership) -> bool:
    """Tell whether a member may see every item of the company's library."""
    return membership.role in SEE_ALL


def hidden_from_me() -> frozenset[int]:
    """Return the ids of items that the person signed in may not see, in the libraries of their companies."""
    if "hidden_items" not in g:
        person = current_user.person
        few = [each.organisation_id for each in person.memberships if not sees_all(each)]
        g.hidden_items = hidden_items(db(), person.id, few) if few else frozenset()
    found: frozenset[int] = g.hidden_items
    return found


def is_hidden(piece: EvidenceItem) -> bool:
    """Tell whether the person signed in may not see a piece of evidence."""
    return bool(piece.item) and piece.item in hidden_from_me()


def names_to_pick(assessed: AssessmentSummary) -> dict[str, LibraryItem]:
    """Return the items that count as evidence today and that the person signed in may see, by name."""
    hidden = hidden_from_me()
    found = items_to_pick(db(), assessed.organisation_id, on=now().date())
    return dict(_named((_name_parts(item), item) for item in found if item.id not in hidden))


def names_offered(assessed: AssessmentSummary) -> list[str]:
    """Return the names of the first of these items, to suggest while typing."""
    hidden = hidden_from_me()
    most = MOST_OFFERED + len(hidden)
    found = names_to_offer(db(), assessed.organisation_id, on=now().date(), most=most)
    shown = [item for item in found if item.id not in hidden][:MOST_OFFERED]
    return [name for name, _item in _named((item, item) for item in shown)]


def _name_parts(item: LibraryItem) -> ItemName:
    latest = item.latest
    return ItemName(item.id, item.kind, item.details.title, latest.document, latest.page, latest.passage)


def _named(items: Iterable[tuple[ItemName, Named]]) -> Iterator[tuple[str, Named]]:
    """Yield each item with its name for picking. If a name is already taken, in any case, the item's id is added."""
    taken: set[str] = set()
    for item, whole in items:
        name = _item_name(item)
        name = f"{name} (#{item.id})" if name.casefold() in taken else name
        taken.add(name.casefold())
        yield name, whole


def _item_name(item: ItemName) -> str:
    if item.kind == "passage":
        place = comma_list(part for part in (item.document, _page(item.page)) if part)
        name = f"{place}: {item.passage}" if item.passage else place
    else:
        name = item.title
    words = " ".join(name.split())
    return words if len(words) <= 60 else f"{words[:59]}…"


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """An answer of an earlier period to a question that is blank now."""

    year: int
    text: str  # as `write_answer` spells it; "": it does not fit the present question
    reason: str
    words: str
    typed: bool  # free text
    changed: bool  # the wording of the question has changed
    evidence: tuple[EvidenceItem, ...] = ()
    withdrawn: frozenset[int] = frozenset()  # ids of items of the evidence that are withdrawn by now

    @property
    def to_keep(self) -> list[tuple[int, EvidenceItem]]:
        """Its evidence without files that are withdrawn by now, each piece with its position, which the form sends."""
        files = ((place, piece, isinstance(piece.rests_on, KeptFile)) for place, piece in enumerate(self.evidence))
        return [(place, piece) for place, piece, is_file in files if not is_file or piece.item not in self.withdrawn]

    @property
    def pieces(self) -> list[EvidenceView]:
        """The evidence to keep. The id of each piece is its position."""
        return [replace(evidence_view(piece), id=place) for place, piece in self.to_keep]


def documents_quoted(kept: Mapping[str, SavedAnswer]) -> list[str]:
    """Return the titles of documents quoted in these answers, sorted, to suggest while typing."""
    pieces = (piece for k in kept.values() for piece in k.evidence if not is_hidden(piece))
    return sorted({piece.rests_on.document for piece in pieces if isinstance(piece.rests_on, Quotation)})


def evidence_in_words(kept: SavedAnswer) -> str:
    """Return the evidence of an answer as text, with a line for each piece."""
    return "\n".join(evidence_words(piece) for piece in kept.evidence)


def evidence_words(piece: EvidenceItem) -> str:
    """Return a piece of evidence as one line, for files and paper. Hidden evidence is only mentioned."""
    rests_on = piece.rests_on
    if is_hidden(piece):
        return _(_NOT_FOR_YOU)
    if isinstance(rests_on, Link):
        said = " ".join(part for part in (rests_on.url, rests_on.part, _dated(rests_on.accessed)) if part)
    elif isinstance(rests_on, KeptFile):
        name = f"{rests_on.title} ({rests_on.file_name})"
        said = comma_list(part for part in (name, rests_on.part, _dated(rests_on.dated)) if part)
    else:
        parts = (rests_on.document, _page(rests_on.page), rests_on.part, _dated(rests_on.dated))
        passage = _("“%(words)s”", words=rests_on.passage) if rests_on.passage else ""
        said = f"{passage} {comma_list(part for part in parts if part)}".strip()
    return f"{said}. {ended}" if (ended := _ended(piece)) else said


def _ended(piece: EvidenceItem) -> str:
    if piece.counts_on(now().date()) or piece.ends is None:
        return ""
    return _("Since %(day)s this no longer counts as evidence.", day=long_date(piece.ends))


def _page(page: str) -> str:
    return _("page %(page)s", page=page) if page else ""


def _dated(when: object) -> str:
    return f"({when})" if when else ""
