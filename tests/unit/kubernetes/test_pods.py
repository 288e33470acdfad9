"""What pods may do, how they begin and end, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from chatstream.settings import BatchSettings
from infra.embedded.services import WorkerProcess, service_programs
from schemas.catalogue import POOLS
from tests.unit.kubernetes.kustomize import Document
from tests.unit.kubernetes.manifests import GATEWAY, OVERLAYS, container, of_kind, pod, workloads
from web.edge import health

USER = 10001
FRONTS = tuple(pool.name for pool in POOLS)
EACH = [(overlay, name) for overlay in OVERLAYS for name in workloads(overlay)]
STAYING = [(overlay, name) for overlay, name in EACH if workloads(overlay)[name]["kind"] != "Job"]


@pytest.mark.parametrize(("overlay", "name"), EACH)
def test_a_pod_may_do_nothing_but_its_work(overlay: str, name: str) -> None:
    spec = pod(workloads(overlay)[name])
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(workloads(overlay)[name])["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()


@pytest.mark.parametrize(("overlay", "name"), EACH)
def test_a_pod_says_what_it_needs_and_takes_no_more_memory(overlay: str, name: str) -> None:
    resources = container(workloads(overlay)[name])["resources"]
    assert resources["requests"]["cpu"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_apart_asks_for_less_processor_than_any_other_front(overlay: str) -> None:
    asked = {
        pool: int(container(workloads(overlay)[pool.name])["resources"]["requests"]["cpu"][:-1])
        for pool in POOLS
    }
    most = max(cpu for pool, cpu in asked.items() if pool.is_apart)
    assert most < min(cpu for pool, cpu in asked.items() if not pool.is_apart)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_account_of_the_pods_has_no_token(overlay: str) -> None:
    [account] = of_kind(overlay, "ServiceAccount")
    assert account["automountServiceAccountToken"] is False
    names = {pod(each)["serviceAccountName"] for each in workloads(overlay).values()}
    assert names == {account["metadata"]["name"]}
    assert not [*of_kind(overlay, "Secret", "Role", "RoleBinding", "ClusterRole")]


@pytest.mark.parametrize(("overlay", "name"), EACH)
def test_what_is_mounted_is_there(overlay: str, name: str) -> None:
    workload = workloads(overlay)[name]
    there = {each["name"] for each in pod(workload)["volumes"]}
    claimed = {
        each["metadata"]["name"] for each in workload["spec"].get("volumeClaimTemplates", [])
    }
    mounted = {each["name"] for each in container(workload)["volumeMounts"]}
    assert not there & claimed
    assert mounted == there | claimed


def routes() -> set[str]:
    """What every process of ours answers to whoever looks after it."""
    app = web.Application()
    health.register(app, {})
    return {route.resource.canonical for route in app.router.routes() if route.resource}


def probes(workload: Document) -> dict[str, Any]:
    """The probes of a workload, by name."""
    own = container(workload)
    return {name: own[f"{name}Probe"] for name in ("startup", "readiness", "liveness")}


@pytest.mark.parametrize(("overlay", "name"), STAYING)
def test_a_pod_is_asked_whether_it_lives_and_whether_it_is_ready(overlay: str, name: str) -> None:
    workload = workloads(overlay)[name]
    asked = probes(workload)
    ports = {each["name"] for each in container(workload)["ports"]}
    for probe in asked.values():
        assert (probe.get("httpGet") or probe["tcpSocket"])["port"] in ports
    paths = {name: probe["httpGet"]["path"] for name, probe in asked.items() if "httpGet" in probe}
    assert {*paths.values()} <= routes()
    if name == GATEWAY:
        assert paths == {"startup": "/livez"}
    elif name in FRONTS:
        # A Kafka that is away leaves no front ready; what needs none must go on.
        assert paths == {"startup": "/readyz", "readiness": "/livez", "liveness": "/livez"}
    else:
        assert paths == {"startup": "/livez", "readiness": "/readyz", "liveness": "/livez"}
    # Whoever is busy is not killed for it, and whoever is not ready is not used for long.
    alive, ready = asked["liveness"], asked["readiness"]
    assert alive["periodSeconds"] * alive["failureThreshold"] >= 60
    assert ready["periodSeconds"] * ready["failureThreshold"] <= 6


@pytest.mark.parametrize(("overlay", "name"), STAYING)
def test_prometheus_is_told_where_the_metrics_are(overlay: str, name: str) -> None:
    workload = workloads(overlay)[name]
    told = workload["spec"]["template"]["metadata"].get("annotations", {})
    if name == GATEWAY:
        assert not told  # nginx has none
        return
    [port] = [each["containerPort"] for each in container(workload)["ports"]]
    assert told["prometheus.io/port"] == str(port)
    assert told["prometheus.io/path"] in routes()


def pause(workload: Document) -> int:
    """Seconds between the end of a pod's being used and the signal."""
    found = container(workload).get("lifecycle", {}).get("preStop", {})
    return int(found.get("sleep", {}).get("seconds", 0))


