"""The limit of a list that another process holds: ask it over HTTP, read the answer; nothing else.

`python -m tests.bench.bare_page`, a PageJob on stdin. One process is both ends, so that its CPU is
that of asking and answering together; the page is made before, nothing is looked up.
"""

from __future__ import annotations

import sys
import time

import aiohttp
import msgspec
import uvloop
from aiohttp import web

from tests.bench.latency import summary
from tests.bench.wire import Event, Paged, PageJob, tell

_WARM_UP = 20


async def _main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=PageJob)
    page = msgspec.json.encode([[f"account-{n:032}", 1] for n in range(job.members)])
    decoder = msgspec.json.Decoder(list[tuple[str, int]])

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=page, content_type="application/json")

    app = web.Application()
    app.router.add_get("/page", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", job.port)
    await site.start()
    times, cpu = [], time.process_time()
    async with aiohttp.ClientSession() as client:
        for number in range(job.asked + _WARM_UP):
            if number == _WARM_UP:
                cpu = time.process_time()
            began = time.perf_counter()
            async with client.get(f"http://127.0.0.1:{job.port}/page") as response:
                decoder.decode(await response.read())
            times.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    tell(Event("result", paged=Paged(summary(times[_WARM_UP:]), cpu)))
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(_main())
