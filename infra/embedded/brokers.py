"""The brokers of a stack, one or three, as one Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded import kafka
from infra.embedded.kafka import Kafka, Node
from infra.embedded.laid import lay, note_whole
from infra.embedded.layout import Layout

COUNTS = (1, 3)
"""How many there may be: two have no majority without each other, and so are worse than one."""


def names(count: int) -> list[str]:
    """The processes: `kafka`, or `kafka-1` to `kafka-3`."""
    return [kafka.NAME] if count == 1 else [f"{kafka.NAME}-{n}" for n in range(1, count + 1)]


def port_names(count: int) -> list[str]:
    """What of them needs a port, in the order of the ports."""
    return [port for name in names(count) for port in (name, _controller(name))]


def _controller(name: str) -> str:
    return f"{name}-controller"


@dataclass(frozen=True, slots=True)
class Brokers:
    """All brokers of one stack; `lost` are those whose folders were made anew by `lay`."""

    layout: Layout
    jars: Path
    nodes: tuple[Node, ...]
    lost: list[str] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        """Where clients connect first: any of them will do."""
        return ",".join(node.address for node in self.nodes)

    @property
    def environment(self) -> dict[str, str]:
        """What every process is told of them beside where they are."""
        return {"CHATSTREAM_KAFKA__REPLICATION": str(len(self.nodes))}

    def by_name(self) -> dict[str, Kafka]:
        """Each by the name of its process."""
        return {node.name: Kafka(self.layout, self.jars, node, self.nodes) for node in self.nodes}

    def lay(self) -> None:
        """Before they are prepared: see `laid.lay`, whose errors it raises."""
        folders = {each.folder: name for name, each in self.by_name().items()}
        self.lost[:] = [folders[folder] for folder in lay(self.layout, list(folders))]

    def in_turns(self, names: Sequence[str]) -> list[list[str]]:
        """These processes in the order of their start: those that have their data first.

        A broker that has lost its own would vote for whatever it is told of.
        """
        ready = [name for name in names if name not in self.lost]
        return [turn for turn in (ready, [name for name in names if name in self.lost]) if turn]

    def note_whole(self) -> None:
        """After they were prepared: see `laid.note_whole`."""
        note_whole(self.layout)


def create_brokers(layout: Layout, jars: Path, ports: Mapping[str, int], count: int) -> Brokers:
    """Put them together; starts nothing."""
    nodes = [
        Node(number, name, ports[name], ports[_controller(name)])
        for number, name in enumerate(names(count), start=1)
    ]
    return Brokers(layout, jars, tuple(nodes))
