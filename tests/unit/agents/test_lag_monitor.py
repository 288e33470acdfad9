"""The monitor over positions that are given: what it tells, measures, and takes up again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest
from prometheus_client import REGISTRY

from agents.lag import samples
from agents.lag.metrics import KAFKA_LAG
from agents.lag.monitor import LagMonitor
from agents.lag.probe import GIVEN_UP, Probes
from chatstream.domain.lag.states import Sampling
from chatstream.domain.lag.telling import ToldSample
from chatstream.domain.lag.watching import GroupPosition, Place
from chatstream.errors import TransientFailure
from chatstream.ports.lag import GroupPositions
from infra.kafka.producer import Outgoing
from schemas import codec, records
from schemas.contexts.lag import PROBE, SAMPLE
from tests.samples import Since

SAMPLING = Sampling(length=3, interval=10.0)
PLACE: Place = ("t", 1)


@dataclass
class GivenGroups:
    """Answers with the positions that it is given."""

    groups: dict[str, dict[Place, GroupPosition]] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    made_at: float = 0.0
    away: bool = False
    known: Mapping[str, Collection[Place]] = field(default_factory=dict)

    def put(self, group: str, committed: int, end: int, *, members: int = 1) -> None:
        self.groups[group] = {PLACE: GroupPosition(committed, 0, end, members > 0)}
        self.members[group] = members

    async def positions(
        self, known: Mapping[str, Collection[Place]] = MappingProxyType({})
    ) -> Sequence[GroupPositions]:
        self.known = known
        if self.away:
            raise TransientFailure("away")
        return [
            GroupPositions(name, self.members[name], self.members[name] > 0, found)
            for name, found in self.groups.items()
        ]

    async def made(
        self, wanted: Collection[tuple[Place, int]]
    ) -> Mapping[tuple[Place, int], float]:
        return dict.fromkeys(wanted, self.made_at) if self.made_at else {}


@dataclass
class Rig:
    groups: GivenGroups = field(default_factory=GivenGroups)
    told: list[Outgoing] = field(default_factory=list)
    probe: float | None = 0.004
    before: Sequence[ToldSample] = ()

    def __post_init__(self) -> None:
        self.monitor = LagMonitor(
            self.groups,
            self,
            self.put,
            SAMPLING,
            partitions=8,
            probe=lambda: self.probe,
        )

    async def recent(self, seconds: float) -> Sequence[ToldSample]:
        return self.before

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        self.told.extend(outgoing)

    @property
    def samples(self) -> list[records.LagSampled]:
        return [codec.decode(SAMPLE.event.name, each.value) for each in self.told]


def metric(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_a_sample_tells_where_a_group_is_and_how_old_its_first_record() -> None:
    rig = Rig()
    rig.groups.put("g", 5, 9)
    rig.groups.made_at = time.time() - 30
    await rig.monitor.sample()
    (told,) = rig.samples
    assert (told.group, told.state, told.members, told.probe) == ("g", "OK", 1, 0.004)
    (topic,) = told.topics
    assert (topic.committed, topic.ends, topic.held) == ((-1, 5), (-1, 9), (1,))
    (behind,) = topic.behind
    assert (behind.partition, behind.lag, behind.lost) == (1, 4, 0)
    assert behind.seconds == pytest.approx(30, abs=1)
    assert told.is_kept


async def test_a_group_that_is_at_the_end_is_told_without_partitions_behind() -> None:
    rig = Rig()
    rig.groups.put("g", 9, 9)
    await rig.monitor.sample()
    await rig.monitor.sample()
    (told,) = rig.samples  # the second is the same
    assert told.topics[0].behind == ()


async def test_the_metrics_are_those_of_the_exporter_and_states() -> None:
    rig = Rig()
    KAFKA_LAG.cluster = "here"
    rig.groups.put("metered", 5, 9)
    rig.groups.made_at = time.time() - 30
    for _ in range(3):
        await rig.monitor.sample()
    at = {"cluster_name": "here", "group": "metered"}
    place = {"topic": "t", "partition": "1"}
    prefix = "kafka_consumergroup_group"
    assert metric(f"{prefix}_lag", **at, **place) == 4
    assert metric(f"{prefix}_offset", **at, **place) == 5
    assert metric(f"{prefix}_lag_seconds", **at, **place) == pytest.approx(30, abs=1)
    assert metric(f"{prefix}_max_lag", **at) == metric(f"{prefix}_sum_lag", **at) == 4
    assert metric(f"{prefix}_topic_sum_lag", **at, topic="t") == 4
    assert metric("kafka_partition_latest_offset", cluster_name="here", **place) == 9
    assert metric("kafka_partition_earliest_offset", cluster_name="here", **place) == 0
    assert metric("chatstream_lag_state", group="metered", state="STALL") == 1
    assert metric("chatstream_lag_state", group="metered", state="OK") == 0
    assert metric("chatstream_lag_lost_records", group="metered", topic="t") == 0
    assert metric("chatstream_lag_catch_up_seconds", group="metered") == float("inf")


async def test_a_group_that_is_gone_is_told_of_no_longer() -> None:
    rig = Rig()
    rig.groups.put("gone", 5, 9)
    await rig.monitor.sample()
    rig.groups.groups.clear()
    await rig.monitor.sample()
    assert metric("chatstream_lag_state", group="gone", state="OK") is None
    assert len(rig.told) == 1


async def test_the_broker_is_asked_for_what_a_group_had_before() -> None:
    rig = Rig()
    rig.groups.put("g", 5, 9)
    await rig.monitor.sample()
    assert rig.groups.known == {}
    await rig.monitor.sample()
    assert {group: [*places] for group, places in rig.groups.known.items()} == {"g": [PLACE]}


async def test_an_empty_group_whose_topics_are_gone_is_not_told_of() -> None:
    rig = Rig()
    rig.groups.put("empty", 5, 9, members=0)
    rig.groups.put("new", 5, 9)
    rig.groups.groups = {"empty": {}, "new": {}}
    await rig.monitor.sample()
    assert [each.group for each in rig.samples] == ["new"]


async def test_the_old_version_of_a_group_is_not_told_of() -> None:
    rig = Rig()
    rig.groups.put("c", 5, 9, members=0)
    rig.groups.put("c-v2", 9, 9)
    await rig.monitor.sample()
    assert [each.group for each in rig.samples] == ["c-v2"]


async def test_a_monitor_that_starts_goes_on_with_the_windows_of_the_last_one() -> None:
    first = Rig()
    first.groups.put("g", 5, 9)
    await first.monitor.sample()
    await first.monitor.sample()
    again = Rig(before=[samples.told(each) for each in first.samples])
    again.groups.put("g", 5, 9)
    async with again.monitor:
        while not again.told:
            await again.monitor.sleep(0.01)
    # The third of three in a row, of which it has seen one.
    assert [each.state for each in again.samples] == ["STALL"]
    alone = Rig()
    alone.groups.put("g", 5, 9)
    await alone.monitor.sample()
    assert [each.state for each in alone.samples] == ["OK"]


async def test_an_outage_leaves_samples_out_and_counts_them() -> None:
    rig, since = Rig(), Since()
    rig.groups.away = True
    async with rig.monitor:
        while since("lag_samples_missed_total") < 1:
            await rig.monitor.sleep(0.01)
    assert rig.told == []


async def test_samples_that_kafka_does_not_take_in_time_are_told_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from agents.lag import monitor

    rig, put = Rig(), Rig.put
    monkeypatch.setattr(monitor, "TOLD_WITHIN", 0.01)
    rig.groups.put("g", 5, 9)

    async def never(_: Sequence[Outgoing]) -> None:
        await asyncio.Event().wait()

    rig.monitor._put = never
    with pytest.raises(TransientFailure, match="in time"):
        await rig.monitor.sample()
    rig.monitor._put = lambda outgoing: put(rig, outgoing)
    await rig.monitor.sample()
    assert [each.is_kept for each in rig.samples] == [True]


# -- probes -----------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def probes(put: Any, clock: Clock) -> Probes:
    return Probes(put, "lag-1", partitions=2, interval=10.0, clock=clock)


def told(probes: Probes) -> tuple[float | None, float]:
    return probes.slowest, probes.waiting


async def test_a_probe_is_as_slow_as_the_slowest_partition_and_waits_for_what_is_not_back() -> None:
    sent: list[Outgoing] = []
    clock = Clock()

    async def put(outgoing: Sequence[Outgoing]) -> None:
        sent.extend(outgoing)

    mine = probes(put, clock)
    assert told(mine) == (None, 0.0)
    await mine.send(0)
    await mine.send(1)
    clock.now += 0.5
    mine.on_record(0, sent[0].value or b"")
    clock.now += 0.5
    mine.on_record(1, sent[1].value or b"")
    assert told(mine) == (1.0, 0.0)
    await mine.send(0)
    clock.now += 10.5
    assert told(mine) == (None, 10.5)
    mine.on_record(0, sent[2].value or b"")
    assert told(mine) == (10.5, 0.0)


async def test_a_probe_that_cannot_be_sent_is_one_that_is_not_back() -> None:
    async def away(_: Sequence[Outgoing]) -> None:
        raise TransientFailure("away")

    clock, since = Clock(), Since()
    mine = probes(away, clock)
    await mine.send(0)
    clock.now += GIVEN_UP / 2
    mine.give_up()
    assert mine.waiting == GIVEN_UP / 2
    clock.now += GIVEN_UP / 2
    mine.give_up()
    assert mine.waiting == 0
    assert since("lag_probes_lost_total") == 1


async def test_what_others_send_or_nobody_can_read_is_no_probe_of_ours() -> None:
    async def put(_: Sequence[Outgoing]) -> None: ...

    mine = probes(put, Clock())
    await mine.send(0)
    mine.on_record(0, records.encode(records.LagProbe(monitor="lag-2", number=0)))
    mine.on_record(0, b"{")
    mine.on_record(0, records.encode(records.LagProbe(monitor="lag-1", number=99)))
    assert mine.slowest is None
    assert PROBE.event.retention == 3600
