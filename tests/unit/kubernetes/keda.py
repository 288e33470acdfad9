"""The definition of a ScaledObject, and what scalers read, from KEDA's own sources.

They come from its Go module by the `go` command, once, into the cache of the servers; a checksum of
the whole module says that it is the one meant. Where there is no Go, or no way to modules, what
needs them is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from chatstream.errors import ConfigurationError
from infra.embedded import cache

MODULE = "github.com/kedacore/keda/v2"
VERSION = "v2.18.1"
# As Go's own list of checksums has it: a hash over all files of the module.
CHECKSUM = "h1:h6bRt/IOxxtZpJlHSqhdH/lcInH7Z9obxg/JvWOmGAw="
DEFINITION = "config/crd/bases/keda.sh_scaledobjects.yaml"
SCALERS = {
    "kafka": "pkg/scalers/kafka_scaler.go",
    "prometheus": "pkg/scalers/prometheus_scaler.go",
}
_READ = re.compile(r'TriggerMetadata\["(\w+)"\]|keda:"name=(\w+)|MetricName += "(\w+)"')


@dataclass(frozen=True, slots=True)
class Sources:
    """A folder with the files."""

    folder: Path

    def schema(self) -> dict[str, Any]:
        """The JSON schema of a ScaledObject; a field that it does not name is refused."""
        definition = yaml.safe_load((self.folder / Path(DEFINITION).name).read_text())
        [version] = definition["spec"]["versions"]
        schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
        del schema["properties"]["metadata"]
        closed: dict[str, Any] = _closed(schema)
        closed["properties"]["metadata"] = {"type": "object"}
        return closed

    def read_by(self, scaler: str) -> Collection[str]:
        """The names in a trigger's metadata that this scaler asks for."""
        text = (self.folder / Path(SCALERS[scaler]).name).read_text()
        return {"".join(found) for found in _READ.findall(text)}


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {field: _closed(value) for field, value in schema.items()}
    if isinstance(found.get("properties"), dict) and "type" in found:
        found.setdefault("additionalProperties", False)
    return found


def ensure() -> Sources:
    """The sources, fetched where they are not there yet; skips where they cannot be had."""
    folder = cache.cache_folder(os.environ) / f"keda-{VERSION}"
    if cache.faults(folder):
        if shutil.which("go") is None:
            pytest.skip("there is no Go to fetch KEDA's definitions with")
        try:
            cache.ensure(folder, _install, print)
        except (ConfigurationError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"KEDA's definitions cannot be had: {error}")
    return Sources(folder)


def _install(folder: Path) -> None:
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{MODULE}@{VERSION}"],
        cwd=folder,
        env={**os.environ, "GOFLAGS": "-mod=mod"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise ConfigurationError(done.stdout + done.stderr)
    told = json.loads(done.stdout)
    assert told["Sum"] == CHECKSUM, f"{MODULE} {VERSION} is another one: {told['Sum']}"
    for name in (DEFINITION, *SCALERS.values()):
        shutil.copyfile(Path(told["Dir"]) / name, folder / Path(name).name)
