"""Bytes into lines: nothing left out, nothing twice, wherever the reading stopped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.log_lines.bounds import LINE_BYTES
from infra.shipping.cutting import cut

pieces = st.lists(st.binary(max_size=6) | st.sampled_from([b"\n", b" x\n", b"y\n", b"\xff"]))


def test_a_line_is_whole_when_it_has_ended() -> None:
    assert cut(b"a\n\nb\nc") == ([(0, b"a"), (3, b"b")], 5)


def test_of_a_long_line_the_beginning_is_kept() -> None:
    lines, used = cut(b"x" * (LINE_BYTES + 5) + b"\ny\n")
    assert [len(line) for _, line in lines] == [LINE_BYTES, 1]
    assert used == LINE_BYTES + 8


@given(pieces)
def test_read_in_any_pieces_the_lines_are_those_of_the_whole(parts: list[bytes]) -> None:
    whole, behind = cut(b"".join(parts))
    found, rest, offset = [], b"", 0
    for part in parts:
        rest += part
        lines, used = cut(rest)
        found += [(offset + start, line) for start, line in lines]
        rest, offset = rest[used:], offset + used
    assert (found, offset) == (whole, behind)
