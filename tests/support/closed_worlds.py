"""Random worlds of companies in a closed period, with the true scores that its published figures conceal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from compliance.disclosure.closing import ClosedPeriod, close_figures
from compliance.disclosure.company_table import Consent, RegisteredCompany
from compliance.disclosure.invitations import ListedCompany, PublicList, publish_invitations
from compliance.disclosure.period_change import LastPublication
from compliance.disclosure.published import ALL_SECTORS
from compliance.disclosure.snapshot import PublishedSnapshot
from compliance.narrative.sentence import Breakdown, InvitationStatus, ParticipationStatus
from compliance.questionnaire.answers import AnswerSheet, NotApplicable
from compliance.questionnaire.conditions_and_law import Instrument, Provision
from compliance.questionnaire.countries import countries
from compliance.questionnaire.edition import HEADQUARTERS_QUESTION, OPERATIONS_QUESTION, OVERALL, Edition, Question
from compliance.scoring.coded_answers import Basis
from compliance.scoring.compiled_edition import compile_edition
from compliance.scoring.numeric import Floats
from compliance.scoring.serialisation import score_records
from compliance.scoring.standing import BasisRecord, ScoreRecord
from tests.support.factories import bands, edition, node, number, profile

GAPS, LEVELS = ("framing", "reach", "accountability"), ("pre-primary", "primary", "secondary", "tertiary")
THEMES, REQUIREMENTS = 3, 4
#: Questions that always apply, by number.
ALWAYS = (0, 4, 8)
SECTORS = ("travel", "lodging", "goods")
SIZES = ("1-9", "50-249", "250-4999")
REGIONS = tuple(sorted({country.region for country in countries().values()} - {""}))
DAY = date(2025, 12, 15)
YEAR = 2025


def _made() -> Edition:
    """Return an edition of twelve requirements, one critical, each with its own provision and one shared by two."""
    parts, provisions = [], []
    for theme in range(THEMES):
        inside = []
        for place in range(REQUIREMENTS):
            i = theme * REQUIREMENTS + place
            lenses = {"gap": GAPS[i % len(GAPS)], "prevention": LEVELS[i % len(LEVELS)]}
            law = (f"law-{i}", f"both-{i // 2}")
            question = number(f"q{i}", na="never" if i in ALWAYS else "reason", lenses=lenses)
            critical = {"critical": 0.5} if i == 0 else {}
            inside.append(node(f"r{i}", question, title=f"Requirement {i}", expects="All do.", law=law, **critical))
            provisions += [provision for provision in law if provision not in provisions]
        parts.append(node(f"t{theme}", *inside, title=f"Theme {theme}"))
    listed = tuple(Provision(name, "own", name, "states", "All do.", "C") for name in provisions)
    made = edition(
        node(
            "about",
            Question(HEADQUARTERS_QUESTION, "Where is it led from?", "countries", evidence="none"),
            Question(OPERATIONS_QUESTION, "Where do people work for it?", "countries", evidence="none"),
        ),
        *parts,
        root={"min_coverage": 0.5},
        bands=bands(beginning=0, partial=25, substantial=50, aligned=75),
        critical_cap="partial",
        profile=profile(sector=SECTORS, size=SIZES),
        lenses={"gap": GAPS, "prevention": LEVELS},
    )
    own = Instrument("own", "A law", "Law", "", 2000, "", "2025-01-01", "", listed, body="children")
    return replace(made, instruments=(own,))


EDITION = _made()
PLAN = compile_edition(EDITION)
QUESTIONS = tuple(f"q{i}" for i in range(THEMES * REQUIREMENTS))


@dataclass(frozen=True)
class World:
    """One closed period, and all registered companies."""

    closing: ClosedPeriod
    entries: tuple[RegisteredCompany, ...]
    lists: tuple[PublicList, ...] = ()
    before: "World | None" = None  # the period that was closed before

    @property
    def snapshot(self) -> PublishedSnapshot:
        """The published figures."""
        return self.closing.snapshot

    # ── The truth, computed from the records alone

    def median(self, sector: str, figure: str, basis: Basis, cut: Breakdown | None = None) -> float:
        """Return the median of the unrounded scores, by NumPy. Raise LookupError if there are none."""
        scores = self._scores(sector, figure, basis, cut)
        if not scores:
            raise LookupError(f"nobody of {sector} has a score on {figure}")
        return float(np.median(scores))

    def median_in(self, sector: str, basis: Basis, period: int) -> float:
        """Return the overall median of this period or the one before. Raise LookupError without scores or period."""
        return self._in(period).median(sector, OVERALL, basis)

    def median_in_both(self, sector: str, basis: Basis, period: int) -> float:
        """Return the median of companies counted in both periods. Raise LookupError if there are none."""
        both = self._both(sector)
        scores = [
            (entry.scores or {})[basis]["standings"][OVERALL]["score"]
            for entry in self._in(period)._resting(sector)
            if entry.id in both
        ]
        if not scores:
            raise LookupError(f"nobody of {sector} is in both periods")
        return float(np.median(scores))

    def companies_in(self, sector: str, period: int) -> int:
        """Count the companies in the figures of this period or the one before."""
        return len(self._in(period)._resting(sector))

    def companies_in_both(self, sector: str) -> int:
        """Count the companies, by id, that are in the sector's figures of both periods."""
        return len(self._both(sector))

    def _in(self, period: int) -> "World":
        if period == YEAR:
            return self
        if self.before is None:
            raise LookupError("nothing was closed before")
        return self.before

    def _both(self, sector: str) -> set[str]:
        now, then = self._resting(sector), self._in(YEAR - 1)._resting(sector)
        return {entry.id for entry in now} & {entry.id for entry in then}

    def companies(self, sector: str, figure: str, cut: Breakdown | None = None) -> int:
        """Count the companies with a claimed score."""
        return len(self._scores(sector, figure, "claimed", cut))

    def meeting(self, sector: str, share: str) -> int:
        """Count the companies that claim at least half of full marks on a requirement or provision."""
        of = share if share in EDITION.nodes else f"law:{share}"
        return sum(score is not None and score >= 50 - 1e-9 for score in self._of_each(sector, of, "claimed"))

    def asked(self, sector: str, share: str) -> int:
        """Count the companies with a score on a requirement or provision, even 0. Raise LookupError if none has."""
        of = share if share in EDITION.nodes else f"law:{share}"
        asked = sum(score is not None for score in self._of_each(sector, of, "claimed"))
        if not asked:
            raise LookupError(f"nobody of {sector} is asked about {share}")
        return asked

    def participants(self, sector: str, how: ParticipationStatus) -> int:
        """Count the companies of a participation status, without private ones."""
        there = [e for e in self.entries if e.consent != "private" and self._is_in(sector, e.sector)]
        counts = {
            "registered": len(there),
            "scored": sum(e.has_score for e in there),
            "without_score": sum(e.scores is not None and not e.has_score for e in there),
            "silent": sum(e.scores is None for e in there),
            "contributors": len(self._resting(sector)),
        }
        return counts[how]

    def invited(self, list_name: str, sector: str, how: InvitationStatus, *, high_need: bool = False) -> int:
        """Count the companies of a list, each once, by invitation status. Raise LookupError for an unknown list."""
        found = [one for one in self.lists if one.name == list_name]
        if not found:
            raise LookupError(f"no list {list_name}")
        counted = [c for c in {c.id: c for c in found[0].companies}.values() if not c.is_private]
        there = [c for c in counted if sector in (ALL_SECTORS, c.sector) and (c.is_high_need or not high_need)]
        opened = sum(c.progress != "unopened" for c in there)
        answered = sum(c.progress == "answered" for c in there)
        numbers = {"opened": opened, "answered": answered, "silent": len(there) - answered, "invited": len(there)}
        return numbers[how]

    def by_themselves(self, sector: str) -> int:
        """Count the registered companies that are on none of the lists."""
        listed = {company.id for one in self.lists for company in one.companies}
        return sum(e.sector == sector and e.consent != "private" and e.id not in listed for e in self.entries)

    def in_bands(self, sector: str, among: Collection[str]) -> int:
        """Count the companies in these bands, by the band in each record."""
        return sum(_band(entry) in among for entry in self._resting(sector))

    def capped(self, sector: str, among: Collection[str]) -> int:
        """Count the companies in these bands that were capped, by the points in each record."""
        return sum(_band(e) in among and _claimed(e)["by_points"] is not None for e in self._resting(sector))

    def named(self, sector: str, basis: Basis) -> Mapping[str, float]:
        """Return the scores of the companies that are published by name."""
        places = self.closing.contributions
        there = [e for e in self.entries if e.sector == sector and e.id in places and places[e.id].is_named]
        records = {e.company: (e.verified or {}) if basis == "verified" else e.scores for e in there}
        standings = {name: (r or {}).get(basis, {}).get("standings", {}).get(OVERALL) for name, r in records.items()}
        return {name: s["score"] for name, s in standings.items() if s is not None and s["score"] is not None}

    def _is_in(self, sector: str, own: str) -> bool:
        return own in self.snapshot.together.sectors if sector == ALL_SECTORS else own == sector

    def _resting(self, sector: str) -> Sequence[RegisteredCompany]:
        """Return the companies counted in the figures, including the named ones."""
        return [
            e
            for e in self.entries
            if e.id in self.closing.contributions and e.has_score and self._is_in(sector, e.sector)
        ]

    def _scores(self, sector: str, figure: str, basis: Basis, cut: Breakdown | None) -> list[float]:
        scores = self._of_each(sector, figure, basis, cut)
        return [score for score in scores if score is not None]

    def _of_each(self, sector: str, of: str, basis: Basis, cut: Breakdown | None = None) -> list[float | None]:
        inside = [
            e for e in self._resting(sector) if cut is None or self._label(e, sector, cut[0]) in cut[1].split("+")
        ]
        return [(entry.scores or {})[basis]["standings"][of]["score"] for entry in inside]

    def _label(self, entry: RegisteredCompany, sector: str, kind: str) -> str:
        kept = self.closing.contributions[entry.id]
        if sector == ALL_SECTORS and kind == "need" and not kept.is_named:
            return kept.need  # some are counted in no group
        return str(getattr(entry, kind))


