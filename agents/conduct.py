"""kakao.user.conduct.EVENT, judged over all rooms of an account; mutes are wishes for sanctions.

The sanctions' own facts are read as well: who was forgiven by an operator begins anew. So are the
accounts': of one that is erased nothing is remembered but the places that were read.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from faust.types import EventT

from agents.loop.batching import declare
from agents.loop.event_sink import EventSink
from agents.loop.traces import cause_of
from chatstream.domain.abuse import account as rules
from chatstream.domain.abuse.account import AccountCounters
from chatstream.domain.abuse.messages import MessageTrace
from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, text_of
from chatstream.domain.tracing import HeaderPair
from chatstream.errors import PoisonMessage
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from infra.pacing import Pace
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import CONDUCT, SANCTION
from tables.conduct import AccountConduct, Entry

TOPICS = (CONDUCT.event.name, SANCTION.response.name, ACCOUNT.response.name)
# A mute of all rooms comes so much later, in seconds; each batch costs a changelog write.
PACE = Pace(1.0, 1, together=True)
# Seconds by which a record may come behind younger ones and still find what it needs.
_LATE = 600.0
# Entries that are looked at with each batch, and for each that it adds.
_LOOKED_AT = 4

# A verdict, the entry after it, the place of the record (`source:place`) and its time.
_Step = tuple[Verdict, Entry, str, float]


class PolicySource(Protocol):
    """Tells the policy in force."""

    async def known(self) -> Policy:
        """The policy; waits until it is known what it is."""
        ...


class ConductSink(EventSink):
    """Judges what accounts do, in order.

    Idempotent: an entry names the last place of each source that is in it, and a mute's id is made
    of the place that brought it. Mutes are produced before the table is written: after a crash in
    between the same records are judged again, and ask for the same sanctions.

    Accounts that are idle are forgotten, some with each batch: it looks at more entries than it
    adds, so the table holds little more than those of the last windows. Idle is who has nothing
    left that could count for a record `_LATE` seconds older than any of the batch.
    """

    def __init__(self, app: ChatStreamApp, table: AccountConduct, policies: PolicySource) -> None:
        super().__init__(app)
        self.table = table
        self.policies = policies

    def lane_of(self, topic: str, partition: int) -> str:
        """A lane a partition, for all topics: a table takes one write at a time."""
        return f"conduct-{partition}"

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Judge what is new in the batch, ask for the mutes, keep the counters."""
        policy = await self.policies.known()
        partition = batch[0].message.partition
        found = [(event, record) for event in batch for record in _records_of(event)]
        entries = self.table.read(partition, sorted({record.account_id for _, record in found}))
        changed: dict[str, Entry] = {}
        mutes: list[Outgoing] = []
        since = math.inf
        for event, record in found:
            account_id = record.account_id
            step = _judge(policy, changed.get(account_id, entries[account_id]), record)
            if step is None:
                continue
            verdict, changed[account_id], source, at = step
            since = min(since, at - _LATE)
            if verdict.outcome is Outcome.MUTE:
                wish = mute_wish(f"account:{source}", account_id, None, verdict, record.at)
                mutes.append(outgoing(wish, self.app.conf.topic_partitions, cause_of(event)))
        await send_all(self.app, mutes)
        if changed:
            fresh = sum(not entries[account_id].version for account_id in changed)
            forgotten = self._idle(partition, policy, since, _LOOKED_AT * (1 + fresh))
            await self.table.write(partition, changed, forgotten - changed.keys())

    def _idle(self, partition: int, policy: Policy, since: float, most: int) -> set[str]:
        return {
            account_id
            for account_id, entry in self.table.untouched(partition, since, most).items()
            if rules.idle(policy, entry.counters, since)
        }


def _records_of(event: EventT) -> Sequence[Any]:
    record = codec.decode(event.message.topic, event.value)
    return record.messages if isinstance(record, records.MessagesJudged) else (record,)


