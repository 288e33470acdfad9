"""The command `friends move`: friends and blocks out of the auth database into their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import click

from chatstream.domain.backoff import Backoff
from chatstream.settings import KafkaSettings, Settings, load_settings
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.friends import FRIEND
from schemas.databases import AUTH, dsns_of
from schemas.databases import FRIEND as FRIEND_DATABASE
from schemas.services import FRIEND as FRIEND_SERVICE
from schemas.services import USER

Say = Callable[[str], None]

# A broker that has just started knows its groups some seconds later.
_GROUPS_WITHIN = 30.0


def register(cli: click.Group) -> None:
    """Add `friends` with `move`."""

    @cli.group("friends")
    def group() -> None:
        """Look after friends and blocks."""

    group.command("move")(move)


def move() -> None:
    """Bring friends and blocks from the auth database into their own. Idempotent.

    `migrate` does it too. First stop the workers of `user` from before: they cannot write friends
    any more. What is asked meanwhile waits on its topic.
    """
    move_friends(load_settings(), click.echo)


def move_friends(settings: Settings, say: Say) -> None:
    """Do it, or what is left of it. Raises ConfigurationError, TransientFailure."""
    from infra.postgres.friend_move import open_move  # noqa: PLC0415 (slow to load)

    auth, friend = (
        dsns_of(settings.postgres, lineage)[lineage.name] for lineage in (AUTH, FRIEND_DATABASE)
    )
    with open_move(auth, friend) as moving:
        if moving.is_over:
            return
        if not moving.begins_anew:
            # Before the accounts are read: what is told of them from here on is read as it comes.
            asyncio.run(_begin_group(settings.kafka))
        counts = moving.arrive()
        moving.leave()
    if any(counts.values()):
        say("friends have moved: " + ", ".join(f"{n} {table}" for table, n in counts.items()))


async def _begin_group(kafka: KafkaSettings) -> None:
    """Let the service begin where `user` was with the wishes, and at the newest of accounts."""
    from infra.faust.app import group_of  # noqa: PLC0415 (slow to load)
    from infra.kafka.offsets import KafkaOffsets  # noqa: PLC0415
    from infra.retrying import retried  # noqa: PLC0415

    offsets = KafkaOffsets(kafka)
    wishes, facts = FRIEND.request.name, ACCOUNT.response.name

    async def begin() -> None:
        ends = await offsets.ends([facts])
        places = dict(enumerate(ends[facts]))
        former = await offsets.committed(group_of(USER.name), wishes)
        await offsets.begin(group_of(FRIEND_SERVICE.name), {wishes: former, facts: places})

    await retried(begin, Backoff(0.5, 2.0), within=_GROUPS_WITHIN)
