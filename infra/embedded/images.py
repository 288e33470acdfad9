"""What the local images are built from: the programs of the cache, and how each is started.

`python -m infra.embedded.images FOLDER` makes the context of `infra/docker/local/Dockerfile`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from chatstream.errors import ChatStreamError
from infra.embedded.downloads import Programs, ensure_programs
from infra.embedded.elasticsearch import logging_of, options_of

DOCKER = Path(__file__).resolve().parents[1] / "docker"


def lay_context(folder: Path, programs: Programs) -> None:
    """Make the build context anew; files are linked where the disk is the same, else copied."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(programs.kafka_jars, folder / "kafka", copy_function=_link)
    home = programs.elasticsearch_home
    shutil.copytree(home, folder / "elasticsearch", copy_function=_link)
    config = folder / "elasticsearch-config"
    config.mkdir()
    (config / "log4j2.properties").write_text(logging_of(home))
    (config / "jvm.options").write_text(options_of(home, "-XX:TieredStopAtLevel=1"))
    for file in (*(DOCKER / "local").iterdir(), DOCKER / "healthy.sh"):
        shutil.copy(file, folder)


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def main() -> int:
    """Command line."""
    if len(sys.argv) != 2:
        print("usage: python -m infra.embedded.images FOLDER", file=sys.stderr)
        return 2
    try:
        lay_context(Path(sys.argv[1]), ensure_programs(lambda line: print(line, flush=True)))
    except ChatStreamError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
