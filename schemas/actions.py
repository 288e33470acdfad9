"""What the log keeps of facts: which action each type is, and which of its fields an event has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from chatstream.domain.documents import Change, IndexedMessage
from schemas.records.base import Record

IAM = ("iam",)
CONVERSATION: tuple[str, ...] = ()
"""The Elastic Common Schema has no category for what is said."""

Field = str | Callable[[Any], object]
_FIELDS = {field.name for field in fields(Change)}


@dataclass(frozen=True)
class Action:
    """How facts of a type are kept, by category and types of the Elastic Common Schema.

    `fields` has for a field of the event where it is in the fact: a name, dotted below an object,
    or a function of the fact. `said` gives what the search keeps, of facts about a message.
    """

    fact: type[Record]
    category: tuple[str, ...]
    types: tuple[str, ...]
    fields: Mapping[str, Field]
    said: Callable[[Any], IndexedMessage] | None = None

    def __post_init__(self) -> None:
        heads = {each.partition(".")[0] for each in self.fields.values() if isinstance(each, str)}
        strange = (self.fields.keys() - _FIELDS) | (heads - set(self.fact.__struct_fields__))
        if strange:
            raise TypeError(f"{self.fact.__name__} and events have no {', '.join(sorted(strange))}")

    def change(self, fact: Record) -> Change:
        """The fact as the log keeps it."""
        found: dict[str, Any] = {
            name: attrgetter(field)(fact) if isinstance(field, str) else field(fact)
            for name, field in self.fields.items()
        }
        action = str(self.fact.__struct_config__.tag)
        return Change(action=action, category=self.category, types=self.types, **found)


def action(
    fact: type[Record],
    category: tuple[str, ...],
    types: tuple[str, ...],
    *kept: str,
    said: Callable[[Any], IndexedMessage] | None = None,
    **found: Field,
) -> Action:
    """The action that facts of a type are: they name who did it, when, and what is `kept` as it is.

    `found` is where a field of the event has another name in the fact. Nothing else of a fact is
    kept: no names, no text.
    """
    same = {name: name for name in ("account_id", "at", *kept)}
    return Action(fact, category, types, {**same, **found}, said)
