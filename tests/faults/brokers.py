"""Three brokers under people who chat: what is done to them, and what was seen of it."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import signal
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiokafka import TopicPartition

from chatstream.domain.partitions import partition_of
from chatstream.settings import KafkaSettings
from infra.embedded.gateway import NAME as GATEWAY
from infra.embedded.rebuilding import rebuild
from infra.embedded.shipping import NAME as SHIPPER
from infra.embedded.stack import Stack
from infra.embedded.supervision import signal_tree
from infra.faust.reconnecting import PatientConsumer
from infra.kafka.replicas import Replicas, all_replicas
from schemas.contexts.messages import MESSAGE
from tests.client.api import User
from tests.client.stomp import Closed, Socket
from tests.client.waiting import eventually, pause
from tests.faults.silence import Outage, report
from tests.faults.traffic import Traffic

log = logging.getLogger(__name__)

DEADLINE = 180.0
AT = "2026-11-29T03:00:00.000Z"
PARTITIONS = 8
# Seconds that brokers are away after everybody has noticed.
AWAY = 4.0
# Seconds that a SEND is waited for: longer than a front waits for an outcome.
UNANSWERED = 7.0
# Lines that are written to a log at each step.
LINES = 50
WRITTEN_TO = "log-1"
"""A process whose log is followed and which does not run."""


@dataclass(frozen=True)
class Answer:
    """What one HTTP call was told."""

    status: int
    code: str | None
    retry_after: str | None


async def _quietly(user: User, method: str, path: str, sent: Any = None) -> Answer:
    """One call, made once."""
    url, headers = user.base_url + path, user.authorization
    async with user.http.request(method, url, json=sent, headers=headers) as response:
        found = await response.json() if response.content_type == "application/json" else {}
        error = found.get("error", {}) if isinstance(found, dict) else {}
        return Answer(response.status, error.get("code"), response.headers.get("Retry-After"))


@dataclass
class Refusals:
    """What was told while too few brokers were there, to people who asked once.

    `said` are the messages of it by id, which are repeated afterwards; `stomp` is how a SEND ended.
    """

    said: dict[str, str] = field(default_factory=dict)
    posts: list[Answer] = field(default_factory=list)
    reads: list[Answer] = field(default_factory=list)
    stomp: list[str] = field(default_factory=list)


@dataclass
class Brokers:
    """The stack, who chats on it, and what was done and seen."""

    stack: Stack
    traffic: Traffic
    outages: list[list[Outage]] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    rebuilt: str = ""
    acknowledged_while_paused: int = 0
    lines: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return list(self.stack.servers.brokers.by_name())

    @property
    def room_id(self) -> str:
        """A room in which people talk."""
        return next(iter(self.traffic.rooms))

    async def replicas(self) -> Sequence[Replicas]:
        return await all_replicas(KafkaSettings(bootstrap_servers=self.stack.bootstrap))

    async def leader(self) -> str:
        """The broker that leads where the wishes of the room are."""
        place = MESSAGE.request.name, partition_of(self.room_id, PARTITIONS)
        found = {(each.topic, each.partition): each.leader for each in await self.replicas()}
        return f"kafka-{found[place]}"

    async def until_in_sync(self) -> None:
        """Every partition has all its copies."""

        async def in_sync() -> bool:
            found = await self.replicas()
            return bool(found) and not any(each.behind for each in found)

        await eventually(in_sync, DEADLINE, every=0.5)

    def write_lines(self) -> None:
        """Lines of a log, which the shipper is to carry whatever is away."""
        if self.stack.pid(WRITTEN_TO):
            return  # it writes itself
        fresh = [f"brokers.{uuid.uuid4()}" for _ in range(LINES)]
        self.lines += fresh
        with self.stack.layout.log_file(WRITTEN_TO).open("a") as file:
            for each in fresh:
                line = {"@timestamp": AT, "message": "줄", "event": {"id": each}}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    async def keys_of(self, topic: str) -> set[str]:
        """The keys of all records that the topic has at this moment."""
        settings = KafkaSettings(bootstrap_servers=self.stack.bootstrap)
        found: set[str] = set()
        for partition in range(PARTITIONS):
            consumer = PatientConsumer(bootstrap_servers=settings.bootstrap_servers)
            await consumer.start()
            try:
                place = TopicPartition(topic, partition)
                consumer.assign([place])
                await consumer.seek_to_beginning(place)
                end = (await consumer.end_offsets([place]))[place]
                while await consumer.position(place) < end:
                    records = await consumer.getmany(place, timeout_ms=500)
                    found |= {(each.key or b"").decode() for each in records.get(place, ())}
            finally:
                await consumer.stop()
        return found

    def _pids(self) -> dict[str, int]:
        everybody = [*(each.name for each in self.stack.workers), SHIPPER, GATEWAY]
        return {name: self.stack.pid(name) for name in everybody}

    @contextmanager
    def _nobody_ends(self) -> Iterator[None]:
        """Note the processes, but the brokers, that are others after the block than before."""
        before = self._pids()
        yield
        now = self._pids()
        self.ended += [name for name, pid in before.items() if now[name] != pid]

    def _note(self, fault: str, victim: str, began: float, back: float) -> None:
        outage = Outage(fault, victim, began, back)
        self.outages.append([outage])
        self.traffic.outages.append(outage)

    async def put_down(self, name: str) -> float:
        """SIGKILL, and not started again; when that was (monotonic).

        The supervisor is to stop it, which it does not hear: it sleeps.
        """
        pid = self.stack.pid(name)
        self.stack.pause(name)
        stopping = asyncio.create_task(asyncio.to_thread(self.stack.stop_process, name))

        async def is_stopping() -> bool:
            return self.stack.supervisor.state(name) == "STOPPING"

        await eventually(is_stopping, DEADLINE, every=0.05)
        began = time.monotonic()
        signal_tree(pid, signal.SIGKILL)
        await stopping
        return began

    async def bring_back(self, *names: str) -> None:
        """Started again; returns when they answer."""
        for name in names:
            await asyncio.to_thread(self.stack.start_process, name)
        for name in names:
            await asyncio.to_thread(self.stack.wait_ready, name)

    async def lose_leader(self) -> str:
        """The leader is killed and stays away; every room goes on without it."""
        self.write_lines()
        victim = await self.leader()
        with self._nobody_ends():
            began = await self.put_down(victim)
            self._note(f"the leader {victim} killed", victim, began, began)
            await self.traffic.progress(began)
        return victim

    async def lose_two(self) -> None:
        """The leader is killed, then one more, until people were refused; then both come back."""
        first = await self.lose_leader()
        second = await self.leader()
        began = await self.put_down(second)
        self.write_lines()
        await self._ask_and_be_refused()
        await pause(AWAY)
        await self.bring_back(second)
        self._note(f"{second} killed too", second, began, time.monotonic())
        await self.traffic.progress(time.monotonic())
        await self.bring_back(first)
        await self.until_in_sync()

    async def _ask_and_be_refused(self) -> None:
        user, told = self.traffic.users[0], self.refusals
        for number in range(2):
            sent = str(uuid.uuid4())
            told.said[sent] = f"below the least, {number}"
            body = {"message": told.said[sent], "messageId": sent}
            told.posts.append(await _quietly(user, "POST", f"/chat/{self.room_id}", body))
        told.reads.append(await _quietly(user, "GET", f"/chat/{self.room_id}/messages"))
        told.reads.append(await _quietly(user, "GET", "/chat"))
        told.stomp.append(await self._send_once(user))

    async def _send_once(self, user: User) -> str:
        """How a SEND ended: RECEIPT, or what the socket was told."""
        socket, sent = Socket(user), str(uuid.uuid4())
        self.refusals.said[sent] = "below the least, by a socket"
        try:
            await socket.connect()
            await socket.say(self.room_id, sent, self.refusals.said[sent], UNANSWERED)
        except (Closed, TimeoutError) as error:
            return str(error) or type(error).__name__
        finally:
            with suppress(aiohttp.ClientError):
                await socket.close()
        return "RECEIPT"

    async def repeat_what_was_refused(self) -> None:
        """Whoever was refused says it again, with the same id."""
        user = self.traffic.users[0]
        for sent, text in self.refusals.said.items():
            body = {"message": text, "messageId": sent}
            await user.insist("POST", f"/chat/{self.room_id}", body)

    async def pause_leader(self) -> None:
        """The leader is stopped in its tracks; every room goes on; then it wakes up."""
        self.write_lines()
        with self._nobody_ends():
            await self._paused(await self.leader())
            await self.until_in_sync()

    async def _paused(self, victim: str) -> None:
        began = time.monotonic()
        await asyncio.to_thread(self.stack.pause, victim)
        try:
            await self.traffic.progress(began)
            before = len(self.traffic.sent)
            await pause(AWAY)
            await self.traffic.progress(time.monotonic())
            self.acknowledged_while_paused += len(self.traffic.sent) - before
        finally:
            await asyncio.to_thread(self.stack.resume, victim)
        self._note(f"the leader {victim} paused", victim, began, began)

    async def lose_folder(self) -> None:
        """The leader is killed and its folder is gone; it begins anew while people chat."""
        self.write_lines()
        victim = self.rebuilt = await self.leader()
        with self._nobody_ends():
            began = await self.put_down(victim)
            shutil.rmtree(self.stack.servers.brokers.by_name()[victim].folder)
            await self.traffic.progress(began)
            await asyncio.to_thread(rebuild, self.stack, victim, log.info)
            self._note(f"the folder of the leader {victim} lost", victim, began, began)
            await self.traffic.progress(time.monotonic())

    async def finish(self) -> None:
        """Everybody says what was refused, comes to an end, and the silences are told."""
        self.write_lines()
        await self.repeat_what_was_refused()
        self.traffic.finish()
        await self._talking
        last = max(times[-1] for times in self.traffic.answers.values())
        for line in report(self.stack, self.traffic.answers, self.outages, last):
            log.info("%s", line)
        log.info("%d messages, repeats: %s", len(self.traffic.sent), dict(self.traffic.repeats))

    async def open(self) -> None:
        """Everybody is there and talks."""
        await self.traffic.open()
        self._talking = asyncio.create_task(self.traffic.talk())
        await self.traffic.progress(time.monotonic())

    async def close(self) -> None:
        self._talking.cancel()
        await asyncio.gather(self._talking, return_exceptions=True)
        await self.traffic.close()


@asynccontextmanager
async def chatting(stack: Stack, traffic: Traffic) -> AsyncIterator[Brokers]:
    """The brokers of the stack under this traffic; its people are there until the block ends."""
    brokers = Brokers(stack, traffic)
    await brokers.open()
    try:
        yield brokers
    finally:
        await brokers.close()
