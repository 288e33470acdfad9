"""The command `demo-accounts`: the two accounts that `run` makes, at a gateway anywhere."""

from __future__ import annotations

import asyncio

import aiohttp
import click

from chatstream.domain.backoff import Backoff
from chatstream.errors import TransientFailure
from chatstream.settings import load_settings
from infra.embedded.run import DEMO_ACCOUNTS, DemoAccount, ready_line
from infra.retrying import retried

WITHIN = 60.0
"""Seconds that a signup is tried."""
_THERE = (201, 409)


def register(group: click.Group) -> None:
    """Add `demo-accounts` to a group."""
    group.add_command(demo_accounts)


@click.command("demo-accounts")
@click.option("--url", default=None, help="Of the gateway; else CHATSTREAM_WEB__PUBLIC_URL.")
def demo_accounts(url: str | None) -> None:
    """Sign the two demo accounts up, as `run` does; those that exist stay as they are."""
    public = load_settings().web.public_url
    asyncio.run(sign_up_all(url or public))
    click.echo(ready_line(public))


async def sign_up_all(url: str, within: float = WITHIN) -> None:
    """Both accounts; tried again for so many seconds, then TransientFailure with the answer."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
        for account in DEMO_ACCOUNTS:

            async def signed_up(account: DemoAccount = account) -> None:
                await _sign_up(http, url, account)

            await retried(signed_up, Backoff(0.2, 2.0), within=within)


async def _sign_up(http: aiohttp.ClientSession, url: str, account: DemoAccount) -> None:
    body = {"userId": account.user_id, "password": account.password, "name": account.name}
    try:
        async with http.post(f"{url}/user", json=body) as answer:
            if answer.status not in _THERE:
                told = f"{answer.status} {await answer.text()}"
                raise TransientFailure(f"signup of {account.user_id}: {told}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TransientFailure(f"signup of {account.user_id} at {url}: {error}") from error
