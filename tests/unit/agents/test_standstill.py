"""The watch over a worker that is given: when it ends it, and what it remembers."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from agents.loop import standstill
from agents.loop.standstill import EXIT_STANDSTILL, StandstillWatch
from chatstream.errors import TransientFailure
from infra.restarts import FILE, RestartFile, Restarts
from tests.fakes.batching import Rig
from tests.samples import Since

PLACE = TP("t", 0)


class EndedError(Exception):
    """The process would have ended here."""


class Consumer:
    """A consumer that is given its places."""

    def __init__(self) -> None:
        self.ends: dict[TP, int] = {PLACE: 9}
        self.begins: dict[TP, int | None] = {PLACE: 5}
        self.away: Exception | None = None

    def assignment(self) -> set[TP]:
        return {*self.ends, TP("x-changelog", 0)}

    async def highwaters(self, *places: TP) -> Mapping[TP, int]:
        if self.away is not None:
            raise self.away
        return {place: self.ends[place] for place in places}

    async def earliest_offsets(self, *places: TP) -> Mapping[TP, int]:
        return dict.fromkeys(places, 0)


def app_over(consumer: Consumer) -> Any:
    """What the watch asks of its app."""
    monitor = SimpleNamespace(tp_committed_offsets={})
    return SimpleNamespace(consumer=consumer, serving=True, loops=[], monitor=monitor)


class Watched:
    """A worker, the watch over it, and the clock by which it looks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.codes: list[int] = []
        self.consumer = Consumer()
        self.app = app_over(self.consumer)
        self.watch = StandstillWatch(
            self.app, RestartFile(folder), patience=60.0, pause=600.0, die=self.die
        )
        clock = SimpleNamespace(monotonic=lambda: self.now, time=lambda: 1_000_000 + self.now)
        monkeypatch.setattr(standstill, "time", clock)

    def die(self, code: int) -> NoReturn:
        self.codes.append(code)
        raise EndedError

    async def look(self, now: float) -> bool:
        """Whether it ended the process."""
        self.now = now
        try:
            await self.watch.look()
        except EndedError:
            return True
        return False

    def commit(self, offset: int) -> None:
        self.app.monitor.tp_committed_offsets[PLACE] = offset


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(tmp_path, monkeypatch)


async def test_a_worker_that_holds_records_and_does_not_commit_ends_once_in_ten_minutes(
    watched: Watched, tmp_path: Path
) -> None:
    assert not await watched.look(0)
    assert not await watched.look(59)
    assert await watched.look(60)
    assert watched.codes == [EXIT_STANDSTILL]
    assert not await watched.look(180)
    assert not await watched.look(659)
    assert await watched.look(660)
    assert RestartFile(tmp_path).read() == Restarts(2, 1_000_660)


async def test_a_worker_that_commits_goes_on(watched: Watched) -> None:
    for number in range(3):
        watched.commit(6 + number)
        assert not await watched.look(50.0 * number)
    watched.commit(9)
    assert not await watched.look(1_000)
    assert not await watched.look(2_000)


async def test_what_it_found_committed_counts_and_what_it_never_committed_from_the_first(
    watched: Watched,
) -> None:
    watched.consumer.begins[PLACE] = 9
    for now in (0, 100, 200):
        assert not await watched.look(now)
    watched.consumer.begins[PLACE] = None
    assert not await watched.look(300)
    assert await watched.look(360)


async def test_while_kafka_does_not_answer_or_partitions_move_nobody_is_ended(
    watched: Watched,
) -> None:
    for away in (KafkaConnectionError("away"), TimeoutError()):
        assert not await watched.look(0)
        watched.consumer.away = away
        assert not await watched.look(61)
        watched.consumer.away = None
        assert not await watched.look(70)
        watched.app.serving = False
        assert not await watched.look(140)
        watched.app.serving = True
        assert not await watched.look(150)


async def test_a_lane_whose_store_is_away_excuses_the_worker(watched: Watched) -> None:
    rig = Rig()
    rig.sink.failures = [TransientFailure("away")]
    rig.put((0, 1))
    await rig.acked(1)
    watched.app.loops = [rig.loop]
    (lane,) = rig.loop.lanes.values()
    assert lane.excused_at > 0  # it failed once on the way
    lane.excused_at = 10.0
    assert not await watched.look(0)
    assert not await watched.look(60)
    assert not await watched.look(69)
    # The time begins anew when that is over.
    assert not await watched.look(128)
    assert await watched.look(129)
    await rig.close()


def test_an_event_loop_that_does_not_turn_ends_the_worker(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standstill, "_TICK", 0.001)
    monkeypatch.setattr(standstill, "ANSWER_WITHIN", 0.0)
    watched.watch._patience = 0.02
    thread = threading.Thread(target=watched.watch._watch_loop)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    thread.start()
    thread.join(10.0)
    assert not thread.is_alive()
    assert watched.codes == [EXIT_STANDSTILL]


async def test_how_often_it_was_is_counted_over_restarts(watched: Watched, tmp_path: Path) -> None:
    RestartFile(tmp_path).note(999_000.0)
    RestartFile(tmp_path).note(999_700.0)
    since = Since()
    async with watched.watch:
        assert since("standstill_restarts_total") == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"count": "many", "last": 1}'])
def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert RestartFile(tmp_path).read() == Restarts()
    RestartFile(tmp_path).note(7.0)
    assert json.loads((tmp_path / FILE).read_text()) == {"count": 1, "last": 7.0}
