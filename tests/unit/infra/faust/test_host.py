"""Guests of a process: they start and end at once, each under its own name."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from mode import Service

from infra.faust.host import Guests
from tests.client.waiting import eventually
from tests.unit.test_json_lines import formatted


class Guest(Service):
    """An app of a service, which starts when it is `let`; notes who speaks at its end."""

    def __init__(self, service: str, let: asyncio.Event) -> None:
        super().__init__()
        self.chatstream: Any = SimpleNamespace(service=service, worker_name=f"{service}-1")
        self.let = let
        self.is_up = False
        self.ended_as = ""

    async def on_start(self) -> None:
        await self.let.wait()
        self.is_up = True

    async def on_stop(self) -> None:
        self.ended_as = formatted("the end")["service"]["name"]
        if not self.let.is_set():
            raise ConnectionError("its start is not over")


def guests(*lets: asyncio.Event) -> tuple[Guests, list[Guest]]:
    apps: list[Any] = [Guest(f"service-{n}", let) for n, let in enumerate(lets)]
    return Guests(apps), apps


def let() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def test_none_waits_for_the_start_of_another_and_each_ends_under_its_name() -> None:
    away = asyncio.Event()
    service, (slow, quick) = guests(away, let())
    await service.start()

    async def is_up() -> bool:
        return quick.is_up

    await eventually(is_up)
    assert not slow.is_up
    away.set()
    await service.stop()
    assert [slow.ended_as, quick.ended_as] == ["service-0", "service-1"]


async def test_one_that_fails_at_its_end_keeps_no_other_from_ending() -> None:
    service, (failing, other) = guests(asyncio.Event(), let())
    await service.start()
    with pytest.raises(ConnectionError):
        await service.on_stop()
    assert other.ended_as == "service-1"
    failing.let.set()
    await service.stop()
