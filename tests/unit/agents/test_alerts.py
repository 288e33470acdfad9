"""Alerts: told once while a jump lasts, by one worker, and never from partial counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from agents.stats import alerts
from agents.stats.alerts import JumpWatch
from chatstream.domain.series import Span
from infra.kafka.producer import Outgoing
from schemas import codec, records
from schemas.contexts.stats import ALERT

NOW = 1_795_262_430.0


class Rig:
    """One watched word, its counts, and what is produced."""

    def __init__(self) -> None:
        self.now = NOW
        self.mine = True
        self.recent: int | None = 4
        self.since = NOW - 86_400
        self.sent: list[Outgoing] = []
        app: Any = SimpleNamespace(conf=SimpleNamespace(topic_partitions=8))
        self.watch = JumpWatch(app, lambda: self.mine, self.words, self.counts, lambda: self.now)

    async def words(self) -> Mapping[str, float]:
        return {"tea": self.since}

    async def counts(self, word: str, asked: Span) -> Sequence[int] | None:
        if self.recent is None:
            return None
        return [0] * (len(asked.starts) - 5) + [self.recent] * 5

    def facts(self) -> list[records.WordJumped]:
        return [codec.decode(ALERT.event.name, each.value) for each in self.sent]


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig()

    async def send(_app: object, outgoing: Sequence[Outgoing]) -> None:
        rig.sent += outgoing

    monkeypatch.setattr(alerts, "send_all", send)
    return rig


async def test_a_jump_is_told_once_while_it_lasts(rig: Rig) -> None:
    await rig.watch.look()
    rig.now += 60
    await rig.watch.look()
    (fact,) = rig.facts()
    assert (fact.word, fact.count, fact.usual) == ("tea", 20, 0.0)
    assert fact.alert_id.startswith("tea:")
    rig.now += 3600
    await rig.watch.look()
    assert len(rig.facts()) == 2


async def test_another_worker_gives_the_same_jump_the_same_id(rig: Rig) -> None:
    await rig.watch.look()
    other = Rig()
    rig.watch = other.watch
    other.sent = rig.sent
    await rig.watch.look()
    first, second = rig.facts()
    assert first == second


@pytest.mark.parametrize("change", ["not mine", "partial", "quiet", "new"])
async def test_nothing_is_told_without_a_whole_reason(rig: Rig, change: str) -> None:
    rig.mine = change != "not mine"
    rig.recent = {"partial": None, "quiet": 1}.get(change, 4)
    rig.since = NOW - 600 if change == "new" else rig.since
    await rig.watch.look()
    assert rig.sent == []
