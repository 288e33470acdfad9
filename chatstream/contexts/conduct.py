"""Conduct and sanctions, wired."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.conduct import CONDUCT, CONTEXT, SANCTION
from schemas.services import CHAT, USER


def _user(worker: Worker) -> None:
    import tables.conduct
    from agents import conduct, sanctions
    from infra.postgres.sanctions import PostgresSanctions

    line = worker.line(SANCTION, worker.auth)
    sanctions.register(worker.app, PostgresSanctions(worker.auth, line))
    conduct.register(worker.app, tables.conduct.declare(worker.app), worker.policies)


def _chat(worker: Worker) -> None:
    """The chat databases have copies of the mutes."""
    from agents.copies import mutes
    from infra.postgres.mutes import PostgresMutes

    mutes.register(worker.app, worker.in_each(PostgresMutes), worker.recall)


def _front(front: Front) -> Parts:
    from infra.postgres.sanctions import PostgresSanctionReader
    from web import pages, sanctions

    def own(web_app: Application) -> None:
        reader = PostgresSanctionReader(front.process.auth)
        ports = sanctions.SanctionPorts(front.wishes, reader, pages.sanctions, front.copies)
        sanctions.register(web_app, ports)

    mutes = front.mutes
    return Parts(
        hears=(front.answers(SANCTION, mutes.apply, since=mutes.followed.since),),
        own=own,
        elsewhere=sanctions.ROUTES,
    )


WIRING = Wiring(
    context=CONTEXT,
    serve={USER: _user, CHAT: _chat},
    front=_front,
    unhurried=(CONDUCT.event,),
)
