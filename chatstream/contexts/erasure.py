"""Erasure, wired: its saga; the contexts wire their own steps."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.catalogue import erasure_steps
from schemas.contexts.erasure import CONTEXT
from schemas.services import USER


def _user(worker: Worker) -> None:
    from agents.erasure import sagas
    from infra.kafka.offsets import KafkaOffsets
    from infra.postgres.erasure import PostgresSagas

    settings = worker.settings
    sagas.register(
        worker.app,
        PostgresSagas(worker.auth),
        KafkaOffsets(settings.kafka),
        erasure_steps(settings.optional_services),
    )


def _front(front: Front) -> Parts:
    from infra.postgres.erasure import PostgresSagas
    from web import pages, sagas

    def own(web_app: Application) -> None:
        reader = PostgresSagas(front.process.auth)
        sagas.register(web_app, sagas.SagaPorts(reader, pages.sagas, pages.saga))

    return Parts(own=own, elsewhere=sagas.ROUTES)


WIRING = Wiring(context=CONTEXT, serve={USER: _user}, front=_front)
