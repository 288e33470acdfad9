"""Who may see which field of a record, where records are shown to operators.

A field with texts says what it is by its type (`schemas.records.base`): Plain, RoomText, Handle,
PersonName or Secret. Names that many records have are listed here as plain; what is neither is not
shown at all, until somebody has decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec


class Visibility(StrEnum):
    """What a text is: plain, of a room's members, a handle, a person's name, or nobody's."""

    PLAIN = "plain"
    ROOM_TEXT = "roomText"
    HANDLE = "handle"
    PERSON_NAME = "personName"
    SECRET = "secret"  # noqa: S105 (what it is, not one)


# fmt: off
PLAIN = frozenset((
    "account_id", "alert_id", "at", "builder", "cause", "changed_at", "code", "created_at",
    "dead_letter_id", "replay_id", "group", "monitor", "state", "topic",
    "away", "counts", "instance", "reasons", "service", "started_at", "worker",
    "detail", "edited_at", "deleted_at", "erased", "event_id", "expires_at", "filters",
    "kind", "lifted_by", "message_id", "outcome", "page", "policy",
    "problem", "reason", "reply_to", "request_id", "requested_at", "revoked_at", "room_id",
    "room_kind", "saga_id", "sanction_id", "saved_at", "setting", "settings", "since", "step",
    "appended_at", "campaign_id", "cancelled_at", "closes_at", "coupon_id", "opens_at", "owner_id",
    "valid_until", "author_id", "content_id",
    "stop_words", "target_id", "until", "upto", "value", "version", "word", "words",
))
# fmt: on
"""Names of fields whose texts anybody who may see records sees: ids, times, codes, settings."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field of a struct, by its name in Python and in JSON; None: no text but what is inside."""

    name: str
    encoded: str
    visibility: Visibility | None


@cache
def rules_of(struct: type[msgspec.Struct]) -> tuple[FieldRule, ...]:
    """The rule of each field, in their order."""
    hints = get_type_hints(struct, include_extras=True)
    return tuple(
        FieldRule(each.name, each.encode_name, _visibility(each.name, hints[each.name]))
        for each in msgspec.structs.fields(struct)
    )


def unclassified(struct: type[msgspec.Struct]) -> Iterator[str]:
    """Fields of a struct, and of those inside it, whose texts nobody has decided about."""
    hints = get_type_hints(struct, include_extras=True)
    for name, hint in hints.items():
        marked = set(_marks(hint))
        if _has_text(hint) and not marked and name not in PLAIN:
            yield f"{struct.__name__}.{name}"
        for inner in _structs(hint):
            yield from unclassified(inner)


def _visibility(name: str, hint: Any) -> Visibility | None:
    if not _has_text(hint):
        return None
    marked = next(_marks(hint), None)
    if marked is not None:
        return marked
    return Visibility.PLAIN if name in PLAIN else Visibility.SECRET


def _parts(hint: Any) -> Iterator[Any]:
    """A type with all that it is made of; of Annotated also the annotations."""
    yield hint
    if get_origin(hint) is Literal:
        return
    for part in get_args(hint):
        yield from _parts(part)


def _marks(hint: Any) -> Iterator[Visibility]:
    for part in _parts(hint):
        if get_origin(part) is Annotated:
            for meta in part.__metadata__:
                extra: Mapping[str, Any] = getattr(meta, "extra", None) or {}
                if "is" in extra:
                    yield Visibility(extra["is"])


def _has_text(hint: Any) -> bool:
    return any(part is str for part in _parts(hint))


def _structs(hint: Any) -> Iterator[type[msgspec.Struct]]:
    for part in _parts(hint):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            yield part
