"""Emptying entries of the audit trail on erasure, and checking that emptied entries have not been altered.

The digests of an emptied entry's words stay, from which its hash is computed. Its salt is deleted, so that nobody can
guess the words from them. The entry of the erasure lists all entries that it emptied, so none can be emptied unnoticed.

Entries from before migration 0028 have no salt, and their hash was computed from the words, so it cannot be recomputed.
For these, the erasure stores a digest of what is left of them. Their hash stays, since the next entry depends on it, so
somebody with the whole database could guess short answers from it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import entry_hash, last_states, record_digests, said_digests, text_digest
from compliance.store.evidence_models import LibraryItemRow
from compliance.store.models import ConsentChange, Submission, TrailEntry, table_of
from compliance.store.review_models import Reopening, SignOff, WorkbookDownload
from compliance.store.vouched_rows import VOUCHED, RowsKey, row_digests

_TRAIL = table_of(TrailEntry)
#: The end of the subject of an entry that records an erasure: organisation/7/erased.
ERASED = "/erased"
#: What is stored in place of the words of an emptied entry without a salt.
NO_DIGESTS = "[]"
_AT_A_TIME = 500
#: Recorded in place of a digest for rows that were altered before an erasure. No rows have this digest.
_ALTERED = "altered"
#: The number of columns before `hash`.
_HASHED = 8
_EMPTY = (
    update(_TRAIL)
    .where(_TRAIL.c.id == bindparam("number"))
    .values(before="", after="", salt=None, erased=bindparam("digests"), state=bindparam("left"))
)


def entries_about(
    session: Session, companies: Collection[int], assessments: Collection[int], *, but: str = ""
) -> list[int]:
    """Return the ids of entries about these companies and assessments, in order, without entries of erasures."""
    mine = numbers_of_rows(session, companies, assessments)
    interests = {f"interest/organisation/{number}" for number in companies}
    links = {f"organisation/{number}" for number in companies}
    t = TrailEntry
    unerased = (t.erased.is_(None), t.what != "erasure")
    found = []
    with session.execute(select(t.id, t.subject).where(*unerased).execution_options(yield_per=2000)) as rows:
        for entry, subject in rows:
            kind, _slash, rest = subject.partition("/")
            number, _slash, more = rest.partition("/")
            if subject != but and (
                (kind in mine and number.isdecimal() and int(number) in mine[kind])
                or (kind == "person" and more in interests)
            ):
                found.append(entry)
    # Entries about something else that name the company: that its answers count for its group, or that it is an invited
    # company; and decisions on two companies with one reason, such as to put both into a group.
    about_links = select(t.id, t.before, t.after).where(*unerased, t.what.in_(("group", "invitation")))
    for row in session.execute(about_links):
        if links & {row.before.partition("\n")[0], row.after.partition("\n")[0]}:
            found.append(row.id)
    decided = session.execute(select(t.id, t.at, t.after).where(*unerased, t.what == "organisation")).all()
    reasons = {row.id: (row.at, row.after.partition("\n")[2]) for row in decided}
    own = {reasons[entry] for entry in found if entry in reasons}
    found += [entry for entry, (at, reason) in reasons.items() if reason and (at, reason) in own]
    return sorted({*found, *_states_of(session, mine)})


def entries_about_person(session: Session, person_id: int, email: str) -> list[int]:
    """Return the ids of entries to be erased with a person, in order: those under their number, and two other kinds.

    These are the reasons why companies refused their join requests, and invitations recorded with their address, as
    earlier versions did. What they wrote for a company, and what they signed, stays.
    """
    t = TrailEntry
    unerased = (t.erased.is_(None), t.what != "erasure")
    subject = f"person/{person_id}"
    own = select(t.id).where(*unerased, or_(t.subject == subject, t.subject.startswith(f"{subject}/", autoescape=True)))
    asked = select(t.subject).where(
        t.what == "membership", t.who == person_id, t.before == "", t.subject.like("organisation/%/request/%")
    )
    told = or_(
        and_(t.subject.in_(asked), t.after.contains("\n")),
        and_(t.subject.like("organisation/%/invitation/%"), t.after.endswith(f"\n{email}", autoescape=True)),
    )
    named = select(t.id).where(*unerased, t.what == "membership", told)
    return sorted({*session.scalars(own), *session.scalars(named), *_states_of(session, {"person": {person_id}})})


def _states_of(session: Session, mine: Mapping[str, Collection[int]]) -> list[int]:
    """Return the ids of `state` entries, made by upgrades and erasures, that include rows of `mine`."""
    t = TrailEntry
    unerased = select(t.id, t.state).where(t.erased.is_(None), t.what == "state", t.state.is_not(None))
    states = session.execute(unerased)
    return [row.id for row in states if any(_is_of(key, mine) for key, _digest in json.loads(row.state))]


def numbers_of_rows(session: Session, companies: Collection[int], assessments: Collection[int]) -> dict[str, set[int]]:
    """Return the ids of the rows of these companies and assessments, by kind, as in subjects of the trail."""
    mine: dict[str, set[int]] = {"organisation": set(companies), "assessment": set(assessments)}
    models: dict[str, Any] = {"submission": Submission, "workbook-download": WorkbookDownload, "sign-off": SignOff}
    for name, model in (models | {"reopening": Reopening}).items():
        mine[name] = set(session.scalars(select(model.id).where(model.assessment_id.in_(assessments))))
    changes = select(ConsentChange.id).join(Submission, Submission.id == ConsentChange.submission_id)
    mine["consent-change"] = set(session.scalars(changes.where(Submission.assessment_id.in_(assessments))))
    items = select(LibraryItemRow.id).where(LibraryItemRow.organisation_id.in_(companies))
    mine["library-item"] = mine["library-version"] = set(session.scalars(items))
    return mine


def _is_of(key: Sequence[Any], mine: Mapping[str, Collection[int]]) -> bool:
    """Tell whether the rows of a key belong to `mine`."""
    name, columns = key[0], VOUCHED[key[0]].key
    owner = {"assessment_id": "assessment", "organisation_id": "organisation", "person_id": "person"}
    return ((columns == ("id",) or name == "library-version") and key[1] in mine.get(name, ())) or any(
        value in mine.get(owner[column], ()) for column, value in zip(columns, key[1:], strict=True) if column in owner
    )


def erase_words(session: Session, numbers: Sequence[int]) -> str:
    """Empty these entries. Return what the entry of the erasure has to record of them, as its `before`.

    The numbers are in order, and none of the entries is empty already.
    """
    remains = []
    for begin in range(0, len(numbers), _AT_A_TIME):
        query = select(_TRAIL).where(_TRAIL.c.id.in_(numbers[begin : begin + _AT_A_TIME])).order_by(_TRAIL.c.id)
        emptied = []
        for row in session.execute(query).all():
            digests = said_digests(row.salt, row.before, row.after) if row.salt else []
            left = row.state if row.salt else _without_digests(row.state)
            emptied.append({"number": row.id, "digests": json.dumps(digests), "left": left})
            remains += [] if row.salt else [_remains(row, left)]
        session.connection().execute(_EMPTY, emptied)
    ranges = " ".join(_ranges(numbers))
    return f"{ranges}\n{text_digest(''.join(remains))}" if remains else ranges


@dataclass(frozen=True, slots=True)
class LastSaid:
    """Rows whose last entry is being erased. Those that remain must be recorded in a new entry."""

    as_said: tuple[RowsKey, ...]  # rows that are as their last entry recorded them
    altered: tuple[RowsKey, ...]  # rows of others that are not: the erasure must not hide that


def last_said(session: Session, numbers: Sequence[int], mine: Mapping[str, Collection[int]]) -> LastSaid:
    """Return the rows whose last entry is one of these. Called before the erased rows are deleted.

    `mine`: the ids of what is erased, by kind.
    """
    if not numbers:
        return LastSaid((), ())
    among = set(numbers)
    stated = {key: one for key, one in last_states(session, numbers[0] - 1).items() if one.entry in among}
    digests = row_digests(session, stated)
    unlike = {key for key, one in stated.items() if not one.is_of(digests[key])}
    return LastSaid(
        tuple(key for key in stated if key not in unlike and digests[key]),
        tuple(key for key in stated if key in unlike and not _is_of(key, mine)),
    )


def state_anew(session: Session, said: LastSaid, *, at: datetime) -> None:
    """Record digests of the remaining rows again. Altered rows are recorded so that they are still found altered."""
    digests = row_digests(session, said.as_said)
    now = [(key, digest) for key, digest in digests.items() if digest]
    record_digests(session, [*now, *((key, _ALTERED) for key in said.altered)], at=at)


def hash_holds(row: Any) -> bool:
    """Tell whether the hash of an entry fits its words, or the digests that an erasure left in their place."""
    if row.erased is None:
        said = said_digests(row.salt, row.before, row.after) if row.salt else None
        return bool(row.hash == entry_hash(row[:_HASHED], row.state, said))
    if row.before or row.after or row.salt is not None:
        return False
    said = _digests_of(row)
    # Without digests, the hash cannot be recomputed; the erasure's own digest is checked instead.
    return said is not None and (not said or bool(row.hash == entry_hash(row[:_HASHED], row.state, said)))


class ErasedEntries:
    """The emptied entries met while reading the trail, and those that erasures list. The two must be the same."""

    def __init__(self) -> None:
        self._met: dict[int, str] = {}  # by number: digest of what is left of an entry without salt; "" for others
        self._named: set[int] = set()

    def take_in(self, row: Any) -> bool:
        """Take in the next entry. Return False if it is an erasure that contradicts the entries it lists."""
        if row.erased is not None:
            self._met[row.id] = "" if _digests_of(row) else _remains(row, row.state)
            return True
        if row.what != "erasure" or not row.subject.endswith(ERASED):
            return True
        ranges, _line, digest = row.before.partition("\n")
        try:
            named = list(_numbers(ranges, before=row.id))
        except ValueError:
            return False
        self._named.update(named)
        remains = "".join(self._met.get(number, "") for number in named)
        return bool(digest == (text_digest(remains) if remains else ""))

    def first_unnamed(self) -> int | None:
        """Return the first entry that is empty but in no erasure, or in an erasure but not empty, or None."""
        return min(self._met.keys() ^ self._named, default=None)


def _digests_of(row: Any) -> list[str] | None:
    try:
        said = json.loads(row.erased)
    except ValueError:
        return None
    is_digests = isinstance(said, list) and len(said) in (0, 2) and all(isinstance(each, str) for each in said)
    return said if is_digests else None


def _without_digests(state: str | None) -> str | None:
    """Return a state without its digests, which are unsalted in an unsalted entry and could be guessed too."""
    return None if state is None else json.dumps([[key, ""] for key, _digest in json.loads(state)], ensure_ascii=False)


def _remains(row: Any, state: str | None) -> str:
    """Return a digest of what is left of an emptied entry without a salt."""
    left = [row.id, row.at.isoformat(), row.who, row.what, row.subject, row.previous, row.hash, state]
    return text_digest(json.dumps(left, ensure_ascii=False))


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Yield sorted numbers as ranges: "1-5", "9"."""
    ends = [number for number, later in pairwise([*numbers, 0]) if later != number + 1]
    begins = [number for earlier, number in pairwise([0, *numbers]) if number != earlier + 1 or earlier == 0]
    for first, last in zip(begins, ends, strict=True):
        yield str(first) if first == last else f"{first}-{last}"


def _numbers(ranges: str, *, before: int) -> Iterable[int]:
    """Yield the numbers in what `_ranges` made. Raise ValueError for anything else, or numbers from `before` on."""
    past = 0
    for each in ranges.split():
        first, _dash, last = each.partition("-")
        begin, end = int(first), int(last or first)
        if not past < begin <= end < before:
            raise ValueError(f"{each} names no entries before {before}")
        past = end
        yield from range(begin, end + 1)
