"""Facts about accounts, friends, blocks and sanctions, read back from the context's database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatstream.domain.accounts import AccountAct
from chatstream.domain.people import FriendAct
from chatstream.domain.times import to_text
from chatstream.ports.accounts import AccountOutcome
from chatstream.ports.people import FriendChange
from infra.postgres.pool import Database
from infra.postgres.sanctions import FACT_ROWS, as_fact
from schemas import records

_ACCOUNTS = """
select fact_no, kind, request_id::text, account_id::text, user_id, name, at from account_facts
where partition = %s and fact_no > %s and fact_no <= %s order by fact_no
"""
_FRIENDS = """
select fact_no, kind, request_id::text, account_id::text, user_id, target_id::text, target_user_id,
    at
from friend_facts where partition = %s and fact_no > %s and fact_no <= %s order by fact_no
"""
_SANCTIONS = f"""{FACT_ROWS}
where f.partition = %s and f.fact_no > %s and f.fact_no <= %s order by f.fact_no
"""


async def account_facts(database: Database, span: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """The account line's facts of (partition, after, upto), as on RESPONSE, ascending."""
    rows = await database.fetch(_ACCOUNTS, span)
    return [(row[0], records.encode(_account(row))) for row in rows]


async def friend_facts(database: Database, span: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """The friend line's facts of (partition, after, upto), as on RESPONSE, ascending."""
    rows = await database.fetch(_FRIENDS, span)
    return [(row[0], records.encode(_friend(row))) for row in rows]


async def sanction_facts(database: Database, span: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """The sanction line's facts of (partition, after, upto), as on RESPONSE, ascending."""
    rows = await database.fetch(_SANCTIONS, span)
    found = [records.sanction_fact(request_id, as_fact(row)) for request_id, *row in rows]
    return [(fact.fact_no, records.encode(fact)) for fact in found]


def _account(row: Sequence[Any]) -> records.AccountResponse:
    fact_no, kind, request_id, account_id, user_id, name, at = row
    # The wish that erased the account gave its saga the id.
    fact = AccountOutcome(0, None, fact_no, user_id, name, request_id, to_text(at))
    return records.account_fact(AccountAct(kind), request_id, account_id, fact)


def _friend(row: Sequence[Any]) -> records.FriendFact:
    fact_no, kind, request_id, account_id, user_id, target_id, target_user_id, at = row
    change = FriendChange(fact_no, FriendAct(kind), user_id, target_id, target_user_id, to_text(at))
    return records.friend_fact(request_id, account_id, change)
