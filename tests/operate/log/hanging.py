"""A worker that hangs as long as a file says so, by a module that Python loads before it.

The product knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PATIENCE = 6.0

SITECUSTOMIZE = '''
"""Makes the log's sink hang as long as a file is there: `await`, or the whole event loop."""

import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


class Hanging:
    def find_spec(self, name, path=None, target=None):
        if name != "agents.log":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            wrap(module.LogSink)

        spec.loader.exec_module = exec_module
        return spec


def wrap(sink):
    import asyncio
    import time

    process = sink.process

    async def hanging(self, lane, batch):
        while (FOLDER / "await").exists():
            await asyncio.sleep(0.1)
        while (FOLDER / "block").exists():
            time.sleep(0.1)
        await process(self, lane, batch)

    sink.process = hanging


sys.meta_path.insert(0, Hanging())
'''


def settings_of_one_that_hangs(folder: Path) -> Mapping[str, str]:
    """The settings of a worker that hangs while there is `folder/await`, or `folder/block`."""
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
    return {"PYTHONPATH": str(folder), "CHATSTREAM_BATCH__STANDSTILL_AFTER": str(PATIENCE)}
