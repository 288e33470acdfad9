"""The Faust application class of every service.

What differs from plain Faust, and why: none of Faust's own HTTP pages is served; loops that hold
unacknowledged records are told when a rebalance or the stop begins, because Faust waits for them
without a limit; the consumer and the producer are those of `transport`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

import faust
from aiohttp import web
from faust import Event
from mode import ServiceT
from mode.utils.objects import cached_property

from chatstream.json_lines import speak_as
from chatstream.settings import Settings
from infra.faust.flow import KeepingFlow
from infra.faust.held import Offers
from infra.faust.http_server import OwnRoutesOnly
from infra.faust.membership import instance_id
from infra.faust.metrics import PARTITIONS, REBALANCE_SECONDS, REBALANCES, TO_RECOVER
from infra.faust.options import options_of
from infra.faust.pauses import PauseWatch
from infra.faust.reconnecting import await_broker
from infra.faust.recovery import Tables
from infra.faust.transport import Transport
from infra.pacing import Pace, Rest, pace_of

REST_SECONDS = 0.2
"""Of topics that nobody waits for beside others: what is done about them is seen soon after."""

WebHook = Callable[[web.Application], None]
Step = Callable[[], Awaitable[None]]


class Drainable(Protocol):
    """Something that holds unacknowledged records while a batch is under way."""

    def begin_drain(self) -> None:
        """Forget what has not begun and finish, in bounded time, what has; never blocks."""
        ...


class ChatStreamApp(faust.App):
    """A Faust app that carries its settings, web hooks and drainable loops.

    `web_hooks` run once, before the server starts, with the aiohttp application: a module's
    `register` adds its routes there. `before_start` steps are awaited in order, and then the
    broker, before anything else starts; `before_stop` steps in order while everything still runs;
    `after_stop` steps after everything has stopped. `loops` are told to drain at a rebalance and at
    the stop, and get records by `offers`, past their streams. `instance` tells this start of the
    process from every other.
    """

    def __init__(
        self, *args: Any, chatstream: Settings, pace: Pace, rest: Rest, **kwargs: Any
    ) -> None:
        self.chatstream = chatstream
        self.instance = str(uuid4())
        self.pace = pace
        self.rest = rest
        self.web_hooks: list[WebHook] = []
        self.loops: list[Drainable] = []
        self.before_start: list[Step] = []
        self.before_stop: list[Step] = []
        self.after_stop: list[Step] = []
        self.offers = Offers()
        self.stopping = False
        self.pauses = PauseWatch(chatstream.kafka.session_timeout)
        self._rebalancing_since: float | None = None
        super().__init__(*args, **kwargs)
        PARTITIONS.watch(self)
        TO_RECOVER.watch(self)

    @cached_property
    def flow_control(self) -> KeepingFlow:  # noqa: D102 (Faust's attribute)
        return KeepingFlow(loop=self.loop)

    def on_web(self, hook: WebHook) -> None:
        """Add a hook that gets the aiohttp application before the server starts."""
        self.web_hooks.append(hook)

    def run_beside(self, service: ServiceT) -> None:
        """Start this service with the app, after those named before it, and stop it with the app.

        Only before the app has started. A service that crashes ends the app, as an agent would.
        """
        self.service(service)  # type: ignore[arg-type]  # Faust takes instances, its type does not

    def create_event(self, key: Any, value: Any, headers: Any, message: Any) -> Any:
        """The event of a record, by which an agent gets it."""
        return Event(self, key, value, headers, message)

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
        speak_as(self.chatstream.service, self.chatstream.worker_name)
        self.chatstream.data_dir.mkdir(parents=True, exist_ok=True)
        self._say_what_it_reads()
        await super().on_first_start()
        self.pauses.start()
        for step in self.before_start:
            await step()
        await await_broker(self.chatstream.kafka.bootstrap_servers)

    def _say_what_it_reads(self) -> None:
        """A static member is known by its topics too."""
        if self.chatstream.kafka.static_membership:
            read = [topic for agent in self.agents.values() for topic in agent.channel.topics]
            name = instance_id(self.chatstream.worker, [*read, *self.tables.changelog_topics])
            self.conf.consumer_group_instance_id = name

    async def on_shutdown(self) -> None:  # noqa: D102 (Faust's hook)
        await super().on_shutdown()
        self.pauses.stop()
        for step in self.after_stop:
            await step()

    def on_rebalance_start(self) -> None:  # noqa: D102 (Faust's hook)
        super().on_rebalance_start()
        REBALANCES.inc()
        if self._rebalancing_since is None:  # one may begin before the tables of another are there
            self._rebalancing_since = time.monotonic()
        self._drain()

    def on_rebalance_end(self) -> None:  # noqa: D102 (Faust's hook)
        super().on_rebalance_end()
        since, self._rebalancing_since = self._rebalancing_since, None
        if since is not None:
            REBALANCE_SECONDS.observe(time.monotonic() - since)

    async def on_stop(self) -> None:  # noqa: D102 (Faust's hook)
        self.stopping = True
        for step in self.before_stop:
            await step()
        self._drain()
        await super().on_stop()

    def _drain(self) -> None:
        for loop in self.loops:
            loop.begin_drain()

    @property
    def serving(self) -> bool:
        """True when this worker owns its partitions and its tables are recovered."""
        return not (self.stopping or self.rebalancing or self.in_recovery or self.tables_pending())

    def owned(self, topic: str) -> Collection[int]:
        """The partitions of a topic or changelog that are this process' own; none before a start.

        As the last rebalance left them: also while the next one is under way, see `serving`.
        """
        return self._owned().get(topic, ())

    def leads(self, topic: str) -> bool:
        """Whether this worker is to do what one of all of the service does.

        It is he who serves and reads the first partition of the topic.
        """
        return self.serving and 0 in self.owned(topic)

    def partitions_held(self) -> Iterable[tuple[str, int]]:
        """(topic, how many of its partitions are this process' own), changelogs too."""
        if self.producer_only or not self.started:
            return ()
        return [(topic, len(partitions)) for topic, partitions in self._owned().items()]

    def _owned(self) -> Mapping[str, Sequence[int]]:
        # `assigned_actives` makes a place of every partition of every topic, at each call.
        assignor: Any = self.assignor  # its interface does not name it
        actives: Mapping[str, Sequence[int]] = assignor._assignment.actives
        return actives

    def records_to_recover(self) -> int:
        """Records of changelogs that the tables lack; 0 when they serve."""
        tables: Any = self.tables  # of ours, see Tables
        lacking: int = tables.recovery.active_remaining_total() if self.in_recovery else 0
        return lacking

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
    return ChatStreamApp(
        group_of(name),
        chatstream=settings,
        pace=pace_of(kafka, is_waited_for=is_waited_for),
        rest=Rest(frozenset(unhurried), REST_SECONDS),
        version=version,
        TableManager=Tables,
        **options_of(settings, linger),
    )
