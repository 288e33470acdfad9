"""A stack that is watched, whom its alerts are told to, and metrics that the tests tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import aiohttp

from infra.embedded.layout import LOOPBACK
from infra.embedded.monitored import MonitoredStack
from infra.embedded.monitoring import PROMETHEUS, Monitoring
from infra.prometheus.config import ScrapeTarget
from tests.client.waiting import eventually

EXPORTER = "exporter-1"


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve it on a free port of loopback; gives `host:port`."""
    server = ThreadingHTTPServer((LOOPBACK, 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Receiver:
    """A webhook: notes every alert that is posted; `is_broken`: it answers 500 instead."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.is_broken = False

    def fired(self, name: str, since: int = 0, **labels: str) -> list[dict[str, Any]]:
        """What was posted of an alert with these labels while it fired, in its order.

        `since` passes over so many of all that were posted.
        """
        return [
            each
            for each in self.alerts[since:]
            if each["status"] == "firing"
            and each["labels"]["alertname"] == name
            and labels.items() <= each["labels"].items()
        ]

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Take posts; gives the address."""
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not receiver.is_broken:
                    receiver.alerts += body["alerts"]
                self.send_response(500 if receiver.is_broken else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with _serving(Hook) as address:
            yield f"http://{address}/"


class Exporter:
    """Metrics of a process that there is not, for what cannot be made true here."""

    def __init__(self) -> None:
        self.samples: dict[str, float] = {"chatstream_ready": 1}
        self.growing: dict[str, float] = {}

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Answer scrapes; gives `host:port`. A growing sample grows by so much at each of them."""
        exporter = self

        class Metrics(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                for name, step in exporter.growing.items():
                    exporter.samples[name] = exporter.samples.get(name, 0.0) + step
                lines = [f"{name} {value}\n" for name, value in exporter.samples.items()]
                with suppress(ConnectionError):  # a scrape that was given up
                    self.send_response(200)
                    self.send_header("Content-Type", "text/plain; version=0.0.4")
                    self.end_headers()
                    self.wfile.write("".join(lines).encode())

            def log_message(self, *_: object) -> None:
                pass

        with _serving(Metrics) as address:
            yield address


class WatchedStack(MonitoredStack):
    """A stack whose Prometheus scrapes the tests' exporter too."""

    exporter = ""

    @property
    def monitoring(self) -> Monitoring:
        """As its base, with one target more."""
        if self._monitoring is None:
            found = super().monitoring
            target = ScrapeTarget(EXPORTER, "exporter", self.exporter)
            self._monitoring = replace(found, targets=[*found.targets, target])
        return self._monitoring


class Prometheus:
    """What the Prometheus of a stack answers."""

    def __init__(self, stack: MonitoredStack) -> None:
        self._url = stack.monitoring.url(PROMETHEUS)

    async def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer; AssertionError with its words when it is an error."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self._url}/api/v1/{path}", params=parameters) as answer,
        ):
            body = await answer.json()
            assert body["status"] == "success", f"{parameters}: {body}"
            return body["data"]

    async def series(self, query: str) -> list[tuple[Mapping[str, str], float]]:
        """(labels, value) of what a query gives at this moment."""
        found = await self.ask("query", query=query)
        return [(each["metric"], float(each["value"][1])) for each in found["result"]]

    async def is_firing(self, name: str, **labels: str) -> bool:
        """Whether the alert fires, or waits for its time, with these labels."""
        found = await self.ask("alerts")
        return any(
            each["labels"]["alertname"] == name and labels.items() <= each["labels"].items()
            for each in found["alerts"]
        )

    async def until_silent(self, name: str, **labels: str) -> None:
        """Return when the alert does not fire."""

        async def is_silent() -> bool:
            return not await self.is_firing(name, **labels)

        await eventually(is_silent, 120, 0.5)
