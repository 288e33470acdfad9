"""The servers of a stack: Kafka's brokers, a Postgres for each database, Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from infra.embedded import brokers, elasticsearch, kafka, postgres
from infra.embedded.brokers import Brokers, create_brokers
from infra.embedded.downloads import Programs
from infra.embedded.elasticsearch import Elasticsearch
from infra.embedded.layout import Layout
from infra.embedded.postgres import Postgres
from infra.embedded.programs import Program

NAMES = (kafka.NAME, *postgres.SERVERS, elasticsearch.NAME)
"""The servers of a stack with one broker."""


def port_names(count: int) -> list[str]:
    """What needs a port beside so many brokers, in the order of the ports.

    Postgres has unix sockets.
    """
    return [*brokers.port_names(count), "elasticsearch", "elasticsearch-transport"]


class Server(Protocol):
    """What a stack does with a server."""

    def prepare(self) -> None:
        """Write configuration and lay the data folder; idempotent."""

    def program(self) -> Program:
        """The process."""

    def is_ready(self) -> bool:
        """Whether it answers a real request; never raises because it is away."""


@dataclass(frozen=True, slots=True)
class Servers:
    """All servers of one stack."""

    brokers: Brokers
    postgres: Mapping[str, Postgres]
    elasticsearch: Elasticsearch

    def by_name(self) -> dict[str, Server]:
        """Each server by the name of its process."""
        return {
            **self.brokers.by_name(),
            **self.postgres,
            elasticsearch.NAME: self.elasticsearch,
        }

    @property
    def dsns(self) -> dict[str, dict[str, str]]:
        """The libpq strings by lineage and by name of the database."""
        lineages = {**postgres.DATABASES, **postgres.OPTIONAL}
        return {
            lineage: {name: self.postgres[f"postgres-{name}"].dsn() for name in names}
            for lineage, names in lineages.items()
            if f"postgres-{names[0]}" in self.postgres
        }


def create_servers(
    layout: Layout,
    programs: Programs,
    ports: Mapping[str, int],
    count: int,
    asked: Mapping[str, int] = MappingProxyType({}),
) -> Servers:
    """Put the servers together, with `count` brokers; starts nothing.

    An optional lineage is there when its service, of the same name, is `asked` for.
    """
    there = [names for each, names in postgres.OPTIONAL.items() if asked.get(each)]
    further = [f"postgres-{name}" for names in there for name in names]
    return Servers(
        create_brokers(layout, programs.kafka_jars, ports, count),
        {name: Postgres(layout, name) for name in (*postgres.SERVERS, *further)},
        Elasticsearch(
            layout,
            programs.elasticsearch_home,
            ports["elasticsearch"],
            ports["elasticsearch-transport"],
        ),
    )


def prepare_all(servers: Iterable[Server]) -> None:
    """Prepare several servers at once; raises what the first of them raised."""
    with ThreadPoolExecutor() as executor:
        for done in [executor.submit(server.prepare) for server in servers]:
            done.result()
