"""An endpoint of OpenAI's form that answers as it is told: well, slowly, wrongly, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

Say = Callable[[dict[str, Any]], str]
"""The text of an answer, by what was asked: `case` and `post`."""


def says(verdict: str, *reasons: str) -> Say:
    """A model that keeps to the form."""
    return lambda asked: json.dumps(
        {"case": asked["case"], "verdict": verdict, "reasons": list(reasons)}
    )


def echo(asked: dict[str, Any]) -> str:
    """A model that does what stands in the post: it says the body."""
    return str(asked["post"]["body"])


class ModelEndpoint:
    """Serves `/v1/chat/completions` at a port of its own; `asked` are the bodies of what came."""

    def __init__(self) -> None:
        self.port = 0
        self.say: Say = says("accept")
        self.status = 200
        self.raw: bytes | None = None
        self.delay = 0.0
        self.usage: dict[str, Any] | None = {"prompt_tokens": 100, "completion_tokens": 10}
        self.asked: list[dict[str, Any]] = []
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Nobody listens there any more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        await asyncio.sleep(self.delay)
        if self.raw is not None:
            return web.Response(body=self.raw, status=self.status, content_type="application/json")
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        text = self.say(json.loads(body["messages"][1]["content"]))
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
        }
        return web.json_response(
            {
                "id": "c",
                "object": "chat.completion",
                "created": 0,
                "model": body["model"],
                "choices": [choice],
                "usage": self.usage,
            }
        )
