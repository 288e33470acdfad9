"""The command `operator`: who may use the operators' calls and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from chatstream.errors import ConfigurationError
from chatstream.settings import Settings, load_settings

if TYPE_CHECKING:
    from infra.postgres.operators import PostgresOperators

T = TypeVar("T")


def register(group: click.Group) -> None:
    """Add the command `operator` to a group."""
    group.add_command(operator)


@click.group()
def operator() -> None:
    """Give or take the role of an operator, or list who has it."""


@operator.command("list")
def list_operators() -> None:
    """Name every operator."""
    for account in asyncio.run(_with(lambda operators, _: operators.operators())):
        click.echo(f"{account.user_id} ({account.name})")


@operator.command("add")
@click.argument("user_id")
def add(user_id: str) -> None:
    """Make USER_ID an operator, from the account's next login or refresh on."""
    if not asyncio.run(_with(lambda operators, _: operators.add(user_id))):
        raise _unknown(user_id)
    click.echo(f"{user_id} is an operator, from the next login or refresh on")


@operator.command("remove")
@click.argument("user_id")
def remove(user_id: str) -> None:
    """Take the role from USER_ID; all logins of the account end at once."""
    ended = asyncio.run(_with(lambda operators, settings: _remove(operators, settings, user_id)))
    click.echo(f"{user_id} is no operator; {ended} logins ended")


async def _with(work: Callable[[PostgresOperators, Settings], Awaitable[T]]) -> T:
    from infra.postgres.databases import auth_database  # noqa: PLC0415 (slow to load)
    from infra.postgres.operators import PostgresOperators  # noqa: PLC0415

    settings = load_settings()
    database = auth_database(settings)
    try:
        return await work(PostgresOperators(database), settings)
    finally:
        await database.close()


async def _remove(operators: PostgresOperators, settings: Settings, user_id: str) -> int:
    from infra.kafka.commands import produce  # noqa: PLC0415 (slow to load)
    from tables.followed.revocations import outgoing, record_of  # noqa: PLC0415

    ended = await operators.remove(user_id)
    if ended is None:
        raise _unknown(user_id)
    if ended:
        told = [record_of(one, settings.auth.access_ttl) for one in ended]
        partitions = settings.kafka.partitions
        await produce(settings.kafka, [outgoing(each, partitions) for each in told])
        await operators.announced(ended)
    return len(ended)


def _unknown(user_id: str) -> ConfigurationError:
    return ConfigurationError(f"there is no account {user_id}")
