"""Read positions at the edge: PUT /chat/{roomId}/read, and what STOMP shares with it.

A page tells its position whenever something new is seen. This front sends one wish a second for an
account in a room, the farthest, and every call of that second is answered by its outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from pydantic import Field
from uuid_utils.compat import uuid7

from chatstream.domain.messages import check_uuid
from chatstream.domain.reading import SEQ_MOST
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.wishes import WishSender
from infra import tracing
from schemas import records
from schemas.contexts.reading import READ
from web.edge.bodies import Shape, read_body
from web.edge.middleware import caller_of
from web.edge.openapi import operation
from web.edge.rates import MessageRates

EVERY = 1.0


@dataclass(slots=True)
class _Wanted:
    """What is to be sent next, and who waits for it."""

    seq: int
    done: asyncio.Future[None]
    trace: bytes | None = None


class ReadMoves:
    """Sends at most one wish in `EVERY` seconds for each room and account."""

    def __init__(
        self,
        wishes: WishSender,
        rates: MessageRates,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wishes = wishes
        self._rates = rates
        self._pause = pause
        self._wanted: dict[tuple[str, str], _Wanted | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def move(self, room_id: str, account_id: str, seq: int) -> None:
        """Returns when the account's position is stored at `seq` or farther (at most the head).

        Raises UserError: RATE_LIMITED, ROOM_NOT_FOUND, NOT_A_MEMBER, BUSY, STORE_UNAVAILABLE.
        """
        if wait := self._rates.take(account_id):
            raise UserError(ErrorCode.RATE_LIMITED, "too many positions", retry_after=wait)
        key = (room_id, account_id)
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = _Wanted(seq, asyncio.get_running_loop().create_future())
            wanted.done.add_done_callback(_seen)
            is_idle = key not in self._wanted
            self._wanted[key] = wanted
            if is_idle:
                task = asyncio.create_task(self._send(key), name="read position")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if seq >= wanted.seq:  # the trace of what is sent is that of who has read farthest
            wanted.seq, wanted.trace = seq, tracing.current()
        await asyncio.shield(wanted.done)

    async def _send(self, key: tuple[str, str]) -> None:
        try:
            while (wanted := self._wanted[key]) is not None:
                self._wanted[key] = None
                await self._ask(key, wanted)
                await self._pause(EVERY)
        finally:
            left = self._wanted.pop(key)
            if left is not None:
                left.done.cancel()

    async def _ask(self, key: tuple[str, str], wanted: _Wanted) -> None:
        room_id, account_id = key
        wish = records.MoveReadPosition(
            request_id=str(uuid7()),
            room_id=room_id,
            account_id=account_id,
            seq=wanted.seq,
            requested_at=now_text(),
        )
        try:
            with tracing.within(wanted.trace):
                outcome = await self._wishes.ask(READ.request.name, wish)
        except UserError as error:
            wanted.done.set_exception(error)
        except BaseException:
            wanted.done.cancel()
            raise
        else:
            if isinstance(outcome, records.MoveRefused):
                refusal = UserError(ErrorCode(outcome.code), outcome.reason)
                wanted.done.set_exception(refusal)
            else:
                wanted.done.set_result(None)

    async def stop(self) -> None:
        """End what waits; who waits for it is cancelled."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _seen(done: asyncio.Future[None]) -> None:
    """A failure that nobody waits for any more is no fault."""
    if not done.cancelled():
        done.exception()


class ReadBody(Shape):
    """The body of PUT /chat/{roomId}/read."""

    seq: int = Field(ge=0, le=SEQ_MOST, description="of the newest message that was seen")


class ReadViews:
    """The handlers."""

    def __init__(self, moves: ReadMoves) -> None:
        self._moves = moves

    @operation(
        "Say how far one has read",
        body=ReadBody,
        answers={204: None},
        errors=(
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.ROOM_NOT_FOUND,
            ErrorCode.RATE_LIMITED,
            ErrorCode.BUSY,
            ErrorCode.STORE_UNAVAILABLE,
        ),
    )
    async def read(self, request: web.Request) -> web.Response:
        """The position never moves back and never passes the newest message.

        Answered when it is stored, within two seconds: positions are stored once a second.
        """
        caller = caller_of(request)
        try:
            room_id = check_uuid("roomId", request.match_info["roomId"])
        except UserError:
            raise UserError(ErrorCode.ROOM_NOT_FOUND, "no room has such an id") from None
        body = await read_body(request, ReadBody)
        await self._moves.move(room_id, caller.account_id, body.seq)
        return web.Response(status=204)


def register(web_app: web.Application, moves: ReadMoves) -> None:
    """Add the route; at the shutdown what waits is ended."""

    async def stop(_: web.Application) -> None:
        await moves.stop()

    web_app.router.add_put("/chat/{roomId}/read", ReadViews(moves).read)
    web_app.on_shutdown.append(stop)
