"""Bringing a restored state forward: what the log says since the backup is done again.

Each fact takes its number and its time again, so that the log, and whoever has read it, agrees with
the database afterwards. See ADR 0071.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.copies.blocks import block_of
from agents.copies.mutes import mute_of
from agents.copies.profiles import profile_of
from agents.coupons.copies import account_of
from chatstream.commands.redo_stores import STATES, RedoStores, Wished
from chatstream.domain.lines import Identity
from chatstream.domain.redo import Line, MissingFacts, ToldFact, batches, beyond, in_order
from chatstream.errors import ChatStreamError, PoisonMessage
from chatstream.ports.accounts import Profile
from chatstream.settings import Settings
from infra.kafka.log_spans import LoggedRecord
from infra.postgres import redo_clock
from schemas import codec, records
from schemas.catalogue import CONTEXTS, STREAMS
from schemas.contexts.accounts import SESSION
from schemas.streams import Kind

SERVICES = tuple(
    dict.fromkeys(
        context.service
        for context in CONTEXTS
        if context.lineage is not None and not context.service.is_optional
    )
)
"""Those whose rows are in the databases that are dumped; what an optional one keeps is a copy."""

WISHES = {
    each.request.name: each.response.name
    for each in STREAMS
    if Kind.REQUEST in each.topics and each.response.name in RedoStores.lines - RedoStores.told
}
"""The topics of wishes that lead to facts, each with the topic of the facts."""
LINES = (*WISHES.values(), *sorted(RedoStores.told))
"""The topics of facts."""
TOPICS = (*WISHES, *LINES, *STATES, SESSION.response.name)
"""Everything that is read."""

_TIMES = ("edited_at", "deleted_at", "at", "saved_at", "created_at")
_LAST = 2**63
_NAMES = "names"
_SAY_EVERY = 5.0

Say = Callable[[str], None]


class RedoError(ChatStreamError):
    """What was done again did not become what it was; the database is not to be used."""


@dataclass
class Log:
    """What was read: wishes by their identities, facts, and what tells of a state."""

    wishes: dict[tuple[str, Identity], Any] = field(default_factory=dict)
    facts: list[ToldFact] = field(default_factory=list)
    states: dict[Line, list[ToldFact]] = field(default_factory=dict)
    names: dict[Line, list[ToldFact]] = field(default_factory=dict)
    sids: list[str] = field(default_factory=list)
    unread: int = 0

    def take(self, logged: LoggedRecord) -> None:
        """Note a record; one that cannot be read was nobody's fact."""
        try:
            record = codec.decode(logged.topic, logged.value)
        except PoisonMessage:
            self.unread += 1
            return
        if logged.topic in WISHES:
            # The first of several with one identity is the one that was judged first.
            self.wishes.setdefault((WISHES[logged.topic], record.identity), record)
        elif isinstance(record, records.SessionRevoked):
            self.sids.append(record.sid)
        elif logged.topic in STATES:
            told = _told(logged, logged.offset, record)
            self.states.setdefault(told.line, []).append(told)
        elif getattr(record, "fact_no", None):
            self._note(_told(logged, record.fact_no, record))

    def _note(self, told: ToldFact) -> None:
        self.facts.append(told)
        if isinstance(told.record, records.ProfileChanged):
            line = (_NAMES, told.line[1])
            known = self.names.setdefault(line, [])
            known.append(ToldFact(line, told.fact_no, told.at, told.rev, told.record))

    def wish_of(self, fact: ToldFact) -> Any:
        """The wish that led to a fact; None when it is not there, or not needed."""
        if fact.line[0] in RedoStores.told:
            return None
        return self.wishes.get((fact.line[0], fact.record.identities[0]))


@dataclass(frozen=True)
class Redone:
    """What a redo did, and where the log did not reach."""

    facts: int
    states: int
    gaps: Sequence[MissingFacts]
    sids: Sequence[str]
    seconds: float


async def redo(
    settings: Settings,
    logged: AsyncIterator[LoggedRecord],
    heads: Mapping[Line, int],
    say: Say,
) -> Redone:
    """Do again what the log says (infra.kafka.log_spans.since); `heads` are those of the lines.

    Raises RedoError when a fact becomes another, TransientFailure when a store is away.
    """
    began = time.monotonic()
    log = Log()
    async for each in logged:
        log.take(each)
    facts = [
        fact
        for fact in log.facts
        if fact.line[0] in RedoStores.told or log.wish_of(fact) is not None
    ]
    lines, gaps = beyond(heads, facts)
    gaps = _with_wishless(heads, log, lines, gaps)
    stores = RedoStores(settings)
    try:
        await stores.chat.open()
        for database in stores.databases:
            await redo_clock.make(database)
        await _keep(stores, log, permits=True)
        others = [*log.states.values(), *log.names.values()]
        done = await _Run(stores, log, say).run(in_order([*lines.values(), *others]))
        await _keep(stores, log, permits=False)
        for database in stores.databases:
            await redo_clock.drop(database)
    finally:
        await stores.close()
    states = sum(map(len, log.states.values()))
    return Redone(done, states, gaps, log.sids, time.monotonic() - began)


