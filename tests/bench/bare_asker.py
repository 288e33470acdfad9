"""Who asks the bare worker, through Kafka only: a closed loop, or a rate; a BareJob on stdin."""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import uuid
from collections import Counter

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.bench.tally import Tally
from tests.bench.text import messages
from tests.bench.wire import BareJob, Event, tell

SETTLE_WITHIN = 30.0
TEXTS = 5000


class Wish(msgspec.Struct):
    """What is asked, stored and answered."""

    id: str
    room: str
    account: str
    body: str


class Asker:
    """So many askers, each waiting for its answer before it asks again."""

    def __init__(self, job: BareJob) -> None:
        self.job = job
        self.tally = Tally(Counter(dict.fromkeys(self._rooms(), 1)))
        self._texts = itertools.cycle(messages(uuid.uuid4().int, TEXTS))
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._stopped = False
        self.producer = AIOKafkaProducer(
            bootstrap_servers=job.bootstrap, linger_ms=1, max_batch_size=128 * 1024, acks="all"
        )
        self.consumer = AIOKafkaConsumer(bootstrap_servers=job.bootstrap, check_crcs=False)

    def _rooms(self) -> list[str]:
        return [f"room-{number}" for number in range(self.job.rooms)]

    async def _tail(self) -> None:
        decoder = msgspec.json.Decoder(Wish)
        while True:
            for records in (await self.consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    answer = decoder.decode(record.value)
                    self.tally.delivered(answer.id.encode(), None, in_order=True)
                    self.tally.acknowledged(answer.id.encode())
                    waiter = self._answers.pop(answer.id, None)
                    if waiter is not None:
                        waiter.set_result(None)

    async def _ask_on(self, number: int) -> None:
        while not self._stopped:
            await self._ask(number)

    async def _ask(self, number: int, late: float = 0) -> None:
        partition = number % self.job.rooms % self.job.partitions
        room = f"room-{number % self.job.rooms}"
        wish = Wish(str(uuid.uuid4()), room, f"account-{number}", next(self._texts))
        waiter = asyncio.get_running_loop().create_future()
        self._answers[wish.id] = waiter
        self.tally.sent(wish.id.encode(), number, room, late)
        value = msgspec.json.encode(wish)
        await self.producer.send(self.job.request, value, key=room.encode(), partition=partition)
        await waiter

    async def _ask_at_a_rate(self) -> None:
        loop, job = asyncio.get_running_loop(), self.job
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(int(job.rate * (job.warm_up + job.seconds))):
                due = began + number / job.rate
                await asyncio.sleep(max(0.0, due - loop.time()))
                group.create_task(self._ask(number % job.askers, loop.time() - due))

    def _end(self) -> None:
        self._stopped = True
        self.tally.end()

    async def run(self) -> None:
        """Ask, measure, tell."""
        await self.producer.start()
        await self.consumer.start()
        self.consumer.assign(
            [TopicPartition(self.job.response, n) for n in range(self.job.partitions)]
        )
        await self.consumer.seek_to_end()
        gc.freeze()
        gc.disable()
        tell(Event("ready"))
        loop = asyncio.get_running_loop()
        loop.call_later(self.job.warm_up, self.tally.begin)
        loop.call_later(self.job.warm_up + self.job.seconds, self._end)
        async with asyncio.timeout(self.job.warm_up + self.job.seconds + SETTLE_WITHIN):
            tail = asyncio.create_task(self._tail())
            if self.job.rate:
                await self._ask_at_a_rate()
            else:
                await asyncio.gather(*(self._ask_on(number) for number in range(self.job.askers)))
            await self.tally.all_there.wait()
        tail.cancel()
        tell(Event("result", result=self.tally.result()))
        await self.producer.stop()
        await self.consumer.stop()


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=BareJob)
    await Asker(job).run()


if __name__ == "__main__":
    uvloop.run(_main())
