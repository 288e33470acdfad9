"""The servers of the compose file are those of `make run`, but for what is of one machine."""

from __future__ import annotations

import re

import pytest

from infra.embedded import elasticsearch, kafka, postgres
from infra.embedded.downloads import ELASTICSEARCH_VERSION, KAFKA_VERSION
from tests.unit.compose.declared import (
    LOCAL_SERVICES,
    MAIN,
    ROOT,
    SERVICES,
    command,
    defaults,
    environment,
    ours,
)

BROKERS = [name for name in SERVICES if re.fullmatch(r"kafka-\d", name)]
DATABASES = [name for name in SERVICES if name.startswith("postgres-")]
JOBS = [name for name, each in SERVICES.items() if each.get("restart") == "no"]
PUBLIC = {"gateway": [8080]}
LOOPBACK = {
    "kibana": [5601],
    "elasticsearch": [9200],
    "logstash": [5044, 50000, 9600],
    "kafka-1": [19092],
    "kafka-2": [29092],
    "kafka-3": [39092],
    # Looking in; not of the origin.
    "prometheus": [9090],
    "alertmanager": [9093],
    "grafana": [3000],
    "kafka-ui": [8081],
}


def broker_settings(name: str) -> dict[str, str]:
    told = environment(name)
    return {
        key.removeprefix("KAFKA_").lower().replace("_", "."): value
        for key, value in told.items()
        if key.startswith("KAFKA_") and not key.endswith("_OPTS")
    }


def test_three_brokers_are_one_cluster_of_three_copies() -> None:
    assert len(BROKERS) == 3
    told = [broker_settings(name) for name in BROKERS]
    assert {each["controller.quorum.voters"] for each in told} == {
        ",".join(f"{n}@{name}:9093" for n, name in enumerate(BROKERS, 1))
    }
    assert [each["node.id"] for each in told] == ["1", "2", "3"]
    for name, each in zip(BROKERS, told, strict=True):
        assert each["default.replication.factor"] == "3"
        assert each["min.insync.replicas"] == "2"
        port = LOOPBACK[name][0]
        assert each["advertised.listeners"] == (
            f"INTERNAL://{name}:9092,EXTERNAL://127.0.0.1:{port}"
        )
    assert {environment(name)["CLUSTER_ID"] for name in BROKERS} == {"Y2hhdHN0cmVhbS1rYWZrYQ"}


@pytest.mark.parametrize("name", BROKERS)
def test_a_dead_broker_is_known_as_soon_as_on_one_machine(name: str) -> None:
    told = broker_settings(name)
    assert told["broker.session.timeout.ms"] == str(kafka.SESSION_MS)
    assert told["broker.heartbeat.interval.ms"] == str(kafka.BEAT_MS)
    assert told["group.initial.rebalance.delay.ms"] == "0"
    assert told["auto.create.topics.enable"] == "false"


def test_the_brokers_log_is_that_of_one_machine() -> None:
    assert (ROOT / "infra/docker/kafka/log4j2.properties").read_text() == kafka.LOGGING


@pytest.mark.parametrize("name", DATABASES)
def test_a_database_writes_nothing_that_people_write_into_its_log(name: str) -> None:
    words = command(name)
    told = dict(word.split("=", 1) for word in words[2::2])
    assert words[1::2] == ["-c"] * len(told)
    here_alone = {"listen_addresses", "max_connections", "shared_buffers"}
    for key, value in postgres.CONFIGURATION.items():
        if key not in here_alone:
            assert told[key] == value, key
    assert environment(name)["POSTGRES_USER"] == postgres.ROLE
    assert f"SET {postgres.QUIET};" in (ROOT / "infra/docker/postgres/quiet.sql").read_text()
    assert any("quiet.sql:/docker-entrypoint-initdb.d/" in v for v in SERVICES[name]["volumes"])


def test_elasticsearch_is_as_that_of_one_machine_and_as_silent() -> None:
    told = environment("elasticsearch")
    lines = elasticsearch.CONFIGURATION.splitlines()
    for key, value in (line.split(": ", 1) for line in lines if "{" not in line):
        if key != "network.host":
            assert told[key] == value.strip('"'), key
    for logger in elasticsearch.UNLOGGED:
        assert told[f"logger.{logger}"] == "OFF"


def test_versions_are_those_of_the_program() -> None:
    text = MAIN.read_text()
    assert set(re.findall(r"apache/kafka:([\d.]+)", text)) == {KAFKA_VERSION}
    dockerfile = (ROOT / "infra/docker/Dockerfile").read_text()
    elastic = re.findall(
        r"(?:elastic\.co/\S+|chatstream-elasticsearch):([\d.]+)", text + dockerfile
    )
    assert set(elastic) == {ELASTICSEARCH_VERSION}


def published(name: str) -> list[tuple[str, int]]:
    found = []
    for port in SERVICES[name].get("ports", []):
        *host, outer, _ = defaults(port).split(":")
        found.append((host[0] if host else "", int(outer)))
    return found


def test_only_the_gateway_is_reached_from_outside_this_machine() -> None:
    there = {name: published(name) for name in SERVICES if published(name)}
    assert there == {
        **{name: [("", port) for port in ports] for name, ports in PUBLIC.items()},
        **{name: [("127.0.0.1", port) for port in ports] for name, ports in LOOPBACK.items()},
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_and_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in JOBS else "unless-stopped")
    # What runs says whether it serves; a job ends, whatever its image checks.
    assert (service["healthcheck"] == {"disable": True}) == (name in JOBS)


@pytest.mark.parametrize("name", ours())
def test_what_is_ours_runs_as_nobody_and_writes_only_where_it_is_let(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    for volume in service.get("volumes", []):
        source, place, *how = volume.split(":")
        if name not in JOBS:
            assert how == ["ro"] or source == f"{name}-data", volume
        assert place.startswith(("/var/lib/chatstream/", "/run/secrets"))


def test_private_keys_are_where_something_is_signed_checked_or_opened_alone() -> None:
    holders = {name for name, each in SERVICES.items() if "keys:" in str(each.get("volumes"))}
    fronts = {"front-1", "front-2", "front-auth", "front-coupon-1"}
    assert holders == fronts | {"keys", "user-1", "coupon-1"}


def test_everything_starts_after_what_it_needs_by_health_or_success() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in JOBS else "service_healthy"
            assert how == {"condition": wanted}, f"{name} after {other}"


NAMED_ALONE = {"kibana", "filebeat", "logstash", "grafana", "kafka-ui", "saved-objects"}
"""What has no build of ours; saved objects go into Kibana."""


def test_here_every_image_is_a_build_of_ours_and_the_rest_stays_named() -> None:
    swapped = {name for name, each in LOCAL_SERVICES.items() if "build" in each or "image" in each}
    unrun = {name for name, each in LOCAL_SERVICES.items() if each.get("profiles") == ["named"]}
    assert unrun == NAMED_ALONE
    assert not swapped & unrun
    # Change data capture has its own profile in the main file.
    assert swapped | unrun | {*ours(), "connect"} == set(SERVICES)
