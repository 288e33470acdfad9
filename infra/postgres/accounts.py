"""Accounts in the auth database: the agent's write side, and the reads of logins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson

from chatstream.domain.lines import in_turn
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.accounts import (
    Account,
    AccountOutcome,
    AccountWish,
    Credentials,
    ProfileWish,
)
from chatstream.ports.secrets import HandleKey
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine
from infra.postgres.pool import Database
from infra.postgres.profile_changes import FACTS, change_profiles

_CREATE = "select * from create_accounts(%s::int[], %s::bigint[], %s::jsonb)"
_COLUMNS = "account_id::text, user_id, name, role, created_at"
_BY_HANDLE = f"""
select {_COLUMNS}, password_hash from accounts where user_id = %s and erased_at is null
"""
_BY_ID = f"select {_COLUMNS} from accounts where account_id = %s::uuid and erased_at is null"


_NEWEST_FACT = "select coalesce(max(fact_no), 0) from account_facts where account_id = %s::uuid"


class PostgresAccounts:
    """ports.accounts.AccountStore."""

    def __init__(self, database: Database, lines: LineEpochs, keyed: HandleKey) -> None:
        self._database = database
        self._lines = lines
        self._line = FactLine(database, lines, FACTS)
        self._keyed = keyed

    async def carry_out(
        self, generation: int | None, wishes: Sequence[AccountWish | ProfileWish]
    ) -> Sequence[AccountOutcome]:
        """See ports.accounts.AccountStore."""
        change = partial(change_profiles, self._line)
        return await in_turn(
            generation, wishes, ((AccountWish, self._create), (ProfileWish, change))
        )

    async def _create(
        self, generation: int | None, wishes: Sequence[AccountWish]
    ) -> Sequence[AccountOutcome]:
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))
        rows = await self._database.fetch(
            _CREATE, (list(epochs), list(epochs.values()), _as_json(wishes, self._keyed))
        )
        return [
            AccountOutcome(n, None, fact_no, wishes[n].user_id, wishes[n].name, at=to_text(at))
            if outcome == "created"
            else AccountOutcome(n, ErrorCode(outcome))
            for n, outcome, fact_no, at in rows
        ]


def _as_json(wishes: Sequence[AccountWish], keyed: HandleKey) -> str:
    return orjson.dumps(
        [
            {
                "n": n,
                "p": wish.partition,
                "requestId": wish.request_id,
                "accountId": wish.account_id,
                "userId": wish.user_id,
                "handleKey": keyed.of(wish.user_id),
                "name": wish.name,
                "passwordHash": wish.password_hash,
            }
            for n, wish in enumerate(wishes)
        ]
    ).decode()


def as_account(row: tuple[Any, ...]) -> Account:
    """The account of a row of account_id, user_id, name, role, created_at."""
    account_id, user_id, name, role, created_at = row
    return Account(account_id, user_id, name, role, to_text(created_at))


class PostgresAccountReader:
    """ports.accounts.AccountReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credentials(self, user_id: str) -> Credentials | None:
        """See ports.accounts.AccountReader."""
        rows = await self._database.fetch(_BY_HANDLE, (user_id,))
        return Credentials(as_account(rows[0][:5]), rows[0][5]) if rows else None

    async def account(self, account_id: str) -> Account | None:
        """See ports.accounts.AccountReader."""
        rows = await self._database.fetch(_BY_ID, (account_id,))
        return as_account(rows[0]) if rows else None

    async def newest_fact(self, account_id: str) -> int:
        """See ports.accounts.AccountReader."""
        ((fact_no,),) = await self._database.fetch(_NEWEST_FACT, (account_id,))
        return int(fact_no)
