"""The AsyncAPI document: the topics, and STOMP at /stomp/chat.

What the code knows (topics, payloads, defaults, close codes) is taken from it; the words around it
are in `web/templates/asyncapi.yaml`.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent as indented
from typing import Any

import msgspec
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatstream.domain import stomp
from chatstream.domain.messages import MESSAGE_LENGTH
from chatstream.settings import KafkaSettings, LimitSettings, WebSettings
from schemas import asyncapi as topics
from schemas.catalogue import TOPICS
from web import typing_signals
from web.live.events import Body
from web.live.news import News, account_bodies, room_bodies
from web.stomp import close_codes, endpoint, session
from web.stomp.sending import SendBody
from web.stomp.signals import ReadSignal

TEMPLATE = "asyncapi.yaml"
SOCKET_LIMITS = (
    "frame_bytes",
    "message_burst",
    "messages_per_second",
    "sockets_per_account",
    "sockets_per_address",
    "subscriptions_per_socket",
    "heartbeat",
    "socket_queue_bytes",
    "wish_timeout",
)


class Fault(msgspec.Struct):
    """What went wrong: a code, a text in English, details such as the field."""

    code: str
    message: str
    details: dict[str, Any]


class FaultBody(msgspec.Struct):
    """The body of an ERROR frame, as that of an HTTP error."""

    error: Fault


def payload_types(news: Sequence[News]) -> list[type[msgspec.Struct]]:
    """Every struct that travels: records, bodies of MESSAGE, SEND and ERROR."""
    carried = [kind for spec in TOPICS for kind in spec.records]
    return [*carried, *room_bodies(news), *account_bodies(news), SendBody, ReadSignal, FaultBody]


def text(news: Sequence[News]) -> str:
    """The document as it stands in docs/asyncapi.yaml, with the defaults of every setting.

    `news` is what open pages are told.
    """
    kafka = KafkaSettings()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (YAML; what is filled in is quoted)
    )
    environment.filters |= {"block": block, "json": json.dumps, "number": "{:.15g}".format}
    _, schemas = msgspec.json.schema_components(payload_types(news), ref_template=topics.SCHEMA_REF)
    return environment.get_template(TEMPLATE).render(
        kafka=kafka,
        web_host=WebSettings().public_url.rpartition("/")[2],
        limits=LimitSettings().model_dump(),
        limit_fields=LimitSettings.model_fields,
        socket_limits=SOCKET_LIMITS,
        message_length=MESSAGE_LENGTH,
        endpoint=endpoint,
        close_codes=close_codes,
        session=session,
        stomp=stomp,
        typing_every=typing_signals.EVERY,
        traceparent=topics.TRACE_TEXT,
        topic_channels=topics.channels(kafka.partitions, kafka.replication),
        topic_messages=topics.messages(),
        topic_traits=topics.traits(),
        room_events=[_event(kind) for kind in room_bodies(news)],
        user_events=[_event(kind) for kind in account_bodies(news)],
        schemas=schemas,
    )


def block(value: Mapping[str, Any], indent: int) -> str:
    """The value as it follows `key:` in block YAML, one line for each text."""
    text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=math.inf)
    return "\n" + indented(text.rstrip("\n"), " " * indent)


def _event(kind: type[Body]) -> dict[str, str]:
    summary = (inspect.getdoc(kind) or "").partition("\n\n")[0]
    return {"name": str(kind.__struct_config__.tag), "title": kind.__name__, "summary": summary}
