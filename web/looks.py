"""An operator's look is itself an event: it is on Kafka before what was asked for goes out."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from uuid_utils.compat import uuid7

from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from chatstream.errors import TransientFailure
from chatstream.ports.logins import Caller
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing, send_all
from schemas import records
from schemas.contexts.log import LOOK

REMEMBERED = 600.0
"""Seconds for which a look that goes on (a next page, a live tail) is one."""
_MOST = 10_000

Filters = Mapping[str, str]


class Looks:
    """The looks of this front; `patience` is how long one may take to be on Kafka."""

    def __init__(
        self, app: ChatStreamApp, patience: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._patience = patience
        self._clock = clock
        self._known: OrderedDict[tuple[str, str, tuple[tuple[str, str], ...]], float] = (
            OrderedDict()
        )

    async def told(
        self, caller: Caller, page: str, filters: Filters, *, goes_on: bool = False
    ) -> None:
        """Returns when the look is on Kafka; raises TransientFailure when it cannot be.

        One that `goes_on` is told once, as long as it does: which looks these are this process
        knows itself, so nobody can say so of one that was not told.
        """
        look = (caller.account_id, page, tuple(sorted(filters.items())))
        now = self._clock()
        seen = self._known.get(look)
        if not (goes_on and seen is not None and now - seen < REMEMBERED):
            await self._produce(caller.account_id, page, filters)
        self._known[look] = now
        self._known.move_to_end(look)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def _produce(self, account_id: str, page: str, filters: Filters) -> None:
        look = records.OperatorLooked(
            event_id=str(uuid7()),
            account_id=account_id,
            page=page,
            filters=dict(filters),
            at=now_text(),
        )
        outgoing = Outgoing(
            LOOK.event.name,
            partition_of(account_id, self._app.conf.topic_partitions),
            account_id.encode(),
            records.encode(look),
        )
        try:
            async with asyncio.timeout(self._patience):
                await send_all(self._app, [outgoing])
        except TimeoutError as error:
            raise TransientFailure("kafka: a look was not acknowledged in time") from error
