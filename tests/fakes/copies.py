"""The copies in a chat database, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from chatstream.errors import TransientFailure
from chatstream.ports.copies import AccountFact, BlockFact, CopiedFact, MuteFact, NameFact
from tests.fakes.changes import Changes
from tests.fakes.people import FakeBlocks, FakeProfiles
from tests.fakes.sanctions import FakeMutes
from web.copies import Copies

SLOW = 30.0  # seconds that a call may take on a busy machine


@dataclass
class FakeCopies:
    """ports.copies.CopyReader over the fakes of the copies."""

    kinds: ClassVar[tuple[type[CopiedFact], ...]] = (AccountFact, BlockFact, MuteFact)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    blocks: FakeBlocks = field(default_factory=FakeBlocks)
    mutes: FakeMutes = field(default_factory=FakeMutes)

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        return [fact for fact in facts if self._newest(fact) >= fact.fact_no]

    def _newest(self, fact: CopiedFact) -> int:
        if isinstance(fact, AccountFact | NameFact):
            profile = self.profiles.known.get(fact.account_id)
            return profile[2] if profile else -1
        if isinstance(fact, BlockFact):
            news = self.blocks.known.get((fact.blocker_id, fact.blocked_id))
            return news.fact_no if news else -1
        mine = [one.fact_no for one in self.mutes.kept if one.sanction_id == fact.sanction_id]
        return max(mine, default=-1)


@dataclass
class PromptCopies:
    """A CopyReader of a database that has every fact at once: but for `late`, and while `away`.

    `asked` are the questions, a list each; `changes` tells of each; `kinds` as in CopyReader.
    """

    kinds: tuple[type[CopiedFact], ...] = (AccountFact, BlockFact, MuteFact)
    late: set[CopiedFact] = field(default_factory=set)
    is_late: bool = False
    away: bool = False
    asked: list[Sequence[CopiedFact]] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)

    async def applied(self, facts: Sequence[CopiedFact]) -> Sequence[CopiedFact]:
        self.asked.append(list(facts))
        self.changes.happened()
        if self.away:
            raise TransientFailure("chat0: away")
        return [] if self.is_late else [fact for fact in facts if fact not in self.late]


class HastyCopies(Copies):
    """Calls give up `within` seconds while the reader is late or away, and else not for being slow.

    So that a test of a call that gives up is quick, and no other call gives up on a busy machine.
    """

    def __init__(self, reader: PromptCopies, within: float) -> None:
        super().__init__({"chat0": reader}, within, pauses=(0, 0))
        self._reader, self._slow = reader, max(within, SLOW)

    def deadline(self) -> float:
        if self._reader.is_late or self._reader.away:
            return super().deadline()
        return asyncio.get_running_loop().time() + self._slow
