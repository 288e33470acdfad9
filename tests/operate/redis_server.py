"""A redis-server of a test's own: started, killed, and started again with what it had saved."""

from __future__ import annotations

import subprocess
from pathlib import Path

from infra.embedded.waiting import wait_until

COMMAND = "redis-server"
_WITHIN = 60.0


class OwnRedis:
    """It listens on a unix socket in its folder alone, and saves only when it is told to."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.socket = folder / "redis.sock"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        own = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        self._process = subprocess.Popen(
            [COMMAND, *own, "--save", "", *self._options],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        wait_until(self._answers, _WITHIN, COMMAND)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait()

    def ask(self, *words: str) -> str:
        """What redis-cli prints."""
        told = subprocess.run(
            ["redis-cli", "-s", str(self.socket), *words],
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.strip()

    def _answers(self) -> bool:
        if not self.socket.is_socket():
            return False
        told = subprocess.run(
            ["redis-cli", "-s", str(self.socket), "ping"],
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout.strip() == "PONG"