def _judge(policy: Policy, entry: Entry, record: object) -> _Step | None:
    """What a record means; None when it means nothing new."""
    match record:
        case records.MessageJudged():
            source, place = f"messages-{record.partition}", record.offset
        case records.PeopleInvited():
            source, place = f"rooms-{record.partition}", record.fact_no
        case records.SanctionLifted():
            source, place = "sanctions", record.fact_no
        case records.AccountErased() if entry.version:
            source, place = "accounts", record.fact_no
        case _:
            return None
    if entry.has_seen(source, place):
        return None
    try:
        at = from_text(record.at).timestamp()
        verdict, counters = _weigh(policy, entry.counters, record, at)
    except ValueError as error:
        raise PoisonMessage(str(error)) from error
    return verdict, entry.after(source, place, counters, at), f"{source}:{place}", at


def _weigh(
    policy: Policy,
    counters: AccountCounters,
    record: records.MessageJudged
    | records.PeopleInvited
    | records.SanctionLifted
    | records.AccountErased,
    now: float,
) -> tuple[Verdict, AccountCounters]:
    if isinstance(record, records.AccountErased):
        return Verdict(Outcome.PASS), AccountCounters()
    if isinstance(record, records.SanctionLifted):
        forgiven = rules.forgiven(counters, everywhere=record.room_id is None)
        return Verdict(Outcome.PASS), forgiven
    if isinstance(record, records.PeopleInvited):
        return rules.judge_invitation(policy, counters, record.people, now)
    reason = None if record.reason is None else Reason(record.reason)
    verdict = Verdict(Outcome(record.outcome), reason)
    trace = MessageTrace(record.gist, record.letters, record.links, record.invites)
    return rules.follow(policy, counters, record.room_id, trace, verdict, now)


def mute_wish(
    source: str, account_id: str, room_id: str | None, verdict: Verdict, since: str
) -> records.ImposeSanction:
    """The wish for the sanction of a MUTE; the same source always gives the same id."""
    return records.ImposeSanction(
        request_id=str(uuid5(NAMESPACE_URL, f"chatstream:sanction:{source}")),
        account_id=account_id,
        room_id=room_id,
        reason=str(verdict.reason),
        detail=verdict.detail,
        since=since,
        until=text_of(verdict.until),
    )


def invitation_of(partition: int, fact: object) -> records.PeopleInvited | None:
    """Whom a fact of a room says that its account has brought in; None when nobody."""
    match fact:
        case records.MemberJoined() if fact.member.account_id != fact.account_id:
            people, at = 1, fact.at
        case records.RoomCreated() if fact.member_count > 1:
            people, at = fact.member_count - 1, fact.created_at
        case _:
            return None
    return records.PeopleInvited(
        account_id=fact.account_id,
        room_id=fact.room_id,
        partition=partition,
        fact_no=fact.fact_no,
        people=people,
        at=at,
    )


def outgoing(
    record: records.ImposeSanction | records.PeopleInvited,
    partitions: int,
    cause: tuple[HeaderPair, ...] = (),
) -> Outgoing:
    """The record as it is produced, by its account; `cause` are the headers of its trace."""
    is_wish = isinstance(record, records.ImposeSanction)
    topic = SANCTION.request if is_wish else CONDUCT.event
    place = partition_of(record.account_id, partitions)
    return Outgoing(topic.name, place, record.account_id.encode(), records.encode(record), cause)


def judged_together(
    judged: Iterable[records.MessageJudged],
    partitions: int,
    causes: Mapping[tuple[int, int], tuple[HeaderPair, ...]] = MappingProxyType({}),
) -> list[Outgoing]:
    """The judged messages as they are produced: a record for all of a partition, in their order.

    `causes` are the headers of a message's trace, by its place. A record of several is in none.
    """
    places: dict[int, list[records.MessageJudged]] = defaultdict(list)
    for each in judged:
        places[partition_of(each.account_id, partitions)].append(each)
    return [
        Outgoing(
            CONDUCT.event.name,
            place,
            found[0].account_id.encode(),
            records.encode(records.MessagesJudged(messages=tuple(found))),
            causes.get((found[0].partition, found[0].offset), ()) if len(found) == 1 else (),
        )
        for place, found in places.items()
    ]


def register(app: ChatStreamApp, table: AccountConduct, policies: PolicySource) -> None:
    """Declare the agent `user.conduct`."""
    declare(app, "user.conduct", TOPICS, ConductSink(app, table, policies), pace=PACE)
