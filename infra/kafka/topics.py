"""Creating and checking the topics before any worker starts.

A worker that starts before its topic never gets it, and a topic of another partition count would
send a room to two workers: so a mismatch is refused, never mended in passing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupCoordinatorNotAvailableError, TopicAlreadyExistsError, for_code

from chatstream.domain.backoff import Backoff
from chatstream.errors import ConfigurationError
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin
from infra.retrying import retried
from schemas.catalogue import TOPICS
from schemas.streams import DAY, TopicSpec

KNOWN_WITHIN = 15.0
GROUPS_WITHIN = 60.0
_GROUPS = "__consumer_offsets"
_ANY_GROUP = "chatstream-topics"
_POLICY = "cleanup.policy"
_TIMES, _OF_BROKER = "message.timestamp.type", "LogAppendTime"


def _segment(spec: TopicSpec) -> dict[str, str]:
    """The broker drops whole segments: those of what is kept for less than a day must be short."""
    is_short = spec.retention is not None and spec.retention < DAY
    return {"segment.ms": str(spec.retention_ms)} if is_short else {}


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the catalogue as the broker has it; `problem` is None when it is right."""

    spec: TopicSpec
    partitions: int
    problem: str | None


class TopicAdmin:
    """Topics of the catalogue on one cluster; use as an async context manager."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client = PatientAdmin(bootstrap_servers=settings.bootstrap_servers)

    async def __aenter__(self) -> TopicAdmin:
        await self._client.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.close()

    async def create(self) -> Sequence[TopicSpec]:
        """Create what is missing and return it; then raise like `check`. Idempotent.

        Returns once every group of consumers has a coordinator: the cluster lays those when it is
        asked for the first, and workers that start meanwhile would each tell an error.
        """
        present = set(await self._client.list_topics())
        missing = [spec for spec in TOPICS if spec.name not in present]
        if missing:
            response = await self._client.create_topics([self._new(spec) for spec in missing])
            for name, code, *rest in response.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise ConfigurationError(f"topic {name}: {error.__name__} {rest}")
            await self._check_once_known()
        else:
            await self.check()
        patience = Backoff(0.1, 0.5)
        await retried(self._check_groups, patience, on=ConfigurationError, within=GROUPS_WITHIN)
        return missing

    async def _check_once_known(self) -> None:
        """Check, again for some seconds: a broker answers for a new topic a moment late."""
        patience = Backoff(0.1, 0.5)
        await retried(self.check, patience, on=ConfigurationError, within=KNOWN_WITHIN)

    async def _check_groups(self) -> None:
        try:
            await self._client.find_coordinator(_ANY_GROUP)
        except GroupCoordinatorNotAvailableError as error:
            raise ConfigurationError("no broker coordinates groups of consumers") from error
        (found,) = await self._client.describe_topics([_GROUPS])
        leaderless = [each["partition"] for each in found["partitions"] if each["leader"] < 0]
        if leaderless or not found["partitions"]:
            raise ConfigurationError(f"partitions {leaderless} of {_GROUPS} have no leader")

    def _new(self, spec: TopicSpec) -> NewTopic:
        return NewTopic(
            spec.name,
            self._settings.partitions,
            self._settings.replication,
            topic_configs={
                "retention.ms": str(spec.retention_ms),
                **_segment(spec),
                "cleanup.policy": "delete",
                "min.insync.replicas": str(max(1, self._settings.replication - 1)),
                **({_TIMES: _OF_BROKER} if spec.timed_by_broker else {}),
            },
        )

    async def states(self) -> Sequence[TopicState]:
        """Every topic of the catalogue and what is wrong with it."""
        present = set(await self._client.list_topics())
        here = [spec for spec in TOPICS if spec.name in present]
        described = await self._client.describe_topics([spec.name for spec in here])
        held = {topic["topic"]: topic["partitions"] for topic in described}
        policies = await self._policies(here)
        return [self._state(spec, held.get(spec.name, ()), policies) for spec in TOPICS]

    async def _policies(self, specs: Sequence[TopicSpec]) -> dict[str, dict[str, str]]:
        """What the broker says of the settings that must be right, by topic."""
        if not specs:
            return {}
        answers = await self._client.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
        )
        found: dict[str, dict[str, str]] = {}
        for answer in answers:
            for _code, _message, _type, name, entries in answer.resources:
                # None where another broker answers than the one that knew the topic.
                found[name] = {e[0]: e[1] for e in entries if e[0] in (_POLICY, _TIMES)}
        return found

    def _state(
        self, spec: TopicSpec, held: Sequence[Any], policies: dict[str, dict[str, str]]
    ) -> TopicState:
        said = policies.get(spec.name, {})
        policy, times = said.get(_POLICY, "unknown"), said.get(_TIMES, "unknown")
        count, wanted = len(held), self._settings.replication
        copies = min((len(partition["replicas"]) for partition in held), default=0)
        problem = None
        if count == 0:
            problem = "is missing; run `python -m chatstream topics create`"
        elif count != self._settings.partitions:
            problem = f"has {count} partitions, the settings say {self._settings.partitions}"
        elif copies < wanted:
            problem = f"has a partition with {copies} copies, the settings say {wanted}"
        elif policy != "delete":
            problem = f"has {_POLICY} {policy}, it must be delete"
        elif spec.timed_by_broker and times != _OF_BROKER:
            problem = f"has {_TIMES} {times}, it must be {_OF_BROKER}"
        return TopicState(spec, count, problem)

    async def check(self) -> None:
        """Raise ConfigurationError that names every topic that is missing or different."""
        wrong = [
            f"{state.spec.name} {state.problem}" for state in await self.states() if state.problem
        ]
        if wrong:
            raise ConfigurationError("\n".join(wrong))
