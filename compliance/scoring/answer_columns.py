"""Columns of answers: one question, or one profile field, over all companies; and columns that grow.

A column has one code per company: 0 is a blank, 1 is not applicable, 2 + k is the k-th distinct answer. If there are
more distinct numbers than a byte can code, a column contains the numbers themselves.
"""

import math
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from compliance.questionnaire.answers import Answer, AnswerValue, NotApplicable
from compliance.scoring.numeric import Codes, Flags, Floats

BLANK, NA, FIRST_VALUE = 0, 1, 2
_BYTE_MAX = 255


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """One question, or one profile field, over all companies."""

    codes: Codes
    values: tuple[AnswerValue, ...]
    has_blanks: bool = True  # False: certainly none
    has_na: bool = True

    def part(self, here: slice) -> "AnswerColumn":
        """Return the column of a range of companies, without copying."""
        return AnswerColumn(self.codes[here], self.values, self.has_blanks, self.has_na)

    def repeated(self, companies: Codes) -> "AnswerColumn":
        """Return the column of the companies at these positions, which may be repeated."""
        return replace(self, codes=self.codes[companies])


@dataclass(frozen=True)
class NumberColumn:
    """The numbers of one question over all companies, if a byte cannot code all distinct ones.

    It takes eight bytes per company. Codes are computed when they are first requested.
    """

    numbers: Floats  # NaN: a blank, or not applicable
    na: Flags | None = None  # where it is not applicable; None: nowhere
    of: "tuple[NumberColumn, slice] | None" = None  # the whole column, and the position of this part in it

    @cached_property
    def coded(self) -> AnswerColumn:
        """This column as codes. A part has the codes and the values of the whole column."""
        if self.of is not None:
            whole, here = self.of
            return whole.coded.part(here)
        given = ~np.isnan(self.numbers)
        values, codes = _distinct(self.numbers[given])
        of_all = np.full(len(self.numbers), BLANK, np.uint32)
        of_all[given] = codes + FIRST_VALUE
        if self.na is not None:
            of_all[self.na] = NA
        return AnswerColumn(of_all, tuple(values.tolist()), bool((of_all == BLANK).any()), self.has_na)

    @property
    def codes(self) -> Codes:
        """The code of each company."""
        return self.coded.codes

    @property
    def values(self) -> tuple[AnswerValue, ...]:
        """The distinct numbers, in the order of their first occurrence."""
        return self.coded.values

    @property
    def has_blanks(self) -> bool:
        """Whether there may be blanks. False: certainly none."""
        return self.coded.has_blanks

    @property
    def has_na(self) -> bool:
        """Whether the question is not applicable to some company."""
        return self.na is not None and bool(self.na.any())

    def part(self, here: slice) -> "NumberColumn":
        """Return the column of a range of companies, without copying."""
        return NumberColumn(self.numbers[here], None if self.na is None else self.na[here], (self, here))

    def repeated(self, companies: Codes) -> AnswerColumn:
        """Return the column of the companies at these positions, which may be repeated."""
        return self.coded.repeated(companies)


def _distinct(numbers: Floats) -> tuple[Floats, Codes]:
    """Return the distinct numbers in the order of their first occurrence, and the position of each number in them."""
    found, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    position = np.empty(len(order), np.intp)
    position[order] = np.arange(len(order))
    return found[order], position[inverse]


Column: TypeAlias = AnswerColumn | NumberColumn


_ALONE = {code: np.array([code], np.uint8) for code in (BLANK, NA, FIRST_VALUE)}
for _codes in _ALONE.values():
    _codes.flags.writeable = False  # many columns share them


def column_of_one(column: Column, company: int) -> AnswerColumn:
    """Return the column of one company, as if it were the only company."""
    code = int(column.codes[company])
    values = (column.values[code - FIRST_VALUE],) if code >= FIRST_VALUE else ()
    return AnswerColumn(_ALONE[min(code, FIRST_VALUE)], values, code == BLANK, code == NA)


