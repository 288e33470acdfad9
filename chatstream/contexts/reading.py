"""Reading and writing just now, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Heard, Parts, Wiring, Worker
from schemas.contexts.reading import CONTEXT, READ, TYPING
from schemas.services import CHAT

if TYPE_CHECKING:
    from web.live.news import News


def _chat(worker: Worker) -> None:
    from agents import reading as reads
    from infra.postgres.reading import PostgresReads

    reads.register(worker.app, worker.databases.homes, worker.in_each(PostgresReads))


def _front(front: Front) -> Parts:
    from web import reading
    from web.outcomes import listener

    def routes(web_app: Application) -> None:
        reading.register(web_app, front.reads)

    hub = front.hub
    typing = listener(TYPING.event, hub.tell, hub.wants)
    return Parts(
        hears=(
            front.answers(READ, hub.tell, hub.wants, often=True),
            Heard(topic=TYPING.event, handler=typing),
        ),
        routes=routes,
    )


def _news() -> News:
    from web.live.reading import NEWS

    return NEWS


WIRING = Wiring(context=CONTEXT, serve={CHAT: _chat}, front=_front, news=_news)
