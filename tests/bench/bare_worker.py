"""The limit of storing: consume, one batch insert into one table, produce; nothing else.

`python -m tests.bench.bare_worker`, a BareJob on stdin. Promises nothing: no order kept, no
repeats found, no members checked.
"""

from __future__ import annotations

import asyncio
import sys

import aiopg
import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tests.bench.wire import BareJob, Event, tell

INSERT = """
insert into bare_messages (id, room, account, body)
select id, room, account, body
from jsonb_to_recordset(%s::jsonb) as wish(id uuid, room text, account text, body text)
"""
BATCH = 500


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=BareJob)
    producer = AIOKafkaProducer(
        bootstrap_servers=job.bootstrap, linger_ms=1, max_batch_size=128 * 1024, acks="all"
    )
    consumer = AIOKafkaConsumer(
        job.request,
        bootstrap_servers=job.bootstrap,
        group_id=job.request,
        auto_offset_reset="earliest",
        check_crcs=False,
    )
    await producer.start()
    await consumer.start()
    async with aiopg.create_pool(job.dsn, minsize=1, maxsize=2) as pool:
        tell(Event("ready"))
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            records = [record for part in fetched.values() for record in part]
            if not records:
                continue
            batch = b"[" + b",".join(record.value for record in records) + b"]"
            async with pool.acquire() as connection, connection.cursor() as cursor:
                await cursor.execute(INSERT, (batch.decode(),))
            produced = [
                await producer.send(
                    job.response, record.value, key=record.key, partition=record.partition
                )
                for record in records
            ]
            await asyncio.gather(*produced)


if __name__ == "__main__":
    uvloop.run(_main())