class GrowingColumn:
    """A growing column: a byte per company, or with too many distinct answers four (numbers: eight)."""

    __slots__ = ("_codes", "_has_blanks", "_has_na", "_na", "_numbers", "_seen")

    def __init__(self) -> None:
        self._codes = array("B")
        self._seen: dict[AnswerValue, int] = {}
        self._has_blanks = self._has_na = False
        #: Instead of codes, once a byte cannot code all distinct numbers; `_na`: where it is not applicable.
        self._numbers: array[float] | None = None
        self._na: list[int] = []

    def add(self, answer: Answer | None) -> None:
        """Add one more company."""
        if self._numbers is not None:
            self._add_number(answer)
            return
        code = self._code(answer)
        if code > _BYTE_MAX and self._codes.typecode == "B":
            if self._holds_numbers():
                self._turn_into_numbers()
                self._add_number(answer)
                return
            self._codes = array("I", self._codes)
        self._codes.append(code)

    def _code(self, answer: Answer | None) -> int:
        if answer is None:
            self._has_blanks = True
            return BLANK
        if isinstance(answer, NotApplicable):
            self._has_na = True
            return NA
        return self._seen.setdefault(answer, len(self._seen) + FIRST_VALUE)

    def extend(self, answers: Sequence[Answer | None]) -> None:
        """Add many companies. Each distinct answer is looked up once."""
        different = dict.fromkeys(answers)
        if self._numbers is None and len(self._seen) + len(different) + FIRST_VALUE <= _BYTE_MAX:
            codes = {answer: self._code(answer) for answer in different}
            self._codes.extend([codes[answer] for answer in answers])
            return
        for answer in answers:
            self.add(answer)

    def extend_numbers(self, numbers: Floats, na: Collection[int]) -> None:
        """Add many companies with their numbers, or NaN. `na`: the positions where it is not applicable."""
        if self._numbers is None:
            given = ~np.isnan(numbers)
            different, codes = _distinct(numbers[given])
            known = [self._seen.setdefault(number, len(self._seen) + FIRST_VALUE) for number in different.tolist()]
            if len(self._seen) + FIRST_VALUE <= _BYTE_MAX + 1 and self._codes.typecode == "B":
                of_all = np.full(len(numbers), BLANK, np.uint8)
                of_all[given] = np.array(known, np.uint8)[codes]
                of_all[list(na)] = NA
                self._codes.frombytes(of_all.tobytes())
                self._has_na |= bool(na)
                self._has_blanks |= len(na) + int(given.sum()) < len(numbers)
                return
            self._turn_into_numbers()
        assert self._numbers is not None
        self._na.extend(len(self._numbers) + position for position in na)
        self._numbers.frombytes(numbers.tobytes())

    def _holds_numbers(self) -> bool:
        return all(isinstance(value, float | int) for value in self._seen)

    def _turn_into_numbers(self) -> None:
        self._na = [position for position, code in enumerate(self._codes) if code == NA] if self._has_na else []
        by_code = [math.nan, math.nan, *map(float, self._seen)]  # type: ignore[arg-type]  # they are numbers
        self._numbers = array("d", (by_code[code] for code in self._codes))
        self._codes, self._seen = array("B"), {}

    def _add_number(self, answer: Answer | None) -> None:
        assert self._numbers is not None
        if isinstance(answer, NotApplicable):
            self._na.append(len(self._numbers))
        self._numbers.append(answer if isinstance(answer, float | int) else math.nan)

    def column(self) -> Column:
        """Return the column of all values added."""
        if self._numbers is not None:
            na = None
            if self._na:
                na = np.zeros(len(self._numbers), bool)
                na[self._na] = True
            return NumberColumn(np.array(self._numbers), na)
        codes: Codes = np.array(self._codes, code_dtype(len(self._seen)))
        return AnswerColumn(codes, tuple(self._seen), self._has_blanks, self._has_na)


def code_dtype(values: int) -> type[np.unsignedinteger[Any]]:
    """Return the smallest type for the codes of a number of distinct answers: nearly always one byte."""
    return np.uint8 if values + FIRST_VALUE <= _BYTE_MAX + 1 else np.uint32


@dataclass(frozen=True, slots=True)
class NumberCells:
    """The cells of a number question: NaN for no number, and the rows where it is not applicable."""

    numbers: Floats
    na: Mapping[int, NotApplicable]


@dataclass(frozen=True, slots=True)
class CompanyColumns:
    """Some companies of a table, column by column, without questions that the table has no column for."""

    companies: Sequence[str]
    profile: Mapping[str, Sequence[str | float | None]]
    answers: Mapping[str, Sequence[Answer | None] | NumberCells]
    evidenced: Mapping[str, Sequence[bool]]
