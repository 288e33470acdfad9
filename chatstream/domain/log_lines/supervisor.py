"""Lines of supervisord about itself and the processes it keeps."""

from __future__ import annotations

import re

from chatstream.domain.log_lines.fields import Fields, instant, level_of, nested

_LINE = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3}) ([A-Z]{4}) (.*)", re.DOTALL)
_BY_DESIGN = "Server 'unix_http_server' running without any HTTP authentication checking"
"""Said at every start, as critical: the socket lets in its own user only, by its mode."""


def read(line: str) -> Fields | None:
    """What the supervisor says, in the clock's UTC; None when it is of another form."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    day, clock, milliseconds, word, message = found.groups()
    at = instant(f"{day}T{clock}.{milliseconds}Z")
    level = "info" if message == _BY_DESIGN else level_of(word)
    if at is None or level is None:
        return None
    return nested({"@timestamp": at, "message": message, "log.level": level})
