"""Lineages: databases that have the same tables, by the same migrations."""

from __future__ import annotations

from dataclasses import dataclass

from chatstream.errors import ConfigurationError
from chatstream.settings import PostgresSettings


@dataclass(frozen=True)
class Lineage:
    """A lineage, named as its folder of migrations.

    `is_sharded`: there are several databases, and each partition's rows are in one of them, its
    home; otherwise there is one, of the lineage's name. `is_optional`: it is there only where the
    settings name it.
    """

    name: str
    is_sharded: bool = False
    is_optional: bool = False


AUTH = Lineage("auth")
FRIEND = Lineage("friend")
COUPON = Lineage("coupon")
CONTENT = Lineage("content")
CHAT = Lineage("chat", is_sharded=True)
REPORTING = Lineage("reporting", is_optional=True)


def dsns_of(postgres: PostgresSettings, lineage: Lineage) -> dict[str, str]:
    """The libpq strings of a lineage's databases by name; ConfigurationError when none are told."""
    try:
        return postgres.lineages[lineage.name]
    except KeyError as error:
        name = lineage.name
        raise ConfigurationError(
            f"CHATSTREAM_POSTGRES__OTHERS: the databases of {name!r} are missing,"
            f' such as {{"{name}": {{"{name}": "host=… dbname={name}"}}}}'
        ) from error
