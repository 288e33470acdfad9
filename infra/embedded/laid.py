"""What Kafka's data of a clone was laid for: how many brokers, of which cluster.

The folders alone would not tell a broker that has lost its own from one that was never there.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from chatstream.errors import ConfigurationError
from infra.embedded.layout import Layout

ONLY = "kafka"
"""The folder of a clone's only broker."""


@dataclass(frozen=True, slots=True)
class Laid:
    """`is_whole` from the moment on at which every broker had its folder."""

    brokers: int
    cluster: str
    is_whole: bool

    @classmethod
    def find(cls, layout: Layout) -> Self | None:
        """What lies there; None in a clone without data of Kafka."""
        try:
            return cls(**json.loads(_file(layout).read_text()))
        except FileNotFoundError:
            # Of before there was this file.
            cluster = _cluster_of(layout.data(ONLY))
            return None if cluster is None else cls(1, cluster, is_whole=True)

    @classmethod
    def read(cls, layout: Layout) -> Self:
        """Raises ConfigurationError where nothing was laid."""
        found = cls.find(layout)
        if found is None:
            raise ConfigurationError(f"there is no data of Kafka in {layout.var}")
        return found

    def write(self, layout: Layout) -> None:
        """Keep it beside the folders, whole or not at all."""
        file = _file(layout)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.rename(file)


def lay(layout: Layout, folders: Sequence[Path]) -> Sequence[Path]:
    """Say before the folders of all brokers are formatted for which cluster that is.

    Returns the folders that were lost: they are formatted anew, and get what the others have, so
    they are used only once those are there. Raises ConfigurationError where the clone was laid
    for another number of brokers, or where too few are left to know what was told.
    """
    require_laid_for(layout, len(folders))
    found = Laid.find(layout) or Laid(len(folders), _new_cluster(), is_whole=False)
    lost = lost_of(layout, folders)
    require_majority(folders, lost)
    found.write(layout)
    # Where all are gone there is nothing to get: they begin together.
    return [] if len(lost) == len(folders) else lost


def lost_of(layout: Layout, folders: Sequence[Path]) -> Sequence[Path]:
    """The folders that were there once and are not any more."""
    found = Laid.find(layout)
    if found is None or not found.is_whole:
        return []
    return [folder for folder in folders if _cluster_of(folder) is None]


def require_majority(folders: Sequence[Path], lost: Sequence[Path]) -> None:
    """Raises ConfigurationError, with the fix, where some are left and are no majority.

    Those with empty folders would outvote them, and what they have would be deleted.
    """
    left = len(folders) - len(lost)
    if left and left <= len(folders) // 2:
        names = " and ".join(str(folder) for folder in lost)
        raise ConfigurationError(
            f"{names} are gone, and what is left would be outvoted by empty brokers: put one of "
            "them back from a copy, or forget all data: make clean-data"
        )


def note_whole(layout: Layout) -> None:
    """From now on a folder that is missing was lost. Idempotent."""
    found = Laid.read(layout)
    if not found.is_whole:
        replace(found, is_whole=True).write(layout)


def require_laid_for(layout: Layout, brokers: int) -> None:
    """Raises ConfigurationError, with the fix, in a clone laid for another number of brokers."""
    found = Laid.find(layout)
    if found is not None and found.brokers != brokers:
        raise ConfigurationError(
            f"Kafka's data in {layout.var} lies on {found.brokers} "
            f"broker{'s' if found.brokers > 1 else ''}, not on {brokers}: "
            f"make run BROKERS={found.brokers}; or forget all data first: make clean-data"
        )


def _new_cluster() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _cluster_of(folder: Path) -> str | None:
    """The cluster a broker's folder is of; None when it has none."""
    try:
        lines = (folder / "meta.properties").read_text().splitlines()
    except FileNotFoundError:
        return None
    names = dict(line.split("=", 1) for line in lines if "=" in line)
    return names.get("cluster.id")


def _file(layout: Layout) -> Path:
    return layout.data("kafka.json")
