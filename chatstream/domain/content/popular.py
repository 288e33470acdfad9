"""What is popular: what was seen and liked in the last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

KST = timezone(timedelta(hours=9))
WINDOW = timedelta(hours=24)
LIKE_WEIGHT = 3
"""A like counts as so many views."""


def score(views: int, likes: int) -> int:
    """What a post is ranked by."""
    return views + LIKE_WEIGHT * likes


def day_of(at: datetime) -> date:
    """The day of a view: an account's views of a post on one day in Korea are one."""
    return at.astimezone(KST).date()
