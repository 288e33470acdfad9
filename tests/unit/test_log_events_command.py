"""Events are created when the log service has read what is on Kafka, and not before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from chatstream.commands import log_events
from chatstream.commands.log_events import LogEvents
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import Ends

LINES = [("kakao.test.RESPONSE", 0)]


class Gaps:
    """None, and how often was asked for them."""

    asked = 0

    async def heads(self, lines: Sequence[Any]) -> dict[Any, int]:
        return dict.fromkeys(lines, 1)

    async def missing(self, heads: Any) -> AsyncIterator[Any]:
        self.asked += 1
        none: Sequence[Any] = ()
        for events in none:
            yield events


class Offsets:
    """A broker that answers with each of these in turn."""

    def __init__(self, *answers: bool | TransientFailure) -> None:
        self.answers = list(answers)

    async def ends(self, topics: Sequence[str]) -> Ends:
        return {topic: [1] for topic in topics}

    async def has_passed(self, group: str, ends: Ends) -> bool:
        answer = self.answers.pop(0)
        if isinstance(answer, TransientFailure):
            raise answer
        return answer


async def fill(gaps: Any, offsets: Offsets, patience: float) -> int:
    store: Any = None
    return await LogEvents(gaps, print, patience).fill(LINES, store, offsets)


async def test_it_waits_for_a_service_that_reads_and_for_a_broker_without_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_events, "_AGAIN", 0.001)
    gaps, offsets = Gaps(), Offsets(TransientFailure("kafka: no coordinator"), False, True)
    assert await fill(gaps, offsets, 60) == 0
    assert (gaps.asked, offsets.answers) == (1, [])


@pytest.mark.parametrize("answer", [False, TransientFailure("kafka: log rebuild --events")])
async def test_without_patience_it_ends_and_creates_nothing(
    answer: bool | TransientFailure,
) -> None:
    gaps = Gaps()
    with pytest.raises(TransientFailure, match="log rebuild --events"):
        await fill(gaps, Offsets(answer), 0)
    assert gaps.asked == 0
