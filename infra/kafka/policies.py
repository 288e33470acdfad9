"""The policy against abuse: changed by a record on kakao.chat.policy.EVENT, known in every worker.

A worker reads the topic from its beginning, without a group, and keeps what the last record says.
The word lists of a policy are compiled in a thread (over half a second of work) before it counts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Iterable

from mode import Service, ServiceT

from chatstream.domain.abuse.encoding import pack, unpack
from chatstream.domain.abuse.messages import matcher_of
from chatstream.domain.abuse.policy import DEFAULT, Policy
from chatstream.domain.times import now_text
from chatstream.errors import PoisonMessage, UserError, invalid
from chatstream.settings import KafkaSettings
from infra.kafka.one_place import LARGEST, OnePlace
from infra.kafka.pace import Pace
from infra.kafka.tail import TopicTail
from schemas import codec, records, topics

log = logging.getLogger(__name__)

TOPIC = topics.POLICY_EVENT.name
_PLACE = OnePlace(topics.POLICY_EVENT)
home, outgoing = _PLACE.home, _PLACE.outgoing


class Policies(Service):
    """Follows the topic; `policy` is the one in force, `own` without a record."""

    def __init__(self, settings: KafkaSettings, own: Policy = DEFAULT) -> None:
        super().__init__()
        self.policy = own
        self._own = own
        self._latest = own
        self._changed = asyncio.Event()
        self._in_force = asyncio.Event()
        pace = Pace(settings.fetch_interval, 1)
        self._tail = TopicTail(settings, TOPIC, self.on_record, since=math.inf, pace=pace)

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """The tail; it starts and stops with this service."""
        return [self._tail]

    async def known(self) -> Policy:
        """The policy in force; waits until what was on the topic at the start has been read."""
        await self._in_force.wait()
        return self.policy

    def on_record(self, partition: int, _key: bytes, value: bytes) -> None:
        """The tail's handler; a record that cannot be read is logged, the policy stays."""
        try:
            self._latest = policy_of(codec.decode(TOPIC, value), self._own)
        except (PoisonMessage, UserError) as error:
            log.error("the policy stays: unreadable record in %s-%s: %s", TOPIC, partition, error)
            return
        self._changed.set()

    @Service.task
    async def _follow(self) -> None:
        await self._tail.ready.wait()
        while not self.should_stop:
            self._changed.clear()
            policy = self._latest
            await asyncio.to_thread(matcher_of, policy)
            self.policy = policy
            self._in_force.set()
            log.info("policy %s is in force", policy.version)
            await self._changed.wait()


def policy_of(record: records.PolicyChanged | None, own: Policy = DEFAULT) -> Policy:
    """The policy that a record (None: no record) puts in force; INVALID_INPUT names the field."""
    if record is None or record.policy is None:
        return own
    try:
        return unpack(json.loads(record.policy))
    except (ValueError, RecursionError) as error:
        raise invalid("policy", f"must be JSON: {error}") from error


def record_of(value: object) -> records.PolicyChanged:
    """The record that puts the policy of JSON values in force, checked first.

    Without a `version` it gets one: the time. INVALID_INPUT names the field that is wrong.
    """
    at = now_text()
    if isinstance(value, dict):
        value = {"version": at, **value}
    policy = unpack(value)
    text = json.dumps(pack(policy), ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        raise invalid("policy", f"must have at most {LARGEST} bytes with all lists together")
    return records.PolicyChanged(version=policy.version, policy=text, changed_at=at)


def default_record() -> records.PolicyChanged:
    """The record that puts the program's own policy in force."""
    return records.PolicyChanged(version=DEFAULT.version, policy=None, changed_at=now_text())
