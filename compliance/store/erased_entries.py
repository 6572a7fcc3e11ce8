"""Entries of the audit trail whose words were erased, and whether what is left of them is as it was left.

Of what an entry said, digests stay, of which its hash is made; its salt goes, so that nobody can try words against
them. The entry of the erasure names every entry whose words went, so that none is emptied without one.

Entries from before 0028 have no salt, and their hash is made of their words: it cannot be made again. The erasure keeps
a digest of what is left of them instead. Their hash stays, as the next entry rests on it; so somebody who has the whole
database could try short answers, one after the other, against it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from compliance.store.audit_trail import entry_hash, last_states, record_digests, said_digests, text_digest
from compliance.store.evidence_models import LibraryItemRow
from compliance.store.models import ConsentChange, Submission, TrailEntry, table_of
from compliance.store.review_models import Reopening, SignOff, WorkbookDownload
from compliance.store.vouched_rows import VOUCHED, RowsKey, row_digests

_TRAIL = table_of(TrailEntry)
#: What an entry ends with that says that something was erased: organisation/7/erased.
ERASED = "/erased"
_AT_A_TIME = 500
#: What is stated of rows that were altered before an erasure, in place of their digest: no rows have it.
_ALTERED = "altered"
#: The columns before `hash`.
_HASHED = 8
_EMPTY = (
    update(_TRAIL)
    .where(_TRAIL.c.id == bindparam("number"))
    .values(before="", after="", salt=None, erased=bindparam("digests"), state=bindparam("left"))
)


def entries_about(
    session: Session, companies: Collection[int], assessments: Collection[int], *, but: str = ""
) -> list[int]:
    """The entries that say something of these, in order; not those that say that something was erased."""
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
    # What was said of others, and names it: that its answers count for its group, that it is an invited company; and
    # one decision on two companies, such as to put both into a group, with one reason.
    about_links = select(t.id, t.before, t.after).where(*unerased, t.what.in_(("group", "invitation")))
    for row in session.execute(about_links):
        if links & {row.before.partition("\n")[0], row.after.partition("\n")[0]}:
            found.append(row.id)
    decided = session.execute(select(t.id, t.at, t.after).where(*unerased, t.what == "organisation")).all()
    reasons = {row.id: (row.at, row.after.partition("\n")[2]) for row in decided}
    own = {reasons[entry] for entry in found if entry in reasons}
    found += [entry for entry, (at, reason) in reasons.items() if reason and (at, reason) in own]
    # What an upgrade, or another erasure, noted of rows of anybody.
    states = session.execute(select(t.id, t.state).where(*unerased, t.what == "state", t.state.is_not(None)))
    found += [row.id for row in states if any(_is_of(key, mine) for key, _digest in json.loads(row.state))]
    return sorted(set(found))


def numbers_of_rows(session: Session, companies: Collection[int], assessments: Collection[int]) -> dict[str, set[int]]:
    """The ids of their rows, by what they are."""
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
    """Tell if rows belong to these, by their ids."""
    name, columns = key[0], VOUCHED[key[0]].key
    owner = {"assessment_id": "assessment", "organisation_id": "organisation"}
    return ((columns == ("id",) or name == "library-version") and key[1] in mine.get(name, ())) or any(
        value in mine[owner[column]] for column, value in zip(columns, key[1:], strict=True) if column in owner
    )


def erase_words(session: Session, numbers: Sequence[int]) -> str:
    """Erase what these entries say; what the entry of the erasure has to say of them, as its `before`.

    They are in order, and none of them is empty already.
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
    """Rows of which only entries that are erased say something: what is still there has to be stated anew."""

    as_said: tuple[RowsKey, ...]
    altered: tuple[RowsKey, ...]  # rows of others that are not as was said: it must not be forgotten with the entries


def last_said(
    session: Session, numbers: Sequence[int], companies: Collection[int], assessments: Collection[int]
) -> LastSaid:
    """The rows of which one of these entries, about these companies and assessments, is the last that says something.

    To be called before their rows are deleted.
    """
    if not numbers:
        return LastSaid((), ())
    among, mine = set(numbers), numbers_of_rows(session, companies, assessments)
    stated = {key: one for key, one in last_states(session, numbers[0] - 1).items() if one.entry in among}
    digests = row_digests(session, stated)
    unlike = {key for key, one in stated.items() if not one.is_of(digests[key])}
    return LastSaid(
        tuple(key for key in stated if key not in unlike and digests[key]),
        tuple(key for key in stated if key in unlike and not _is_of(key, mine)),
    )


def state_anew(session: Session, said: LastSaid, *, at: datetime) -> None:
    """Let the trail vouch for rows of others that only erased entries said something of; altered ones stay found."""
    digests = row_digests(session, said.as_said)
    now = [(key, digest) for key, digest in digests.items() if digest]
    record_digests(session, [*now, *((key, _ALTERED) for key in said.altered)], at=at)


def hash_holds(row: Any) -> bool:
    """Tell if the hash of an entry is that of what it says, or of what it said before it was erased."""
    if row.erased is None:
        said = said_digests(row.salt, row.before, row.after) if row.salt else None
        return bool(row.hash == entry_hash(row[:_HASHED], row.state, said))
    if row.before or row.after or row.salt is not None:
        return False
    said = _digests_of(row)
    # Where there are none, the hash cannot be made again: see the digest that the erasure keeps.
    return said is not None and (not said or bool(row.hash == entry_hash(row[:_HASHED], row.state, said)))


class ErasedEntries:
    """The entries without words that were met on the way through the trail, and those that erasures name."""

    def __init__(self) -> None:
        self._met: dict[int, str] = {}  # by number, a digest of what is left, of those without a salt; "" of others
        self._named: set[int] = set()

    def take_in(self, row: Any) -> bool:
        """Take the next entry in; False if it is an erasure, and what it names is not as it says."""
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
        """The first entry without words that no erasure names, or that one names and that has its words; or None."""
        return min(self._met.keys() ^ self._named, default=None)


def _digests_of(row: Any) -> list[str] | None:
    try:
        said = json.loads(row.erased)
    except ValueError:
        return None
    is_digests = isinstance(said, list) and len(said) in (0, 2) and all(isinstance(each, str) for each in said)
    return said if is_digests else None


def _without_digests(state: str | None) -> str | None:
    """The digests of rows are not salted where an entry is not: they could be guessed, too."""
    return None if state is None else json.dumps([[key, ""] for key, _digest in json.loads(state)], ensure_ascii=False)


def _remains(row: Any, state: str | None) -> str:
    """A digest of what is left of an entry without a salt."""
    left = [row.id, row.at.isoformat(), row.who, row.what, row.subject, row.previous, row.hash, state]
    return text_digest(json.dumps(left, ensure_ascii=False))


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Numbers in order as "1-5", "9"."""
    ends = [number for number, later in pairwise([*numbers, 0]) if later != number + 1]
    begins = [number for earlier, number in pairwise([0, *numbers]) if number != earlier + 1 or earlier == 0]
    for first, last in zip(begins, ends, strict=True):
        yield str(first) if first == last else f"{first}-{last}"


def _numbers(ranges: str, *, before: int) -> Iterable[int]:
    """What `_ranges` made, back. Raise ValueError for anything else, such as numbers that do not come before one."""
    past = 0
    for each in ranges.split():
        first, _dash, last = each.partition("-")
        begin, end = int(first), int(last or first)
        if not past < begin <= end < before:
            raise ValueError(f"{each} names no entries before {before}")
        past = end
        yield from range(begin, end + 1)
