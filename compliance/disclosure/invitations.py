"""Participation of invited companies: what is published about public lists, and companies on no public list.

The companies on a public list are known, so counts are about identifiable companies. These rules hold:

1. The number of companies that answered is exact only if at least 5 did and at least 5 did not. Otherwise it is "fewer
   than 5" or "all but fewer than 5". A split (opened or not, high need or not, by sector) is shown only if each part,
   and the rest of the whole outside the parts shown, keeps to the same rule.
2. Companies that were invited publicly may be named if they did not answer. Their counts are then exact, as anybody can
   count the names. A company that wants to be in no figure is in no count, and is not named. If it would be one of
   fewer than 5 companies that are not named, no company is named.
3. Of two lists with companies in common, the later one shows how many answered only if the count of no part of either,
   inside or outside the other, is revealed against these rules. Only pairs of lists are checked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

from compliance.disclosure.published import ALL_SECTORS, PublishedCell, Suppressed, cell_from_json
from compliance.statistics.thresholds import MIN_CONTRIBUTORS

Json: TypeAlias = dict[str, Any]

# ── Input


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCompany:
    """A company on a public list, and its progress."""

    id: str  # the same on all lists, and as a registered company
    name: str
    sector: str
    is_high_need: bool = False  # whether its country on the list is one of high need
    progress: Literal["unopened", "opened", "answered"] = "unopened"
    is_private: bool = False  # whether it wants to be in no figure


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicList:
    """A public list of invited companies. A company that is on it twice counts once."""

    name: str
    invited_on: date
    companies: Sequence[ListedCompany]
    names_silent: bool = False  # whether silent companies are named, as the invitation said


# ── Output


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationCounts:
    """Counts of invited companies: invited = answered + silent; opened = answered + silent that signed in or began."""

    invited: int
    opened: PublishedCell = Suppressed.NOT_SHOWN
    answered: PublishedCell = Suppressed.NOT_SHOWN
    silent: PublishedCell = Suppressed.NOT_SHOWN

    def counts(self) -> dict[str, PublishedCell]:
        """Return the counts by the ids of their figures."""
        return {
            "invited": self.invited,
            "invited_opened": self.opened,
            "invited_answered": self.answered,
            "invited_silent": self.silent,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParticipation:
    """Participation of the companies of a list in one sector, or of the whole list."""

    list_name: str
    invited_on: date
    sector: str  # "all": a list of several sectors as a whole
    counts: InvitationCounts
    high_need: InvitationCounts | None = None  # of companies from high-need countries
    other_need: InvitationCounts | None = None  # of all others; None if and only if `high_need` is
    silent_companies: tuple[str, ...] | None = None  # names; None: not named


@dataclass(frozen=True, slots=True)
class SelfRegistration:
    """The number of companies registered in a sector that are on no public list."""

    sector: str
    companies: PublishedCell


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFigures:
    """Participation by invitation in a period. Empty without public lists."""

    lists: tuple[ListParticipation, ...] = ()
    by_themselves: tuple[SelfRegistration, ...] = ()  # of sectors in which a public list has companies

    def lists_of(self, sector: str) -> tuple[ListParticipation, ...]:
        """Return the participation of a sector by list, or, for "all", of whole lists."""
        return tuple(one for one in self.lists if one.sector == sector)

    def by_themselves_in(self, sector: str) -> PublishedCell | None:
        """Return how many companies of a sector are on no public list, or None if no list has any of the sector."""
        return next((one.companies for one in self.by_themselves if one.sector == sector), None)


#: The figures of a period without public lists.
NO_INVITATIONS = InvitationFigures()
#: The sectors of registered companies that count and are not private, by id.
RegisteredSectors: TypeAlias = Mapping[str, str]


def publish_invitations(lists: Sequence[PublicList], registered: RegisteredSectors) -> InvitationFigures:
    """Return what is published about the public lists of a period, given in the order in which they were imported."""
    counted = [_CountedList.of(one) for one in lists]
    shown: list[ListParticipation] = []
    for place, one in enumerate(counted):
        shown += _parts(one, shows_counts=all(_may_stand_beside(earlier, one) for earlier in counted[:place]))
    listed = {company.id for one in lists for company in one.companies}
    themselves = [
        SelfRegistration(sector, _few_or_count(sum(s == sector and id_ not in listed for id_, s in registered.items())))
        for sector in sorted({part.sector for part in shown} - {ALL_SECTORS})
    ]
    return InvitationFigures(lists=tuple(shown), by_themselves=tuple(themselves))


# ── Counting


@dataclass(frozen=True, slots=True)
class _CountedList:
    """A list without private companies, each company once."""

    source: PublicList
    companies: Mapping[str, ListedCompany]
    are_named: bool  # whether silent companies are named

    @classmethod
    def of(cls, source: PublicList) -> "_CountedList":
        each = {company.id: company for company in source.companies}
        companies = {id_: company for id_, company in each.items() if not company.is_private}
        unnamed = len(each) - sum(company.progress != "answered" for company in companies.values())
        nobody_private = len(companies) == len(each)
        return cls(source, companies, source.names_silent and (nobody_private or unnamed >= MIN_CONTRIBUTORS))


@dataclass(slots=True)
class _Tally:
    """Counts of companies by progress."""

    invited: int = 0
    opened: int = 0
    answered: int = 0
    silent_names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, companies: Iterable[ListedCompany]) -> "_Tally":
        tally = cls()
        for company in companies:
            tally.invited += 1
            tally.opened += company.progress != "unopened"
            tally.answered += company.progress == "answered"
            if company.progress != "answered":
                tally.silent_names.append(company.name)
        return tally

    @property
    def is_exact(self) -> bool:
        """Whether enough companies answered, and enough did not, for the count to be shown."""
        return min(self.answered, self.invited - self.answered) >= MIN_CONTRIBUTORS

    @property
    def is_publishable(self) -> bool:
        """Whether the count may be known, because it is exact or there are no companies."""
        return self.invited == 0 or self.is_exact


def _parts(one: _CountedList, *, shows_counts: bool) -> list[ListParticipation]:
    """Return the participation of a list as a whole and by sector. A list of one sector has only that sector."""
    by_sector: dict[str, list[ListedCompany]] = {}
    for company in one.companies.values():
        by_sector.setdefault(company.sector, []).append(company)
    total = _Tally.of(one.companies.values())
    shows_counts = shows_counts or one.are_named
    if len(by_sector) == 1:
        ((sector, companies),) = by_sector.items()
        return [_participation(one, sector, companies, shows_counts=shows_counts, splits=True)]
    shown = _shown_sectors({sector: _Tally.of(those) for sector, those in by_sector.items()}, total)
    parts = [
        _participation(one, sector, by_sector[sector], shows_counts=shows_counts and (one.are_named or sector in shown))
        for sector in sorted(by_sector)
    ]
    whole = list(one.companies.values())
    return [_participation(one, ALL_SECTORS, whole, shows_counts=shows_counts, splits=True), *parts]


def _shown_sectors(tallies: Mapping[str, _Tally], total: _Tally) -> Collection[str]:
    """Return the sectors of a list with counts that may be shown together with that of the whole list."""
    exact = {sector for sector, tally in tallies.items() if tally.is_exact}
    others = [tally for sector, tally in tallies.items() if sector not in exact]
    rest = _Tally(sum(tally.invited for tally in others), 0, sum(tally.answered for tally in others))
    return exact if total.is_exact and len(others) != 1 and rest.is_publishable else ()


def _participation(
    one: _CountedList, sector: str, companies: Sequence[ListedCompany], *, shows_counts: bool, splits: bool = False
) -> ListParticipation:
    tally = _Tally.of(companies)
    high, other = (_Tally.of(c for c in companies if c.is_high_need == is_high) for is_high in (True, False))
    splits = splits and shows_counts and bool(high.invited and other.invited)
    splits = splits and (one.are_named or (high.is_exact and other.is_exact))
    return ListParticipation(
        list_name=one.source.name,
        invited_on=one.source.invited_on,
        sector=sector,
        counts=_counts(tally, are_named=one.are_named) if shows_counts else InvitationCounts(invited=tally.invited),
        high_need=_counts(high, are_named=one.are_named, opened=False) if splits else None,
        other_need=_counts(other, are_named=one.are_named, opened=False) if splits else None,
        silent_companies=tuple(sorted(tally.silent_names, key=str.casefold)) if one.are_named else None,
    )


def _counts(tally: _Tally, *, are_named: bool, opened: bool = True) -> InvitationCounts:
    silent = tally.invited - tally.answered
    if not (are_named or tally.is_exact):
        return InvitationCounts(
            invited=tally.invited,
            answered=_few_or_nearly_all(tally.answered, tally.invited),
            silent=_few_or_nearly_all(silent, tally.invited),
        )
    is_split = opened and min(tally.opened - tally.answered, tally.invited - tally.opened) >= MIN_CONTRIBUTORS
    return InvitationCounts(
        invited=tally.invited,
        opened=tally.opened if is_split else Suppressed.NOT_SHOWN,
        answered=tally.answered,
        silent=silent,
    )


def _few_or_nearly_all(count: int, n: int) -> Suppressed:
    """Return what is shown instead of a count. Nothing is shown about fewer than 5 companies."""
    if n < MIN_CONTRIBUTORS:
        return Suppressed.NOT_SHOWN
    return Suppressed.FEW if count < MIN_CONTRIBUTORS else Suppressed.NEARLY_ALL


def _few_or_count(count: int) -> PublishedCell:
    return Suppressed.FEW if 0 < count < MIN_CONTRIBUTORS else count


def _may_stand_beside(earlier: _CountedList, later: _CountedList) -> bool:
    """Tell whether the counts of two lists, taken together, reveal no count of a part that may not be shown."""
    here, there = earlier.companies.keys(), later.companies.keys()
    if not here & there:
        return True
    of_later = [_Tally.of(later.companies[id_] for id_ in ids) for ids in (there & here, there - here)]
    of_earlier = _Tally.of(earlier.companies[id_] for id_ in here - there)
    if earlier.are_named:
        return of_later[1].is_publishable
    return all(tally.is_publishable for tally in (*of_later, of_earlier))


# ── The keys of the sealed JSON, which never change


def invitations_to_json(figures: InvitationFigures) -> Json:
    """Return the content of the key `invited` of the sealed figures."""
    return {
        "lists": [_list_to_json(one) for one in figures.lists],
        "by_themselves": [{"sector": one.sector, "companies": one.companies} for one in figures.by_themselves],
    }


def invitations_from_json(data: Json) -> InvitationFigures:
    """Read what `invitations_to_json` writes."""
    return InvitationFigures(
        lists=tuple(map(_list_from_json, data["lists"])),
        by_themselves=tuple(
            SelfRegistration(one["sector"], cell_from_json(one["companies"])) for one in data["by_themselves"]
        ),
    )


def _list_to_json(one: ListParticipation) -> Json:
    return {
        "list": one.list_name,
        "invited_on": one.invited_on.isoformat(),
        "sector": one.sector,
        "all": _invited_to_json(one.counts),
        "high_need": one.high_need and _invited_to_json(one.high_need),
        "other_need": one.other_need and _invited_to_json(one.other_need),
        "silent_companies": one.silent_companies,
    }


def _list_from_json(data: Json) -> ListParticipation:
    named = data["silent_companies"]
    return ListParticipation(
        list_name=data["list"],
        invited_on=date.fromisoformat(data["invited_on"]),
        sector=data["sector"],
        counts=_invited_from_json(data["all"]),
        high_need=data["high_need"] and _invited_from_json(data["high_need"]),
        other_need=data["other_need"] and _invited_from_json(data["other_need"]),
        silent_companies=None if named is None else tuple(named),
    )


def _invited_to_json(counts: InvitationCounts) -> Json:
    return {
        "invited": counts.invited,
        "opened": counts.opened,
        "answered": counts.answered,
        "silent": counts.silent,
    }


def _invited_from_json(data: Json) -> InvitationCounts:
    return InvitationCounts(
        invited=data["invited"],
        opened=cell_from_json(data["opened"]),
        answered=cell_from_json(data["answered"]),
        silent=cell_from_json(data["silent"]),
    )
