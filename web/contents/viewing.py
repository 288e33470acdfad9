"""That somebody reads a post: told to the line of posts, beside the answer."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import NAMESPACE_URL, uuid5

from chatstream.domain.times import now_text
from chatstream.errors import TransientFailure, UserError
from chatstream.ports.logins import Caller
from chatstream.ports.wishes import WishSender
from schemas import records
from schemas.contexts.contents import CONTENT

log = logging.getLogger(__name__)

_SEOUL = timezone(timedelta(hours=9))
_REMEMBERED = 65_536
_AT_ONCE = 256


def _now() -> datetime:
    return datetime.now(UTC)


class Viewing:
    """Asks for a view, once a day for each account and post as far as this front remembers.

    The wish has an id of its own for that day, so that several fronts ask for one view. Nobody
    waits for it: what cannot be told now is told when the account reads the post again.
    """

    def __init__(self, wishes: WishSender, clock: Callable[[], datetime] = _now) -> None:
        self._wishes = wishes
        self._clock = clock
        self._told: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def seen(self, caller: Caller, content_id: str) -> None:
        """The account was shown the post just now."""
        day = self._clock().astimezone(_SEOUL).date()
        view = str(uuid5(NAMESPACE_URL, f"view:{content_id}:{caller.account_id}:{day}"))
        if view in self._told or len(self._tasks) >= _AT_ONCE:
            return
        self._told[view] = None
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        wish = records.ViewContent(
            request_id=view,
            account_id=caller.account_id,
            content_id=content_id,
            requested_at=now_text(),
        )
        task = asyncio.get_running_loop().create_task(self._tell(wish))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, wish: records.ViewContent) -> None:
        try:
            await self._wishes.ask(CONTENT.request.name, wish)
        except (UserError, TransientFailure) as error:
            self._told.pop(wish.request_id, None)
            log.info("a view was not told: %s", error)
