"""Pods as processes: their settings, and the apps that these make."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatstream.app import create_app
from chatstream.settings import Settings, load_settings
from infra.faust.app import ChatStreamApp
from infra.security import keys
from tests.unit.kubernetes.manifests import environment, workloads


class Load:
    """What the first pod of a workload would read at its start."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, keys_dir: Path) -> None:
        self._monkeypatch = monkeypatch
        self._keys_dir = keys_dir

    def __call__(self, overlay: str, name: str) -> Settings:
        """Its settings; fails for a variable that is none."""
        for variable, value in environment(overlay, workloads(overlay)[name]).items():
            self._monkeypatch.setenv(variable, value)
        return load_settings()

    def app(self, overlay: str, name: str) -> ChatStreamApp:
        """Its app, with keys of its own."""
        keys.ensure_keys(self._keys_dir)
        settings = self(overlay, name)
        auth = settings.auth.model_copy(update={"keys_dir": self._keys_dir})
        return create_app(settings.model_copy(update={"auth": auth}))


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Reads what a pod would."""
    return Load(monkeypatch, tmp_path / "keys")
