"""Times in the query of a call."""

from __future__ import annotations

from datetime import datetime

from chatstream.domain.times import from_query
from chatstream.errors import invalid

_EARLIEST_YEAR = 1970
"""Kafka knows no time before it."""


def moment(field: str, text: str) -> datetime:
    """The time of a query's field, in UTC; INVALID_INPUT naming the field.

    It must be a time of RFC 3339 with a zone, and not before 1970.
    """
    try:
        found = from_query(text)
    except ValueError:
        raise invalid(field, "must be a time like 2026-01-31T09:00:00Z, with a zone") from None
    if found.year < _EARLIEST_YEAR:
        raise invalid(field, "must not be before {year}", year=str(_EARLIEST_YEAR))
    return found


def span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The times of `from` and `to`, each None where none is given; INVALID_INPUT naming a field.

    The end must be after the start.
    """
    begin = None if since is None else moment("from", since)
    end = None if until is None else moment("to", until)
    if begin is not None and end is not None and begin >= end:
        raise invalid("to", "must be after the start time")
    return begin, end
