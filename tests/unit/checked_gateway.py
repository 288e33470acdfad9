"""A gateway's configuration, and what nginx says of its file."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.nginx.render import GatewayConfig, command, write


def gateway_in(
    folder: Path, front: Sequence[str], auth: str, resolvers: Sequence[str] = ()
) -> GatewayConfig:
    """A gateway before these fronts and this one for accounts; its folder's name has spaces."""
    return GatewayConfig(
        port=18080,
        front=front,
        front_auth=(auth,),
        directory=folder / "run with a space",
        access_log=folder / "log/nginx-access.log",
        resolvers=resolvers,
        others={"front-coupon": (f"{auth.partition(':')[0]}:18093",)},
    )


def nginx_takes(gateway: GatewayConfig) -> None:
    """Write its file; AssertionError with nginx's words when it refuses or warns."""
    checked = subprocess.run(
        command(write(gateway), check=True), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    assert "[emerg]" not in checked.stderr
