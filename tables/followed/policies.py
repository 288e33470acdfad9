"""The policy against abuse: the last record on kakao.chat.policy.EVENT, known in every worker.

The word lists of a policy are compiled in a thread (over half a second of work) before it counts.
"""

from __future__ import annotations

import asyncio
import json
import logging

from mode import Service

from chatstream.domain.abuse.encoding import pack, unpack
from chatstream.domain.abuse.messages import matcher_of
from chatstream.domain.abuse.policy import DEFAULT, Policy
from chatstream.domain.times import now_text
from chatstream.errors import invalid
from chatstream.settings import KafkaSettings
from infra.kafka.single_partition import LARGEST
from schemas import records
from schemas.contexts.conduct import POLICY
from tables.followed.fold import Followed, Follower

log = logging.getLogger(__name__)


class Policies(Follower):
    """Follows the topic; `policy` is the one in force, `own` without a record.

    `latest` is what the last record says: it comes into force once it is compiled.
    """

    def __init__(self, settings: KafkaSettings, own: Policy = DEFAULT) -> None:
        followed = Followed(POLICY.event, self._apply)
        super().__init__(settings, followed, settings.fetch_interval)
        self.policy = own
        self._own = own
        self.latest = own
        self._in_force = asyncio.Event()

    async def known(self) -> Policy:
        """The policy in force; waits until what was on the topic at the start has been read."""
        await self._in_force.wait()
        return self.policy

    def _apply(self, _partition: int, record: records.PolicyChanged) -> None:
        self.latest = policy_of(record, self._own)

    @Service.task
    async def _follow(self) -> None:
        await self.ready.wait()
        while not self.should_stop:
            self.followed.changed.clear()
            policy = self.latest
            await asyncio.to_thread(matcher_of, policy)
            self.policy = policy
            self._in_force.set()
            log.info("policy %s is in force", policy.version)
            await self.followed.changed.wait()


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
