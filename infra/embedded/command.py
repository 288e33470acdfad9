"""A `chatstream` command as a process of its own, as a person would type it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatstream.errors import ConfigurationError

CLONE = Path(__file__).resolve().parents[2]
"""The folder of this clone."""

# A worker says one line for each part of it that stops after what it says of the fault.
_TOLD = 60


def run_command(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run it with these variables beside one's own; returns what it printed.

    Raises ConfigurationError with the end of its output if it fails.
    """
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "chatstream", *arguments],
        cwd=CLONE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_TOLD:])
        raise ConfigurationError(f"chatstream {' '.join(arguments)} failed:\n{tail}")
    return done.stdout
