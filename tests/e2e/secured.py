"""The running stack behind TLS: two fronts of its own that know an https address, and nginx."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from infra.embedded.answering import answers
from infra.embedded.certificate import CertificateFiles
from infra.embedded.layout import LOOPBACK
from infra.embedded.side_worker import SideWorker
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from infra.nginx.render import GatewayConfig, GatewayTls
from tests.conftest import CHROMIUM_ARGUMENTS
from tests.e2e.readers import Reader
from tests.integration.nginx_rig import free_port, nginx

if TYPE_CHECKING:
    from playwright.async_api import Browser

READY_WITHIN = 120.0
HSTS_SECONDS = 300


@dataclass(frozen=True)
class Secured:
    """The https address of the stack, and the files of its certificate."""

    url: str
    files: CertificateFiles


@asynccontextmanager
async def secured(stack: Stack, folder: Path) -> AsyncIterator[Secured]:
    """Fronts beside those of the stack, on its topics and databases, behind a TLS gateway."""
    files = CertificateFiles(folder / "tls")
    files.ensure()
    port = free_port()
    url = f"https://{LOOPBACK}:{port}"
    pools = ("front", "front-auth")
    async with AsyncExitStack() as ending:
        sides = [SideWorker(pool, folder / f"{pool}-tls", LOOPBACK) for pool in pools]
        for side in sides:
            await asyncio.to_thread(ending.enter_context, side)
            side.start(_environment(stack, url))
        for side in sides:
            await asyncio.to_thread(_until_ready, side)
        front, auth = (URL(side.url).authority for side in sides)
        tls = GatewayTls(files.leaf, files.leaf_key, HSTS_SECONDS)
        log = folder / "log/nginx-access.log"
        gateway = GatewayConfig(port, [front], [auth], folder / "nginx", log, tls=tls)
        yield Secured(await ending.enter_async_context(nginx(gateway)), files)


def _environment(stack: Stack, url: str) -> dict[str, str]:
    origins = [url, url.replace(LOOPBACK, "localhost")]
    return {
        **stack.env(),
        "CHATSTREAM_WEB__PUBLIC_URL": url,
        "CHATSTREAM_WEB__ALLOWED_ORIGINS": json.dumps(origins),
        "CHATSTREAM_WEB__HSTS_SECONDS": str(HSTS_SECONDS),
    }


def _until_ready(side: SideWorker) -> None:
    port = URL(side.url).port or 0

    def ready() -> bool:
        side.check()
        return answers(port, "/readyz")

    wait_until(ready, READY_WITHIN, side.url)


@asynccontextmanager
async def trusting_browser(files: CertificateFiles) -> AsyncIterator[Browser]:
    """A Chromium that takes this one leaf for good, and judges all else as ever."""
    from playwright.async_api import async_playwright

    leaf = x509.load_pem_x509_certificate(files.leaf.read_bytes())
    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
    arguments = [*CHROMIUM_ARGUMENTS, f"--ignore-certificate-errors-spki-list={trusted}"]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=arguments
        )
        yield chromium
        await chromium.close()


async def make_room_there(reader: Reader, name: str) -> str:
    """An open room, as the page itself would ask for it."""
    made = await reader.page.evaluate(
        """async (name) => (await fetch("/chat", {method: "POST",
            headers: {"content-type": "application/json"},
            body: JSON.stringify({kind: "open", name, participants: []})})).json()""",
        name,
    )
    return str(made["roomId"])
