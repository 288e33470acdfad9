"""An erased account's rows in the friend database."""

from __future__ import annotations

from collections.abc import Mapping

from infra.postgres.pool import Database, Transaction
from infra.postgres.profiles import TOMBSTONE

# By what it is called in the receipt; `id` is the account's.
_OWN = {
    "friends": """
        delete from friends where account_id = %(id)s::uuid or friend_id = %(id)s::uuid returning 1
    """,
    "blocks": """
        delete from blocked_users where account_id = %(id)s::uuid or blocked_id = %(id)s::uuid
        returning 1
    """,
    "names in friend facts": """
        update friend_facts set
            user_id = case when account_id = %(id)s::uuid then '' else user_id end,
            target_user_id = case when target_id = %(id)s::uuid then '' else target_user_id end
        where (account_id = %(id)s::uuid and user_id <> '')
            or (target_id = %(id)s::uuid and target_user_id <> '') returning 1
    """,
}


class PostgresFriendEraser:
    """ports.erasure.FriendEraser."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """See ports.erasure.FriendEraser."""

        async def work(transaction: Transaction) -> Mapping[str, int]:
            # Waits for the batches that decide about the account; those after it see the tombstone.
            await transaction.fetch(TOMBSTONE, ([account_id],))
            return {
                kind: len(await transaction.fetch(statement, {"id": account_id}))
                for kind, statement in _OWN.items()
            }

        return await self._database.in_transaction(work)
