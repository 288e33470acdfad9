"""The sums of docs/scaling.md are sums, and the page is what they make of the constants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scaling import constants, page
from tests.scaling.constants import Constant, Found, Step
from tests.scaling.measure.traffic import Flow, between, parsed
from tests.scaling.sizes import GIVEN, SIZES
from tests.scaling.sums import (
    FOLLOWERS,
    Assumptions,
    Size,
    broker_network,
    cores,
    cpu_seconds,
    doubled,
    ends,
    fleet,
    front_work,
    fronts,
    memory_bytes,
    moved_bytes,
    price,
    shards,
    spread,
    stored_bytes,
    tail_ends,
    whole,
)

KEPT = constants.read()
SERVICES = ("chat", *FOLLOWERS)
VALUES = {
    "cpu.front.all.message": 0.48,
    "online.closed": 4.0,
    "cpu.front.delivery": 0.02,
    "cpu.front.skipped": 0.005,
    "cpu.front.decoded": 0.01,
    "cpu.front.socket": 0.03,
    "cpu.nginx.message": 0.03,
    "cpu.nginx.delivery": 0.01,
    "cpu.nginx.socket": 0.005,
    "cpu.chat.message": 0.5,
    "cpu.stats.message": 0.4,
    "cpu.log.message": 0.3,
    "cpu.user.message": 0.1,
    "cpu.postgres.message": 0.14,
    "cpu.kafka.message": 0.5,
    "cpu.elasticsearch.message": 0.6,
    **{
        f"bytes.kafka.{kind}": 500.0
        for kind in ("request", "response", "event", "changelog", "other")
    },
    "bytes.postgres.rows": 800.0,
    "bytes.postgres.indices": 300.0,
    "bytes.postgres.wal": 2500.0,
    "bytes.elastic.messages": 250.0,
    "bytes.elastic.events": 200.0,
    "bytes.logs": 10.0,
    "net.log.to_elastic": 1500.0,
    **{f"net.{name}.{way}_kafka": 600.0 for name in ("front", *SERVICES) for way in ("to", "from")},
    "memory.front.empty": 120e6,
    "memory.front.socket": 16e3,
    "memory.nginx.socket": 2e3,
    **{f"memory.{name}.process": 120e6 for name in SERVICES},
}
"""Round figures, near what was measured once."""

SIZE = Size("some", 100_000, 2_000.0, 4)
sizes = st.builds(
    Size,
    st.just("any"),
    st.integers(0, 50_000_000),
    st.floats(0, 500_000),
    st.integers(1, 1_000),
)


def test_cores_grow_evenly_with_the_rate() -> None:
    assert cores(2_000, 0.5) == pytest.approx(1.0)
    assert cores(3 * 2_000, 0.5) == pytest.approx(3 * cores(2_000, 0.5))


@pytest.mark.parametrize(
    ("needed", "busy", "processes"),
    [(0.0, 0.6, 1), (0.6, 0.6, 1), (0.61, 0.6, 2), (6.0, 0.6, 10), (3.0, 1.0, 3)],
)
def test_processes_are_whole_and_one_at_least(needed: float, busy: float, processes: int) -> None:
    assert whole(needed, busy) == processes


def test_partitions_are_powers_of_two() -> None:
    assert [doubled(least, 8) for least in (1, 8, 9, 16, 17, 1000)] == [8, 8, 16, 16, 32, 1024]


@given(
    partitions=st.sampled_from([8, 64, 1024]),
    load=st.floats(0.001, 1.0),
    busy=st.floats(0.1, 1.0),
)
def test_no_worker_is_busier_than_planned_with_whole_partitions(
    partitions: int, load: float, busy: float
) -> None:
    needed = load * partitions * busy * 0.999
    workers = spread(partitions, needed, busy)
    most = -(-partitions // workers)
    assert 1 <= workers <= partitions
    assert most * needed / partitions <= busy + 1e-6
    if workers > 1:
        fewer = -(-partitions // (workers - 1))
        assert fewer * needed / partitions > busy - 1e-6


def test_a_partition_that_is_too_much_for_a_worker_is_told() -> None:
    with pytest.raises(ValueError, match="too few"):
        spread(8, 8.1, 1.0)


def test_a_front_that_cannot_read_everything_is_no_front() -> None:
    rate = tail_ends(VALUES, GIVEN.busy)
    below, above = (replace(SIZE, messages=rate * share) for share in (0.99, 1.0))
    assert fronts(below, VALUES, GIVEN.busy, tails=True) is not None
    assert fronts(above, VALUES, GIVEN.busy, tails=True) is None
    assert fronts(above, VALUES, GIVEN.busy, tails=False) is not None


def test_tails_ask_for_more_fronts_the_more_is_said_elsewhere() -> None:
    halfway = replace(SIZE, messages=tail_ends(VALUES, GIVEN.busy / 2))
    with_tails = fronts(halfway, VALUES, GIVEN.busy, tails=True)
    without = fronts(halfway, VALUES, GIVEN.busy, tails=False)
    assert with_tails is not None
    assert without is not None
    assert with_tails == pytest.approx(2 * without, abs=2)


@given(size=sizes)
def test_more_of_anything_never_needs_less(size: Size) -> None:
    small = fleet(size, VALUES, GIVEN)
    for larger in (
        replace(size, sockets=size.sockets * 2),
        replace(size, messages=size.messages * 2),
        replace(size, online=size.online * 2),
    ):
        large = fleet(larger, VALUES, GIVEN)
        assert large.partitions >= small.partitions
        assert large.fronts_behind_relays >= small.fronts_behind_relays
        assert (large.fronts or 10**9) >= (small.fronts or 10**9)
        assert large.databases >= small.databases
        assert large.shards >= small.shards
        assert large.gateways >= small.gateways
        assert front_work(larger, VALUES) >= front_work(size, VALUES)


@given(size=sizes)
def test_partitions_are_enough_for_the_workers_of_every_service(size: Size) -> None:
    found = fleet(size, VALUES, GIVEN)
    assert set(found.workers) == {"chat", *FOLLOWERS}
    assert all(1 <= workers <= found.partitions for workers in found.workers.values())
    assert found.partitions & (found.partitions - 1) == 0
    assert found.brokers >= GIVEN.broker_copies


def test_copies_and_readers_multiply_what_is_stored_and_moved() -> None:
    twice = replace(GIVEN, broker_copies=2 * GIVEN.broker_copies)
    assert stored_bytes(VALUES, twice)["Kafka"] == 2 * stored_bytes(VALUES, GIVEN)["Kafka"]
    one, two = (moved_bytes(VALUES, GIVEN, readers) for readers in (1, 2))
    tail = VALUES["net.front.from_kafka"]
    assert two["fronts and brokers"] - one["fronts and brokers"] == pytest.approx(tail)
    none, some = (broker_network(SIZE, VALUES, GIVEN, readers) for readers in (0, 3))
    assert some - none == pytest.approx(3 * SIZE.messages * tail)


def test_a_second_front_adds_a_reader_to_each_message() -> None:
    one, two = (cpu_seconds(VALUES, 4, readers) for readers in (1, 2))
    more = {name: two[name] - one[name] for name in one if two[name] != one[name]}
    assert more == {"front": pytest.approx(1000 * VALUES["cpu.front.decoded"])}


def test_every_end_comes_where_the_thing_is_as_busy_as_is_planned() -> None:
    found = ends(VALUES, GIVEN)
    assert found["one partition: its `chat` worker"] == pytest.approx(GIVEN.busy * 2000)
    assert found["one broker"] == pytest.approx(GIVEN.busy * GIVEN.machine_cores * 2000)
    assert found["256 partitions"] == 32 * found["8 partitions, the default"]
    assert found["the tail of each front"] == tail_ends(VALUES, GIVEN.busy)
    reached = replace(SIZE, messages=found["a shard's documents in a month"] * 0.999)
    assert shards(reached, GIVEN) == 1
    assert shards(replace(SIZE, messages=reached.messages * 1.01), GIVEN) == 2


def test_a_month_has_no_more_documents_than_its_shards_may_have() -> None:
    given_one = Assumptions(average=1.0)
    most = (2**31 - 1) / (86_400 * 31)
    assert shards(replace(SIZE, messages=most), given_one) == 1
    assert shards(replace(SIZE, messages=most * 1.01), given_one) == 2


def test_the_price_is_the_readers_own() -> None:
    prices = {"core_hour": 0.0, "gigabyte_month": 0.0, "gigabyte_moved": 0.0}
    amounts = {"cpu_seconds": 3600.0, "stored": 2e9, "moved": 3e9, "months": 10.0, "busy": 0.5}
    assert price(**amounts, **prices) == 0
    assert price(**amounts, **{**prices, "core_hour": 1.0}) == pytest.approx(2)
    assert price(**amounts, **{**prices, "gigabyte_month": 1.0}) == pytest.approx(20)
    assert price(**amounts, **{**prices, "gigabyte_moved": 1.0}) == pytest.approx(3)


def test_memory_is_of_each_socket_once() -> None:
    found = fleet(SIZE, VALUES, GIVEN)
    more = replace(SIZE, sockets=SIZE.sockets + 1)
    grown = (
        memory_bytes(more, VALUES, found)["fronts"] - memory_bytes(SIZE, VALUES, found)["fronts"]
    )
    assert grown == pytest.approx(VALUES["memory.front.socket"])


# -- the page ------------------------------------------------------------------------------


def test_the_page_is_what_its_constants_make() -> None:
    text = page.PAGE.read_text()
    assert page.filled(text, KEPT) == text, "run: python -m tests.scaling"
    shown = {name for _, name, _ in page._BLOCK.findall(text)}
    assert shown == set(page.TABLES)


def test_every_constant_says_what_measured_it() -> None:
    for each in KEPT.constants.values():
        assert each.value >= 0, each.name
        assert all((each.unit, each.what, each.command, each.day, each.machine)), each.name
        assert each.command.startswith(
            ("python -m tests.scaling measure ", "python -m tests.bench")
        )


def test_a_block_of_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError):
        page.filled("<!-- made: nothing -->\n<!-- end -->", KEPT)


def test_every_size_has_a_column() -> None:
    assert page.fleet_table(KEPT).columns == ("", *(size.name for size in SIZES))
    assert all(len(row) == len(SIZES) + 1 for row in page.fleet_table(KEPT).rows)


@pytest.mark.parametrize(
    ("figure", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2e12, "2 TB")]
)
def test_bytes_have_a_prefix(figure: float, text: str) -> None:
    assert page.short(figure) == text


# -- what is kept, and what is read --------------------------------------------------------


def test_newer_figures_take_the_place_of_older_ones() -> None:
    old = Found({"a": Constant("a", 1, "s", "of a"), "b": Constant("b", 2, "s", "of b")})
    found = old.with_constants([Constant("a", 3, "s", "of a")])
    assert found.values == {"a": 3, "b": 2}
    steps = [
        Step(service="chat", limit="share", processes=n, rate=n, cpu=1.0, day=day)
        for n, day in ((2, "new"), (1, "new"))
    ]
    other = Step(service="front", limit="share", processes=1, rate=1, cpu=1.0)
    kept = Found(steps=[msgspec.structs.replace(steps[0], day="old"), other]).with_steps(steps)
    assert [(s.service, s.processes, s.day) for s in kept.steps] == [
        ("chat", 1, "new"),
        ("chat", 2, "new"),
        ("front", 1, ""),
    ]


def test_a_step_is_told_as_a_share_of_so_many_times_one() -> None:
    found = Found(
        steps=[
            Step(service="chat", limit="share", processes=n, rate=rate, cpu=0.5)
            for n, rate in ((1, 100.0), (2, 190.0), (4, 360.0))
        ]
    )
    rows = page.steps_table(found).rows
    assert [row[:5] for row in rows] == [
        ["`chat`", "8 % of a core", "1", "100", "1"],
        ["`chat`", "8 % of a core", "2", "190", "0.95"],
        ["`chat`", "8 % of a core", "4", "360", "0.9"],
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = tmp_path / "constants.json"
    constants.write(KEPT, file)
    assert constants.read(file) == KEPT
    assert constants.read(file.with_name("none.json")) == Found()


def test_flows_are_summed_by_who_connected_to_whom() -> None:
    line = (
        'ESTAB 0 0 127.0.0.1:{} 127.0.0.1:{} users:(("python",pid={},fd=9)) cubic rto:201'
        " bytes_sent:{} bytes_acked:1 bytes_received:{} segs_out:9 segs_in:9 data_segs_out:{}"
    )
    text = "\n".join(
        [
            line.format(50001, 9092, 11, 100, 1000, 1),
            line.format(50002, 9092, 11, 10, 0, 2),
            line.format(9092, 50001, 99, 5, 5, 5),  # the broker's own end
            line.format(50003, 1234, 11, 7, 7, 7),  # to nobody that is known
            "LISTEN 0 128 127.0.0.1:9092 0.0.0.0:*",
        ]
    )
    after = parsed(text, {11: "chat-1", 99: "kafka"}, {9092: "kafka"})
    assert after == {("chat-1", "kafka"): Flow(110, 1000, 3)}
    before = {("chat-1", "kafka"): Flow(10, 400, 1)}
    assert between(before, after) == {("chat-1", "kafka"): Flow(100, 600, 2)}
    assert Flow(10, 10, 10).less(Flow(2, 4, 6), 2) == Flow(6, 2, -2)
