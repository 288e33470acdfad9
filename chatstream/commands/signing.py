"""Commands for the keys of logins: those that sign access tokens and that make refresh tokens."""

from __future__ import annotations

import time

import click

from chatstream.settings import load_settings

_MARGIN = 60.0  # clocks differ, and a refresh may be under way


def register(cli: click.Group) -> None:
    """Add `keys` with `list`, `rotate` and `retire`."""

    @cli.group("keys")
    def group() -> None:
        """List, rotate or retire the keys of logins; nobody is logged out."""

    group.command("list")(list_keys)
    group.command("rotate")(rotate_key)
    group.command("retire")(retire_keys)


def list_keys() -> None:
    """Name every key that verifies, the one that signs, and those of refresh tokens."""
    from infra.security.keyring import KeyRing  # noqa: PLC0415 (cryptography loads slowly)
    from infra.security.successors import HmacSuccessors  # noqa: PLC0415

    auth = load_settings().auth
    ring = KeyRing(auth.keys_dir, auth.key_settle)
    signing = ring.signer().kid
    for kid in ring.verifying():
        click.echo(f"{kid} {'signs and verifies' if kid == signing else 'verifies'}")
    used, *others = HmacSuccessors(auth.keys_dir, auth.key_settle).names()
    click.echo(f"{used} makes refresh tokens")
    for name in others:
        click.echo(f"{name} repeats refresh tokens")


def rotate_key() -> None:
    """Make new keys. They are known at once and used when every front knows them."""
    from infra.security.keyring import rotate  # noqa: PLC0415

    auth = load_settings().auth
    for path in rotate(auth.keys_dir):
        click.echo(f"made {path.name}; it is used in {auth.key_settle:g} s")


def retire_keys() -> None:
    """Remove the keys that no token needs any more. Idempotent."""
    from infra.security.keyring import retire  # noqa: PLC0415

    auth = load_settings().auth
    lifetime = auth.key_settle + auth.access_ttl + _MARGIN
    retired = retire(auth.keys_dir, lifetime, time.time())
    for path in retired:
        click.echo(f"removed {path.name}")
    if not retired:
        click.echo("no key can be retired yet")
