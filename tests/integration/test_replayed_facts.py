"""Facts that come again to one reader which knows them by now: nothing is counted or kept twice."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chatstream.domain.dead_letters import Failure, Original, Place
from chatstream.ports.topics import HeldRecord, RecordsWanted
from chatstream.settings import KafkaSettings
from infra.embedded.stack import Stack
from infra.kafka.records import KafkaRecords
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.messages import MESSAGE
from schemas.streams import TopicSpec
from tests.client.api import User, open_room, sign_up
from tests.client.waiting import eventually
from tests.integration.letters import lay, letters_of

pytestmark = pytest.mark.stack


@pytest.fixture
def kafka(stack: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=stack.bootstrap)


async def fact_with(kafka: KafkaSettings, topic: TopicSpec, part: str) -> HeldRecord:
    """The newest record of the topic that has this in its value."""

    async def found() -> HeldRecord | None:
        wanted = RecordsWanted(
            topic=topic.name, partitions=tuple(range(kafka.partitions)), limit=200
        )
        records = (await KafkaRecords(kafka).read(wanted)).records
        return next((each for each in records if part.encode() in (each.value or b"")), None)

    record: HeldRecord = await eventually(found)
    return record


async def replayed(
    kafka: KafkaSettings, topic: TopicSpec, dlq: TopicSpec, record: HeldRecord, reader: str
) -> str | None:
    """What becomes of the record when it comes again to this reader."""
    letter_id = await lay(
        kafka,
        dlq.name,
        Place(topic.name, record.partition, record.offset),
        Failure(reason="its schema was unknown", kind="invalid", service="x", reader=reader),
        Original(key=record.key, value=record.value, headers=record.headers),
    )
    letters = letters_of(kafka)
    await letters.replay(letter_id, None)
    return (await letters.outcome(letter_id, 60)).fate.outcome


async def said_counted(user: User, room_id: str, word: str) -> None:
    """The word is said in the room, and the live tables know it."""
    body = {"messageId": str(uuid4()), "message": word}
    await user.insist("POST", f"/chat/{room_id}", body)

    async def counted() -> bool:
        return (await count_of(user, word)) == 1

    await eventually(counted)


async def whole_count_of(user: User, word: str) -> int:
    """The count, once all workers have answered."""
    found: list[int] = []

    async def whole() -> bool:
        found.append(await count_of(user, word))
        return found[-1] >= 0

    await eventually(whole)
    return found[-1]


async def count_of(user: User, word: str) -> int:
    """The count; -1 where a worker did not answer in time."""
    answer = await user.insist("GET", f"/stats/words/{word}")
    return int(answer["count"]) if answer["complete"] else -1


async def test_a_message_that_is_counted_is_done_when_it_comes_again_and_counts_once(
    stack: Stack, kafka: KafkaSettings
) -> None:
    user = await sign_up(stack.base_url)
    word = f"again{uuid4().hex[:12]}".translate(str.maketrans("0123456789", "ghijklmnop"))
    try:
        room_id = await open_room(user)
        await said_counted(user, room_id, word)
        fact = await fact_with(kafka, MESSAGE.response, word)
        for _ in range(2):
            outcome = await replayed(kafka, MESSAGE.response, MESSAGE.dlq, fact, "stats.words")
            assert outcome == "done"
        after = f"{word}after"
        await said_counted(user, room_id, after)
        assert await whole_count_of(user, word) == 1
    finally:
        await user.close()


async def test_an_older_name_that_comes_again_to_a_copy_does_not_take_the_newer_ones_place(
    stack: Stack, kafka: KafkaSettings
) -> None:
    user = await sign_up(stack.base_url)
    older, newer = (f"{name} {uuid4().hex[:8]}" for name in ("Older", "Newer"))
    try:
        room_id = await open_room(user)
        for name in (older, newer):
            await user.insist("PATCH", "/user/me", {"name": name})
        await eventually(lambda: named(user, room_id, newer))
        fact = await fact_with(kafka, ACCOUNT.response, older)
        outcome = await replayed(kafka, ACCOUNT.response, ACCOUNT.dlq, fact, "chat.profiles")
        assert outcome == "done"
        assert await named(user, room_id, newer)
    finally:
        await user.close()


async def named(user: User, room_id: str, name: str) -> bool:
    """Whether the room's members have one of that name, as the chat service's copy has it."""
    answer = await user.insist("GET", f"/chat/{room_id}")
    return any(each["name"] == name for each in answer["members"])
