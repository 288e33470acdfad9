"""The search compared part by part, on a comparison of the test's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest
from prometheus_client import REGISTRY

from agents.log_maintenance.check import CHECKS, DIFFERENCES, LogCheck
from agents.log_maintenance.verify import LogPart
from chatstream.domain.log_differences import Discrepancy
from chatstream.errors import TransientFailure

ONE, TWO = LogPart("chat-0", ["a", "b"]), LogPart("chat-1", ["c"], 0, 8)
STRANGERS = "strangers"


class Told:
    """What a comparison finds, by its part; the next call of what `fails` names ends."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.finds: dict[str, Mapping[Discrepancy, int]] = {}
        self.fails = ""
        self.opened = 0

    async def open(self) -> Told:
        self.opened += 1
        return self

    def begin(self) -> None:
        self.asked.append("begin")

    async def parts(self) -> AsyncIterator[LogPart]:
        for part in (ONE, TWO):
            self._fail(f"list {part.database}")
            yield part

    async def part(self, part: LogPart) -> Mapping[Discrepancy, int]:
        self._fail(part.database)
        self.asked.append(part)
        return Counter(self.finds.get(part.database, {}))

    async def strangers(self) -> Mapping[Discrepancy, int]:
        self._fail(STRANGERS)
        self.asked.append(STRANGERS)
        return Counter(self.finds.get(STRANGERS, {}))

    def _fail(self, what: str) -> None:
        if self.fails == what:
            self.fails = ""
            raise TransientFailure(f"{what} is away")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def check(told: Told) -> Iterator[LogCheck]:
    DIFFERENCES.clear()
    yield LogCheck(told.open, lambda: True, 0)
    DIFFERENCES.clear()


def differences() -> dict[str, float]:
    return {
        kind: value
        for kind in Discrepancy
        if (value := REGISTRY.get_sample_value("chatstream_log_differences", {"reason": kind}))
    }


def came_round() -> float:
    return REGISTRY.get_sample_value("chatstream_log_came_round_timestamp_seconds") or 0


async def test_a_round_is_each_part_once_and_the_strangers_last(
    check: LogCheck, told: Told
) -> None:
    before = CHECKS._value.get()
    for _ in range(4):
        await check.check()
    begin = "begin"
    assert told.asked == [begin, ONE, begin, TWO, begin, STRANGERS, begin, ONE]
    assert told.opened == 2
    assert CHECKS._value.get() - before == 4


async def test_what_differs_is_told_at_once_and_until_a_round_finds_it_no_more(
    check: LogCheck, told: Told
) -> None:
    await check.check()
    assert differences() == {}
    told.finds = {"chat-1": {Discrepancy.MISSING: 2}, STRANGERS: {Discrepancy.EXTRA: 3}}
    await check.check()
    assert differences() == {"missing": 2}
    await check.check()
    assert differences() == {"missing": 2, "extra": 3}
    told.finds = {"chat-0": {Discrepancy.MISSING: 1}}
    for _ in range(2):
        await check.check()
        assert differences() == {"missing": 2, "extra": 3}
    await check.check()
    assert differences() == {"missing": 1}


async def test_what_an_outage_ended_is_compared_again(check: LogCheck, told: Told) -> None:
    await check.check()
    for what in ("chat-1", STRANGERS):
        told.fails = what
        with pytest.raises(TransientFailure):
            await check.check()
        await check.check()
    assert [each for each in told.asked if each != "begin"] == [ONE, TWO, STRANGERS]


async def test_a_round_whose_list_of_rooms_ended_begins_anew(check: LogCheck, told: Told) -> None:
    told.finds = {"chat-0": {Discrepancy.OLDER: 1}}
    await check.check()
    told.fails = "list chat-1"
    with pytest.raises(TransientFailure):
        await check.check()
    for _ in range(3):
        await check.check()
    assert [each for each in told.asked if each != "begin"] == [ONE, ONE, TWO, STRANGERS]
    assert differences() == {"older": 1}


async def test_only_the_worker_whose_it_is_compares_and_tells(told: Told) -> None:
    ours = True
    check = LogCheck(told.open, lambda: ours, 0)
    told.finds = {"chat-0": {Discrepancy.CONTENT: 1}}
    await check.check()
    assert differences() == {"content": 1}
    assert came_round() > 0
    ours = False
    await check.check()
    assert (differences(), came_round(), told.opened) == ({}, 0, 1)
    ours = True
    await check.check()
    # From the first part on.
    assert [each for each in told.asked if each != "begin"] == [ONE, ONE]
    assert came_round() > 0
