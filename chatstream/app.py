"""The composition root: the app of a service, made of what each context has for it.

`create_app` hands the parts that a worker shares to every wiring (`chatstream.contexts`), and each
hands its adapters to one `register` per module. Nothing else makes an adapter or looks one up.
"""

from __future__ import annotations

from functools import partial

import web.edge.health
import web.edge.measuring
from chatstream.contexts import WIRINGS
from chatstream.domain.generations import FIRST, Counting
from chatstream.settings import Settings
from chatstream.wiring import Worker
from infra import heartbeats
from infra.faust.app import ChatStreamApp, new_app
from schemas.catalogue import POOLS, service_of
from schemas.services import Service


def create_app(
    settings: Settings, counting: Counting = FIRST, *, is_guest: bool = False
) -> ChatStreamApp:
    """A Faust app for `settings.service`, ready to be run by a worker; connects to nothing yet.

    `counting` is what a stats worker counts; `is_guest`: it runs in the process of another service,
    which tells what the process counts.
    """
    service = service_of(settings.service)
    if service in POOLS:
        from chatstream.front import create_front  # noqa: PLC0415 (no other service loads its parts)

        return create_front(settings)
    app = _new_app(settings, service, counting)
    app.on_web(web.edge.measuring.register)
    checks = {"worker": lambda: _unready(app)}
    app.on_web(lambda web_app: web.edge.health.register(web_app, checks))
    worker = Worker(app, counting)
    for wiring in WIRINGS:
        if service in wiring.serve:
            wiring.serve[service](worker)
    from agents.loop import standstill, waiting  # noqa: PLC0415 (fronts load no loop)

    if not app.producer_only:
        standstill.register(app)
    heartbeats.register(
        app,
        web.edge.health.Readiness(checks).reasons,
        partial(waiting.stores_away, app),
        counts=dict if is_guest else heartbeats.counted,
    )
    return app


def _new_app(settings: Settings, service: Service, counting: Counting) -> ChatStreamApp:
    own = [wiring for wiring in WIRINGS if wiring.context.service == service]
    return new_app(
        settings,
        service.name,
        is_waited_for=service.is_waited_for,
        unhurried=[topic.name for wiring in own for topic in wiring.unhurried],
        version=max(wiring.version(counting) for wiring in own),
    )


def _unready(app: ChatStreamApp) -> str | None:
    return None if app.serving else "partitions or tables are not ready, or it is stopping"
