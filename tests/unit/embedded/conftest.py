"""A layout of the test's own: its folders and its sockets lie in pytest's temporary folder."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.layout import Layout


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Layout]:
    # Short, because pytest's own folders are too deep for unix sockets.
    sockets = tempfile.TemporaryDirectory(prefix="cs-")
    monkeypatch.setattr(tempfile, "tempdir", sockets.name)
    made = Layout(tmp_path / "clone")
    made.create()
    yield made
    sockets.cleanup()