def _claimed(entry: RegisteredCompany) -> ScoreRecord:
    assert entry.scores is not None
    claimed: ScoreRecord = entry.scores["claimed"]
    return claimed


def _band(entry: RegisteredCompany) -> str:
    return str(_claimed(entry)["standings"][OVERALL]["band"])


def worlds(number_of: int, seed: int = 34) -> Iterator[World]:
    """Yield random worlds, the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    for _ in range(number_of):
        yield world(rng)


def world(rng: np.random.Generator) -> World:
    """Draw a world of three sectors of 4 to 40 companies: some far apart or alike, silent, named, verified or private.

    In half of the worlds an earlier period was closed, without some companies that registered since.
    """
    entries = _entries(rng)
    lists = _lists(rng.spawn(1)[0], entries)
    registered = {entry.id: entry.sector for entry in entries if entry.consent != "private"}
    invited = partial(publish_invitations, lists, registered)
    if rng.random() < 0.5:
        return World(close_figures(EDITION, YEAR, entries, DAY, count_invited=invited), entries, lists)
    before = tuple(_a_year_ago(entry) for entry in entries if rng.random() > 0.04)
    first = close_figures(EDITION, YEAR - 1, before, DAY)
    last = LastPublication(first.snapshot, first.contributions)
    closing = close_figures(
        EDITION, YEAR, entries, DAY, neighbours=[first.contributions], last=last, count_invited=invited
    )
    return World(closing, entries, lists, World(first, before))


def _lists(rng: np.random.Generator, entries: Sequence[RegisteredCompany]) -> tuple[PublicList, ...]:
    """Draw lists of invited companies of some sectors, and one of all sectors. Some of these never registered."""
    lists = []
    for sectors in (*[(sector,) for sector in SECTORS if rng.random() < 0.6], SECTORS):
        share = float(rng.choice([0.5, 1.0]))
        there = [_listed(rng, entry) for entry in entries if entry.sector in sectors and rng.random() < share]
        for place in range(int(rng.choice([0, 6, 15]))):
            name, sector = f"Example stranger {'-'.join(sectors)} {place}", str(rng.choice(sectors))
            there.append(ListedCompany(id=name, name=name, sector=sector, is_high_need=rng.random() < 0.4))
        if there:
            named = rng.random() < 0.3
            lists.append(PublicList(name=" and ".join(sectors), invited_on=DAY, companies=there, names_silent=named))
    return tuple(lists)


def _listed(rng: np.random.Generator, entry: RegisteredCompany) -> ListedCompany:
    return ListedCompany(
        id=entry.id,
        name=entry.company,
        sector=entry.sector,
        is_high_need=rng.random() < 0.4,
        progress="answered" if entry.scores is not None else "opened" if rng.random() < 0.5 else "unopened",
        is_private=entry.consent == "private",
    )


def _a_year_ago(entry: RegisteredCompany) -> RegisteredCompany:
    """Return the company a year earlier. In the second sector its scores were higher, in the third lower."""
    if entry.scores is None or entry.sector == SECTORS[0]:
        return entry
    step = 18.0 if entry.sector == SECTORS[1] else -18.0
    bases = {basis: record and _moved(record, step) for basis, record in entry.scores.items()}
    return replace(entry, scores=bases)


def _moved(record: BasisRecord, step: float) -> BasisRecord:
    whole = record["standings"][OVERALL]
    if whole["score"] is None:
        return record
    score = min(100.0, max(0.0, whole["score"] + step))
    return {**record, "standings": {**record["standings"], OVERALL: {**whole, "score": score}}}


def _entries(rng: np.random.Generator) -> tuple[RegisteredCompany, ...]:
    entries: list[RegisteredCompany] = []
    sheets, judged_sheets = dict[int, AnswerSheet](), dict[int, AnswerSheet]()  # by place among the entries
    for sector in SECTORS:
        step = float(rng.choice([0.1, 0.1, 10.0]))
        middle = float(rng.choice([rng.uniform(25, 75), 85.0], p=[0.7, 0.3]))
        level, wide = middle, float(rng.choice([4.0, 15.0, 30.0]))
        misses = float(rng.choice([0.0, 0.5]))  # the share that fails the critical requirement
        if misses and rng.random() < 0.7:
            level, wide = 55.0, 30.0  # some below the cap by their points, some capped
        leaning = rng.normal(0, float(rng.choice([0.0, 8.0, 25.0])), len(QUESTIONS))
        shown, silent = float(rng.choice([0.2, 0.6, 0.95, 1.0])), float(rng.choice([0.0, 0.3]))
        region_of = REGIONS[: int(rng.integers(1, 4))]
        named, judged = float(rng.choice([0.0, 0.15, 0.3])), float(rng.choice([0.0, 0.7, 1.0]))
        refused = float(rng.choice([0.3, 1.0], p=[0.7, 0.3]))  # the share of answers that an auditor finds not shown
        for i in range(int(rng.choice([4, 8, 12, 20, 40]))):
            name = f"Example {sector} {i:02}"
            region, size = str(rng.choice(region_of)), str(rng.choice(SIZES))
            consent: Consent = "named" if rng.random() < named else "private" if rng.random() < 0.05 else "counted"
            need = "high" if i % 4 and sector != SECTORS[2] else "other"
            about = {"id": name, "region": region, "size": size, "need": need}
            entries.append(RegisteredCompany(company=name, sector=sector, consent=consent, scores=None, **about))
            if rng.random() < silent:
                continue
            levels = level + rng.normal(0, wide) + leaning
            levels[0] = 20.0 if rng.random() < misses else levels[0]
            place = len(entries) - 1
            sheets[place] = sheet = _sheet(rng, name, levels, shown, step)
            if consent == "named" and rng.random() < judged:
                verdicts = {q: "not-shown" if rng.random() < refused else "confirmed" for q in sheet.answers}
                judged_sheets[place] = replace(sheet, verdicts=verdicts)
    # Scored all at once, which takes a tenth of the time.
    for place, record in zip(sheets, score_records(PLAN, [*sheets.values()]), strict=True):
        entries[place] = replace(entries[place], scores=record)
    for place, record in zip(judged_sheets, score_records(PLAN, [*judged_sheets.values()], ["verified"]), strict=True):
        entries[place] = replace(entries[place], verified=record)
    return tuple(entries)


def _sheet(rng: np.random.Generator, name: str, levels: Floats, shown: float, step: float) -> AnswerSheet:
    blank = float(rng.choice([0.0, 0.1, 0.6], p=[0.6, 0.3, 0.1]))
    answers: dict[str, float | NotApplicable] = {}
    for i, (question, level) in enumerate(zip(QUESTIONS, levels, strict=True)):
        if rng.random() < blank:
            continue
        points = float(np.clip(level + rng.normal(0, 10), 0, 100) // step * step)
        leaves = i not in ALWAYS and rng.random() < (0.3 if i % 5 == 1 else 0.06)
        answers[question] = NotApplicable("There is none.") if leaves else points
    return AnswerSheet(name, {}, answers, frozenset(q for q in answers if rng.random() < shown))
