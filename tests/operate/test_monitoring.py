"""Prometheus, Alertmanager and the dashboards' queries over a stack that runs.

Each alert is made to fire by making its condition true, and comes to a webhook through the real
Alertmanager. The rules are the product's with shorter times: `[5m]` and `for: 5m` are 8 seconds.
What cannot be made true here (EXPORTED) is told to Prometheus by an exporter of the tests. Scenes
that do not disturb each other play at once, before the first test of them; each has its test.
"""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from functools import partial
from uuid import uuid4

import aiohttp
import psutil
import psycopg2
import pytest

from infra.embedded.monitored import Watching
from infra.embedded.shape import StackShape
from infra.grafana.boards import boards
from infra.prometheus.config import Cadence
from schemas.contexts.messages import MESSAGE
from tests.alerts import alerts, quicker
from tests.client.api import User, open_room, sign_up
from tests.client.stomp import Socket
from tests.client.waiting import eventually
from tests.folders import server_folder
from tests.operate import alert_scenes as scenes
from tests.operate.alert_scenes import (
    EXPORTED,
    WITHIN,
    Ends,
    Rig,
    at_once,
    ended_well,
    message_of,
    repeated,
    say,
    shorten,
)
from tests.operate.watched import Exporter, Receiver, WatchedStack
from tests.servers import claimed_port

# A test that waits for a group of scenes waits for the longest of them.
pytestmark = [pytest.mark.operate, pytest.mark.timeout(1500)]

log = logging.getLogger(__name__)

WINDOW = "30s"
"""What Grafana would put in place of its own name for a window, at a scrape a second."""
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


# -- metrics, dashboards, expressions --------------------------------------------------------


async def test_every_process_is_scraped_and_promtool_takes_all_it_tells(rig: Rig) -> None:
    async def are_up() -> bool:
        found = await rig.prometheus.series('up{job="chatstream"} == 1')
        return len(found) == len(rig.stack.workers) + 1

    await eventually(are_up, WITHIN)
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
                await eventually(none_is_missing, WITHIN, 2)
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
        # Of the reports, which do not run here.
        "chatstream_cdc_renewals_total",
        "chatstream_cdc_connector_running",
        "chatstream_cdc_slot_behind_bytes",
        "chatstream_cdc_differences",
        # Of a language model, which nobody names here.
        "chatstream_content_model_waiting_seconds",
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
    await eventually(is_heard, WITHIN)


@pytest.fixture(scope="module")
async def first(rig: Rig, minsu: User) -> Ends:
    """The ends of scenes about processes and sockets."""
    return await at_once(
        partial(scenes.a_process_down_and_a_group_without_rest, rig),
        partial(scenes.a_service_down_and_an_erasure_stuck, rig),
        partial(scenes.half_of_the_sockets_lost, rig, minsu),
        partial(scenes.what_is_exported, rig),
    )


@pytest.fixture(scope="module")
async def second(rig: Rig, minsu: User, room: str) -> Ends:
    """The ends of scenes about the search, and of one about a process that it does not need."""
    return await at_once(
        partial(scenes.elasticsearch_away_and_slow, rig, minsu, room),
        partial(scenes.a_process_that_restarts, rig),
    )


def test_a_process_that_is_down_and_a_group_without_rest(first: Ends) -> None:
    ended_well(first, scenes.a_process_down_and_a_group_without_rest)


def test_a_service_without_a_process_and_an_erasure_that_waits_for_it(first: Ends) -> None:
    ended_well(first, scenes.a_service_down_and_an_erasure_stuck)


def test_half_of_the_sockets_at_once(first: Ends) -> None:
    ended_well(first, scenes.half_of_the_sockets_lost)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_what_cannot_be_made_true_here(rig: Rig, name: str) -> None:
    assert rig.receiver.fired(name)


def test_elasticsearch_that_is_away_and_one_that_is_slow(second: Ends) -> None:
    ended_well(second, scenes.elasticsearch_away_and_slow)


def test_a_process_that_starts_again_and_again(second: Ends) -> None:
    ended_well(second, scenes.a_process_that_restarts)


async def test_a_document_that_is_gone_is_a_difference(rig: Rig, minsu: User, room: str) -> None:
    await scenes.a_document_gone(rig, minsu, room)


async def test_records_that_kafka_deleted_before_they_were_read(
    rig: Rig, minsu: User, room: str
) -> None:
    await scenes.records_lost(rig, minsu, room)


async def test_records_that_nobody_can_read(rig: Rig) -> None:
    await scenes.records_unreadable(rig)


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


async def test_a_webhook_that_breaks(rig: Rig) -> None:
    await rig.silent("AlertsUndelivered")
    rig.receiver.is_broken = True

    async def is_seen() -> bool:
        query = 'ALERTS{alertname="AlertsUndelivered",alertstate="firing"}'
        return bool(await rig.prometheus.series(query))

    rig.exporter.samples[EXPORTED["ProgramFault"]] = 1
    await eventually(is_seen, WITHIN)
    rig.receiver.is_broken = False
    await rig.fires("AlertsUndelivered", severity="page")
    del rig.exporter.samples[EXPORTED["ProgramFault"]]


def test_no_alert_was_left_out(rig: Rig) -> None:
    names = {alert["alert"] for alert in alerts()}
    assert {name for name in names if not rig.receiver.fired(name)} == set()
