"""Which indices of the log are old enough to be removed, told from their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

_DATED = re.compile(r"(?P<dataset>[a-z-]+)-(?P<year>\d{4})\.(?P<month>\d\d)(?:\.(?P<day>\d\d))?")


def is_expired(index: str, days: Mapping[str, int], now: datetime) -> bool:
    """Whether all that is in it is older than the days that its dataset is kept.

    `<dataset>-YYYY.MM` or `<dataset>-YYYY.MM.DD`, in UTC. False of a dataset without days, of
    whatever has another name, and so of the index of this day or month.
    """
    found = _DATED.fullmatch(index)
    if found is None or found["dataset"] not in days:
        return False
    try:
        begin = datetime(
            int(found["year"]), int(found["month"]), int(found["day"] or 1), tzinfo=now.tzinfo
        )
    except ValueError:
        return False
    end = begin + timedelta(days=1)
    if found["day"] is None:
        end = (begin + timedelta(days=31)).replace(day=1)
    return end + timedelta(days=days[found["dataset"]]) <= now
