"""Rooms and their members, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application
from yarl import URL

from chatstream.wiring import Front, Parts, Process, Wiring, Worker
from schemas.contexts.rooms import CONTEXT, ERASURE, ROOM
from schemas.services import CHAT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatstream.ports.copies import CopyReader
    from web.live.news import News


def _chat(worker: Worker) -> None:
    from agents import member_drift, rooms
    from agents.erasure import steps
    from agents.erasure.chat import ChatErasure
    from infra.postgres.chat_erasure import PostgresChatEraser
    from infra.postgres.memberships import PostgresMemberships
    from infra.postgres.rooms import PostgresRooms

    app, homes = worker.app, worker.databases.homes
    rooms.register(app, homes, worker.writers(PostgresRooms, ROOM), worker.members)
    member_drift.register(app, worker.members, worker.in_each(PostgresMemberships), homes)
    eraser = ChatErasure(app, worker.in_each(PostgresChatEraser))
    steps.register(app, ERASURE, eraser)


def _front(front: Front) -> Parts:
    from web import participants, rooms

    endpoint = URL(front.process.settings.web.public_url).with_path("/stomp/chat")
    scheme = "wss" if endpoint.scheme == "https" else "ws"

    def routes(web_app: Application) -> None:
        ports = rooms.RoomPorts(front.wishes, front.rooms, front.rates, front.mutes)
        rooms.register(web_app, ports, str(endpoint.with_scheme(scheme)))
        people = participants.ParticipantPorts(front.wishes, front.rooms)
        participants.register(web_app, people)

    return Parts(hears=(front.answers(ROOM, front.hub.tell),), routes=routes)


def _news() -> News:
    from web.live.rooms import NEWS

    return NEWS


def _copies(process: Process) -> Mapping[str, CopyReader]:
    """Rooms are judged by what lies beside them."""
    from infra.postgres.copies import PostgresCopies

    return process.in_each(PostgresCopies)


WIRING = Wiring(context=CONTEXT, serve={CHAT: _chat}, front=_front, news=_news, copies=_copies)
