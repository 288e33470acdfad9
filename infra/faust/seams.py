"""Seams: where we override, wrap or read what Faust, mode, aiokafka and rocksdict keep private.

Each names the source upstream, the hash of its text as installed, what stands here instead, and
why. A test compares the hashes, and looks that no override and no private name is missing: an
upgrade names each seam that is to be read again. `python -m infra.faust.changes` prints the new
hashes of those that differ.

Hooks that mode documents for every service (`on_start`, `on_stop`, tasks, …) are no seams.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infra.faust.sources import fingerprint


@dataclass(frozen=True, slots=True)
class Seam:
    """One place: `upstream` and `ours` by qualified name, `source` the fingerprint of upstream.

    `reads` are the private names of upstream that our code touches there.
    """

    upstream: str
    source: str
    ours: str
    why: str
    reads: tuple[str, ...] = ()


def changed(seams: Iterable[Seam]) -> list[tuple[Seam, str]]:
    """The seams whose upstream source is not the one they were written for, with its hash now."""
    now = [(seam, fingerprint(seam.upstream)) for seam in seams]
    return [(seam, found) for seam, found in now if found != seam.source]
