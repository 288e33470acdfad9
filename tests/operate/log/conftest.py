"""One stack for the tests of the log service, of which each file runs a worker of its own.

No two of the workers run at a time; what one of them did is not undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.embedded.services import ProcessCounts
from infra.embedded.shape import StackShape
from tests.operate.laid import VariedStack, laid_stack
from tests.operate.log.hanging import settings_of_one_that_hangs
from tests.operate.log.rig import COMPARING, HANGING


@pytest.fixture(scope="session")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a file says that its worker hangs."""
    return tmp_path_factory.mktemp("hanging")


@pytest.fixture(scope="session")
def log_stack(request: pytest.FixtureRequest, hanging: Path) -> Iterator[VariedStack]:
    """Servers, templates, databases and topics; no service."""
    varied = {
        COMPARING: {"CHATSTREAM_LOG__CHECK_INTERVAL": "1"},
        HANGING: settings_of_one_that_hangs(hanging),
    }
    shape = StackShape(ProcessCounts(log=3))
    with laid_stack(request, "log", shape, varied=varied) as stack:
        yield stack
