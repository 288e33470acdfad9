"""The Faust application class of every service.

What differs from plain Faust, and why: the producer is idempotent (Faust leaves that off outside
exactly-once mode); none of Faust's own HTTP pages is served; loops that hold unacknowledged
records are told when a rebalance or the stop begins, because Faust waits for them without a limit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol

import faust
from aiohttp import web
from faust.transport.drivers import aiokafka as driver
from mode.utils.objects import cached_property
from yarl import URL

from chatstream.settings import Settings
from infra.kafka.consumer import PacedConsumer
from infra.kafka.flow import KeepingFlow
from infra.kafka.http_server import OwnRoutesOnly
from infra.kafka.pace import Pace, Rest, pace_of
from infra.kafka.patient import PatientProducer, await_broker
from infra.kafka.pauses import PauseWatch
from infra.kafka.recovery import Tables

log = logging.getLogger(__name__)

WebHook = Callable[[web.Application], None]
Step = Callable[[], Awaitable[None]]


class Drainable(Protocol):
    """Something that holds unacknowledged records while a batch is under way."""

    def begin_drain(self) -> None:
        """Forget what has not begun and finish, in bounded time, what has; never blocks."""
        ...


class IdempotentProducer(driver.Producer):
    """Faust's producer with acks=all and sequence numbers, so that a retry never doubles."""

    _renewing: asyncio.Task[None] | None = None

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    @property
    def _producer_type(self) -> type[Any]:
        return PatientProducer

    def renew(self) -> None:
        """Begin to replace the inner producer, whose sequence numbers are of no use any more.

        Sends in the meantime fail as before; one renewal is under way at a time.
        """
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.get_running_loop().create_task(self._replace())

    async def _replace(self) -> None:
        log.warning("the producer is replaced: an outage outlasted its batches")
        fresh = self._new_producer()
        await fresh.start()
        spent, self._producer = self._producer, fresh
        if spent is not None:
            await spent.stop()


class Transport(driver.Transport):
    """The aiokafka transport with the paced consumer and the idempotent producer."""

    Consumer = PacedConsumer
    Producer = IdempotentProducer


class ChatStreamApp(faust.App):
    """A Faust app that carries its settings, web hooks and drainable loops.

    `web_hooks` run once, before the server starts, with the aiohttp application: a module's
    `register` adds its routes there. `before_start` steps are awaited in order, and then the
    broker, before anything else starts; `after_stop` steps after everything has stopped. `loops`
    are told to drain at a rebalance and at the stop.
    """

    def __init__(
        self, *args: Any, chatstream: Settings, pace: Pace, rest: Rest, **kwargs: Any
    ) -> None:
        self.chatstream = chatstream
        self.pace = pace
        self.rest = rest
        self.web_hooks: list[WebHook] = []
        self.loops: list[Drainable] = []
        self.before_start: list[Step] = []
        self.after_stop: list[Step] = []
        self.stopping = False
        self.pauses = PauseWatch(chatstream.kafka.session_timeout)
        super().__init__(*args, **kwargs)

    @cached_property
    def flow_control(self) -> KeepingFlow:  # noqa: D102 (Faust's attribute)
        return KeepingFlow(loop=self.loop)

    def on_web(self, hook: WebHook) -> None:
        """Add a hook that gets the aiohttp application before the server starts."""
        self.web_hooks.append(hook)

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return Transport(self.conf.broker_producer, self)

    def _new_web(self) -> Any:
        return OwnRoutesOnly(self)

    def on_webserver_init(self, web: Any) -> None:  # noqa: D102 (Faust's hook)
        for hook in self.web_hooks:
            hook(web.web_app)

    async def on_first_start(self) -> None:  # noqa: D102 (Faust's hook)
        self.chatstream.data_dir.mkdir(parents=True, exist_ok=True)
        await super().on_first_start()
        self.pauses.start()
        for step in self.before_start:
            await step()
        await await_broker(self.chatstream.kafka.bootstrap_servers)

    async def on_shutdown(self) -> None:  # noqa: D102 (Faust's hook)
        await super().on_shutdown()
        self.pauses.stop()
        for step in self.after_stop:
            await step()

    def on_rebalance_start(self) -> None:  # noqa: D102 (Faust's hook)
        super().on_rebalance_start()
        self._drain()

    async def on_stop(self) -> None:  # noqa: D102 (Faust's hook)
        self.stopping = True
        self._drain()
        await super().on_stop()

    def _drain(self) -> None:
        for loop in self.loops:
            loop.begin_drain()

    @property
    def serving(self) -> bool:
        """True when this worker owns its partitions and its tables are recovered."""
        return not (self.stopping or self.rebalancing or self.in_recovery or self.tables_pending())

    def tables_pending(self) -> bool:
        """True while a table of this worker has not been recovered yet."""
        return not self.producer_only and not self.tables.actives_ready


def group_of(name: str) -> str:
    """The consumer group of a service, at its first version."""
    return f"chatstream-{name}"


def new_app(
    settings: Settings,
    name: str,
    *,
    is_waited_for: bool = True,
    unhurried: Collection[str] = (),
    linger: float = 0.0,
    version: int = 1,
) -> ChatStreamApp:
    """A bare app for a service: consumer group and changelog names follow from `name`.

    One that nobody waits for fetches less often: fewer and larger batches, a little later; so are
    the `unhurried` topics of another. The producer waits `linger` seconds for more; agents produce
    whole batches and need not. Another `version` is another group with tables of its own, which
    begin empty.
    """
    kafka = settings.kafka
    host = settings.web.host
    return ChatStreamApp(
        group_of(name),
        chatstream=settings,
        pace=pace_of(kafka, is_waited_for=is_waited_for),
        rest=Rest(frozenset(unhurried), kafka.background_fetch_interval),
        version=version,
        broker=f"kafka://{kafka.bootstrap_servers.replace(',', ';kafka://')}",
        store="rocksdb://",
        TableManager=Tables,
        datadir=str(settings.data_dir),
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication,
        topic_disable_leader=True,
        table_standby_replicas=1,
        broker_session_timeout=kafka.session_timeout,
        broker_heartbeat_interval=kafka.session_timeout / 4,
        broker_rebalance_timeout=kafka.rebalance_timeout,
        broker_commit_interval=1.0,
        broker_max_poll_records=1000,
        # A topic that is made later is assigned when it is seen.
        consumer_metadata_max_age_ms=30_000,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        stream_buffer_maxsize=8192,
        producer_linger=linger,
        producer_max_batch_size=128 * 1024,
        producer_request_timeout=kafka.producer_request_timeout,
        web_enabled=True,
        web_host=host,
        web_bind=host,
        web_port=settings.web.port,
        canonical_url=URL(f"http://{host}:{settings.web.port}"),
        web_tables_enabled=False,
        web_router_enabled=False,
        web_application_options={"client_max_size": settings.limits.body_bytes},
    )
