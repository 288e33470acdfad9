"""`python -m tests.monitoring`: writes the files; `--check` says which are behind, and exits 1."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.monitoring.files import ROOT, monitoring_files


def main(arguments: Sequence[str]) -> int:
    """Write what differs, or with `--check` only tell; the exit code."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: python -m tests.monitoring [--check]")
        return 2
    behind = 0
    for path, content in monitoring_files().items():
        if path.is_file() and path.read_bytes() == content:
            continue
        behind += 1
        if arguments:
            print(f"{path.relative_to(ROOT)} is not what its source gives")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"{path.relative_to(ROOT)} is written")
    print(f"{behind} files differ" if behind else "every file is as its source says")
    return 1 if behind and arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
