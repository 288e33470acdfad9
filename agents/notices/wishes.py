"""kakao.chat.notice.REQUEST: wishes about notices; facts and refusals on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.conduct import PolicySource
from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.texts import judge_text
from chatstream.domain.abuse.verdicts import Outcome
from chatstream.domain.messages import check_text
from chatstream.domain.notices import NOTICE_LENGTH
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.notices import NoticeAct, NoticeStore, NoticeWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.notices import NOTICE

_ACTS: dict[type[records.NoticeRequest], NoticeAct] = {
    records.SetNotice: NoticeAct.SET,
    records.EndNotice: NoticeAct.END,
    records.FollowMessage: NoticeAct.FOLLOW,
    records.EraseNotice: NoticeAct.ERASE,
}


class NoticeSink(WishSink[records.NoticeRequest, NoticeStore]):
    """Wishes about notices; a text is judged by itself before the store is asked."""

    stream = NOTICE

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, NoticeStore],
        homes: Mapping[int, str],
        policies: PolicySource,
        reader: Reader | None = None,
    ) -> None:
        """`policies` and `reader` as for the moderator of messages."""
        super().__init__(app, stores, homes)
        self.policies = policies
        self.reader = reader

    def check(self, record: records.NoticeRequest) -> None:
        """A notice is a text or a message, and a text is one that can be shown."""
        if not isinstance(record, records.SetNotice):
            return
        if (record.text is None) == (record.message_id is None):
            raise ValueError("a notice is either a text or a message")
        if record.text is not None:
            check_text("text", record.text, NOTICE_LENGTH)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.NoticeRequest]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [await self._judged(wish_of(each)) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, each.body) for each in answers]

    async def _judged(self, wish: NoticeWish) -> NoticeWish:
        if wish.text is None:
            return wish
        verdict = judge_text(await self.policies.known(), wish.text, self.reader)
        if verdict.outcome is Outcome.REFUSE:
            return replace(wish, refused_for=str(verdict.reason))
        return replace(wish, text=verdict.text)

    def refusal(
        self, record: records.NoticeRequest, code: ErrorCode, reason: str
    ) -> records.NoticeRefused:
        """See WishSink."""
        return records.NoticeRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            room_id=record.room_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(asked: Asked[records.NoticeRequest]) -> NoticeWish:
    """What a record in a partition asks."""
    record = asked.record
    return NoticeWish(
        partition=asked.partition,
        room_id=record.room_id,
        account_id=record.account_id,
        request_id=record.request_id,
        act=_ACTS[type(record)],
        text=record.text if isinstance(record, records.SetNotice) else None,
        message_id=getattr(record, "message_id", None),
    )


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, NoticeStore],
    policies: PolicySource,
    reader: Reader | None = None,
) -> None:
    """Declare the agent `chat.notices`; `stores` by database name."""
    sink = NoticeSink(app, stores, homes, policies, reader)
    declare(app, "chat.notices", [NOTICE.request.name], sink)
