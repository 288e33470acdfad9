"""Following files by inode, through rotations, from where an earlier process ended."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from infra.shipping.cutting import Cut, cut
from infra.shipping.followed import FollowedLog, rotated

READ_BYTES = 1024 * 1024
QUIET_PASSES = 4
HEAD_BYTES = 256


@dataclass(frozen=True, slots=True)
class Brought:
    """How far a file was brought, and by what it is known: its first bytes before there.

    An inode alone does not name a file: the next one made may have the number of one that is gone.
    """

    offset: int = 0
    head: int = 0

    @classmethod
    def of(cls, file: FileIO, offset: int) -> Brought:
        """Of an open file that was brought as far as `offset`."""
        return cls(offset, zlib.crc32(os.pread(file.fileno(), min(HEAD_BYTES, offset), 0)))

    def within(self, file: FileIO) -> int:
        """The offset if this is that file, else 0."""
        return self.offset if Brought.of(file, self.offset) == self else 0


@dataclass(slots=True)
class OpenLog:
    """A file that is being read: `offset` is behind the last line that the broker has."""

    log: FollowedLog
    file: FileIO
    inode: int
    offset: int
    seen: int = -1
    still: int = 0
    live: bool = True

    def take(self) -> tuple[list[Cut], int]:
        """The next lines, each with its place in the file, and the offset behind them."""
        size = os.fstat(self.file.fileno()).st_size
        if size < self.offset:  # cut off, as `: > file` does
            self.offset = 0
        self.still = self.still + 1 if size == self.seen else 0
        self.seen = size
        data = os.pread(self.file.fileno(), READ_BYTES, self.offset)
        lines, used = cut(data)
        if not used and len(data) == READ_BYTES:  # one line over the whole of it
            lines, used = cut(data + b"\n")
            used -= 1
        return [(self.offset + start, line) for start, line in lines], self.offset + used

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was added for a while; nothing ever is to a rotated file."""
        return self.still >= QUIET_PASSES


class Files:
    """The logs of a plan; `memory` is the file of how far each inode was brought.

    A rotated file is found by its inode, under whatever name, also when it was rotated while nobody
    followed it.
    """

    def __init__(self, logs: Sequence[FollowedLog], memory: Path) -> None:
        self._logs = logs
        self._memory = memory
        self._known: dict[int, Brought] = {}
        if memory.exists():
            found = json.loads(memory.read_text())
            self._known = {int(inode): Brought(*brought) for inode, brought in found.items()}
        self._open: dict[int, OpenLog] = {}

    def look(self) -> list[OpenLog]:
        """Open what is new, and let go of what was rotated and read; what there is to read."""
        found: set[int] = set()
        for log in self._logs:
            live = Path(log.path)
            for path in (*reversed([*rotated(live)]), live):
                found.update(self._opened(log, path, live=path == live))
        for each in [*self._open.values()]:
            if each.inode not in found or (not each.live and each.is_quiet):
                self._done(each)
        for inode in self._known.keys() - found - self._open.keys():
            del self._known[inode]
        return [*self._open.values()]

    def _opened(self, log: FollowedLog, path: Path, *, live: bool) -> Iterator[int]:
        try:
            file = FileIO(path)
        except FileNotFoundError:
            return
        status = os.fstat(file.fileno())
        inode = status.st_ino
        if inode in self._open:
            self._open[inode].live = live
            file.close()
        else:
            offset = self._known.get(inode, Brought()).within(file)
            if live or offset < status.st_size:
                self._open[inode] = OpenLog(log, file, inode, offset)
            else:
                file.close()
        yield inode

    def _done(self, each: OpenLog) -> None:
        lines, behind = each.take()
        if lines and behind > each.offset:
            return  # its last lines are still to be brought
        each.file.close()
        del self._open[each.inode]

    def brought(self, each: OpenLog, offset: int) -> None:
        """The broker has all lines before this offset; `save` makes it last."""
        each.offset = offset
        self._known[each.inode] = Brought.of(each.file, offset)

    def save(self) -> None:
        """Remember how far each file was brought, whole or not at all."""
        fresh = self._memory.with_suffix(".new")
        known = {inode: (brought.offset, brought.head) for inode, brought in self._known.items()}
        fresh.write_text(json.dumps(known))
        fresh.rename(self._memory)
