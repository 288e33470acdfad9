"""What the log service keeps of a sample: a document of the group, and of each topic behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatstream.domain.documents import ECS_VERSION, LAG, Document, index_of

DATASET = "chatstream.lag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A group, or (`topic`) a group in a topic: its state, records and seconds behind.

    What is None is not known, of `catch_up`: never.
    """

    topic: str | None
    state: str
    records: int
    lost: int
    partitions: int
    seconds: float | None
    catch_up: float | None


def lag_documents(
    event_id: str,
    at: str,
    group: str,
    found: Sequence[Behind],
    *,
    members: int,
    probe: float | None,
) -> list[Document]:
    """The documents of a sample, in the month of its time; the same sample makes the same."""
    return [
        _document(f"{event_id}:{number}", at, group, each, members, probe)
        for number, each in enumerate(found)
    ]


def _document(
    identity: str, at: str, group: str, behind: Behind, members: int, probe: float | None
) -> Document:
    lag: dict[str, object] = {
        "group": group,
        "of": "group" if behind.topic is None else "topic",
        "state": behind.state,
        "records": behind.records,
        "lost": behind.lost,
        "partitions": behind.partitions,
    }
    if behind.seconds is not None:
        lag["seconds"] = behind.seconds
    if behind.catch_up is not None:
        lag["catch_up"] = behind.catch_up
    if behind.topic is None:
        lag["members"] = members
        if probe is not None:
            lag["probe"] = probe
    own: dict[str, object] = {"lag": lag}
    if behind.topic is not None:
        own["topic"] = behind.topic
    body: dict[str, object] = {
        "@timestamp": at,
        "ecs": {"version": ECS_VERSION},
        "event": {"id": identity, "kind": "metric", "module": "chatstream", "dataset": DATASET},
        "chatstream": own,
    }
    return Document(index_of(LAG, at), identity, body)
