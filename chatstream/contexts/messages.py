"""Messages, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.messages import CONTEXT, MESSAGE
from schemas.services import CHAT

if TYPE_CHECKING:
    from web.live.news import News


def _chat(worker: Worker) -> None:
    from agents.messages import wishes
    from agents.messages.moderation import Moderator
    from agents.messages.outsiders import Outsiders
    from infra.postgres.memberships import PostgresMemberships
    from infra.postgres.messages import PostgresMessages
    from infra.postgres.mutes import PostgresMutes
    from infra.text.mecab import DictionaryReader
    from tables.followed.fold import Follower
    from tables.followed.mutes import lifted_mutes

    lifts = worker.in_each(PostgresMutes)
    moderator = Moderator(worker.policies, lifts=lifts, reader=DictionaryReader())
    kafka = worker.settings.kafka
    lifted = Follower(kafka, lifted_mutes(moderator.lift), kafka.fetch_interval)
    worker.app.run_beside(lifted)
    stores = worker.writers(PostgresMessages, MESSAGE)
    outsiders = Outsiders(worker.members, worker.in_each(PostgresMemberships))
    wishes.register(worker.app, worker.databases.homes, stores, moderator, outsiders)


def _front(front: Front) -> Parts:
    from web import message_changes
    from web.rooms import RoomPorts

    def routes(web_app: Application) -> None:
        ports = RoomPorts(front.wishes, front.rooms, front.rates, front.mutes)
        message_changes.register(web_app, ports)

    hub = front.hub
    return Parts(hears=(front.answers(MESSAGE, hub.tell, hub.wants, often=True),), routes=routes)


def _news() -> News:
    from web.live.messages import NEWS

    return NEWS


WIRING = Wiring(context=CONTEXT, serve={CHAT: _chat}, front=_front, news=_news)
