"""What a process' log may hold of an exception: its kind and place, never a value.

Foreign exceptions quote what they choke on: psycopg2 the row, pydantic the input, aiohttp the
request's line, int() the text. So their texts are left out wherever a record is made, for every
logger, also Faust's, aiokafka's and asyncio's. Texts of this program's own exceptions stay: they
are written for the log and name no value.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from logging.config import dictConfig
from types import TracebackType
from typing import Any

from chatstream.json_lines import configuration

log = logging.getLogger(__name__)

OWN = ("agents", "chatstream", "infra", "schemas", "tables", "web")
_TOLD = (*(f"{package}." for package in OWN), "aiokafka.errors")
"""Modules whose exceptions say of themselves only what a log may hold."""

LIBRARIES = (
    "aiohttp",
    "aiokafka",
    "aiopg",
    "asyncio",
    "elasticsearch",
    "faust",
    "mode",
    "sockjs",
    "urllib3",
)
"""Loggers that write requests and records at DEBUG: they stay at INFO, whatever the log level."""

CIRCULAR = ("elastic_transport",)
"""Loggers that write every request at INFO: they stay at WARNING.

A bulk that writes lines would be a line itself, which is one more bulk, and so for ever.
"""

AWAITED = (("aiokafka.cluster", "Topic %s not found in cluster metadata"),)
"""Loggers and words of what is no error here, but waited for: it is a warning.

A client asks again, and each worker makes the changelogs of its tables at its first start. What
stays missing, `infra.faust.known_topics` tells as an error.
"""


def described(error: BaseException) -> str:
    """The kind of the error; its text only where it is known to hold no value."""
    text = _text(error)
    return _kind(error) if text is None else f"{_kind(error)}: {text}"


def _kind(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")


def _text(error: BaseException) -> str | None:
    """What may be told of the error beside its kind."""
    if f"{type(error).__module__}.".startswith(_TOLD):
        return str(error)
    state = getattr(error, "pgcode", None)
    if isinstance(state, str):
        return f"SQLSTATE {state}"
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return os.strerror(error.errno)
    return None


def fields(error: BaseException) -> dict[str, str]:
    """`type`, `message` where it may be told, and `stack_trace`: the `error` of a document."""
    text = _text(error)
    told = {"type": _kind(error), "stack_trace": trace(error)}
    return told if text is None else {**told, "message": text}


def trace(error: BaseException) -> str:
    """The error with its causes, oldest first, each with its stack: as Python prints it."""
    return "".join(_traced(error, set())).rstrip("\n")


def _traced(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _traced(before, seen)
        yield "\nwhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{described(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _traced(each, seen)


class _Described:
    """Stands in a record's arguments for an exception."""

    def __init__(self, error: BaseException) -> None:
        self._text = described(error)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


def _kept(argument: object) -> object:
    return _Described(argument) if isinstance(argument, BaseException) else argument


def make_record(*arguments: Any, **options: Any) -> logging.LogRecord:
    """A record without the texts of foreign exceptions; logging's record factory."""
    record = logging.LogRecord(*arguments, **options)
    if isinstance(record.args, tuple):
        record.args = tuple(_kept(each) for each in record.args)
    elif isinstance(record.args, Mapping):
        record.args = {name: _kept(each) for name, each in record.args.items()}
    if isinstance(record.msg, BaseException):
        record.msg = described(record.msg)
    if record.exc_info and record.exc_info[1] is not None:
        error = fields(record.exc_info[1])
        record.ecs_error = error  # JsonLines reads it
        record.exc_text = error["stack_trace"]
        record.exc_info = None
    if (record.name, record.msg) in AWAITED:
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    if record.name == "asyncio":  # its further lines are reprs of tasks, with their exceptions
        record.msg = str(record.msg).partition("\n")[0]
    return record


def install() -> None:
    """Let every record of this process be made so, and its unhandled exceptions be logged so.

    Warnings of libraries are records too; of a crash the interpreter tells the stack by itself.
    """
    logging.setLogRecordFactory(make_record)
    logging.captureWarnings(capture=True)
    if not faulthandler.is_enabled():
        faulthandler.enable()
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in CIRCULAR:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _unhandled
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread


def configure(service: str, node: str, level: str) -> dict[str, Any] | None:
    """Let this process write its records as lines of JSON; gives the configuration, for Faust.

    None at a terminal, where a person reads: there Faust's own way of writing stays. Called again,
    the later one counts.
    """
    if sys.stdout.isatty():
        logging.basicConfig(level=level.upper())
        return None
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    found = configuration(service, node, level.upper())
    dictConfig(found)
    return found


def _unhandled(
    kind: type[BaseException], error: BaseException, place: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, place)
        return
    log.critical("an exception that nobody handled", exc_info=error)


def _unraisable(found: sys.UnraisableHookArgs) -> None:
    log.error("an exception that could not be raised", exc_info=found.exc_value)


def _in_thread(found: threading.ExceptHookArgs) -> None:
    log.error("a thread ended with an exception", exc_info=found.exc_value)
