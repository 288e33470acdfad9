"""Prometheus, Alertmanager and the dashboards' queries over a stack that runs.

Each alert is made to fire by making its condition true, and comes to a webhook through the real
Alertmanager. The rules are the product's with shorter times: `[5m]` and `for: 5m` are 8 seconds.
What cannot be made true here (EXPORTED) is told to Prometheus by an exporter of the tests.
"""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
import psycopg2
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chatstream.domain.documents import MESSAGES
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from infra.embedded.monitored import Watching
from infra.embedded.shape import StackShape
from infra.grafana.boards import boards
from infra.prometheus.config import Cadence
from schemas.contexts.messages import MESSAGE
from tests.alerts import alerts, quicker
from tests.client.api import PASSWORD, Refused, User, open_room, sign_up
from tests.client.metrics import samples, total
from tests.client.stomp import Closed, Socket
from tests.client.waiting import eventually, pause
from tests.folders import server_folder
from tests.operate.watched import Exporter, Prometheus, Receiver, WatchedStack
from tests.servers import claimed_port

pytestmark = pytest.mark.operate

log = logging.getLogger(__name__)

WINDOW = "30s"
"""What Grafana would put in place of its own name for a window, at a scrape a second."""
WITHIN = 180.0
PLACE = '{group="g",topic="T",partition="0"}'
EXPORTED = {
    "ConsumerGroupBehind": f"kafka_consumergroup_group_lag_seconds{PLACE}",
    "ConsumerGroupStopped": f"kafka_consumergroup_group_lag{PLACE}",
    "ProcessSaturated": "process_cpu_seconds_total",
    "GenerationsDiffer": "chatstream_stats_generation",
    "ProgramFault": 'chatstream_sockets_closed_total{code="1011"}',
}
REPLACED = {
    "LogLinesStand": ("> 300", "> 75"),  # a worker says a line a minute
    "DeadLettersExpire": ("> 43200", "> 20"),
    "RebalancesRepeat": ("> 5", "> 1"),
    # What makes these true takes longer than the window would be.
    "ProcessRestarts": ("[45s]", "[3m]"),
    "AgentBehind": ("[8s]", "[30s]"),
}
SETTINGS = {
    "CHATSTREAM_STATS__CHECK_INTERVAL": "2",
    "CHATSTREAM_LOG__CHECK_INTERVAL": "1",
    "CHATSTREAM_ROOMS__CHECK_INTERVAL": "0",  # so that this work stands
    "CHATSTREAM_AUTH__BCRYPT_COST": "4",
    "CHATSTREAM_LIMITS__SIGNUPS_PER_MINUTE": "100000",
    "CHATSTREAM_LIMITS__SOCKETS_PER_ACCOUNT": "100",
    "CHATSTREAM_LIMITS__MESSAGE_BURST": "100000",
    "CHATSTREAM_LIMITS__MESSAGES_PER_SECOND": "1000",
}


def shorten(seconds: float) -> float:
    """Times of the rules as the tests have them."""
    return min(60.0, max(5.0, seconds / 40))


class Rig:
    """The stack, who hears its alerts, and two who chat on it."""

    def __init__(self, stack: WatchedStack, receiver: Receiver, exporter: Exporter) -> None:
        self.stack = stack
        self.receiver = receiver
        self.exporter = exporter
        self.prometheus = Prometheus(stack)
        self._told: dict[str, int] = {}

    async def silent(self, name: str, **labels: str) -> None:
        """Return when the alert does not fire; what is told from here on is what `fires` awaits."""
        await self.prometheus.until_silent(name, **labels)
        self._told[name] = len(self.receiver.alerts)

    async def fires(self, name: str, within: float = WITHIN, **labels: str) -> None:
        """Return when the webhook was told of the alert since it was silent."""
        began, since = time.monotonic(), self._told[name]

        async def is_told() -> bool:
            return bool(self.receiver.fired(name, since, **labels))

        await eventually(is_told, within, 0.2)
        log.info("%s %s was told after %.0f s", name, labels, time.monotonic() - began)


