"""By what the numbers of pods go, and between which numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import web.stomp.metrics  # noqa: F401 (declares the sockets)
from infra.embedded.command import CLONE
from infra.nginx.render import GatewayConfig
from schemas.services import LAG
from tests.unit.kubernetes.conftest import Load
from tests.unit.kubernetes.kustomize import Document
from tests.unit.kubernetes.manifests import GATEWAY, named, of_kind, workloads

OVERLAY = "production"
GROUPED = ("chat", "stats", "log")
BY_SOCKETS = ("front", GATEWAY)


def scaled(name: str) -> Document:
    """What KEDA is told of a workload."""
    found: Document = named(OVERLAY, "ScaledObject", name)["spec"]
    return found


def test_workers_and_fronts_are_scaled_and_nothing_else() -> None:
    found = {each["metadata"]["name"] for each in of_kind(OVERLAY, "ScaledObject")}
    assert found == {*GROUPED, *BY_SOCKETS}
    assert not [*of_kind("small", "ScaledObject")]


@pytest.mark.parametrize("name", [*GROUPED, *BY_SOCKETS])
def test_the_number_is_left_to_who_scales(name: str) -> None:
    workload, told = workloads(OVERLAY)[name], scaled(name)
    assert told["scaleTargetRef"] == {
        "apiVersion": workload["apiVersion"],
        "kind": workload["kind"],
        "name": name,
    }
    assert "replicas" not in workload["spec"]
    assert told["minReplicaCount"] >= 2
    for other, each in workloads(OVERLAY).items():
        if other not in (*GROUPED, *BY_SOCKETS) and each["kind"] != "Job":
            assert each["spec"]["replicas"] >= (1 if other == LAG.name else 2)


@pytest.mark.parametrize("name", GROUPED)
def test_there_are_never_more_workers_than_partitions(load: Load, name: str) -> None:
    partitions = load(OVERLAY, name).kafka.partitions
    assert scaled(name)["maxReplicaCount"] <= partitions


@pytest.mark.parametrize("overlay", ["small", "production"])
def test_fixed_numbers_are_not_more_than_partitions_either(load: Load, overlay: str) -> None:
    for name, each in workloads(overlay).items():
        if each["kind"] == "StatefulSet" and "replicas" in each["spec"]:
            assert each["spec"]["replicas"] <= load(overlay, name).kafka.partitions


@pytest.mark.parametrize("name", GROUPED)
def test_the_lag_is_that_of_the_service_in_what_it_reads(load: Load, name: str) -> None:
    app = load.app(OVERLAY, name)
    read = {topic for agent in app.agents.values() for topic in agent.channel.topics}
    for trigger in scaled(name)["triggers"]:
        told = trigger["metadata"]
        assert trigger["type"] == "kafka"
        assert told["consumerGroup"] == app.conf.id
        assert told["topic"] in read
        assert told["bootstrapServersFromEnv"] == "CHATSTREAM_KAFKA__BOOTSTRAP_SERVERS"
        assert told["offsetResetPolicy"] == app.conf.consumer_auto_offset_reset
        # Less than a batch is no backlog.
        assert int(told["lagThreshold"]) >= load(OVERLAY, name).batch.size


@pytest.mark.parametrize("name", BY_SOCKETS)
def test_fronts_and_gateways_go_by_the_sockets_that_fronts_count(name: str) -> None:
    [trigger] = scaled(name)["triggers"]
    [metric] = re.findall(r"chatstream_\w+", trigger["metadata"]["query"])
    assert metric in {family.name for family in REGISTRY.collect()}
    assert f"| `{metric}` |" in (CLONE / "docs" / "operations.md").read_text()
    assert trigger["type"] == "prometheus"
    # A Prometheus without an answer takes no front away.
    assert trigger["metadata"]["ignoreNullValues"] == "false"


def test_gateways_hold_all_sockets_of_the_fronts(tmp_path: Path) -> None:
    room = {}
    for name in BY_SOCKETS:
        [trigger] = scaled(name)["triggers"]
        room[name] = int(trigger["metadata"]["threshold"]) * scaled(name)["maxReplicaCount"]
    assert room[GATEWAY] >= room["front"]
    holds = GatewayConfig(8080, ["a:1"], ["b:1"], tmp_path).sockets
    assert int(trigger["metadata"]["threshold"]) < holds


@pytest.mark.parametrize("name", [*GROUPED, *BY_SOCKETS])
def test_pods_are_added_soon_and_taken_away_late_and_one_by_one(name: str) -> None:
    behaviour = scaled(name)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behaviour["scaleUp"], behaviour["scaleDown"]
    assert up["stabilizationWindowSeconds"] <= 60
    assert down["stabilizationWindowSeconds"] >= 600
    assert [each["value"] for each in down["policies"]] == [1]
