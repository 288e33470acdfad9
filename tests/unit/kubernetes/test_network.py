"""Who may talk to whom."""

from __future__ import annotations

import pytest

from schemas.catalogue import POOLS
from tests.unit.kubernetes.kustomize import Document
from tests.unit.kubernetes.manifests import GATEWAY, OVERLAYS, container, of_kind, workloads

FRONTS = {pool.name for pool in POOLS}


def policies(overlay: str, name: str, way: str) -> list[Document]:
    """The policies of one way, `Ingress` or `Egress`, that choose the pods of a workload."""
    labels = workloads(overlay)[name]["spec"]["template"]["metadata"]["labels"]
    return [
        each
        for each in of_kind(overlay, "NetworkPolicy")
        if each["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()
        and way in each["spec"]["policyTypes"]
    ]


def callers(overlay: str, name: str) -> dict[str, set[int]]:
    """Who may open a connection to a workload's pods: names of ours or a namespace; which ports."""
    found: dict[str, set[int]] = {}
    for policy in policies(overlay, name, "Ingress"):
        for rule in policy["spec"].get("ingress", []):
            ports = {each["port"] for each in rule.get("ports", [])}
            for who in [peer for each in rule.get("from", [{}]) for peer in _names(overlay, each)]:
                found.setdefault(who, set()).update(ports)
    return found


def _names(overlay: str, peer: Document) -> list[str]:
    if not peer:
        return ["anybody"]
    if "namespaceSelector" in peer:
        return [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]]
    wanted = peer["podSelector"]["matchLabels"].items()
    return [
        name
        for name, each in workloads(overlay).items()
        if wanted <= each["spec"]["template"]["metadata"]["labels"].items()
    ]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_not_allowed_is_refused_both_ways(overlay: str) -> None:
    for name in workloads(overlay):
        refusing = [
            each["metadata"]["name"]
            for way in ("Ingress", "Egress")
            for each in policies(overlay, name, way)
            if not each["spec"]["podSelector"]
        ]
        assert refusing.count("nothing-else") == 2


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_gateway_is_open_and_only_it_reaches_the_fronts(overlay: str) -> None:
    found = {name: callers(overlay, name) for name in workloads(overlay)}
    assert found[GATEWAY] == {"anybody": {8080}}
    for name in FRONTS:
        assert found[name] == {GATEWAY: {8090}, "monitoring": {8090}}
    # Any port: a rebuild starts another worker beside one of a pod.
    assert found["stats"] == {
        "monitoring": {8090},
        "stats": set(),
        **{each: set() for each in FRONTS},
    }
    assert found["content"] == {
        "monitoring": {8090},
        "content": {8090},
        **{each: {8090} for each in FRONTS},
    }
    for name in found.keys() - {GATEWAY, "stats", "content"} - FRONTS:
        assert found[name] == {"monitoring": {8090}}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_gateway_reaches_the_fronts_and_names_alone(overlay: str) -> None:
    names = {each["metadata"]["name"] for each in policies(overlay, GATEWAY, "Egress")}
    assert names == {"nothing-else", "names", "gateway"}
    told = [each for each in container(workloads(overlay)[GATEWAY])["args"] if "=" in each]
    hosts = dict(each.removeprefix("--").split("=") for each in told)
    namespace = workloads(overlay)[GATEWAY]["metadata"]["namespace"]
    for name in FRONTS:
        assert hosts[name] == f"{name}.{namespace}.svc.cluster.local:8090"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whoever_has_settings_reaches_the_stores(overlay: str) -> None:
    for name, each in workloads(overlay).items():
        names = {each["metadata"]["name"] for each in policies(overlay, name, "Egress")}
        assert ("stores" in names) == ("envFrom" in container(each))
