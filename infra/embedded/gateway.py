"""The gateway of a stack: nginx from a wheel, in front of the pools `front` and `front-auth`."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program
from infra.nginx import render

NAME = "nginx"
ACCESS = "nginx-access"
"""Whose log has a line for each request; its own has its errors."""
_PROBE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The public port, and the loopback ports of the two pools."""

    port: int
    fronts: Sequence[int]
    auths: Sequence[int]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The one nginx of a stack; it alone listens on every address."""

    layout: Layout
    settings: GatewaySettings

    @property
    def _folder(self) -> Path:
        return self.layout.run.resolve() / NAME

    def _described(self) -> render.GatewayConfig:
        return render.GatewayConfig(
            port=self.settings.port,
            front=[f"{LOOPBACK}:{port}" for port in self.settings.fronts],
            front_auth=[f"{LOOPBACK}:{port}" for port in self.settings.auths],
            directory=self._folder,
        )

    def prepare(self) -> None:
        """Write nginx.conf and let nginx check it; raises ConfigurationError with its words."""
        path = render.write(self._described())
        checked = subprocess.run(  # noqa: S603 (our own file)
            render.command(path, check=True), capture_output=True, text=True, check=False
        )
        if checked.returncode:
            raise ConfigurationError(f"nginx refuses {path}:\n{checked.stderr.strip()}")

    def program(self) -> Program:
        """nginx in the foreground; QUIT lets it finish the requests under way, TERM does not."""
        command = render.command(self._folder / "nginx.conf")
        return Program(NAME, command, self._folder, stop_signal="TERM", output=ACCESS)

    def is_ready(self) -> bool:
        """Whether the gateway answers, also when the fronts behind it do not yet."""
        connection = http.client.HTTPConnection(
            LOOPBACK, self.settings.port, timeout=_PROBE_SECONDS
        )
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True
