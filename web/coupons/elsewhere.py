"""Claims that wait, as fronts tell each other: a claim is asked for where it was not taken, too.

Only what is not decided within the wait of its front is told, so this is a few records beside
those of a rush. A front that hears of none has lost nothing: such a claim may be made again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Any

from chatstream.domain.partitions import partition_of
from chatstream.errors import Fenced, TransientFailure
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import traced
from schemas import records
from schemas.contexts.coupons import WAITING
from web.coupons.open_claims import Waiting

log = logging.getLogger(__name__)

MOST = 20_000
"""Claims that a front knows to wait elsewhere; the one that was told longest ago is forgotten."""
_PATIENCE = 1.0


class WaitingTold:
    """Tells all fronts that a claim waits."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def tell(self, record: records.ClaimWaits) -> None:
        """Returns when the broker has it, or after a moment without it: the answer must go out."""
        partition = partition_of(record.account_id, self._app.conf.topic_partitions)
        key, value = record.account_id.encode(), records.encode(record)
        told = Outgoing(WAITING.event.name, partition, key, value, traced())
        try:
            async with asyncio.timeout(_PATIENCE):
                await send_all(self._app, [told])
        except (TransientFailure, Fenced, TimeoutError) as error:
            log.info("that a claim waits was not told: %s", error or "no answer in time")


class WaitingElsewhere:
    """The claims that any front told to wait, until they are decided."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: OrderedDict[tuple[str, str], Waiting] = OrderedDict()
        self._decided: dict[int, int] = {}

    def heard(self, record: records.ClaimWaits) -> None:
        """A front told of it; a claim that is known to be decided is not remembered."""
        if record.offset <= self._decided.get(record.partition, -1):
            return
        waiting = Waiting(record)
        waiting.logged(record.partition, record.offset)
        key = record.account_id, record.request_id
        self._waiting[key] = waiting
        self._waiting.move_to_end(key)
        if len(self._waiting) > self._most:
            self._waiting.popitem(last=False)

    def decided(self, partition: int, offset: int, account_id: str, claim_id: str) -> None:
        """The claim has an outcome, and so has every one before it in its partition."""
        self._decided[partition] = max(offset, self._decided.get(partition, -1))
        self.ended(account_id, claim_id)

    def ended(self, account_id: str, claim_id: str) -> None:
        """The claim waits no more."""
        self._waiting.pop((account_id, claim_id), None)

    def named(self, claim_id: str, account_id: str) -> Waiting | None:
        """The account's claim with this id; None when none is known to wait."""
        waiting = self._waiting.get((account_id, claim_id))
        if waiting is None or waiting.place is None:
            return None
        partition, offset = waiting.place
        return waiting if offset > self._decided.get(partition, -1) else None
