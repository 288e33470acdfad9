"""Lines of our own processes: documents already, but for what Python says when it dies."""

from __future__ import annotations

import re

from chatstream.domain.log_lines.fields import Fields, instant, json_object, text

# What faulthandler and the interpreter write past every logger; it names code and no value
# (https://docs.python.org/3.11/library/faulthandler.html).
_DYING = re.compile(
    r"Fatal Python error: [\w ,.:'()-]{1,200}"
    r"|Python runtime state: \w+"
    r"|(?:Current thread|Thread) 0x[0-9a-f]+ \(most recent call first\):"
    r"|(?:Traceback|Stack) \(most recent call (?:last|first)\):"
    r'|  File "[^"]{1,400}", line \d+(?:, | )in [\w.<>]+'
    r"|  <no Python frame>|  \.\.\."
    r"|Extension modules: [\w., ()+:]{1,20000}"
)


def read(line: str) -> Fields | None:
    """The document of a line, or what a dying interpreter said; None when it is neither."""
    found = json_object(line)
    if found is not None:
        is_whole = instant(found.get("@timestamp")) and text(found.get("message")) is not None
        return found if is_whole else None
    if _DYING.fullmatch(line):
        return {"message": line, "log": {"level": "critical", "logger": "python"}}
    return None
