"""Where no container engine answers and none may be started, that is said, and nothing is tried."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.compose.engine import NoEngineError, engine


@pytest.fixture(autouse=True)
def _nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")


def test_who_is_not_root_is_told_that_only_root_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoEngineError, match="only root can start one"), engine():
        pass


def test_where_there_is_no_debian_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NoEngineError, match=r"docker\.io docker-compose debootstrap"), engine():
        pass
