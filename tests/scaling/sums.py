"""How much of everything a size needs: plain sums over constants, whole processes as the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

Values = Mapping[str, float]
"""The constants by name, in their units: seconds per 1,000, bytes."""

_THOUSAND = 1000.0
_MILLION = 1_000_000
_DAY = 86_400
FOLLOWERS = ("stats", "log", "user")
"""Services that read every fact, and are spread over its partitions like `chat`."""

MOST_DOCUMENTS = 2**31 - 1
"""Of a shard (Lucene's limit)."""


@dataclass(frozen=True)
class Size:
    """A size: sockets open, messages a second at the busiest, sockets a message is shown to."""

    name: str
    sockets: int
    messages: float
    online: int


@dataclass(frozen=True)
class Assumptions:
    """What is not measured but chosen; each is named on the page and may be another."""

    busy: float = 0.6
    """Share of a core that is planned for: of three zones one may be lost, then it is 0.9."""
    average: float = 1 / 3
    """Messages over a day, as a share of the busiest second."""
    partitions_a_worker: int = 4
    """At least, so that no worker has much more than another."""
    fewest_partitions: int = 8
    broker_copies: int = 3
    store_copies: int = 2
    """Of each row and each document: a primary and a replica."""
    broker_days: int = 7
    machine_cores: int = 8
    """Of a broker's, a database's and a search node's machine."""
    link: float = 10e9 / 8
    """Bytes a second of a machine's network."""
    topics: int = 40
    """With so many partitions each."""
    pool: int = 4
    """Connections of a process to one chat database (`CHATSTREAM_POSTGRES__POOL_SIZE`)."""


@dataclass(frozen=True)
class Fleet:
    """How many of each a size needs; None: no number of them would do."""

    partitions: int
    workers: Mapping[str, int]
    fronts: int | None
    fronts_behind_relays: int
    relays: int
    gateways: int
    brokers: int
    replicas_a_broker: int
    databases: int
    connections: int
    searchers: int
    shards: int


def cores(rate: float, per_thousand: float) -> float:
    """Cores that are busy all the time with so many of something a second."""
    return rate * per_thousand / _THOUSAND


def whole(needed: float, busy: float = 1.0) -> int:
    """So many processes of one core, none of them busier than that; one at least."""
    return max(1, ceil(round(needed / busy, 9)))


def doubled(least: int, first: int) -> int:
    """The first of `first`, twice it, twice that … that is not less."""
    found = first
    while found < least:
        found *= 2
    return found


def spread(partitions: int, needed: float, busy: float) -> int:
    """Workers such that the one with the most whole partitions is not busier than that."""
    if needed > partitions * busy:
        raise ValueError("a partition has more than a worker can carry: there are too few")
    if needed <= busy:
        return 1
    return ceil(partitions / int(round(partitions * busy / needed, 9)))


def fronts(size: Size, values: Values, busy: float, *, tails: bool) -> int | None:
    """Fronts for the sockets; with `tails` each also reads every fact. None: it cannot even read.

    The share of a front's core that its tail takes does not fall with the number of fronts. A busy
    front has a wish under way in each partition, so that it decodes each fact.
    """
    tail = cores(size.messages, values["cpu.front.decoded"]) if tails else 0.0
    if tail >= busy:
        return None
    return whole(front_work(size, values), busy - tail)


def front_message(values: Values) -> float:
    """Seconds per 1,000 messages without deliveries: the closed loop's, less what it showed."""
    return max(
        values["cpu.front.all.message"] - values["online.closed"] * values["cpu.front.delivery"], 0
    )


def front_work(size: Size, values: Values) -> float:
    """Cores of all fronts for what is theirs alone: sockets, messages sent, messages shown."""
    return (
        cores(size.sockets, values["cpu.front.socket"])
        + cores(size.messages, front_message(values))
        + cores(size.messages * size.online, values["cpu.front.delivery"])
    )


def tail_ends(values: Values, share: float, kind: str = "decoded") -> float:
    """Messages a second at which reading every fact takes this share of a front's core."""
    return share * _THOUSAND / values[f"cpu.front.{kind}"]


def gateway_work(size: Size, values: Values) -> float:
    """Cores of nginx: sockets, frames in, frames out."""
    return (
        cores(size.sockets, values["cpu.nginx.socket"])
        + cores(size.messages, values["cpu.nginx.message"])
        + cores(size.messages * size.online, values["cpu.nginx.delivery"])
    )


def record_bytes(values: Values) -> float:
    """Bytes that a message brings to the broker, one copy, on all topics."""
    kinds = ("request", "response", "event", "changelog", "other")
    return sum(values[f"bytes.kafka.{kind}"] for kind in kinds)


def broker_network(size: Size, values: Values, given: Assumptions, readers: int) -> float:
    """Bytes a second that leave all brokers: the copies, each service, each front's tail."""
    copies = record_bytes(values) * (given.broker_copies - 1)
    services = ("chat", *FOLLOWERS)
    read = sum(values[f"net.{name}.from_kafka"] for name in services)
    return size.messages * (copies + read + readers * values["net.front.from_kafka"])


def stored_bytes(values: Values, given: Assumptions) -> dict[str, float]:
    """Bytes a message takes in each store, all copies; Kafka's and the logs' go again."""
    return {
        "Kafka": record_bytes(values) * given.broker_copies,
        "Postgres": (values["bytes.postgres.rows"] + values["bytes.postgres.indices"])
        * given.store_copies,
        "Elasticsearch": (values["bytes.elastic.messages"] + values["bytes.elastic.events"])
        * given.store_copies,
        "logs": values["bytes.logs"],
    }


def moved_bytes(values: Values, given: Assumptions, readers: int) -> dict[str, float]:
    """Bytes a message moves between servers, to all that read it; clients are not in it."""
    names = ("chat", *FOLLOWERS)
    return {
        "fronts and brokers": values["net.front.to_kafka"]
        + readers * values["net.front.from_kafka"],
        "workers and brokers": sum(
            values[f"net.{name}.{way}_kafka"] for name in names for way in ("to", "from")
        ),
        "between brokers": record_bytes(values) * (given.broker_copies - 1),
        "log and Elasticsearch": values["net.log.to_elastic"] * given.store_copies,
        "Postgres to its replica": values["bytes.postgres.wal"] * (given.store_copies - 1),
    }


def cpu_seconds(values: Values, online: int, readers: int) -> dict[str, float]:
    """CPU seconds of each process for a million messages, without what it uses idle."""
    each = {
        "front": front_message(values)
        + online * values["cpu.front.delivery"]
        + max(readers - 1, 0) * values["cpu.front.decoded"],
        "nginx": values["cpu.nginx.message"] + online * values["cpu.nginx.delivery"],
    }
    for name in ("chat", "postgres", "kafka", *FOLLOWERS, "elasticsearch"):
        each[name] = values[f"cpu.{name}.message"]
    return {name: used * _MILLION / _THOUSAND for name, used in each.items()}


def ends(values: Values, given: Assumptions) -> dict[str, float]:
    """Messages a second of the whole system at which each of these is as busy as is planned."""
    each = given.busy * _THOUSAND
    machine = each * given.machine_cores
    slowest = max(values[f"cpu.{name}.message"] for name in ("chat", *FOLLOWERS))
    return {
        "one partition: its `chat` worker": each / values["cpu.chat.message"],
        f"{given.fewest_partitions} partitions, the default": given.fewest_partitions
        * each
        / slowest,
        "256 partitions": 256 * each / slowest,
        "one chat database": machine / values["cpu.postgres.message"],
        "one broker": machine / values["cpu.kafka.message"],
        "one search node": machine / values["cpu.elasticsearch.message"],
        "a shard's documents in a month": MOST_DOCUMENTS / (_DAY * 31 * given.average),
        "the tail of each front": tail_ends(values, given.busy),
    }


def price(
    cpu_seconds: float,
    stored: float,
    moved: float,
    *,
    core_hour: float,
    gigabyte_month: float,
    months: float,
    gigabyte_moved: float,
    busy: float,
) -> float:
    """What a million messages cost at the reader's own prices, of their seconds and bytes."""
    return (
        cpu_seconds / busy / 3600 * core_hour
        + stored / 1e9 * gigabyte_month * months
        + moved / 1e9 * gigabyte_moved
    )


def shards(size: Size, given: Assumptions, days: int = 31) -> int:
    """Shards of a month's index, so that none has more documents than a shard may have."""
    return whole(size.messages * given.average * _DAY * days / MOST_DOCUMENTS)


def fleet(size: Size, values: Values, given: Assumptions) -> Fleet:
    """Everything, at the busiest second of this size."""
    names = ("chat", *FOLLOWERS)
    work = {name: cores(size.messages, values[f"cpu.{name}.message"]) for name in names}
    largest = max(whole(needed, given.busy) for needed in work.values())
    partitions = doubled(given.partitions_a_worker * largest, given.fewest_partitions)
    workers = {name: spread(partitions, needed, given.busy) for name, needed in work.items()}
    direct = fronts(size, values, given.busy, tails=True)
    relayed = fronts(size, values, given.busy, tails=False) or 1
    relays = whole(cores(size.messages, values["cpu.front.skipped"]), given.busy)
    databases = _machines(cores(size.messages, values["cpu.postgres.message"]), given)
    readers = relays if direct is None else direct
    brokers = _brokers(size, values, given, readers)
    processes = (relayed if direct is None else direct) + workers["chat"]
    return Fleet(
        partitions=partitions,
        workers=workers,
        fronts=direct,
        fronts_behind_relays=relayed,
        relays=relays,
        gateways=whole(gateway_work(size, values), given.busy),
        brokers=brokers,
        replicas_a_broker=ceil(given.topics * partitions * given.broker_copies / brokers),
        databases=databases,
        connections=processes * given.pool,
        searchers=_machines(
            given.store_copies * cores(size.messages, values["cpu.elasticsearch.message"]), given
        ),
        shards=shards(size, given),
    )


def _machines(needed: float, given: Assumptions) -> int:
    return whole(needed, given.busy * given.machine_cores)


def _brokers(size: Size, values: Values, given: Assumptions, readers: int) -> int:
    """By processors and by network, whichever asks for more; as many as there are copies."""
    by_cores = _machines(cores(size.messages, values["cpu.kafka.message"]), given)
    leaving = broker_network(size, values, given, readers)
    return max(by_cores, whole(leaving, given.busy * given.link), given.broker_copies)


def memory_bytes(size: Size, values: Values, found: Fleet) -> dict[str, float]:
    """Resident bytes: of fronts and gateways with their sockets, of workers with their tables."""
    count = found.fronts_behind_relays if found.fronts is None else found.fronts
    workers = {
        name: number * values[f"memory.{name}.process"] for name, number in found.workers.items()
    }
    return {
        "fronts": count * values["memory.front.empty"]
        + size.sockets * values["memory.front.socket"],
        "nginx": size.sockets * values["memory.nginx.socket"],
        **workers,
    }