@pytest.fixture(scope="module")
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    receiver, exporter = Receiver(), Exporter()
    with (
        server_folder(request, "watched") as root,
        receiver.serving() as url,
        exporter.serving() as address,
        claimed_port() as port,
    ):
        rules = root / "alerts.yml"
        rules.write_text(quicker(shorten, REPLACED))
        stack = WatchedStack(
            root,
            port,
            StackShape({"chat": 2}, SETTINGS),
            watching=Watching(
                dict.fromkeys(("page", "ticket", "none"), url), rules, Cadence("1s", "1s", "1s")
            ),
        )
        stack.exporter = address
        with stack:
            stack.start_servers()
            stack.start_services()
            yield Rig(stack, receiver, exporter)


@pytest.fixture(scope="module")
async def minsu(rig: Rig) -> AsyncIterator[User]:
    user = await sign_up(rig.stack.base_url, "minsu")
    yield user
    await user.close()


@pytest.fixture(scope="module")
async def room(minsu: User) -> str:
    return await open_room(minsu)


def message_of(user: User) -> dict[str, Any]:
    body = {"messageId": str(uuid4()), "message": "안녕하세요 커피 마셔요"}
    return {"json": body, "headers": user.authorization}


async def say(user: User, room: str) -> None:
    await user.call("POST", f"/chat/{room}", **message_of(user))


@asynccontextmanager
async def repeated(
    *works: Callable[[], Awaitable[object]], every: float = 0.05
) -> AsyncIterator[None]:
    """Do these again and again meanwhile, whatever they are answered."""

    async def go_on(work: Callable[[], Awaitable[object]]) -> None:
        while True:
            with suppress(Refused, Closed, aiohttp.ClientError, TimeoutError, ConnectionError):
                await work()
            await pause(every)

    tasks = [asyncio.create_task(go_on(work)) for work in works]
    try:
        yield
        assert not any(task.done() for task in tasks), "a work ended with an unknown error"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# -- metrics, dashboards, expressions --------------------------------------------------------


async def test_every_process_is_scraped_and_promtool_takes_all_it_tells(rig: Rig) -> None:
    async def are_up() -> bool:
        found = await rig.prometheus.series('up{job="chatstream"} == 1')
        return len(found) == len(rig.stack.workers) + 1

    await eventually(are_up, 30)
    for worker in rig.stack.workers:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{rig.stack.endpoints.worker_url(worker.name)}/metrics") as answer,
        ):
            text = await answer.text()
        assert "_created" not in text
        assert await asyncio.to_thread(told_by_promtool, text) == (0, ""), worker.name


