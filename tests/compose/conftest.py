"""The one start of all containers, which the tests of this folder share; nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compose.composed import Composed
from tests.compose.engine import NoEngineError, engine
from tests.compose.images import build_all


@pytest.fixture(scope="session")
def composed() -> Iterator[Composed]:
    """Everything built, started in its order, and ready."""
    try:
        with engine() as running:
            build_all(running)
            everything = Composed(running)
            try:
                everything.up()
                yield everything
            finally:
                everything.down()
    except NoEngineError as error:
        pytest.skip(f"containers are not tried here: {error}")
