"""How much of a text a line of ours may hold, so that any line is carried whole."""

from __future__ import annotations

MESSAGE = 6_000
"""Characters of a message; at most seven bytes each as JSON."""
STACK = 10_000
"""Characters of a stack trace."""
TEXT = 1_000
"""Characters of an exception's own text."""
NAME = 200
"""Characters of a logger's name, or a thread's."""
LINE_BYTES = 128 * 1024
"""What a shipper carries of one line: no line within these bounds is longer."""


def cut(text: str, most: int) -> str:
    """The text, or its beginning with a mark that says how much is left out: `… [+1234]`."""
    if len(text) <= most:
        return text
    mark = f"… [+{len(text) - most}]"
    return text[: most - len(mark)] + mark


def cut_middle(text: str, most: int) -> str:
    """The text, or its first quarter and its end: a stack says at its end what happened."""
    if len(text) <= most:
        return text
    mark = f"\n… [+{len(text) - most}] …\n"
    head = most // 4
    return text[:head] + mark + text[-(most - head - len(mark)) :]


def unicode(text: str) -> str:
    """The text as Unicode has it: a half of a character (a surrogate) is told as `\\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
