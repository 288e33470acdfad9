"""Bytes of a log into its lines."""

from __future__ import annotations

from chatstream.domain.log_lines.bounds import LINE_BYTES

Cut = tuple[int, bytes]
"""Where a line begins, and the line without its end."""


def cut(data: bytes) -> tuple[list[Cut], int]:
    """The whole lines of `data`, and how many bytes of it they are; empty ones are passed over.

    Each line stands for itself, also one that goes on with what the one before it said: its place
    is what it is known by, and no place depends on when somebody looked.
    """
    found: list[Cut] = []
    start, behind = 0, data.rfind(b"\n") + 1
    while start < behind:
        end = data.index(b"\n", start)
        if end > start:
            found.append((start, data[start : min(end, start + LINE_BYTES)]))
        start = end + 1
    return found, behind
