"""The limit of counting: read, the same tokenizer, one dictionary; a WordsJob on stdin."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from infra.text.korean import Words
from schemas import codec
from schemas.contexts.messages import MESSAGE
from schemas.records import MessageStored
from tests.bench.wire import Counted, Event, WordsJob, tell


async def count(job: WordsJob) -> Counted:
    """Count the words of every message between the offsets; nothing is kept."""
    topic = MESSAGE.response.name
    words = Words()
    consumer = AIOKafkaConsumer(bootstrap_servers=job.bootstrap, check_crcs=False)
    await consumer.start()
    left = sum(job.ends) - sum(job.starts)
    consumer.assign([TopicPartition(topic, n) for n in range(len(job.starts))])
    for partition, offset in enumerate(job.starts):
        consumer.seek(TopicPartition(topic, partition), offset)
    counts: Counter[str] = Counter()
    messages = marked = 0
    began, cpu = time.perf_counter(), time.process_time()
    while left > 0:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            left -= len(records)
            for record in records:
                fact = codec.decode(topic, record.value)
                if isinstance(fact, MessageStored):
                    messages += 1
                    counts.update(words.count(fact.message))
                    marked += fact.message.startswith(job.marker)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    await consumer.stop()
    return Counted(messages, counts.total(), seconds, cpu, marked)


async def _main() -> None:
    os.nice(10)  # as the stats worker is
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=WordsJob)
    tell(Event("result", counted=await count(job)))


if __name__ == "__main__":
    uvloop.run(_main())
