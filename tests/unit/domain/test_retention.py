"""Which indices are old enough to be removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chatstream.domain.retention import is_expired

DAYS = {"chatstream-logs": 14, "chatstream-events": 400}


@pytest.mark.parametrize(
    ("index", "until"),
    [
        ("chatstream-logs-2026.02.28", datetime(2026, 3, 15, tzinfo=UTC)),
        ("chatstream-logs-2025.12.31", datetime(2026, 1, 15, tzinfo=UTC)),
        ("chatstream-events-2024.12", datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=400)),
    ],
)
def test_an_index_goes_when_its_last_document_is_old_enough(index: str, until: datetime) -> None:
    assert is_expired(index, DAYS, until)
    assert not is_expired(index, DAYS, until - timedelta(microseconds=1))


@pytest.mark.parametrize(
    "index",
    [
        "chatstream-messages-2001.01",
        "chatstream-logs",
        "chatstream-logs-2001.13.01",
        "chatstream-logs-2001.02.30",
        "chatstream-logs-2001.01.01-copy",
        "chatstream-events.v3.g1-2001.01",
        "other-2001.01",
    ],
)
def test_nothing_else_ever_goes(index: str) -> None:
    assert not is_expired(index, DAYS, datetime(2100, 1, 1, tzinfo=UTC))
