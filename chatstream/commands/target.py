"""Which running ChatStream a command talks to, and by what it knows that it is the one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chatstream.settings import load_settings
from infra.embedded.certificate import CertificateFiles
from infra.embedded.command import CLONE
from infra.embedded.instance import running_instance
from infra.embedded.layout import LOOPBACK, Layout


@dataclass(frozen=True, slots=True)
class Target:
    """A public address; `trusting` checks its certificate, None by the machine's authorities."""

    url: str
    trusting: ssl.SSLContext | None


def target_of(
    url: str | None, port: int | None, authority: Path | None, clone: Path = CLONE
) -> Target:
    """The address that is named, by itself or its port; else the clone's own stack, if it runs.

    The authority of the clone's own stack is trusted for that stack alone.
    """
    running = running_instance(Layout(clone))
    own = None if running is None else running.url
    if url is None and own is not None and port in (None, urlsplit(own).port):
        url = own
    if url is None:
        url = load_settings().web.public_url if port is None else f"http://{LOOPBACK}:{port}"
    if authority is None and url == own and url.startswith("https:"):
        authority = CertificateFiles.of(Layout(clone)).authority
    if authority is None:
        return Target(url, None)
    return Target(url, ssl.create_default_context(cafile=str(authority)))
