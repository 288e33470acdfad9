"""The gateway of a stack: nginx from a wheel, in front of the pools of fronts."""

from __future__ import annotations

import http.client
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatstream.errors import ConfigurationError
from infra.embedded.certificate import CertificateFiles
from infra.embedded.layout import LOOPBACK, Layout
from infra.embedded.programs import Program
from infra.nginx import render
from schemas.services import FRONT, FRONT_AUTH

NAME = "nginx"
ACCESS = "nginx-access"
"""Whose log has a line for each request; its own has its errors."""
LOCAL_HSTS_SECONDS = 300
"""Short: what a browser keeps of `localhost` holds for every port of it, other programs' too."""
_PROBE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The public port, the places of each pool by name, and whether it speaks TLS.

    A place is a port of loopback or the path of a unix socket.
    """

    port: int
    pools: Mapping[str, Sequence[int | Path]]
    tls: bool = False


def _address(place: int | Path) -> str:
    return f"{LOOPBACK}:{place}" if isinstance(place, int) else f"unix:{place}"


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """What was answered through the gateway."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """The one nginx of a stack; it alone listens on every address."""

    layout: Layout
    settings: GatewaySettings

    @property
    def _folder(self) -> Path:
        return self.layout.run.resolve() / NAME

    @property
    def certificate(self) -> CertificateFiles:
        """The files of its certificate; there are some only where TLS was asked for."""
        return CertificateFiles.of(self.layout)

    def _described(self) -> render.GatewayConfig:
        files = self.certificate
        tls = render.GatewayTls(files.leaf, files.leaf_key, LOCAL_HSTS_SECONDS)
        others = {
            name: [_address(place) for place in places]
            for name, places in self.settings.pools.items()
        }
        return render.GatewayConfig(
            port=self.settings.port,
            front=others.pop(FRONT.name),
            front_auth=others.pop(FRONT_AUTH.name),
            directory=self._folder,
            tls=tls if self.settings.tls else None,
            others=others,
        )

    def prepare(self) -> None:
        """Write nginx.conf and let nginx check it; raises ConfigurationError with its words.

        A certificate is made where there is none, or it ends soon.
        """
        if self.settings.tls:
            self.certificate.ensure()
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
        return self.ask("GET", "/healthz") is not None

    def answers(self, path: str) -> bool:
        """Whether a GET through it is answered 200."""
        answer = self.ask("GET", path)
        return answer is not None and answer.status == http.client.OK

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = _PROBE_SECONDS,
    ) -> GatewayAnswer | None:
        """Its answer; None when it does not answer, or shows a certificate that is not ours."""
        connection = self._connection(seconds)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return GatewayAnswer(response.status, response.read().decode(errors="replace"))
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        port = self.settings.port
        if not self.settings.tls:
            return http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
        trusting = self.certificate.trusting()
        return http.client.HTTPSConnection(LOOPBACK, port, timeout=seconds, context=trusting)
