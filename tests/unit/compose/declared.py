"""The compose files as tests read them, with nothing chosen."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
MAIN = ROOT / "docker-compose.yml"
LOCAL = ROOT / "docker-compose.local.yml"
EXAMPLE = ROOT / ".env.example"

_CHOICE = re.compile(r"(?<!\$)\$\{(\w+)(?::-([^}]*))?\}")


def parsed(path: Path) -> dict[str, Any]:
    """A compose file, as it is written."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


SERVICES: dict[str, dict[str, Any]] = parsed(MAIN)["services"]
LOCAL_SERVICES: dict[str, dict[str, Any]] = parsed(LOCAL)["services"]


def choices(path: Path) -> dict[str, set[str]]:
    """The variables that a file asks for, each with the defaults it gives."""
    found: dict[str, set[str]] = {}
    for name, default in _CHOICE.findall(path.read_text()):
        found.setdefault(name, set()).add(default)
    return found


def defaults(value: str) -> str:
    """A value as it is where nothing is chosen."""
    return _CHOICE.sub(lambda match: match[2] or "", value)


def environment(name: str) -> dict[str, str]:
    """What a service is told, where nothing is chosen."""
    told: dict[str, Any] = SERVICES[name].get("environment", {})
    return {key: defaults(str(value)) for key, value in told.items()}


def command(name: str) -> list[str]:
    """The words of a service's command."""
    words = SERVICES[name].get("command", [])
    return shlex.split(words) if isinstance(words, str) else list(words)


def ours() -> list[str]:
    """The services that run our image."""
    return [
        name
        for name, each in SERVICES.items()
        if str(each["image"]).startswith("${CHATSTREAM_IMAGE")
    ]


def workers() -> dict[str, str]:
    """The workers of compose: the service that each runs, by its name."""
    return {name: command(name)[1] for name in ours() if command(name)[:1] == ["worker"]}
