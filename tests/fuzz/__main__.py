"""`python -m tests.fuzz TARGET [options of libFuzzer]`: what does a decoder let out?"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["chatstream", "infra", "schemas", "web"]):
    from tests.fuzz import targets


def main() -> None:
    """Begins with the target's seeds; ends the process, with an error when something came out."""
    program, name, *options = sys.argv
    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(targets.SEEDS[name]):
        (corpus / str(number)).write_bytes(seed)
    atheris.Setup([program, *options, str(corpus)], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
