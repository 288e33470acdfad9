"""Saved messages, wired."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.saving import CONTEXT, SAVED
from schemas.services import CHAT


def _chat(worker: Worker) -> None:
    from agents import saving
    from infra.postgres.saving import PostgresSaved

    stores = worker.writers(PostgresSaved, SAVED)
    saving.register(worker.app, worker.databases.homes, stores)


def _front(front: Front) -> Parts:
    from infra.postgres.saving import PostgresSavedReader
    from web import saving
    from web.edge.rates import MessageRates

    def routes(web_app: Application) -> None:
        reader = PostgresSavedReader(front.process.databases.chat)
        rates = MessageRates(front.process.settings.limits)
        saving.register(web_app, saving.SavedPorts(front.wishes, reader, rates))

    return Parts(hears=(front.answers(SAVED),), routes=routes)


WIRING = Wiring(context=CONTEXT, serve={CHAT: _chat}, front=_front)
