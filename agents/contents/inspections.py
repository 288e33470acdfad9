"""kakao.ugc.inspection.REQUEST: versions are judged before anybody sees them; facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft, check_appeal, check_note
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.inspections import (
    InspectionAct,
    InspectionStore,
    InspectionWish,
    Inspector,
    Judgement,
)
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.contents import INSPECTION

LANE = "inspection"

_ACTS: dict[type[records.InspectionAsked], InspectionAct] = {
    records.InspectVersion: InspectionAct.INSPECT,
    records.TellModelVerdict: InspectionAct.MODEL,
    records.ReviewVersion: InspectionAct.REVIEW,
    records.AppealVersion: InspectionAct.APPEAL,
}
_DECISIONS = {"accept": ContentVerdict.ACCEPTED, "refuse": ContentVerdict.REFUSED}


class InspectionSink(WishSink[records.InspectionAsked, InspectionStore]):
    """Wishes about inspections; a text is judged by itself before the store is asked."""

    stream = INSPECTION

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, InspectionStore],
        inspector: Inspector,
        *,
        asks_model: bool = False,
    ) -> None:
        """`asks_model`: what the inspector accepts waits for a language model."""
        super().__init__(app, stores)
        self.inspector = inspector
        self.asks_model = asks_model

    def check(self, record: records.InspectionAsked) -> None:
        """What people say in words are words that can be shown."""
        if isinstance(record, records.ReviewVersion):
            check_note(record.note)
        if isinstance(record, records.AppealVersion):
            check_appeal(record.text)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.InspectionAsked]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [await self._wish(each) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        return [(each.wish, each.body) for each in answers]

    async def _wish(self, asked: Asked[records.InspectionAsked]) -> InspectionWish:
        judgement = await self._judgement(asked.record)
        return wish_of(asked.partition, asked.record, judgement, asks_model=self.asks_model)

    async def _judgement(self, record: records.InspectionAsked) -> Judgement | None:
        match record:
            case records.InspectVersion():
                draft = Draft(title=record.title, body=record.body, tags=record.tags)
                return await self.inspector.judge(draft)
            case records.TellModelVerdict():
                return Judgement(ContentVerdict(record.verdict), record.reasons)
            case records.ReviewVersion():
                return Judgement(_DECISIONS[record.decision])
        return None

    def refusal(
        self, record: records.InspectionAsked, code: ErrorCode, reason: str
    ) -> records.InspectionWishRefused:
        """See WishSink."""
        return records.InspectionWishRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            content_id=record.content_id,
            version=record.version,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(
    partition: int,
    record: records.InspectionAsked,
    judgement: Judgement | None,
    *,
    asks_model: bool,
) -> InspectionWish:
    """What a record in a partition asks, judged so."""
    return InspectionWish(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        content_id=record.content_id,
        version=record.version,
        act=_ACTS[type(record)],
        judgement=judgement,
        text=_words(record),
        asks_model=asks_model,
    )


def _words(record: records.InspectionAsked) -> str:
    match record:
        case records.ReviewVersion():
            return record.note
        case records.AppealVersion():
            return record.text
    return ""


def register(
    app: ChatStreamApp, store: InspectionStore, inspector: Inspector, *, asks_model: bool = False
) -> None:
    """Declare the agent `content.inspections`; `asks_model` as for its sink."""
    sink = InspectionSink(app, {LANE: store}, inspector, asks_model=asks_model)
    declare(app, "content.inspections", [INSPECTION.request.name], sink)
