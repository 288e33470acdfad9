"""kakao.user.friend.RESPONSE, read by whoever keeps a copy of who blocks whom in its databases."""

from __future__ import annotations

from collections.abc import Mapping

from agents.loop.batching import declare
from agents.loop.copy_sink import CopySink
from agents.loop.recall import Recall
from chatstream.ports.blocks import BlockNews
from chatstream.ports.copies import CopyStore
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.friends import FRIEND
from schemas.services import Service


def block_of(record: object) -> BlockNews | None:
    """What a fact says of a block; None for what is no fact about one."""
    if not isinstance(record, records.UserBlocked | records.UserUnblocked):
        return None
    holds = isinstance(record, records.UserBlocked)
    return BlockNews(record.account_id, record.target_id, record.fact_no, holds)


class BlockSink(CopySink[BlockNews]):
    """Blocks and their ends."""

    stream = FRIEND
    lane = "blocks"
    row_of = staticmethod(block_of)


def register(
    app: ChatStreamApp,
    service: Service,
    stores: Mapping[str, CopyStore[BlockNews]],
    recall: Recall,
) -> None:
    """Declare the service's agent `blocks`; `stores` by database name, `recall` as BatchLoop."""
    name = f"{service.name}.blocks"
    declare(app, name, [FRIEND.response.name], BlockSink(app, stores), recall=recall)
