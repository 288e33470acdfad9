"""Wishes that changed nothing: what such a wish was answered stays so when its record comes again.

Facts make a repeat of what was accepted known. Without this a wish that changed nothing, or was
refused, would be judged anew when its record is handled again (its worker died before the offset
was committed), on a later state: a removal that found nobody would end the membership that came
after it, although both were answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from chatstream.domain.decisions import Refuse, Unchanged
from chatstream.domain.lines import REFUSED, Identity
from chatstream.errors import ErrorCode
from infra.postgres.pool import Transaction

_NAMES = UUID("5d2a1f0e-6a0b-4c55-9b0e-0d5f6f0f5f7c")

_READ = "select key::text, code from settled_wishes where key = any (%s::uuid[])"
# A day longer than the topics of requests keep a record. In passing, some that are older go.
WRITE = """
with old as (
    select key from settled_wishes where at < clock_timestamp() - interval '8 days'
    order by at limit 500 for update skip locked
), forgotten as (
    delete from settled_wishes using old where settled_wishes.key = old.key
)
insert into settled_wishes (key, code, at)
select k, c, clock_timestamp() from unnest(%s::uuid[], %s::text[]) as t (k, c)
on conflict do nothing
"""


@dataclass(slots=True)
class Settled:
    """The answers of wishes that changed nothing, by identity: a refusal's code, None for "is so".

    `known` has those of before and of this batch, `fresh` those that are to be kept.
    """

    known: dict[Identity, str | None] = field(default_factory=dict)
    fresh: dict[Identity, str | None] = field(default_factory=dict)

    def add(self, identity: Identity, code: str | None) -> None:
        """This wish was answered, and changed nothing; what it was answered before stays."""
        if identity not in self.known:
            self.known[identity] = self.fresh[identity] = code


async def read_settled(
    transaction: Transaction, topic: str, identities: Iterable[Identity]
) -> Settled:
    """Which of these wishes were settled before; to be read under the locks of their lines."""
    keys = {key_of(topic, identity): identity for identity in identities}
    rows = await transaction.fetch(_READ, (list(keys),))
    return Settled({keys[key]: code for key, code in rows})


async def write_settled(transaction: Transaction, topic: str, settled: Settled) -> None:
    """Keep what this batch settled, for 8 days."""
    if settled.fresh:
        keys = [key_of(topic, identity) for identity in settled.fresh]
        await transaction.fetch(WRITE, (keys, list(settled.fresh.values())))


def key_of(topic: str, identity: Identity) -> str:
    """A digest, so that no row names an account."""
    return str(uuid5(_NAMES, ":".join((topic, *identity))))


def answer_of(code: str | None) -> Refuse | Unchanged:
    """The answer that is kept as a refusal's code, None for "it is so already"."""
    return Unchanged() if code is None else Refuse(ErrorCode(code), REFUSED)


def rows_of(
    topic: str, answers: Mapping[Identity, Refuse | Unchanged]
) -> tuple[list[str], list[str | None]]:
    """The parameters of WRITE: keys and codes."""
    keys = [key_of(topic, identity) for identity in answers]
    return keys, [str(each.code) if isinstance(each, Refuse) else None for each in answers.values()]
