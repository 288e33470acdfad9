"""Folders of the tests' own servers: gone after success, kept for a look after a failure."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def server_folder(request: pytest.FixtureRequest, name: str) -> Iterator[Path]:
    """A new folder; kept, and named in the output, when a test failed in it.

    `KEEP_TEST_DATA=1` keeps it in any case.
    """
    failed_before = request.session.testsfailed
    root = Path(tempfile.mkdtemp(prefix=f"chatstream-{name}-"))
    yield root
    if request.session.testsfailed > failed_before or os.environ.get("KEEP_TEST_DATA"):
        request.config.get_terminal_writer().line(f"\nkept the servers' folder: {root}")
    else:
        shutil.rmtree(root)
