"""Topics that a consumer group has left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from aiokafka.errors import KafkaError, for_code

from chatstream.errors import TransientFailure
from chatstream.settings import KafkaSettings
from infra.faust.reconnecting import PatientAdmin

# Topics by the group that alone uses them, of all that there are.
Find = Callable[[Iterable[str]], Mapping[str, Sequence[str]]]


async def remove_orphaned_topics(settings: KafkaSettings, find: Find) -> list[str]:
    """Delete the topics of groups without members; their names.

    TransientFailure when the broker does not do it.
    """
    client = PatientAdmin(bootstrap_servers=settings.bootstrap_servers)
    try:
        await client.start()
        gone: list[str] = []
        for group, topics in find(await client.list_topics()).items():
            [answer] = await client.describe_consumer_groups([group])
            [(_, _, _, _, _, members, *_)] = answer.groups
            if not members:
                gone += topics
        if gone:
            answer = await client.delete_topics(gone)
            for topic, code in answer.topic_error_codes:
                if code:
                    raise TransientFailure(f"kafka: {topic}: {for_code(code).__name__}")
    except (KafkaError, OSError, TimeoutError) as error:
        raise TransientFailure(f"kafka: {type(error).__name__}: {error}") from error
    finally:
        await client.close()
    return gone
