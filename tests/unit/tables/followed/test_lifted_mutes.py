"""Lifted mutes as a chat worker hears of them."""

from __future__ import annotations

from schemas import records
from tables.followed.mutes import lifted_mutes

AT = "2026-11-21T12:00:00.000Z"


def test_only_lifted_sanctions_are_told_and_what_cannot_be_read_is_skipped() -> None:
    told: list[tuple[str, str | None]] = []
    lifted = lifted_mutes(lambda account, room: told.append((account, room)))
    common = {
        "fact_no": 1,
        "request_id": "r",
        "sanction_id": "s",
        "account_id": "a",
        "room_id": "room",
        "reason": "rate",
        "until": AT,
        "at": AT,
    }
    imposed = records.SanctionImposed(**common, since=AT)  # type: ignore[arg-type]  # by name
    ended = records.SanctionLifted(**common, lifted_by="o")  # type: ignore[arg-type]  # by name
    for value in (records.encode(imposed), b"{", records.encode(ended)):
        lifted.on_record(0, b"a", value)
    assert told == [("a", "room")]
