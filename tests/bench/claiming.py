"""A process of the bench: claims of a campaign by HTTP, each until it has its last word.

`python -m tests.bench.claiming`, a ClaimJob on stdin. It speaks for a gateway: every fifty accounts
come from an address of their own.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import re
import sys
import uuid
from array import array
from collections import Counter
from time import perf_counter
from typing import Any, cast

import msgspec
import uvloop

from tests.bench.latency import summary
from tests.bench.wire import Claimed, ClaimJob, Event, tell
from tests.client.waiting import pause

ISSUED = "issued"
ASK_AGAIN = 2.0
AN_ADDRESS = 50
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LATER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True):
    """A response: its status, seconds after which to come again (0: not told), and its JSON."""

    status: int
    later: int
    body: Any


class Line(asyncio.Protocol):
    """A connection that stays: one request at a time."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._last: Answer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        found = _LENGTH.search(self._buffer, 0, end) if end >= 0 else None
        if found is None:
            return
        whole = end + 4 + int(found[1])
        if len(self._buffer) < whole or self._waiter is None:
            return
        later = _LATER.search(self._buffer, 0, end)
        status, body = int(self._buffer[9:12]), self._buffer[end + 4 : whole]
        self._buffer = self._buffer[whole:]
        waiter, self._waiter = self._waiter, None
        try:
            decoded = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            waiter.set_exception(ValueError(f"a {status} that is not JSON: {body!r}: {error}"))
            return
        self._last = Answer(status, int(later[1]) if later else 0, decoded)
        waiter.set_result(self._last)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionError(f"the front has closed: {exc}"))

    async def call(self, request: bytes) -> Answer:
        """Its answer."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError(f"the front has closed after {self._last}")
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter


def request(method: str, path: str, token: str, account: int, body: bytes = b"") -> bytes:
    """A call of this account, as a gateway passes it on."""
    number = account // AN_ADDRESS
    address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    return (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nX-Real-IP: {address}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Claiming:
    """All claims of a job, and what came of them."""

    def __init__(self, job: ClaimJob) -> None:
        self.job = job
        self.answers: Counter[str] = Counter()
        self.times = {True: array("d"), False: array("d")}
        self.waited = self.again = 0
        self._end: asyncio.Future[bytes]

    async def run(self) -> None:
        """Connect, wait for the line, claim, tell."""
        loop = asyncio.get_running_loop()
        lines = [
            (await loop.create_connection(Line, "127.0.0.1", self.job.port))[1]
            for _ in range(self.job.at_once)
        ]
        further = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(further), sys.stdin)
        gc.freeze()
        gc.disable()
        tell(Event("ready"))
        await further.readline()
        self._end = asyncio.ensure_future(further.readline())
        began, claims = perf_counter(), iter(self.job.claims)
        await asyncio.gather(*(self._work(line, claims) for line in lines))
        claimed = Claimed(
            seconds=perf_counter() - began,
            answers=dict(self.answers),
            winners=summary(self.times[True]),
            losers=summary(self.times[False]),
            waited=self.waited,
            again=self.again,
        )
        tell(Event("result", claimed=claimed))
        await self._end  # a line that comes late, or the end of the input

    async def _work(self, line: Line, claims: Any) -> None:
        for account in itertools.takewhile(lambda _: not self._end.done(), claims):
            began = perf_counter()
            code = await self._claim(line, account)
            self.times[code == ISSUED].append(perf_counter() - began)
            self.answers[code] += 1

    async def _claim(self, line: Line, account: int) -> str:
        """The last word on one claim."""
        token, claim_id = self.job.tokens[account], str(uuid.uuid4())
        path = f"/coupon/campaigns/{self.job.campaign_id}/claims"
        send = request("POST", path, token, account, b'{"claimId":"%s"}' % claim_id.encode())
        ask = request("GET", f"/coupon/claims/{claim_id}", token, account)
        asking = False
        while True:
            answer = await line.call(ask if asking else send)
            if (code := last_word(answer)) is not None:
                return code
            self.waited += answer.status == 202
            asking = answer.status in (200, 202)
            if answer.status in (429, 503):
                self.again += 1
                await pause(answer.later + random.random())
            elif asking:
                await pause(ASK_AGAIN)


def last_word(answer: Answer) -> str | None:
    """`issued` or the code of the refusal; None when it is to be asked again."""
    body = answer.body
    if answer.status < 400:
        if body.get("code"):
            return str(body["code"])
        return ISSUED if body.get("couponId") else None
    code = body["error"]["code"]
    return None if answer.status in (429, 503) or code == "CLAIM_NOT_FOUND" else str(code)


async def _main() -> None:
    await Claiming(msgspec.json.decode(sys.stdin.buffer.readline(), type=ClaimJob)).run()


if __name__ == "__main__":
    uvloop.run(_main())
