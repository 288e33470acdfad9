"""supervisord, with one thing otherwise: it rotates a log between two lines only.

It reads a pipe in pieces that end anywhere, and rotates behind any of them: a line would be cut in
two, and whoever follows the files would have neither half. Run as `python -m`, with supervisord's
own arguments.
"""

from __future__ import annotations

import os
from typing import Any

from supervisor import loggers, supervisord

LINE_MOST = 1024 * 1024
"""Bytes that a file may grow beyond its size while it waits for the end of a line."""


class WholeLines(loggers.RotatingFileHandler):  # type: ignore[misc]  # supervisor has no types
    """Writes what is left of the line under way before it rotates, and the rest behind.

    What a killed process left of a line gets an end, before the next process writes.
    """

    def __init__(self, filename: str, *arguments: Any) -> None:
        super().__init__(filename, *arguments)
        with open(filename, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            if size and file.read() != b"\n":
                self.stream.write(b"\n")
                self.stream.flush()

    def emit(self, record: Any) -> None:
        """Write a piece of output, or a line of supervisord's own."""
        piece = record.msg
        if not isinstance(piece, bytes) or not self._is_full(len(piece)):
            loggers.FileHandler.emit(self, record)
            if not isinstance(piece, bytes):
                self.doRollover()
            return
        lines, end, rest = piece.rpartition(b"\n")
        if not end and self._is_full(-LINE_MOST):
            lines, rest = piece, b""
        self._write(record, lines + end)
        if end or not rest:
            self.doRollover()
        self._write(record, rest)

    def _is_full(self, more: int) -> bool:
        return bool(0 < self.maxBytes <= self.stream.tell() + more)

    def _write(self, record: Any, piece: bytes) -> None:
        if piece:
            record.msg = piece
            loggers.FileHandler.emit(self, record)


def main() -> None:
    """Run supervisord with these logs."""
    loggers.RotatingFileHandler = WholeLines
    supervisord.main()


if __name__ == "__main__":
    main()
