"""One STOMP connection, whatever transport carries it: what goes out, work under way, its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

from chatstream.domain.stomp import ProtocolError
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from web.edge.language import DEFAULT
from web.live.audience import Subscribed
from web.live.frames import Frame
from web.stomp import close_codes, frames, measuring
from web.stomp.entrance import Ticket
from web.stomp.links import StompLink
from web.stomp.metrics import CLOSED, TOO_SLOW
from web.stomp.ports import StompPorts

log = logging.getLogger(__name__)

IN_FLIGHT = 64


class Work(Protocol):
    """Something that goes on beside the reader."""

    def cancel(self) -> object:
        """The connection is over: end it, nobody is to be told."""
        ...


class Connection:
    """What the commands of a client work on."""

    __slots__ = (
        "_heard",
        "_watched",
        "address",
        "caller",
        "ended",
        "language",
        "link",
        "paused",
        "ports",
        "subscriptions",
        "ticket",
        "under_way",
    )

    def __init__(self, link: StompLink, ports: StompPorts, address: str) -> None:
        self.link = link
        self.ports = ports
        self.address = address
        self.language = DEFAULT
        self.caller: Caller | None = None
        self.subscriptions: dict[str, Subscribed] = {}
        # Beside the reader: tasks, and SENDs without one.
        self.under_way: set[Work] = set()
        # There while somebody waits for the next of these to end.
        self._watched: asyncio.Future[None] | None = None
        self.ticket: Ticket | None = None
        self.ended = False
        self.paused = False
        self._heard = asyncio.get_running_loop().time()

    @property
    def queued_bytes(self) -> int:
        """What waits to be sent to the peer."""
        return self.link.queued_bytes

    def alive(self) -> None:
        """The peer gave a sign of life."""
        self._heard = asyncio.get_running_loop().time()

    # -- what goes out ---------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """Queue a frame; who lets the queue grow over its limit is closed and must recover."""
        if not self.link.send(frame) and not self.ended:
            TOO_SLOW.inc()
            self.close(close_codes.TRY_LATER, "too slow")

    def done(self, receipt_id: str | None) -> None:
        """Tell the peer that the frame with this receipt is done."""
        if receipt_id and not self.ended:
            self.send(frames.receipt(receipt_id))

    async def drained(self) -> None:
        """Returns when little is queued, or the connection is gone."""
        await self.link.drained()

    def entering(self) -> None:
        """The first subscription is being made; see `web.stomp.entrance`."""
        if self.ticket is not None:
            self.ticket.serve()

    def entered(self) -> None:
        """The first subscription is complete, or nothing will come of it."""
        ticket, self.ticket = self.ticket, None
        if ticket is not None:
            ticket.leave()

    def forget(self, subscription_id: str) -> None:
        """The hub has ended this subscription."""
        self.subscriptions.pop(subscription_id, None)

    # -- its end ---------------------------------------------------------------------------

    def break_off(self, error: ProtocolError, receipt_id: str | None) -> None:
        """The peer broke STOMP: ERROR and close."""
        if not self.ended:
            self.send(frames.protocol_error(error.text, receipt_id, self.language))
            self.close(close_codes.TOO_BIG if error.too_large else close_codes.PROTOCOL, error.text)

    def refuse(self, error: UserError, receipt_id: str | None) -> None:
        """The peer may not, or we cannot: ERROR and close."""
        if not self.ended:
            self.send(frames.error(error, receipt_id, self.language))
            away = error.code in (ErrorCode.BUSY, ErrorCode.STORE_UNAVAILABLE)
            self.close(close_codes.TRY_LATER if away else close_codes.POLICY, str(error.code))

    async def leave(self, within: float) -> None:
        """The process ends: close, after the work under way if that takes no more than `within`."""
        await self.finish(within)
        if not self.ended:
            self.close(close_codes.GOING_AWAY, "the server is going away")

    def close(self, code: int, reason: str) -> None:
        """End it all: subscriptions, waiting work, the connection."""
        if not self.ended:
            CLOSED.labels(code).inc()
        self.end()
        self.link.close(code, reason)

    def end(self) -> None:
        """The connection is over; harmless when it was before."""
        if self.ended:
            return
        self.ended = True
        self.entered()
        for subscribed in self.subscriptions.values():
            self.ports.hub.drop(subscribed)
        self.subscriptions.clear()
        current = asyncio.current_task()
        for work in [*self.under_way]:
            if work is not current:
                work.cancel()
        self.ports.sockets.remove(self)

    # -- work beside the reader ------------------------------------------------------------

    async def start(self, work: Coroutine[Any, Any, None], receipt_id: str | None) -> None:
        """Run the work beside the reader; waits while too much is under way.

        What the work raises ends the connection as it would in the reader.
        """
        measuring.goes_on()
        task = asyncio.get_running_loop().create_task(self._run(work, receipt_id))
        self.began(task)
        task.add_done_callback(self.is_over)
        await self.has_room()

    def began(self, work: Work) -> None:
        """This goes on beside the reader; whoever began it calls `has_room`, and `is_over`."""
        self.under_way.add(work)

    def is_over(self, work: Work) -> None:
        """This does not go on any more."""
        self.under_way.discard(work)
        watched, self._watched = self._watched, None
        if watched is not None and not watched.done():
            watched.set_result(None)

    async def has_room(self) -> None:
        """Returns when less is under way than may be."""
        if len(self.under_way) >= IN_FLIGHT:
            await self.hold(self._one_over())

    async def _one_over(self) -> None:
        if self._watched is None:
            self._watched = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._watched)

    async def _run(self, work: Coroutine[Any, Any, None], receipt_id: str | None) -> None:
        try:
            await work
        except ProtocolError as error:
            measuring.ended_with(measuring.PROTOCOL)
            self.break_off(error, receipt_id)
        except UserError as error:
            measuring.ended_with(error.code)
            self.refuse(error, receipt_id)
        except asyncio.CancelledError:
            measuring.ended_with(measuring.GONE)
            raise
        except Exception:
            measuring.ended_with(ErrorCode.INTERNAL)
            log.exception("a frame could not be handled")
            self.close(close_codes.INTERNAL, "internal error")
        finally:
            measuring.end()

    async def finish(self, within: float) -> None:
        """Returns when the work under way is done, or so many seconds have passed."""
        awaited = {*self.under_way}
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while awaited & self.under_way:
                    await self._one_over()

    async def hold(self, awaited: Coroutine[Any, Any, Any]) -> None:
        """Stop reading until it is done; the peer's silence meanwhile is our doing."""
        self.paused = True
        try:
            await awaited
        finally:
            self.paused = False
            self.alive()


def connected_caller(connection: Connection) -> Caller:
    """The caller of a connected client."""
    if connection.caller is None:
        raise ProtocolError("the first frame must be CONNECT or STOMP")
    return connection.caller
