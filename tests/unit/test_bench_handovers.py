"""What is read from a trace: turns, futex calls, and which request of Kafka's a write begins."""

from __future__ import annotations

import pytest

from tests.bench.handovers import _counted, request_kind

BROKER = 9092
_PEER = "12<TCP:[127.0.0.1:40000->127.0.0.1:9092]>"


def _write(peer: str, head: str) -> str:
    return f'77 sendto({peer}, "{head}"..., 90, 0, NULL, 0) = 90'


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (_write(_PEER, r"\x00\x00\x00\x56\x00\x01\x00\x0b"), "Fetch"),
        (_write(_PEER, r"\x00\x01\x00\x56\x00\x00\x00\x07"), "Produce"),
        (_write(_PEER, r"\x00\x00\x00\x56\x00\x4d\x00\x07"), "kind 77"),
        (_write(_PEER.replace("9092", "5432"), r"\x00\x00\x00\x56\x00\x01\x00\x0b"), None),
        (_write(_PEER, r"\x51\x00\x00\x56\x00\x01\x00\x0b"), None),
        (_write("9<pipe:[4]>", r"\x00\x00\x00\x56\x00\x01\x00\x0b"), None),
    ],
)
def test_a_request_is_known_by_its_head_and_its_peer(line: str, kind: str | None) -> None:
    assert request_kind(line, BROKER) == kind


def test_calls_are_counted_once_though_they_are_resumed() -> None:
    text = "\n".join(
        [
            "77 epoll_wait(5<anon_inode:[eventpoll]>,  <unfinished ...>",
            "78 futex(0x7f, FUTEX_WAKE_PRIVATE, 1) = 1",
            "77 <... epoll_wait resumed>[], 1024, 3) = 0",
            "77 epoll_pwait(5<anon_inode:[eventpoll]>, [], 1024, 3, NULL, 8) = 0",
            _write(_PEER, r"\x00\x00\x00\x56\x00\x01\x00\x0b"),
        ]
    )
    found = _counted(text, 2.0, 7, BROKER)
    assert (found.turns, found.futex, found.switches) == (2, 1, 7)
    assert found.requests == {"Fetch": 1}
