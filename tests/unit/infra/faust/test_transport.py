"""The producer of a service: what it says before it has begun, and how it is replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chatstream.errors import TransientFailure
from chatstream.settings import load_settings
from infra.faust.app import new_app
from infra.faust.transport import IdempotentProducer
from infra.kafka.producer import send_batches


class Inner:
    """aiokafka's producer, which starts when the test lets it."""

    def __init__(self) -> None:
        self.may_start = asyncio.Event()
        self.stopped = asyncio.Event()

    async def start(self) -> None:
        await self.may_start.wait()

    async def stop(self) -> None:
        self.stopped.set()


@pytest.fixture
def app(tmp_path: Path) -> Any:
    return new_app(load_settings(data_dir=tmp_path), "front")


def test_a_service_has_the_idempotent_producer(app: Any) -> None:
    assert isinstance(app.producer, IdempotentProducer)
    settings = app.producer._settings_extra()
    assert settings == {"acks": "all", "enable_idempotence": True}


def test_an_event_is_of_the_class_of_faust_that_the_settings_name(app: Any) -> None:
    event = app.create_event(b"key", b"value", {}, None)
    assert type(event) is app.conf.Event
    assert (event.app, event.key, event.value) == (app, b"key", b"value")


async def test_a_record_waits_for_no_buffer_however_much_lies_in_it(app: Any) -> None:
    buffer = app.producer.buffer
    for _ in range(buffer.max_messages + 1):
        buffer.pending.put_nowait(None)
    assert buffer.size > buffer.max_messages
    await asyncio.wait_for(buffer.wait_until_ebb(), 5)


async def test_what_is_sent_before_the_start_is_to_be_sent_again(app: Any) -> None:
    with pytest.raises(TransientFailure, match="not yet started"):
        await send_batches(app, "t", 0, [(b"key", b"value")])


async def test_a_spent_producer_is_replaced_once_and_used_until_then(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent, fresh = Inner(), Inner()
    made: list[Inner] = []

    def new() -> Inner:
        made.append(fresh)
        return fresh

    monkeypatch.setattr(app.producer, "_producer", spent)
    monkeypatch.setattr(app.producer, "_new_producer", new)
    app.producer.renew()
    app.producer.renew()
    await asyncio.sleep(0)
    assert app.producer.inner is spent
    fresh.may_start.set()
    await asyncio.wait_for(spent.stopped.wait(), 10)
    assert app.producer.inner is fresh
    assert len(made) == 1