@pytest.mark.parametrize(("overlay", "name"), STAYING)
def test_a_pod_has_the_time_to_end_by_itself(overlay: str, name: str, tmp_path: Path) -> None:
    workload = workloads(overlay)[name]
    given = pod(workload)["terminationGracePeriodSeconds"]
    if name == GATEWAY:
        [*_, command] = container(workload)["lifecycle"]["preStop"]["exec"]["command"]
        [times] = re.findall(r"sleep (\d+); kill -QUIT 1; .*\{1\.\.(\d+)\}", command)
        assert given >= sum(map(int, times)) + 5
        return
    (made,) = service_programs([WorkerProcess(name, name)], lambda _: {}, tmp_path)
    ends_within = made.stop_seconds
    assert ends_within > BatchSettings().drain_timeout
    assert given >= pause(workload) + ends_within + 5
    assert pause(workload) == (10 if name in FRONTS else 0)


@pytest.mark.parametrize(("overlay", "name"), STAYING)
def test_pods_of_one_service_stand_apart(overlay: str, name: str) -> None:
    workload = workloads(overlay)[name]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    spread = pod(workload)["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    }
    for each in spread:
        assert each["labelSelector"]["matchLabels"].items() <= labels.items()
        by_name = "app.kubernetes.io/name"
        assert by_name in {*each["labelSelector"]["matchLabels"], *each.get("matchLabelKeys", [])}
    if overlay == "production" and name in (*FRONTS, GATEWAY, "chat", "user", "stats"):
        [apart] = [each for each in spread if each["topologyKey"] == "kubernetes.io/hostname"]
        assert apart["whenUnsatisfiable"] == "DoNotSchedule"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_service_gives_up_one_pod_at_a_time(overlay: str) -> None:
    found = of_kind(overlay, "PodDisruptionBudget")
    budgets = {each["metadata"]["name"]: each["spec"] for each in found}
    staying = {name: workloads(overlay)[name] for of, name in STAYING if of == overlay}
    assert budgets.keys() == staying.keys()
    for name, workload in staying.items():
        assert budgets[name]["maxUnavailable"] == 1
        assert budgets[name]["selector"] == workload["spec"]["selector"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_front_is_replaced_before_it_goes(overlay: str) -> None:
    for name in (*FRONTS, GATEWAY):
        strategy = workloads(overlay)[name]["spec"]["strategy"]["rollingUpdate"]
        assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


def selected(overlay: str, selector: Document) -> Iterator[str]:
    """The names of the workloads whose pods have these labels."""
    for name, workload in workloads(overlay).items():
        if selector.items() <= workload["spec"]["template"]["metadata"]["labels"].items():
            yield name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_service_leads_to_the_pods_of_its_name(overlay: str) -> None:
    for service in of_kind(overlay, "Service"):
        name, spec = service["metadata"]["name"], service["spec"]
        assert [*selected(overlay, spec["selector"])] == [name]
        [port] = spec["ports"]
        named = {each["name"] for each in container(workloads(overlay)[name])["ports"]}
        assert port["targetPort"] in named
        if workloads(overlay)[name]["kind"] == "StatefulSet":
            assert workloads(overlay)[name]["spec"]["serviceName"] == name
            assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
