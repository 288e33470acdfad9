"""kakao.ugc.content.REQUEST: posts are written, changed, deleted and judged; facts on RESPONSE."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agents.loop.batching import declare
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.content.posts import ContentVerdict, SaidOfVersion
from chatstream.domain.content.texts import check_body, check_draft, check_tags, check_title
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.contents import ContentAct, ContentStore, ContentWish
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.contents import CONTENT

LANE = "content"

_ACTS: dict[type[records.ContentAsked], ContentAct] = {
    records.WriteContent: ContentAct.WRITE,
    records.EditContent: ContentAct.EDIT,
    records.DeleteContent: ContentAct.DELETE,
    records.LikeContent: ContentAct.LIKE,
    records.UnlikeContent: ContentAct.UNLIKE,
    records.ViewContent: ContentAct.VIEW,
    records.ApplyVerdict: ContentAct.APPLY_VERDICT,
    records.EraseContent: ContentAct.ERASE,
}

# After which a post may have to be pushed into feeds, or taken out of them.
_MOVES_FEEDS = frozenset({ContentAct.APPLY_VERDICT, ContentAct.DELETE, ContentAct.ERASE})


class ContentSink(WishSink[records.ContentAsked, ContentStore]):
    """Wishes about posts; `posts_wait` is called when one may wait for its push, committed."""

    stream = CONTENT

    def __init__(
        self,
        app: ChatStreamApp,
        stores: Mapping[str, ContentStore],
        posts_wait: Callable[[], None],
    ) -> None:
        super().__init__(app, stores)
        self._posts_wait = posts_wait

    def check(self, record: records.ContentAsked) -> None:
        """Texts are such that people can be shown them."""
        if isinstance(record, records.WriteContent | records.EditContent):
            _texts(record)

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.ContentAsked]]
    ) -> Sequence[Answer]:
        """See WishSink."""
        wishes = [wish_of(each.partition, each.record) for each in asked]
        answers = await self.stores[lane].carry_out(generation, wishes)
        if any(wish.act in _MOVES_FEEDS for wish in wishes):
            self._posts_wait()
        return [(each.wish, each.body) for each in answers]

    def refusal(
        self, record: records.ContentAsked, code: ErrorCode, reason: str
    ) -> records.ContentWishRefused:
        """See WishSink."""
        return records.ContentWishRefused(
            request_id=record.request_id,
            account_id=record.account_id,
            content_id=record.content_id,
            code=str(code),
            reason=reason,
            at=now_text(),
        )


def wish_of(partition: int, record: records.ContentAsked) -> ContentWish:
    """What a record in a partition asks; its texts as they are kept."""
    return ContentWish(
        partition=partition,
        request_id=record.request_id,
        account_id=record.account_id,
        content_id=record.content_id,
        act=_ACTS[type(record)],
        version=getattr(record, "version", None),
        verdict=_said(record) if isinstance(record, records.ApplyVerdict) else None,
        **_texts(record),
    )


def _texts(record: records.ContentAsked) -> dict[str, Any]:
    match record:
        case records.WriteContent():
            draft = check_draft(record.title, record.body, record.tags)
            return {"title": draft.title, "body": draft.body, "tags": draft.tags}
        case records.EditContent():
            return {
                "title": None if record.title is None else check_title(record.title),
                "body": None if record.body is None else check_body(record.body),
                "tags": None if record.tags is None else check_tags(record.tags),
            }
    return {}


def _said(record: records.ApplyVerdict) -> SaidOfVersion:
    return SaidOfVersion(
        verdict=ContentVerdict(record.verdict),
        number=record.verdict_no,
        reasons=record.reasons,
        note=record.note,
        is_appeal=record.appealed,
    )


def register(app: ChatStreamApp, store: ContentStore, posts_wait: Callable[[], None]) -> None:
    """Declare the agent `content.posts`."""
    sink = ContentSink(app, {LANE: store}, posts_wait)
    declare(app, "content.posts", [CONTENT.request.name], sink)
