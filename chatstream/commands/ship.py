"""`ship`: our own shipper of logs, where rsyslog is not installed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click

from chatstream.settings import load_settings


def register(cli: click.Group) -> None:
    """Add the command `ship` to a group."""
    cli.add_command(ship_logs)


@click.command("ship")
@click.argument("plan", type=click.Path(path_type=Path))
def ship_logs(plan: Path) -> None:
    """Carry the lines of the logs in PLAN, which `make run` writes, to Kafka, until SIGTERM."""
    from chatstream import logs  # noqa: PLC0415 (slow to load)
    from infra.shipping.followed import ShippingPlan  # noqa: PLC0415
    from infra.shipping.shipper import ship  # noqa: PLC0415

    logs.install()
    logs.configure("shipper", "shipper", load_settings().log_level)
    pid = plan.with_name("pid")
    pid.unlink(missing_ok=True)
    asyncio.run(ship(ShippingPlan.read(plan), lambda: pid.write_text(str(os.getpid()))))
