"""Records that can never be processed, and dead letters, as somebody has left them on Kafka."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from chatstream.domain.dead_letters import Failure, Original, Place, letter_headers
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import now_text
from infra.embedded.stack import Stack
from infra.kafka.producer import Outgoing
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.e2e.readers import Reader

PARTITIONS = 8


async def put(stack: Stack, *outgoing: Outgoing) -> list[int]:
    """Produce them, in order; their offsets."""
    async with AIOKafkaProducer(bootstrap_servers=stack.bootstrap) as producer:
        sent = [
            await producer.send_and_wait(
                each.topic, each.value, each.key, each.partition, headers=list(each.headers)
            )
            for each in outgoing
        ]
    return [each.offset for each in sent]


async def lay(
    stack: Stack, source: str, dlq: str, values: Sequence[bytes], reader: str
) -> list[str]:
    """Dead letters that no agent has made, one a value, in this order; their ids."""
    failure = Failure(reason="laid by a test", kind="invalid", service="log", reader=reader)
    letters = []
    for offset, value in enumerate(values):
        headers = letter_headers(
            Place(source, 0, offset), failure, Original(key=None, value=value), 1.0
        )
        letters.append(Outgoing(dlq, 0, b"", value, headers))
    return [f"{dlq}:0:{offset}" for offset in await put(stack, *letters)]


async def misplaced_wish(stack: Stack, by: Reader, account_id: str, room_id: str, text: str) -> str:
    """A message that lies in another partition than its room's; returns the message's id."""
    message_id = str(uuid4())
    wish = records.SendMessage(
        account_id=account_id,
        room_id=room_id,
        user_id=by.user_id,
        user_name=by.name,
        message_id=message_id,
        message=text,
        requested_at=now_text(),
    )
    wrong = (partition_of(room_id, PARTITIONS) + 1) % PARTITIONS
    body = records.encode(wish)
    await put(stack, Outgoing(MESSAGE.request.name, wrong, room_id.encode(), body))
    return message_id
