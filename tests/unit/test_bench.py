"""The bench's own arithmetic: what it would report must be right."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict

import pytest

from chatstream.domain.partitions import partition_of
from schemas import codec, records
from schemas.contexts.messages import MESSAGE as MESSAGE_STREAM
from tests.bench.claiming import ISSUED, Answer, Line, last_word
from tests.bench.drive import Run
from tests.bench.facts import Facts
from tests.bench.latency import Latency, summary
from tests.bench.processes import memory_of, on_path
from tests.bench.report import Aim, Section, Table, markdown, number
from tests.bench.scenes import crowd, idle
from tests.bench.scenes.million import rows_of
from tests.bench.sizes import TINY, Sizes
from tests.bench.sockets import Seat, client_frame
from tests.bench.tally import Tally
from tests.bench.text import distinct, messages
from tests.bench.wire import Result
from web.live.frames import websocket_text


def test_percentiles_are_of_the_nearest_rank_and_in_milliseconds() -> None:
    found = summary(number / 1000 for number in range(1000, 0, -1))
    assert found.count == 1000
    assert found.mean == pytest.approx(500.5)
    assert [found.p50, found.p95, found.p99, found.p999] == pytest.approx([501, 951, 991, 1000])
    assert found.most == pytest.approx(1000)


def test_nothing_measured_is_all_zero() -> None:
    assert summary([]) == Latency()


def test_a_delivery_that_never_came_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally(Counter(room=3))
    sender, other = object(), object()
    tally.begin()
    tally.sent(b"1", sender, "room")
    tally.acknowledged(b"1")
    tally.delivered(b"1", sender, in_order=True)
    tally.delivered(b"1", other, in_order=False)
    tally.end()
    assert not tally.all_there.is_set()
    result = tally.result()
    assert (result.sent, result.lost, result.disordered, result.unanswered) == (1, 1, 1, 0)
    assert (result.acknowledged, result.delivered, result.delivery.count) == (1, 2, 1)
    assert [line[9:12] for line in capsys.readouterr().out.splitlines()] == ["beg", "end"]


def test_what_arrives_after_the_end_is_not_measured_but_not_lost() -> None:
    tally = Tally(Counter(room=1))
    tally.begin()
    tally.sent(b"1", None, "room")
    tally.end()
    tally.acknowledged(b"1")
    tally.delivered(b"1", object(), in_order=True)
    assert tally.all_there.is_set()
    result = tally.result()
    assert (result.acknowledged, result.delivered, result.lost, result.unanswered) == (0, 0, 0, 0)


class Listener:
    """Keeps what a seat tells."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.receipts: list[bytes] = []
        self.reasons: list[str] = []

    def on_message(self, seat: Seat, frame: bytes) -> None:
        self.frames.append(frame)

    def on_receipt(self, seat: Seat, receipt: bytes) -> None:
        self.receipts.append(receipt)

    def on_closed(self, seat: Seat, reason: str) -> None:
        self.reasons.append(reason)


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_a_seat_finds_frames_however_they_are_cut(size: int) -> None:
    listener = Listener()
    seat = Seat(listener, "token", "room")
    shown = b"MESSAGE\nsubscription:0\n\n" + b"x" * 300 + b"\0"
    stream = b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"".join(
        websocket_text(frame)
        for frame in (
            b"CONNECTED\nversion:1.2\n\n\0",
            b"RECEIPT\nreceipt-id:0\n\n\0",
            shown,
            b"RECEIPT\nreceipt-id:abc\n\n\0",
            shown,
        )
    )
    for start in range(0, len(stream), size):
        seat.data_received(stream[start : start + size])
    assert seat.opened.done()
    assert listener.frames == [shown, shown]
    assert listener.receipts == [b"abc"]


async def test_a_refused_handshake_is_an_error() -> None:
    listener = Listener()
    seat = Seat(listener, "token", "room")
    seat.data_received(b"HTTP/1.1 429 Too Many Requests\r\n\r\n")
    with pytest.raises(ConnectionError, match="429"):
        await asyncio.wait_for(seat.opened, 1)


@pytest.mark.parametrize(("size", "head"), [(125, 6), (126, 8), (65535, 8), (65536, 14)])
def test_a_client_frame_is_masked_with_zero(size: int, head: int) -> None:
    frame = client_frame(b"y" * size)
    assert frame[1] & 0x80
    assert frame[head - 4 : head] == b"\0\0\0\0"
    assert frame[head:] == b"y" * size


def test_messages_are_the_same_for_the_same_seed_and_carry_the_marker() -> None:
    said = list(messages(3, 50, "mark"))
    assert said == list(messages(3, 50, "mark"))
    assert all(text.startswith("mark ") and 4 <= len(text.split()) <= 21 for text in said)


def test_the_path_of_a_message_leaves_out_sessions_and_readers() -> None:
    names = ("front-1", "chat-2", "kafka", "postgres-chat-0", "front-auth", "stats-1", "load")
    assert on_path(dict.fromkeys(names, 1.0)) == 4


