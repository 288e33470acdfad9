"""Something compared with Postgres again and again, beside an app."""

from __future__ import annotations

import logging
from abc import abstractmethod
from itertools import count

from mode import Service

from chatstream.errors import TransientFailure

log = logging.getLogger(__name__)


class PeriodicCheck(Service):
    """Runs `check` every `interval` seconds (0: never); an outage of a store leaves one out.

    `rounds` numbers them, so that each can take the next part.
    """

    what: str
    """What is checked, as the log names it."""

    def __init__(self, interval: float) -> None:
        super().__init__()
        self._interval = interval
        self.rounds = count()

    @Service.task
    async def _check_on(self) -> None:
        while self._interval and not self.should_stop:
            await self.sleep(self._interval)
            try:
                await self.check()
            except TransientFailure as error:
                log.warning("%s not checked: %s", self.what, error)

    @abstractmethod
    async def check(self) -> None:
        """Compare the next part. Raises TransientFailure when a store is away."""
