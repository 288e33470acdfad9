"""The Java that runs Kafka and Elasticsearch."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from chatstream.errors import ConfigurationError

RELEASE = 17


def java_home() -> Path:
    """The folder of a Java 17 development kit; raises ConfigurationError when there is none.

    JAVA_HOME is believed when it holds one, else the folder that the `javac` on PATH lies in.
    """
    candidates = []
    if chosen := os.environ.get("JAVA_HOME"):
        candidates.append(Path(chosen))
    if found := shutil.which("javac"):
        candidates.append(Path(found).resolve().parent.parent)
    for home in candidates:
        if (home / "bin/javac").exists() and _release(home / "bin/javac") == RELEASE:
            return home
    raise ConfigurationError(
        f"Java {RELEASE} (java and javac) is missing: apt-get install openjdk-17-jdk-headless"
    )


def _release(javac: Path) -> int:
    shown = subprocess.run(  # noqa: S603 (the compiler that was found)
        [str(javac), "-version"], capture_output=True, text=True, check=True
    )
    return int(shown.stdout.split()[1].split(".")[0])
