"""Lines of Kafka and Elasticsearch: fields of the common schema with flat names in JSON."""

from __future__ import annotations

import re

from chatstream.domain.log_lines.fields import Fields, instant, json_object, level_of, nested, text

_TEXTS = ("process.thread.name", "log.logger", "error.type", "error.message", "error.stack_trace")
_TRACE = re.compile(r"[0-9a-f]{32}")
_ALSO = {"fatal": "critical"}


def read(line: str) -> Fields | None:
    """The fields of a line; None when it is no event of such a layout.

    https://logging.apache.org/log4j/2.x/manual/json-template-layout.html: `labels` and `tags` are
    what a program chose to add, and are left out, as is what Elasticsearch says of itself.
    """
    found = json_object(line)
    if found is None:
        return None
    at, message = instant(found.get("@timestamp")), text(found.get("message"))
    level = level_of(found.get("log.level"), _ALSO)
    if at is None or message is None or level is None:
        return None
    trace = text(found.get("trace.id"))
    return nested(
        {
            "@timestamp": at,
            "message": message,
            "log.level": level,
            **{name: text(found.get(name)) for name in _TEXTS},
            "trace.id": trace if trace and _TRACE.fullmatch(trace) else None,
        }
    )
