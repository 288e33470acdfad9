"""What is measured of the frames of clients: how many, how they ended, how long they took.

A frame is over when what it asks for is: a SEND when its message is stored or refused, a SUBSCRIBE
when what was missing is sent. That goes on beside the reader, in a copy of the reader's context:
there `ended_with` and `end` find the frame that it works on.
"""

from __future__ import annotations

import time
from contextvars import ContextVar
from functools import cache

from prometheus_client import Counter, Histogram

from chatstream.domain.stomp import CLIENT_COMMANDS, destination_template
from chatstream.errors import ErrorCode
from web.stomp.codec import ClientFrame
from web.stomp.metrics import FRAMES, SECONDS

OK = "OK"
PROTOCOL = "PROTOCOL"
"""The client broke STOMP."""
GONE = "GONE"
"""The connection ended before the frame was done."""


class FrameTime:
    """One frame under way; `goes_on` while work beside the reader has it."""

    __slots__ = ("_began", "_command", "_destination", "code", "goes_on")

    def __init__(self, frame: ClientFrame) -> None:
        self._began = time.perf_counter()
        self._command = frame.command if frame.command in CLIENT_COMMANDS else "other"
        self._destination = destination_template(frame.headers.get("destination"))
        self.code = OK
        self.goes_on = False

    def end(self) -> None:
        """Measure it."""
        count, duration = _of(self._command, self._destination, self.code)
        count.inc()
        duration.observe(time.perf_counter() - self._began)


@cache  # of few values each; to look them up anew takes longer than to measure
def _of(command: str, destination: str, code: str) -> tuple[Counter, Histogram]:
    return FRAMES.labels(command, destination, code), SECONDS.labels(command, destination)


_current: ContextVar[FrameTime | None] = ContextVar("frame_time", default=None)


def begin(frame: ClientFrame) -> FrameTime:
    """The reader takes this frame; the one before it is over, or goes on beside."""
    measured = FrameTime(frame)
    _current.set(measured)
    return measured


def goes_on() -> None:
    """Work beside the reader has the frame that is worked on here, and calls `end`."""
    measured = _current.get()
    if measured is not None:
        measured.goes_on = True


def end() -> None:
    """The frame that is worked on here is over."""
    measured = _current.get()
    if measured is not None:
        measured.end()


def ended_with(code: ErrorCode | str) -> None:
    """The frame that is worked on here was refused with this code."""
    measured = _current.get()
    if measured is not None:
        measured.code = str(code)
