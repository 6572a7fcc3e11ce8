"""Answers of two periods as columns, the old ones migrated to the new edition.

Every sheet is read once, and only a byte for each of its answers is kept.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from compliance.questionnaire.answer_mapping import MappingRules, UnmappedAnswer, map_answers, mapping_sources
from compliance.questionnaire.answers import AnswerSheet
from compliance.questionnaire.edition import PROFILE_PREFIX, Edition
from compliance.questionnaire.faults import UserFacingError
from compliance.scoring.coded_answers import AnswerCoder, Basis, CodedAnswers
from compliance.scoring.compiled_edition import CompiledEdition


@dataclass(frozen=True, slots=True)
class PeriodSheets:
    """The sheets of one period, which can be read once, and the edition that they answer."""

    compiled: CompiledEdition
    sheets: Iterable[AnswerSheet]


@dataclass(frozen=True, slots=True)
class MigratedSheet:
    """A company's old answers, as far as they could be migrated to the new edition."""

    sheet: AnswerSheet
    unmapped: frozenset[str] = frozenset()  # question ids, and `profile.<field>`, of the new edition


@dataclass(frozen=True, slots=True)
class CodedPeriod:
    """The answers of one period."""

    compiled: CompiledEdition
    claimed: CodedAnswers
    on_basis: CodedAnswers  # on the basis compared
    has_verdicts: bool  # anywhere


@dataclass(frozen=True, slots=True)
class TwoPeriods:
    """The answers of two periods, and the earlier ones migrated to the later edition."""

    before: CodedPeriod
    after: CodedPeriod
    migrated: CodedPeriod  # the companies in both periods, in the order of the first
    unmapped: tuple[frozenset[str], ...]  # for each company in `migrated`

    @property
    def has_verdicts(self) -> bool:
        """True if there is a verdict in either period."""
        return self.before.has_verdicts or self.after.has_verdicts


class IncomparableEditions(UserFacingError):
    """Two editions whose scores are not comparable."""


def require_comparable(old: Edition, new: Edition, basis: Basis) -> None:
    """Raise IncomparableEditions for a quick form with a full one, and for verified scores of different editions."""
    if old.form != new.form:
        quick = old if old.form == "quick" else new
        raise IncomparableEditions(f"{quick.id} is a quick form, a first look, which is never set beside a full one")
    if basis == "verified" and old.digest != new.digest:
        why = f"a verdict judges an answer to the edition it was given on, so none carries from {old.id} to {new.id}"
        raise IncomparableEditions(f"basis verified: {why}: compare claimed or evidenced")


def code_periods(
    before: PeriodSheets,
    after: PeriodSheets,
    migrate_sheet: Callable[[AnswerSheet], MigratedSheet],
    basis: Basis = "claimed",
) -> TwoPeriods:
    """Return both periods, read once. `migrate_sheet` is called with the old sheets of companies in both."""
    new, old, migrated = (AnswerCoder(period.compiled.edition, (basis,)) for period in (after, before, after))
    for sheet in after.sheets:
        new.add(sheet)
    both = set(new.companies)
    seen: dict[frozenset[str], frozenset[str]] = {}  # most companies lack the same questions, so each set is kept once
    unmapped: list[frozenset[str]] = []
    for sheet in before.sheets:
        old.add(sheet)
        if sheet.company in both:
            result = migrate_sheet(sheet)
            migrated.add(result.sheet)
            unmapped.append(seen.setdefault(result.unmapped, result.unmapped))
    was, now, migrated_period = (
        CodedPeriod(period.compiled, coder.columns("claimed"), coder.columns(basis), coder.has_verdicts)
        for period, coder in ((before, old), (after, new), (after, migrated))
    )
    return TwoPeriods(was, now, migrated_period, tuple(unmapped))


@dataclass(frozen=True, slots=True)
class UnmappedCount:
    """An answer that was not carried, or only to some of the questions that it is about, and how often."""

    answer: UnmappedAnswer  # without the answer itself
    companies: int


class EditionMigrator:
    """Migrates sheets from one edition to another, one at a time, and counts unmapped answers.

    `rules`: what answers to the old edition settle in the new one.
    """

    def __init__(self, old: Edition, new: Edition, rules: MappingRules) -> None:
        self.old, self.new, self.rules = old, new, rules
        self.sources = mapping_sources(old, new, rules)
        self._unmapped: Counter[UnmappedAnswer] = Counter()

    def migrate(self, sheet: AnswerSheet) -> MigratedSheet:
        """Return a sheet as far as it carries, and count what does not. Within one edition, it is the sheet itself."""
        if self.old.digest == self.new.digest:
            return MigratedSheet(sheet)
        found = map_answers(self.old, self.new, self.rules, sheet)
        self._unmapped.update(replace(unmapped, answer="") for unmapped in found.unmapped)
        return MigratedSheet(found.sheet, frozenset(self._not_carried(sheet, found.sheet)))

    def unmapped(self) -> Iterator[UnmappedCount]:
        """Yield the unmapped answers of the sheets so far, by question."""
        for answer in sorted(self._unmapped, key=lambda answer: (answer.question, answer.target)):
            yield UnmappedCount(answer, self._unmapped[answer])

    def _not_carried(self, sheet: AnswerSheet, carried: AnswerSheet) -> Iterator[str]:
        """Yield questions asked now that no old question is about, or that the old answers do not settle."""
        for question in self.new.questions:
            then = self.sources.get(question, ())
            if not then or (question not in carried.answers and any(source in sheet.answers for source in then)):
                yield question
        for name in self.new.profile:
            if name not in self.old.profile or (name in sheet.profile and name not in carried.profile):
                yield PROFILE_PREFIX + name
