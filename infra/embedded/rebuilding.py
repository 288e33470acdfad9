"""A broker that has lost its folder, or whose folder is no good, gets everything from the others.

It begins under its own id, for the same cluster, with nothing. The voters of the quorum are named
by id in the configuration, so it has its vote at once, also over what it does not know: that is
safe while those that do know are the majority, and only then it is done. (With voters that are
named in the log of the quorum it would be a new one, but their addresses would be in that log as
well, and a clone's ports change from one start to the next.)
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from chatstream.errors import ConfigurationError, TransientFailure
from chatstream.settings import KafkaSettings
from infra.embedded.kafka import Kafka
from infra.embedded.stack import Stack
from infra.embedded.waiting import wait_until
from infra.kafka.replicas import Replicas, all_replicas

IN_SYNC_SECONDS = 600.0


def rebuild(stack: Stack, name: str, say: Callable[[str], None]) -> None:
    """Let a broker of a running stack begin anew; returns when it has what the others have.

    Raises ConfigurationError, and changes nothing, where the others could not give it everything.
    """
    brokers = stack.servers.brokers.by_name()
    if name not in brokers or len(brokers) == 1:
        raise ConfigurationError(f"{name} is none of several brokers: {', '.join(brokers)}")
    broker = brokers.pop(name)
    away = [other for other, each in brokers.items() if not each.is_ready()]
    if away:
        raise ConfigurationError(
            f"{' and '.join(away)} must be there first: what {name} lost comes from the others, "
            "and their votes say what was lost"
        )
    _require_copies(_replicas(stack), broker)
    stack.stop_process(name)
    shutil.rmtree(broker.folder, ignore_errors=True)
    broker.prepare()
    stack.start_process(name)
    say(f"{name} begins with an empty folder after {stack.wait_ready(name):.1f} s")
    seconds = wait_until(
        lambda: _has_all(stack, broker), IN_SYNC_SECONDS, f"{name}'s copy of all partitions"
    )
    say(f"{name} has everything after {seconds:.1f} s more")


def _require_copies(replicas: Sequence[Replicas], broker: Kafka) -> None:
    number = broker.node.number
    alone = [each for each in replicas if each.nodes and not each.in_sync - {number}]
    if alone:
        places = ", ".join(f"{each.topic}/{each.partition}" for each in alone[:5])
        raise ConfigurationError(
            f"only {broker.node.name} has all of {places}"
            f"{' and others' if len(alone) > 5 else ''}: wait until the others have caught up"
        )


def _has_all(stack: Stack, broker: Kafka) -> bool:
    try:
        found = _replicas(stack)
    except TransientFailure:
        return False
    mine = [each for each in found if broker.node.number in each.nodes]
    return bool(mine) and not any(broker.node.number in each.behind for each in mine)


def _replicas(stack: Stack) -> Sequence[Replicas]:
    settings = KafkaSettings(bootstrap_servers=stack.bootstrap)
    with ThreadPoolExecutor(1) as executor:
        # A thread of its own: the caller may have a running event loop.
        return executor.submit(lambda: asyncio.run(all_replicas(settings))).result()
