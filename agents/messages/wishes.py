"""kakao.chat.chatMessage.REQUEST: wishes become messages, edits and deletes, facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faust.types import EventT

from agents.conduct import judged_together, outgoing
from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from agents.messages.answers import answer, outside, refusal
from agents.messages.moderation import Moderator
from agents.messages.outsiders import Outsiders
from agents.messages.verdicts import Judged, PlacedWish
from chatstream.domain.mentions import named
from chatstream.domain.messages import check_message
from chatstream.domain.times import from_text
from chatstream.errors import ErrorCode
from chatstream.ports.messages import ChangeWish, MessageStore, MessageWish, Wish
from infra.faust.app import ChatStreamApp
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.messages import MESSAGE


class MessageSink(WishSink[records.MessageRequest, MessageStore]):
    """Wishes about messages, with the rules of the room around their store."""

    stream = MESSAGE
    refused_as = ErrorCode.MESSAGE_REFUSED

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, MessageStore],
        homes: Mapping[int, str],
        moderator: Moderator,
        outsiders: Outsiders,
    ) -> None:
        super().__init__(app, stores, homes)
        self.moderator = moderator
        self.outsiders = outsiders

    async def process(self, lane: str, batch: Sequence[EventT]) -> None:
        """Judge the messages, store the batch in one transaction and produce every outcome.

        Facts in order; after them which messages changed, what the rules over all rooms are to
        hear, and mutes.
        """
        asked = [self.parse(event) for event in batch]
        answers = await self.carry_out(lane, batch[-1].message.generation_id, asked)
        await self.tell(asked, answers, [*changed(asked, answers), *self._heard(lane, asked)])
        self.moderator.finish(lane)
        self.outsiders.finish(lane)

    def _heard(self, lane: str, asked: Sequence[Asked[records.MessageRequest]]) -> list[Outgoing]:
        partitions = self.app.conf.topic_partitions
        judged, mutes = self.moderator.news(lane)
        causes = {(each.partition, each.offset): each.cause for each in asked}
        return judged_together(judged, partitions, causes) + [
            outgoing(wish, partitions, causes[place]) for place, wish in mutes
        ]

    def check(self, record: records.MessageRequest) -> None:
        """Texts and times that could be stored."""
        from_text(record.requested_at)
        if not isinstance(record, records.DeleteMessage):
            check_message(record.message)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.MessageRequest]]
    ) -> Sequence[Answer]:
        """See WishSink; what was stored counts with the moderator, until it is told.

        Texts of those who are outside the room are not judged, and not brought to the store.
        """
        said = [said_of(each) for each in asked]
        unread = await self.outsiders.among(lane, said)
        read = [n for n in range(len(asked)) if n not in unread]
        verdicts = await self.moderator.judge(lane, [said[n] for n in read])
        judged = verdicts.judged
        wishes = [wish_of(asked[n], one) for n, one in zip(read, judged, strict=True)]
        outcomes = await self.stores[lane].carry_out(generation, wishes) if wishes else ()
        self.moderator.settle(verdicts, {each.wish: each for each in outcomes})
        told: list[Answer] = [
            (read[each.wish], answer(asked[read[each.wish]].record, each, judged[each.wish]))
            for each in outcomes
        ]
        return told + [(n, outside(asked[n].record, code)) for n, code in unread.items()]

    def refusal(
        self, record: records.MessageRequest, code: ErrorCode, reason: str
    ) -> records.MessageRefused | records.ChangeRefused:
        """See WishSink."""
        return refusal(record, code, reason)


def changed(
    asked: Sequence[Asked[records.MessageRequest]], answers: Sequence[Answer]
) -> list[Outgoing]:
    """Which messages the facts edit or delete, for contexts that follow them: few of all facts."""
    return [
        Outgoing(
            MESSAGE.event.name,
            asked[index].partition,
            fact.room_id.encode(),
            records.encode(
                records.MessageChanged(
                    room_id=fact.room_id,
                    account_id=fact.account_id,
                    message_id=fact.message_id,
                    seq=fact.seq,
                    rev=fact.rev,
                    is_deleted=isinstance(fact, records.MessageDeleted),
                )
            ),
            asked[index].cause,
        )
        for index, fact in answers
        if isinstance(fact, records.MessageEdited | records.MessageDeleted)
    ]


def said_of(asked: Asked[records.MessageRequest]) -> PlacedWish:
    """The wish as the rules judge it."""
    wish = asked.record
    return PlacedWish(
        partition=asked.partition,
        offset=asked.offset,
        room_id=wish.room_id,
        account_id=wish.account_id,
        message_id=wish.message_id,
        text=None if isinstance(wish, records.DeleteMessage) else wish.message,
        at=from_text(wish.requested_at).timestamp(),
        is_new=isinstance(wish, records.SendMessage),
    )


def wish_of(asked: Asked[records.MessageRequest], judged: Judged) -> Wish:
    """The wish as it is carried out, after its verdict: whom it mentions is what it shows."""
    wish = asked.record
    ids = (asked.partition, wish.room_id, wish.account_id, wish.message_id)
    if isinstance(wish, records.SendMessage):
        verdict = (judged.shown, judged.is_refused)
        mentions = named(wish.message if judged.shown is None else judged.shown)
        return MessageWish(*ids, wish.message, wish.reply_to, mentions, *verdict)
    text = wish.message if isinstance(wish, records.EditMessage) else None
    shown = text if judged.shown is None else judged.shown
    return ChangeWish(*ids, wish.request_id, shown, judged.is_refused, named(shown or ""))


def register(
    app: ChatStreamApp,
    homes: Mapping[int, str],
    stores: Mapping[str, MessageStore],
    moderator: Moderator,
    outsiders: Outsiders,
) -> None:
    """Declare the agent `chat.messages`; `stores` by database name."""
    sink = MessageSink(app, stores, homes, moderator, outsiders)
    declare(app, "chat.messages", [MESSAGE.request.name], sink)
