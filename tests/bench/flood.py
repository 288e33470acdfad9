"""A process of the bench: accounts that write the worst texts as fast as the edge lets them.

The bench's own edge lets everything pass, so what the limits of a default one would hold back is
held back here, by the same buckets. The rules over rates are off as well; who is masked again and
again is muted as everywhere, and refused from then on.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import cycle

import msgspec
import uvloop
from aiohttp import ClientSession, ClientTimeout

from chatstream.domain.rates import CHARACTERS_A_TOKEN, cost_of
from chatstream.settings import LimitSettings
from tests.bench.wire import Event, Flooded, FloodJob, tell
from tests.long_texts import LONGEST, NAMES, long_text
from web.edge.rates import MessageRates

# Much that looks like listed words, stretched or alone, found or not.
_WORST = ("개쌍년ㅋ", "씹창이", "시 발 ", "이", "fuck", "fuck ", "ass ", "faa6", "이 새끼 ", "갔")
WITHIN = 30.0


def texts(length: int) -> Iterator[str]:
    """The worst texts of one length, again and again."""
    worst = [name for name in NAMES if name.removesuffix("…") in map(ascii, _WORST)]
    return cycle([long_text(name, length) for name in worst])


class Flood:
    """What the accounts send; every second one writes as long as may be, the others many."""

    def __init__(self, job: FloodJob, http: ClientSession) -> None:
        self.job = job
        self.http = http
        self.statuses: Counter[int] = Counter()
        self.characters = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def flood(self, number: int, token: str) -> None:
        """Write for ever, each text as soon as its account may."""
        rates = MessageRates(LimitSettings())
        for text in texts(LONGEST if number % 2 else CHARACTERS_A_TOKEN):
            while wait := rates.take(token, cost_of(text)):  # noqa: ASYNC110 (nobody would tell)
                await asyncio.sleep(wait)
            task = asyncio.create_task(self.say(token, text))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            await asyncio.sleep(0)

    async def say(self, token: str, text: str) -> None:
        """Send one text and count its answer."""
        self.characters += len(text)
        async with self.http.post(
            f"http://127.0.0.1:{self.job.port}/chat/{self.job.room}",
            json={"message": text, "messageId": str(uuid.uuid4())},
            headers={"Authorization": f"Bearer {token}"},
        ) as response:
            self.statuses[response.status] += 1

    async def run(self) -> None:
        """Flood from the first line on standard input to the second."""
        tell(Event("ready"))
        await asyncio.to_thread(sys.stdin.buffer.readline)
        floods = [
            asyncio.create_task(self.flood(number, token))
            for number, token in enumerate(self.job.tokens)
        ]
        await asyncio.to_thread(sys.stdin.buffer.readline)
        for each in floods:
            each.cancel()
        await asyncio.wait([*floods, *self.tasks], timeout=WITHIN)
        stored = self.statuses[201]
        others = sum(self.statuses.values()) - stored
        tell(Event("result", flooded=Flooded(stored, others, self.characters)))


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=FloodJob)
    async with ClientSession(timeout=ClientTimeout(WITHIN)) as http:
        await Flood(job, http).run()


if __name__ == "__main__":
    uvloop.run(_main())
