"""Facts about friends, blocks and sanctions, read back from the auth database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatstream.domain.people import Act
from chatstream.domain.times import to_text
from chatstream.ports.people import FriendChange
from infra.postgres.pool import Database
from schemas import records

_FRIENDS = """
select fact_no, kind, request_id::text, account_id::text, user_id, target_id::text, target_user_id,
    at
from friend_facts where partition = %s and fact_no > %s and fact_no <= %s order by fact_no
"""
_SANCTIONS = """
select f.fact_no, f.request_id::text, f.is_lift, s.sanction_id::text, s.account_id::text,
    s.room_id::text, s.reason, s.since, s.until, s.lifted_by::text, f.at
from sanction_facts f join sanctions s using (sanction_id)
where f.partition = %s and f.fact_no > %s and f.fact_no <= %s order by f.fact_no
"""


async def friend_facts(database: Database, span: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """The friend line's facts of (partition, after, upto), as on RESPONSE, ascending."""
    rows = await database.fetch(_FRIENDS, span)
    return [(row[0], records.encode(_friend(row))) for row in rows]


async def sanction_facts(database: Database, span: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """The sanction line's facts of (partition, after, upto), as on RESPONSE, ascending."""
    rows = await database.fetch(_SANCTIONS, span)
    return [(row[0], records.encode(_sanction(row))) for row in rows]


def _friend(row: Sequence[Any]) -> records.FriendFact:
    fact_no, kind, request_id, account_id, user_id, target_id, target_user_id, at = row
    change = FriendChange(fact_no, Act(kind), user_id, target_id, target_user_id, to_text(at))
    return records.friend_fact(request_id, account_id, change)


def _sanction(row: Sequence[Any]) -> records.SanctionImposed | records.SanctionLifted:
    fact_no, request_id, is_lift, sanction_id, account_id, room_id = row[:6]
    reason, since, until, lifted_by, at = row[6:]
    common: dict[str, Any] = {
        "fact_no": fact_no,
        "request_id": request_id,
        "sanction_id": sanction_id,
        "account_id": account_id,
        "room_id": room_id,
        "reason": reason,
        "until": to_text(until),
        "at": to_text(at),
    }
    if is_lift:
        return records.SanctionLifted(**common, lifted_by=lifted_by)
    return records.SanctionImposed(**common, since=to_text(since))
