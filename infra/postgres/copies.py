"""Whether facts of other contexts have come to the copies in a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from chatstream.ports.copies import AccountFact, BlockFact, CopiedFact, MuteFact, NameFact
from infra.postgres.pool import Database

# By the keys of the copies. Which fact a row answers is its place in the question.
_ACCOUNTS = """
select t.n from unnest(%s::int[], %s::uuid[], %s::bigint[]) as t (n, account, fact)
join profiles p on p.account_id = t.account and p.fact_no >= t.fact
"""
_BLOCKS = """
select t.n from unnest(%s::int[], %s::uuid[], %s::uuid[], %s::bigint[]) as t (n, one, other, fact)
join block_facts b on b.blocker_id = t.one and b.blocked_id = t.other and b.fact_no >= t.fact
"""
_APPLIED = f"""{_ACCOUNTS}
union all
{_BLOCKS}
union all
select t.n from unnest(%s::int[], %s::uuid[], %s::bigint[]) as t (n, sanction, fact)
join mutes m on m.sanction_id = t.sanction and m.fact_no >= t.fact
"""


class PostgresCopies:
    """ports.copies.CopyReader of a chat database."""

    kinds: ClassVar[tuple[type[CopiedFact], ...]] = (AccountFact, BlockFact, MuteFact)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        """See ports.copies.CopyReader."""
        placed = list(enumerate(facts))
        accounts = [(n, each) for n, each in placed if isinstance(each, AccountFact)]
        blocks = [(n, each) for n, each in placed if isinstance(each, BlockFact)]
        mutes = [(n, each) for n, each in placed if isinstance(each, MuteFact)]
        rows = await self._database.fetch(
            _APPLIED,
            (
                [n for n, _ in accounts],
                [each.account_id for _, each in accounts],
                [each.fact_no for _, each in accounts],
                [n for n, _ in blocks],
                [each.blocker_id for _, each in blocks],
                [each.blocked_id for _, each in blocks],
                [each.fact_no for _, each in blocks],
                [n for n, _ in mutes],
                [each.sanction_id for _, each in mutes],
                [each.fact_no for _, each in mutes],
            ),
        )
        return [facts[n] for (n,) in rows]


class PostgresAccountCopies:
    """ports.copies.CopyReader of a database that copies the accounts and nothing else."""

    kinds: ClassVar[tuple[type[CopiedFact], ...]] = (AccountFact, NameFact)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        """See ports.copies.CopyReader."""
        of = [each for each in facts if isinstance(each, AccountFact | NameFact)]
        asked = ([each.account_id for each in of], [each.fact_no for each in of])
        rows = await self._database.fetch(_ACCOUNTS, (list(range(len(of))), *asked))
        return [of[n] for (n,) in rows]


class PostgresBlockCopies:
    """ports.copies.CopyReader of a database by whose blocks alone somebody is judged."""

    kinds: ClassVar[tuple[type[CopiedFact], ...]] = (BlockFact,)

    def __init__(self, database: Database) -> None:
        self._database = database

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        """See ports.copies.CopyReader."""
        of = [each for each in facts if isinstance(each, BlockFact)]
        asked = (
            list(range(len(of))),
            [each.blocker_id for each in of],
            [each.blocked_id for each in of],
            [each.fact_no for each in of],
        )
        return [of[n] for (n,) in await self._database.fetch(_BLOCKS, asked)]
