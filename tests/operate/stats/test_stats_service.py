"""The stats service as real processes that share the partitions, on real Kafka and Postgres.

A stack of its own: these tests put facts on the topic that no chat worker stored.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import psycopg2
import pytest

from chatstream.domain.partitions import partition_of
from chatstream.domain.series import KEPT
from chatstream.domain.times import text_of
from infra.kafka.single_partition import outgoing
from schemas import records
from schemas.contexts.stats import WATCHED
from tests.client.waiting import eventually
from tests.operate.stats.rig import DEADLINE, PARTITIONS, ROOMS, WORKERS, Rig, rig_of, stats_stack

pytestmark = pytest.mark.operate


@pytest.fixture(scope="module")
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    with stats_stack(request, "stats") as stack:
        async with rig_of(stack) as rig:
            yield rig


async def test_two_workers_share_the_partitions_and_any_of_them_answers_for_all(rig: Rig) -> None:
    await rig.say(400)
    await rig.until_exact()
    top = rig.recount.most_common(3)
    for worker in WORKERS[:2]:
        answer = json.loads(await rig.get(worker, "/internal/words?top=3"))
        assert answer["complete"], answer
        assert answer["partitions"] == {"expected": PARTITIONS, "answered": PARTITIONS}
        assert [row["count"] for row in answer["words"]] == [count for _, count in top]
        word = json.loads(await rig.get(worker, "/internal/words/먹었다"))
        assert (word["word"], word["count"]) == ("먹다", rig.recount["먹다"])


async def test_any_worker_sums_the_minutes_of_all(rig: Rig) -> None:
    await rig.until_exact()
    begin, end = rig.began - KEPT + 30, rig.began + 1
    expected = [
        sum(rig.minutes[m] for m in range(start, min(start + 60, end)))
        for start in range(begin, end, 60)
    ]
    for worker in WORKERS[:2]:
        query = f"begin={begin}&end={end}&step=60"
        answer = json.loads(await rig.get(worker, f"/internal/series/chatAdd?{query}"))
        assert (answer["complete"], answer["step"]) == (True, 3600)
        assert [point["count"] for point in answer["points"]] == expected


async def test_a_watched_word_has_a_series_that_any_worker_sums(rig: Rig) -> None:
    event = records.WordWatched(request_id="1", word="먹다", at=text_of(60 * (rig.began - 300)))
    out = outgoing(WATCHED.event, event, PARTITIONS)
    await rig.producer.send_and_wait(out.topic, out.value, key=out.key, partition=out.partition)
    query = f"begin={rig.began - 120}&end={rig.began + 1}&step=121"

    async def is_watched() -> bool:
        known = [await rig.get(w, f"/internal/series/word/먹다?{query}") for w in WORKERS[:2]]
        return None not in known

    await eventually(is_watched, DEADLINE)
    before = rig.in_hour["먹다"]
    for room in ROOMS:
        await rig.put(rig.fact(room, "점심 먹었어?", age=3))
    await rig.producer.flush()
    await rig.until_exact()
    for worker in WORKERS[:2]:
        answer = json.loads(await rig.get(worker, f"/internal/series/word/먹었다?{query}"))
        assert answer["complete"]
        assert [point["count"] for point in answer["points"]] == [len(ROOMS)]
    assert rig.in_hour["먹다"] == before + len(ROOMS)


async def test_any_worker_answers_for_a_room(rig: Rig) -> None:
    for worker in WORKERS[:2]:
        for room in ROOMS[:8]:
            answer = json.loads(await rig.get(worker, f"/internal/rooms/{room}/words?top=5"))
            assert answer["complete"]
            assert [row["count"] for row in answer["words"]] == rig.in_room(room)[:5]


async def test_counts_are_exact_after_a_worker_is_killed_and_another_is_added(rig: Rig) -> None:
    saying = asyncio.create_task(rig.say(1500))
    rig.stack.kill("stats-1")
    rig.stack.start_process("stats-3")
    await saying
    await rig.until_exact()


async def test_counts_are_exact_after_a_worker_slept_while_its_partitions_moved(rig: Rig) -> None:
    await asyncio.to_thread(rig.stack.wait_ready, "stats-1", DEADLINE)
    await asyncio.to_thread(rig.stack.wait_ready, "stats-3", DEADLINE)
    saying = asyncio.create_task(rig.say(500))
    rig.stack.pause("stats-2")

    async def taken_over() -> bool:
        answer = await rig.get("stats-1", "/internal/words?top=1")
        return answer is not None and json.loads(answer)["complete"]

    try:
        await saying
        await eventually(taken_over, DEADLINE)
    finally:
        rig.stack.resume("stats-2")
    await rig.say(300)
    await rig.until_exact()


async def test_a_fact_that_is_not_on_the_topic_is_read_from_postgres(rig: Rig) -> None:
    room_id = ROOMS[0]
    partition = partition_of(room_id, PARTITIONS)
    missing = rig.fact(room_id, "이것은 missingword")
    for name, dsn in rig.stack.dsns.items():
        if name.startswith("chat-"):
            _store(dsn, missing, partition)
    await rig.put(rig.fact(room_id, "다음 nextword"))
    await rig.producer.flush()
    await rig.until_exact()


def _store(dsn: str, fact: records.MessageStored, partition: int) -> None:
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into rooms (room_id, kind, name, owner_id, partition, created_at, active_at)"
            " values (%s, 'open', 'r', %s, %s, now(), now())",
            (fact.room_id, fact.account_id, partition),
        )
        cursor.execute(
            "insert into messages (room_id, seq, account_id, message_id, body, created_at,"
            " fact_no, partition) values (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                fact.room_id,
                fact.seq,
                fact.account_id,
                fact.message_id,
                fact.message,
                fact.created_at,
                fact.fact_no,
                partition,
            ),
        )
    connection.close()
