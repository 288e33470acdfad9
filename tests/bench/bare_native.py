"""The limit of storing by librdkafka, without a loop: consume, insert, produce; see bare_worker.

`python -m tests.bench.bare_native`, a BareJob on stdin.
"""

from __future__ import annotations

import sys
from contextlib import closing

import msgspec
import psycopg2
from confluent_kafka import Consumer, KafkaException, Producer

from tests.bench.bare_worker import BATCH, INSERT
from tests.bench.wire import BareJob, Event, tell


def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=BareJob)
    servers = {"bootstrap.servers": job.bootstrap}
    producer = Producer({**servers, "linger.ms": 0.5, "acks": "all"})
    consumer = Consumer(
        {
            **servers,
            "group.id": job.request,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 500,
            "fetch.queue.backoff.ms": 2,
        }
    )
    consumer.subscribe([job.request], on_assign=lambda *_: tell(Event("ready")))
    with closing(psycopg2.connect(job.dsn)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            while True:
                # One is waited for; whatever has come with it is taken at once.
                first = consumer.poll(0.5)
                if first is None:
                    continue
                records = [first, *consumer.consume(BATCH, 0)]
                for record in records:
                    if record.error() is not None:
                        raise KafkaException(record.error())
                batch = b"[" + b",".join(record.value() or b"" for record in records) + b"]"
                cursor.execute(INSERT, (batch.decode(),))
                for record in records:
                    place = record.partition() or 0
                    producer.produce(job.response, record.value(), record.key(), place)
                producer.flush()


if __name__ == "__main__":
    _main()
