"""Frames of WebSocket clients without a mask are refused, wherever the bytes are cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from infra.http.masking import MaskedOnly

sizes = st.one_of(st.integers(0, 140), st.sampled_from([125, 126, 127, 65535, 65536]))
# A few long frames in single bytes would only take long.
SHORT = 2_000


@dataclass
class Behind:
    """What aiohttp's reader would get."""

    data: bytes = b""
    ended: list[bool] = field(default_factory=list)

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data += data
        return False, b""

    def feed_eof(self) -> None:
        self.ended.append(True)


def wire(size: int, masked: bool) -> bytes:
    """A binary frame; its payload looks like heads without a mask."""
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((0x82, bit | size))
    elif size < 65536:
        head = bytes((0x82, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((0x82, bit | 127)) + size.to_bytes(8)
    return head + (b"\1\2\3\4" if masked else b"") + b"\x81\x01" * (size // 2) + b"\0" * (size % 2)


@given(
    st.lists(sizes, max_size=5),
    st.none() | st.tuples(sizes, st.lists(st.tuples(sizes, st.booleans()), max_size=2)),
    st.lists(st.integers(1, 200) | st.integers(1, 5), min_size=1, max_size=6),
)
def test_all_is_passed_on_up_to_the_first_frame_without_a_mask(
    good: list[int], bad: tuple[int, list[tuple[int, bool]]] | None, cuts: list[int]
) -> None:
    kept = b"".join(wire(size, masked=True) for size in good)
    stream = kept
    if bad is not None:
        stream += wire(bad[0], masked=False) + b"".join(wire(*each) for each in bad[1])
    cuts = cuts if len(stream) < SHORT else [997 * each for each in cuts]
    behind = Behind()
    reader = MaskedOnly(behind)
    place, turn = 0, 0
    while place < len(stream):
        reader.feed_data(stream[place : place + cuts[turn % len(cuts)]])
        place += cuts[turn % len(cuts)]
        turn += 1
        if behind.data.endswith(b"\xf0\x80"):
            break  # aiohttp's reader takes nothing after a frame that it refused
    assert behind.data == kept + (b"\xf0\x80" if bad is not None else b"")


def test_the_end_is_passed_on() -> None:
    behind = Behind()
    MaskedOnly(behind).feed_eof()
    assert behind.ended == [True]
