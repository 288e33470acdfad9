"""What the log keeps of records: which action each type is, and which of its fields an event has.

Every type of a RESPONSE topic is a fact (`action`), a refusal (`refusal`), the report of a step of
an erasure, or among a context's `unkept` with the reason. Types of EVENT topics may be actions too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.content.documents import IndexedPost
from chatstream.domain.documents import IndexedMessage
from chatstream.domain.event_documents import FAILURE, SUCCESS, Change
from schemas.records.base import OutcomeRecord, Record
from schemas.records.erasure import StepReported

IAM = ("iam",)
SESSION = ("session",)
CONVERSATION: tuple[str, ...] = ()
"""The Elastic Common Schema has no category for what is said."""

DENIED = ("denied",)

Field = str | Callable[[Any], object]
_FIELDS = {each.name for each in fields(Change)}
_RULES = frozenset(map(str, Reason))


@dataclass(frozen=True)
class Action:
    """How records of a type are kept, by category and types of the Elastic Common Schema.

    `fields` has for a field of the event where it is in the record: a name, dotted below an object,
    or a function of the record. `said` gives what the search keeps, of facts about a message or
    a post.
    `service` is the one that carries it out, empty: that of the context.
    """

    record: type[Record]
    category: tuple[str, ...]
    types: tuple[str, ...]
    fields: Mapping[str, Field]
    said: Callable[[Any], IndexedMessage | IndexedPost] | None = None
    service: str = ""
    _getters: Mapping[str, Callable[[Any], Any]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        names = self.fields.values()
        heads = {each.partition(".")[0] for each in names if isinstance(each, str)}
        strange = (self.fields.keys() - _FIELDS) | (heads - set(self.record.__struct_fields__))
        if strange:
            name = self.record.__name__
            raise TypeError(f"{name} and events have no {', '.join(sorted(strange))}")
        if self.fields.keys().isdisjoint(("fact_no", "event_id", "known_by")):
            raise TypeError(
                f"{self.record.__name__} has neither fact_no nor event_id: say what it is known by"
            )
        getters = {
            name: attrgetter(each) if isinstance(each, str) else each
            for name, each in self.fields.items()
        }
        object.__setattr__(self, "_getters", getters)

    @property
    def tag(self) -> str:
        """What the action is called: the record's `type`."""
        return str(self.record.__struct_config__.tag)

    def change(self, record: Record) -> Change:
        """The record as the log keeps it."""
        found = {name: get(record) for name, get in self._getters.items()}
        return Change(
            action=self.tag,
            category=self.category,
            types=self.types,
            service=self.service or None,
            **found,
        )


def action(
    record: type[Record],
    category: tuple[str, ...],
    types: tuple[str, ...],
    *kept: str,
    said: Callable[[Any], IndexedMessage | IndexedPost] | None = None,
    service: str = "",
    **found: Field,
) -> Action:
    """The action that records of a type are: they name who did it, when, and what is `kept`.

    `found` is where a field of the event has another name in the record; nothing else of it is
    kept: no names, no text. A fact is known by its `fact_no`, a record with an `event_id` by that;
    any other says what it is `known_by`, a function that gives values which no other one has and
    a repeat of it has too.
    """
    own = set(record.__struct_fields__)
    known = [name for name in ("account_id", "fact_no", "event_id") if name in own]
    same = {name: name for name in ("at", *known, *kept)}
    return Action(record, category, types, {**same, **found}, said, service)


def refusal(
    record: type[OutcomeRecord], category: tuple[str, ...], *kept: str, **found: Field
) -> Action:
    """The action that refusals of a type are: a failure with the error's code; as `action` else.

    Its sentence is not kept, which may quote what somebody wrote: only the name of a rule is.
    """
    of_all: dict[str, Field] = {
        "code": "code",
        "reason": rule,
        "outcome": _failed,
        "known_by": _wish,
    }
    return action(record, category, DENIED, *kept, said=None, service="", **of_all, **found)


def step_report(record: type[StepReported]) -> Action:
    """The action that the reports of a context's step of an erasure are.

    An attempt that is asked for again is told again; an attempt that came to another end is another
    action.
    """
    return action(
        record,
        IAM,
        ("user", "deletion"),
        "saga_id",
        saga_step="step",
        saga_attempt="attempt",
        outcome=_done,
        known_by=attrgetter("saga_id", "step", "attempt", "done"),
    )


def rule(record: Any) -> str | None:
    """The rule that a record names as its `reason`, None when it says something else."""
    return record.reason if record.reason in _RULES else None


def _failed(_record: Any) -> str:
    return FAILURE


def _done(report: StepReported) -> str:
    return SUCCESS if report.done else FAILURE


def _wish(refused: Any) -> tuple[str, ...]:
    (identity,) = refused.identities
    return (refused.account_id, *identity)
