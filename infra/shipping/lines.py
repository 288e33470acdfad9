"""A line as a record: ours as it is, another program's in Filebeat's envelope."""

from __future__ import annotations

import json

import orjson

from chatstream.domain.times import now_text
from infra.shipping.followed import FollowedLog


def record(log: FollowedLog, offset: int, line: bytes) -> tuple[bytes, bytes]:
    """Key and value of a line: the same as rsyslog makes, but for the time of an envelope."""
    identity = _own_id(line)
    if identity is not None:
        return identity.encode(), line
    body = {
        "@timestamp": now_text(),
        "message": line.decode("utf-8", "surrogateescape"),
        "log": {"file": {"path": log.path}, "offset": offset},
        "service": {"type": log.service_type},
        "event": {"dataset": log.dataset},
    }
    value = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"{log.path}:{offset}".encode(), value.encode("utf-8", "surrogateescape")


def _own_id(line: bytes) -> str | None:
    """The `event.id` of a line that is a document; None of any other."""
    if not line.startswith(b"{"):
        return None
    try:
        event = orjson.loads(line).get("event")
    except orjson.JSONDecodeError:
        return None
    identity = event.get("id") if isinstance(event, dict) else None
    return identity if isinstance(identity, str) and identity else None