def _with_wishless(
    heads: Mapping[Line, int],
    log: Log,
    lines: Mapping[Line, Sequence[ToldFact]],
    gaps: Sequence[MissingFacts],
) -> list[MissingFacts]:
    """The gaps with those of lines whose last facts have no wish on the log."""
    found = {gap.line: gap for gap in gaps}
    for fact in log.facts:
        line = fact.line
        reached = heads.get(line, 0) + len(lines.get(line, ()))
        if fact.fact_no > max(reached, found[line].last if line in found else 0):
            found[line] = MissingFacts(line, reached, fact.fact_no)
    return [found[line] for line in sorted(found)]


@dataclass
class _Run:
    stores: RedoStores
    log: Log
    say: Say
    done: int = 0

    async def run(self, told: Any) -> int:
        """Do it all; how many facts."""
        said = time.monotonic()
        for run in batches(told, self.stores.chat.homes):
            if run[0].line[0] == _NAMES:
                await self.stores.keep_profiles(_rows(run, profile_of))
            else:
                await self._carry_out(run)
            if time.monotonic() - said > _SAY_EVERY:
                said = time.monotonic()
                self.say(f"{self.done} facts are done again …")
        return self.done

    async def _carry_out(self, run: Sequence[ToldFact]) -> None:
        topic, partition = run[0].line
        await redo_clock.show(self.stores.database_of(topic, partition), run[0].at)
        if topic in STATES:
            await self.stores.keep_states(run)
            return
        wished: list[Wished] = [(fact, self.log.wish_of(fact)) for fact in run]
        # Asked for when the copies knew of the erasure: nothing was accepted of it afterwards.
        gone = {
            wish.account_id
            for _, wish in wished
            if isinstance(wish, records.EraseMember | records.EraseNotice | records.EraseContent)
        }
        if gone:
            await self.stores.keep_profiles([Profile(each, 0) for each in sorted(gone)])
        took = await self.stores.carry_out(wished)
        expected = {(fact.line[1], fact.fact_no) for fact in run}
        if took != expected:
            raise RedoError(
                f"{topic}: facts {_told_numbers(expected)} became {_told_numbers(took)}; restore"
                " again with --without-log for the state of the backup alone"
            )
        self.done += len(run)


async def _keep(stores: RedoStores, log: Log, *, permits: bool) -> None:
    """Copy what permits, before everything, or what forbids, after it."""
    facts = log.facts
    profiles = [row for row in _rows(facts, profile_of) if (row.user_id is not None) is permits]
    blocks = [row for row in _rows(facts, block_of) if row.holds is not permits]
    lifts = [fact for fact in facts if isinstance(fact.record, records.SanctionLifted) is permits]
    if permits:
        created = [fact for fact in facts if isinstance(fact.record, records.AccountCreated)]
        profiles = _rows(created, profile_of)
    if profiles:
        await stores.keep_profiles(profiles)
    accounts = [row for row in _rows(facts, account_of) if bool(row.created_at) is permits]
    if accounts:
        await stores.keep_accounts(accounts)
    if blocks:
        await stores.keep_blocks(blocks)
    if mutes := _rows(lifts, mute_of):
        await stores.keep_mutes(mutes)


def _rows(facts: Sequence[ToldFact], row_of: Callable[[object], Any]) -> list[Any]:
    return [row for fact in facts if (row := row_of(fact.record)) is not None]


def _told(logged: LoggedRecord, number: int, record: Any) -> ToldFact:
    at = next((str(getattr(record, name)) for name in _TIMES if getattr(record, name, None)), "")
    rev = getattr(record, "rev", None)
    if rev is None:
        rev = _LAST if isinstance(record, records.RoomDeleted) else 0
    return ToldFact((logged.topic, logged.partition), number, at, rev, record)


def _told_numbers(numbers: set[tuple[int, int]]) -> str:
    return ", ".join(f"{partition}/{number}" for partition, number in sorted(numbers)) or "none"
