"""A line of ours as people read it."""

from __future__ import annotations

from typing import Any

from chatstream.domain.log_lines import app


def readable(line: str) -> str:
    """`2026-11-29T03:19:04.123Z WARNING web: message` and the stack below; another line as is."""
    found = app.read(line) if line.startswith("{") else None
    if found is None:
        return line
    log, error = _object(found, "log"), _object(found, "error")
    level, logger = str(log.get("level", "")).upper(), log.get("logger", "")
    told = f"{found['@timestamp']} {level} {logger}: {found['message']}"
    stack = error.get("stack_trace")
    return f"{told}\n{stack}" if stack else told


def _object(found: dict[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else {}
