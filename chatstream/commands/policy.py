"""The command `policy`: show, change or reset the rules against abuse while everything runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chatstream.domain.abuse.encoding import pack
from chatstream.errors import ConfigurationError, UserError
from chatstream.settings import load_settings
from schemas.contexts.conduct import POLICY

if TYPE_CHECKING:
    from schemas.records import PolicyChanged


def register(group: click.Group) -> None:
    """Add the command `policy` to a group."""
    group.add_command(policy)


@click.group()
def policy() -> None:
    """Show or change the limits and word lists against abuse; every worker follows at once."""


@policy.command("show")
def show() -> None:
    """Print the policy in force as JSON, whole: the file that `set` takes."""
    from tables.followed.fold import read_all  # noqa: PLC0415 (slow to load)
    from tables.followed.policies import Policies  # noqa: PLC0415

    kafka = load_settings().kafka
    policies = Policies(kafka)
    asyncio.run(read_all(kafka, policies.followed))
    click.echo(json.dumps(pack(policies.latest), ensure_ascii=False, indent=2))


@policy.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def change(file: Path) -> None:
    """Put the policy of a JSON FILE in force; what it leaves out is as in the default."""
    from tables.followed import policies  # noqa: PLC0415 (slow to load)

    try:
        record = policies.record_of(json.loads(file.read_bytes()))
    except UserError as error:
        raise ConfigurationError(f"{error.details['field']} {error.reason}") from error
    except ValueError as error:
        raise ConfigurationError(f"{file} is not JSON: {error}") from error
    _announce(record)


@policy.command("reset")
def reset() -> None:
    """Put the program's own policy in force again."""
    from tables.followed import policies  # noqa: PLC0415 (slow to load)

    _announce(policies.default_record())


def _announce(record: PolicyChanged) -> None:
    from infra.kafka.commands import produce  # noqa: PLC0415 (slow to load)
    from infra.kafka.single_partition import outgoing  # noqa: PLC0415

    kafka = load_settings().kafka
    asyncio.run(produce(kafka, [outgoing(POLICY.event, record, kafka.partitions)]))
    click.echo(f"policy {record.version} is in force")
