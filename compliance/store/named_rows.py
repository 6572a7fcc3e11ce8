"""Rows whose columns are read by name, for statements that return many: faster than those of SQLAlchemy."""

from collections import namedtuple
from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Result


def named_rows(found: Result[*tuple[Any, ...]]) -> Iterator[Any]:
    """Return the rows of a result as named tuples."""
    return map(_row_type(tuple(found.keys()))._make, found.all())


@cache
def _row_type(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)
