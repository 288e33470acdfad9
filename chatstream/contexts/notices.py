"""Notices of rooms, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.notices import CONTEXT, ERASURE, NOTICE
from schemas.services import CHAT

if TYPE_CHECKING:
    from web.live.news import News


def _chat(worker: Worker) -> None:
    from agents.erasure import steps
    from agents.notices import following, wishes
    from infra.postgres.notices import PostgresNoticeEraser, PostgresNotices
    from infra.text.mecab import DictionaryReader

    app = worker.app
    stores = worker.writers(PostgresNotices, NOTICE)
    wishes.register(app, worker.databases.homes, stores, worker.policies, DictionaryReader())
    following.register(app)
    eraser = following.NoticeErasure(app, worker.in_each(PostgresNoticeEraser))
    steps.register(app, ERASURE, eraser)


def _front(front: Front) -> Parts:
    from infra.postgres.notice_reader import PostgresNoticeReader
    from web import notices
    from web.mutes import Muting

    def routes(web_app: Application) -> None:
        databases = front.process.databases
        reader = PostgresNoticeReader(databases.homes, databases.chat)
        muting = Muting(front.mutes, front.rooms)
        notices.register(web_app, notices.NoticePorts(front.wishes, reader, front.rates, muting))

    hub = front.hub
    return Parts(hears=(front.answers(NOTICE, hub.tell, hub.wants),), routes=routes)


def _news() -> News:
    from web.live.notices import NEWS

    return NEWS


WIRING = Wiring(context=CONTEXT, serve={CHAT: _chat}, front=_front, news=_news)
