"""The rows of `settled_wishes`: what wishes that changed nothing were answered.

Why they are kept is said at chatstream.domain.lines.Settled; the fact line reads and writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

from chatstream.domain.decisions import Refuse, Unchanged
from chatstream.domain.lines import REFUSED, Identity
from chatstream.errors import ErrorCode

_NAMES = UUID("5d2a1f0e-6a0b-4c55-9b0e-0d5f6f0f5f7c")

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
