"""Lines of Postgres: a prefix of fixed parts, the level, the message."""

from __future__ import annotations

import re

from chatstream.domain.log_lines.fields import Fields, instant, level_of, nested

PREFIX = "%m [%p] [%b] %e "
"""`log_line_prefix`: time with its zone, process, kind of process, SQLSTATE.

https://www.postgresql.org/docs/18/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
"""

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) (?:UTC|GMT) \[(\d{1,10})\] \[([\w -]{1,64})\]"
    r" ([0-9A-Z]{5}) ([A-Z]{3,7}[1-5]?):  (.*)",
    re.DOTALL,
)
_FINE = "00000"
_OF_CLIENTS = ("client backend", "parallel worker", "not initialized")
"""Kinds of processes that carry out statements of others, and quote them."""
_COMES_BACK = "57P03"
"""`cannot_connect_now`: whoever asks while a server starts or ends is told to come back."""
_ALSO = {"fatal": "error"}  # it ends one connection; PANIC ends the server


def read(line: str) -> Fields | None:
    """What the server says; None for another form, and for DETAIL, CONTEXT, STATEMENT and such.

    Of what failed in a session only the SQLSTATE is told: Postgres quotes values in the text.
    """
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    day, clock, pid, kind, state, word, message = found.groups()
    at, level = instant(f"{day}T{clock}Z"), level_of(word, _ALSO)
    if at is None or level is None:
        return None
    if state == _COMES_BACK:
        level = "warning"
    code = None if state == _FINE else state
    return nested(
        {
            "@timestamp": at,
            "message": f"{word}: SQLSTATE {code}" if code and kind in _OF_CLIENTS else message,
            "log.level": level,
            "error.code": code,
            "process.pid": int(pid),
            "process.name": kind,
        }
    )