def test_memory_of_a_process_is_that_of_its_children_too() -> None:
    code = "import sys; held = bytearray(64 << 20); print(flush=True); sys.stdin.read()"
    before = memory_of(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        grown = memory_of(os.getpid()) - before
        child.communicate()
    assert grown > 64 << 20


def _crowd(delivered: int, p99: float, **cpu: float) -> Run:
    latency = Latency(p99=p99)
    result = Result(
        seconds=1,
        acknowledged=delivered,
        delivered=delivered,
        sent=1,
        lost=0,
        disordered=1,
        unanswered=0,
        ack=latency,
        delivery=latency,
        late=latency,
    )
    return Run(result, {name.replace("_", "-"): used for name, used in cpu.items()})


def test_a_crowd_costs_front_and_nginx_as_much_as_its_own_run_says() -> None:
    direct = _crowd(200_000, 20, front_1=2.4, nginx=0.1)
    through = _crowd(50_000, 39, front_1=0.5, nginx=0.25, kafka=7)
    faults, slow, alone, both = crowd.aims(direct, through, "front-1")
    assert [faults.figure, slow.figure, alone.figure, both.figure] == [2, 39, 1.2, 1.5]
    assert [each.met for each in (faults, slow, alone, both)] == [False, True, True, True]


def test_memory_a_socket_is_that_of_the_front_and_of_nginx() -> None:
    found = idle.section(2000, {"front-1": 15.5, "nginx": 9.5}, {"bare aiohttp": 12})
    [aim] = found.aims
    assert (aim.figure, aim.met) == (25, True)
    assert [row[0] for row in found.tables[0].rows] == [
        "front-1",
        "nginx",
        "ChatStream",
        "bare aiohttp",
    ]


def test_the_document_says_which_aims_were_missed() -> None:
    aims = [Aim("rate", 0.4, 0.5, "", at_least=True), Aim("p99", 12.34, 20, "ms")]
    section = Section("a", "Title", [Table(("what", "value"), [["x", number(12345)]])], aims)
    text = markdown([section], Table(("", ""), [["date", "today"]]), "make bench")
    assert "| (a) | rate | 0.4 | ≥ 0.5 | no |" in text
    assert "| (a) | p99 | 12.3 ms | ≤ 20 ms | yes |" in text
    assert "| x | 12,345 |" in text


def test_distinct_words_are_distinct_and_the_first_of_more() -> None:
    words = distinct(5000)
    assert len(set(words)) == 5000
    assert distinct(10) == words[:10]


def test_facts_that_nobody_sent_are_dense_lines_of_every_partition() -> None:
    facts = Facts(vocabulary=500, rooms=3, partitions=8)
    said = [*facts.everywhere("first"), *(facts.next() for _ in range(200))]
    lines: dict[int, list[records.MessageStored]] = {}
    for partition, value in said:
        fact = codec.decode(MESSAGE_STREAM.response.name, value)
        assert isinstance(fact, records.MessageStored)
        assert partition_of(fact.room_id, 8) == partition
        lines.setdefault(partition, []).append(fact)
    assert len(lines) == 8
    for line in lines.values():
        assert line[0].message == "first"
        assert [fact.fact_no for fact in line] == list(range(1, len(line) + 1))
        assert all(len(fact.message.split()) == 8 for fact in line[1:])


def test_a_table_of_many_words_has_each_key_once_and_every_word_somewhere() -> None:
    rows = [(partition, key.decode()) for partition, key, _ in rows_of(1000)]
    assert len(set(rows)) == len(rows) == 1000 + 20 * 7
    assert len({key.partition(":")[2] for _, key in rows}) == 1000
    assert all(key.startswith(f'"{partition}:') for partition, key in rows)


def test_the_small_size_is_smaller_in_everything_and_nothing_of_it_is_none() -> None:
    full = asdict(Sizes())
    assert {name for name, size in asdict(TINY).items() if not 0 < size < full[name]} == set()


async def test_an_answer_is_read_however_it_is_cut() -> None:
    said = b'HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 7\r\n\r\n{"a":1}'
    for place in range(1, len(said)):
        line = Line()
        line.connection_made(_Wire())
        call = asyncio.create_task(line.call(b""))
        await asyncio.sleep(0)
        line.data_received(said[:place])
        line.data_received(said[place:])
        answer = await call
        assert (answer.status, answer.later, answer.body) == (503, 3, {"a": 1})


class _Wire(asyncio.Transport):
    def write(self, data: object) -> None:
        """To nobody."""

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (201, {"claimId": "1", "couponId": "2", "place": 3}, ISSUED),
        (202, {"claimId": "1", "place": None}, None),
        (200, {"state": "waiting", "code": None, "couponId": None}, None),
        (200, {"state": "refused", "code": "ALREADY_ISSUED", "couponId": "2"}, "ALREADY_ISSUED"),
        (409, {"error": {"code": "SOLD_OUT"}}, "SOLD_OUT"),
        (404, {"error": {"code": "CLAIM_NOT_FOUND"}}, None),
        (503, {"error": {"code": "BUSY"}}, None),
    ],
)
def test_a_claim_goes_on_until_its_last_word(status: int, body: object, word: str | None) -> None:
    assert last_word(Answer(status, 0, body)) == word
