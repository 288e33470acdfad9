"""From one line of a log to fields of the Elastic Common Schema, by its dataset.

Nested objects, as documents have them; what names the file, the service and the line itself
(`log.file.path`, `service.*`, `event.*`, but what is said below) is for whoever read the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chatstream.domain.log_lines import app, ecs, nginx, postgres, supervisor
from chatstream.domain.log_lines.datasets import (
    APP,
    ELASTICSEARCH,
    KAFKA,
    NGINX_ACCESS,
    NGINX_ERROR,
    POSTGRES,
    SUPERVISOR,
)
from chatstream.domain.log_lines.fields import Fields

UNREADABLE = "unreadable line"

_READERS: Mapping[str, Callable[[str], Fields | None]] = {
    APP: app.read,
    NGINX_ACCESS: nginx.read_access,
    NGINX_ERROR: nginx.read_error,
    KAFKA: ecs.read,
    POSTGRES: postgres.read,
    ELASTICSEARCH: ecs.read,
    SUPERVISOR: supervisor.read,
}
# Whose files hold nothing that people write, in whatever form: names of topics and programs.
_OPEN = (KAFKA, SUPERVISOR)


def read(dataset: str, line: str) -> Fields:
    """The fields of a line, without its line end; total: never raises, and never gives nothing.

    `@timestamp` (UTC, milliseconds), `message`, `log.level` (lower case), and what the form has of
    `log.logger`, `process.*`, `error.*`, `http.*`, `url.path` (a route), `event.duration`
    (nanoseconds), `event.outcome`, `trace.id`, `span.id`. A line that is not of its dataset's form
    has a `message` and no time: its own text where the file can hold no secret, else UNREADABLE.
    """
    reader = _READERS.get(dataset)
    found = reader(line) if reader else None
    if found is not None:
        return found
    return {"message": line if dataset in _OPEN else UNREADABLE}
