"""What `kubectl kustomize` makes of a folder, for as much of it as `infra/kubernetes` uses.

Kustomize itself is a program in Go that takes minutes to build, so it is not part of every run;
where it is there, `test_kustomize.py` compares. What is not known here is refused, not passed over.
Names of generated objects have no hash here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]

# By which field the items of these lists are the same, in a merge.
KEYS = {
    "containers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
}
# With the same template of a pod in each.
WORKLOADS = ("StatefulSet", "Deployment", "Job")
CLUSTER_WIDE = ("Namespace",)


def documents(path: Path) -> list[Document]:
    """The objects of a file."""
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


def render(folder: Path) -> list[Document]:
    """The objects that a folder with a kustomization.yaml stands for, in its order."""
    return _applied(folder, [])


def _applied(folder: Path, objects: list[Document]) -> list[Document]:
    """The objects after this kustomization, which may be a component on top of others."""
    [said] = documents(folder / "kustomization.yaml")
    for field in said:
        if field not in (*_STEPS, "apiVersion", "kind"):
            raise NotImplementedError(f"{folder}: {field}")
    for field, step in _STEPS.items():
        if field in said:
            objects = step(folder, objects, said[field])
    return objects


def _resources(folder: Path, objects: list[Document], said: list[str]) -> list[Document]:
    found = list(objects)
    for each in said:
        path = folder / each
        found += render(path) if path.is_dir() else documents(path)
    return found


def _components(folder: Path, objects: list[Document], said: list[str]) -> list[Document]:
    for each in said:
        objects = _applied(folder / each, objects)
    return objects


def _config_maps(folder: Path, objects: list[Document], said: list[Any]) -> list[Document]:
    for each in said:
        data = dict(pair for name in each["envs"] for pair in _variables(folder / name))
        if each.get("behavior") == "merge":
            [old] = [found for found in objects if _is(found, "ConfigMap", each["name"])]
            old["data"].update(data)
        else:
            made = {"apiVersion": "v1", "kind": "ConfigMap", "data": data}
            objects = [*objects, {**made, "metadata": {"name": each["name"]}}]
    return objects


def _variables(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def _patches(folder: Path, objects: list[Document], said: list[Any]) -> list[Document]:
    for each in said:
        [patch] = yaml.safe_load_all((folder / each["path"]).read_text())
        target = each.get("target")
        if target is None:
            target = {"kind": patch["kind"], "name": patch["metadata"]["name"]}
        objects = [_patched(found, patch) if _fits(found, target) else found for found in objects]
    return objects


def _patched(found: Document, patch: Any) -> Document:
    if isinstance(patch, list):
        result = deepcopy(found)
        for step in patch:
            _replace(result, step)
        return result
    what = {field: value for field, value in patch.items() if field not in ("apiVersion", "kind")}
    what["metadata"] = {k: v for k, v in patch["metadata"].items() if k != "name"}
    return merged(found, what)


def _replace(found: Any, step: Mapping[str, Any]) -> None:
    if step["op"] != "replace":
        raise NotImplementedError(step["op"])
    *parents, last = [int(part) if part.isdigit() else part for part in step["path"].split("/")[1:]]
    for part in parents:
        found = found[part]
    assert found[last] is not None, step
    found[last] = step["value"]


def merged(old: Document, new: Mapping[str, Any]) -> Document:
    """A strategic merge: maps by their fields, some lists by a field of their items."""
    result = dict(old)
    for field, value in new.items():
        was = result.get(field)
        if isinstance(value, dict):
            result[field] = merged(was or {}, value)
        elif isinstance(value, list) and field in KEYS:
            result[field] = _merged_items(was or [], value, KEYS[field])
        else:
            result[field] = deepcopy(value)
    return result


def _merged_items(old: list[Document], new: list[Document], key: str) -> list[Document]:
    items = {item[key]: item for item in old}
    for item in new:
        items[item[key]] = merged(items.get(item[key], {}), item)
    return list(items.values())


def _fits(found: Document, target: Mapping[str, str]) -> bool:
    labels = found["metadata"].get("labels", {})
    field, _, value = target.get("labelSelector", "").partition("=")
    return (
        found["kind"] == target["kind"]
        and re.fullmatch(target.get("name", ".*"), found["metadata"]["name"]) is not None
        and (not field or labels.get(field) == value)
    )


def _is(found: Document, kind: str, name: str) -> bool:
    return _fits(found, {"kind": kind, "name": re.escape(name)})


def _namespace(_: Path, objects: list[Document], said: str) -> list[Document]:
    return [
        each if each["kind"] in CLUSTER_WIDE else merged(each, {"metadata": {"namespace": said}})
        for each in objects
    ]


def _labels(_: Path, objects: list[Document], said: list[Any]) -> list[Document]:
    pairs = {field: value for each in said for field, value in each["pairs"].items()}
    return [merged(each, {"metadata": {"labels": pairs}}) for each in objects]


def _replicas(_: Path, objects: list[Document], said: list[Any]) -> list[Document]:
    counts = {each["name"]: each["count"] for each in said}
    return [
        merged(each, {"spec": {"replicas": counts[each["metadata"]["name"]]}})
        if each["kind"] in WORKLOADS and each["metadata"]["name"] in counts
        else each
        for each in objects
    ]


def _images(_: Path, objects: list[Document], said: list[Any]) -> list[Document]:
    names = {each["name"]: f"{each['newName']}:{each['newTag']}" for each in said}
    result = deepcopy(objects)
    for each in result:
        if each["kind"] in WORKLOADS:
            for container in each["spec"]["template"]["spec"]["containers"]:
                container["image"] = names.get(container["image"], container["image"])
    return result


# In the order in which they count.
_STEPS: Mapping[str, Callable[[Path, list[Document], Any], list[Document]]] = {
    "resources": _resources,
    "components": _components,
    "configMapGenerator": _config_maps,
    "patches": _patches,
    "namespace": _namespace,
    "labels": _labels,
    "replicas": _replicas,
    "images": _images,
}
