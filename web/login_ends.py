"""The end of a login, told to the other fronts."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from chatstream.errors import TransientFailure
from chatstream.ports.logins import RevocationNews, Revoked, SessionStore

log = logging.getLogger(__name__)

TOLD_WITHIN = 2.0


@dataclass(frozen=True)
class LoginEnds:
    """Tells of ends that are stored."""

    sessions: SessionStore
    news: RevocationNews

    async def announce(self, revoked: Revoked) -> None:
        """Tell the other fronts; it is stored, so the sweep tells what fails here."""
        try:
            async with asyncio.timeout(TOLD_WITHIN):
                await self.news.announce(revoked)
                await self.sessions.announced(revoked.sid)
        except (TransientFailure, TimeoutError) as error:
            log.warning("the end of a login will be told later: %s", error)
