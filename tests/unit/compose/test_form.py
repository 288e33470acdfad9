"""The compose files keep to the Compose specification, as far as its schema tells."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, ValidationError  # type: ignore[import-untyped]

from tests.unit.compose.declared import LOCAL, MAIN, parsed

SCHEMA: dict[str, Any] = json.loads(
    files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_bytes()
)
VALIDATOR = Draft7Validator(SCHEMA)


@pytest.mark.parametrize("path", [MAIN, LOCAL], ids=lambda path: path.name)
def test_the_file_keeps_to_the_specification(path: Path) -> None:
    VALIDATOR.validate(parsed(path))


@pytest.mark.parametrize(
    "wrong",
    [
        "services: {a: {image: b, depend_on: [c]}}",
        "services: {a: {image: b, ports: {8080: 8080}}}",
        "services: {a: {image: b, depends_on: {c: {condition: service_well}}}}",
        "service: {a: {image: b}}",
    ],
)
def test_what_does_not_keep_to_it_is_seen(wrong: str) -> None:
    with pytest.raises(ValidationError):
        VALIDATOR.validate(yaml.safe_load(wrong))


def test_nothing_asks_for_more_than_an_engine_of_few_rights_gives() -> None:
    """No limits above those of a usual machine, no host's namespaces, no engine's socket."""
    for name, service in parsed(MAIN)["services"].items():
        assert "ulimits" not in service, name
        assert not service.get("privileged"), name
        assert not {"network_mode", "pid", "ipc"} & service.keys(), name
        assert not any("docker.sock" in str(each) for each in service.get("volumes", [])), name
