"""What the launcher tells each process is what the settings read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings
from infra.embedded.layout import Layout
from infra.embedded.services import (
    Endpoints,
    ProcessCounts,
    WorkerProcess,
    hosts,
    passed_through,
    programs,
    service_programs,
    shared_environment,
    worker_environment,
    workers,
)
from schemas.catalogue import SERVICES, service_of

ENDPOINTS = Endpoints(
    public_port=28000,
    bootstrap="127.0.0.1:28001",
    dsns={
        "auth": {"auth": "host=/s/a port=5432 user=chatstream dbname=auth"},
        "chat": {"chat-0": "host=/s/0 dbname=chat_0", "chat-1": "host=/s/1 dbname=chat_1"},
        "coupons": {"coupons": "host=/s/c dbname=coupons"},
    },
    elastic_url="http://127.0.0.1:28003",
    ports={"chat-1": 28010, "stats-1": 28011, "stats-2": 28012, "content-1": 28013},
)
NAMES = ("chat-1", "stats-1", "stats-2", "content-1")


def settings_of(layout: Layout, worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> Settings:
    environment = shared_environment(layout, ENDPOINTS, NAMES)
    for name, value in (environment | worker_environment(layout, ENDPOINTS, worker)).items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_every_service_has_a_process_and_front_auth_only_one() -> None:
    names = [worker.name for worker in workers(ProcessCounts(front=2, chat=2))]
    assert names == [
        *("front-1", "front-2", "front-auth", "front-coupon-1", "user-1", "friend-1"),
        *("chat-1", "chat-2", "coupon-1", "content-1", "stats-1", "log-1", "lag-1"),
    ]
    assert {worker.service for worker in workers(ProcessCounts())} == {
        each.name for each in SERVICES if not each.is_optional
    }


def test_an_optional_service_has_its_process_where_it_is_asked_for() -> None:
    assert [each.name for each in workers(ProcessCounts(reporting=1))][-1:] == ["reporting"]


def test_a_worker_reads_its_addresses_from_its_environment(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = settings_of(layout, WorkerProcess("chat-1", "chat"), monkeypatch)
    assert read.service == "chat"
    assert read.worker_name == "chat-1"
    assert read.kafka.bootstrap_servers == ENDPOINTS.bootstrap
    assert read.postgres.auth == ENDPOINTS.dsns["auth"]["auth"]
    assert read.postgres.chat == ENDPOINTS.dsns["chat"]
    assert read.postgres.lineages == ENDPOINTS.dsns
    assert read.elastic.url == ENDPOINTS.elastic_url
    assert read.web.port == 28010
    assert read.web.host == "127.0.0.1"
    assert read.data_dir == layout.data("chat-1")
    assert read.stats.workers == ("http://127.0.0.1:28011", "http://127.0.0.1:28012")
    assert read.feed.workers == ["http://127.0.0.1:28013"]


def test_each_front_has_a_unix_socket_of_its_own_for_the_gateway(layout: Layout) -> None:
    endpoints = replace(ENDPOINTS, ports={"front-1": 1, "front-1.b": 2, "chat-1": 3})
    first = WorkerProcess("front-1", "front")
    told = [
        worker_environment(layout, endpoints, worker).get("CHATSTREAM_WEB__UNIX_SOCKET")
        for worker in (first, replace(first, is_second=True), WorkerProcess("chat-1", "chat"))
    ]
    assert told == [
        str(layout.web_sockets / "front-1"),
        str(layout.web_sockets / "front-1.b"),
        None,
    ]
    assert max(map(len, filter(None, told))) < 90


def test_a_service_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(
        ConfigurationError, match=r"CHATSTREAM_SERVICE: 'chta' .* chat, coupon, content, stats, log"
    ):
        service_of("chta")


def test_what_nobody_waits_for_gives_way_and_a_rush_gives_way_to_the_chat(tmp_path: Path) -> None:
    found = service_programs(workers({}), lambda _: {}, tmp_path)
    services = {each.program: each.service for each in workers({})}
    assert {services[each.name]: each.niceness for each in found} == {
        **dict.fromkeys(("front", "front-auth", "user", "friend", "chat", "coupon", "content"), 0),
        "front-coupon": 5,
        "stats": 10,
        "log": 10,
        "lag": 10,
    }


def test_pages_are_allowed_at_both_names_of_this_machine(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = settings_of(layout, WorkerProcess("chat-1", "chat"), monkeypatch)
    assert read.web.allowed_origins == ("http://127.0.0.1:28000", "http://localhost:28000")


def test_only_settings_that_a_stack_does_not_decide_pass_through() -> None:
    given = {
        "CHATSTREAM_LIMITS__MESSAGE_BURST": "5",
        "CHATSTREAM_TRACES__RATIO": "0.5",
        "CHATSTREAM_WEB__PORT": "1",
        "CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS": "elsewhere:9092",
        "PATH": "/bin",
    }
    assert passed_through(given) == {
        "CHATSTREAM_LIMITS__MESSAGE_BURST": "5",
        "CHATSTREAM_TRACES__RATIO": "0.5",
    }


def test_with_tls_everything_public_is_https(layout: Layout) -> None:
    environment = shared_environment(layout, replace(ENDPOINTS, tls=True), NAMES)
    assert environment["CHATSTREAM_WEB__PUBLIC_URL"] == "https://127.0.0.1:28000"
    assert json.loads(environment["CHATSTREAM_WEB__ALLOWED_ORIGINS"]) == [
        "https://127.0.0.1:28000",
        "https://localhost:28000",
    ]
    # A browser keeps it for every port of this machine.
    assert int(environment["CHATSTREAM_WEB__HSTS_SECONDS"]) <= 300


def test_quiet_services_share_a_program_and_each_is_told_what_it_has_for_itself(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = workers(ProcessCounts(friend=2), is_together=True)
    assert programs(found)[3:7] == ["quiet", "friend-1", "friend-2", "chat-1"]
    assert hosts(found) == dict.fromkeys(("user-1", "coupon-1", "content-1"), "quiet")
    ports = {each.process: 28010 + n for n, each in enumerate(found)}
    endpoints = replace(ENDPOINTS, ports=ports)
    shared = shared_environment(layout, endpoints, [*ports])
    own = {each.process: worker_environment(layout, endpoints, each) for each in found}
    made = service_programs(found, lambda name: shared | own[name], layout.root)
    (quiet,) = [each for each in made if each.name == "quiet"]
    assert quiet.command[2:] == ["chatstream", "worker", "user", "coupon", "content"]
    for name, value in quiet.environment.items():
        monkeypatch.setenv(name, value)
    read = load_settings()
    assert (read.service, read.worker_name, read.web.port) == ("user", "user-1", ports["user-1"])
    assert [
        (each.service, each.worker_name, each.web.port, each.data_dir) for each in read.of_guests()
    ] == [
        (name.removesuffix("-1"), name, ports[name], layout.data(name))
        for name in ("coupon-1", "content-1")
    ]


def test_a_program_that_is_shared_needs_several_services() -> None:
    assert hosts(workers(ProcessCounts())) == {}
    counts = ProcessCounts(user=2, friend=2, coupon=2, content=2)
    assert hosts(workers(counts, is_together=True)) == {}
