"""What the tests take for the overlays is what kustomize makes of them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.kubernetes.kustomize import KEYS, Document, merged, render
from tests.unit.kubernetes.manifests import OVERLAYS, PARTS, ROOT


def plain(value: Any, field: str = "") -> Any:
    """The value with lists whose order says nothing in one order."""
    if isinstance(value, dict):
        return {name: plain(each, name) for name, each in value.items()}
    if isinstance(value, list):
        items = [plain(each) for each in value]
        return sorted(items, key=partial(json.dumps, sort_keys=True)) if field in KEYS else items
    return value


def by_name(objects: list[Document]) -> dict[str, Any]:
    """Each object by kind and name, names of generated ones without their hash."""
    text = re.sub(r'"chatstream-[0-9a-z]{10}"', '"chatstream"', json.dumps(objects))
    return {f"{each['kind']} {each['metadata']['name']}": plain(each) for each in json.loads(text)}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("part", PARTS)
def test_kustomize_makes_the_same(overlay: str, part: str) -> None:
    program = shutil.which("kustomize")
    if program is None:
        pytest.skip("kustomize is not here: docs/operations/kubernetes.md says how to build it")
    folder = ROOT / "overlays" / overlay / part
    made = subprocess.run([program, "build", folder], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert not made.stderr
    assert by_name([*yaml.safe_load_all(made.stdout)]) == by_name(render(folder))


def test_a_merge_goes_by_the_names_of_items() -> None:
    old = {"containers": [{"name": "a", "args": [1, 2], "env": [{"name": "X", "value": "1"}]}]}
    new = {"containers": [{"name": "a", "args": [3], "env": [{"name": "Y", "value": "2"}]}]}
    [found] = merged(old, new)["containers"]
    assert found["args"] == [3]
    assert found["env"] == [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]
    assert old["containers"][0]["args"] == [1, 2]


def test_what_is_not_known_of_kustomize_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("namePrefix: a-\nresources: []\n")
    with pytest.raises(NotImplementedError, match="namePrefix"):
        render(tmp_path)
