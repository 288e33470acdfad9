"""What a broker has on its disk, read without it: the batches of each partition's log."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

# https://kafka.apache.org/documentation/#recordbatch: base offset, length, leader's epoch, magic,
# checksum, attributes, offset of the last record less the base.
_HEAD = struct.Struct(">qiibIhi")
_BEFORE_LENGTH = 12


def partitions_of(folder: Path) -> dict[str, Path]:
    """The folders of the partitions by name (`topic-3`), but of the quorum's own log."""
    found = {path.name: path for path in folder.iterdir() if path.is_dir()}
    return {
        name: path
        for name, path in found.items()
        if name.rpartition("-")[2].isdigit() and not name.startswith("__cluster_metadata")
    }


def log_of(partition: Path) -> bytes:
    """All batches of a partition, in their order, byte by byte."""
    return b"".join(path.read_bytes() for path in sorted(partition.glob("*.log")))


def end_of(partition: Path) -> int:
    """The offset behind the last record of a partition; 0 when there is none."""
    return max((base + last + 1 for base, last in _batches(log_of(partition))), default=0)


def _batches(data: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + _HEAD.size <= len(data):
        base, length, _epoch, _magic, _crc, _attributes, last = _HEAD.unpack_from(data, at)
        if length <= 0:
            return
        yield base, last
        at += _BEFORE_LENGTH + length
