"""What WebSocket clients send is read whole, however it is cut; what breaks RFC 6455 is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.http.client_frames import BrokenFrames, ClientFrames, Opcode, Received

LIMIT = 70_000
sizes = st.integers(0, 140) | st.sampled_from([125, 126, 127, 65_535, 65_536])


def wire(
    payload: bytes,
    opcode: int = Opcode.BINARY,
    *,
    final: bool = True,
    reserved: int = 0,
    mask: bytes | None = b"\1\2\3\4",
) -> bytes:
    """A frame; `mask` None: without one, as no client may."""
    first, bit, size = (
        opcode | reserved | (0x80 if final else 0),
        0 if mask is None else 0x80,
        len(payload),
    )
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 65_536:
        head = bytes((first, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8)
    if mask is None:
        return head + payload
    masked = bytes(each ^ mask[place % 4] for place, each in enumerate(payload))
    return head + mask + masked


def read(stream: bytes, cuts: list[int] | None = None, limit: int = LIMIT) -> list[Received]:
    """All messages of a stream that is cut so, again and again."""
    found: list[Received] = []
    reader, place, turn = ClientFrames(limit), 0, 0
    cuts = cuts or [len(stream)]
    while place < len(stream):
        size = cuts[turn % len(cuts)]
        found += reader.feed(stream[place : place + size])
        place, turn = place + size, turn + 1
    return found


@given(
    st.lists(st.tuples(sizes, st.integers(0, 3)), max_size=4),
    st.lists(st.integers(1, 300), min_size=1, max_size=6),
    st.sampled_from([b"\0\0\0\0", b"\1\2\3\4", b"\xff\0\x80\x7f"]),
)
def test_messages_are_read_whole_however_they_are_cut(
    said: list[tuple[int, int]], cuts: list[int], mask: bytes
) -> None:
    stream, expected = b"", []
    for size, parts in said:
        payload = bytes(place % 251 for place in range(size))
        step = size // (parts + 1) + 1
        pieces = [payload[place : place + step] for place in range(0, size, step)] or [b""]
        for number, piece in enumerate(pieces):
            opcode = Opcode.CONTINUATION if number else Opcode.TEXT
            stream += wire(piece, opcode, final=number == len(pieces) - 1, mask=mask)
            if number < len(pieces) - 1:  # a control frame may come between
                stream += wire(b"still?", Opcode.PING, mask=mask)
                expected.append(Received(Opcode.PING, b"still?"))
        expected.append(Received(Opcode.TEXT, payload))
    if len(stream) > 2_000:
        cuts = [997 * each for each in cuts]
    assert read(stream, cuts) == expected


BROKEN = {
    "no mask": (wire(b"x", mask=None), 1002),
    "a reserved bit": (wire(b"x", reserved=0x40), 1002),
    "an unknown opcode": (wire(b"x", 0x3), 1002),
    "an unknown control frame": (wire(b"x", 0xB), 1002),
    "a long control frame": (wire(b"x" * 126, Opcode.PING), 1002),
    "a control frame in parts": (wire(b"x", Opcode.PONG, final=False), 1002),
    "a continuation of nothing": (wire(b"x", Opcode.CONTINUATION), 1002),
    "a message within another": (wire(b"x", final=False) + wire(b"y"), 1002),
    "half a close code": (wire(b"\3", Opcode.CLOSE), 1002),
    "a close code that is never sent": (wire((1005).to_bytes(2), Opcode.CLOSE), 1002),
    "a close code of nobody": (wire((999).to_bytes(2), Opcode.CLOSE), 1002),
    "a reason that is not UTF-8": (wire((1000).to_bytes(2) + b"\xff", Opcode.CLOSE), 1007),
    "a large frame": (wire(b"x" * (LIMIT + 1)), 1009),
    "a large message": (wire(b"x" * LIMIT, final=False) + wire(b"x", Opcode.CONTINUATION), 1009),
    "a frame of the largest size": (b"\x82\xff" + b"\xff" * 8 + b"\0\0\0\0", 1009),
    "endless empty parts": (
        wire(b"", final=False) + wire(b"", Opcode.CONTINUATION, final=False) * (LIMIT + 1)
        + wire(b"x", Opcode.CONTINUATION),
        1009,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stream", "code"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_the_protocol_is_refused_with_its_code(stream: bytes, code: int) -> None:
    with pytest.raises(BrokenFrames) as broken:
        read(wire(b"before", Opcode.TEXT) + stream)
    assert broken.value.code == code


def test_a_message_of_the_limit_is_read_and_a_close_may_say_why() -> None:
    reason = (3999).to_bytes(2) + "끝".encode()
    stream = wire(b"x" * LIMIT) + wire(b"", Opcode.CLOSE) + wire(reason, Opcode.CLOSE)
    assert [len(each.data) for each in read(stream)] == [LIMIT, 0, len(reason)]


def test_the_head_alone_tells_that_a_frame_is_too_large() -> None:
    with pytest.raises(BrokenFrames):
        read(wire(b"x" * (LIMIT + 1))[:10])
