"""Our own shipper: the lines of logs to Kafka, where rsyslog is not installed.

How far a file was brought is remembered only when the broker has the lines, so a SIGKILL at any
moment repeats lines, whose `event.id` makes that harmless, and loses none. While Kafka is away the
lines wait in their files.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

from aiokafka.errors import KafkaError

from chatstream.domain.backoff import Backoff
from chatstream.errors import TransientFailure
from infra.faust.sending import PatientProducer
from infra.retrying import retried, warn
from infra.shipping.files import Files, OpenLog
from infra.shipping.followed import ShippingPlan
from infra.shipping.lines import record

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
FIRST, MOST = 0.5, 3.0


async def ship(plan: ShippingPlan, begun: Callable[[], object]) -> None:
    """Follow the files of the plan until SIGTERM; `begun` is called when that has begun."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    files = Files(plan.files, Path(plan.folder) / "offsets.json")
    begun()
    work = asyncio.ensure_future(_follow(plan, files, stop))
    ended = asyncio.ensure_future(stop.wait())
    await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        await asyncio.wait((work,), timeout=10)  # what is under way, unless Kafka is away
    ended.cancel()
    if work.cancel():
        await asyncio.gather(work, return_exceptions=True)
    else:
        work.result()


async def _follow(plan: ShippingPlan, files: Files, stop: asyncio.Event) -> None:
    producer: PatientProducer | None = None

    async def one_pass() -> int:
        nonlocal producer
        if producer is None:
            producer = await _started(plan.bootstrap)
        try:
            return await _pass(producer, plan.topic, files)
        except KafkaError as error:
            # A producer whose numbers no longer follow one another is of no use.
            await _ended(producer)
            producer = None
            raise TransientFailure(f"kafka: {type(error).__name__}") from error

    told = warn(log, "carrying lines of logs")
    try:
        while True:
            # A stop that came meanwhile still brings what its writers said last.
            last = stop.is_set()
            brought = await retried(one_pass, Backoff(FIRST, MOST), told=told)
            if last and not brought:
                return
            if not brought:
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        if producer is not None:
            await _ended(producer)


async def _started(bootstrap: str) -> PatientProducer:
    producer = PatientProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=20,
        max_batch_size=256 * 1024,
    )
    try:
        await producer.start()
    except KafkaError as error:
        await _ended(producer)
        raise TransientFailure(f"kafka: {type(error).__name__}") from error
    return producer


async def _ended(producer: PatientProducer) -> None:
    try:
        async with asyncio.timeout(5):
            await producer.stop()
    except (TimeoutError, KafkaError) as error:
        log.warning("a producer did not end cleanly: %s", type(error).__name__)


async def _pass(producer: PatientProducer, topic: str, files: Files) -> int:
    """Bring the next lines of every file; how many."""
    futures: list[asyncio.Future[object]] = []
    behind: list[tuple[OpenLog, int]] = []
    for each in files.look():
        lines, offset = each.take()
        for start, line in lines:
            key, value = record(each.log, start, line)
            futures.append(await producer.send(topic, value, key=key))
        if offset != each.offset:
            behind.append((each, offset))
    for result in await asyncio.gather(*futures, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
    for each, offset in behind:
        files.brought(each, offset)
    if behind:
        files.save()
    return len(futures)