def told_by_promtool(metrics: str) -> tuple[int, str]:
    """The exit code and the words of its check."""
    command = ["promtool", "check", "metrics"]
    done = subprocess.run(command, input=metrics, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


async def test_the_sheet_of_a_start_names_both(rig: Rig) -> None:
    urls = re.findall(r"http://127\.0\.0\.1:\d+", rig.stack.told())
    async with aiohttp.ClientSession() as http:
        for url in urls:
            async with http.get(f"{url}/-/healthy") as answer:
                assert answer.status == 200
    assert len(set(urls)) == 2


async def chat_a_little(rig: Rig, user: User, room: str) -> None:
    """Something of everything that dashboards show."""
    socket = Socket(user)
    await socket.connect()
    await socket.subscribe(f"/sub/chat/room/{room}")
    await socket.say(room, str(uuid4()), "커피")
    await say(user, room)
    for path in ("/chat", f"/chat/{room}/messages", "/stats/words", "/search/messages?q=커피"):
        await user.call("GET", path)
    other = await sign_up(rig.stack.base_url, "jiyeon")
    await other.close()
    await socket.close()


async def test_every_query_of_every_dashboard_gives_series(
    rig: Rig, minsu: User, room: str
) -> None:
    queries = [
        (f"{board.title}: {chart.title}", query)
        for board in boards()
        for chart in board.charts
        for query in chart.queries
    ]
    socket = Socket(minsu)
    await socket.connect()
    missing: list[str] = []

    async def none_is_missing() -> bool:
        missing[:] = [
            f"{where}: {query.expr}"
            for where, query in queries
            if not await rig.prometheus.series(query.expr.replace("$__rate_interval", WINDOW))
            and not query.rarely
        ]
        return not missing

    try:
        async with repeated(lambda: chat_a_little(rig, minsu, room)):
            with suppress(AssertionError):
                await eventually(none_is_missing, 90, 2)
    finally:
        await socket.close()
    assert missing == []
    for query in ("scrape_samples_scraped", "max_over_time(scrape_duration_seconds[1m])"):
        found = await rig.prometheus.series(f"max by (service) ({query})")
        log.info("%s: %s", query, {labels.get("service"): value for labels, value in found})


async def test_every_expression_of_an_alert_is_taken_and_names_what_is_told(rig: Rig) -> None:
    known = set(await rig.prometheus.ask("label/__name__/values"))
    rarely = {
        "chatstream_records_lost_to_retention_total",
        "chatstream_followed_records_unreadable_total",
        "chatstream_hub_rooms_given_up_total",
        "chatstream_dead_letters_waiting",
        "chatstream_stats_drift",
        "chatstream_members_drift",
        "chatstream_sockets_closed_total",
    }
    for alert in alerts():
        await rig.prometheus.ask("query", query=alert["expr"])
        names = set(re.findall(r"\b(?:chatstream|process|alertmanager)_\w+", alert["expr"]))
        assert names - known - rarely == set(), alert["alert"]


# -- alerts ----------------------------------------------------------------------------------


async def test_the_dead_mans_switch_is_heard(rig: Rig) -> None:
    async def is_heard() -> bool:
        return bool(rig.receiver.fired("Watchdog", severity="none"))

    # Sent once a minute; the first is lost where Prometheus knows no Alertmanager yet.
    await eventually(is_heard, 120)


async def test_a_process_that_is_down_and_a_group_without_rest(rig: Rig) -> None:
    for name in ("ProcessDown", "RebalancesRepeat"):
        await rig.silent(name, service="chat")
    telling = asyncio.create_task(rig.fires("RebalancesRepeat", service="chat"))
    rig.stack.stop_process("chat-2")
    await rig.fires("ProcessDown", instance="chat-2", severity="ticket")
    rig.stack.start_process("chat-2")
    await asyncio.to_thread(rig.stack.wait_ready, "chat-2")
    while not telling.done():
        await asyncio.to_thread(rig.stack.kill, "chat-2")
        await asyncio.to_thread(rig.stack.wait_ready, "chat-2")
    await telling
    await rig.silent("ProcessDown", instance="chat-2")


async def test_a_service_without_a_process_and_an_erasure_that_waits_for_it(rig: Rig) -> None:
    leaving = await sign_up(rig.stack.base_url, "leaving")
    for name in ("ServiceDown", "ErasureStuck"):
        await rig.silent(name)
    rig.stack.stop_process("friend-1")
    await rig.fires("ServiceDown", service="friend", severity="page")
    await leaving.call("DELETE", "/user/me", {"password": PASSWORD})
    await leaving.close()
    await rig.fires("ErasureStuck", 300, what="a step fails again and again")
    # One message for both: the process' own would say the same.
    assert rig.receiver.fired("ProcessDown", service="friend") == []
    rig.stack.start_process("friend-1")
    await rig.silent("ErasureStuck")
    await rig.silent("ServiceDown")


async def test_a_process_that_starts_again_and_again(rig: Rig) -> None:
    await rig.silent("ProcessRestarts")
    telling = asyncio.create_task(rig.fires("ProcessRestarts", instance="front-auth"))
    while not telling.done():
        await asyncio.to_thread(rig.stack.kill, "front-auth")
        await asyncio.to_thread(rig.stack.wait_ready, "front-auth")
    await telling


async def test_work_that_is_switched_off(rig: Rig) -> None:
    async def is_told() -> bool:
        return bool(rig.receiver.fired("WorkStands", work="the check of room_members"))

    await eventually(is_told, WITHIN)
    assert not await rig.prometheus.is_firing("WorkStands", work="the check of the search")


async def test_files_that_run_out(rig: Rig) -> None:
    await rig.silent("OpenFilesNearlyOut")
    process = psutil.Process(rig.stack.pid("front-1"))
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    process.rlimit(psutil.RLIMIT_NOFILE, (round(process.num_fds() * 1.15), before[1]))
    await rig.fires("OpenFilesNearlyOut", instance="front-1")
    process.rlimit(psutil.RLIMIT_NOFILE, before)


async def test_half_of_the_sockets_at_once(rig: Rig, minsu: User) -> None:
    await rig.silent("SocketsLost")
    sockets = [Socket(minsu) for _ in range(40)]
    for socket in sockets:
        await socket.connect()

    async def were_open_for_long() -> bool:
        offset = f"{shorten(600):.0f}s"
        found = await rig.prometheus.series(f"sum(chatstream_sockets_open offset {offset}) >= 40")
        return bool(found)

    await eventually(were_open_for_long, 60)
    for socket in sockets:
        await socket.close()
    await rig.fires("SocketsLost", severity="page")


async def test_kafka_that_does_not_answer(rig: Rig, minsu: User, room: str) -> None:
    for name in ("WishesUnanswered", "HttpErrors"):
        await rig.silent(name)
    rig.stack.pause("kafka")
    try:
        posts = [lambda: minsu._ask("POST", f"/chat/{room}", **message_of(minsu))] * 4
        async with repeated(*posts):
            await asyncio.gather(
                rig.fires("WishesUnanswered", topic=MESSAGE.request.name, severity="page"),
                rig.fires("HttpErrors", route="/chat/{roomId}", severity="page"),
            )
    finally:
        rig.stack.resume("kafka")
    await minsu.insist("GET", f"/chat/{room}/messages")
    for name in ("WishesUnanswered", "HttpErrors"):
        await rig.silent(name)


async def test_a_database_that_lets_wait(rig: Rig, minsu: User, room: str) -> None:
    for name in ("WishesSlow", "PoolExhausted"):
        await rig.silent(name)
    locks = [lambda dsn=dsn: asyncio.to_thread(_hold, dsn) for dsn in _chat_dsns(rig)]
    reads = [lambda: minsu.call("GET", f"/chat/{room}/messages")] * 24
    async with (
        repeated(*locks, every=0.1),
        repeated(*reads),
        repeated(*[lambda: say(minsu, room)] * 4),
    ):
        await asyncio.gather(
            rig.fires("WishesSlow", topic=MESSAGE.request.name),
            rig.fires("PoolExhausted"),
        )
    for name in ("WishesSlow", "PoolExhausted"):
        await rig.silent(name)


def _chat_dsns(rig: Rig) -> list[str]:
    return [dsn for name, dsn in rig.stack.dsns.items() if name.startswith("chat")]


def _hold(dsn: str) -> None:
    """Nobody reads or writes messages for two seconds."""
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("lock table messages in access exclusive mode; select pg_sleep(2)")
    connection.close()


async def test_elasticsearch_that_is_away_and_one_that_is_slow(
    rig: Rig, minsu: User, room: str
) -> None:
    for name in ("LaneStalled", "LogLinesStand", "AgentBehind"):
        await rig.silent(name)
    rig.stack.stop_process("elasticsearch")
    async with repeated(lambda: say(minsu, room), every=0.5):
        await asyncio.gather(
            rig.fires("LaneStalled", agent="log.sink", severity="ticket"),
            rig.fires("LogLinesStand"),
        )
    rig.stack.start_process("elasticsearch")
    await asyncio.to_thread(rig.stack.wait_ready, "elasticsearch")
    await rig.silent("LaneStalled")
    await rig.silent("AgentBehind")
    async with repeated(lambda: _falter(rig), lambda: say(minsu, room)):
        await rig.fires("AgentBehind")
    await rig.silent("AgentBehind")


async def _falter(rig: Rig) -> None:
    """Elasticsearch takes one bulk write, and then none for seven seconds."""
    before = await _acknowledged(rig)

    async def has_taken_one() -> bool:
        return await _acknowledged(rig) > before

    await eventually(has_taken_one, 60, 0.1)
    rig.stack.pause("elasticsearch")
    try:
        await pause(7)
    finally:
        rig.stack.resume("elasticsearch")


async def _acknowledged(rig: Rig) -> float:
    found = await samples(rig.stack, "log-1")
    return total(found, "acknowledged_age_seconds_count", agent="log.sink")


async def test_a_document_that_is_gone_is_a_difference(rig: Rig, minsu: User, room: str) -> None:
    await rig.silent("CopiesDiffer", copy="search")
    await say(minsu, room)
    async with connect(ElasticSettings(url=rig.stack.elastic_url)) as client:

        async def is_gone() -> bool:
            await client.indices.refresh(index=f"{MESSAGES}-*")
            found = await client.search(index=f"{MESSAGES}-*", size=1)
            for hit in found["hits"]["hits"]:
                await client.delete(index=hit["_index"], id=hit["_id"])
            return bool(found["hits"]["hits"])

        await eventually(is_gone, 30)
    await rig.fires("CopiesDiffer", copy="search")


async def test_records_that_kafka_deleted_before_they_were_read(
    rig: Rig, minsu: User, room: str
) -> None:
    await rig.silent("RecordsLost")
    rig.stack.stop_process("log-1")
    for _ in range(3):
        await say(minsu, room)
    admin = AIOKafkaAdminClient(bootstrap_servers=rig.stack.bootstrap)
    await admin.start()
    places = [TopicPartition(MESSAGE.response.name, number) for number in range(8)]
    await admin.delete_records(dict.fromkeys(places, RecordsToDelete(before_offset=-1)))
    await admin.close()
    rig.stack.start_process("log-1")
    # What is missing is seen by the next record behind it.
    await say(minsu, room)
    await rig.fires("RecordsLost", topic=MESSAGE.response.name, severity="page")


async def test_records_that_nobody_can_read(rig: Rig) -> None:
    for name in ("UnreadableRecords", "DeadLetters", "DeadLettersExpire"):
        await rig.silent(name)
    producer = AIOKafkaProducer(bootstrap_servers=rig.stack.bootstrap)
    await producer.start()
    await producer.send_and_wait("kakao.chat.policy.EVENT", b"no policy", b"k", partition=0)
    await producer.send_and_wait(MESSAGE.response.name, b"no fact", b"k", partition=0)
    await producer.stop()
    await asyncio.gather(
        rig.fires("UnreadableRecords", topic="kakao.chat.policy.EVENT"),
        rig.fires("DeadLetters", topic=MESSAGE.response.name, reason="unreadable"),
        rig.fires("DeadLettersExpire", severity="page"),
    )


async def test_a_webhook_that_breaks(rig: Rig) -> None:
    await rig.silent("AlertsUndelivered")
    rig.receiver.is_broken = True

    async def is_seen() -> bool:
        query = 'ALERTS{alertname="AlertsUndelivered",alertstate="firing"}'
        return bool(await rig.prometheus.series(query))

    rig.exporter.samples[EXPORTED["ProgramFault"]] = 1
    await eventually(is_seen, 60)
    rig.receiver.is_broken = False
    await rig.fires("AlertsUndelivered", severity="page")
    del rig.exporter.samples[EXPORTED["ProgramFault"]]


@pytest.mark.parametrize("name", sorted(EXPORTED))
async def test_what_cannot_be_made_true_here(rig: Rig, name: str) -> None:
    await rig.silent(name)
    metric = EXPORTED[name]
    samples, growing = rig.exporter.samples, rig.exporter.growing
    if name == "ProcessSaturated":
        growing[metric] = 1.0
    else:
        samples[metric] = 90.0
    if name == "ConsumerGroupStopped":
        samples[metric.replace("_lag", "_offset")] = 7.0
    await rig.fires(name)
    growing.pop(metric, None)
    samples.pop(metric)


def test_no_alert_was_left_out(rig: Rig) -> None:
    names = {alert["alert"] for alert in alerts()}
    assert {name for name in names if not rig.receiver.fired(name)} == set()
