"""The process of a worker, and of the quiet services that run in it as its guests.

Each app keeps its own group, tables, web port and heartbeat; what they share is the process and
its event loop. One that ends by an error ends the process, and the supervisor starts it again, as
it does for one that is alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from faust.worker import Worker
from mode import Service

from chatstream.json_lines import speak_as
from infra.faust.app import ChatStreamApp
from infra.garbage import pass_over_what_is_there


class Guests(Service):
    """Starts these apps at once, and ends them at once: none waits for what another waits for.

    A worker ends its own app first. One that crashes ends the worker when that has started.
    """

    def __init__(self, apps: Sequence[ChatStreamApp]) -> None:
        super().__init__()
        self._apps = apps

    @Service.task
    async def _begin(self) -> None:
        await asyncio.gather(*(self.add_runtime_dependency(app) for app in self._apps))

    async def on_stop(self) -> None:
        """End them all before this service has ended."""
        ends = await asyncio.gather(*map(_end, self._apps), return_exceptions=True)
        for failed in ends:
            if failed is not None:
                raise failed


class Host(Worker):
    """Faust's worker; once its app serves, full collections pass over what the start made."""

    async def on_startup_finished(self) -> None:  # noqa: D102 (Faust's hook)
        await super().on_startup_finished()
        pass_over_what_is_there()


async def _end(app: ChatStreamApp) -> None:
    speak_as(app.chatstream.service, app.chatstream.worker_name)
    await app.stop()


def worker_of(app: ChatStreamApp, guests: Sequence[ChatStreamApp], level: str) -> Host:
    """What runs an app, and its guests, until SIGTERM or Ctrl-C."""
    # Guests first: the worker awaits the start of its own app.
    beside = [Guests(guests)] if guests else []
    worker = Host(app, *beside, loglevel=level, redirect_stdouts=False)
    # Faust's, for terminals: makes every logger work at DEBUG when the level is above INFO.
    worker.spinner = None
    return worker
