"""What every agent of a REQUEST topic does alike with a wish that cannot be carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faust import App
from faust.types import EventT

from agents.dead_letters import dead_letter
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from infra.kafka.producer import Outgoing, send_all
from schemas import codec


def check_partition(app: App, event: EventT, field: str, key: str) -> None:
    """PoisonMessage when the record lies in another partition than that of its key.

    Another partition has another line and perhaps another database. `field` names the key in
    the reason.
    """
    if partition_of(key, app.conf.topic_partitions) != event.message.partition:
        raise PoisonMessage(f"the record lies in another partition than its {field}'s")


async def reject_wish(
    app: App, event: EventT, reason: str, refusal: Callable[[Any], Outgoing]
) -> None:
    """Dead-letter the record and, when it names its wish, answer it; durable when it returns.

    `refusal` makes the answer of the decoded record. Raises like send_all.
    """
    outgoing = [dead_letter(event, reason)]
    try:
        wish = codec.decode(event.message.topic, event.value)
    except PoisonMessage:
        pass  # nothing in it names who waits; the dead letter holds the bytes
    else:
        outgoing.append(refusal(wish))
    await send_all(app, outgoing)
