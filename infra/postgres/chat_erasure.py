"""An erased account's rows in a chat database."""

from __future__ import annotations

import orjson

from chatstream.domain.erasure import without_person
from chatstream.ports.erasure import ChatTraces
from infra.postgres.pool import Database, Transaction
from infra.postgres.profiles import TOMBSTONE

# Facts that are rewritten in one transaction; the next attempt goes on.
_AT_ONCE = 500

# What is the account's alone, by what it is called in the receipt.
_OWN = {
    "saved messages": "delete from saved_messages where account_id = %s::uuid returning 1",
    "blocks": """delete from block_facts where blocker_id = %s::uuid or blocked_id = %s::uuid
        returning 1""",
}
_ROOMS = "select room_id::text from members where account_id = %s::uuid order by room_id"
# Lookups in room_facts_by_person; what is blank already is not found again.
_SHOWS = "(body::jsonb @> %s::jsonb and not body::jsonb @> %s::jsonb)"
_NAMED = f"""
select partition, fact_no, body from room_facts
where {_SHOWS} or {_SHOWS} or {_SHOWS} order by partition, fact_no limit %s for update
"""
_REWRITE = """
update room_facts f set body = t.body from jsonb_to_recordset(%s::jsonb)
    as t (partition int, fact_no bigint, body text)
where f.partition = t.partition and f.fact_no = t.fact_no
"""


class PostgresChatEraser:
    """ports.erasure.ChatEraser."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, account_id: str) -> ChatTraces:
        """See ports.erasure.ChatEraser."""

        async def work(transaction: Transaction) -> ChatTraces:
            await transaction.fetch(TOMBSTONE, ([account_id],))
            erased = {}
            for kind, statement in _OWN.items():
                rows = await transaction.fetch(statement, (account_id,) * statement.count("%s"))
                erased[kind] = len(rows)
            erased["names in room facts"] = await _rewrite(transaction, account_id)
            rooms = await transaction.fetch(_ROOMS, (account_id,))
            return ChatTraces([room_id for (room_id,) in rooms], erased)

        return await self._database.in_transaction(work)


async def _rewrite(transaction: Transaction, account_id: str) -> int:
    shown = {"accountId": account_id}
    looked_for = [
        orjson.dumps(shape).decode()
        for wrap in (_as_member, _as_owner, _among_members)
        for shape in (wrap(shown), wrap({**shown, "userId": ""}))
    ]
    rows = await transaction.fetch(_NAMED, (*looked_for, _AT_ONCE))
    changed = []
    for partition, fact_no, body in rows:
        record = orjson.loads(body)
        blank = without_person(record, account_id)
        if blank != record:
            text = orjson.dumps(blank).decode()
            changed.append({"partition": partition, "fact_no": fact_no, "body": text})
    if changed:
        await transaction.fetch(_REWRITE, (orjson.dumps(changed).decode(),))
    return len(changed)


def _as_member(person: dict[str, str]) -> object:
    return {"member": person}


def _as_owner(person: dict[str, str]) -> object:
    return {"owner": person}


def _among_members(person: dict[str, str]) -> object:
    return {"members": [person]}
