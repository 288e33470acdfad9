"""What the chat agent makes of a batch of messages before it stores them: the rules of one room.

Counters of an account in a room are in this worker's memory, the last `MOST` of them. Whoever takes
a partition over begins with empty windows, of ten minutes at most; mutes are kept by the sanctions.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from agents.conduct import PolicySource
from agents.messages.verdicts import Identity, Judged, Key, Mute, PlacedWish, news_of
from chatstream.domain.abuse import conduct, room
from chatstream.domain.abuse.messages import MessageTrace, read, trace_of
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.room import RoomCounters
from chatstream.domain.abuse.texts import judge_words
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict
from chatstream.domain.times import text_of
from chatstream.errors import ErrorCode
from chatstream.ports import messages as ports
from chatstream.ports.sanctions import MuteStore, RoomMute
from schemas import records

MOST = 100_000
# Messages that were stored last, whose repeats count nothing; more than come in half a minute.
REMEMBERED = 20_000
# Seconds after which a batch that is judged lets others go on.
_SLICE = 0.02
# Of the counters used least lately, how many are looked at for each batch, and for each new one.
_SWEPT = 2

# What was sent while muted is told to nobody, so it need not be read.
_UNREAD = MessageTrace("", 0)


@dataclass(frozen=True, slots=True)
class _Known:
    counters: RoomCounters = field(default_factory=RoomCounters)
    cause: str | None = None


@dataclass(slots=True)
class Verdicts:
    """The verdicts of one batch, and the counters as they would be after it; `at` is its newest."""

    policy: Policy
    at: float
    judged: list[Judged]
    after: dict[Key, _Known]
    first: dict[Identity, Judged] = field(default_factory=dict)
    counted: Sequence[Judged] | None = None

    @property
    def places(self) -> Sequence[PlacedWish]:
        """What was judged."""
        return [each.said for each in self.judged]


class Moderator:
    """Judges each message once: a batch that is tried again keeps its verdicts.

    `lifts`: the copies of the mutes by lane. `reader`: as for `abuse.messages.read`.
    """

    def __init__(
        self,
        policies: PolicySource,
        clock: Callable[[], float] = time.time,
        lifts: Mapping[str, MuteStore] | None = None,
        reader: Reader | None = None,
    ) -> None:
        self._policies = policies
        self._clock = clock
        self._lifts = lifts or {}
        self._reader = reader
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._stored: OrderedDict[Identity, None] = OrderedDict()
        self._under_way: dict[str, Verdicts] = {}

    async def judge(self, lane: str, said: Sequence[PlacedWish]) -> Verdicts:
        """The verdicts of a lane's batch, in its order; nothing counts before `settle`.

        Others go on meanwhile: a batch of long texts holds up its own lane only.
        """
        policy = await self._policies.known()
        held = self._under_way.get(lane)
        if held is None or held.places != list(said):
            await self._forgive(lane, said)
            held = self._under_way[lane] = Verdicts(policy, self._at(said), [], {})
            since = time.perf_counter()
            for each in said:
                self._judge(held, each)
                if time.perf_counter() - since > _SLICE:
                    await asyncio.sleep(0)
                    since = time.perf_counter()
        return held

    async def _forgive(self, lane: str, said: Sequence[PlacedWish]) -> None:
        """Forget the mutes of the batch that were lifted, by the copy in the lane's database.

        A lift that was answered is there; `lift` may hear of it later.
        """
        now = self._clock()
        held = {
            RoomMute(account_id, room_id, text_of(known.counters.conduct.muted_until))
            for room_id, account_id in {each.key for each in said}
            if (known := self._known.get((room_id, account_id))) is not None
            and known.counters.conduct.muted_until > now
        }
        if held and lane in self._lifts:
            for mute in await self._lifts[lane].lifted(list(held)):
                self.lift(mute.account_id, mute.room_id)

    def settle(self, verdicts: Verdicts, outcomes: Mapping[int, ports.Outcome]) -> None:
        """Count what was stored now or refused by the rules; repeats have been counted before.

        `outcomes` by the index of the message. A second call for the batch changes nothing.
        """
        if verdicts.counted is not None:
            return
        verdicts.counted = [
            judged
            for index, judged in enumerate(verdicts.judged)
            if judged.trace is not None and not judged.is_copy and _counts(judged, outcomes[index])
        ]
        before = len(self._known)
        for key, known in self._after(verdicts, verdicts.counted).items():
            self._known[key] = known
            self._known.move_to_end(key)
        for index, judged in enumerate(verdicts.judged):
            outcome = outcomes.get(index)
            if judged.said.is_new and outcome is not None and outcome.code is None:
                self._stored[judged.said.identity] = None
        self._forget(verdicts.policy, verdicts.at, _SWEPT * (1 + len(self._known) - before))

    def _after(self, verdicts: Verdicts, counted: Sequence[Judged]) -> Mapping[Key, _Known]:
        """The counters after what counted; judged again without the rest, where there is any."""
        if len(counted) == sum(judged.trace is not None for judged in verdicts.judged):
            return verdicts.after
        again = Verdicts(verdicts.policy, verdicts.at, [], {})
        for each in counted:
            self._judge(again, each.said)
        return again.after

    def news(self, lane: str) -> tuple[list[records.MessageJudged], list[Mute]]:
        """What others are to hear of the lane's batch, once it is settled; see news_of."""
        return news_of(self._under_way[lane].counted or ())

    def finish(self, lane: str) -> None:
        """The batch is done: its verdicts are told and acknowledged next."""
        self._under_way.pop(lane, None)

    def lift(self, account_id: str, room_id: str | None) -> None:
        """An operator has forgiven the account, in the room or (None) in all of them."""
        for counters in (self._known, *(each.after for each in self._under_way.values())):
            for key, known in counters.items():
                if key[1] == account_id and room_id in (None, key[0]):
                    after = conduct.lift(known.counters.conduct)
                    counters[key] = _Known(replace(known.counters, conduct=after))

    def _at(self, said: Sequence[PlacedWish]) -> float:
        clock = self._clock()
        return min(max((each.at for each in said), default=clock), clock)

    def _judge(self, verdicts: Verdicts, said: PlacedWish) -> None:
        """Add the verdict of one wish to those of its batch."""
        policy, after, judged = verdicts.policy, verdicts.after, verdicts.judged
        if not said.is_new or said.text is None:
            judged.append(Judged(said, judge_words(policy, said.text or "", self._reader)))
            return
        if said.identity in self._stored:  # the store answers a repeat, whatever the rules say
            judged.append(Judged(said, Verdict(Outcome.PASS, text=said.text), is_copy=True))
            return
        if said.identity in verdicts.first:
            judged.append(replace(verdicts.first[said.identity], said=said, is_copy=True))
            return
        known = after.get(said.key) or self._known.get(said.key) or _Known()
        at = min(said.at, self._clock())  # a front whose clock is ahead mutes nobody for longer
        verdict, counters = room.judge(policy, known.counters, said.text, at, self._reader)
        cause = str(verdict.reason) if verdict.outcome is Outcome.MUTE else known.cause
        after[said.key] = _Known(counters, cause)
        was_muted = verdict.reason is Reason.MUTED
        read_again = None if was_muted else read(policy, said.text, self._reader)
        trace = _UNREAD if read_again is None else trace_of(policy, read_again)
        is_muted = was_muted or verdict.outcome is Outcome.MUTE
        judged.append(Judged(said, verdict, trace, cause if is_muted else None))
        verdicts.first[said.identity] = judged[-1]

    def _forget(self, policy: Policy, now: float, most: int) -> None:
        """Drop counters that cannot matter any more, `most` at a time, and those over the bound."""
        for key in list(islice(self._known, most)):
            if room.idle(policy, self._known[key].counters, now):
                del self._known[key]
            else:
                self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        while len(self._stored) > REMEMBERED:
            self._stored.popitem(last=False)


def _counts(judged: Judged, outcome: ports.Outcome) -> bool:
    if not isinstance(outcome, ports.MessageOutcome):
        return False
    if outcome.code is None:
        return not outcome.repeated
    is_own = outcome.code == ErrorCode.MESSAGE_REFUSED and outcome.muted_until is None
    return is_own and judged.is_refused
