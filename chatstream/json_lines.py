"""Every record of this process' log as one line of JSON: a document of the Elastic Common Schema.

https://www.elastic.co/guide/en/ecs/8.11/index.html. structlog's ProcessorFormatter takes the
records of every logger, also the libraries'; what a record may hold is decided where it is made
(`chatstream.logs`).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger
from uuid_utils import uuid7

from chatstream.domain.documents import ECS_VERSION
from chatstream.domain.log_lines.bounds import (
    MESSAGE,
    NAME,
    STACK,
    TEXT,
    cut,
    cut_middle,
    unicode,
)
from chatstream.domain.log_lines.datasets import APP
from infra.tracing import current_trace

_LEVELS = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)
UNFIT = " [its arguments do not fit]"
"""Behind a message that could not be put together."""


_speaker: ContextVar[Mapping[str, Any] | None] = ContextVar("speaker", default=None)


def speak_as(service: str, node: str) -> None:
    """From here on, and in every task begun here, lines are those of this service's worker.

    Of several services in one process each has its own lines by that.
    """
    _speaker.set(_told(service, node))


def _told(service: str, node: str) -> Mapping[str, Any]:
    return {"name": service, "type": "chatstream", "node": {"name": node}}


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """Formats any record as one line; never raises, and is never longer than a shipper carries.

    `service` and `node` are who speaks, `chat` and `chat-1`, where no `speaker` is named.
    """

    def __init__(self, service: str, node: str) -> None:
        self._service = _told(service, node)
        super().__init__(processors=[self._document, _line], use_get_message=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        try:
            return super().format(record)
        except Exception:  # noqa: BLE001 (whatever the __str__ of an argument raises)
            whole = logging.makeLogRecord({**record.__dict__, "args": (), "msg": _bare(record)})
            return super().format(whole)

    def _document(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        record: logging.LogRecord = event["_record"]
        found: dict[str, Any] = {
            "@timestamp": _time(record.created),
            "message": cut(event["event"], MESSAGE),
            "log": {"level": level_name(record.levelno), "logger": cut(record.name, NAME)},
            "ecs": {"version": ECS_VERSION},
            "event": {"id": str(uuid7()), "kind": "event", "module": "chatstream", "dataset": APP},
            "service": _speaker.get() or self._service,
            "process": {
                "pid": record.process,
                "thread": {"name": cut(str(record.threadName), NAME)},
            },
        }
        trace = current_trace()
        if trace:
            found["trace"] = {"id": trace["trace.id"]}
            found["span"] = {"id": trace["span.id"]}
        error = _error(record, event)
        if error:
            found["error"] = error
        return found


def _time(seconds: float) -> str:
    """As `chatstream.domain.times.to_text` has it."""
    whole, part = divmod(seconds, 1)
    return f"{_second(int(whole))}.{int(part * 1000):03}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def level_name(number: int) -> str:
    """`debug`, `info`, `warning`, `error` or `critical`: the one at or below."""
    return next((name for least, name in _LEVELS if number >= least), "debug")


def _error(record: logging.LogRecord, event: EventDict) -> Mapping[str, str]:
    told = dict(getattr(record, "ecs_error", {}))
    stack = told.get("stack_trace") or event.get("stack_info")
    if stack:
        told["stack_trace"] = cut_middle(stack, STACK)
    if "message" in told:
        told["message"] = cut(told["message"], TEXT)
    return told


def _line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    try:
        return orjson.dumps(event).decode()
    except TypeError:
        return orjson.dumps(_whole(event), default=str).decode()


def _whole(value: Any) -> Any:
    """The same with every text as Unicode has it."""
    if isinstance(value, str):
        return unicode(value)
    if isinstance(value, Mapping):
        return {name: _whole(each) for name, each in value.items()}
    return value


def _bare(record: logging.LogRecord) -> str:
    """The message as it was written in the program, where that is a text."""
    return (record.msg if isinstance(record.msg, str) else "a message") + UNFIT


class LineHandler(logging.StreamHandler):
    """Writes lines to standard output, each at once, and says nothing of one that it could not."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Tell the kind of the fault; logging's own way quotes the message and its arguments."""
        kind = sys.exc_info()[0]
        name = kind.__name__ if kind else "nothing"
        sys.stderr.write(f"a line of {record.name} could not be written: {name}\n")


def configuration(service: str, node: str, level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, and Faust's `logging_config`: lines on standard output."""
    formatter = {"()": JsonLines, "service": service, "node": node}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter},
        "handlers": {"lines": {"()": LineHandler, "formatter": "lines"}},
        "root": {"level": level, "handlers": ["lines"]},
    }
