"""The overlays of `infra/kubernetes` as objects, and what their pods are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.kubernetes.kustomize import WORKLOADS, Document, render

ROOT = Path(__file__).resolve().parents[3] / "infra" / "kubernetes"
OVERLAYS = ("small", "production")
PARTS = ("prepare", "services")
# The gateway has no settings and no secrets: it is nginx.
GATEWAY = "gateway"


@cache
def _rendered(overlay: str, part: str) -> str:
    return json.dumps(render(ROOT / "overlays" / overlay / part))


def objects(overlay: str, part: str | None = None) -> list[Document]:
    """Those of one part, or of both, once each where they are the same."""
    parts = PARTS if part is None else (part,)
    found = [each for name in parts for each in json.loads(_rendered(overlay, name))]
    return [each for index, each in enumerate(found) if each not in found[:index]]


def of_kind(overlay: str, *kinds: str) -> Iterator[Document]:
    """The objects of these kinds."""
    return (each for each in objects(overlay) if each["kind"] in kinds)


def named(overlay: str, kind: str, name: str) -> Document:
    """The one object of this kind and name."""
    [found] = [each for each in of_kind(overlay, kind) if each["metadata"]["name"] == name]
    return found


def workloads(overlay: str) -> dict[str, Document]:
    """What has pods, by name."""
    return {each["metadata"]["name"]: each for each in of_kind(overlay, *WORKLOADS)}


def pod(workload: Document) -> Document:
    """What a workload says of its pods."""
    found: Document = workload["spec"]["template"]["spec"]
    return found


def container(workload: Document) -> Document:
    """The one container of its pods."""
    [found] = pod(workload)["containers"]
    return dict(found)


def said(overlay: str) -> dict[str, str]:
    """The variables that all processes are told."""
    found: dict[str, str] = named(overlay, "ConfigMap", "chatstream")["data"]
    return found


def environment(overlay: str, workload: Document, ordinal: int = 0) -> dict[str, str]:
    """What the process of one pod finds in its environment."""
    own = f"{workload['metadata']['name']}-{ordinal}"
    fields = {
        "metadata.name": own,
        "metadata.namespace": workload["metadata"]["namespace"],
        **{
            f"metadata.labels['{label}']": value
            for label, value in workload["spec"]["template"]["metadata"]["labels"].items()
        },
    }
    found: dict[str, str] = dict(said(overlay)) if "envFrom" in container(workload) else {}
    for each in container(workload).get("env", []):
        found[each["name"]] = _value(each, fields, found)
    return found


def _value(entry: Any, fields: dict[str, str], before: dict[str, str]) -> str:
    if "valueFrom" in entry:
        return fields[entry["valueFrom"]["fieldRef"]["fieldPath"]]
    value: str = entry["value"]
    for name, known in before.items():
        value = value.replace(f"$({name})", known)
    assert "$(" not in value, f"{entry['name']}: {value}"
    return value
