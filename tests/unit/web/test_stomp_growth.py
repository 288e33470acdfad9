"""Bytes on a socket cost no more than their length, at once or in small chunks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chatstream.domain.stomp import ProtocolError
from tests.growth import grows_too_fast
from web.stomp.codec import FrameReader

LIMIT = 64 * 1024
LENGTHS = (8_000, 16_000, 32_000)
CHUNK = 16

# What is sent as often as fits between a beginning and an end.
FAMILIES = {
    "frames": ("", "SEND\ndestination:/a\n\nhi\0", ""),
    "frames with CR LF": ("", "SEND\r\ndestination:/a\r\n\r\nhi\0", ""),
    "frames of both": ("", "SEND\na:b\n\n\0SEND\r\na:b\r\n\r\n\0", ""),
    "heart-beats": ("", "\n", ""),
    "heart-beats with CR LF": ("", "\r\n", ""),
    "heart-beats and frames": ("", "\nSEND\na:b\n\n\0", ""),
    "carriage returns": ("SEND\na:", "\r", "\n\n\0"),
    "a long header": ("SEND\na:", "x", "\n\n\0"),
    "colons": ("SEND\na", ":", "\n\n\0"),
    "escapes": ("SEND\na:", "\\n", "\n\n\0"),
    "bad escapes": ("SEND\na:", "\\\\", "\\x\n\n\0"),
    "headers": ("SEND\n", "a:b\n", "\n\0"),
    "a long body": ("SEND\na:b\n\n", "x", "\0"),
    "a body of new lines": ("SEND\na:b\n\n", "\n", "\0"),
    "a head without end": ("SEND\na:", "x", ""),
    "a command without end": ("", "A", ""),
}


def _bytes(family: str, length: int) -> str:
    start, repeated, end = FAMILIES[family]
    return start + repeated * (length // len(repeated)) + end


def at_once(text: str) -> None:
    """All in one chunk."""
    _read([text.encode()])


def dribbled(text: str) -> None:
    """A few bytes at a time."""
    data = text.encode()
    _read([data[at : at + CHUNK] for at in range(0, len(data), CHUNK)])


def _read(chunks: list[bytes]) -> None:
    reader = FrameReader(LIMIT)
    try:
        for chunk in chunks:
            for _ in reader.feed(chunk):
                pass
    except ProtocolError:
        return  # told at once, which costs no more


@pytest.mark.parametrize("work", [at_once, dribbled])
def test_frames_cost_no_more_than_their_length(work: Callable[[str], object]) -> None:
    wrong = {name: grows_too_fast(work, partial(_bytes, name), LENGTHS) for name in FAMILIES}
    assert {name: told for name, told in wrong.items() if told} == {}
