"""What several of these tests start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.operate.redis_server import OwnRedis


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """A server of the module's own; what a test leaves in it the next one finds."""
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()
