"""The content service's step of an erasure: rows are blanked, and lines are asked to forget."""

from __future__ import annotations

from uuid import UUID, uuid5

from agents.erasure.steps import Done
from chatstream.domain.times import now_text
from chatstream.ports.contents import ContentEraser
from infra.faust.app import ChatStreamApp
from infra.kafka.keyed import outgoing
from infra.kafka.producer import Outgoing, send_all
from infra.tracing import traced
from schemas import records
from schemas.contexts.contents import CONTENT, SUBSCRIPTION
from schemas.streams import TopicSpec


class ContentErasure:
    """See agents.erasure.steps.Eraser: finished when no line has anything of the account left."""

    def __init__(self, app: ChatStreamApp, store: ContentEraser) -> None:
        self.app = app
        self.store = store

    async def erase(self, step: records.EraseStep) -> Done:
        """See agents.erasure.steps.Eraser."""
        traces = await self.store.erase(step.account_id)
        posts = [self._post(step, content_id) for content_id in traces.posts]
        pairs = [self._subscription(step, *pair) for pair in traces.subscriptions]
        await send_all(self.app, [*posts, *pairs])
        erased = {**traces.erased, "posts": len(posts), "subscriptions": len(pairs)}
        if posts or pairs or traces.is_more:
            left = f"still {len(posts)} posts and {len(pairs)} subscriptions"
            return Done(erased, f"{left}, and feeds" if traces.is_more else left)
        return Done(erased)

    def _post(self, step: records.EraseStep, content_id: str) -> Outgoing:
        wish = records.EraseContent(
            request_id=str(uuid5(UUID(step.saga_id), f"content:{content_id}")),
            account_id=step.account_id,
            content_id=content_id,
            requested_at=now_text(),
        )
        return self._outgoing(CONTENT.request, wish)

    def _subscription(self, step: records.EraseStep, subscriber: str, author: str) -> Outgoing:
        wish = records.EraseSubscription(
            request_id=str(uuid5(UUID(step.saga_id), f"{subscriber}:{author}")),
            account_id=subscriber,
            author_id=author,
            requested_at=now_text(),
        )
        return self._outgoing(SUBSCRIPTION.request, wish)

    def _outgoing(self, topic: TopicSpec, wish: records.WishRecord) -> Outgoing:
        return outgoing(topic, wish, self.app.conf.topic_partitions, traced())
